"""Why nothing fits, as a value: which requests fall short of what, and by how much."""

from __future__ import annotations

from enum import Enum

from dra_policy.record import dataclass

Place = tuple[int, int]
"""A claim and a request, by their indices."""


class BoundKind(Enum):
    """What falls short: devices of one request, or of several together; values; shared counters; a limit of a quota."""

    COUNT = "count"
    VALUES = "values"
    DISTINCT = "distinct"
    MATCHING = "matching"
    COUNTERS = "counters"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Bound:
    """Why nothing fits: ``requests`` together need ``needed``, and ``available`` are there.

    Both count devices; of DISTINCT values; of COUNTERS billionths. ``constraint`` is an index into the claim's
    constraints. For VALUES ``available`` is the most devices with one value that the request could have.
    """

    kind: BoundKind
    requests: tuple[Place, ...]
    needed: int
    available: int
    constraint: int | None = None


OUT_OF_QUOTA = Bound(BoundKind.QUOTA, (), 0, 0)
"""That the least the claims can take exceeds a quota; ``quota.Breach`` has the numbers."""
