"""Ranges of sizes and costs with cel-go's arithmetic: unsigned 64 bits, the largest value standing for "unbounded"."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

UNBOUNDED = 2**64 - 1


class Range(NamedTuple):
    """From ``low`` to ``high``, both possible."""

    low: int
    high: int

    def plus(self, other: Range) -> Range:
        """The sum."""
        low, high = self[0] + other[0], self[1] + other[1]
        return Range(low if low < UNBOUNDED else UNBOUNDED, high if high < UNBOUNDED else UNBOUNDED)

    def times(self, other: Range) -> Range:
        """The product."""
        return Range(min(self.low * other.low, UNBOUNDED), min(self.high * other.high, UNBOUNDED))

    def scaled(self, factor: float) -> Range:
        """Each end times a factor, rounded up."""
        return Range(_scaled(self.low, factor), _scaled(self.high, factor))

    def union(self, other: Range) -> Range:
        """The smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


def exactly(value: int) -> Range:
    """A range of one value."""
    return Range(value, value)


UNKNOWN = Range(0, UNBOUNDED)


def _scaled(value: int, factor: float) -> int:
    number = float(value)
    if number > 0 and factor > 0 and number > UNBOUNDED / factor:
        return UNBOUNDED
    return min(ceil(number * factor), UNBOUNDED)
