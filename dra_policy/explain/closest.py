"""Which nodes come closest to serving a request, and what each group of like nodes is short of."""

from __future__ import annotations

from dra_policy.explain.explanation import NodeGroup, Shortage
from dra_policy.explain.extremes import comparison_of, furthest, gap_text
from dra_policy.explain.filters import Filter
from dra_policy.explain.found_values import reads_own_value, single_path
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.refused_nodes import refusal_words
from dra_policy.explain.spots import Spot, positions
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.ir import Path, Predicate, print_value, read
from dra_policy.values import AttributeValue


def closest_nodes(found: Study, narrowed: Narrowed, others: tuple[StudiedRequest, ...]) -> tuple[NodeGroup, ...]:
    """All nodes in groups of like ones, those with most of the wanted devices first, then in the order of nodes.

    ``others`` are the claim's other requests: a node that lacks them too says so.
    """
    groups: dict[tuple[int, int, tuple[Shortage, ...]], list[str]] = {}
    for number, spot in enumerate(found.spots):
        wanted = max(narrowed.matching[number].bit_count(), 1) if narrowed.is_all else narrowed.wanted
        have, missing = _offer(found, narrowed, others, number, wanted)
        groups.setdefault((have, wanted, missing), []).extend(spot.nodes)
    ranked = sorted(groups.items(), key=lambda item: (-item[0][0], _kind_rank(item[0][2]), min(item[1])))
    return tuple(NodeGroup(tuple(sorted(nodes)), have, wanted, missing) for (have, wanted, missing), nodes in ranked)


def _kind_rank(missing: tuple[Shortage, ...]) -> int:
    return max(
        (("none", "devices", "value", "condition", "class", "node", "nothing").index(each.kind) for each in missing),
        default=0,
    )


def _offer(
    found: Study, narrowed: Narrowed, others: tuple[StudiedRequest, ...], number: int, wanted: int
) -> tuple[int, tuple[Shortage, ...]]:
    """How many of the wanted devices a spot has, and what is missing there."""
    spot, left = found.spots[number], narrowed.left[number]
    have = min(_best(found, narrowed, spot, left), wanted)
    if spot.refusal is not None:
        kind, what = refusal_words(spot.refusal)
        return 0, (Shortage("node", kind, wanted=what or None),)
    if not spot.size:
        return 0, (Shortage("nothing"),)
    if not have and not narrowed.matching[number]:
        return 0, (_nearest_miss(narrowed, number, spot),)
    lacking = tuple(_lacks(other, number) for other in others if not other.ok[number])
    short = wanted - have
    if not short and not lacking:
        return have, ()
    attribute = narrowed.attributes[0] if len(narrowed.attributes) == 1 else None
    values = _values_with(found, spot, left, attribute, have) if attribute is not None and have and short else ()
    return have, (
        Shortage("devices", narrowed.funnel.noun, short, attribute if values else None, values, others=lacking),
    )


def _best(found: Study, narrowed: Narrowed, spot: Spot, left: int) -> int:
    """The most devices that the request could have there under its own constraints."""
    best = found.index.best(spot, left, narrowed.attributes)
    for distinct in narrowed.distinct:
        best = min(best, found.index.distinct(spot, left, distinct))
    return best


def _lacks(other: StudiedRequest, number: int) -> tuple[str, int]:
    """Another request, and how many devices its nearest alternative lacks where it cannot be served."""
    return other.name, max(min(one.wanted - one.left[number].bit_count() for one in other.alternatives), 1)


def _values_with(found: Study, spot: Spot, left: int, attribute: str, have: int) -> tuple[str, ...]:
    """The values that have so many devices left."""
    values = found.index.values(spot, attribute)
    return tuple(found.index.text(key) for key, bits in values.items() if (bits & left).bit_count() == have)


def _nearest_miss(narrowed: Narrowed, number: int, spot: Spot) -> Shortage:
    """What the devices that fail the fewest conditions have instead of what is wanted."""
    class_mask = spot.all_devices
    for each in narrowed.filters:
        if each.id == "class":
            class_mask &= each.passes[number]
    conditions = [each for each in narrowed.filters if each.id == "condition"]
    if not class_mask or not conditions:
        return Shortage("class", narrowed.demand.demand.device_class_name)
    failed, row, mask = _fewest_failures(conditions, class_mask, number)
    if row is None or failed == 0:
        return Shortage("condition", conditions[0].text)
    return _value_shortage(row, mask, spot)


def _fewest_failures(conditions: list[Filter], mask: int, number: int) -> tuple[int, Filter | None, int]:
    """The number of conditions that the nearest devices fail, the first of these, and the devices that fail it."""
    best: tuple[int, Filter | None, int] = (len(conditions) + 1, None, 0)
    for position in positions(mask):
        failing = [each for each in conditions if not each.passes[number] >> position & 1]
        if len(failing) < best[0]:
            best = (len(failing), failing[0] if failing else None, 1 << position)
        elif len(failing) == best[0] and failing and failing[0] is best[1]:
            best = (best[0], best[1], best[2] | 1 << position)
    return best


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
