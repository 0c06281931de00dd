"""How deep an expression may nest: Kubernetes' limits, and room for recursion over what they allow."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

DEEPEST = 250
"""cel-go's default recursion limit; it counts each grammar rule on its own."""

LONGEST = 10_240
"""Bytes of a selector (CELSelectorExpressionMaxLength of resource.k8s.io)."""

# No rule can be 250 deep in fewer tokens: an operator nests its rule by two.
_HARMLESS = 124

_RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_SUMS = frozenset("+-")
_PRODUCTS = frozenset("*/%")
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class _Token(Protocol):
    @property
    def value(self) -> str: ...


class _Level:
    """What is open between two brackets: how often each of cel-go's recursive rules is active."""

    __slots__ = (
        "base",
        "expressions",
        "in_product",
        "in_sum",
        "products",
        "questions",
        "relations",
        "selectors",
        "sums",
    )

    def __init__(self, outer: _Level | None) -> None:
        self.base: tuple[int, int, int, int] = (0, 0, 0, 0) if outer is None else outer.active()
        self.start_element()

    def start_element(self) -> None:
        """An element of a list, an argument, a key or a value begins."""
        self.expressions = 1
        self.questions = 0
        self.start_term()

    def start_term(self) -> None:
        """An operand of a logical operator begins."""
        self.relations = 0
        self.start_sum()

    def start_sum(self) -> None:
        """An operand of a comparison begins."""
        self.sums = self.products = 0
        self.in_sum = self.in_product = False
        self.selectors = 0

    def active(self) -> tuple[int, int, int, int]:
        """The depths of the rules expr, relation, calc and member at this place."""
        expressions, relations, calculations, members = self.base
        return (
            expressions + self.expressions,
            relations + 1 + self.relations + (self.relations > 0),
            calculations + 1 + self.sums + self.in_sum + self.products + self.in_product,
            members + 1 + self.selectors,
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
            self.relations += 1
            self.start_sum()
        else:
            self._read_operator(text, before)

    def _read_colon(self) -> None:
        if not self.questions:
            self.start_element()
            return
        self.questions -= 1
        self.expressions += 1
        self.start_term()

    def _read_operator(self, text: str, before: str) -> None:
        is_sign = before in ("", "!") or before in _OPENING or before in ("?", ":", ",", "&&", "||")
        if text == ".":
            self.selectors += before != ""
        elif text in _SUMS and not (is_sign or before in _RELATIONS or before in _SUMS or before in _PRODUCTS):
            self.sums += 1
            self.in_sum, self.products, self.in_product, self.selectors = True, 0, False, 0
        elif text in _PRODUCTS:
            self.products += 1
            self.in_product, self.selectors = True, 0


def is_too_deep(tokens: Sequence[_Token]) -> bool:
    """Whether cel-go would refuse the text of these tokens as nested too deeply, whatever else is wrong with it."""
    if len(tokens) <= _HARMLESS:
        return False
    level = _Level(None)
    outer: list[_Level] = []
    before = ""
    for token in tokens:
        text = token.value
        if text in _OPENING:
            # After an operand a bracket selects from it.
            if before and (before[-1] in ")]}`\"'" or before[-1].isalnum() or before[-1] == "_") and text == "[":
                level.selectors += 1
            outer.append(level)
            level = _Level(level)
        elif text in _CLOSING:
            level = outer.pop() if outer else level
        else:
            level.read(text, before)
        if max(level.active()) > DEEPEST:
            return True
        before = text
    return False


@contextmanager
def recursion_room(text: str) -> Iterator[None]:
    """Room for walking the tree of a text that is within the limits.

    A tree can be three times deeper than the limit, because signs, lists and calls have limits of their own; Python's
    default limit of 1,000 frames does not suffice. Python code does not use the C stack for this.
    """
    usual = sys.getrecursionlimit()
    if len(text) < 200 or usual >= 20_000:
        yield
        return
    sys.setrecursionlimit(20_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)
