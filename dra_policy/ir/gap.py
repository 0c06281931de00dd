"""How far a device's value is from what a comparison wants, and which published values come nearest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key

from dra_policy.ir.nodes import AnyLeaf, Comparison, Membership
from dra_policy.ir.printer import print_value
from dra_policy.ir.reading import OPPOSITE
from dra_policy.record import dataclass
from dra_policy.text.nearest import edit_distance
from dra_policy.values import AttributeValue, Quantity, Version, type_name

Ordered = int | str | Version | Quantity


@dataclass(frozen=True, slots=True)
class Absent:
    """The device does not publish it."""


@dataclass(frozen=True, slots=True)
class OtherType:
    """The value is of another type than the one it is compared with."""

    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Distance:
    """The value is ``amount`` below (``is_short``) or above the bound; an amount of zero is the bound itself."""

    amount: Quantity | int
    is_short: bool
    bound: Quantity | int


@dataclass(frozen=True, slots=True)
class Order:
    """The value stands on the wrong side of the bound, and has no distance from it (versions, texts)."""

    found: Ordered
    relation: str
    bound: Ordered


Gap = Absent | OtherType | Distance | Order


def effective_operator(leaf: Comparison) -> str:
    """The operator with the negation taken into it."""
    return OPPOSITE[leaf.operator] if leaf.negated else leaf.operator


def gap(leaf: AnyLeaf, actual: AttributeValue | None) -> Gap | None:
    """What separates the value from the one wanted; None where the value meets it or just is another one."""
    if not isinstance(leaf, Comparison | Membership):
        return None
    if actual is None:
        return Absent() if leaf.default is None else None
    wanted = leaf.constant if isinstance(leaf, Comparison) else leaf.constants[0]
    if type_name(actual) != type_name(wanted):
        return OtherType(type_name(actual), type_name(wanted))
    if isinstance(leaf, Membership) or effective_operator(leaf) in ("==", "!="):
        return None
    return _order(effective_operator(leaf), actual, wanted)


def _order(operator: str, actual: AttributeValue, bound: AttributeValue) -> Gap | None:
    compared = compare(actual, bound)
    if compared is None or _holds(operator, compared):
        return None
    is_short = operator in (">", ">=")
    match actual, bound:
        case Quantity() as found, Quantity() as limit:
            return Distance(limit.sub(found) if is_short else found.sub(limit), is_short, limit)
        case int() as found, int() as limit:
            return Distance(abs(limit - found), is_short, limit)
        case ((str() | Version() as found), (str() | Version() as limit)):
            return Order(found, "<" if compared < 0 else ">" if compared > 0 else "=", limit)
    return None


def compare(left: AttributeValue, right: AttributeValue) -> int | None:
    """-1, 0 or 1 as CEL orders two values of one type; None for types without order. Texts go by code point."""
    match left, right:
        case (bool(), _) | (_, bool()):
            return None
        case (int() as a, int() as b) | (str() as a, str() as b):
            return (a > b) - (a < b)  # type: ignore[operator]
        case (Quantity() as a, Quantity() as b) | (Version() as a, Version() as b):
            return (a > b) - (a < b)  # type: ignore[operator]
    return None


def _holds(operator: str, compared: int) -> bool:
    return {"<": compared < 0, "<=": compared <= 0, ">": compared > 0, ">=": compared >= 0}[operator]


def gap_reading(found: Gap) -> str:
    """The gap in a few words: ``short by 32Gi``, ``8.0.0 < 9.0.0``, ``not published``, ``is a string``."""
    match found:
        case Absent():
            return "not published"
        case OtherType(found=kind):
            return f"is {'an' if kind[0] in 'aeiou' else 'a'} {kind}"
        case Distance(amount=amount, is_short=is_short, bound=bound):
            if amount == (Quantity.of(0) if isinstance(amount, Quantity) else 0):
                return f"not {'more' if is_short else 'less'} than {bound}"
            return f"{'short' if is_short else 'over'} by {amount}"
        case Order(found=value, relation=relation, bound=bound):
            return f"{print_value(value)} {relation} {print_value(bound)}"


def nearest_values(leaf: AnyLeaf, published: Iterable[AttributeValue]) -> tuple[AttributeValue, ...]:
    """The published values of the wanted type that do not meet the comparison, nearest first.

    Orderable values go by distance from the bound, texts under ``==`` by edits, then in the order given. They are what
    a relaxed comparison could ask for; whether it then fits is for the allocator to say.
    """
    if not isinstance(leaf, Comparison):
        return ()
    bound, operator = leaf.constant, effective_operator(leaf)
    kind = type_name(bound)
    same = [value for value in dict.fromkeys(v for v in published if type_name(v) == kind) if value != bound]
    if operator in ("==", "!="):
        if operator == "==" and isinstance(bound, str):
            return tuple(sorted(same, key=lambda value: edit_distance(str(value).lower(), bound.lower())))
        return tuple(same) if operator == "==" else ()
    wrong = [value for value in same if (order := compare(value, bound)) is not None and not _holds(operator, order)]
    return tuple(sorted(wrong, key=cmp_to_key(_order_of), reverse=operator in (">", ">=")))


def _order_of(left: AttributeValue, right: AttributeValue) -> int:
    return compare(left, right) or 0
