"""What a predicate may read of a device, and the values that it finds there."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from dra_policy.ir.device_reader import DeviceReader
from dra_policy.model import Capacity, Device
from dra_policy.values import AttributeValue, ListValue, Quantity, Unreadable, Version, type_name

# dra-evolution's typed maps show the attributes of one type only.
_TYPED_FIELDS = {
    "stringAttributes": "string",
    "boolAttributes": "bool",
    "quantityAttributes": "quantity",
    "versionAttributes": "version",
}
# Values of these classes are their own keys (``exact_key``).
_OWN_KEYS = frozenset((str, int, type(None)))
_SCALAR_FIELDS = frozenset(("driver", "allowMultipleAllocations"))


class Path(NamedTuple):
    """One thing that an expression reads of a device.

    ``field`` is the CEL variable's part: ``driver``, ``attributes``, ``capacity``, ``allowMultipleAllocations``
    (Kubernetes); ``stringAttributes``, ``boolAttributes``, ``quantityAttributes``, ``versionAttributes``
    (dra-evolution); ``attributes`` without a domain in dra-evolution and k8srm; ``device`` for all of it.

    ``name`` is None where the expression uses a whole map (``"x" in device.attributes``, a macro over it, a computed
    key): its answer then depends on everything in the field, or in the ``domain`` of the field if one is given; with
    ``names_only`` on the names there and not on their values (``"a.b" in device.attributes``, a macro over the keys).
    """

    field: str
    domain: str | None = None
    name: str | None = None
    names_only: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything in the field (or in its domain) is read."""
        return self.name is None and self.field not in _SCALAR_FIELDS

    @property
    def full_name(self) -> str:
        """The attribute's name as constraints spell it (``gpu.nvidia.com/memory``), or the field of the device."""
        if self.name is None:
            return f"device.{self.field}" if self.domain is None else self.domain
        return self.name if self.domain is None else f"{self.domain}/{self.name}"

    @property
    def short_name(self) -> str:
        """The last part of the name (``memory``); ``device.driver`` for what is no attribute."""
        return self.full_name if self.name is None else self.name.rsplit("/", 1)[-1]


DRIVER = Path("driver")
WHOLE_DEVICE = Path("device")


def published_names(path: Path, driver: str) -> tuple[str, ...]:
    """The names under which a driver may have published what the path reads, the one that counts first.

    Kubernetes: ``domain/name``, or the bare name where the domain is the driver's. dra-evolution's typed maps add the
    driver to names without a dot (``model.gpu.example.com``).
    """
    name = path.name or ""
    if path.domain is not None:
        qualified = f"{path.domain}/{name}"
        return (qualified, name) if path.domain == driver else (qualified,)
    return name, name.removesuffix(f".{driver}"), name.removeprefix(f"{driver}/"), f"{driver}/{name}"


def read(path: Path, device: Device) -> AttributeValue | None:
    """The value at a path that is not whole; None where the device does not publish it.

    A path of dra-evolution or k8srm has the domain None and the name as its map is keyed.
    """
    if path.field == "driver":
        return device.driver
    if path.field == "allowMultipleAllocations":
        return device.allow_multiple_allocations
    names = published_names(path, device.driver)
    if path.field == "capacity":
        return next((device.capacity[name].value for name in names if name in device.capacity), None)
    value = next((device.attributes[name] for name in names if name in device.attributes), None)
    wanted = _TYPED_FIELDS.get(path.field)
    return None if value is None or (wanted is not None and type_name(value) != wanted) else value


def is_unreadable(device: Device) -> bool:
    """Whether the device publishes a value that cannot be used: every selector then fails on it, whatever it reads."""
    return Unreadable in map(type, device.attributes.values())


def exact_key(value: AttributeValue | None) -> Hashable:
    """A key that is equal exactly for values that no expression can tell apart.

    Quantities of one amount may differ (``isInteger`` sees how ``1000m`` was written), and Python's True is 1.
    """
    value_class = value.__class__
    if value_class is str or value is None:
        return value
    if value_class is Quantity or value_class is Version:
        return value_class, str(value)
    match value:
        case bool():
            return bool, value
        case int():
            return value
        case ListValue(kind=kind, items=items):
            return ListValue, kind, tuple(exact_key(item) for item in items)
        case _:
            return value


def projection(path: Path, device: Device) -> Hashable:
    """What of the device an answer that reads the path can depend on, as a key.

    INVARIANT: devices of one driver with equal projections on all paths of a leaf get the same answer from it.
    """
    return column(path, DeviceReader((device,)), device.driver)[0]


def column(path: Path, reader: DeviceReader, driver: str) -> tuple[Hashable, ...]:
    """The projections of some devices of one driver."""
    devices = reader.devices
    if path.field == "driver":
        return (driver,) * len(devices)
    if path.field == "allowMultipleAllocations":
        return tuple(device.allow_multiple_allocations for device in devices)
    if path.is_whole:
        return tuple(_whole(path, device) for device in devices)
    names = published_names(path, driver)
    if path.field == "capacity":
        return _capacities([reader.capacity(name) for name in names])
    columns = [_keys(reader.attribute(name)) for name in names]
    if path.domain is None:
        return tuple(zip(*columns, strict=True))
    if len(names) == 1 or columns[0].count(None) == len(devices):
        return tuple(columns[-1])
    return tuple(own if full is None else (full, own) for full, own in zip(*columns, strict=True))


def _keys(values: Sequence[AttributeValue | None]) -> Sequence[Hashable]:
    """The keys of some values (``exact_key``), each object's made once: devices share most of theirs."""
    if _OWN_KEYS.issuperset(map(type, values)):
        return values
    objects = list(map(id, values))
    keys = {number: exact_key(value) for number, value in dict(zip(objects, values, strict=True)).items()}
    return list(map(keys.__getitem__, objects))


def _capacities(by_name: list[Sequence[Capacity | None]]) -> tuple[Hashable, ...]:
    """The keys of one capacity under any of its names; () for devices without it."""
    columns = [_keys([None if each is None else each.value for each in found]) for found in by_name]
    if len(columns) == 2 and columns[0].count(None) == len(columns[0]):
        del columns[0]
    if len(columns) == 1:
        return tuple([() if key is None else key for key in columns[0]])
    # Which of two names a device has matters only where it has both.
    return tuple(map(_without_none, zip(*columns, strict=True)))


def _without_none(keys: tuple[Hashable, ...]) -> Hashable:
    found = tuple([key for key in keys if key is not None])
    return found[0] if len(found) == 1 else found


def _whole(path: Path, device: Device) -> Hashable:
    if path.names_only:
        names = device.capacity if path.field == "capacity" else device.attributes
        return tuple(name for name in names if _is_in_domain(name, path.domain, device.driver))
    amounts = {name: capacity.value for name, capacity in device.capacity.items()}
    if path.field == "capacity":
        return _content(amounts, path, device.driver)
    attributes = _content(device.attributes, path, device.driver)
    if path.field != "device":
        return attributes
    return attributes, _content(amounts, path, device.driver), device.driver, device.allow_multiple_allocations


def _content(values: Mapping[str, AttributeValue], path: Path, driver: str) -> Hashable:
    """Names and values of the path's domain in the order of publication, which a macro may notice."""
    return tuple((name, exact_key(value)) for name, value in values.items() if _is_in_domain(name, path.domain, driver))


def _is_in_domain(name: str, domain: str | None, driver: str) -> bool:
    return domain is None or name.startswith(f"{domain}/") or (domain == driver and "/" not in name)
