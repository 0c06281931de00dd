"""The standard functions and operators (cel-spec, List of Standard Definitions)."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from dra_policy.cel import arithmetic, conversion
from dra_policy.cel.data import NO_OVERLOAD, Failure, MapValue, TypeValue, Value, size_of
from dra_policy.cel.equality import compare, contains
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.library.patterns import search
from dra_policy.cel.moments import DURATION_PARTS, TIMESTAMP_PARTS

DURATION = "google.protobuf.Duration"
TIMESTAMP = "google.protobuf.Timestamp"
_ADDABLE = frozenset({"int", "uint", "double", "string", "bytes", "list", DURATION, TIMESTAMP})
_DIVISIBLE = frozenset({"int", "uint", "double"})
_ORDERED = frozenset({"bool", "int", "uint", "double", "string", "bytes", DURATION, TIMESTAMP})


def _ordering(name: str, of_integers: Callable[[Any, Any], bool], holds: Callable[[int], bool]) -> Function:
    def decide(left: Value, right: Value) -> Value:
        order = compare(left, right)
        return order if isinstance(order, Failure) else holds(order)

    return Function(name, operator=decide, operands=_ORDERED, of_integers=of_integers)


def logical_not(value: Value) -> Value:
    """``!value``."""
    return not value if isinstance(value, bool) else Failure(NO_OVERLOAD)


def _not_strictly_false(value: Value) -> Value:
    return value if isinstance(value, bool) else True


def in_aggregate(element: Value, aggregate: Value) -> Value:
    """``element in aggregate``: an item of a list, a key of a map."""
    if isinstance(aggregate, list):
        return contains(aggregate, element)
    if isinstance(aggregate, MapValue):
        return aggregate.contains(element)
    return Failure(NO_OVERLOAD)


def _text_test(test: Callable[[str, str], bool]) -> Callable[[Value, Value], Value]:
    def decide(text: Value, part: Value) -> Value:
        if not isinstance(text, str) or not isinstance(part, str):
            return Failure(NO_OVERLOAD)
        return test(text, part)

    return decide


def _conversion(name: str, target: Callable[[Value], Value], *sources: tuple[str, str]) -> Function:
    return Function(name, tuple(Overload(identifier, (source,), target) for identifier, source in sources))


OPERATORS = (
    Function("_+_", operator=arithmetic.add, operands=_ADDABLE),
    Function("_-_", operator=arithmetic.subtract, operands=_DIVISIBLE | {DURATION, TIMESTAMP}),
    Function("_*_", operator=arithmetic.multiply, operands=_DIVISIBLE),
    Function("_/_", operator=arithmetic.divide, operands=_DIVISIBLE),
    Function("_%_", operator=arithmetic.remainder, operands=frozenset({"int", "uint"})),
    Function("-_", operator=arithmetic.negate, operands=frozenset({"bool", "int", "double", DURATION})),
    Function("!_", operator=logical_not),
    _ordering("_<_", lt, lambda order: order < 0),
    _ordering("_<=_", le, lambda order: order <= 0),
    _ordering("_>_", gt, lambda order: order > 0),
    _ordering("_>=_", ge, lambda order: order >= 0),
    Function("@in", operator=in_aggregate),
    Function(
        "@not_strictly_false", (Overload("not_strictly_false", ("bool",), _not_strictly_false, True),), unguarded=True
    ),
)

CONVERSIONS = (
    Function("type", operator=conversion.to_type),
    Function("dyn", operator=lambda value: value),
    _conversion("bool", conversion.to_bool, ("bool_to_bool", "bool"), ("string_to_bool", "string")),
    _conversion("bytes", conversion.to_bytes, ("bytes_to_bytes", "bytes"), ("string_to_bytes", "string")),
    _conversion(
        "double",
        conversion.to_double,
        ("double_to_double", "double"),
        ("int64_to_double", "int"),
        ("string_to_double", "string"),
        ("uint64_to_double", "uint"),
    ),
    _conversion(
        "duration",
        conversion.to_duration,
        ("duration_to_duration", DURATION),
        ("string_to_duration", "string"),
        ("int64_to_duration", "int"),
    ),
    _conversion(
        "int",
        conversion.to_int,
        ("int64_to_int64", "int"),
        ("double_to_int64", "double"),
        ("duration_to_int64", DURATION),
        ("string_to_int64", "string"),
        ("timestamp_to_int64", TIMESTAMP),
        ("uint64_to_int64", "uint"),
    ),
    _conversion(
        "string",
        conversion.to_string,
        ("string_to_string", "string"),
        ("bool_to_string", "bool"),
        ("bytes_to_string", "bytes"),
        ("double_to_string", "double"),
        ("duration_to_string", DURATION),
        ("int64_to_string", "int"),
        ("timestamp_to_string", TIMESTAMP),
        ("uint64_to_string", "uint"),
    ),
    _conversion(
        "timestamp",
        conversion.to_timestamp,
        ("timestamp_to_timestamp", TIMESTAMP),
        ("int64_to_timestamp", "int"),
        ("string_to_timestamp", "string"),
    ),
    _conversion(
        "uint",
        conversion.to_uint,
        ("uint64_to_uint64", "uint"),
        ("double_to_uint64", "double"),
        ("int64_to_uint64", "int"),
        ("string_to_uint64", "string"),
    ),
)

TEXTS = (
    Function("size", operator=size_of, operands=frozenset({"string", "bytes", "list", "map"})),
    Function(
        "contains",
        (Overload("contains_string", ("string", "string"), _text_test(lambda text, part: part in text)),),
        unguarded=True,
    ),
    Function(
        "startsWith",
        (Overload("starts_with_string", ("string", "string"), _text_test(str.startswith)),),
        unguarded=True,
    ),
    Function(
        "endsWith", (Overload("ends_with_string", ("string", "string"), _text_test(str.endswith)),), unguarded=True
    ),
    Function("matches", operator=search, operands=frozenset({"string"})),
)

_TIMESTAMP_IDS = {
    "getFullYear": "timestamp_to_year",
    "getMonth": "timestamp_to_month",
    "getDate": "timestamp_to_day_of_month_1_based",
    "getDayOfMonth": "timestamp_to_day_of_month",
    "getDayOfYear": "timestamp_to_day_of_year",
    "getDayOfWeek": "timestamp_to_day_of_week",
    "getHours": "timestamp_to_hours",
    "getMinutes": "timestamp_to_minutes",
    "getSeconds": "timestamp_to_seconds",
    "getMilliseconds": "timestamp_to_milliseconds",
}


def _date_part(name: str) -> Function:
    identifier, part = _TIMESTAMP_IDS[name], TIMESTAMP_PARTS[name]
    zoned = "timestamp_to_seconds_tz" if name == "getSeconds" else f"{identifier}_with_tz"
    overloads: tuple[Overload, ...] = (
        Overload(identifier, (TIMESTAMP,), part),
        Overload(zoned, (TIMESTAMP, "string"), part),
    )
    if name in DURATION_PARTS:
        of_duration = identifier.replace("timestamp", "duration")
        overloads += (Overload(of_duration, (DURATION,), DURATION_PARTS[name]),)
    return Function(name, overloads)


FUNCTIONS = (*OPERATORS, *CONVERSIONS, *TEXTS, *(_date_part(name) for name in _TIMESTAMP_IDS))

# The types that have names of their own.
TYPES = {
    name: TypeValue(name)
    for name in (
        *("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"),
        *(DURATION, TIMESTAMP),
    )
}
