"""Counters and shared capacities that are used up: what is wanted, what is left, who has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from dra_policy.allocate.capacity import PolicyRefusal, policy_refusals
from dra_policy.explain.capacity import consumed_by
from dra_policy.explain.cause import Cause, blocked_only_by
from dra_policy.explain.evidence import Counter, Counters, CounterUse, SharedCapacity, ShareUse
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.needed import Needed
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import Study
from dra_policy.explain.wording import noun_of
from dra_policy.model import CapacityPolicy, CounterConsumption, Device, DeviceId
from dra_policy.record import dataclass
from dra_policy.values import Quantity
from dra_policy.values.bit_sets import positions

_ZERO = Quantity.of(0)


def cause_of_counters(found: Study, narrowed: Narrowed) -> Cause | None:
    """The counters that the first otherwise usable device draws from, and who draws from them now."""
    blocked = zip(found.spots, blocked_only_by(found, narrowed, "counters"), strict=True)
    place = next(((spot, positions(mask)[0]) for spot, mask in blocked if mask), None)
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
            return Cause("DRA519" if found.idle else "DRA532", Reason("counters", arguments), (evidence,))
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


@dataclass(frozen=True, slots=True)
class _Short:
    """A device that has too little of a capacity: what it would be charged, what is used, what its policy refuses."""

    spot: Spot
    position: int
    name: str
    charged: Quantity
    used: Quantity
    refusal: PolicyRefusal | None

    @property
    def capacity(self) -> Quantity:
        """All that the device has of it."""
        return self.spot.device(self.position).capacity[self.name].value

    @property
    def left(self) -> Quantity:
        """What nobody uses of it."""
        return self.capacity.sub(self.used)

    @property
    def room(self) -> Quantity:
        """The most that it can give."""
        most = self.refusal.most if self.refusal is not None else None
        return self.left if most is None or self.left < most else most


def cause_of_capacity(found: Study, narrowed: Narrowed, row: Row, needed: Needed | None) -> Cause | None:
    """What the nearest of the devices that only this row keeps away has of a capacity, and who has shares of it.

    ``needed`` are the rows without which it would do; None: all rows.
    """
    short = _short_devices(found, narrowed, row, needed)
    if not short:
        return None
    nearest = short[0]
    for each in short[1:]:
        if each.name == nearest.name and nearest.room < each.room:
            nearest = each
    reason, evidence = _too_much(found, narrowed, nearest)
    charges = {(each.name, each.charged, each.refusal is None) for each in short}
    is_only = len(short) == 1 and len(nearest.spot.nodes) == 1
    arguments = {**reason.arguments, "only": is_only, "alike": len(charges) == 1}
    return Cause("DRA520" if found.idle else "DRA533", Reason(reason.template, arguments), (evidence,))


def _short_devices(found: Study, narrowed: Narrowed, row: Row, needed: Needed | None) -> list[_Short]:
    masks = blocked_only_by(found, narrowed, row.id, row.text)
    # Shares end one day: those of devices that could be had then are told. What a device is, every device is asked.
    if needed is not None and (row.id == "capacity" or not any(masks)):
        own = next(each for each in needed.rows if (each.id, each.text) == (row.id, row.text))
        masks = needed.masks(found, without=own)
    places = ((spot, position) for spot, mask in zip(found.spots, masks, strict=True) for position in positions(mask))
    return [one for place in places if (one := _short(found, narrowed, place, row.name)) is not None]


def _short(found: Study, narrowed: Narrowed, place: tuple[Spot, int], only: str) -> _Short | None:
    """The first capacity of which a device has too little (or the named one); None if it has enough of each."""
    spot, position = place
    device, demand = spot.device(position), narrowed.demand.demand
    features = found.ground.features
    taken: Mapping[str, Quantity] = {}
    if not found.idle:
        taken = next((dict(one.consumed) for one in spot.view.usage.shares if one.position == position), {})
    refused = {
        one.name: one
        for one in policy_refusals(demand.capacity_requests, device, fractional=features.fractional_capacity_range)
    }
    charged = dict(consumed_by(demand, device, features) or ())
    for name in (only,) if only else (*demand.capacity_requests, *charged):
        if name not in device.capacity:
            continue
        amount = refused[name].amount if name in refused else charged.get(name, demand.capacity_requests.get(name))
        used, total = taken.get(name, _ZERO), device.capacity[name].value
        if amount is not None and (name in refused or total.sub(used) < amount):
            return _Short(spot, position, name, amount, used, refused.get(name))
    return None


def _too_much(found: Study, narrowed: Narrowed, short: _Short) -> tuple[Reason, SharedCapacity]:
    """Reason and evidence for one capacity of a device."""
    spot, name, refusal = short.spot, short.name, short.refusal
    label = f"{spot.nodes[0]}/{spot.device(short.position).name}"
    left, charged = short.left.canonical(), short.charged.canonical()
    asked = str(narrowed.demand.demand.capacity_requests.get(name, short.charged))
    uses = () if found.idle else _shares(found, spot.view.device_id(short.position), name)
    most = None if refusal is None or refusal.most is None else str(refusal.most)
    used = short.used.canonical()
    evidence = SharedCapacity(label, name, str(short.capacity), used, left, asked, charged, uses, most)
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "device": label,
        "capacity": name,
        "asked": asked,
        "charged": charged,
        "rule": _rounding(spot.device(short.position).capacity[name].policy, short.charged),
        "left": left,
        "never": found.idle,
        "refused": refusal is not None,
        "most": most,
    }
    return Reason("capacity", arguments), evidence


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


def share_of_all(found: Study, spot: Spot, position: int) -> SharedCapacity | None:
    """The first capacity of a device of which all requests together want more than is left."""
    device = spot.device(position)
    taken: Mapping[str, Quantity] = {}
    if not found.idle:
        taken = next((dict(one.consumed) for one in spot.view.usage.shares if one.position == position), {})
    demands = [request.alternatives[0].demand.demand for request in found.requests]
    charges = [dict(consumed_by(each, device, found.ground.features) or ()) for each in demands]
    for name, capacity in device.capacity.items():
        used = taken.get(name, _ZERO)
        amounts = [each[name] for each in charges if name in each]
        charged, left = reduce(Quantity.add, amounts, _ZERO), capacity.value.sub(used)
        if left < charged:
            label = f"{spot.nodes[0]}/{device.name}"
            asked = reduce(Quantity.add, [each.capacity_requests.get(name, _ZERO) for each in demands], _ZERO)
            uses = () if found.idle else _shares(found, spot.view.device_id(position), name)
            texts = (used.canonical(), left.canonical(), asked.canonical(), charged.canonical())
            return SharedCapacity(label, name, str(capacity.value), *texts, uses)
    return None
