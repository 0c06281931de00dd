"""The few messages that expressions can build: durations, timestamps and wrapped scalars of google.protobuf."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.cel.arithmetic import SECOND, duration_result, timestamp_result
from dra_policy.cel.data import NO_OVERLOAD, Failure, MapValue, OptionalValue, UInt, Value
from dra_policy.cel.frame import Frame, Step, stop
from dra_policy.cel.runtime_cost import MESSAGE_BASE

_DEFAULTS: dict[str, Value] = {
    "google.protobuf.BoolValue": False,
    "google.protobuf.BytesValue": b"",
    "google.protobuf.DoubleValue": 0.0,
    "google.protobuf.FloatValue": 0.0,
    "google.protobuf.Int32Value": 0,
    "google.protobuf.Int64Value": 0,
    "google.protobuf.StringValue": "",
    "google.protobuf.UInt32Value": UInt(0),
    "google.protobuf.UInt64Value": UInt(0),
}
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
    if name in _DEFAULTS:
        return fields.get("value", _DEFAULTS[name])
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
