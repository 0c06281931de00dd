"""Values as cel-go's messages quote them (Go's ``%v`` and ``%q``)."""

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


def go_quote(text: str) -> str:
    """A string as ``%q`` prints it."""
    pieces: list[str] = []
    for character in text:
        code = ord(character)
        if character in _NAMED:
            pieces.append(_NAMED[character])
        elif character.isprintable():
            pieces.append(character)
        elif code < 0x80:
            pieces.append(f"\\x{code:02x}")
        else:
            pieces.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f'"{"".join(pieces)}"'


_NAMED = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}
