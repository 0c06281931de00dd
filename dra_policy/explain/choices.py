"""Why a claim gets these devices and not better ones: the first fit, what stood before it, what would be nearer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.explain.evidence import Apart, Choice, Choices, DeviceValue, PassedOver
from dra_policy.explain.explanation import ChosenDevices
from dra_policy.explain.filters import blocking_taints
from dra_policy.explain.naming import names_on
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import Study
from dra_policy.fleet import NodeView
from dra_policy.model import Device, MatchAttribute
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue, same_value, type_name
from dra_policy.values.bit_sets import positions

Retry = Callable[[MatchAttribute], ChosenDevices | None]
"""What the claim would get with one more constraint; None if nothing."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What one request got: its demand, and the positions on the chosen node's spot."""

    narrowed: Narrowed
    positions: tuple[int, ...]


def choices_of(found: Study, node: str, picks: Sequence[Picked], retry: Retry | None) -> Choices:
    """The choices of a fitting answer on a node."""
    number = next(index for index, spot in enumerate(found.spots) if node in spot.nodes)
    spot = found.spots[number]
    taken_before = 0
    choices = []
    for pick in picks:
        choices.append(_choice(found, node, number, pick, taken_before))
        taken_before |= sum(1 << position for position in pick.positions)
    return Choices(tuple(choices), _apart(found, spot, number, node, picks, retry))


def _choice(found: Study, node: str, number: int, pick: Picked, taken_before: int) -> Choice:
    last = max(pick.positions, default=0)
    before = pick.narrowed.matching[number] & ((1 << last) - 1)
    before &= ~sum(1 << position for position in pick.positions)
    reasons: dict[str, tuple[list[int], list[str]]] = {}
    view = found.fleet.view(node)
    for position in positions(before):
        why, owner = _why_not(found, pick, number, position, taken_before)
        places, owners = reasons.setdefault(why, ([], []))
        places.append(position)
        if why == "held":
            claim = found.fleet.holder(view.device_id(position))
            owner = claim.name if claim is not None else ""
        if owner and owner not in owners:
            owners.append(owner)
    passed = tuple(PassedOver(_names(view, places), why, tuple(owners)) for why, (places, owners) in reasons.items())
    own = _names(view, pick.positions)
    devices = tuple(f"{node}/{name}" for name in own) if len(own) == 1 else own
    return Choice(pick.narrowed.request, devices, passed)


def _names(view: NodeView, places: Sequence[int]) -> tuple[str, ...]:
    return names_on(view, [view.device_id(position) for position in places])


def _why_not(found: Study, pick: Picked, number: int, position: int, taken_before: int) -> tuple[str, str]:
    """Why a device that matches was not taken, and who or what keeps it: claim, taint, row or attribute."""
    spot, bit = found.spots[number], 1 << position
    if spot.in_use & bit:
        return "held", ""
    if taken_before & bit:
        return "taken", ""
    taints = blocking_taints(spot.device_of_frame(position), pick.narrowed.demand.demand.tolerations)
    if taints and found.ground.features.device_taints:
        return "tainted", str(taints[0])
    row = next((each for each in pick.narrowed.filters if not each.passes[number] & bit), None)
    if row is not None:
        if row.id in ("counters", "capacity", "shares"):
            return "short", "counters" if row.id == "counters" else "capacity"
        return "unusable", ""
    attributes = (*pick.narrowed.attributes, *pick.narrowed.distinct)
    return ("constraint", attributes[0]) if attributes else ("unusable", "")


def _apart(
    found: Study, spot: Spot, number: int, node: str, picks: Sequence[Picked], retry: Retry | None
) -> Apart | None:
    """Two requests' devices that a common attribute tells apart, where no constraint speaks of any such."""
    if len(picks) < 2 or any(each.claim.constraints for each in found.claims):
        return None
    first, second = picks[0], picks[1]
    if len(first.positions) != 1 or len(second.positions) != 1:
        return None
    one, other = first.positions[0], second.positions[0]
    differing = _differing(spot.device(one), spot.device(other))
    if not differing:
        return None
    ranked = sorted(differing, key=lambda name: (len(found.index.values(spot, name)), name))
    attribute = ranked[0]
    better = next(
        (found_one for name in reversed(ranked) if (found_one := _better(found, spot, number, name, one, second))), None
    )
    result = retry(MatchAttribute(better[0])) if better is not None and retry is not None else None
    return Apart(
        attribute,
        DeviceValue(spot.label(one), _text(spot.device(one), attribute)),
        DeviceValue(spot.label(other), _text(spot.device(other), attribute)),
        better[0] if better else None,
        f"{node}/{spot.label(better[1])}" if better else None,
        None if result is None or result.node is None else result.node,
        result.bare_names if result is not None else (),
    )


def _differing(one: Device, other: Device) -> list[str]:
    """Full names of attributes that both publish with values of one type that differ."""
    return [
        name
        for name, value in one.attributes.items()
        if "/" in name and name in other.attributes and _differs(value, other.attributes[name])
    ]


def _differs(left: AttributeValue, right: AttributeValue) -> bool:
    return type_name(left) == type_name(right) and not same_value(left, right)


def _text(device: Device, name: str) -> str:
    return str(device.attributes[name])


def _better(
    found: Study, spot: Spot, number: int, attribute: str, one: int, second: Picked
) -> tuple[str, int] | None:  # fmt: skip
    """A device left for the second request that agrees with the first request's device."""
    for bits in found.index.values(spot, attribute).values():
        if bits >> one & 1:
            near = positions(bits & second.narrowed.left[number] & ~(1 << one))
            return (attribute, near[0]) if near else None
    return None
