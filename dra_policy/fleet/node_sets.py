"""Nodes that look alike, kept in sets while devices are taken and freed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from dra_policy.fleet.layout import Group, Layout, Usage
from dra_policy.fleet.offers import Offer, Offers, SharedView
from dra_policy.fleet.sorted_names import SortedNames
from dra_policy.fleet.usage import Masks, own_usage_of
from dra_policy.model import Node

# So many changes are told one by one to those who ask what became free; whoever asks later looks at everything.
_LONGEST_LOG = 4096


class NodeSet:
    """The nodes of one layout whose own devices are in one state and that see the same of shared pools.

    ``own`` is the usage apart from shared pools (``SharedView``), which are looked at when the whole is asked for: a
    shared device that comes into use changes no set.
    """

    __slots__ = ("_frozen", "_group", "_stamp", "_usage", "layout", "nodes", "own", "view")

    def __init__(self, layout: Layout, own: Usage, view: SharedView | None, nodes: Iterable[str] = ()) -> None:
        """Begin with nodes that are in order."""
        self.layout = layout
        self.own = own
        self.view = view
        self.nodes = SortedNames(nodes)
        self._usage: Usage | None = None
        self._stamp = -1
        self._frozen: tuple[str, ...] | None = None
        self._group: Group | None = None

    def add(self, node: str) -> None:
        """A node joins."""
        self.nodes.add(node)
        self._frozen = self._group = None

    def remove(self, node: str) -> None:
        """A node leaves."""
        self.nodes.remove(node)
        self._frozen = self._group = None

    def usage(self, stamp: int, whole: Callable[[str], Usage]) -> Usage:
        """The usage of the whole layout; ``stamp`` counts the states of shared pools, ``whole`` looks at one node's."""
        if self.view is None:
            return self.own
        if self._usage is None or self._stamp != stamp:
            self._usage, self._stamp, self._group = whole(next(iter(self.nodes))), stamp, None
        return self._usage

    def group(self, usage: Usage) -> Group:
        """The nodes as a group; ``usage`` is that of the whole layout."""
        if self._group is None or self._group.usage is not usage:
            if self._frozen is None:
                self._frozen = tuple(self.nodes)
            self._group = Group(self.layout, usage, self._frozen)
        return self._group


class NodeSets:
    """All nodes of a fleet in sets. A change moves the nodes concerned; what many nodes see moves none."""

    __slots__ = ("_log", "_log_start", "_masks", "_of_node", "_offers", "_sets", "_stamp", "_with_groups")

    def __init__(self, offers: Offers, masks: Masks, *, with_groups: bool) -> None:
        self._offers = offers
        self._masks = masks
        self._with_groups = with_groups
        self._sets: dict[tuple[int, SharedView | None, Usage], NodeSet] = {}
        self._of_node: dict[str, NodeSet] = {}
        self._stamp = 0
        # Nodes on which something became free or new, and the number of the first of them.
        self._log: list[str] = []
        self._log_start = 0

    def fill(self, nodes: Iterable[Node]) -> None:
        """Begin anew with all nodes, given in byte order of their names."""
        self._sets, self._of_node = {}, {}
        self._forget_log()
        alike: dict[tuple[int, SharedView | None, Usage], tuple[Offer, list[str]]] = {}
        for node in nodes:
            offer = self._offers.of_node(node)
            key = self._key(offer)
            alike.setdefault(key, (offer, []))[1].append(node.name)
        for key, (offer, names) in alike.items():
            found = self._sets[key] = NodeSet(offer.layout, key[2], offer.view, names)
            self._of_node.update(dict.fromkeys(names, found))

    @property
    def sets(self) -> Collection[NodeSet]:
        """The sets, in no order. Two may look alike where pools are shared."""
        return self._sets.values()

    def of(self, node: str) -> NodeSet:
        """The set in which a node is."""
        return self._of_node[node]

    def usage_of(self, nodes: NodeSet, whole: Callable[[str], Usage]) -> Usage:
        """What of their layout is taken on the nodes of a set; ``whole`` looks at one of them."""
        return nodes.usage(self._stamp, whole)

    def move(self, node: Node) -> None:
        """Put a node where it belongs now, a new one too."""
        offer = self._offers.of_node(node)
        key = self._key(offer)
        before = self._of_node.get(node.name)
        if before is None:
            self._note(node.name)
        elif before.layout is offer.layout and before.view is offer.view and before.own == key[2]:
            return
        else:
            is_tighter = before.layout is offer.layout and before.view is offer.view and _is_tighter(before.own, key[2])
            if not is_tighter:
                self._note(node.name)
            self._leave(node.name, before)
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = NodeSet(offer.layout, key[2], offer.view)
        found.add(node.name)
        self._of_node[node.name] = found

    def remove(self, node: str) -> None:
        """A node is gone."""
        before = self._of_node.pop(node, None)
        if before is not None:
            self._leave(node, before)

    def note_shared(self, *, is_tighter: bool) -> None:
        """The state of a shared pool changed; ``is_tighter``: all that happened is that devices came into use."""
        self._stamp += 1
        if not is_tighter:
            self._forget_log()

    @property
    def mark(self) -> int:
        """A point in time to give to ``loosened_since``."""
        return self._log_start + len(self._log)

    def loosened_since(self, mark: int) -> list[str] | None:
        """The nodes on which devices became free, or that changed, since then; None if all may have."""
        return None if mark < self._log_start else self._log[mark - self._log_start :]

    def _key(self, offer: Offer) -> tuple[int, SharedView | None, Usage]:
        return offer.layout.id, offer.view, own_usage_of(offer, self._masks, with_groups=self._with_groups)

    def _leave(self, node: str, before: NodeSet) -> None:
        before.remove(node)
        if not before.nodes:
            del self._sets[before.layout.id, before.view, before.own]

    def _note(self, node: str) -> None:
        if len(self._log) >= _LONGEST_LOG:
            self._forget_log()
        self._log.append(node)

    def _forget_log(self) -> None:
        self._log_start = self.mark + 1
        self._log.clear()


def _is_tighter(before: Usage, after: Usage) -> bool:
    """Whether all that happened is that devices came into use as a whole."""
    return (
        before.in_use | after.in_use == after.in_use
        and not (before.shares or after.shares)
        and before.counters_left == after.counters_left
        and before.peers == after.peers
    )
