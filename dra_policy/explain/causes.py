"""Name the cause: from where the last node is lost to a code, a reason with its numbers, and its own evidence."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.evidence import BlockingTaint, BlockingTaints, Evidence, NodeDevices
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.extremes import condition_arguments, disjoint_arguments
from dra_policy.explain.filters import Filter, blocking_taints
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot, count_devices, positions
from dra_policy.explain.study import Study
from dra_policy.explain.totals import total_reason
from dra_policy.explain.unpublished import unpublished_attribute, unpublished_capacity
from dra_policy.explain.wording import model_of_masks
from dra_policy.fleet import ClaimElsewhere
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something does not fit: the code, the reason, evidence of its own where a funnel does not show it."""

    code: str
    reason: Reason
    evidence: tuple[Evidence, ...] = ()


# What the row where the last node is lost means: with nothing held, and as things are now.
_NEVER = {
    "published": "DRA510",
    "pool": "DRA120",
    "node": "DRA510",
    "class": "DRA510",
    "condition": "DRA511",
    "untainted": "DRA516",
    "feature": "DRA523",
    "counters": "DRA519",
    "capacity": "DRA520",
    "same-attribute": "DRA514",
    "distinct-attribute": "DRA515",
}
_NOT_NOW = {"counters": "DRA532", "capacity": "DRA533", "same-attribute": "DRA531"}


def cause_of_request(found: Study, narrowed: Narrowed) -> Cause:
    """Why one request cannot be served on any node, taken alone."""
    funnel = narrowed.funnel
    refused = cause_of_refusal(found, narrowed)
    if refused is not None:
        return refused
    row = next((row for row in funnel.rows if not row.nodes), funnel.rows[-1])
    if row.id in ("same-attribute", "distinct-attribute"):
        return _group_cause(found, narrowed, row)
    if row.id == "total":
        named: dict[str, ReasonValue] = {"request": narrowed.request, "noun": narrowed.funnel.noun}
        return Cause(
            *total_reason(narrowed.demand.demand, row.name, found.spots, narrowed.left, named, idle=found.idle)
        )
    if row.id == "untainted" and (row.if_dropped or 0) > 0:
        return _taint_cause(found, narrowed)
    if not found.idle and row.id in ("not-held", "counters", "capacity"):
        return Cause(_NOT_NOW.get(row.id, "DRA530"), _too_few_free(found, narrowed))
    if row.id == "condition" and row.left == 0:
        return _condition_cause(found, narrowed)
    if row.id == "class" and row.left == 0:
        parts = narrowed.filters[_index(narrowed, row)].parts
        name = next((one for part in parts if (one := unpublished_attribute(found, narrowed, part))), None)
        if name is not None:
            return Cause(*name)
    if row.id == "capacity" and row.left == 0:
        name = unpublished_capacity(found, narrowed)
        if name is not None:
            return Cause(*name)
    if row.id == "feature":
        return _gate_cause(found, narrowed)
    code = _NEVER[row.id] if row.id not in ("condition", "pool") else "DRA510"
    return Cause(code, _count_short(found, narrowed, row))


def cause_of_refusal(found: Study, narrowed: Narrowed) -> Cause | None:
    """The pod may not use any node that has enough of the devices; None if it may, or if no node has."""
    refused = [spot for spot in found.spots if spot.refusal is not None]
    if not refused:
        return None
    offers = [mask.bit_count() for mask in blocked_only_by(found, narrowed, "node")]
    elsewhere = [
        spot for spot, number in zip(found.spots, offers, strict=True) if spot.refusal and number >= narrowed.wanted
    ]
    best, _ = best_nodes(found.spots, [mask.bit_count() for mask in narrowed.matching])
    if not elsewhere or best >= narrowed.wanted:
        return None
    is_bound = any(isinstance(spot.refusal, ClaimElsewhere) for spot in elsewhere)
    usable = [node for spot in found.spots if spot.refusal is None for node in spot.nodes]
    arguments: dict[str, ReasonValue] = {
        "noun": narrowed.funnel.noun,
        "wanted": narrowed.wanted,
        "best": best,
        "usable": tuple(sorted(usable)),
        "nodes": sum(len(spot.nodes) for spot in found.spots),
        "elsewhere": tuple(sorted(node for spot in elsewhere for node in spot.nodes)),
    }
    return Cause("DRA538" if is_bound else "DRA526", Reason("nodes-refused", arguments))


