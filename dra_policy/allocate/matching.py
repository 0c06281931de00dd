"""Whether different devices can be assigned to all demands: augmenting paths (Kuhn) over bit sets."""

from __future__ import annotations

from collections.abc import Sequence

Demand = tuple[int, int]
"""A bit set of candidates, and how many of them are wanted."""


def shortage(demands: Sequence[Demand]) -> tuple[tuple[int, ...], int] | None:
    """The indices of demands that together have too few candidates, with the bit set of these; None if all can be met.

    Demands with at least as many candidates as all of them want together are always met last, and not looked at.
    """
    total = sum(count for _, count in demands)
    scarce = [index for index, (mask, count) in enumerate(demands) if count and mask.bit_count() < total]
    holder: dict[int, int] = {}
    for index in scarce:
        for _ in range(demands[index][1]):
            tried = _Attempt(demands, holder)
            if not tried.is_met(index):
                return tuple(sorted(tried.asked)), tried.seen
    return None


class _Attempt:
    """One search for an augmenting path. ``seen`` are the devices that it reached, ``asked`` the demands."""

    __slots__ = ("_demands", "_holder", "asked", "seen")

    def __init__(self, demands: Sequence[Demand], holder: dict[int, int]) -> None:
        self._demands = demands
        self._holder = holder
        self.seen = 0
        self.asked: set[int] = set()

    def is_met(self, index: int) -> bool:
        """Give the demand one more device, if need be by giving others other ones."""
        self.asked.add(index)
        mask = self._demands[index][0]
        while True:
            left = mask & ~self.seen
            if not left:
                return False
            lowest = left & -left
            self.seen |= lowest
            position = lowest.bit_length() - 1
            owner = self._holder.get(position)
            if owner is None or self.is_met(owner):
                self._holder[position] = index
                return True
