"""A fleet that changes in place: a device taken, a claim freed, a slice replaced, in time by what changed alone.

The nodes of a group are a sorted list; a change moves the nodes concerned between two of them. Only where a pool can be
seen from several nodes, everything is looked at again at the next question.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from dra_policy.fleet.adjust import adjusted
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.inventory import Fleet, nodes_of
from dra_policy.fleet.layout import Group, Layout, Usage
from dra_policy.fleet.occupancy import Holdings, Occupancy
from dra_policy.model import Claim, DeviceId, ResourceSlice
from dra_policy.model.dialect import Dialect


class _Members:
    """The nodes of one layout and usage; ``group`` is None after they changed."""

    __slots__ = ("group", "layout", "nodes", "usage")

    def __init__(self, group: Group) -> None:
        self.group: Group | None = group
        self.layout = group.layout
        self.usage = group.usage
        self.nodes = list(group.nodes)

    def frozen(self) -> Group:
        if self.group is None:
            self.group = Group(self.layout, self.usage, tuple(self.nodes))
        return self.group


class PreparedFleet(Fleet):
    """A fleet to be kept between questions. It takes another one over, which must not be used any more.

    Answers that were given before a change are about the fleet as it was: names and texts made from them afterwards may
    be wrong.
    """

    __slots__ = ("_by_name", "_holdings", "_members", "_of_node", "_slices")

    def __init__(self, fleet: Fleet) -> None:
        structure, masks, usages = fleet.handed_over()
        super().__init__(structure, Occupancy(), masks)
        self._usages = usages
        self._holdings = Holdings(fleet.occupancy, structure.reading)
        self._slices: dict[int, LoadedSlice] = {each.index: each for each in fleet.slices}
        self._by_name = {_name(each.envelope): each for each in fleet.slices}
        self._members: dict[tuple[int, Usage], _Members] = {}
        self._of_node: dict[str, _Members] = {}
        self._regroup()

    @property
    def slices(self) -> tuple[LoadedSlice, ...]:
        """All slices, in the order of reading."""
        return tuple(self._slices.values())

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The distinct device lists, in the order of their first slices."""
        return tuple(dict.fromkeys(each.frame for each in self._slices.values()))

    @property
    def occupancy(self) -> Occupancy:
        """Who holds what now; made anew at each call."""
        return self._holdings.frozen()

    def holders(self, device: DeviceId) -> tuple[Claim, ...]:
        """All claims that hold the device or shares of it, not by admin access."""
        return self._holdings.holders.get(device, ())

    def groups(self) -> tuple[Group, ...]:
        """All nodes, grouped by (layout, usage), in the order of each group's first node."""
        if not self._members:
            self._regroup()
        found = [each.frozen() for each in self._members.values()]
        return tuple(sorted(found, key=_first_node))

    def take(self, devices: Iterable[DeviceId]) -> None:
        """Devices come into use as a whole, without a claim that holds them."""
        devices = tuple(devices)
        self._holdings.devices.update(devices)
        self._note(devices)

    def free(self, devices: Iterable[DeviceId]) -> None:
        """Devices that were taken without a claim are free again."""
        devices = tuple(devices)
        for device in devices:
            if device not in self._holdings.holders:
                self._holdings.devices.discard(device)
        self._note(devices)

    def add_claim(self, claim: Claim) -> None:
        """A claim got its ``allocation``."""
        self._note(self._holdings.add(claim))

    def remove_claim(self, claim: Claim) -> None:
        """A claim that held its ``allocation`` is gone, or has given it back."""
        self._note(self._holdings.remove(claim))

    def put_slice(self, envelope: ResourceSlice) -> None:
        """A slice is new, or replaces the one of its name.

        Raises ValueError for a pool of dra-evolution: which devices stand there depends on all pools.
        """
        if envelope.dialect is Dialect.EVOLUTION:
            raise ValueError("pools of dra-evolution are read together")
        structure = self._structure
        old = self._by_name.get(_name(envelope))
        index = old.index if old is not None else max(self._slices, default=-1) + 1
        loaded = structure.frame_table.load_one(index, envelope)
        if structure.taint_rules:
            (loaded,) = adjusted((loaded,), structure.taint_rules, structure.frame_table)
        was_local = old is None or structure.is_local(old)
        if old is None:
            structure.gatherer.add(loaded)
        else:
            structure.gatherer.replace(old, loaded)
        self._slices[index] = self._by_name[_name(envelope)] = loaded
        self._masks.renew(self._holdings, loaded)
        self._look_again(old, loaded, is_local=was_local and structure.is_local(loaded))

    def remove_slice(self, envelope: ResourceSlice) -> None:
        """The slice of that name is gone; KeyError if there is none."""
        old = self._by_name.pop(_name(envelope))
        is_local = self._structure.is_local(old)
        del self._slices[old.index]
        self._structure.gatherer.remove(old)
        self._masks.forget(old)
        self._look_again(old, None, is_local=is_local)

    def _note(self, devices: Iterable[DeviceId]) -> None:
        nodes: dict[str, None] = {}
        for device in devices:
            for loaded in self._masks.note(self._holdings, device):
                node = loaded.envelope.node_name
                if node is None or not self._structure.is_local(loaded):
                    self._forget_all()
                else:
                    nodes[node] = None
        for node in nodes:
            self._move(node)

    def _look_again(self, old: LoadedSlice | None, new: LoadedSlice | None, *, is_local: bool) -> None:
        """Work out anew what the nodes of a changed slice offer."""
        structure = self._structure
        structure.vocabulary = None
        names = dict.fromkeys([each.envelope.node_name for each in (old, new) if each is not None])
        is_new_node = any(name not in structure.nodes for name in names)
        if not structure.named_nodes and (is_new_node or new is None or len(names) > 1):
            structure.nodes = nodes_of((), self._slices.values())
            is_local = is_local and not is_new_node and all(name in structure.nodes for name in names)
        if not is_local:
            structure.offers.forget_all()
            self._forget_all()
            return
        for name in names:
            if name in structure.nodes:
                structure.offers.forget(name or "")
                self._move(name or "")

    def _move(self, node: str) -> None:
        """Put a node into the group in which it belongs now."""
        if not self._members or node not in self._of_node:
            return
        self._usages.pop(node, None)
        offer = self._structure.offers.of_node(self.nodes[node])
        usage = self._usage(node, offer)
        before = self._of_node[node]
        if before.layout is offer.layout and before.usage == usage:
            return
        del before.nodes[bisect_left(before.nodes, node)]
        before.group = None
        if not before.nodes:
            del self._members[before.layout.id, before.usage]
        self._join(node, offer.layout, usage)

    def _join(self, node: str, layout: Layout, usage: Usage) -> None:
        key = (layout.id, usage)
        members = self._members.get(key)
        if members is None:
            members = self._members[key] = _Members(Group(layout, usage, (node,)))
        else:
            insort(members.nodes, node)
            members.group = None
        self._of_node[node] = members

    def _forget_all(self) -> None:
        self._usages = {}
        self._members = {}
        self._of_node = {}
        self._groups = None

    def _regroup(self) -> None:
        self._groups = None
        for group in super().groups():
            members = _Members(group)
            self._members[group.layout.id, group.usage] = members
            self._of_node.update(dict.fromkeys(group.nodes, members))
        self._groups = None


def _name(envelope: ResourceSlice) -> tuple[str, str]:
    return envelope.dialect.family.value, envelope.name


def _first_node(group: Group) -> str:
    return group.nodes[0]
