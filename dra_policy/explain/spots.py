"""Where devices can be had: like nodes with the devices that they see, those of ignored pools included.

Everything that an explanation counts is arithmetic on bit sets over the positions of a spot, once per group of like
nodes and never device by device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from dra_policy.fleet import (
    Fleet,
    Frame,
    Group,
    LoadedSlice,
    NodeAdmission,
    NodeRefusal,
    NodeView,
    PoolState,
    PoolView,
)
from dra_policy.fleet.node_match import serves
from dra_policy.model import Device, DeviceId, Node
from dra_policy.record import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class SpotSlice:
    """The devices of one slice at the positions ``start``, ``start + 1`` and so on of a spot.

    ``loaded`` is the slice of the spot's first node; ``pool`` its pool there. ``is_ignored`` says that the pool is
    incomplete or invalid, ``is_shared`` that other nodes see the very same devices.
    """

    frame: Frame
    start: int
    usable: int
    loaded: LoadedSlice
    pool: PoolView
    is_ignored: bool = False
    is_shared: bool = False

    @property
    def positions(self) -> int:
        """The bit set of the slice's positions."""
        return self.frame.all_devices << self.start


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Nodes that see the same devices in the same state; positions continue the layout's with ignored pools' devices.

    ``in_use`` are the held positions, ``usable`` those that may be used from the nodes (per-device node selection),
    ``ignored`` those of pools that Kubernetes ignores, ``shared`` those that other nodes see too. ``refusal`` is why
    the pod cannot use the nodes; ``usable`` is then empty.
    """

    nodes: tuple[str, ...]
    view: NodeView
    slices: tuple[SpotSlice, ...] = field(repr=False)
    size: int
    in_use: int
    usable: int
    ignored: int
    shared: int
    refusal: NodeRefusal | None = None
    _alike: list[frozenset[str]] = field(default_factory=list, repr=False)

    @property
    def all_devices(self) -> int:
        """The bit set of all positions."""
        return (1 << self.size) - 1

    def locate(self, position: int) -> tuple[SpotSlice, int]:
        """The slice of a position, and the index of the device in it."""
        for each in self.slices:
            if position < each.start + len(each.frame.devices):
                return each, position - each.start
        raise IndexError(position)

    def device(self, position: int) -> Device:
        """The device at a position, as the first node has it."""
        each, index = self.locate(position)
        return each.loaded.device(index)

    def device_of_frame(self, position: int) -> Device:
        """The device at a position as its frame has it: values that differ from slice to slice are those of some."""
        each, index = self.locate(position)
        return each.frame.devices[index]

    def device_id(self, position: int, view: NodeView | None = None) -> DeviceId:
        """The name of the device at a position, as one of the nodes has it (None: the first).

        Devices of ignored pools are those of the first node.
        """
        if view is not None and position < view.layout.size:
            return view.device_id(position)
        each, index = self.locate(position)
        return each.loaded.device_id(index)

    def label(self, position: int, view: NodeView | None = None) -> str:
        """The device's name without its node: ``driver/pool/device`` where several of the node's have the name."""
        name = self.device_id(position, view)
        return str(name) if name.device in self.names_alike else name.device

    @property
    def names_alike(self) -> frozenset[str]:
        """The bare names that several devices have."""
        if not self._alike:
            every = {each.loaded.device_id(index) for each in self.slices for index in range(len(each.frame.devices))}
            counted = Counter(one.device for one in every)
            self._alike.append(frozenset(name for name, number in counted.items() if number > 1))
        return self._alike[0]


def spots_of(
    fleet: Fleet, *, own_values: Callable[[Frame], bool] | None = None, admission: NodeAdmission | None = None
) -> tuple[Spot, ...]:
    """The spots of a fleet, in the order of their first nodes.

    ``own_values`` says of a frame whether the questions to come read attributes that differ from slice to slice; its
    nodes are then spots of their own. ``admission`` are the nodes that the pod may use (None: all).
    """
    spots: list[Spot] = []
    for group in fleet.groups():
        for refusal, part in _by_refusal(group, admission):
            found = _spots_of_group(fleet, part, own_values)
            spots.extend(found if refusal is None else [replace(spot, refusal=refusal, usable=0) for spot in found])
    return tuple(sorted(spots, key=lambda spot: spot.nodes[0]))


def _by_refusal(group: Group, admission: NodeAdmission | None) -> list[tuple[NodeRefusal | None, Group]]:
    """The nodes of a group that the pod may use, and those that it may not, by reason."""
    if admission is None or not admission.refused:
        return [(None, group)]
    parts: dict[NodeRefusal | None, list[str]] = {}
    for node in group.nodes:
        parts.setdefault(admission.refused.get(node), []).append(node)
    return [(refusal, replace(group, nodes=tuple(nodes))) for refusal, nodes in parts.items()]


def _spots_of_group(fleet: Fleet, group: Group, own_values: Callable[[Frame], bool] | None) -> list[Spot]:
    """One spot; one for each way in which the group's nodes see shared or ignored slices, where they see any."""
    broken = any(pool.state is not PoolState.USABLE for pool in group.layout.pools)
    alone = own_values is not None and any(own_values(each.frame) for each in group.layout.slices)
    if not (fleet.has_shared_slices or broken or alone):
        return [_spot(fleet, group.nodes, fleet.view(group.nodes[0]))]
    by_view: dict[tuple[object, ...], tuple[list[str], NodeView]] = {}
    for node in group.nodes:
        view = fleet.view(node)
        key: tuple[object, ...] = (node,) if broken or alone else _shared_slices(view)
        by_view.setdefault(key, ([], view))[0].append(node)
    return [_spot(fleet, tuple(nodes), view) for nodes, view in by_view.values()]


