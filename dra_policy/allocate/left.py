"""What nobody can have any more although nobody holds it: devices whose counters a solution and claims have spent."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.allocate.counters import draw
from dra_policy.allocate.plan import counters_of
from dra_policy.fleet import Layout, NodeView


def blocked_by_counters(view: NodeView, positions: Iterable[int]) -> int:
    """The positions that cannot be had any more once those of a solution are taken, each by itself.

    A device whose shares are given has paid for its counters already.
    """
    usage = view.usage
    if not usage.counters_left:
        return 0
    counters = counters_of(view.layout, _drawing(view.layout), usage)
    left = list(counters.left)
    for position in set(positions).difference(share.position for share in usage.shares):
        for column, amount in counters.drawn.get(position, ()):
            left[column] -= amount
    row = tuple(left)
    return sum(1 << position for position in counters.drawn if draw(counters, row, position) is None)


def _drawing(layout: Layout) -> int:
    return sum(
        1 << part.start + offset
        for part in layout.slices
        for offset, device in enumerate(part.frame.devices)
        if device.consumes_counters
    )
