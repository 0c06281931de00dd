"""The slices that name no node, by the labels that nodes need for them: most nodes are asked about few of them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.fleet.node_match import NAME_FIELD, unreadable
from dra_policy.model import Device, Node, NodeSelector, NodeSelectorTerm

Key = tuple[str | None, str]
"""A label and its value; None and a node's name."""


class SharedSlices:
    """Slices for all nodes, for selected ones, or with devices for selected ones; in the order of reading."""

    __slots__ = ("_by_key", "_everywhere", "_number")

    def __init__(self) -> None:
        self._everywhere: list[LoadedSlice] = []
        self._by_key: dict[str | None, dict[str, list[LoadedSlice]]] = {}
        self._number = 0

    def __bool__(self) -> bool:
        return self._number > 0

    def copied(self) -> SharedSlices:
        """The same, to be changed by itself."""
        made = SharedSlices()
        made._everywhere = list(self._everywhere)
        made._by_key = {
            label: {value: list(slices) for value, slices in values.items()} for label, values in self._by_key.items()
        }
        made._number = self._number
        return made

    def add(self, each: LoadedSlice) -> None:
        """Add a slice; where it was read decides its place."""
        self._number += 1
        for same in self._lists(each):
            insort(same, each, key=place_of_reading)

    def remove(self, each: LoadedSlice) -> None:
        """Drop a slice."""
        self._number -= 1
        for same in self._lists(each):
            same.remove(each)
        # A value of a label that no slice needs any more is asked for no more, in a cluster that lives long too.
        for label, value in keys_of(each) or ():
            values = self._by_key[label]
            if not values[value]:
                del values[value]
            if not values:
                del self._by_key[label]

    def candidates(self, node: Node) -> Sequence[LoadedSlice]:
        """The slices that may be for the node: all that are, and those of which it has to be asked."""
        found = [self._everywhere] if self._everywhere else []
        for label, values in self._by_key.items():
            value = node.name if label is None else node.labels.get(label)
            if value is not None and value in values:
                found.append(values[value])
        if len(found) < 2:
            return found[0] if found else ()
        # A slice stands in several lists where it has several terms.
        return sorted({each.index: each for same in found for each in same}.values(), key=place_of_reading)

    def _lists(self, each: LoadedSlice) -> list[list[LoadedSlice]]:
        keys = keys_of(each)
        if keys is None:
            return [self._everywhere]
        return [self._by_key.setdefault(label, {}).setdefault(value, []) for label, value in keys]


def nodes_with(keys: Iterable[Key], nodes: Iterable[Node]) -> list[str]:
    """The names of the nodes that have one of the keys."""
    values_of: dict[str | None, set[str]] = {}
    for label, value in keys:
        values_of.setdefault(label, set()).add(value)
    names = values_of.pop(None, set())
    labels = tuple(values_of.items())
    return [
        node.name
        for node in nodes
        if node.name in names or any(label is not None and node.labels.get(label) in values for label, values in labels)
    ]


def place_of_reading(each: LoadedSlice) -> int:
    """What slices are ordered by."""
    return each.index


def keys_of(each: LoadedSlice) -> frozenset[Key] | None:
    """Of which at least one has to be a node's for it to see the slice; None where that cannot be said."""
    envelope = each.envelope
    if envelope.node_name:
        return frozenset([(None, envelope.node_name)])
    if envelope.all_nodes:
        return None
    if envelope.node_selector is not None:
        return _keys_of_selector(envelope.node_selector)
    if not envelope.per_device_node_selection:
        return frozenset()
    found = [_keys_of_device(device) for device in each.frame.devices]
    known = [keys for keys in found if keys is not None]
    return frozenset().union(*known) if len(known) == len(found) else None


def _keys_of_device(device: Device) -> frozenset[Key] | None:
    if device.node_name:
        return frozenset([(None, device.node_name)])
    if device.all_nodes:
        return None
    return frozenset() if device.node_selector is None else _keys_of_selector(device.node_selector)


def _keys_of_selector(selector: NodeSelector) -> frozenset[Key] | None:
    if unreadable(selector) is not None:
        return None
    keys: set[Key] = set()
    for term in selector.terms:
        wanted = min(_values_of(term), key=len, default=None)
        if wanted is not None:
            keys |= wanted
        elif term.match_expressions or term.match_fields:
            return None
    return frozenset(keys)


def _values_of(term: NodeSelectorTerm) -> Iterator[frozenset[Key]]:
    """For each requirement that names values what a node needs one of."""
    for each in term.match_expressions:
        if each.operator == "In":
            yield frozenset((each.key, value) for value in each.values)
    for each in term.match_fields:
        if each.operator == "In" and each.key == NAME_FIELD:
            yield frozenset((None, value) for value in each.values)
