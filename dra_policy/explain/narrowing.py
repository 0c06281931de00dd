"""Count what each row leaves: survivors, nodes with enough, and what the row alone keeps out.

Left is the intersection of a row with all above it; ``if dropped`` is the intersection of all others minus the row,
from prefix and suffix intersections, so the cost is linear in the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dra_policy.compiler.compiled import CompiledDemand
from dra_policy.explain.filters import Filter, Ground, class_row, filters_of
from dra_policy.explain.found_values import values_found, values_of_class
from dra_policy.explain.funnel import Funnel, Row
from dra_policy.explain.groups import ValueIndex, constraint_span, distinct_attributes, match_attributes
from dra_policy.explain.refused_nodes import refused_nodes
from dra_policy.explain.spots import Spot, count_devices, count_nodes
from dra_policy.explain.totals import total_rows
from dra_policy.explain.wording import noun_of_masks
from dra_policy.model import AllocationMode, Claim, Demand
from dra_policy.record import dataclass, field, replace

Masks = tuple[int, ...]
# Rows that no manifest states are shown only where they cost something.
_SILENT = frozenset(("pool", "node", "untainted", "feature", "not-held", "counters", "capacity", "shares"))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A demand counted: its rows as bit sets, what passes all of them, and the funnel.

    ``matching`` are the devices of usable pools that meet class and conditions and can hold the share that is asked
    for; ``left`` those that pass every row about single devices. ``ok`` says per spot whether the request alone can be
    served there; ``attributes`` and ``distinct`` are those of its constraints.
    """

    request: str
    demand: CompiledDemand
    filters: tuple[Filter, ...] = field(repr=False)
    matching: Masks
    left: Masks
    ok: tuple[bool, ...]
    funnel: Funnel
    attributes: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()

    @property
    def wanted(self) -> int:
        """How many devices it needs; one for mode All."""
        return least_count(self.demand.demand)

    @property
    def is_all(self) -> bool:
        """Whether it asks for every matching device of a node."""
        return self.demand.demand.allocation_mode is AllocationMode.ALL


def least_count(demand: Demand) -> int:
    """The least number of devices that serve a demand."""
    return demand.count if demand.allocation_mode is AllocationMode.EXACT_COUNT else 1


def narrow(claim: Claim, request: str, demand: CompiledDemand, ground: Ground, index: ValueIndex) -> Narrowed:
    """Count one demand of a request."""
    spots = ground.spots
    filters = _merged(filters_of(demand, ground), spots)
    passes = [each.passes for each in filters]
    prefixes = _prefixes(passes, spots)
    without = _without_each(passes, prefixes, spots)
    least = least_count(demand.demand)
    rows = [
        _row(each, prefixes[i], without[i] if i else None, ground, least, prefixes[i - 1] if i else None)
        for i, each in enumerate(filters)
    ]
    left = prefixes[-1]
    group_rows, ok, attributes = _group_rows(claim, request, demand.demand, spots, left, index)
    totals, flags = total_rows(demand.demand, spots, left, ok, idle=ground.idle)
    group_rows, ok = [*group_rows, *totals], tuple(flags)
    matching = _intersection(
        [each.passes for each in filters if each.id in ("pool", "node", "class", "condition", "capacity")], spots
    )
    if demand.demand.allocation_mode is AllocationMode.ALL:
        # All wants every matching device of the node: one that cannot be had is enough to fail.
        wanted = zip(ok, matching, left, strict=True)
        ok = tuple(fine and matched == had != 0 for fine, matched, had in wanted)
    nodes = sum(len(spot.nodes) for spot, fine in zip(spots, ok, strict=True) if fine)
    losing = [before != after for before, after in pairwise(prefixes)]
    shown = [*_shown(rows, [True, *losing]), *group_rows]
    funnel = _funnel(request, demand.demand, shown, nodes, idle=ground.idle)
    named = _named_devices(filters, spots)
    if funnel.ok:
        # Devices of nodes that have too few of them are none of those on the nodes that serve the request.
        served = tuple(mask if fine else 0 for mask, fine in zip(left, ok, strict=True))
        funnel = replace(funnel, left=count_devices(spots, served))
    funnel = replace(funnel, claim=claim.name, noun=noun_of_masks(spots, matching if any(matching) else named))
    distinct = tuple(one.attribute for one in distinct_attributes(claim, request, demand.demand.name))
    return Narrowed(request, demand, filters, matching, left, ok, funnel, attributes, distinct)


