"""Kubernetes' limits of an expression: length, cost, nesting; and room for recursion over what they allow."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from dra_policy.cel.syntax import Call, Expression, Select, children

MOST_COST = 1_000_000
"""CELSelectorExpressionMaxCost of resource.k8s.io: of the estimate, and of each evaluation."""

DEEPEST = 250
"""cel-go's default recursion limit; it counts each grammar rule on its own."""

DEEPEST_TREE = 4 * DEEPEST
"""Levels of a tree that a text within the limit can have: each of cel-go's four recursive rules counts on its own."""

LONGEST = 10_240
"""Bytes of a selector (CELSelectorExpressionMaxLength of resource.k8s.io)."""

# No rule can be 250 deep in fewer tokens: a bracket nests its rule by three.
_HARMLESS = 80

_COUNTED = frozenset(
    (
        *("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_+_", "_-_", "_*_", "_/_", "_%_"),
        *("_[_]", "_[?_]", "_?_:_"),
    )
)
_RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_SUMS = frozenset("+-")
_PRODUCTS = frozenset("*/%")
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class _Token(Protocol):
    @property
    def value(self) -> str: ...


class _Level:
    """What is open between two brackets: how often each of cel-go's rules is active.

    A left-recursive rule (``a + b + c``) is active once however long the row is, and once more in a right operand.
    """

    __slots__ = ("base", "expressions", "in_product", "in_relation", "in_sum", "questions")

    def __init__(self, outer: _Level | None) -> None:
        self.base: tuple[int, int, int] = (0, 0, 0) if outer is None else outer.active()
        self.start_element()

    def start_element(self) -> None:
        """An element of a list, an argument, a key or a value begins."""
        self.expressions = 1
        self.questions = 0
        self.start_term()

    def start_term(self) -> None:
        """An operand of a logical operator begins."""
        self.in_relation = self.in_sum = self.in_product = False

    def active(self) -> tuple[int, int, int]:
        """The depths of the rules expr, relation and calc at this place; no other rule is deeper than these."""
        expressions, relations, calculations = self.base
        return (
            expressions + self.expressions,
            relations + 1 + self.in_relation,
            calculations + 1 + self.in_sum + self.in_product,
        )

    def read(self, text: str, before: str) -> None:
        """Take in a token that is no bracket."""
        if text == "?":
            if before not in ("", ".", "[", "{", ","):
                self.questions += 1
                self.start_term()
        elif text == ":":
            self._read_colon()
        elif text == ",":
            self.start_element()
        elif text in ("&&", "||"):
            self.start_term()
        elif text in _RELATIONS:
            self.in_relation, self.in_sum, self.in_product = True, False, False
        elif text in _PRODUCTS:
            self.in_product = True
        elif text in _SUMS and not _is_sign(before):
            self.in_sum, self.in_product = True, False

    def _read_colon(self) -> None:
        if not self.questions:
            self.start_element()
            return
        self.questions -= 1
        self.expressions += 1
        self.start_term()


def _is_sign(before: str) -> bool:
    """Whether a minus behind a token is the sign of what follows."""
    is_opened = before in ("", "!", "?", ":", ",", "&&", "||") or before in _OPENING
    return is_opened or before in _RELATIONS or before in _SUMS or before in _PRODUCTS


def is_too_deep(tokens: Sequence[_Token]) -> bool:
    """Whether cel-go's parser would stop at the text of these tokens, whatever else is wrong with it."""
    if len(tokens) <= _HARMLESS:
        return False
    level = _Level(None)
    outer: list[_Level] = []
    before = ""
    for token in tokens:
        text = token.value
        # A bracket that closes at once has nothing inside that could be active.
        if text not in _CLOSING and max(level.active()) > DEEPEST:
            return True
        if text in _OPENING:
            outer.append(level)
            level = _Level(level)
        elif text in _CLOSING:
            level = outer.pop() if outer else level
        else:
            level.read(text, before)
        before = text
    return False


def is_too_long_a_chain(expression: Expression) -> bool:
    """Whether cel-go would give up on a tree whose macros are not expanded, though its parser has read the text.

    Of a tree it counts the operators (but the logical ones and signs), selections and calls with a receiver that stand
    inside each other.
    """
    waiting = [(expression, 0)]
    while waiting:
        node, depth = waiting.pop()
        depth += isinstance(node, Select) or (isinstance(node, Call) and _is_counted(node))
        if depth > DEEPEST:
            return True
        waiting.extend((child, depth) for child in children(node))
    return False


def _is_counted(call: Call) -> bool:
    return call.target is not None or call.function in _COUNTED


_MOST_FRAMES = 20_000
_ENOUGH: AbstractContextManager[None] = nullcontext()


def recursion_room(text: str | None = None) -> AbstractContextManager[None]:
    """Room for walking the tree of a text that is within the limits; without the text, any tree within them.

    A tree can be four times deeper than the limit, because signs, lists and calls have limits of their own; Python's
    default limit of 1,000 frames does not suffice. Python code does not use the C stack for this.
    """
    has_room = (text is not None and len(text) < 200) or sys.getrecursionlimit() >= _MOST_FRAMES
    return _ENOUGH if has_room else _more_frames()


@contextmanager
def _more_frames() -> Iterator[None]:
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(_MOST_FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)
