"""Why a request of mode All fits on no node: which device of each node cannot be had, and why."""

from __future__ import annotations

from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import AllBlocked, AllOnNode, Unavailable
from dra_policy.explain.explanation import Reason
from dra_policy.explain.filters import blocking_taints
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import Study
from dra_policy.values.bit_sets import positions

# Rows that decide which devices All asks for; the others decide whether it gets them.
_DEMANDING = frozenset(("published", "pool", "node", "class", "condition", "capacity"))


def cause_of_all(found: Study, narrowed: Narrowed, own_namespace: str) -> Cause:
    """Every node with the devices that it would have to give and those that cannot be had, fewest of these first."""
    nodes = []
    for number, spot in enumerate(found.spots):
        demanded = narrowed.matching[number]
        lacking = None if demanded else _lacking(narrowed, number, spot)
        blocked = _blocked_by_nodes(found, narrowed, number, own_namespace) if demanded else {(): list(spot.nodes)}
        for reasons, names in blocked.items():
            nodes.append(AllOnNode(tuple(names), demanded.bit_count(), reasons, lacking, narrowed.funnel.noun))
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
    by_reason: dict[tuple[str, str], list[str]] = {}
    for each in nodes:
        if each.lacking is not None:
            by_reason.setdefault(each.lacking, []).extend(each.nodes)
    noun = nodes[0].noun if nodes else "device"
    return [AllOnNode(tuple(names), 0, (), lacking, noun) for lacking, names in by_reason.items()]


def _lacking(narrowed: Narrowed, number: int, spot: Spot) -> tuple[str, str] | None:
    """The row after which no device is left; None where there was none to begin with."""
    passed = spot.all_devices
    for each in narrowed.filters:
        if each.id in _DEMANDING and passed:
            after = passed & each.passes[number]
            if not after:
                return each.id, each.text
            passed = after
    return None


def _blocked_by_nodes(
    found: Study, narrowed: Narrowed, number: int, own_namespace: str
) -> dict[tuple[Unavailable, ...], list[str]]:
    """What cannot be had on some like nodes, with the nodes: holders and pools may be their own."""
    spot = found.spots[number]
    missing = narrowed.matching[number] & ~narrowed.left[number]
    is_own = missing & spot.in_use or any(
        spot.device_of_frame(position).name in spot.names_alike for position in positions(missing)
    )
    blocked: dict[tuple[Unavailable, ...], list[str]] = {}
    for node in spot.nodes if is_own else spot.nodes[:1]:
        blocked.setdefault(_blocked(found, narrowed, number, node, own_namespace), []).append(node)
    return blocked if is_own else {reasons: list(spot.nodes) for reasons in blocked}


def _blocked(found: Study, narrowed: Narrowed, number: int, node: str, own_namespace: str) -> tuple[Unavailable, ...]:
    """The devices of a node that cannot be had, by reason, in visiting order."""
    spot = found.spots[number]
    missing = narrowed.matching[number] & ~narrowed.left[number]
    view = found.fleet.view(node)
    reasons: dict[tuple[str, str | None, str | None, bool], list[str]] = {}
    for position in positions(missing):
        row = _failed_row(narrowed, number, position)
        claim = taint = None
        is_own = False
        if row == "not-held":
            holder = found.fleet.holder(view.device_id(position))
            claim = holder.full_name if holder is not None else None
            is_own = holder is not None and holder.namespace == own_namespace
        elif row == "untainted":
            one = blocking_taints(spot.device_of_frame(position), narrowed.demand.demand.tolerations)[0]
            taint = one.key.rpartition("/")[2] + (f"={one.value}" if one.value else "")
        reasons.setdefault((row, claim, taint, is_own), []).append(spot.label(position, view))
    return tuple(
        Unavailable(tuple(names), row, claim, taint, is_own) for (row, claim, taint, is_own), names in reasons.items()
    )


def _failed_row(narrowed: Narrowed, number: int, position: int) -> str:
    """The row that keeps a matching device away; that it is held comes first."""
    failed = [each.id for each in narrowed.filters if not each.passes[number] >> position & 1]
    return "not-held" if "not-held" in failed else failed[0]
