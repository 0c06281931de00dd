"""Read the constants of CEL: numbers with their ranges, strings and bytes with their escapes (cel-spec, Values)."""

from __future__ import annotations

import re

INT_MINIMUM = -(2**63)
INT_MAXIMUM = 2**63 - 1
UINT_MAXIMUM = 2**64 - 1

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "`": "`",
    "?": "?",
}
_ESCAPE = (
    r"\\(?:(?P<simple>[abfnrtv\\'\"`?])|[xX](?P<byte>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})"
    r"|U(?P<long>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2})|(?P<wrong>[\s\S]))"
)


class LiteralError(ValueError):
    """A constant that cannot be read: what is wrong, and where inside its text.

    ``kubernetes`` are cel-go's words where its lexer takes the constant; empty where it does not.
    """

    def __init__(self, message: str, start: int, end: int, kubernetes: str = "") -> None:
        """Keep the message and the stretch of the literal's own text."""
        super().__init__(message)
        self.start = start
        self.end = end
        self.kubernetes = kubernetes


_MOST_DIGITS = 400


def read_integer(text: str) -> int:
    """The value of decimal or ``0x`` digits; for one of hundreds of digits, some number that is out of all bounds."""
    if len(text) > _MOST_DIGITS and text[:2] != "0x":
        # Python refuses to read numbers that are too long.
        digits = text.lstrip("0")
        return int(digits or "0") if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
    return int(text[2:], 16) if text[:2] == "0x" else int(text)


def read_string(literal: str, *, is_of_130: bool = False) -> str:
    """The text that a string literal stands for. Raises LiteralError for an escape that CEL lacks.

    ``is_of_130``: cel-go 0.17 puts U+FFFD for halves of pairs, and for numbers past 31 bits, instead of refusing them.
    """
    body, start, is_raw = _body(literal)
    if is_raw or "\\" not in body:
        return body
    return re.sub(_ESCAPE, lambda match: _character(match, start, is_of_130=is_of_130), body)


def read_bytes(literal: str) -> bytes:
    """The bytes that a bytes literal (``b"..."``) stands for: octal and ``x`` escapes are bytes, text is UTF-8."""
    body, start, is_raw = _body(literal[1:])
    if is_raw or "\\" not in body:
        return body.encode(errors="surrogatepass")
    parts: list[bytes] = []
    end = 0
    for match in re.finditer(_ESCAPE, body):
        parts.append(body[end : match.start()].encode(errors="surrogatepass"))
        parts.append(_byte(match, start + 1))
        end = match.end()
    parts.append(body[end:].encode(errors="surrogatepass"))
    return b"".join(parts)


def _body(literal: str) -> tuple[str, int, bool]:
    """What stands between the quotes, where it begins, and whether it is raw; line ends are line feeds."""
    is_raw = literal[0] in "rR"
    start = 1 if is_raw else 0
    quotes = 3 if literal[start : start + 3] in ('"""', "'''") and len(literal) - start >= 6 else 1
    body = literal[start + quotes : -quotes]
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    return body, start + quotes, is_raw


def _character(match: re.Match[str], start: int, *, is_of_130: bool) -> str:
    kind = match.lastgroup or ""
    digits = match.group(kind)
    match kind:
        case "simple":
            return _SIMPLE[digits]
        case "octal":
            return chr(int(digits, 8))
        case "byte" | "short" | "long":
            value = int(digits, 16)
            if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:
                return chr(value)
            if is_of_130 and (value <= 0x10FFFF or value >= 2**31):
                return "\ufffd"
            said = "unable to unescape string" if is_of_130 else "invalid unicode code point"
            raise LiteralError("no such character in Unicode", start + match.start(), start + match.end(), said)
        case _:
            raise _unknown_escape(match, start)


def _byte(match: re.Match[str], start: int) -> bytes:
    kind = match.lastgroup or ""
    digits = match.group(kind)
    match kind:
        case "simple":
            return _SIMPLE[digits].encode(errors="surrogatepass")
        case "octal":
            return bytes((int(digits, 8),))
        case "byte":
            return bytes((int(digits, 16),))
        case "short" | "long":
            message = f"`{match.group()}` is a character; bytes have `\\x..` only"
            place = start + match.start(), start + match.end()
            raise LiteralError(message, *place, "unable to unescape string")
        case _:
            raise _unknown_escape(match, start)


def _unknown_escape(match: re.Match[str], start: int) -> LiteralError:
    return LiteralError(f"`{match.group()}` is no escape", start + match.start(), start + match.end())
