"""Sums that k8srm asks for over all devices of a request: what a node offers at the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.allocate.totals import left_of
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.funnel import Row
from dra_policy.explain.spots import Spot
from dra_policy.model import Demand
from dra_policy.values import Quantity
from dra_policy.values.bit_sets import positions

Masks = tuple[int, ...]


def total_rows(
    demand: Demand, spots: Sequence[Spot], left: Masks, ok: Sequence[bool], *, idle: bool
) -> tuple[list[Row], list[bool]]:
    """A row for each sum, and per spot whether the request is served there after all of them."""
    rows: list[Row] = []
    flags = list(ok)
    for name, wanted in demand.total_capacity.items():
        fine = [
            flag and best_total(demand, name, spot, mask, idle=idle) >= wanted
            for flag, spot, mask in zip(flags, spots, left, strict=True)
        ]
        before, after = (
            sum(len(spot.nodes) for spot, flag in zip(spots, each, strict=True) if flag) for each in (flags, fine)
        )
        span = None if demand.place is None else demand.place.child("requests", name).span
        rows.append(
            Row(
                "total",
                f"{wanted} of {name} together",
                None,
                None,
                after,
                None,
                before - after,
                is_written=True,
                span=span,
                name=name,
            )
        )
        flags = fine
    return rows, flags


def best_total(demand: Demand, name: str, spot: Spot, mask: int, *, idle: bool) -> Quantity:
    """The most that as many devices as may be taken offer of a capacity together."""
    held = {} if idle else {share.position: dict(share.consumed) for share in spot.view.usage.shares}
    offers = sorted((_offer(spot, position, name, held) for position in positions(mask)), reverse=True)
    total = Quantity.of(0)
    for offer in offers[: max(demand.count, demand.maximum_count or 0)]:
        total = total.add(offer)
    return total


def _offer(spot: Spot, position: int, name: str, held: Mapping[int, Mapping[str, Quantity]]) -> Quantity:
    (offer,) = left_of(spot.device(position), [name], held.get(position, {}))
    return offer


def total_reason(
    demand: Demand, name: str, spots: Sequence[Spot], left: Masks, named: Mapping[str, ReasonValue], *, idle: bool
) -> tuple[str, Reason]:
    """Code and reason where no node offers the sum; ``named`` are the request and what its devices are called."""
    best = max((best_total(demand, name, spot, mask, idle=idle) for spot, mask in zip(spots, left, strict=True)))
    arguments: dict[str, ReasonValue] = {
        **named,
        "capacity": name,
        "wanted": str(demand.total_capacity[name]),
        "best": str(best),
        "most": max(demand.count, demand.maximum_count or 0),
        "class": demand.device_class_name,
        "now": not idle,
    }
    if best.sign() == 0 and idle:
        return "DRA302", Reason("total-unpublished", arguments)
    return ("DRA520" if idle else "DRA533"), Reason("total-short", arguments)
