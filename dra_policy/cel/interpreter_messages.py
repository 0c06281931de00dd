"""The few messages that expressions can build: durations, timestamps and wrapped scalars of google.protobuf."""

from __future__ import annotations

from dra_policy.cel.arithmetic import SECOND, duration_result, timestamp_result
from dra_policy.cel.data import NO_OVERLOAD, Failure, OptionalValue, UInt, Value
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
    seconds, nanoseconds = fields.get("seconds", 0), fields.get("nanos", 0)
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int):
        return Failure(NO_OVERLOAD)
    total = seconds * SECOND + nanoseconds
    if name == "google.protobuf.Duration":
        return duration_result(total)
    if name == "google.protobuf.Timestamp":
        return timestamp_result(total)
    return Failure(f"unknown type '{name}'")
