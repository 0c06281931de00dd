"""The result of a selector as a bool: what Go says about results of other types."""

from __future__ import annotations

from dra_policy.cel.data import Duration, Failure, MapValue, OptionalValue, Timestamp, TypeValue, UInt, Value, type_name

# Go's conversions are not worded alike.
_REFUSALS: dict[type, str] = {
    UInt: "unsupported type conversion from 'uint' to bool",
    int: "unsupported type conversion from 'int' to bool",
    str: "unsupported native conversion from string to 'bool'",
    type(None): "type conversion error from 'null_type' to 'bool'",
    TypeValue: "type conversion not supported for 'type'",
    float: "type conversion error from Double to 'bool'",
    bytes: "type conversion error from Bytes to 'bool'",
    list: "type conversion error from list to 'bool'",
    MapValue: "type conversion error from map to 'bool'",
    Duration: "type conversion error from 'Duration' to 'bool'",
    Timestamp: "type conversion error from 'Timestamp' to 'bool'",
}


def _refusal(value: Value) -> str:
    found = _REFUSALS.get(MapValue if isinstance(value, MapValue) else value.__class__)
    if found is None:
        found = f"type conversion error from '{type_name(value).rpartition('.')[2].removeprefix('Named')}' to 'bool'"
    return found


def as_bool(value: Value) -> bool | Failure:
    """The value, if it is a bool (or an optional of one); else Kubernetes' error."""
    if isinstance(value, bool | Failure):
        return value
    inner = value
    while isinstance(inner, OptionalValue):
        if not inner.has_value:
            return _not_bool(value, "optional.none() dereference")
        inner = inner.value
    return inner if isinstance(inner, bool) else _not_bool(value, _refusal(inner))


def _not_bool(value: Value, reason: str) -> Failure:
    return Failure(f"CEL result of type {type_name(value)} could not be converted to bool: {reason}")
