"""The few messages that expressions can build: durations, timestamps and wrapped scalars of google.protobuf."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack, unpack

from dra_policy.cel.arithmetic import SECOND, duration_result, timestamp_result
from dra_policy.cel.data import (
    GO_NAMES,
    NO_OVERLOAD,
    ComputedQuantity,
    Failure,
    MapValue,
    OptionalValue,
    PublishedMap,
    TypeValue,
    UInt,
    Value,
)
from dra_policy.cel.frame import Frame, Step, stop
from dra_policy.cel.runtime_cost import MESSAGE_BASE
from dra_policy.values import Quantity, Version

# Wrapped scalars: what they hold if nothing is given, and Go's type of it.
_WRAPPED: dict[str, tuple[Value, str]] = {
    "google.protobuf.BoolValue": (False, "bool"),
    "google.protobuf.BytesValue": (b"", "[]uint8"),
    "google.protobuf.DoubleValue": (0.0, "float64"),
    "google.protobuf.FloatValue": (0.0, "float32"),
    "google.protobuf.Int32Value": (0, "int32"),
    "google.protobuf.Int64Value": (0, "int64"),
    "google.protobuf.StringValue": ("", "string"),
    "google.protobuf.UInt32Value": (UInt(0), "uint32"),
    "google.protobuf.UInt64Value": (UInt(0), "uint64"),
}
# How cel-go refuses to make a Go value of a value of each class.
_REFUSALS: dict[type, str] = {
    str: "unsupported native conversion from string to '{}'",
    int: "unsupported type conversion from 'int' to {}",
    UInt: "unsupported type conversion from 'uint' to {}",
    bool: "type conversion error from bool to '{}'",
    float: "type conversion error from Double to '{}'",
    bytes: "type conversion error from Bytes to '{}'",
    list: "type conversion error from list to '{}'",
    MapValue: "type conversion error from map to '{}'",
    PublishedMap: "type conversion error from map to '{}'",
    type(None): "type conversion error from 'null_type' to '{}'",
    TypeValue: "type conversion not supported for 'type'",
}
# Values of Kubernetes' libraries that go into a string as they are printed.
_OTHER_TEXTS = frozenset(("cel.IP", "cel.CIDR", "cel.URL"))
# Messages of JSON: the field that holds the value, None for any one of them.
_JSON: dict[str, tuple[str | None, Callable[[], Value]]] = {
    "google.protobuf.ListValue": ("values", list),
    "google.protobuf.Struct": ("fields", lambda: MapValue({})),
    "google.protobuf.Value": (None, lambda: None),
}


def message_step(node: int, name: str, entries: tuple[tuple[str, Step, bool], ...]) -> Step:
    """``Name{field: value}``; fields that are left out have their default."""

    def step(frame: Frame) -> Value:
        value = _build(frame, name.removeprefix("."), entries)
        frame.cost += MESSAGE_BASE
        if frame.cost > frame.limit:
            stop(frame)
        if isinstance(value, Failure) and value.node is None:
            value.node = node
        return value

    return step


def _json(value: Value) -> Value:
    """A value as JSON has it: all numbers are doubles."""
    match value:
        case int() if not isinstance(value, bool):
            return float(value)
        case list():
            return [_json(item) for item in value]
        case MapValue():
            return MapValue.of([(key, _json(inner)) for key, inner in value.all_items()])
    return value


def _wrapped(name: str, value: Value) -> Value:
    """A value that was of no known type before run time, or cel-go's refusal to put it into the field."""
    default, wanted = _WRAPPED[name]
    if isinstance(value, OptionalValue) and value.has_value:
        return _wrapped(name, value.value)
    if value.__class__ is default.__class__:
        # The smaller types hold less.
        if wanted == "int32" and not -(2**31) <= value < 2**31:  # type: ignore[operator]
            return Failure(f"field type conversion error for {name}.value value type: integer overflow")
        if wanted == "uint32" and value >= 2**32:  # type: ignore[operator]
            return Failure(f"field type conversion error for {name}.value value type: unsigned integer overflow")
        return unpack("f", pack("f", value))[0] if wanted == "float32" else value
    if wanted == "string" and isinstance(value, Version | Quantity | ComputedQuantity):
        amount = value.quantity if isinstance(value, ComputedQuantity) else value
        return amount.canonical() if isinstance(amount, Quantity) else str(amount)
    if wanted == "string" and GO_NAMES.get(value.__class__) in _OTHER_TEXTS:
        return str(value)
    if wanted == "[]uint8" and isinstance(value, list):
        if all(item.__class__ is UInt and item < 256 for item in value):
            return bytes(value)
        value, wanted = next(item for item in value if item.__class__ is not UInt or item >= 256), "uint8"
        if value.__class__ is UInt:
            return Failure(f"field type conversion error for {name}.value value type: unsigned integer overflow")
    other = f"type conversion error from '{GO_NAMES.get(value.__class__, '').rpartition('.')[2]}' to '{{}}'"
    refusal = _REFUSALS.get(value.__class__, other).format(wanted)
    return Failure(f"field type conversion error for {name}.value value type: {refusal}")


def _build(frame: Frame, name: str, entries: tuple[tuple[str, Step, bool], ...]) -> Value:
    fields: dict[str, Value] = {}
    for field, step, is_optional in entries:
        value = step(frame)
        if value.__class__ is Failure:
            return value
        if is_optional and isinstance(value, OptionalValue):
            if not value.has_value:
                continue
            value = value.value
        fields[field] = value
    if name in _WRAPPED:
        return _wrapped(name, fields["value"]) if "value" in fields else _WRAPPED[name][0]
    if name in _JSON:
        wanted, empty = _JSON[name]
        present = [value for key, value in fields.items() if wanted in (None, key) and key != "null_value"]
        return _json(present[-1]) if present else empty()
    if name == "google.protobuf.Any":
        return Failure("unsupported conversion to ref.Val: (*dynamicpb.Message)")
    seconds, nanoseconds = fields.get("seconds", 0), fields.get("nanos", 0)
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int):
        return Failure(NO_OVERLOAD)
    total = seconds * SECOND + nanoseconds
    if name == "google.protobuf.Duration":
        return duration_result(total)
    if name == "google.protobuf.Timestamp":
        return timestamp_result(total)
    return Failure(f"unknown type '{name}'")
