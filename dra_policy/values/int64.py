"""Go's int64: its bounds, what overflow makes of a number, integer division, and the texts that are one."""

from __future__ import annotations

MAX_INT64 = 2**63 - 1
MIN_INT64 = -(2**63)

_MOST_DIGITS = 19
_DIGITS = frozenset("0123456789")


def is_int64(number: int) -> bool:
    """Whether 64 bits hold the number."""
    return MIN_INT64 <= number <= MAX_INT64


def wrap_int64(number: int) -> int:
    """The low 64 bits as a signed number."""
    return (number - MIN_INT64) % 2**64 + MIN_INT64


def truncated_quotient(dividend: int, divisor: int) -> int:
    """The quotient of Go's integer division, which rounds toward zero."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def parse_int64(text: str) -> int | None:
    """The number that ``strconv.ParseInt(text, 10, 64)`` reads; None where that is an error.

    A sign and ASCII digits, nothing else: no white space, no underscores, no digits of other scripts.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or not _DIGITS.issuperset(digits):
        return None
    significant = digits.lstrip("0") or "0"
    if len(significant) > _MOST_DIGITS:
        return None
    number = -int(significant) if text[0] == "-" else int(significant)
    return number if is_int64(number) else None