def _shared_slices(view: NodeView) -> tuple[object, ...]:
    return tuple(id(loaded) for loaded in view.slices if _is_shared(loaded))


def _is_shared(loaded: LoadedSlice) -> bool:
    return not loaded.envelope.node_name


def _spot(fleet: Fleet, nodes: tuple[str, ...], view: NodeView) -> Spot:
    slices = [
        SpotSlice(each.frame, each.start, each.usable, loaded, view.pools[each.pool], is_shared=_is_shared(loaded))
        for each, loaded in zip(view.layout.slices, view.slices, strict=True)
    ]
    size, in_use, ignored = view.layout.size, view.usage.in_use, 0
    for pool in view.pools:
        for loaded in pool.slices if pool.problem is not None else ():
            usable_there = _usable(loaded, fleet.nodes[view.node])
            slices.append(
                SpotSlice(loaded.frame, size, usable_there, loaded, pool, is_ignored=True, is_shared=_is_shared(loaded))
            )
            in_use |= fleet.in_use(loaded) << size
            ignored |= loaded.frame.all_devices << size
            size += len(loaded.frame.devices)
    usable = sum(each.usable << each.start for each in slices)
    common = sum(each.positions for each in slices if each.is_shared)
    return Spot(nodes, view, tuple(slices), size, in_use, usable, ignored, common)


def _usable(loaded: LoadedSlice, node: Node) -> int:
    """The devices of a slice of an ignored pool that could be used from the node."""
    if not loaded.envelope.per_device_node_selection:
        return loaded.frame.all_devices
    return sum(1 << index for index, device in enumerate(loaded.frame.devices) if serves(device, node) is True)


Masks = Sequence[int]
"""One bit set of positions for each spot, in the order of the spots."""


def count_devices(spots: Sequence[Spot], masks: Masks) -> int:
    """How many devices some masks hold; one that several nodes see counts once."""
    total = 0
    seen: dict[int, int] = {}
    for spot, mask in zip(spots, masks, strict=True):
        total += (mask & ~spot.shared).bit_count() * len(spot.nodes)
        if mask & spot.shared:
            for each in spot.slices:
                if each.is_shared:
                    found = mask >> each.start & each.frame.all_devices
                    seen[id(each.loaded)] = seen.get(id(each.loaded), 0) | found
    return total + sum(found.bit_count() for found in seen.values())


def count_nodes(spots: Sequence[Spot], masks: Masks, least: int) -> int:
    """How many nodes have at least so many of the devices."""
    return sum(len(spot.nodes) for spot, mask in zip(spots, masks, strict=True) if mask.bit_count() >= least)
