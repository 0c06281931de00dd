"""The protobuf messages that CEL knows by itself, as the API server's environments declare them (cel-go, types/pb)."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.cel.kinds import BOOL, BYTES, DOUBLE, DURATION, INT, STRING, TIMESTAMP, UINT, Type

_MOMENT = {"seconds": INT, "nanos": INT}

MESSAGES: Mapping[str, tuple[Type, Mapping[str, Type]]] = {
    "google.protobuf.Duration": (DURATION, _MOMENT),
    "google.protobuf.Timestamp": (TIMESTAMP, _MOMENT),
    "google.protobuf.BoolValue": (BOOL, {"value": BOOL}),
    "google.protobuf.BytesValue": (BYTES, {"value": BYTES}),
    "google.protobuf.DoubleValue": (DOUBLE, {"value": DOUBLE}),
    "google.protobuf.FloatValue": (DOUBLE, {"value": DOUBLE}),
    "google.protobuf.Int32Value": (INT, {"value": INT}),
    "google.protobuf.Int64Value": (INT, {"value": INT}),
    "google.protobuf.StringValue": (STRING, {"value": STRING}),
    "google.protobuf.UInt32Value": (UINT, {"value": UINT}),
    "google.protobuf.UInt64Value": (UINT, {"value": UINT}),
}
"""Type of the value and types of the fields, by full name."""
