"""Random choices that are read from bytes: one draw for a whole problem instead of hundreds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

Made = TypeVar("Made")
LENGTH = 512


class Choices:
    """One byte a choice; where they end, and in the smallest example, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._bytes = iter(data)

    def number(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both possible."""
        return low + next(self._bytes, 0) % (high - low + 1)

    def pick(self, choices: Sequence[Made]) -> Made:
        return choices[self.number(0, len(choices) - 1)]

    def truth(self) -> bool:
        return self.number(0, 1) == 1

    def list_of(self, make: Callable[[Choices], Made], low: int, high: int) -> list[Made]:
        """So many as a choice says."""
        return [make(self) for _ in range(self.number(low, high))]


def made(make: Callable[[Choices], Made]) -> st.SearchStrategy[Made]:
    """What a function makes of choices. A draw costs hypothesis 30 µs: of these there is one."""
    return st.binary(min_size=LENGTH, max_size=LENGTH).map(lambda data: make(Choices(data)))
