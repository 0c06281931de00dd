"""Hash-consing: nodes of one meaning become one object, so that tables can be keyed by identity.

Two leaves mean the same if they have the same program (one object) and the same negation. Spans are the first node's;
so an interned predicate is a key for tables, and explanations are made of the predicate as it was compiled.
"""

from __future__ import annotations

from collections.abc import Hashable

from dra_policy.ir.nodes import Constant, Leaf, Predicate
from dra_policy.ir.walk import children, rebuild


class Interner:
    """A table of all nodes that were interned, which it keeps alive: identities stay unique as long as it lives."""

    __slots__ = ("_nodes",)

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Predicate] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def intern(self, predicate: Predicate) -> Predicate:
        """The one object for all predicates that mean what this one means."""
        if isinstance(predicate, Leaf):
            return self._nodes.setdefault((type(predicate), id(predicate.program), predicate.negated), predicate)
        if isinstance(predicate, Constant):
            return self._nodes.setdefault((Constant, predicate.value), predicate)
        parts = tuple(map(self.intern, children(predicate)))
        key = (type(predicate), *map(id, parts))
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = rebuild(predicate, parts)
        return found
