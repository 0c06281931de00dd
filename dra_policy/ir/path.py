"""What a predicate may read of a device."""

from __future__ import annotations

from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue


@dataclass(frozen=True, slots=True)
class Path:
    """One thing that an expression reads of a device.

    ``field`` is the CEL variable's part: ``driver``, ``attributes``, ``capacity``, ``allowMultipleAllocations``
    (Kubernetes); ``stringAttributes``, ``boolAttributes``, ``quantityAttributes``, ``versionAttributes``
    (dra-evolution); ``attributes`` without a domain in dra-evolution and k8srm.

    ``domain`` and ``name`` are None where the expression uses the whole map (``"x" in device.attributes``, a macro over
    it, a computed key): its answer then depends on all of the device.
    """

    field: str
    domain: str | None = None
    name: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything in the field is read."""
        return self.name is None and self.field not in ("driver", "allowMultipleAllocations")


def find_published(names: dict[str, AttributeValue], domain: str, name: str, driver: str) -> AttributeValue | None:
    """The value of ``domain/name``: the qualified name first, then the bare one where the domain is the driver's."""
    value = names.get(f"{domain}/{name}")
    if value is None and domain == driver:
        value = names.get(name)
    return value


def read(path: Path, device: Device) -> AttributeValue | None:
    """The value at a path that is not whole; None where the device does not publish it.

    A dra-evolution path has the domain None and the name as its map is keyed.
    """
    match path.field:
        case "driver":
            return device.driver
        case "allowMultipleAllocations":
            return device.allow_multiple_allocations
        case "capacity":
            names = {name: capacity.value for name, capacity in device.capacity.items()}
            return find_published(dict(names), path.domain or "", path.name or "", device.driver)
    if path.domain is None:
        return device.attributes.get(path.name or "")
    return find_published(dict(device.attributes), path.domain, path.name or "", device.driver)
