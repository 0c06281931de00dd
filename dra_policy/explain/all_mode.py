"""Why a request of mode All fits on no node: which device of each node cannot be had, and why."""

from __future__ import annotations

from dra_policy.explain.causes import Cause
from dra_policy.explain.evidence import AllBlocked, AllOnNode, Unavailable
from dra_policy.explain.explanation import Reason
from dra_policy.explain.extremes import comparison_of
from dra_policy.explain.filters import Filter, blocking_taints
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot, positions
from dra_policy.explain.study import Study

# Rows that decide which devices All asks for; the others decide whether it gets them.
_DEMANDING = frozenset(("published", "pool", "node", "class", "condition"))
_WITHOUT = {
    "pool": "in a pool that Kubernetes ignores",
    "node": "not for this node",
    "feature": "needs a feature that is off",
    "counters": "has too few counters left",
    "capacity": "has too little capacity left",
}


def cause_of_all(found: Study, narrowed: Narrowed, own_namespace: str) -> Cause:
    """Every node with the devices that it would have to give and those that cannot be had, fewest of these first."""
    nodes = []
    for number, spot in enumerate(found.spots):
        demanded = narrowed.matching[number]
        blocked = _blocked(found, narrowed, number, own_namespace) if demanded else ()
        note = "" if demanded else _nothing_matches(narrowed, number, spot)
        nodes.append(AllOnNode(spot.nodes, demanded.bit_count(), blocked, note))
    with_devices = [each for each in nodes if each.demanded]
    ranked = (*sorted(with_devices, key=_missing), *_joined([each for each in nodes if not each.demanded]))
    code = "DRA518" if found.idle else "DRA534"
    reason = Reason(
        "all-blocked",
        {
            "request": narrowed.request,
            "noun": narrowed.funnel.noun,
            "nodes": sum(len(each.nodes) for each in with_devices),
        },
    )
    return Cause(code, reason, (AllBlocked(narrowed.request, tuple(ranked)),))


def _missing(each: AllOnNode) -> tuple[int, str]:
    return sum(len(one.devices) for one in each.blocked), each.nodes[0]


def _joined(nodes: list[AllOnNode]) -> list[AllOnNode]:
    """Nodes without any of the devices as one entry for each reason; those without any device at all are left out."""
    by_note: dict[str, list[str]] = {}
    for each in nodes:
        if each.note:
            by_note.setdefault(each.note, []).extend(each.nodes)
    return [AllOnNode(tuple(names), 0, (), note) for note, names in by_note.items()]


def _nothing_matches(narrowed: Narrowed, number: int, spot: Spot) -> str:
    if not spot.size:
        return ""
    passed = spot.all_devices
    for each in narrowed.filters:
        if each.id in _DEMANDING:
            after = passed & each.passes[number]
            if not after:
                return f"{_none(each, narrowed)} (All needs at least one)"
            passed = after
    return "no device matches (All needs at least one)"


def _none(row: Filter, narrowed: Narrowed) -> str:
    if row.id == "class":
        return f"no device of {row.text}"
    if row.id != "condition":
        return f"no device is {row.text}"
    compared = comparison_of(row.predicate)
    verb = "has" if compared is not None and compared[1] not in ("==", "!=") else "meets"
    return f"no {narrowed.funnel.noun} {verb} {row.text}"


def _blocked(found: Study, narrowed: Narrowed, number: int, own_namespace: str) -> tuple[Unavailable, ...]:
    """The devices that cannot be had, by reason, in visiting order."""
    spot = found.spots[number]
    missing = narrowed.matching[number] & ~narrowed.left[number]
    view = found.fleet.view(spot.nodes[0])
    reasons: dict[tuple[str, bool], list[str]] = {}
    for position in positions(missing):
        why, is_own = "cannot be had", False
        if spot.in_use >> position & 1 and not found.idle:
            claim = found.fleet.holder(view.device_id(position))
            why = f"held by {claim.full_name}" if claim is not None else "held"
            is_own = claim is not None and claim.namespace == own_namespace
        else:
            taints = blocking_taints(spot.device(position), narrowed.demand.demand.tolerations)
            if taints:
                value = f"={taints[0].value}" if taints[0].value else ""
                why = f"tainted {taints[0].key.rpartition('/')[2]}{value}"
            else:
                row = next((each for each in narrowed.filters if not each.passes[number] >> position & 1), None)
                why = _WITHOUT.get(row.id, why) if row is not None else why
        reasons.setdefault((why, is_own), []).append(spot.label(position))
    return tuple(Unavailable(tuple(names), why, is_own) for (why, is_own), names in reasons.items())
