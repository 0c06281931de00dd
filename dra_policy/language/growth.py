"""How large an expression becomes while its definitions are put in, and when that is given up."""

from __future__ import annotations

import math
from typing import NoReturn

from dra_policy.cel.nesting import DEEPEST_TREE
from dra_policy.cel.syntax import Expression, children
from dra_policy.language.scope import Scope
from dra_policy.language.syntax import Let, Predicate
from dra_policy.record import dataclass

MOST_NODES = 20_000


class TooLargeError(Exception):
    """An expansion that was given up: it has too many parts, or they are nested too deeply.

    ``known`` is the definition whose use did it and that is too large by itself.
    """

    def __init__(self, message: str, known: Let | Predicate | None) -> None:
        """Say what is too large."""
        super().__init__(message)
        self.known = known
        self.hint = f"`{known.name.text}` is too large" if known is not None else "split it, or write it shorter"


@dataclass(frozen=True, slots=True)
class Use:
    """A definition that is being put in, and the number of nodes before it."""

    definition: Let | Predicate
    scope: Scope
    before: int


class Growth:
    """The size of one expansion so far. Every method raises TooLargeError where it grows beyond a limit."""

    def __init__(self) -> None:
        """Nothing is put in yet."""
        self.nodes = 0
        self._depth = 0
        self._open: list[Use] = []

    def add_node(self) -> int:
        """Count a node; the number is its id."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._too_many(self.nodes)
        return self.nodes

    def measure(self, expression: Expression) -> None:
        """An expression is to be walked: it must not be too deep as it is written."""
        level = [expression]
        for _ in range(DEEPEST_TREE):
            level = [child for node in level for child in children(node)]
            if not level:
                return
        self._too_deep()

    def descend(self) -> None:
        """A level of the tree begins."""
        self._depth += 1
        if self._depth > DEEPEST_TREE:
            self._too_deep()

    def ascend(self) -> None:
        """A level of the tree ends."""
        self._depth -= 1

    def check(self, definition: Let | Predicate, scope: Scope) -> None:
        """A definition of the scope is to be put in: what is known of its size must have room."""
        known = scope.sizes.get(definition.name.text, 0)
        if self.nodes + known > MOST_NODES:
            self._too_many(self.nodes + known, definition if known > MOST_NODES else None)

    def begin(self, definition: Let | Predicate, scope: Scope) -> Use:
        """What is put in from here on belongs to the definition."""
        self.measure(definition.expression if isinstance(definition, Let) else definition.body)
        use = Use(definition, scope, self.nodes)
        self._open.append(use)
        return use

    def end(self, use: Use) -> None:
        """The definition is put in: its size is known for every later use."""
        self._open.pop()
        use.scope.sizes[use.definition.name.text] = self.nodes - use.before

    def _too_deep(self) -> NoReturn:
        self._give_up(f"the expression nests more than {DEEPEST_TREE:,} levels with its definitions put in", 0, None)

    def _too_many(self, size: float, known: Let | Predicate | None = None) -> NoReturn:
        self._give_up(f"the expression has more than {MOST_NODES:,} parts with its definitions put in", size, known)

    def _give_up(self, message: str, size: float, known: Let | Predicate | None) -> NoReturn:
        """Stop; the definitions that reach ``size`` by themselves are too large wherever they are used."""
        for use in self._open:
            if size - use.before > MOST_NODES:
                use.scope.sizes[use.definition.name.text] = math.inf
                known = known or use.definition
        raise TooLargeError(message, known)
