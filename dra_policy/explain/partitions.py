"""Counters and shared capacities that are used up: what is wanted, what is left, who has the rest."""

from __future__ import annotations

from dra_policy.allocate.capacity import PolicyRefusal, policy_refusals
from dra_policy.explain.capacity import consumed_by
from dra_policy.explain.causes import Cause, blocked_only_by
from dra_policy.explain.evidence import Counter, Counters, CounterUse, SharedCapacity, ShareUse
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot, positions
from dra_policy.explain.study import Study
from dra_policy.explain.wording import noun_of
from dra_policy.model import CapacityPolicy, CounterConsumption, Device, DeviceId
from dra_policy.values import Quantity

_ZERO = Quantity.of(0)


def _first_blocked(found: Study, narrowed: Narrowed, row: str) -> tuple[Spot, int] | None:
    """The first device that fails this row alone."""
    for spot, mask in zip(found.spots, blocked_only_by(found, narrowed, row), strict=True):
        if mask:
            return spot, positions(mask)[0]
    return None


def cause_of_counters(found: Study, narrowed: Narrowed, cause: Cause) -> Cause | None:
    """The counters that the first otherwise usable device draws from, and who draws from them now."""
    place = _first_blocked(found, narrowed, "counters")
    if place is None:
        return None
    spot, position = place
    device = spot.device(position)
    for consumption in device.consumes_counters:
        counters = _counters(spot, position, consumption, idle=found.idle)
        if any(one.short is not None for one in counters):
            uses = () if found.idle else _uses(found, spot, position, consumption)
            evidence = Counters(spot.nodes[0], consumption.counter_set, device.name, counters, uses)
            arguments: dict[str, ReasonValue] = {
                "request": narrowed.request,
                "device": device.name,
                "set": _set_noun(consumption.counter_set),
                "left": tuple(_amount(one.left, one.name) for one in counters if one.short is not None),
                "needed": tuple(one.needed for one in counters if one.short is not None),
                "never": found.idle,
            }
            return Cause(cause.code, Reason("counters", arguments), (evidence,))
    return None


def _set_noun(name: str) -> str:
    noun = noun_of([name])
    return name if noun == "device" else noun


def _amount(text: str, counter: str) -> str:
    """``10Gi``, ``1 slice``: a bare number says what it counts."""
    if not text.lstrip("-").isdigit():
        return text
    return f"{text} {counter.removesuffix('s') if text == '1' else counter}"


def _counters(spot: Spot, position: int, consumption: CounterConsumption, *, idle: bool) -> tuple[Counter, ...]:
    layout = spot.view.layout
    pool = layout.slices[layout.locate(position)[0]].pool
    sets = layout.pools[pool].counter_sets
    total = {name: amount for one in sets if one.name == consumption.counter_set for name, amount in one.counters}
    left = dict(total)
    if not idle:
        of_pool = dict(spot.view.usage.counters_left).get(pool, ())
        left |= {
            name: amount for one in of_pool if one.name == consumption.counter_set for name, amount in one.counters
        }
    counters = []
    for name, needed in consumption.counters:
        have = left.get(name, _ZERO)
        short = needed.sub(have).canonical() if have < needed else None
        used = total.get(name, _ZERO).sub(have).canonical()
        counters.append(Counter(name, str(total.get(name, _ZERO)), used, have.canonical(), str(needed), short))
    return tuple(counters)


def _uses(found: Study, spot: Spot, position: int, consumption: CounterConsumption) -> tuple[CounterUse, ...]:
    """The claims that draw from the same set on the node, largest first."""
    each, _ = spot.locate(position)
    names = [name for name, _ in consumption.counters]
    uses: list[tuple[Quantity, CounterUse]] = []
    for other in spot.slices:
        if other.pool is not each.pool:
            continue
        for index, device in enumerate(other.frame.devices):
            drawn = _drawn(device, consumption.counter_set)
            for claim in found.fleet.holders(other.loaded.device_id(index)) if drawn else ():
                amounts = tuple(str(drawn[name]) if name in drawn else "0" for name in names)
                uses.append((drawn.get(names[0], _ZERO), CounterUse(claim.full_name, device.name, amounts)))
    uses.sort(key=lambda use: (_Descending(use[0]), use[1].claim))
    return tuple(use for _, use in uses)


