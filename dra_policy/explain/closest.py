"""Which nodes come closest to serving a request, and what each group of like nodes is short of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.explain.explanation import NodeGroup, Shortage
from dra_policy.explain.extremes import comparison_of, furthest, gap_text
from dra_policy.explain.filters import Filter
from dra_policy.explain.found_values import reads_own_value, single_path
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.refused_nodes import refusal_words
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.explain.totals import best_total
from dra_policy.ir import Path, Predicate, print_value, read
from dra_policy.record import replace
from dra_policy.values import AttributeValue, Quantity
from dra_policy.values.bit_sets import positions, union

if TYPE_CHECKING:
    from fractions import Fraction


def closest_nodes(found: Study, request: StudiedRequest, others: tuple[StudiedRequest, ...]) -> tuple[NodeGroup, ...]:
    """All nodes in groups of like ones, those with most of the wanted devices first, then in the order of nodes.

    ``request`` is counted by the alternative that comes nearest on a node; ``others`` say what they lack there too.
    """
    groups: dict[tuple[int, int, tuple[Shortage, ...]], list[str]] = {}
    for number, spot in enumerate(found.spots):
        groups.setdefault(_offer(found, request, others, number), []).extend(spot.nodes)
    # Spots are in the order of their first nodes.
    ranked = sorted(
        groups.items(),
        key=lambda item: (-item[0][0], _kind_rank(item[0][2]), _total_rank(item[0][2]), item[1][0]),
    )
    return tuple(NodeGroup(tuple(sorted(nodes)), have, wanted, missing) for (have, wanted, missing), nodes in ranked)


def _kind_rank(missing: tuple[Shortage, ...]) -> int:
    return max(
        (
            ("none", "total", "together", "devices", "value", "condition", "class", "node", "nothing").index(each.kind)
            for each in missing
        ),
        default=0,
    )


def _total_rank(missing: tuple[Shortage, ...]) -> Fraction | int:
    """Where a sum is short, the greatest first."""
    found = next((each.have for each in missing if each.kind == "total" and each.have is not None), None)
    if found is None:
        return 0
    # Sums are the exception, and this module is a part of every explanation's start.
    from fractions import Fraction

    amount = Quantity.parse(found)
    return -Fraction(amount.unscaled) * Fraction(10) ** amount.scale


def _offer(
    found: Study, request: StudiedRequest, others: tuple[StudiedRequest, ...], number: int
) -> tuple[int, int, tuple[Shortage, ...]]:
    """How many devices of how many wanted ones a spot has, and what is missing there."""
    narrowed, spot = request.nearest_on(number), found.spots[number]
    wanted = max(narrowed.matching[number].bit_count(), 1) if narrowed.is_all else narrowed.wanted
    if spot.refusal is not None:
        kind, what = refusal_words(spot.refusal)
        return 0, wanted, (Shortage("node", kind, wanted=what or None),)
    if not spot.size:
        return 0, wanted, (Shortage("nothing"),)
    have = min(_best(found, narrowed, spot, narrowed.left[number]), wanted)
    lacking = [_shortage(found, other, number, name=_name_beside(request, other)) for other in others]
    own = _shortage(found, request, number)
    missing = _gathered(narrowed, own, [each for each in lacking if each is not None])
    return have, wanted, missing or _short_together((request, *others), number)


def _short_together(requests: Sequence[StudiedRequest], number: int) -> tuple[Shortage, ...]:
    """What requests that can be served one by one lack as they want more different devices than there are."""
    offered = union(request.left_on(number) for request in requests).bit_count()
    short = sum(request.least for request in requests) - offered
    nouns = {one.funnel.noun for request in requests for one in request.alternatives}
    return (Shortage("together", nouns.pop() if len(nouns) == 1 else "device", short),) if short > 0 else ()


def _name_beside(request: StudiedRequest, other: StudiedRequest) -> str:
    """The name of another request; ``claim:request`` where it is of another claim."""
    return other.name if other.claim is request.claim else f"{other.claim.name}:{other.name}"


def _gathered(narrowed: Narrowed, own: Shortage | None, lacking: list[Shortage]) -> tuple[Shortage, ...]:
    """The request's own shortage first; others that lack devices only are told with it."""
    counts = tuple((each.request, each.short) for each in lacking if each.kind == "devices")
    rest = tuple(each for each in lacking if each.kind != "devices")
    if own is None and counts:
        own = Shortage("devices", narrowed.funnel.noun)
    if own is not None and own.kind == "devices":
        return replace(own, others=counts), *rest
    alone = tuple(Shortage("devices", others=(each,)) for each in counts)
    return *((own,) if own is not None else ()), *rest, *alone


def _shortage(found: Study, request: StudiedRequest, number: int, *, name: str = "") -> Shortage | None:
    """What a request lacks on a spot, by the alternative that comes nearest there; None if it can be served."""
    if request.is_ok_on(number):
        return None
    narrowed, spot = request.nearest_on(number), found.spots[number]
    left = narrowed.left[number]
    if not left and not narrowed.matching[number]:
        return replace(_nearest_miss(narrowed, number, spot), request=name)
    wanted = max(narrowed.matching[number].bit_count(), 1) if narrowed.is_all else narrowed.wanted
    have = min(_best(found, narrowed, spot, left), wanted)
    attribute = narrowed.attributes[0] if len(narrowed.attributes) == 1 else None
    values = _values_with(found, spot, left, attribute, have) if attribute is not None and have else ()
    total = _total_short(found, narrowed, spot, left) if have == wanted else None
    if total is not None:
        return replace(total, request=name)
    short = max(wanted - have, 1)
    named = attribute if values else None
    return Shortage("devices", narrowed.funnel.noun, short, named, values, request=name)


