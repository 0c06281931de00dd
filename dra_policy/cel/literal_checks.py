"""Try what is written as a constant when an expression is compiled: durations, patterns, formats, mixed literals.

These are the validators that Kubernetes adds to the type checker (cel-go, cel/validator.go and ext/formatting.go); they
run only on expressions that type-check.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dra_policy.cel import hints
from dra_policy.cel.check import Checked
from dra_policy.cel.environment import Environment
from dra_policy.cel.kinds import Type, format_type, is_equivalent, unwrap_optional
from dra_policy.cel.problems import Problem
from dra_policy.cel.syntax import (
    Call,
    Expression,
    ListLiteral,
    Literal,
    MapLiteral,
    children,
    kubernetes_point,
)

# The functions whose literals may be mixed: their list is a row of arguments.
_EXEMPT = frozenset(("format", "cel.@block"))


def check_literals(expression: Expression, checked: Checked, environment: Environment) -> tuple[Problem, ...]:
    """What is wrong with the constants of an expression that type-checks."""
    if not (environment.is_homogeneous or environment.checks_literals):
        return ()
    types = checked.types
    found: list[Problem] = []
    for node, is_exempt in _nodes(expression):
        if environment.is_homogeneous and not is_exempt and isinstance(node, (ListLiteral, MapLiteral)):
            found.extend(_mixed(node, types))
        elif environment.checks_literals and isinstance(node, Call):
            found.extend(_constant_argument(node))
            # The cel-go of Kubernetes 1.30, which dra-evolution uses, tries formats at run time only.
            if environment.kubernetes > 30:
                found.extend(_format(node, types))
    return tuple(found)


def _nodes(expression: Expression) -> Iterator[tuple[Expression, bool]]:
    """Every node once, and whether it stands inside a function whose literals may be mixed."""
    waiting = [(expression, False)]
    seen: set[int] = set()
    while waiting:
        node, is_exempt = waiting.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        yield node, is_exempt
        inner = is_exempt or (isinstance(node, Call) and node.function in _EXEMPT)
        waiting.extend((child, inner) for child in children(node))


# Literals of one type


def _mixed(node: ListLiteral | MapLiteral, types: dict[int, Type]) -> Iterator[Problem]:
    if isinstance(node, ListLiteral):
        elements = [
            (part, _value_type(types[part.id], is_optional=place in node.optional_indices))
            for place, part in enumerate(node.elements)
        ]
        yield from _first_other(elements, "list")
        return
    keys = [(entry.key, types[entry.key.id]) for entry in node.entries]
    values = [(entry.value, _value_type(types[entry.value.id], is_optional=entry.optional)) for entry in node.entries]
    yield from _others(keys, "map's keys")
    yield from _others(values, "map's values")


def _value_type(type_: Type, *, is_optional: bool) -> Type:
    return (unwrap_optional(type_) or type_) if is_optional else type_


def _others(parts: list[tuple[Expression, Type]], where: str) -> Iterator[Problem]:
    """Parts of another type than the first."""
    for part, type_ in parts[1:]:
        first = parts[0][1]
        if not is_equivalent(first, type_):
            message = f"expected type '{format_type(first)}' but found '{format_type(type_)}'"
            hint = hints.mixed_literal(first, type_, where)
            yield Problem("DRA304", message, kubernetes_point(part), part.span, hint)


def _first_other(parts: list[tuple[Expression, Type]], where: str) -> Iterable[Problem]:
    return list(_others(parts, where))[:1]


# Constants that a function reads


# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds from 1970.
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
_YEARS = "a timestamp lies in the years 1 to 9999"


def _constant_argument(node: Call) -> Iterator[Problem]:
    if not node.arguments or not isinstance(node.arguments[0], Literal):
        return
    argument = node.arguments[0]
    value = argument.value
    hint = None
    if not isinstance(value, str):
        if node.function == "timestamp" and type(value) is int and not _FIRST_SECOND <= value <= _LAST_SECOND:
            hint = _YEARS
        elif node.function == "duration" and node.target is None and type(value) is int:
            hint = f'write `duration("{value}s")`'
    elif node.function == "matches":
        hint = _pattern_problem(value)
    elif node.function == "duration" and node.target is None:
        hint = _duration_problem(value)
    elif node.function == "timestamp" and node.target is None:
        hint = _timestamp_problem(value)
    if hint is not None:
        message = f"invalid {node.function} argument"
        yield Problem("DRA204", message, kubernetes_point(argument), argument.span, hint)


def _pattern_problem(pattern: str) -> str | None:
    from dra_policy.cel.data import Failure
    from dra_policy.cel.library.patterns import compiled

    if not isinstance(compiled(pattern), Failure):
        return None
    if re.search(r"\(\?[=!<]", pattern):
        return "patterns are RE2: they cannot look ahead or behind"
    if re.search(r"\\[1-9]", pattern):
        return "patterns are RE2: they cannot refer back to a group"
    return "the pattern is no regular expression of RE2"


def _duration_problem(text: str) -> str | None:
    from dra_policy.cel.moments import parse_duration

    return None if parse_duration(text) is not None else 'a duration is a number with `h`, `m`, `s` or `ms`: "1h30m"'


def _timestamp_problem(text: str) -> str | None:
    from dra_policy.cel.arithmetic import SECOND
    from dra_policy.cel.moments import parse_timestamp

    moment = parse_timestamp(text)
    if moment is None:
        return 'a timestamp is written as "2026-01-31T12:00:00Z"'
    return None if _FIRST_SECOND <= moment.nanoseconds // SECOND <= _LAST_SECOND else _YEARS


# Format strings


class _FormatError(Exception):
    """What is wrong with a format string or an argument of it; ``node`` is the argument."""

    def __init__(self, text: str, node: Expression | None = None) -> None:
        super().__init__(text)
        self.node = node


_STRING_KINDS = frozenset(
    ("list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration", "type", "null")
)
_PRINTABLE = "strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
_CLAUSES = {
    "s": (
        _STRING_KINDS,
        f"string clause can only be used on {_PRINTABLE}",
    ),
    "d": (frozenset(("int", "uint")), "decimal clause can only be used on integers"),
    "f": (frozenset(("double", "string")), "fixed-point clause can only be used on doubles"),
    "e": (frozenset(("double", "string")), "scientific clause can only be used on doubles"),
    "b": (frozenset(("int", "uint", "bool")), "only integers and bools can be formatted as binary"),
    "x": (
        frozenset(("int", "uint", "string", "bytes")),
        "only integers, byte buffers, and strings can be formatted as hex",
    ),
    "o": (frozenset(("int", "uint")), "octal clause can only be used on integers"),
}
_CLAUSES["X"] = _CLAUSES["x"]


def _format(node: Call, types: dict[int, Type]) -> Iterator[Problem]:
    """``"constant".format([arguments])``: every clause must fit its argument."""
    if node.function != "format" or not isinstance(node.target, Literal) or len(node.arguments) != 1:
        return
    text, arguments = node.target.value, node.arguments[0]
    if not isinstance(text, str) or not isinstance(arguments, ListLiteral):
        return
    try:
        used = _check_format(text, arguments.elements, types)
    except _FormatError as error:
        where = error.node or node
        span = where.span if error.node is not None else node.target.span
        yield Problem("DRA305", str(error), kubernetes_point(where), span, _format_hint(where, types))
        return
    if len(arguments.elements) > used:
        message = f"too many arguments supplied to string.format (expected {used}, got {len(arguments.elements)})"
        yield Problem("DRA305", message, kubernetes_point(node), arguments.span, "one `%` clause for each argument")


def _format_hint(node: Expression, types: dict[int, Type]) -> str | None:
    type_ = types.get(node.id)
    if type_ is None or type_.kind not in ("struct", "opaque"):
        return None
    return "compare it instead, or format one of its parts"


def _check_format(text: str, arguments: tuple[Expression, ...], types: dict[int, Type]) -> int:
    place = used = 0
    while place < len(text):
        if text[place] != "%":
            place += 1
        elif text[place + 1 : place + 2] == "%":
            place += 2
        else:
            place = _check_clause(text, place + 1, arguments[used : used + 1], types, used)
            used += 1
    return used


def _check_clause(text: str, place: int, argument: tuple[Expression, ...], types: dict[int, Type], number: int) -> int:
    """Check the clause whose ``%`` stands before ``place``; the place behind it."""
    from dra_policy.cel.library.formatting import first_byte, precision_of

    if place >= len(text):
        raise _FormatError("unexpected end of string")
    if not argument:
        raise _FormatError(f"index {number} out of range")
    precision = re.compile(r"(?:\.[0-9]*)?").match(text, place)
    assert precision is not None
    if precision.group() and precision.end() >= len(text):
        raise _FormatError(_CLAUSE_FAILED + "error while parsing precision: could not find end of precision specifier")
    if precision.group() == ".":
        raise _FormatError(
            _CLAUSE_FAILED
            + "error while parsing precision: error while converting precision to integer: "
            + 'strconv.Atoi: parsing "": invalid syntax'
        )
    if precision_of(precision.group()[1:]) is None:
        raise _FormatError(
            _CLAUSE_FAILED
            + "error while parsing precision: error while converting precision to integer: "
            + f'strconv.Atoi: parsing "{precision.group()[1:]}": value out of range'
        )
    letter = text[precision.end()]
    if letter not in _CLAUSES:
        raise _FormatError(f'{_CLAUSE_FAILED}unrecognized formatting clause "{first_byte(letter)}"')
    kinds, message = _CLAUSES[letter]
    wrong = _unfit(argument[0], kinds, types, is_deep=letter == "s")
    if wrong is not None:
        raise _FormatError(f"error during formatting: {message}, was given {types[wrong.id].name}", wrong)
    return precision.end() + 1


_CLAUSE_FAILED = "could not parse formatting clause: "


def _unfit(node: Expression, kinds: frozenset[str], types: dict[int, Type], *, is_deep: bool) -> Expression | None:
    """The argument, or a part of it, that a clause cannot print."""
    kind = types[node.id].kind
    if kind != "dyn" and kind not in kinds:
        return node
    if is_deep and isinstance(node, (ListLiteral, MapLiteral)):
        parts = (_unfit(child, kinds, types, is_deep=True) for child in children(node))
        return next((part for part in parts if part is not None), None)
    return None
