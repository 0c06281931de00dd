"""How the alternatives of a firstAvailable request fare."""

from __future__ import annotations

from dra_policy.explain.causes import best_nodes, masks_after
from dra_policy.explain.evidence import Alternative, Alternatives
from dra_policy.explain.funnel import Row
from dra_policy.explain.jointly import Asks
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import count_devices, count_nodes
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.record import replace


def alternatives_of(now: Study, idle: Study, request: StudiedRequest, asks: Asks) -> Alternatives:
    """Each alternative taken alone: whether it fits now, with nothing held, or not at all.

    One that fits is held against the limits of quotas together with all that is asked for beside it.
    """
    idle_request = next(one for one in idle.requests if one.claim is request.claim and one.name == request.name)
    found = []
    for number, (one, when_idle) in enumerate(zip(request.alternatives, idle_request.alternatives, strict=True)):
        fits_idle = when_idle.funnel.ok and asks.serves(idle, idle_request, number)
        outcome = "never" if not fits_idle else "not-now"
        if one.funnel.ok and asks.serves(now, request, number):
            outcome = "fits"
        state, counted, told = (idle, when_idle, idle_request) if outcome == "never" else (now, one, request)
        alternative = _alternative(state, counted, told, (number, outcome), asks)
        rule = asks.forbidding(now, request, number) if outcome == "fits" else None
        found.append(alternative if rule is None else replace(alternative, outcome="over-quota", rule=rule))
    return Alternatives(tuple(found))


def _alternative(
    found: Study, narrowed: Narrowed, request: StudiedRequest, place: tuple[int, str], asks: Asks
) -> Alternative:
    number, outcome = place
    wanted, best, node = _most_together(found, narrowed, is_served=outcome == "fits")
    if outcome != "fits" and best:
        # So many single devices are left: only the allocator knows how many of them go together.
        best, node = asks.most(found, request, number, min(wanted, best + 1))
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
        wanted,
        node,
        narrowed.attributes[0] if narrowed.attributes else None,
        0 if found.idle else count_devices(found.spots, held),
        _said(lost) if lost is not None else None,
        *(_most_after(found, narrowed, lost) if lost is not None and lost.left else (0, ())),
    )


def _most_together(found: Study, narrowed: Narrowed, *, is_served: bool) -> tuple[int, int, str | None]:
    """How many devices are wanted where most of them can be had, how many these are, and where.

    Where it can be served that is told of the first node that serves it; mode All wants every matching device.
    """
    offers = []
    for number, (spot, mask) in enumerate(zip(found.spots, narrowed.left, strict=True)):
        distinct = [found.index.distinct(spot, mask, one) for one in narrowed.distinct]
        best = min([found.index.best(spot, mask, narrowed.attributes), *distinct])
        wanted = max(narrowed.matching[number].bit_count(), 1) if narrowed.is_all else narrowed.wanted
        offers.append((best, wanted, spot.nodes[0], narrowed.ok[number]))
    fine = [offer for offer in offers if offer[3]] if is_served else []
    best, wanted, node, _ = fine[0] if fine else max(offers, key=lambda offer: offer[0], default=(0, 1, "", False))
    return wanted, best, node if best else None


def _most_after(found: Study, narrowed: Narrowed, row: Row) -> tuple[int, tuple[str, ...]]:
    """The most devices that a node has after a row about single devices, and the nodes that have so many."""
    numbers = [mask.bit_count() for mask in masks_after(found, narrowed, row)]
    return best_nodes(found.spots, numbers)


def _said(row: Row) -> str:
    """A row in words; a constraint by its field and attribute."""
    fields = {"same-attribute": "matchAttribute", "distinct-attribute": "distinctAttribute"}
    return f"{fields[row.id]} {row.name}" if row.id in fields else row.text
