"""``"…".format([…])``: the clauses ``%s %d %f %e %b %x %X %o`` (cel-go ext.Strings, versions 1 to 3)."""

from __future__ import annotations

import math
from collections.abc import Callable

from dra_policy.cel.conversion import to_string
from dra_policy.cel.data import INT_MAX, Duration, Failure, MapValue, Timestamp, TypeValue, UInt, Value, type_name
from dra_policy.cel.weights import MOST_CHARACTERS, check_size
from dra_policy.values.go_text import go_quote

_TEXT_CLAUSE = (
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and "
    "timestamps, was given "
)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


class _FormatError(Exception):
    """A clause that does not fit its argument."""


def format_text(template: str, arguments: list[Value]) -> Value:
    """``template`` with its clauses replaced by the arguments in order."""
    pieces: list[str] = []
    position, used, size = 0, 0, 0
    try:
        while (start := template.find("%", position)) >= 0:
            pieces.append(template[position:start])
            if template.startswith("%%", start):
                pieces.append("%")
                position = start + 2
                continue
            if used >= len(arguments):
                return Failure(f"index {used} out of range")
            clause, position = _clause(template, start + 1)
            pieces.append(_formatted(clause, arguments[used]))
            size += len(pieces[-1])
            check_size(size, MOST_CHARACTERS)
            used += 1
    except _FormatError as problem:
        return Failure(str(problem))
    return "".join(pieces) + template[position:]


def _formatted(clause: Callable[[Value], str], argument: Value) -> str:
    try:
        return clause(argument)
    except _FormatError as problem:
        raise _FormatError(f"error during formatting: {problem}") from None


def _clause(template: str, position: int) -> tuple[Callable[[Value], str], int]:
    """The clause after a ``%`` and where the text goes on."""
    if position >= len(template):
        raise _FormatError("unexpected end of string")
    precision, position = _precision(template, position)
    letter = template[position]
    if letter in "fe":
        kind = "fixed-point" if letter == "f" else "scientific"
        return lambda value: _floating(value, kind, letter, precision), position + 1
    if letter not in _CLAUSES:
        raise _FormatError(f'could not parse formatting clause: unrecognized formatting clause "{first_byte(letter)}"')
    return _CLAUSES[letter], position + 1


def first_byte(letter: str) -> str:
    """The first byte of a character, as the character of that number: cel-go reads clauses byte by byte."""
    return chr(letter.encode(errors="surrogatepass")[0])


def _precision(template: str, position: int) -> tuple[int, int]:
    if template[position] != ".":
        return 6, position
    end = position + 1
    while end < len(template) and template[end] in "0123456789":
        end += 1
    prefix = "could not parse formatting clause: error while parsing precision: "
    if end == len(template):
        raise _FormatError(prefix + "could not find end of precision specifier")
    digits = template[position + 1 : end]
    if not digits:
        raise _FormatError(
            prefix + 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax'
        )
    number = precision_of(digits)
    if number is None:
        said = f'strconv.Atoi: parsing "{digits}": value out of range'
        raise _FormatError(f"{prefix}error while converting precision to integer: {said}")
    return number, end


def precision_of(digits: str) -> int | None:
    """The number of a clause's digits; None past 64 bits."""
    significant = digits.lstrip("0")
    # Python refuses to read numbers of thousands of digits.
    number = int(significant or "0") if len(significant) < 20 else INT_MAX + 1
    return number if number <= INT_MAX else None


def _text(value: Value) -> str:
    match value:
        case list():
            return f"[{', '.join(_nested(item) for item in value)}]"
        case MapValue():
            return _map_text(value)
        case None:
            return "null"
        case bool() | int() | float() | str() | bytes() | Timestamp() | Duration() | TypeValue():
            text = to_string(value)
            if isinstance(text, Failure):
                raise _FormatError(f"could not convert argument {go_quote(text.text)} to string")
            return str(text)
    raise _FormatError(_TEXT_CLAUSE + type_name(value))


