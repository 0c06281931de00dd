"""Values as cel-go's messages quote them (Go's ``%v``)."""

from __future__ import annotations

from dra_policy.cel.conversion import double_text, to_string
from dra_policy.cel.data import MapValue, OptionalValue, UInt, Value


def quoted_value(value: Value) -> str:
    """A value as ``%v`` prints it: strings bare, numbers in decimal, lists as ``[1, 2]``."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case UInt() | int():
            return str(int(value))
        case float():
            return double_text(value)
        case list():
            return f"[{', '.join(quoted_value(item) for item in value)}]"
        case MapValue():
            entries = [f"{quoted_value(key)}: {quoted_value(inner)}" for key, inner in value.all_items()]
            return f"{{{', '.join(entries)}}}"
        case OptionalValue():
            return f"optional({quoted_value(value.value)})" if value.has_value else "optional.none()"
        case bytes():
            return f"[{' '.join(str(byte) for byte in value)}]"
    text = to_string(value)
    return text if isinstance(text, str) else str(value)
