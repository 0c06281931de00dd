"""Arithmetic of CEL: 64-bit integers that fail instead of wrapping, division that truncates, times and durations."""

from __future__ import annotations

import math

from dra_policy.cel.data import (
    INT_MAX,
    INT_MIN,
    NO_OVERLOAD,
    UINT_MAX,
    Duration,
    Failure,
    GrowingList,
    Timestamp,
    UInt,
    Value,
)
from dra_policy.cel.weights import check_size

SECOND = 10**9
FIRST_SECOND = -62135596800
LAST_SECOND = 253402300799


def int_result(value: int) -> int | Failure:
    """The value as CEL int, or ``integer overflow``."""
    return value if INT_MIN <= value <= INT_MAX else Failure("integer overflow")


def uint_result(value: int) -> UInt | Failure:
    """The value as CEL uint, or ``unsigned integer overflow``."""
    return UInt(value) if 0 <= value <= UINT_MAX else Failure("unsigned integer overflow")


def duration_result(nanoseconds: int) -> Duration | Failure:
    """The duration, or ``integer overflow`` outside of 64 bits."""
    return Duration(nanoseconds) if INT_MIN <= nanoseconds <= INT_MAX else Failure("integer overflow")


def timestamp_result(nanoseconds: int, written: Timestamp | None = None) -> Timestamp | Failure:
    """The moment, or ``timestamp overflow`` outside of the years 1 to 9999; in the zone of another timestamp."""
    if FIRST_SECOND <= nanoseconds // SECOND <= LAST_SECOND:
        return Timestamp(nanoseconds) if written is None else Timestamp(nanoseconds, written.offset, written.zone)
    return Failure("timestamp overflow")


def add(left: Value, right: Value) -> Value:
    """``left + right``."""
    kind = left.__class__
    if kind is GrowingList:
        if not isinstance(right, list):
            return Failure(NO_OVERLOAD)
        left.extend(right)  # type: ignore[attr-defined]
        return left
    if kind is not right.__class__:
        return _add_mixed(left, right)
    match left, right:
        case UInt(), UInt():
            return uint_result(int(left) + int(right))
        case int(), int():
            return int_result(left + right)
        case (float(), float()) | (str(), str()) | (bytes(), bytes()):
            return left + right  # type: ignore[operator]
        case list(), list():
            check_size(len(left) + len(right))
            return [*left, *right]
        case Duration(), Duration():
            return duration_result(left.nanoseconds + right.nanoseconds)
    return Failure(NO_OVERLOAD)


def _add_mixed(left: Value, right: Value) -> Value:
    match left, right:
        case list(), list():
            check_size(len(left) + len(right))
            return [*left, *right]
        case (Timestamp() as moment, Duration() as span) | (Duration() as span, Timestamp() as moment):
            return timestamp_result(moment.nanoseconds + span.nanoseconds, moment)
    return Failure(NO_OVERLOAD)


def subtract(left: Value, right: Value) -> Value:
    """``left - right``."""
    match left, right:
        case UInt(), UInt():
            return uint_result(int(left) - int(right))
        case float(), float():
            return left - right
        case Duration(), Duration():
            return duration_result(left.nanoseconds - right.nanoseconds)
        case Timestamp(), Duration():
            return timestamp_result(left.nanoseconds - right.nanoseconds, left)
        case Timestamp(), Timestamp():
            return duration_result(left.nanoseconds - right.nanoseconds)
    return int_result(left - right) if _both_int(left, right) else Failure(NO_OVERLOAD)  # type: ignore[operator]


def _both_int(left: Value, right: Value) -> bool:
    return left.__class__ is int and right.__class__ is int


def multiply(left: Value, right: Value) -> Value:
    """``left * right``."""
    match left, right:
        case UInt(), UInt():
            return uint_result(int(left) * int(right))
        case float(), float():
            return left * right
    return int_result(left * right) if _both_int(left, right) else Failure(NO_OVERLOAD)  # type: ignore[operator]


def divide(left: Value, right: Value) -> Value:
    """``left / right``: towards zero for integers, IEEE 754 for doubles."""
    match left, right:
        case UInt(), UInt():
            return UInt(int(left) // int(right)) if right else Failure("division by zero")
        case float(), float():
            return _divide_doubles(left, right)
        case (int(), int()) if _both_int(left, right):
            if right == 0:
                return Failure("division by zero")
            quotient = abs(left) // abs(right)
            return int_result(quotient if (left < 0) == (right < 0) else -quotient)
    return Failure(NO_OVERLOAD)


def _divide_doubles(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder(left: Value, right: Value) -> Value:
    """``left % right``: the sign is the left operand's."""
    match left, right:
        case UInt(), UInt():
            return UInt(int(left) % int(right)) if right else Failure("modulus by zero")
        case (int(), int()) if _both_int(left, right):
            if right == 0:
                return Failure("modulus by zero")
            if left == INT_MIN and right == -1:
                return Failure("integer overflow")
            rest = abs(left) % abs(right)
            return rest if left >= 0 else -rest
    return Failure(NO_OVERLOAD)


def negate(value: Value) -> Value:
    """``-value``."""
    match value:
        case bool() | UInt():
            return Failure(NO_OVERLOAD)
        case int():
            return int_result(-value)
        case float():
            return -value
        case Duration():
            return duration_result(-value.nanoseconds)
    return Failure(NO_OVERLOAD)
