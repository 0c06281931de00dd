"""Quantities and semantic versions (k8s.io/apiserver pkg/cel/library quantity and semver)."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.cel.data import NO_OVERLOAD, ComputedQuantity, Failure, Value
from dra_policy.cel.functions import Function, Overload
from dra_policy.values import Quantity, QuantityError, Version, VersionError

QUANTITY = "kubernetes.Quantity"
SEMVER = "kubernetes.Semver"
AnyQuantity = Quantity | ComputedQuantity


def amount(value: AnyQuantity) -> Quantity:
    """The quantity itself, computed or not."""
    return value.quantity if isinstance(value, ComputedQuantity) else value


def _quantity(text: str) -> Value:
    try:
        known = Quantity.parse(text)
    except QuantityError as problem:
        return Failure(str(problem))
    # A new object each time: as a key of a map only the same one is found.
    return Quantity(known.unscaled, known.scale, known.format, known.is_decimal, known.text, known.keeps_text)


def _is_quantity(text: str) -> Value:
    return not isinstance(_quantity(text), Failure)


def _as_integer(value: AnyQuantity) -> Value:
    if not amount(value).is_integer:
        return Failure("cannot convert value to integer")
    return amount(value).as_integer()


def _add(value: AnyQuantity, other: AnyQuantity | int) -> Value:
    return _computed(Quantity.add, value, other)


def _sub(value: AnyQuantity, other: AnyQuantity | int) -> Value:
    return _computed(Quantity.sub, value, other)


def _computed(
    operation: Callable[[Quantity, Quantity], Quantity], value: AnyQuantity, other: AnyQuantity | int
) -> Value:
    try:
        return ComputedQuantity(operation(amount(value), _operand(other)))
    except QuantityError as problem:
        return Failure(str(problem))


def _operand(other: AnyQuantity | int) -> Quantity:
    return Quantity.of(other) if isinstance(other, int) else amount(other)


QUANTITIES = (
    Function("quantity", (Overload("string_to_quantity", ("string",), _quantity),)),
    Function("isQuantity", (Overload("is_quantity_string", ("string",), _is_quantity),)),
    Function("sign", (Overload("quantity_sign", (QUANTITY,), lambda value: amount(value).sign()),)),
    Function(
        "isGreaterThan",
        (
            Overload(
                "quantity_is_greater_than",
                (QUANTITY, QUANTITY),
                lambda value, other: amount(value).compare(amount(other)) > 0,
            ),
        ),
    ),
    Function(
        "isLessThan",
        (
            Overload(
                "quantity_is_less_than",
                (QUANTITY, QUANTITY),
                lambda value, other: amount(value).compare(amount(other)) < 0,
            ),
        ),
    ),
    Function(
        "compareTo",
        (
            Overload(
                "quantity_compare_to",
                (QUANTITY, QUANTITY),
                lambda value, other: amount(value).compare(amount(other)),
            ),
        ),
    ),
    Function(
        "asApproximateFloat",
        (Overload("quantity_get_float", (QUANTITY,), lambda value: amount(value).as_approximate_float()),),
    ),
    Function("asInteger", (Overload("quantity_get_int", (QUANTITY,), _as_integer),)),
    Function("isInteger", (Overload("quantity_is_integer", (QUANTITY,), lambda value: amount(value).is_integer),)),
    Function(
        "add",
        (
            Overload("quantity_add", (QUANTITY, QUANTITY), _add),
            Overload("quantity_add_int", (QUANTITY, "int"), _add),
        ),
    ),
    Function(
        "sub",
        (
            Overload("quantity_sub", (QUANTITY, QUANTITY), _sub),
            Overload("quantity_sub_int", (QUANTITY, "int"), _sub),
        ),
    ),
)


def _total(items: list[AnyQuantity]) -> Value:
    total = Quantity.of(0)
    for item in items:
        if not isinstance(item, AnyQuantity):
            return Failure(NO_OVERLOAD)
        total = total.add(amount(item))
    return total


def _extreme(name: str, sign: int) -> Callable[[list[AnyQuantity]], Value]:
    def find(items: list[AnyQuantity]) -> Value:
        if not items:
            return Failure(f"{name} called on empty list")
        if not all(isinstance(item, AnyQuantity) for item in items):
            return Failure(NO_OVERLOAD)
        best = amount(items[0])
        for item in items[1:]:
            if amount(item).compare(best) * sign > 0:
                best = amount(item)
        return best

    return find


_LIST = (f"list({QUANTITY})",)

# Only the rules of policies declare these.
OF_LISTS = (
    Function("sum", (Overload("list_quantity_sum_quantity", _LIST, _total),)),
    Function("min", (Overload("list_quantity_min_quantity", _LIST, _extreme("min", -1)),)),
    Function("max", (Overload("list_quantity_max_quantity", _LIST, _extreme("max", 1)),)),
    Function(
        "compareTo",
        (
            Overload(
                "int_compare_to_quantity",
                ("int", QUANTITY),
                lambda value, other: _operand(value).compare(amount(other)),
            ),
            Overload(
                "quantity_compare_to_int",
                (QUANTITY, "int"),
                lambda value, other: amount(value).compare(_operand(other)),
            ),
        ),
    ),
    Function(
        "add", (Overload("int_add_quantity", ("int", QUANTITY), lambda value, other: _add(_operand(value), other)),)
    ),
    Function(
        "sub", (Overload("int_sub_quantity", ("int", QUANTITY), lambda value, other: _sub(_operand(value), other)),)
    ),
)


def _semver(text: str, normalize: bool = False) -> Value:
    try:
        return Version.parse_normalized(text) if normalize else Version.parse(text)
    except VersionError as problem:
        return Failure(str(problem))


def _is_semver(text: str, normalize: bool = False) -> Value:
    return not isinstance(_semver(text, normalize), Failure)


def _part(value: int) -> int:
    """A part of a version as CEL int: Go turns the unsigned number round past 2**63."""
    return value - 2**64 if value >= 2**63 else value


SEMVERS = (
    Function(
        "semver",
        (
            Overload("string_to_semver", ("string",), _semver),
            Overload("string_bool_to_semver", ("string", "bool"), _semver),
        ),
    ),
    Function(
        "isSemver",
        (
            Overload("is_semver_string", ("string",), _is_semver),
            Overload("is_semver_string_bool", ("string", "bool"), _is_semver),
        ),
    ),
    Function(
        "isGreaterThan",
        (Overload("semver_is_greater_than", (SEMVER, SEMVER), lambda value, other: value.compare(other) > 0),),
    ),
    Function(
        "isLessThan",
        (Overload("semver_is_less_than", (SEMVER, SEMVER), lambda value, other: value.compare(other) < 0),),
    ),
    Function(
        "compareTo", (Overload("semver_compare_to", (SEMVER, SEMVER), lambda value, other: value.compare(other)),)
    ),
    Function("major", (Overload("semver_major", (SEMVER,), lambda value: _part(value.major)),)),
    Function("minor", (Overload("semver_minor", (SEMVER,), lambda value: _part(value.minor)),)),
    Function("patch", (Overload("semver_patch", (SEMVER,), lambda value: _part(value.patch)),)),
)
