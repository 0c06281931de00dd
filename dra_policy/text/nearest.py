"""Find the name that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def edit_distance(left: str, right: str) -> int:
    """Number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other."""
    before_previous: list[int] = []
    previous = list(range(len(right) + 1))
    for row, wanted in enumerate(left, start=1):
        current = [row]
        for column, found in enumerate(right, start=1):
            cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (wanted != found))
            if row > 1 and column > 1 and wanted == right[column - 2] and left[row - 2] == found:
                cost = min(cost, before_previous[column - 2] + 1)
            current.append(cost)
        before_previous, previous = previous, current
    return previous[-1]


def nearest(name: str, candidates: Iterable[str], *, most: int | None = None) -> str | None:
    """The candidate with the fewest edits, at most half the name's length, and ``most``; None if none is that near.

    Upper and lower case count as one edit in all; equal distances are settled by the order of the candidates.
    """
    limit = max(1, len(name) // 2)
    limit = limit if most is None else min(limit, most)
    best: tuple[int, str] | None = None
    for candidate in candidates:
        if abs(len(candidate) - len(name)) > limit:
            continue
        distance = edit_distance(name.lower(), candidate.lower()) + (0 if candidate != name.swapcase() else 1)
        if distance <= limit and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None
