"""How the alternatives of a firstAvailable request fare."""

from __future__ import annotations

from dra_policy.explain.causes import best_nodes, masks_after
from dra_policy.explain.evidence import Alternative, Alternatives
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import count_devices, count_nodes
from dra_policy.explain.study import StudiedRequest, Study


def alternatives_of(now: Study, idle: Study, request: StudiedRequest) -> Alternatives:
    """Each alternative taken alone: whether it fits now, with nothing held, or not at all."""
    idle_request = next(one for one in idle.requests if one.claim is request.claim and one.name == request.name)
    found = []
    for number, (one, when_idle) in enumerate(zip(request.alternatives, idle_request.alternatives, strict=True)):
        outcome = "fits" if one.funnel.ok else "not-now" if when_idle.funnel.ok else "never"
        state, counted = (idle, when_idle) if outcome == "never" else (now, one)
        found.append(_alternative(state, counted, request, number, outcome))
    return Alternatives(tuple(found))


def _alternative(found: Study, narrowed: Narrowed, request: StudiedRequest, number: int, outcome: str) -> Alternative:
    offers = [
        found.index.best(spot, mask, narrowed.attributes) for spot, mask in zip(found.spots, narrowed.left, strict=True)
    ]
    best = max(offers, default=0)
    # Of a fitting alternative the first node that serves it is told, of another the one that comes nearest.
    flags = narrowed.ok if outcome == "fits" else tuple(best == offer != 0 for offer in offers)
    node = next((spot.nodes[0] for spot, flag in zip(found.spots, flags, strict=True) if flag), None)
    held = tuple(mask & spot.in_use for mask, spot in zip(narrowed.matching, found.spots, strict=True))
    lost = next((row for row in narrowed.funnel.rows if not row.nodes), None)
    return Alternative(
        request.name,
        number + 1,
        len(request.alternatives),
        narrowed.demand.demand.name,
        outcome,
        count_devices(found.spots, narrowed.left),
        count_nodes(found.spots, narrowed.left, 1),
        best,
        narrowed.wanted,
        node,
        narrowed.attributes[0] if narrowed.attributes else None,
        0 if found.idle else count_devices(found.spots, held),
        _said(lost) if lost is not None else None,
        *(_most_after(found, narrowed, lost) if lost is not None and lost.left else (0, ())),
    )


def _most_after(found: Study, narrowed: Narrowed, row: Row) -> tuple[int, tuple[str, ...]]:
    """The most devices that a node has after a row about single devices, and the nodes that have so many."""
    numbers = [mask.bit_count() for mask in masks_after(found, narrowed, row)]
    return best_nodes(found.spots, numbers)


def _said(row: Row) -> str:
    """A row in words; a constraint by its field and attribute."""
    fields = {"same-attribute": "matchAttribute", "distinct-attribute": "distinctAttribute"}
    return f"{fields[row.id]} {row.name}" if row.id in fields else row.text
