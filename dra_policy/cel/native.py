"""What Go says where a value cannot become one of Go's types, as a selector's result a bool."""

from __future__ import annotations

from dra_policy.cel.data import GO_NAMES, Failure, MapValue, OptionalValue, TypeValue, UInt, Value, type_name

# Go's conversions are not worded alike.
_REFUSALS: dict[type, str] = {
    UInt: "unsupported type conversion from 'uint' to {}",
    int: "unsupported type conversion from 'int' to {}",
    str: "unsupported native conversion from string to '{}'",
    type(None): "type conversion error from 'null_type' to '{}'",
    TypeValue: "type conversion not supported for 'type'",
    bool: "type conversion error from bool to '{}'",
    float: "type conversion error from Double to '{}'",
    bytes: "type conversion error from Bytes to '{}'",
    list: "type conversion error from list to '{}'",
    MapValue: "type conversion error from map to '{}'",
}
EMPTY = "optional.none() dereference"


def refusal(value: Value, wanted: str) -> str:
    """Why a value becomes none of a type of Go."""
    found = _REFUSALS.get(MapValue if isinstance(value, MapValue) else value.__class__)
    if found is None:
        found = f"type conversion error from '{GO_NAMES[value.__class__].rpartition('.')[2]}' to '{{}}'"
    return found.format(wanted)


def as_bool(value: Value) -> bool | Failure:
    """The value, if it is a bool (or an optional of one); else Kubernetes' error."""
    if isinstance(value, bool | Failure):
        return value
    inner = value
    while isinstance(inner, OptionalValue):
        if not inner.has_value:
            return _not_bool(value, EMPTY)
        inner = inner.value
    return inner if isinstance(inner, bool) else _not_bool(value, refusal(inner, "bool"))


def _not_bool(value: Value, reason: str) -> Failure:
    return Failure(f"CEL result of type {type_name(value)} could not be converted to bool: {reason}")
