"""Bit sets: Python integers in which bit ``i`` stands for position ``i``."""

from __future__ import annotations

from collections.abc import Iterable


def union(masks: Iterable[int]) -> int:
    """The union of bit sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def positions(mask: int) -> list[int]:
    """The positions of a bit set in ascending order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
