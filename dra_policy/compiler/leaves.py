"""Recognise what a boolean CEL expression without ``&& || ! ?:`` tests, so that it can be explained.

A typed leaf keeps its exact program and is evaluated by it; recognition adds meaning and never changes an answer. What
is not recognised is a ``CelLeaf``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from dra_policy.cel.syntax import Call, Expression
from dra_policy.compiler.constants import constant, constants
from dra_policy.compiler.paths import paths_read, presence_reading, value_reading
from dra_policy.ir.nodes import (
    AnyLeaf,
    CelLeaf,
    CelProgram,
    Comparison,
    Membership,
    Presence,
    TextMatch,
    Truth,
)
from dra_policy.ir.path import Path
from dra_policy.model import Dialect
from dra_policy.text import Span
from dra_policy.values import AttributeValue

_OPERATORS = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDER_CALLS = {"isGreaterThan": ">", "isLessThan": "<"}
_COMPARING = frozenset((*_OPERATORS, *_ORDER_CALLS))
_TEXT_FUNCTIONS = frozenset(("matches", "contains", "startsWith", "endsWith"))
# What `x.compareTo(y)` may be (-1, 0, 1) for each operator between x and y.
_OUTCOMES = {
    ">": (1,),
    ">=": (0, 1),
    "==": (0,),
    "<=": (-1, 0),
    "<": (-1,),
    "!=": (-1, 1),
}
_HOLDS: dict[str, Callable[[int, int], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
# The operator between x and y that says the same as `x.compareTo(y) OPERATOR number`, by operator and number.
_ORDERS = {
    (operator, number): order
    for operator, holds in _HOLDS.items()
    for number in (-1, 0, 1)
    for order, outcomes in _OUTCOMES.items()
    if outcomes == tuple(outcome for outcome in (-1, 0, 1) if holds(outcome, number))
}


class Operand(NamedTuple):
    """A value of the device, or ``default`` where it is absent and a default is given."""

    path: Path
    default: AttributeValue | None


class Test(NamedTuple):
    """``operand OPERATOR constant``."""

    operand: Operand
    operator: str
    constant: AttributeValue


def leaf_of(node: Expression, program: CelProgram, dialect: Dialect, span: Span, *, negated: bool) -> AnyLeaf:
    """The leaf that the expression is; ``program`` is the expression's own, ``negated`` what is above it."""
    if isinstance(node, Call) and node.function in _COMPARING:
        test = _comparison(node, dialect)
        if test is not None:
            (path, default), operator, value = test
            # The other side is a constant, so that nothing else is read; likewise below.
            return Comparison(program, (path,), span, negated, path, operator, value, default)
    operand = operand_of(node, dialect)
    if operand is not None:
        return Truth(program, (operand.path,), span, negated, *operand)
    present = presence_reading(node, dialect)
    if present is not None:
        return Presence(program, paths_read(node, dialect), span, negated, present)
    found = _member_or_text(node, program, span, negated=negated, dialect=dialect)
    return CelLeaf(program, paths_read(node, dialect), span, negated) if found is None else found


def operand_of(node: Expression, dialect: Dialect) -> Operand | None:
    """The device's value that the node stands for: a path, or ``path.orValue(constant)``."""
    if isinstance(node, Call) and node.function == "orValue" and node.target is not None and len(node.arguments) == 1:
        found, default = value_reading(node.target, dialect), constant(node.arguments[0])
        return None if found is None or not found.optional or default is None else Operand(found.path, default)
    found = value_reading(node, dialect)
    return None if found is None or found.optional else Operand(found.path, None)


def _comparison(node: Call, dialect: Dialect) -> Test | None:
    if node.function in _ORDER_CALLS:
        if node.target is None or len(node.arguments) != 1:
            return None
        return _between(node.target, _ORDER_CALLS[node.function], node.arguments[0], dialect)
    left, right = node.arguments
    operator = _OPERATORS[node.function]
    if isinstance(left, Call) and left.function == "compareTo":
        return _order_of_outcome(left, operator, right, dialect)
    if isinstance(right, Call) and right.function == "compareTo":
        return _order_of_outcome(right, _TURNED[operator], left, dialect)
    return _between(left, operator, right, dialect)


def _between(left: Expression, operator: str, right: Expression, dialect: Dialect) -> Test | None:
    """``value OPERATOR constant``, or the same turned round."""
    value = constant(right)
    if value is None:
        value, left, operator = constant(left), right, _TURNED[operator]
    operand = None if value is None else operand_of(left, dialect)
    return None if operand is None or value is None else Test(operand, operator, value)


def _order_of_outcome(call: Call, operator: str, number: Expression, dialect: Dialect) -> Test | None:
    """``x.compareTo(y) OPERATOR number`` as an order between x and y; None where no order says the same."""
    if call.target is None:
        return None
    bound = constant(number)
    order = _ORDERS.get((operator, bound)) if type(bound) is int else None
    return None if order is None else _between(call.target, order, call.arguments[0], dialect)


def _member_or_text(
    node: Expression, program: CelProgram, span: Span, *, negated: bool, dialect: Dialect
) -> Membership | TextMatch | None:
    match node:
        case Call(function="@in", target=None, arguments=(element, container)):
            operand, values = operand_of(element, dialect), constants(container)
            if operand is not None and values:
                path, default = operand
                return Membership(program, (path,), span, negated, path, values, default)
        case Call(function=function, target=receiver, arguments=(argument,)) if function in _TEXT_FUNCTIONS:
            operand = None if receiver is None else operand_of(receiver, dialect)
            pattern = constant(argument)
            if operand is not None and isinstance(pattern, str):
                path, default = operand
                return TextMatch(program, (path,), span, negated, path, function, pattern, default)
    return None
