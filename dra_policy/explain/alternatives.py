"""How the alternatives of a firstAvailable request fare."""

from __future__ import annotations

from dra_policy.explain.evidence import Alternative, Alternatives
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import StudiedRequest, Study


def alternatives_of(now: Study, idle: Study, request: StudiedRequest) -> Alternatives:
    """Each alternative taken alone: whether it fits now, with nothing held, or not at all."""
    idle_request = next(one for one in idle.requests if one.claim is request.claim and one.name == request.name)
    found = []
    size = len(request.alternatives)
    for number, (one, when_idle) in enumerate(zip(request.alternatives, idle_request.alternatives, strict=True)):
        outcome = "fits" if one.funnel.ok else "not-now" if when_idle.funnel.ok else "never"
        note = _note(now if outcome != "never" else idle, one if outcome != "never" else when_idle, fits=one.funnel.ok)
        name = one.demand.demand.name
        found.append(Alternative(request.name, number + 1, size, name, outcome, note))
    return Alternatives(tuple(found))


def _note(found: Study, narrowed: Narrowed, *, fits: bool) -> str:
    """``8 left on 2 nodes``; ``most on one numaNode: 3 of 4 (h4), 19 held``."""
    where = f"on one {narrowed.attributes[0].rpartition('/')[2]}" if narrowed.attributes else "on one node"
    if fits:
        nodes = sum(len(spot.nodes) for spot, mask in zip(found.spots, narrowed.left, strict=True) if mask)
        first = next(spot.nodes[0] for spot, ok in zip(found.spots, narrowed.ok, strict=True) if ok)
        left = f"{narrowed.funnel.left or 0:,} left on {nodes:,} node{'' if nodes == 1 else 's'}"
        return f"{left}, {narrowed.wanted:,} {where}: {first}"
    numbers = [
        found.index.best(spot, mask, narrowed.attributes) for spot, mask in zip(found.spots, narrowed.left, strict=True)
    ]
    best = max(numbers, default=0)
    if not best:
        lost = next((row for row in narrowed.funnel.rows if row.left == 0), None)
        return f"none left after {lost.text}" if lost is not None else "none left"
    node = f" ({found.spots[numbers.index(best)].nodes[0]})" if best else ""
    held = sum(
        (mask & spot.in_use).bit_count() * len(spot.nodes)
        for mask, spot in zip(narrowed.matching, found.spots, strict=True)
    )
    tail = f", {held:,} held" if held and not found.idle else ""
    return f"most {where}: {best} of {narrowed.wanted}{node}{tail}"