def _gate_cause(found: Study, narrowed: Narrowed) -> Cause:
    """The devices that would do need a feature gate that is off."""
    needed = blocked_only_by(found, narrowed, "feature")
    devices = (
        spot.device_of_frame(position)
        for spot, mask in zip(found.spots, needed, strict=True)
        for position in positions(mask)
    )
    draws = all(device.consumes_counters for device in devices)
    kind, gate = ("counters", "DRAPartitionableDevices") if draws else ("binding", "DRADeviceBindingConditions")
    return Cause("DRA523", Reason("gate-off", {"request": narrowed.request, "kind": kind, "value": gate}))


def _index(narrowed: Narrowed, row: Row) -> int:
    return next(i for i, each in enumerate(narrowed.filters) if each.id == row.id and each.text == row.text)


def masks_after(found: Study, narrowed: Narrowed, row: Row) -> tuple[int, ...]:
    """The devices that are left after a row about single devices."""
    masks = tuple(spot.all_devices for spot in found.spots)
    for each in narrowed.filters[: _index(narrowed, row) + 1]:
        masks = tuple(left & right for left, right in zip(masks, each.passes, strict=True))
    return masks


def best_nodes(spots: Sequence[Spot], numbers: Sequence[int]) -> tuple[int, tuple[str, ...]]:
    """The largest of some numbers, one for each spot, and the nodes that have it."""
    best = max(numbers, default=0)
    nodes = [node for spot, number in zip(spots, numbers, strict=True) if number == best for node in spot.nodes]
    return best, tuple(nodes)


def _count_short(found: Study, narrowed: Narrowed, row: Row) -> Reason:
    if row.id == "published":
        # What other classes have on the nodes is not what is short.
        row = next((each for each in narrowed.funnel.rows if each.id == "class"), row)
    masks = masks_after(found, narrowed, row)
    best, nodes = best_nodes(found.spots, [mask.bit_count() for mask in masks])
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "wanted": narrowed.wanted,
        "best": best,
        "nodes": nodes if best else (),
        "class": narrowed.demand.demand.device_class_name,
        "condition": row.text if row.id == "condition" else None,
        "of_class": row.name or None if row.id == "condition" else None,
        "row": row.id,
        "nothing": not found.fleet.slices or None,
    }
    return Reason("count-short", arguments)


def held_arguments(found: Study, narrowed: Narrowed) -> dict[str, ReasonValue]:
    """How many of the matching devices other claims hold, and what they are called."""
    spots = found.spots
    held = tuple(mask & spot.in_use for mask, spot in zip(narrowed.matching, spots, strict=True))
    return {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "model": model_of_masks(spots, narrowed.matching),
        "wanted": narrowed.wanted,
        "held": 0 if found.idle else count_devices(spots, held),
        "matching": count_devices(spots, narrowed.matching),
    }


def _too_few_free(found: Study, narrowed: Narrowed) -> Reason:
    best, _ = best_nodes(found.spots, [mask.bit_count() for mask in narrowed.left])
    return Reason("too-few-free", {**held_arguments(found, narrowed), "best": best})


