"""What a fleet publishes, as the type checker and completion need it: names, types, counts, frequent values."""

from __future__ import annotations

from dra_policy.record import dataclass, field


@dataclass(frozen=True, slots=True)
class AttributeUse:
    """How one attribute or capacity of a domain is published.

    ``types`` maps a type's name (bool, int, string, version, quantity, or ``list of …``) to the number of devices
    that publish it so. ``values`` are (printed value, devices), most frequent first, at most 20.
    """

    domain: str
    name: str
    is_capacity: bool
    types: dict[str, int]
    values: tuple[tuple[str, int], ...] = ()

    @property
    def devices(self) -> int:
        """On how many devices it is published."""
        return sum(self.types.values())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Domains, attributes and drivers of a fleet. Empty where no fleet is loaded."""

    devices: int = 0
    devices_of_driver: dict[str, int] = field(default_factory=dict)
    attributes: tuple[AttributeUse, ...] = ()