def _total_short(found: Study, narrowed: Narrowed, spot: Spot, left: int) -> Shortage | None:
    """The first sum over all devices of the request that the spot cannot offer."""
    demand = narrowed.demand.demand
    for name, wanted in demand.total_capacity.items():
        best = best_total(demand, name, spot, left, idle=found.idle)
        if best < wanted:
            return Shortage("total", name, have=best.canonical(), wanted=str(wanted))
    return None


def _best(found: Study, narrowed: Narrowed, spot: Spot, left: int) -> int:
    """The most devices that the request could have there under its own constraints."""
    best = found.index.best(spot, left, narrowed.attributes)
    for distinct in narrowed.distinct:
        best = min(best, found.index.distinct(spot, left, distinct))
    return best


def _values_with(found: Study, spot: Spot, left: int, attribute: str, have: int) -> tuple[str, ...]:
    """The values that have so many devices left."""
    values = found.index.values(spot, attribute)
    return tuple(found.index.text(key) for key, bits in values.items() if (bits & left).bit_count() == have)


def _nearest_miss(narrowed: Narrowed, number: int, spot: Spot) -> Shortage:
    """What the devices that fail the fewest conditions have instead of what is wanted."""
    class_mask = spot.all_devices
    for each in narrowed.filters:
        if each.id in ("pool", "node", "class") and class_mask:
            class_mask &= each.passes[number]
            if not class_mask and each.id != "class":
                return Shortage("condition", each.text)
    conditions = [each for each in narrowed.filters if each.id in ("condition", "capacity")]
    if not class_mask or not conditions:
        return Shortage("class", narrowed.demand.demand.device_class_name)
    row, mask = _fewest_failures(conditions, class_mask, number)
    found = _capacity_shortage(narrowed, row, mask, spot) if row.id == "capacity" else _value_shortage(row, mask, spot)
    if found.kind == "condition" and row.passes[number] & class_mask:
        # Some device meets this one and fails more of the others.
        return Shortage("condition", " and ".join(each.text for each in conditions))
    return found


def _capacity_shortage(narrowed: Narrowed, row: Filter, mask: int, spot: Spot) -> Shortage:
    """How much the largest of the nearest devices has of a capacity that is asked for."""
    wanted = narrowed.demand.demand.capacity_requests.get(row.name)
    if wanted is None:
        return Shortage("condition", row.text)
    devices = [spot.device_of_frame(position) for position in positions(mask)]
    largest = furthest([each.capacity[row.name].value for each in devices if row.name in each.capacity], largest=True)
    if not isinstance(largest, Quantity):
        return Shortage("value", row.name, have=None, wanted=str(wanted))
    gap = gap_text(wanted, largest) if largest < wanted else None
    return Shortage("value", row.name, have=str(largest), gap=gap, wanted=None if gap else str(wanted))


def _fewest_failures(conditions: list[Filter], mask: int, number: int) -> tuple[Filter, int]:
    """The first condition that the nearest devices fail, and those of them that fail it; each device fails some."""
    fewest, row, nearest = len(conditions) + 1, conditions[0], 0
    for position in positions(mask):
        failing = [each for each in conditions if not each.passes[number] >> position & 1]
        if len(failing) < fewest:
            fewest, row, nearest = len(failing), failing[0], 1 << position
        elif len(failing) == fewest and failing[0] is row:
            nearest |= 1 << position
    return row, nearest


def _value_shortage(row: Filter, mask: int, spot: Spot) -> Shortage:
    path = single_path(row.predicate) if row.predicate is not None else None
    if path is None:
        return Shortage("condition", row.text)
    values = [value for position in positions(mask) if (value := _value(spot, position, path)) is not None]
    if not values:
        return Shortage("value", path.short_name, have=None, wanted=_wanted(row.predicate))
    value, gap = _nearest_value(row.predicate, values)
    wanted = None if gap else _wanted(row.predicate)
    return Shortage("value", path.short_name, have=print_value(value), gap=gap, wanted=wanted)


def _wanted(predicate: Predicate | None) -> str | None:
    """``"B300"``, ``>= 570.0.0``: what a comparison asks for; None for other conditions."""
    compared = comparison_of(predicate)
    if compared is None:
        return None
    text = print_value(compared[0].constant)
    return text if compared[1] == "==" else f"{compared[1]} {text}"


def _value(spot: Spot, position: int, path: Path) -> AttributeValue | None:
    own = reads_own_value(path, spot.locate(position)[0].frame)
    return read(path, spot.device(position) if own else spot.device_of_frame(position))


def _nearest_value(predicate: Predicate | None, values: list[AttributeValue]) -> tuple[AttributeValue, str | None]:
    """The value that comes nearest to a comparison, and how much it is short; the first one for other conditions."""
    compared = comparison_of(predicate)
    if compared is None or compared[1] in ("==", "!="):
        return values[0], None
    best = furthest(values, largest=compared[1] in (">", ">="))
    value = values[0] if best is None else best
    return value, gap_text(compared[0].constant, value)
