"""What a sample machine offers, before it is written in a dialect."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from dra_policy.model import CounterSet, Device
from dra_policy.record import dataclass, field
from dra_policy.values import AttributeValue


@dataclass(frozen=True, slots=True)
class SamplePool:
    """The devices of one driver on one node.

    ``name`` names the prototypes' pool object; in Kubernetes a pool is named after its node. ``attributes`` hold for
    all devices where the dialect can say so (k8srm), and are copied to each of them elsewhere.
    """

    node: str
    name: str
    driver: str
    devices: tuple[Device, ...]
    counters: tuple[CounterSet, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SampleClass:
    """A device class: its driver and, where more is asked, an expression in the dialect's own CEL."""

    name: str
    driver: str
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that one shape offers."""

    pools: tuple[SamplePool, ...]
    classes: tuple[SampleClass, ...]


def uuid(seed: int, *names: str) -> str:
    """A serial number in the form of a UUID, the same for the same seed and names."""
    digits = sha256("/".join((str(seed), *names)).encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
