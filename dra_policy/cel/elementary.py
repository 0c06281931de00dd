"""Recognise expressions so plain that nothing can go wrong after the type check, however large the device.

Most selectors are: comparisons of attributes and capacities with constants, joined by ``&& || ! ?:``. Their constants
need no trial, their programs can always be planned, and no evaluation comes near the cost limit; so none of that has to
be looked at before somebody wants to know.
"""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cel.environment import Environment
from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, Select, SuffixedLiteral

# With at most this many characters, comparisons with constants cost a few thousand units.
_LONGEST = 1_000
_LOGIC = frozenset(("_&&_", "_||_", "!_", "_?_:_"))
_COMPARISONS = frozenset(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))
_INDICES = frozenset(("_[_]", "_[?_]"))
# Not ``contains``: it costs by the length of the value, which nothing in the expression bounds.
_METHODS = frozenset(("compareTo", "isGreaterThan", "isLessThan", "orValue", "hasValue", "startsWith", "endsWith"))
_CONSTANTS = frozenset(("quantity", "semver"))


def is_elementary(expression: Expression, environment: Environment) -> bool:
    """Whether a type-checked expression is one of them. False says nothing."""
    if environment.dialect is None or not environment.dialect.is_kubernetes:
        return False
    return len(expression.span.text) <= _LONGEST and _is_elementary(expression)


def _is_elementary(expression: Expression) -> bool:
    waiting: list[Expression] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            operands = _operands(node)
            if operands is None:
                return False
            waiting += operands
        elif isinstance(node, Select):
            waiting.append(node.operand)
        elif isinstance(node, Ident):
            if node.name != "device":
                return False
        elif not isinstance(node, Literal) or isinstance(node.value, SuffixedLiteral):
            return False
    return True


def _operands(node: Call) -> Sequence[Expression] | None:
    """The parts that must be elementary if the call shall be; None for a call that cannot be."""
    function, target, arguments = node.function, node.target, node.arguments
    if target is not None:
        return (target, *arguments) if function in _METHODS else None
    if function in _INDICES:
        return arguments[:1] if _is_text(arguments[1]) else None
    if function in _COMPARISONS:
        # Two values of unknown size could be long lists.
        left, right = arguments
        return arguments if isinstance(right, Literal) or isinstance(left, Literal) else None
    if function in _LOGIC:
        return arguments
    if function in _CONSTANTS:
        return () if len(arguments) == 1 and _is_text(arguments[0]) else None
    if function == "@in":
        return arguments[:1] if _is_list_of_texts(arguments[1]) else None
    return None


def _is_text(node: Expression) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _is_list_of_texts(node: Expression) -> bool:
    return isinstance(node, ListLiteral) and not node.optional_indices and all(map(_is_text, node.elements))
