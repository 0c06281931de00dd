"""Go's int64 and its texts."""

from __future__ import annotations

import pytest

from dra_policy.values import MAX_INT64, parse_int64, truncated_quotient, wrap_int64


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("007", 7),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", None),
        ("", None),
        ("+", None),
        ("--7", None),
        ("1_0", None),
        (" 1", None),
        ("1\n", None),
        ("\uff11", None),
        ("1" * 5000, None),
    ],
)
def test_texts_are_read_as_go_reads_them(text: str, number: int | None) -> None:
    assert parse_int64(text) == number


def test_overflow_wraps() -> None:
    assert wrap_int64(MAX_INT64 + 1) == -(2**63)
    assert wrap_int64(-(2**63) - 1) == MAX_INT64


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient"), [(7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (0, -2, 0)]
)
def test_division_rounds_toward_zero(dividend: int, divisor: int, quotient: int) -> None:
    assert truncated_quotient(dividend, divisor) == quotient
