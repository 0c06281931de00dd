"""Names in order, as a set that changes: one more or less costs the same in sets of any size."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import chain

# Blocks between half and twice that size: a change moves at most some kilobytes.
_BLOCK = 512


class SortedNames:
    """A set of names in byte order, kept in blocks."""

    __slots__ = ("_blocks", "_lasts")

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Begin with names that are in order."""
        every = list(names)
        self._blocks = [every[at : at + _BLOCK] for at in range(0, len(every), _BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]

    def add(self, name: str) -> None:
        """Put a name in that is not there."""
        if not self._blocks:
            self._blocks, self._lasts = [[name]], [name]
            return
        at = min(bisect_left(self._lasts, name), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, name)
        if len(block) > 2 * _BLOCK:
            self._blocks[at : at + 1] = [block[:_BLOCK], block[_BLOCK:]]
            self._lasts[at : at + 1] = [block[_BLOCK - 1], block[-1]]
        else:
            self._lasts[at] = block[-1]

    def remove(self, name: str) -> None:
        """Take a name out that is there."""
        at = bisect_left(self._lasts, name)
        block = self._blocks[at]
        del block[bisect_left(block, name)]
        if block:
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def first(self, least: str = "") -> str | None:
        """The first name that is no smaller than another text; None if there is none."""
        at = bisect_left(self._lasts, least)
        if at == len(self._blocks):
            return None
        block = self._blocks[at]
        return block[bisect_left(block, least)]

    def since(self, least: str) -> Iterator[str]:
        """The names that are no smaller than another text, in order."""
        at = bisect_left(self._lasts, least)
        if at < len(self._blocks):
            block = self._blocks[at]
            yield from block[bisect_left(block, least) :]
            yield from chain.from_iterable(self._blocks[at + 1 :])

    def __iter__(self) -> Iterator[str]:
        """All names in order."""
        return chain.from_iterable(self._blocks)

    def __bool__(self) -> bool:
        """Whether there is any name."""
        return bool(self._blocks)
