"""Optional values and the functions that macros insert for maps (cel-go OptionalTypes, TwoVarComprehensions)."""

from __future__ import annotations

from dra_policy.cel.data import (
    ABSENT,
    NONE,
    Failure,
    GrowingMap,
    MapValue,
    OptionalValue,
    Value,
    map_key,
)
from dra_policy.cel.equality import is_zero
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.printing import quoted_value

_OPTIONAL = "optional_type(<V>)"


def value_of(optional: OptionalValue) -> Value:
    """What is inside, or ``optional.none() dereference``."""
    return optional.value if optional.has_value else Failure("optional.none() dereference")


def _unwrap(optionals: list[Value]) -> Value:
    found: list[Value] = []
    for optional in optionals:
        if not isinstance(optional, OptionalValue):
            return Failure(f"value {quoted_value(optional)} is not optional")
        if optional.has_value:
            found.append(optional.value)
    return found


FUNCTIONS = (
    Function("optional.of", (Overload("optional_of", ("<V>",), OptionalValue),)),
    Function(
        "optional.ofNonZeroValue",
        (
            Overload(
                "optional_ofNonZeroValue", ("<V>",), lambda value: NONE if is_zero(value) else OptionalValue(value)
            ),
        ),
    ),
    Function("optional.none", (Overload("optional_none", (), lambda: NONE),)),
    Function("value", (Overload("optional_value", (_OPTIONAL,), value_of),)),
    Function("hasValue", (Overload("optional_hasValue", (_OPTIONAL,), lambda optional: optional.has_value),)),
    Function(
        "last",
        (Overload("list_last", ("list(<V>)",), lambda items: OptionalValue(items[-1]) if items else NONE),),
    ),
    Function(
        "first",
        (Overload("list_first", ("list(<V>)",), lambda items: OptionalValue(items[0]) if items else NONE),),
    ),
    Function("optional.unwrap", (Overload("optional_unwrap", (f"list({_OPTIONAL})",), _unwrap),)),
    Function("unwrapOpt", (Overload("optional_unwrapOpt", (f"list({_OPTIONAL})",), _unwrap),)),
)


def insert(target: MapValue, key: Value, value: Value) -> Value:
    """``target`` with one more entry; a Failure where the key is there already."""
    if target.find(key) is not ABSENT:
        return Failure(f"insert failed: key {quoted_value(key)} already exists")
    if isinstance(target, GrowingMap):
        target.entries[map_key(key)] = value
        return target
    return MapValue({**target.entries, map_key(key): value})


def _insert_all(target: MapValue, update: MapValue) -> Value:
    result: Value = target
    for key, value in update.all_items():
        assert isinstance(result, MapValue)
        result = insert(result, key, value)
        if isinstance(result, Failure):
            return result
    return result


MAP_INSERTION = (
    Function(
        "cel.@mapInsert",
        (
            Overload("@mapInsert_map_key_value", ("map(<K>, <V>)", "<K>", "<V>"), insert),
            Overload("@mapInsert_map_map", ("map(<K>, <V>)", "map(<K>, <V>)"), _insert_all),
        ),
    ),
)
