"""The protobuf messages that CEL knows by itself, as the API server's environments declare them (cel-go, types/pb)."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.cel.kinds import (
    ANY,
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    map_of,
    wrapper_of,
)

_MOMENT = {"seconds": INT, "nanos": INT}
_LIST, _STRUCT = list_of(DYN), map_of(STRING, DYN)


def _wrapper(type_: Type) -> tuple[Type, Mapping[str, Type]]:
    return wrapper_of(type_), {"value": type_}


MESSAGES: Mapping[str, tuple[Type, Mapping[str, Type]]] = {
    "google.protobuf.Any": (ANY, {"type_url": STRING, "value": BYTES}),
    "google.protobuf.Duration": (DURATION, _MOMENT),
    "google.protobuf.ListValue": (_LIST, {"values": _LIST}),
    "google.protobuf.Struct": (_STRUCT, {"fields": _STRUCT}),
    "google.protobuf.Timestamp": (TIMESTAMP, _MOMENT),
    "google.protobuf.Value": (
        DYN,
        {
            "null_value": INT,
            "number_value": DOUBLE,
            "string_value": STRING,
            "bool_value": BOOL,
            "struct_value": _STRUCT,
            "list_value": _LIST,
        },
    ),
    "google.protobuf.BoolValue": _wrapper(BOOL),
    "google.protobuf.BytesValue": _wrapper(BYTES),
    "google.protobuf.DoubleValue": _wrapper(DOUBLE),
    "google.protobuf.FloatValue": _wrapper(DOUBLE),
    "google.protobuf.Int32Value": _wrapper(INT),
    "google.protobuf.Int64Value": _wrapper(INT),
    "google.protobuf.StringValue": _wrapper(STRING),
    "google.protobuf.UInt32Value": _wrapper(UINT),
    "google.protobuf.UInt64Value": _wrapper(UINT),
}
"""Type of the value and types of the fields, by full name."""
