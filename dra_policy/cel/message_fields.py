"""Put values into the fields of messages as cel-go does: each becomes a value of the field's type in Go, or is refused.

The checker lets only values of unknown type (`dyn`) through to a field of another type; what is in a list or a map that
becomes JSON is of any type.
"""

from __future__ import annotations

from struct import pack, unpack

from dra_policy.cel.data import (
    GO_NAMES,
    INT_MAX,
    INT_MIN,
    UINT_MAX,
    ComputedQuantity,
    Duration,
    Failure,
    MapValue,
    OptionalValue,
    Timestamp,
    UInt,
    Value,
    type_name,
)
from dra_policy.cel.native import EMPTY, refusal
from dra_policy.values import Quantity, Version

_JSON, _JSON_LIST, _JSON_MAP = "*structpb.Value", "*structpb.ListValue", "*structpb.Struct"
_MOMENT = {"seconds": "int64", "nanos": "int32"}
# The type in Go of each field; the fields of many values are not here.
_TYPES: dict[str, dict[str, str]] = {
    "google.protobuf.Any": {"type_url": "string", "value": "[]uint8"},
    "google.protobuf.Duration": _MOMENT,
    "google.protobuf.Timestamp": _MOMENT,
    "google.protobuf.Value": {
        "bool_value": "bool",
        "list_value": _JSON_LIST,
        "null_value": "protoreflect.EnumNumber",
        "number_value": "float64",
        "string_value": "string",
        "struct_value": _JSON_MAP,
    },
    "google.protobuf.BoolValue": {"value": "bool"},
    "google.protobuf.BytesValue": {"value": "[]uint8"},
    "google.protobuf.DoubleValue": {"value": "float64"},
    "google.protobuf.FloatValue": {"value": "float32"},
    "google.protobuf.Int32Value": {"value": "int32"},
    "google.protobuf.Int64Value": {"value": "int64"},
    "google.protobuf.StringValue": {"value": "string"},
    "google.protobuf.UInt32Value": {"value": "uint32"},
    "google.protobuf.UInt64Value": {"value": "uint64"},
}
# Of the types of numbers: CEL's type, and what they hold.
_WHOLE: dict[str, tuple[type, int, int]] = {
    "int32": (int, -(2**31), 2**31 - 1),
    "protoreflect.EnumNumber": (int, -(2**31), 2**31 - 1),
    "int64": (int, INT_MIN, INT_MAX),
    "uint8": (UInt, 0, 255),
    "uint32": (UInt, 0, 2**32 - 1),
    "uint64": (UInt, 0, UINT_MAX),
}
_SAME: dict[str, type] = {"bool": bool, "float64": float, "[]uint8": bytes}
# Values of Kubernetes' libraries that become a string as they are printed.
_PRINTED = frozenset(("cel.IP", "cel.CIDR", "cel.URL"))
# JSON has no larger integers as numbers.
_LARGEST_JSON = 2**53 - 1
_VALUES = "[]*structpb.Value"


def field_value(message: str, field: str, value: Value) -> Value:
    """What a field of a message holds once the value is put into it; a Failure where cel-go refuses that."""
    wanted = _TYPES.get(message, {}).get(field)
    if wanted is None:
        # Fields of many values do not look into an optional.
        if not isinstance(value, list if field == "values" else MapValue):
            return Failure(f"unsupported field type for {message}.{field}: {_type_of(value)}")
        wanted = _JSON
    found = _native(value, wanted)
    if isinstance(found, Failure):
        return Failure(f"field type conversion error for {message}.{field} value type: {found.text}")
    return found


def _type_of(value: Value) -> str:
    """The value's type as cel-go prints it, without looking into the value."""
    name = type_name(value)
    return {"list": "list(dyn)", "map": "map(dyn, dyn)", "optional_type": "optional_type(dyn)"}.get(name, name)


