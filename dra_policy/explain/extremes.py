"""What conditions want and what devices have instead, as arguments of reasons."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.explanation import ReasonValue
from dra_policy.explain.filters import Filter
from dra_policy.explain.found_values import devices_in, single_path, values_found
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Masks
from dra_policy.explain.study import Study
from dra_policy.explain.wording import model_of_masks, noun_of_masks
from dra_policy.ir import Comparison, Predicate, print_value, read
from dra_policy.ir.reading import OPPOSITE
from dra_policy.values import AttributeValue, Quantity, Version, type_name

_MOST_VALUES = 3


def comparison_of(predicate: Predicate | None) -> tuple[Comparison, str] | None:
    """A comparison and the operator that it amounts to, its negation taken in; None for anything else."""
    if not isinstance(predicate, Comparison):
        return None
    return predicate, OPPOSITE[predicate.operator] if predicate.negated else predicate.operator


def condition_arguments(found: Study, narrowed: Narrowed, row: Filter, base: Masks) -> dict[str, ReasonValue]:
    """The condition, and the extreme or the most frequent values of what it reads among the class's devices."""
    values, absent, _ = values_found(row, base, found.spots)
    compared = comparison_of(row.predicate)
    return {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "condition": row.text,
        "class": row.name or None,
        "wanted": narrowed.wanted,
        "best": 0,
        "operator": compared[1] if compared else None,
        "extreme": extreme(found, row, base),
        "values": tuple(f"{each.text} ({each.devices:,})" for each in values[:_MOST_VALUES]),
        "more": max(len(values) - _MOST_VALUES, 0),
        "absent": absent,
    }


def extreme(found: Study, row: Filter, base: Masks) -> str | None:
    """The published value that comes nearest to an ordering; None for other conditions or mixed types."""
    compared = comparison_of(row.predicate)
    path = single_path(row.predicate) if row.predicate is not None else None
    if compared is None or path is None or compared[1] in ("==", "!="):
        return None
    values = [value for device, _ in devices_in(found.spots, base, path) if (value := read(path, device)) is not None]
    nearest_value = furthest(values, largest=compared[1] in (">", ">="))
    return None if nearest_value is None else print_value(nearest_value)


def furthest(values: Sequence[AttributeValue], *, largest: bool) -> AttributeValue | None:
    """The largest or the smallest of some values; None for none, mixed types or types without order."""
    kinds = {type_name(value) for value in values}
    if len(kinds) != 1:
        return None
    best: AttributeValue | None = None
    for value in values:
        if best is None or (is_less(best, value) is largest and not _same(best, value)):
            best = value
    return best if kinds <= {"int", "quantity", "version", "string"} else None


def is_less(left: AttributeValue, right: AttributeValue) -> bool:
    """Order of two values of one type; False where they have none."""
    match left, right:
        case (Quantity(), Quantity()) | (Version(), Version()) | (int(), int()) | (str(), str()):
            return bool(left < right)  # type: ignore[operator]
        case _:
            return False


def _same(left: AttributeValue, right: AttributeValue) -> bool:
    return not is_less(left, right) and not is_less(right, left)


def disjoint_arguments(
    found: Study, narrowed: Narrowed, first: Filter, second: Filter, base: Masks
) -> dict[str, ReasonValue]:
    """Two conditions, and what the devices that meet one have where the other looks."""
    arguments: dict[str, ReasonValue] = {"request": narrowed.request, "noun": narrowed.funnel.noun}
    for name, own, other in (("first", first, second), ("second", second, first)):
        meeting = tuple(a & b for a, b in zip(own.passes, base, strict=True))
        values, absent, _ = values_found(other, meeting, found.spots)
        compared = comparison_of(own.predicate)
        arguments |= {
            name: own.text,
            f"{name}_attribute": compared[0].path.short_name if compared else None,
            f"{name}_operator": compared[1] if compared else None,
            f"{name}_constant": print_value(compared[0].constant) if compared else None,
            f"{name}_type": type_name(compared[0].constant) if compared else None,
            f"{name}_model": model_of_masks(found.spots, meeting),
            f"{name}_noun": noun_of_masks(found.spots, meeting),
            f"{name}_values": tuple(each.text for each in values[:_MOST_VALUES]),
            f"{name}_absent": absent,
        }
    return arguments


def gap_text(wanted: AttributeValue, have: AttributeValue) -> str | None:
    """How much a value is short of another: ``32Gi``; None for types without difference."""
    if isinstance(wanted, Quantity) and isinstance(have, Quantity):
        difference = wanted.sub(have) if have < wanted else have.sub(wanted)
        return difference.canonical()
    if type(wanted) is int and type(have) is int:
        return f"{abs(wanted - have):,}"
    return None