def _named_devices(filters: Sequence[Filter], spots: Sequence[Spot]) -> Masks:
    """The devices that a request names by its class: those that meet its first part where none meets all."""
    parts = [each.passes for each in filters if each.owner == "class admin"]
    every = _intersection(parts, spots)
    return every if any(every) else _intersection(parts[:1], spots)


def _class_mask(filters: Sequence[Filter], spots: Sequence[Spot]) -> Masks:
    return _intersection([each.passes for each in filters if each.id == "class"], spots)


def _intersection(masks: Sequence[Masks], spots: Sequence[Spot]) -> Masks:
    result = [spot.all_devices for spot in spots]
    for each in masks:
        result = [left & right for left, right in zip(result, each, strict=True)]
    return tuple(result)


def _prefixes(passes: Sequence[Masks], spots: Sequence[Spot]) -> list[Masks]:
    current = tuple(spot.all_devices for spot in spots)
    found = []
    for each in passes:
        current = tuple(left & right for left, right in zip(current, each, strict=True))
        found.append(current)
    return found


def _without_each(passes: Sequence[Masks], prefixes: Sequence[Masks], spots: Sequence[Spot]) -> list[Masks]:
    """For each row the devices that pass all others and fail it."""
    after = tuple(spot.all_devices for spot in spots)
    found: list[Masks] = []
    for i in range(len(passes) - 1, -1, -1):
        before = prefixes[i - 1] if i else tuple(spot.all_devices for spot in spots)
        found.append(tuple(b & a & ~own for b, a, own in zip(before, after, passes[i], strict=True)))
        after = tuple(a & own for a, own in zip(after, passes[i], strict=True))
    return found[::-1]


def _merged(filters: Sequence[Filter], spots: Sequence[Spot]) -> tuple[Filter, ...]:
    """Join neighbouring conditions of one owner that reject the same of the class's devices: they are one question."""
    merged: list[Filter] = []
    class_mask = _class_mask(filters, spots)
    for each in filters:
        last = merged[-1] if merged else None
        if (
            last is not None
            and each.id == last.id == "condition"
            and each.owner == last.owner
            and all((a ^ b) & mask == 0 for a, b, mask in zip(each.passes, last.passes, class_mask, strict=True))
            and any(a & mask != mask for a, mask in zip(each.passes, class_mask, strict=True))
            and any(a & mask for a, mask in zip(each.passes, class_mask, strict=True))
        ):
            merged[-1] = replace(
                last,
                text=f"{last.text} and {each.text}",
                exact=f"{last.exact} && {each.exact}",
                passes=tuple(a & b for a, b in zip(last.passes, each.passes, strict=True)),
                parts=(*(last.parts or (last,)), each),
            )
        else:
            merged.append(each)
    return tuple(_with_whole_class(merged))


def _with_whole_class(rows: Sequence[Filter]) -> Sequence[Filter]:
    """The rows with that of a class by its name where its parts became one row."""
    of_class = [each for each in rows if each.id == "condition" and each.owner == "class admin"]
    if len(of_class) != 1:
        return rows
    row = class_row(of_class[0].parts or of_class, of_class[0].name)
    return [row if each is of_class[0] else each for each in rows]


