"""Inline ``cel.bind`` where that keeps every answer, so that the parts of its body can be explained one by one."""

from __future__ import annotations

from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Expression,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    MessageLiteral,
    Select,
    children,
)
from dra_policy.compiler.constants import constant
from dra_policy.compiler.paths import whole_reading
from dra_policy.model import Dialect
from dra_policy.record import replace


def inlined(node: Comprehension, dialect: Dialect) -> Expression | None:
    """The body of a ``cel.bind`` with its variable replaced; None where the comprehension has to stay.

    Only values whose evaluation cannot fail are put in the variable's place (constants, the driver, the maps of
    Kubernetes, of which none is ever absent): an error of the value would otherwise move to where the variable is read.
    """
    name = node.accumulator
    if not _is_bind(node) or name == "device" or not _cannot_fail(node.initial, dialect):
        return None
    return None if _binds(node.result, (name, "device")) else _replaced(node.result, name, node.initial)


def _is_bind(node: Comprehension) -> bool:
    """A bind is a loop over nothing, whose accumulator is the variable."""
    return (
        isinstance(node.iteration_range, ListLiteral)
        and not node.iteration_range.elements
        and isinstance(node.condition, Literal)
        and node.condition.value is False
        and isinstance(node.step, Ident)
        and node.step.name == node.accumulator
    )


def _cannot_fail(node: Expression, dialect: Dialect) -> bool:
    match node:
        case Literal():
            return True
        case Call(function="quantity" | "semver"):
            return constant(node) is not None
        case Select(operand=Ident(name="device"), member="driver", test_only=False, optional=False):
            return dialect.is_kubernetes
        case _:
            return whole_reading(node, dialect) is not None


def _binds(node: Expression, names: tuple[str, ...]) -> bool:
    """Whether a macro inside gives one of the names another meaning."""
    if isinstance(node, Comprehension):
        bound = (node.iteration_variable, node.iteration_variable2, node.accumulator)
        if any(name in bound for name in names):
            return True
    return any(_binds(part, names) for part in children(node))


def _replaced(node: Expression, name: str, value: Expression) -> Expression:
    """The tree with ``value`` for the variable. Ids stay, so that tables of types and overloads still hold."""

    def put(part: Expression) -> Expression:
        return _replaced(part, name, value)

    match node:
        case Ident(name=found):
            return value if found == name else node
        case Literal():
            return node
        case Select(operand=operand):
            return replace(node, operand=put(operand))
        case Call(target=target, arguments=arguments):
            return replace(node, target=None if target is None else put(target), arguments=tuple(map(put, arguments)))
        case ListLiteral(elements=elements):
            return replace(node, elements=tuple(map(put, elements)))
        case MapLiteral(entries=entries):
            pairs = tuple(replace(entry, key=put(entry.key), value=put(entry.value)) for entry in entries)
            return replace(node, entries=pairs)
        case MessageLiteral(entries=fields):
            return replace(node, entries=tuple(replace(field, value=put(field.value)) for field in fields))
        case Comprehension():
            return replace(
                node,
                iteration_range=put(node.iteration_range),
                initial=put(node.initial),
                condition=put(node.condition),
                step=put(node.step),
                result=put(node.result),
                macro=None if node.macro is None else _replaced_call(node.macro, name, value),
            )


def _replaced_call(macro: Call, name: str, value: Expression) -> Call:
    """The macro as written, for printing; its target and arguments are ordinary expressions."""
    replaced = _replaced(macro, name, value)
    return replaced if isinstance(replaced, Call) else macro
