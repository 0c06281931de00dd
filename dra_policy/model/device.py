"""Devices as drivers publish them: attributes, capacities, taints, counters they consume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dra_policy.model.node import NodeSelector
from dra_policy.model.selector import Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Place
from dra_policy.values import AttributeValue, Quantity


class DeviceId(NamedTuple):
    """What names a device in a cluster: driver, pool, device name (DeviceRequestAllocationResult)."""

    driver: str
    pool: str
    device: str

    def __str__(self) -> str:
        """``driver/pool/device``, as Kubernetes prints it."""
        return f"{self.driver}/{self.pool}/{self.device}"


@dataclass(frozen=True, slots=True)
class ValidRange:
    """Amounts that may be consumed: from ``minimum``, in steps, up to ``maximum`` (CapacityRequestPolicyRange).

    The API server wants a minimum; objects that it did not see may lack one.
    """

    minimum: Quantity | None
    maximum: Quantity | None = None
    step: Quantity | None = None


@dataclass(frozen=True, slots=True)
class CapacityPolicy:
    """How requests for a share of a capacity are rounded (CapacityRequestPolicy)."""

    default: Quantity | None = None
    valid_values: tuple[Quantity, ...] = ()
    valid_range: ValidRange | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """An amount that a device has, and how shares of it are requested (DeviceCapacity)."""

    value: Quantity
    policy: CapacityPolicy | None = None


@dataclass(frozen=True, slots=True)
class CounterConsumption:
    """What a device draws from one counter set of its pool (DeviceCounterConsumption).

    ``is_readable``: ``counters`` has all that is drawn; an amount that is no quantity is not among them.
    """

    counter_set: str
    counters: tuple[tuple[str, Quantity], ...]
    compatibility_groups: tuple[str, ...] = ()
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Taint:
    """A reason to keep claims off a device (DeviceTaint). ``owner`` is the driver, or ``devicetaintrule/NAME``."""

    key: str
    value: str
    effect: str
    owner: str = field(default="", compare=False)

    def __str__(self) -> str:
        """``key=value:Effect`` as kubectl writes taints."""
        value = f"={self.value}" if self.value else ""
        return f"{self.key}{value}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a slice.

    ``attributes`` and ``capacity`` are keyed by the names that the driver published: with a domain
    (``resource.kubernetes.io/pcieRoot``) or without (``numa``: the driver's own domain). In dra-evolution and k8srm a
    quantity is an attribute; in Kubernetes it is a capacity.
    """

    name: str
    driver: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    capacity: Mapping[str, Capacity] = field(default_factory=dict)
    consumes_counters: tuple[CounterConsumption, ...] = ()
    taints: tuple[Taint, ...] = ()
    node_name: str | None = None
    all_nodes: bool | None = None
    node_selector: NodeSelector | None = None
    allow_multiple_allocations: bool = False
    binds_to_node: bool = False
    binding_conditions: tuple[str, ...] = ()
    binding_failure_conditions: tuple[str, ...] = ()

    @property
    def draws_known_amounts(self) -> bool:
        """Whether all that it draws from counters could be read: other devices are never allocated."""
        return all(each.is_readable for each in self.consumes_counters)


@dataclass(frozen=True, slots=True)
class CounterSet:
    """Amounts that the devices of a pool share (CounterSet; sharedCapacity in dra-evolution)."""

    name: str
    counters: tuple[tuple[str, Quantity], ...]


@dataclass(frozen=True, slots=True)
class DeviceTaintRule:
    """A taint that an administrator sets on devices (resource.k8s.io DeviceTaintRule); None selects any.

    A rule without a selector selects no device from 1.37 on, one with an empty selector every device. Until 1.34 a rule
    could select by class and by CEL.
    """

    name: str
    taint: Taint
    driver: str | None
    pool: str | None
    device: str | None
    has_selector: bool
    place: Place = field(compare=False)
    device_class_name: str | None = None
    selectors: tuple[Selector, ...] = ()