def _native(value: Value, wanted: str) -> Value:
    if isinstance(value, OptionalValue):
        return _native(value.value, wanted) if value.has_value else Failure(EMPTY)
    kind = value.__class__
    if wanted in _WHOLE and kind is _WHOLE[wanted][0]:
        return _within(value, wanted)
    if kind is _SAME.get(wanted):
        return value
    found: Value = None
    match wanted:
        case "string":
            found = _text(value)
        case "float32" if kind is float:
            found = _single(value)
        case "[]uint8" if isinstance(value, list):
            items = _each(value, "uint8")
            found = items if isinstance(items, Failure) else bytes(items)  # type: ignore[arg-type]
        case "*structpb.Value":
            return _json(value)
        case "*structpb.ListValue" | "[]*structpb.Value" if isinstance(value, list):
            found = _each(value, _JSON)
        case "*structpb.ListValue" if isinstance(value, MapValue):
            found = _list_by_field(value)
        case "*structpb.Struct" if isinstance(value, MapValue):
            found = _json(value)
    return Failure(refusal(value, wanted)) if found is None else found


def _within(value: Value, wanted: str) -> Value:
    kind, least, most = _WHOLE[wanted]
    if least <= value <= most:  # type: ignore[operator]
        return value
    return Failure("unsigned integer overflow" if kind is UInt else "integer overflow")


def _single(value: Value) -> float:
    """A double with single precision; what is too large is infinite."""
    try:
        found: float = unpack("f", pack("f", value))[0]
    except OverflowError:
        found = float("inf") if value > 0 else float("-inf")  # type: ignore[operator]
    return found


def _text(value: Value) -> str | None:
    if isinstance(value, str):
        return value
    amount = value.quantity if isinstance(value, ComputedQuantity) else value
    if isinstance(amount, Quantity):
        return amount.canonical()
    return str(value) if isinstance(value, Version) or GO_NAMES.get(value.__class__) in _PRINTED else None


def _each(values: list[Value], wanted: str) -> list[Value] | Failure:
    found: list[Value] = []
    for value in values:
        item = _native(value, wanted)
        if isinstance(item, Failure):
            return item
        found.append(item)
    return found


def _json(value: Value) -> Value:
    """A value as JSON has it: numbers are doubles or, where a double is not exact, texts."""
    match value:
        case None | bool() | float() | str():
            return value
        case int():
            return float(value) if -_LARGEST_JSON <= value <= _LARGEST_JSON else str(int(value))
        case bytes():
            from base64 import b64encode

            return b64encode(value).decode()
        case Duration() | Timestamp():
            from dra_policy.cel.conversion import to_string

            return to_string(value)
        case list():
            return _each(value, _JSON)
        case MapValue():
            return _json_map(value)
    return Failure(refusal(value, _JSON))


def _json_map(value: MapValue) -> Value:
    pairs: list[tuple[Value, Value]] = []
    for key, inner in value.all_items():
        pair = _native(key, "string"), _native(inner, _JSON)
        for part in pair:
            if isinstance(part, Failure):
                return part
        pairs.append(pair)
    return MapValue.of(pairs)


def _list_by_field(value: MapValue) -> Value:
    """A map where a list is wanted names the fields of Go's type of lists: there is one, ``Values``."""
    from dra_policy.cel.conversion import to_string

    found: Value = []
    for key, inner in value.all_items():
        name = to_string(key)
        if not isinstance(name, str):
            return name
        if _exported(name) != "Values":
            return Failure(f"type conversion error, no such field '{_exported(name)}' in type 'structpb.ListValue'")
        found = _native(inner, _VALUES)
        if isinstance(found, Failure):
            return found
    return found


def _exported(name: str) -> str:
    """A name in upper camel case, as cel-go looks for it in Go's types."""
    parts: list[str] = []
    before = "_"
    for character in name.strip():
        if character not in "_-":
            is_kept = "a" <= before <= "z"
            parts.append(character.upper() if before in "_-" else character if is_kept else character.lower())
        before = character
    return "".join(parts)
