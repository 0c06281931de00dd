"""Conversions between CEL types: ``int()``, ``string()``, ``duration()`` and so on, with cel-go's texts."""

from __future__ import annotations

import math
import re

from dra_policy.cel.arithmetic import SECOND, int_result, timestamp_result, uint_result
from dra_policy.cel.data import Duration, Failure, Timestamp, TypeValue, UInt, Value, type_name
from dra_policy.cel.moments import parse_duration, parse_timestamp, timestamp_text
from dra_policy.values import parse_int64

_UNSIGNED = re.compile(r"0*([0-9]{1,20})", re.ASCII)
# Underscores may separate digits.
_DIGITS, _HEX = "[0-9]++(?:_[0-9]++)*+", "[0-9a-fA-F]++(?:_[0-9a-fA-F]++)*+"
_DECIMAL = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?", re.ASCII)
_HEXADECIMAL = re.compile(rf"[+-]?0[xX](?:_?{_HEX}(?:\.(?:{_HEX})?)?|\.{_HEX})[pP][+-]?{_DIGITS}", re.ASCII)
_NOT_FINITE = re.compile(r"nan|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


def conversion_failure(value: Value, target: str) -> Failure:
    """``type conversion error from 'string' to 'int'``."""
    return Failure(f"type conversion error from '{type_name(value)}' to '{target}'")


def to_int(value: Value) -> Value:
    """``int(value)``: of a duration its nanoseconds, of a timestamp its seconds since 1970."""
    match value:
        case bool():
            return conversion_failure(value, "int")
        case int():
            return int_result(int(value))
        case float():
            # cel-go refuses both ends of the range, which doubles cannot name exactly.
            fits = not math.isnan(value) and -(2.0**63) < value < 2.0**63
            return int(value) if fits else Failure("integer overflow")
        case Duration():
            return value.nanoseconds
        case Timestamp():
            return value.nanoseconds // SECOND
        case str() if (number := parse_int64(value)) is not None:
            return number
    return conversion_failure(value, "int")


def to_uint(value: Value) -> Value:
    """``uint(value)``."""
    match value:
        case bool():
            return conversion_failure(value, "uint")
        case int():
            return uint_result(int(value))
        case float():
            fits = not math.isnan(value) and 0 <= value < 2.0**64
            return UInt(int(value)) if fits else Failure("unsigned integer overflow")
        case str() if (matched := _UNSIGNED.fullmatch(value)) and int(matched[1]) < 2**64:
            return UInt(int(matched[1]))
    return conversion_failure(value, "uint")


def to_double(value: Value) -> Value:
    """``double(value)``."""
    match value:
        case bool():
            return conversion_failure(value, "double")
        case int() | float():
            return float(value)
        case str():
            return _double_of(value)
    return conversion_failure(value, "double")


def _double_of(text: str) -> Value:
    if _NOT_FINITE.fullmatch(text):
        return float(text)
    number = _number_of(text)
    if number is None:
        return conversion_failure(text, "double")
    return conversion_failure(text, "double") if math.isinf(number) else number


def _number_of(text: str) -> float | None:
    """A number as Go's ParseFloat reads it: decimal, or hexadecimal with a binary exponent; infinite if too large."""
    if _DECIMAL.fullmatch(text):
        return float(text)
    if not _HEXADECIMAL.fullmatch(text):
        return None
    try:
        return float.fromhex(text.replace("_", ""))
    except OverflowError:
        return math.inf


def to_bool(value: Value) -> Value:
    """``bool(value)``: strings as Go's ParseBool reads them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _BOOLS:
        return _BOOLS[value]
    return conversion_failure(value, "bool")


def to_bytes(value: Value) -> Value:
    """``bytes(value)``."""
    match value:
        case bytes():
            return value
        case str():
            return value.encode("utf-8", "surrogatepass")
    return conversion_failure(value, "bytes")


def to_string(value: Value) -> Value:
    """``string(value)``."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return double_text(value)
        case bytes():
            return _text_of_bytes(value)
        case Duration():
            return duration_text(value)
        case Timestamp():
            return timestamp_text(value)
        case None:
            return "null"
        case TypeValue():
            return value.name
    return conversion_failure(value, "string")


def _text_of_bytes(value: bytes) -> Value:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return Failure("invalid UTF-8 in bytes, cannot convert to string")


def to_duration(value: Value) -> Value:
    """``duration(value)``: strings as Go's ParseDuration reads them."""
    match value:
        case Duration():
            return value
        case str():
            nanoseconds = parse_duration(value)
            return (
                conversion_failure(value, "google.protobuf.Duration") if nanoseconds is None else Duration(nanoseconds)
            )
    return conversion_failure(value, "google.protobuf.Duration")


def to_timestamp(value: Value) -> Value:
    """``timestamp(value)``: RFC 3339 text, or seconds since 1970."""
    match value:
        case Timestamp():
            return value
        case str():
            moment = parse_timestamp(value)
            if moment is None:
                return conversion_failure(value, "google.protobuf.Timestamp")
            return timestamp_result(moment.nanoseconds, moment)
        case int() if value.__class__ is int:
            return timestamp_result(value * SECOND)
    return conversion_failure(value, "google.protobuf.Timestamp")


def to_type(value: Value) -> TypeValue:
    """``type(value)``."""
    return TypeValue(type_name(value))


def duration_text(value: Duration) -> str:
    """Seconds as a decimal number, ``1.5s``, as cel-go prints durations."""
    return f"{decimal_text(value.nanoseconds / SECOND)}s"


def decimal_text(value: float) -> str:
    """The shortest decimal that reads back as the double, without exponent (Go's ``'f', -1``)."""
    digits, point = _digits(value)
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}" if digits != "0" else f"{sign}0"
    whole = digits[:point].ljust(point, "0")
    fraction = digits[point:]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _digits(value: float) -> tuple[str, int]:
    """The shortest digits of a finite double and the place of its decimal point among them."""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) - (len(whole + fraction) - len(digits)) + int(exponent or 0)
    digits = digits.rstrip("0")
    return (digits, point) if digits else ("0", 1)


def double_text(value: float) -> str:
    """A double as Go's ``%g`` prints it: with an exponent below 1e-4 and from 1e6 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    digits, point = _digits(value)
    if value == 0 or -4 <= point - 1 < 6:
        return decimal_text(value)
    sign = "-" if value < 0 else ""
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    exponent = point - 1
    return f"{sign}{digits[0]}{rest}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
