"""Name the cause: from where the last node is lost to a code, a reason with its numbers, and its own evidence."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.cause import Cause, blocked_only_by
from dra_policy.explain.evidence import BlockingTaint, BlockingTaints, Evidence, NodeDevices
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.extremes import condition_arguments, disjoint_arguments
from dra_policy.explain.filters import blocking_taints
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.needed import Needed, needed_rows
from dra_policy.explain.partitions import cause_of_capacity, cause_of_counters
from dra_policy.explain.spots import Spot, count_devices
from dra_policy.explain.study import Study
from dra_policy.explain.totals import total_reason
from dra_policy.explain.unpublished import unpublished_attribute, unpublished_capacity
from dra_policy.explain.wording import model_of_masks
from dra_policy.fleet import ClaimElsewhere
from dra_policy.record import replace
from dra_policy.values.bit_sets import positions

# What the row where the last node is lost means: with nothing held, and as things are now.
_NEVER = {
    "published": "DRA510",
    "pool": "DRA510",
    "node": "DRA510",
    "class": "DRA510",
    "condition": "DRA510",
    "untainted": "DRA516",
    "feature": "DRA523",
    "counters": "DRA519",
    "capacity": "DRA520",
}
_NOT_NOW = {"counters": "DRA532", "shares": "DRA533"}


def cause_of_request(found: Study, narrowed: Narrowed) -> Cause:
    """Why one request cannot be served on any node, taken alone."""
    refused = cause_of_refusal(found, narrowed)
    if refused is not None:
        return refused
    funnel = narrowed.funnel
    row = next((row for row in funnel.rows if not row.nodes), funnel.rows[-1])
    if row.id == "total":
        named: dict[str, ReasonValue] = {"request": narrowed.request, "noun": narrowed.funnel.noun}
        return Cause(
            *total_reason(narrowed.demand.demand, row.name, found.spots, narrowed.left, named, idle=found.idle)
        )
    if row.id == "published":
        # What other classes have on the nodes is not what is short.
        row = next((each for each in funnel.rows if each.id == "class"), row)
    needed = needed_rows(found, narrowed, row)
    if row.id in ("same-attribute", "distinct-attribute"):
        return _group_cause(found, narrowed, row, needed)
    if row.id == "untainted" and (row.if_dropped or 0) > 0:
        return _taint_cause(found, narrowed, row, needed)
    if row.id == "feature":
        return _gate_cause(found, narrowed)
    if not any(needed.masks(found)):
        nothing = _nothing_left(found, narrowed, row, needed)
        if nothing is not None:
            return nothing
    if not found.idle and row.id in ("not-held", "counters", "shares"):
        return Cause(_NOT_NOW.get(row.id, "DRA530"), _too_few_free(found, narrowed), _used_up(found, narrowed, row))
    reason = _count_short(found, narrowed, row, needed)
    return Cause(_NEVER[row.id], reason, _used_up(found, narrowed, row))


def _nothing_left(found: Study, narrowed: Narrowed, row: Row, needed: Needed) -> Cause | None:
    """What some rows say that leave no device at all; None where the number says as much."""
    if row.id == "class":
        parts = narrowed.filters[_index(narrowed, row)].parts
        name = next((one for part in parts if (one := unpublished_attribute(found, narrowed, part))), None)
        return None if name is None else Cause(*name)
    if row.id == "capacity":
        name = unpublished_capacity(found, narrowed)
        if name is not None:
            return Cause(*name)
    if row.id == "condition" and len(needed.rows) <= 2:
        return _condition_cause(found, narrowed, needed)
    if row.id in ("condition", "capacity") and len(needed.rows) > 1:
        return _none_has_all(narrowed, needed)
    if row.id in ("capacity", "shares"):
        return cause_of_capacity(found, narrowed, row, needed)
    return cause_of_counters(found, narrowed) if row.id == "counters" else None


def _used_up(found: Study, narrowed: Narrowed, row: Row) -> tuple[Evidence, ...]:
    """What a device that is one too few would need of counters or capacities."""
    cause = None
    if row.id == "counters":
        cause = cause_of_counters(found, narrowed)
    elif row.id in ("capacity", "shares"):
        cause = cause_of_capacity(found, narrowed, row, None)
    return cause.evidence if cause is not None else ()


def _none_has_all(narrowed: Narrowed, needed: Needed) -> Cause:
    """Some conditions and capacities that no device has together."""
    code = "DRA520" if any(each.id == "capacity" for each in needed.rows) else "DRA512"
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "parts": tuple(each.text for each in needed.rows),
    }
    return Cause(code, Reason("none-has-all", arguments))


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


def _count_short(found: Study, narrowed: Narrowed, row: Row, needed: Needed) -> Reason:
    best, nodes = best_nodes(found.spots, needed.numbers(found))
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "wanted": narrowed.wanted,
        "best": best,
        "nodes": nodes if best else (),
        "class": narrowed.demand.demand.device_class_name,
        "condition": row.text if row.id in ("condition", "capacity") else None,
        "of_class": row.name or None if row.id == "condition" else None,
        "row": row.id,
        "nothing": not found.fleet.slices or None,
        "with": _others(needed, row),
    }
    return Reason("count-short", arguments)


def _others(needed: Needed, row: Row) -> tuple[str, ...]:
    """What else the devices that are counted must be: the needed rows beside one."""
    return tuple(each.text for each in needed.rows if (each.id, each.text) != (row.id, row.text))


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


def _group_cause(found: Study, narrowed: Narrowed, row: Row, needed: Needed) -> Cause:
    absent = unpublished_attribute(found, narrowed, row)
    if absent is not None:
        return Cause(*absent)
    # What is left now passes every row; what never fits is told of all devices that pass the needed ones.
    counted = needed if found.idle else replace(needed, rows=narrowed.filters)
    best, _ = best_nodes(found.spots, counted.numbers(found))
    arguments: dict[str, ReasonValue] = {**held_arguments(found, narrowed), "attribute": row.name, "best": best}
    arguments |= {"attributes": needed.attributes, "distinct": needed.distinct}
    arguments["with"] = _others(needed, row) if found.idle else ()
    if row.id == "same-attribute":
        code, template = ("DRA514", "group-never") if found.idle else ("DRA531", "group-short")
    else:
        code, template = ("DRA515" if found.idle else "DRA530"), "distinct-short"
    return Cause(code, Reason(template, arguments))


def _taint_cause(found: Study, narrowed: Narrowed, row: Row, needed: Needed) -> Cause:
    """Devices that would do are tainted: which taints, set by whom."""
    tolerations = narrowed.demand.demand.tolerations
    by_taint: dict[tuple[str, str], dict[str, list[str]]] = {}
    own = next(each for each in needed.rows if each.id == "untainted")
    others = needed.masks(found, without=own)
    tainted = tuple(mask & ~passes for mask, passes in zip(others, own.passes, strict=True))
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
        "all": tainted == others,
        "with": _others(needed, row),
        "tolerations": len(tolerations) or None,
    }
    return Cause("DRA516", Reason("taints", arguments), (BlockingTaints(narrowed.request, taints),))


def _setter(owner: str) -> str:
    return owner if "/" in owner or not owner else f"driver {owner}"


def _condition_cause(found: Study, narrowed: Narrowed, needed: Needed) -> Cause:
    """One condition rejects everything alone, or two of them have nothing in common."""
    base = replace(needed, rows=()).masks(found)
    if len(needed.rows) == 2:
        first, second = needed.rows
        return Cause("DRA512", Reason("disjoint-conditions", disjoint_arguments(found, narrowed, first, second, base)))
    (row,) = needed.rows
    name = unpublished_attribute(found, narrowed, row)
    if name is not None:
        return Cause(*name)
    return Cause("DRA511", Reason("condition", condition_arguments(found, narrowed, row, base)))
