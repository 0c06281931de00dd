"""Which nodes there are: those with objects; without any, those that slices or single devices name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.fleet.sorted_names import SortedNames
from dra_policy.model import Node
from dra_policy.text import UnknownObjectError


class KnownNodes:
    """The nodes of a fleet that changes. Each change gives the names that came or went, None for all of them."""

    __slots__ = ("_by_name", "_in_order", "_named", "_times", "names")

    def __init__(self, named: Iterable[Node], slices: Iterable[LoadedSlice]) -> None:
        self._named = {node.name: node for node in named}
        # How many slices name a node; counted only where that decides.
        self._times: dict[str, int] = {}
        self._by_name: dict[str, Node] = {}
        self.names = SortedNames()
        self._in_order: dict[str, Node] | None = None
        self._begin(slices)

    def _begin(self, slices: Iterable[LoadedSlice]) -> None:
        self._times = {}
        if not self._named:
            for each in slices:
                for name in named_by(each):
                    self._times[name] = self._times.get(name, 0) + 1
        self._by_name = dict(self._named) or {name: Node(name) for name in self._times}
        self.names = SortedNames(sorted(self._by_name))
        self._in_order = None

    @property
    def named(self) -> tuple[Node, ...]:
        """The nodes with objects, in the order of reading."""
        return tuple(self._named.values())

    @property
    def in_order(self) -> Mapping[str, Node]:
        """All nodes in byte order of their names."""
        if self._in_order is None:
            self._in_order = {name: self._by_name[name] for name in self.names}
        return self._in_order

    def get(self, name: str) -> Node | None:
        """The node of that name."""
        return self._by_name.get(name)

    def put(self, node: Node, slices: Iterable[LoadedSlice]) -> Iterable[str] | None:
        """A node's object is new or has changed."""
        is_first = not self._named
        self._named[node.name] = node
        if is_first:
            self._begin(slices)
            return None
        self._join(node)
        return (node.name,)

    def remove(self, name: str, slices: Iterable[LoadedSlice]) -> Iterable[str] | None:
        """A node's object is gone; UnknownObjectError if there is none."""
        if name not in self._named:
            raise UnknownObjectError("Node", name, self._named)
        del self._named[name]
        if not self._named:
            self._begin(slices)
            return None
        self._leave(name)
        return (name,)

    def exchange(self, old: LoadedSlice | None, new: LoadedSlice | None) -> Iterable[str]:
        """A slice came, went or changed."""
        if self._named:
            return ()
        changed = []
        for name in () if new is None else named_by(new):
            self._times[name] = self._times.get(name, 0) + 1
            if self._times[name] == 1:
                self._join(Node(name))
                changed.append(name)
        for name in () if old is None else named_by(old):
            self._times[name] -= 1
            if not self._times[name]:
                del self._times[name]
                self._leave(name)
                changed.append(name)
        return changed

    def _join(self, node: Node) -> None:
        if node.name not in self._by_name:
            self.names.add(node.name)
            self._in_order = None
        elif self._in_order is not None:
            self._in_order[node.name] = node
        self._by_name[node.name] = node

    def _leave(self, name: str) -> None:
        del self._by_name[name]
        self.names.remove(name)
        self._in_order = None


def named_by(each: LoadedSlice) -> Iterator[str]:
    """The nodes that a slice, or its devices one by one, name."""
    envelope = each.envelope
    if envelope.node_name:
        yield envelope.node_name
    elif envelope.per_device_node_selection:
        yield from sorted({device.node_name for device in each.frame.devices if device.node_name})
