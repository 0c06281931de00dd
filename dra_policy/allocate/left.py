"""What of a node can still be had once a solution is taken: devices, and of shared ones the part that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from dra_policy.allocate.capacity import Consumption, added
from dra_policy.allocate.counters import billionths, counters_of, draw
from dra_policy.allocate.problem import Counters
from dra_policy.fleet import Layout, NodeView
from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.values import Quantity

Taken = Iterable[tuple[int, Consumption]]
"""The positions that a solution takes, each with what it consumes of a shared device."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a node of so many (``size``) devices has left.

    ``devices`` counts a free one as 1, and a shared one as the part of its scarcest capacity that is left; what the
    counters do not allow any more counts as nothing. ``opened`` are the shared devices that nobody used before.
    """

    devices: Fraction
    opened: int
    size: int


def left_after(view: NodeView, taken: Taken, *, knows_shares: bool) -> Left:
    """What a node would have left after a solution; ``knows_shares``: whether devices are given in shares at all."""
    picks = list(taken)
    blocked = blocked_by_counters(view, counters_on(view), [position for position, _ in picks])
    consumed = {share.position: dict(share.consumed) for share in view.usage.shares}
    own = {position for position, _ in picks}
    shared = dict(_shared(view.layout)) if knows_shares else {}
    for position, amounts in picks:
        if position in shared:
            consumed[position] = added(amounts, consumed.get(position, {}))
    whole = view.in_use | blocked | _mask(position for position in own if position not in shared)
    size = view.layout.size
    plain = size - (whole | _mask(shared)).bit_count()
    parts = (_part_left(device, consumed.get(at, {})) for at, device in shared.items() if not whole >> at & 1)
    used = {share.position for share in view.usage.shares}
    return Left(plain + sum(parts, Fraction(0)), len(own.intersection(shared) - used), size)


def counters_on(view: NodeView) -> Counters:
    """The counters of a node with what every device draws from them."""
    usage = view.usage
    return counters_of(view.layout, _drawing(view.layout), usage) if usage.counters_left else Counters()


def blocked_by_counters(view: NodeView, counters: Counters, positions: Iterable[int]) -> int:
    """The positions that cannot be had any more once those of a solution are taken, each by itself.

    ``counters`` are the node's. A device whose shares are given has paid for its counters already.
    """
    if not counters.drawn:
        return 0
    left = list(counters.left)
    shared = {share.position for share in view.usage.shares}
    taken = set(positions)
    for position in taken - shared:
        for column, amount in counters.drawn.get(position, ()):
            left[column] -= amount
    row = tuple(left)
    return _mask(at for at in counters.drawn if at not in taken | shared and draw(counters, row, at) is None)


def _part_left(device: Device, consumed: Mapping[str, Quantity]) -> Fraction:
    """The part of its scarcest capacity that a shared device has left; one without capacities serves any number."""
    parts = [
        Fraction(max(billionths(capacity.value) - billionths(consumed[name]), 0), billionths(capacity.value))
        for name, capacity in device.capacity.items()
        if name in consumed and capacity.value.sign() > 0
    ]
    return min(parts, default=Fraction(1))


def _shared(layout: Layout) -> Iterator[tuple[int, Device]]:
    return ((at, device) for at, device in _devices(layout) if device.allow_multiple_allocations)


def _drawing(layout: Layout) -> int:
    return _mask(at for at, device in _devices(layout) if device.consumes_counters)


def _devices(layout: Layout) -> Iterator[tuple[int, Device]]:
    for part in layout.slices:
        for offset, device in enumerate(part.frame.devices):
            yield part.start + offset, device


def _mask(positions: Iterable[int]) -> int:
    found = 0
    for position in positions:
        found |= 1 << position
    return found
