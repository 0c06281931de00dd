"""A pool as one node sees it: whether it is complete and valid, and if not, exactly why."""

from __future__ import annotations

from enum import Enum

from dra_policy.fleet.node_match import UnreadableSelector
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class WrongSliceCount:
    """The pool is being updated: ``found`` slices of its generation exist, ``expected`` are announced."""

    found: int
    expected: int
    generation: int


@dataclass(frozen=True, slots=True)
class DuplicateDevice:
    """Two slices that target the node (or one slice twice) publish one device name; slices by metadata.name."""

    device: str
    first_slice: str
    second_slice: str


@dataclass(frozen=True, slots=True)
class DuplicateCounterSet:
    """Two counter sets of the pool have one name."""

    counter_set: str
    first_slice: str
    second_slice: str


@dataclass(frozen=True, slots=True)
class UnknownCounterSet:
    """A device consumes from a counter set that the pool does not have."""

    device: str
    counter_set: str
    slice: str


@dataclass(frozen=True, slots=True)
class UnknownCounter:
    """A device consumes a counter that its counter set does not have."""

    device: str
    counter_set: str
    counter: str
    slice: str


@dataclass(frozen=True, slots=True)
class UnreadableSlice:
    """A slice with a node selector that Kubernetes cannot parse: its own, or that of the named device.

    It ends every call on every node that comes across the slice, whatever the claims ask for.
    """

    slice: str
    device: str | None
    selector: UnreadableSelector

    @property
    def text(self) -> str:
        """Kubernetes' error; it prints the whole device, addresses in memory included, where this has the name."""
        place = f"slice {self.slice}" if self.device is None else f"device {self.device} in slice {self.slice}"
        return f"gather pool information: failed to perform node selection for {place}: {self.selector.text}"


Invalidity = DuplicateDevice | DuplicateCounterSet | UnknownCounterSet | UnknownCounter
PoolProblem = WrongSliceCount | Invalidity


class PoolState(Enum):
    """What the allocator does with a pool: use it, pass over it (fatal for mode All), or report it at the end."""

    USABLE = "usable"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"


def state_of(problem: PoolProblem | None) -> PoolState:
    """The state that a problem makes."""
    if problem is None:
        return PoolState.USABLE
    return PoolState.INCOMPLETE if isinstance(problem, WrongSliceCount) else PoolState.INVALID


def kubernetes_reason(problem: Invalidity) -> str:
    """The reason that Kubernetes' allocator notes (and drops) for an invalid pool."""
    match problem:
        case DuplicateDevice(device=device):
            return f"duplicate device name {device}"
        case DuplicateCounterSet(counter_set=name):
            return f"duplicate counter set name {name}"
        case UnknownCounterSet(counter_set=name):
            return f"counter set {name} not found"
        case UnknownCounter(counter=counter, counter_set=name):
            return f"counter {counter} not found in counter set {name}"