def _group_cause(found: Study, narrowed: Narrowed, row: Row) -> Cause:
    left = list(zip(found.spots, narrowed.left, strict=True))
    absent = unpublished_attribute(found, narrowed, row)
    if absent is not None:
        return Cause(*absent)
    if row.id == "same-attribute":
        numbers = [found.index.best(spot, mask, narrowed.attributes) for spot, mask in left]
        code, template = ("DRA514", "group-never") if found.idle else ("DRA531", "group-short")
    else:
        numbers = [found.index.distinct(spot, mask, row.name) for spot, mask in left]
        code, template = ("DRA515" if found.idle else "DRA530"), "distinct-short"
    best, _ = best_nodes(found.spots, numbers)
    return Cause(code, Reason(template, {**held_arguments(found, narrowed), "attribute": row.name, "best": best}))


def _taint_cause(found: Study, narrowed: Narrowed) -> Cause:
    """Devices that would do are tainted: which taints, set by whom."""
    tolerations = narrowed.demand.demand.tolerations
    by_taint: dict[tuple[str, str], dict[str, list[str]]] = {}
    tainted = blocked_only_by(found, narrowed, "untainted")
    for spot, mask in zip(found.spots, tainted, strict=True):
        for position in positions(mask):
            for taint in blocking_taints(spot.device_of_frame(position), tolerations):
                owner = taint.owner
                places = by_taint.setdefault((str(taint), owner), {})
                is_alike = spot.device_of_frame(position).name in spot.names_alike
                for node in spot.nodes:
                    # Like nodes have pools of their own, which only full names tell.
                    name = spot.label(position, found.fleet.view(node) if is_alike else None)
                    places.setdefault(node, []).append(name)
    taints = tuple(
        BlockingTaint(
            taint, tuple(NodeDevices(node, tuple(names)) for node, names in sorted(places.items())), _setter(owner)
        )
        for (taint, owner), places in by_taint.items()
    )
    number = count_devices(found.spots, tainted)
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "tainted": number,
        "all": not any(narrowed.left),
        "tolerations": len(tolerations) or None,
    }
    return Cause("DRA516", Reason("taints", arguments), (BlockingTaints(narrowed.request, taints),))


def _setter(owner: str) -> str:
    return owner if "/" in owner or not owner else f"driver {owner}"


def blocked_only_by(found: Study, narrowed: Narrowed, row_id: str) -> tuple[int, ...]:
    """The devices that pass every row but one."""
    masks = tuple(spot.all_devices for spot in found.spots)
    for each in narrowed.filters:
        passes = each.passes if each.id != row_id else tuple(~mask for mask in each.passes)
        masks = tuple(left & right for left, right in zip(masks, passes, strict=True))
    return masks


def _conditions(narrowed: Narrowed) -> list[Filter]:
    return [each for each in narrowed.filters if each.id == "condition"]


def _condition_cause(found: Study, narrowed: Narrowed) -> Cause:
    """One condition rejects everything alone, or two of them have nothing in common."""
    spots = found.spots
    base = tuple(spot.all_devices for spot in spots)
    for each in narrowed.filters:
        if each.id in ("pool", "node", "class"):
            base = tuple(left & right for left, right in zip(base, each.passes, strict=True))
    conditions = _conditions(narrowed)
    for each in conditions:
        alone = tuple(left & right for left, right in zip(base, each.passes, strict=True))
        if not any(alone):
            name = unpublished_attribute(found, narrowed, each)
            if name is not None:
                return Cause(*name)
            return Cause("DRA511", Reason("condition", condition_arguments(found, narrowed, each, base)))
    first, second = _disjoint_pair(conditions, base)
    return Cause("DRA512", Reason("disjoint-conditions", disjoint_arguments(found, narrowed, first, second, base)))


def _disjoint_pair(conditions: Sequence[Filter], base: tuple[int, ...]) -> tuple[Filter, Filter]:
    """The first two conditions that hold on no device together; else the first, and the one that leaves nothing."""
    for index, second in enumerate(conditions):
        for first in conditions[:index]:
            if not any(a & b & c for a, b, c in zip(first.passes, second.passes, base, strict=True)):
                return first, second
    left = base
    for each in conditions:
        left = tuple(a & b for a, b in zip(left, each.passes, strict=True))
        if not any(left):
            return conditions[0], each
    return conditions[0], conditions[-1]