def _row(each: Filter, left: Masks, dropped: Masks | None, ground: Ground, least: int, before: Masks | None) -> Row:
    spots = ground.spots
    row = Row(
        each.id,
        each.text,
        count_devices(spots, left),
        count_devices(spots, each.passes),
        count_nodes(spots, left, least),
        None if dropped is None else count_devices(spots, dropped),
        is_written=each.is_written,
        exact=each.exact,
        owner=each.owner,
        span=each.span,
        name=each.name,
    )
    if each.id == "node":
        return replace(row, refused=refused_nodes(spots))
    if each.predicate is None or before is None:
        return row
    values, absent, errors = values_found(each, before, spots)
    row = replace(row, values=values, absent=absent, errors=errors)
    if each.id == "class" and not row.nodes:
        detail, values, absent = values_of_class(each, before, spots, ground.evaluator)
        return replace(row, detail=detail, values=values, absent=absent)
    return row


def _group_rows(
    claim: Claim, request: str, demand: Demand, spots: Sequence[Spot], left: Masks, index: ValueIndex
) -> tuple[list[Row], tuple[bool, ...], tuple[str, ...]]:
    """Rows for the constraints over the request's own devices, per spot whether it is served, the match attributes."""
    least = least_count(demand)
    ok = [mask.bit_count() >= least for mask in left]
    rows: list[Row] = []
    matches = match_attributes(claim, request, demand.name)
    attributes: tuple[str, ...] = ()
    for constraint in matches:
        attributes = (*attributes, constraint.attribute)
        fine = [
            before and index.best(spot, mask, attributes) >= least
            for before, spot, mask in zip(ok, spots, left, strict=True)
        ]
        rows.append(_group_row("same-attribute", constraint.attribute, spots, ok, fine))
        rows[-1] = replace(
            rows[-1], span=constraint_span(constraint), partners=partners(claim, request, constraint.requests)
        )
        ok = fine
    for distinct in distinct_attributes(claim, request, demand.name):
        fine = [
            before and index.distinct(spot, mask, distinct.attribute) >= least
            for before, spot, mask in zip(ok, spots, left, strict=True)
        ]
        row = _group_row("distinct-attribute", distinct.attribute, spots, ok, fine)
        rows.append(replace(row, span=constraint_span(distinct), partners=partners(claim, request, distinct.requests)))
        ok = fine
    return rows, tuple(ok), attributes


def partners(claim: Claim, request: str, names: Sequence[str]) -> tuple[str, ...]:
    """The other requests of a constraint, in the claim's order."""
    bare = {name.partition("/")[0] for name in names}
    return tuple(other.name for other in claim.requests if other.name != request and (not bare or other.name in bare))


def _group_row(kind: str, attribute: str, spots: Sequence[Spot], before: list[bool], after: list[bool]) -> Row:
    def nodes(flags: Sequence[bool]) -> int:
        return sum(len(spot.nodes) for spot, fine in zip(spots, flags, strict=True) if fine)

    remaining = nodes(after)
    return Row(kind, attribute, None, None, remaining, None, nodes(before) - remaining, is_written=True, name=attribute)


def _funnel(request: str, demand: Demand, rows: Sequence[Row], nodes: int, *, idle: bool) -> Funnel:
    shown = list(rows)
    lost_at = next((i for i, row in enumerate(shown) if not row.nodes), None)
    nothing_at = next((i for i, row in enumerate(shown) if row.left == 0), None)
    if lost_at is not None and nothing_at is not None:
        shown = shown[: nothing_at + 1]
    is_all = demand.allocation_mode is AllocationMode.ALL
    best = max((row.if_dropped or 0 for row in shown), default=0)
    return Funnel(
        request,
        "All" if is_all else "ExactCount",
        None if is_all else demand.count,
        bool(nodes),
        next((row.left for row in reversed(shown) if row.left is not None), None),
        nodes,
        tuple(shown),
        alternative=demand.name or None,
        class_name=demand.device_class_name,
        lost_at=lost_at,
        culprit=next((i for i, row in enumerate(shown) if best and row.if_dropped == best), None),
        is_idle=idle,
    )


def _shown(rows: Sequence[Row], losing: Sequence[bool]) -> list[Row]:
    """The rows worth a line: all that somebody wrote, and of the others those that lost a device on some node."""
    pairs = zip(rows, losing, strict=True)
    return [row for row, is_losing in pairs if row.id not in _SILENT or is_losing or row.is_written]
