"""The few messages that expressions can build: durations, timestamps and wrapped scalars of google.protobuf."""

from __future__ import annotations

from dra_policy.cel.arithmetic import SECOND
from dra_policy.cel.data import INT_MAX, INT_MIN, Duration, Failure, MapValue, OptionalValue, Timestamp, UInt, Value
from dra_policy.cel.frame import Frame, Step, stop
from dra_policy.cel.messages import MESSAGES
from dra_policy.cel.printing import quoted_value
from dra_policy.cel.runtime_cost import MESSAGE_BASE

# Wrapped scalars: what they hold if nothing is given.
_WRAPPED: dict[str, Value] = {
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
    values: dict[str, Value] = {}
    for field, step, is_optional in entries:
        value = step(frame)
        if value.__class__ is Failure:
            return value
        if is_optional:
            if not isinstance(value, OptionalValue):
                # Go has null as a number.
                shown = "0" if value is None else quoted_value(value)
                return Failure(f"cannot initialize optional entry '{field}' from non-optional value {shown}")
            if not value.has_value:
                values.pop(field, None)
                continue
            value = value.value
        values[field] = value
    if name not in MESSAGES:
        return Failure(f"unknown type '{name}'")
    # Few expressions have messages.
    from dra_policy.cel.message_fields import field_value

    fields = {field: field_value(name, field, value) for field, value in values.items()}
    failures = (value for value in fields.values() if isinstance(value, Failure))
    return next(failures, None) or _message(name, fields)


def _message(name: str, fields: dict[str, Value]) -> Value:
    """What cel-go makes of a message: all but Any are values that CEL has anyway."""
    if name in _WRAPPED:
        return fields.get("value", _WRAPPED[name])
    match name:
        case "google.protobuf.ListValue":
            return fields.get("values", [])
        case "google.protobuf.Struct":
            return fields.get("fields", MapValue({}))
        case "google.protobuf.Value":
            # One of the fields is set, the last.
            field = next(reversed(fields), "null_value")
            return None if field == "null_value" else fields[field]
        case "google.protobuf.Any":
            return Failure("unsupported conversion to ref.Val: (*dynamicpb.Message)")
    seconds, nanoseconds = fields.get("seconds", 0), fields.get("nanos", 0)
    assert isinstance(seconds, int)
    assert isinstance(nanoseconds, int)
    if name == "google.protobuf.Duration":
        return Duration(_saturated(seconds, nanoseconds))
    # Not held to the years 1 to 9999, as every other timestamp is.
    return Timestamp(seconds * SECOND + nanoseconds)


def _saturated(seconds: int, nanoseconds: int) -> int:
    """The nanoseconds of a duration; those that 64 bits do not hold are the most that they do."""
    total = seconds * SECOND + nanoseconds if INT_MIN <= seconds * SECOND <= INT_MAX else seconds * SECOND
    return min(max(total, INT_MIN), INT_MAX)
