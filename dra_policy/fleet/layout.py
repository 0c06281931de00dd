"""What nodes offer: layouts (in Kubernetes' visiting order), node views with their in-use state, groups of them."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.node_match import UnreadableSelector, unreadable
from dra_policy.fleet.pool import PoolProblem, PoolState, UnreadableSlice
from dra_policy.model import CounterSet, Device, DeviceId
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field
from dra_policy.values import Quantity


@dataclass(frozen=True, slots=True)
class LayoutSlice:
    """The devices of one slice in a layout, at the positions ``start``, ``start + 1`` and so on.

    ``pool`` is an index into ``Layout.pools``. ``usable``: bit ``i`` is set where device ``i`` of the frame may be
    used from the node (per-device node selection); all bits otherwise. Selectors are asked for unusable devices too.
    ``unreadable``: of the others those whose node selector cannot be parsed, which ends a call that visits one.
    ``is_refused``: the slice needs node operations skipped (``skipNodeOperations``), which the node does not declare
    or the features do not know: its devices are selected, but never allocated.
    """

    frame: Frame
    start: int
    pool: int
    usable: int
    unreadable: int = 0
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class LayoutPool:
    """A pool without its name. An incomplete or invalid one has no slices in the layout."""

    driver: str
    dialect: Dialect
    state: PoolState
    counter_sets: tuple[CounterSet, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Layout:
    """One distinct sequence of pools and frames that some nodes offer; interned, so compared by identity.

    A device's position in the visiting order is its bit number in every mask of the layout. Where ``failure`` is set,
    Kubernetes does not come to know the pools: there are none here.
    """

    id: int
    pools: tuple[LayoutPool, ...]
    slices: tuple[LayoutSlice, ...]
    size: int
    has_counters: bool = False
    failure: UnreadableSlice | None = None

    @property
    def all_devices(self) -> int:
        """The bit set of all positions."""
        return (1 << self.size) - 1

    def locate(self, position: int) -> tuple[int, int]:
        """The index of the slice in ``slices``, and of the device in its frame."""
        for index, each in enumerate(self.slices):
            if position < each.start + len(each.frame.devices):
                return index, position - each.start
        raise IndexError(position)

    def device(self, position: int) -> Device:
        """The device as its frame has it (unique attributes: those of some slice)."""
        index, offset = self.locate(position)
        return self.slices[index].frame.devices[offset]


@dataclass(frozen=True, slots=True)
class Share:
    """Use of a shareable device by existing claims: its position, and the capacities consumed so far."""

    position: int
    consumed: tuple[tuple[str, Quantity], ...]


@dataclass(frozen=True, slots=True, guarded=False)
class Usage:
    """What of a layout is taken on a node; nodes of one layout with equal usage get the same answers.

    ``in_use`` and ``shares`` concern the layout's devices. ``counters_left`` is, for each pool with counter sets, what
    existing claims leave of them (also negative), devices that only other nodes see included: (pool index, sets).
    ``peers`` is, where compatibility groups are on, for each counter set with allocated devices the groups that these
    have in common: (pool index, set, groups); no groups if none of them declares any, None if they have none in common.
    """

    in_use: int
    shares: tuple[Share, ...] = ()
    counters_left: tuple[tuple[int, tuple[CounterSet, ...]], ...] = ()
    peers: tuple[tuple[int, str, frozenset[str] | None], ...] = ()


@dataclass(frozen=True, slots=True, guarded=False)
class PoolView:
    """A pool as a node sees it, with its name: what stands behind ``Layout.pools`` at the same index.

    ``problem`` says why it is incomplete or invalid; ``slices`` are then the ones concerned.
    ``foreign_slices`` are slices of the pool that do not target the node.
    """

    driver: str
    name: str
    problem: PoolProblem | None
    slices: tuple[LoadedSlice, ...] = field(repr=False)
    foreign_slices: tuple[LoadedSlice, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        """``driver/pool``, as Kubernetes prints it."""
        return f"{self.driver}/{self.name}"


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class NodeView:
    """What one node offers now: ``slices`` and ``pools`` stand behind the layout's, index by index."""

    node: str
    layout: Layout
    usage: Usage
    slices: tuple[LoadedSlice, ...] = field(repr=False)
    pools: tuple[PoolView, ...] = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def in_use(self) -> int:
        """The positions that are held by somebody."""
        return self.usage.in_use

    @property
    def held(self) -> int:
        """The devices of which anybody holds all or a share."""
        held = self.usage.in_use
        for share in self.usage.shares:
            held |= 1 << share.position
        return held

    def device_id(self, position: int) -> DeviceId:
        """The name of the device at a position."""
        index, offset = self.layout.locate(position)
        return self.slices[index].device_id(offset)

    def device(self, position: int) -> Device:
        """The device at a position with its own values of unique attributes."""
        index, offset = self.layout.locate(position)
        return self.slices[index].device(offset)

    def unreadable_selector(self, position: int) -> UnreadableSelector | None:
        """What is wrong with the node selector of the device at a position, where it has one that is asked."""
        index, offset = self.layout.locate(position)
        if not self.layout.slices[index].unreadable >> offset & 1:
            return None
        selector = self.layout.slices[index].frame.devices[offset].node_selector
        return None if selector is None else unreadable(selector)


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes with one layout and one usage, in byte order of their names: they all get the same answer."""

    layout: Layout
    usage: Usage
    nodes: tuple[str, ...]