def _map_text(value: MapValue) -> str:
    pairs: list[tuple[str, str]] = []
    for key, inner in value.all_items():
        if not isinstance(key, str | int):
            raise _FormatError(f"no formatting function for map key of type {type_name(key)}")
        pairs.append((_nested(key), _nested(inner)))
    pairs.sort(key=lambda pair: pair[0])
    return f"{{{', '.join(f'{key}:{inner}' for key, inner in pairs)}}}"


def _nested(value: Value) -> str:
    """A value inside a list or map: as it would be written in CEL."""
    match value:
        case str():
            return go_quote(value)
        case bytes():
            return "b" + go_quote(_text(value))
        case float():
            return f"{value:.6f}" if math.isfinite(value) else f'"{_infinite(value, "+Inf", "-Inf")}"'
        case Timestamp():
            return f"timestamp({go_quote(_text(value))})"
        case Duration():
            return f"duration({go_quote(_text(value))})"
        case None | bool() | int() | list() | MapValue() | TypeValue():
            return _text(value)
    raise _FormatError(f"no formatting function for {type_name(value)}")


def _infinite(value: float, positive: str, negative: str) -> str:
    if math.isnan(value):
        return "NaN"
    return positive if value > 0 else negative


def _decimal(value: Value) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    raise _FormatError(f"decimal clause can only be used on integers, was given {type_name(value)}")


def _floating(value: Value, kind: str, letter: str, precision: int) -> str:
    number = float(value) if isinstance(value, str) and value in _NOT_FINITE else value
    if not isinstance(number, float):
        raise _FormatError(f"{kind} clause can only be used on doubles, was given {type_name(value)}")
    if precision // 10 > _MOST_PRECISION:
        return "%!(NOVERB)"
    if not math.isfinite(number):
        text = _infinite(number, "∞", "-∞")
        return text if letter == "f" else text.rjust(precision % 65_536)
    number += 0.0  # a negative zero is printed without sign
    if letter == "f":
        return f"{number:,.{precision}f}" if precision < 256 else _many_decimals(number, precision)
    # cel-go prints with American English rules: groups of thousands, and powers of ten instead of an exponent; the
    # precision becomes the width, and there are always six decimals.
    mantissa, _, exponent = f"{number:.6e}".partition("e")
    return f"{mantissa}×10{exponent.removeprefix('+').translate(_SUPERSCRIPT)}".rjust(precision % 65_536)


def _many_decimals(number: float, precision: int) -> str:
    """A number with its own decimals, and with zeros up to what the printer has kept of the precision."""
    # No double has more decimals than that.
    whole, _, decimals = f"{number:,.{min(precision, 1074)}f}".partition(".")
    decimals = decimals.rstrip("0").ljust(precision % 256, "0")
    return f"{whole}.{decimals}" if decimals else whole


# Go's printer (golang.org/x/text) reads no further digit of a number that is larger already, and then finds no verb; it
# keeps the decimals of "%f" in one byte and the width of "%e" in two.
_MOST_PRECISION = 1_000_000
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _binary(value: Value) -> str:
    if isinstance(value, int):
        return f"{int(value):b}"
    raise _FormatError(f"only integers and bools can be formatted as binary, was given {type_name(value)}")


def _octal(value: Value) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{int(value):o}"
    raise _FormatError(f"octal clause can only be used on integers, was given {type_name(value)}")


def _hexadecimal(value: Value) -> str:
    match value:
        case str():
            return value.encode("utf-8").hex()
        case bytes():
            return value.hex()
        case UInt() | int() if not isinstance(value, bool):
            return f"{int(value):x}"
    raise _FormatError(
        f"only integers, byte buffers, and strings can be formatted as hex, was given {type_name(value)}"
    )


_CLAUSES: dict[str, Callable[[Value], str]] = {
    "s": _text,
    "d": _decimal,
    "b": _binary,
    "o": _octal,
    "x": _hexadecimal,
    "X": lambda value: _hexadecimal(value).upper(),
}