class _Descending:
    """A quantity that sorts the other way round."""

    __slots__ = ("amount",)

    def __init__(self, amount: Quantity) -> None:
        self.amount = amount

    def __lt__(self, other: _Descending) -> bool:
        return other.amount < self.amount

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.amount == other.amount

    def __hash__(self) -> int:
        return hash(self.amount)


def _drawn(device: Device, counter_set: str) -> dict[str, Quantity]:
    return {
        name: amount
        for consumption in device.consumes_counters
        if consumption.counter_set == counter_set
        for name, amount in consumption.counters
    }


def cause_of_capacity(found: Study, narrowed: Narrowed, cause: Cause) -> Cause | None:
    """The capacity that the first otherwise usable device has too little of, after rounding, and who has shares."""
    place = _first_blocked(found, narrowed, "capacity")
    if place is None:
        return None
    spot, position = place
    device, demand = spot.device(position), narrowed.demand.demand
    taken = next((dict(one.consumed) for one in spot.view.usage.shares if one.position == position), {})
    if found.idle:
        taken = {}
    refused = policy_refusals(
        demand.capacity_requests, device, fractional=found.ground.features.fractional_capacity_range
    )
    charged = dict(consumed_by(demand, device, found.ground.features) or ())
    charged |= {one.name: one.amount for one in refused}
    for name in (*demand.capacity_requests, *charged):
        amount, used = charged.get(name), taken.get(name, _ZERO)
        policy = next((one for one in refused if one.name == name), None)
        if amount is None or (policy is None and amount <= device.capacity[name].value.sub(used)):
            continue
        return Cause(cause.code, *_too_much(found, narrowed, place, (name, amount, used), policy))
    return None


def _too_much(
    found: Study,
    narrowed: Narrowed,
    place: tuple[Spot, int],
    charge: tuple[str, Quantity, Quantity],
    policy: PolicyRefusal | None,
) -> tuple[Reason, tuple[SharedCapacity]]:
    """Reason and evidence for one capacity: its name, what is charged, what is used already."""
    (spot, position), (name, amount, used) = place, charge
    device = spot.device(position)
    label, total = f"{spot.nodes[0]}/{device.name}", device.capacity[name].value
    left, asked = total.sub(used).canonical(), str(narrowed.demand.demand.capacity_requests.get(name, amount))
    uses = () if found.idle else _shares(found, spot.view.device_id(position), name)
    most = None if policy is None or policy.most is None else str(policy.most)
    evidence = SharedCapacity(label, name, str(total), used.canonical(), left, asked, amount.canonical(), uses, most)
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "device": label,
        "capacity": name,
        "asked": asked,
        "charged": amount.canonical(),
        "rule": _rounding(device.capacity[name].policy, amount),
        "left": left,
        "never": found.idle,
        "refused": policy is not None,
        "most": most,
    }
    return Reason("capacity", arguments), (evidence,)


def _rounding(policy: CapacityPolicy | None, amount: Quantity) -> str | None:
    """What rounded an amount up: ``step of 2Gi``, ``least share of 1Gi``; None for another rule, or none."""
    valid = policy.valid_range if policy is not None else None
    if valid is None:
        return None
    if valid.minimum is not None and valid.minimum.compare(amount) == 0:
        return f"least share of {valid.minimum}"
    return f"step of {valid.step}" if valid.step is not None else None


def _shares(found: Study, device: DeviceId, capacity: str) -> tuple[ShareUse, ...]:
    return tuple(
        ShareUse(claim.full_name, str(each.consumed_capacity[capacity]))
        for claim in found.fleet.holders(device)
        for each in (claim.allocation.devices if claim.allocation is not None else ())
        if each.device == device and capacity in each.consumed_capacity
    )
