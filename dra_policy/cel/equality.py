"""Equality and order of CEL values, with cel-go's asymmetries (common/types, Kubernetes' pkg/cel)."""

from __future__ import annotations

import math

from dra_policy.cel.data import (
    ABSENT,
    NO_OVERLOAD,
    ComputedQuantity,
    Duration,
    Failure,
    MapValue,
    OptionalValue,
    Timestamp,
    TypeValue,
    UInt,
    Value,
)
from dra_policy.values import Quantity, Version

NUMBERS = frozenset({int, UInt, float})
# Types of libraries that refuse to be compared with any other type; the value says how two of them are compared.
LIBRARY_EQUALITY: dict[type, object] = {}


def equals(left: Value, right: Value) -> bool | Failure:
    """``left == right``: a Failure only where the left operand's type refuses the right one's.

    Numbers of different types are compared by amount, other values of different types differ. Quantities, versions
    and Kubernetes' other types on the left side refuse anything else: ``version == "1.0.0"`` is an error while
    ``"1.0.0" == version`` is false.
    """
    kind = left.__class__
    if kind is right.__class__ and (kind is str or kind is int or kind is bool):
        return left == right
    if left is None or right is None:
        return left is right
    if kind in NUMBERS:
        return right.__class__ in NUMBERS and _same_numbers(left, right)
    if kind is str or kind is bool or kind is bytes:
        return right.__class__ is kind and left == right
    return _equals_other(left, right)


def _same_numbers(left: Value, right: Value) -> bool:
    # cel-go rounds an integer to a double before it compares the two.
    if left.__class__ is float or right.__class__ is float:
        return float(left) == float(right)  # type: ignore[arg-type]
    return left == right


def _equals_other(left: Value, right: Value) -> bool | Failure:
    match left:
        case Quantity():
            return left == right if isinstance(right, Quantity) else Failure(NO_OVERLOAD)
        case ComputedQuantity():
            return left.quantity == right if isinstance(right, Quantity) else Failure(NO_OVERLOAD)
        case Version():
            return left == right if isinstance(right, Version) else Failure(NO_OVERLOAD)
        case list():
            return isinstance(right, list) and _same_lists(left, right)
        case MapValue():
            return isinstance(right, MapValue) and _same_maps(left, right)
        case OptionalValue():
            return _same_optionals(left, right)
        case TypeValue():
            return isinstance(right, TypeValue) and left.name == right.name
        case Duration():
            return isinstance(right, Duration) and left.nanoseconds == right.nanoseconds
        case Timestamp():
            return isinstance(right, Timestamp) and left.nanoseconds == right.nanoseconds
    if right.__class__ is not left.__class__:
        return Failure(NO_OVERLOAD)
    same = LIBRARY_EQUALITY[left.__class__]
    return same(left, right)  # type: ignore[operator, no-any-return]


def _same_optionals(left: OptionalValue, right: Value) -> bool | Failure:
    if not isinstance(right, OptionalValue):
        return False
    if not left.has_value or not right.has_value:
        return left.has_value == right.has_value
    return equals(left.value, right.value)


def _same_lists(left: list[Value], right: list[Value]) -> bool:
    # cel-go takes elements that refuse to be compared for equal: only a plain false tells lists apart.
    return len(left) == len(right) and all(
        equals(one, other) is not False for one, other in zip(left, right, strict=True)
    )


def _same_maps(left: MapValue, right: MapValue) -> bool:
    if len(left) != len(right):
        return False
    for key, value in left.all_items():
        # A look-up, so that a map with a default has every key.
        other = right.find(key)
        if other is ABSENT or equals(value, other) is False:
            return False
    return True


def contains(container: list[Value], element: Value) -> bool:
    """``element in container``; elements that refuse to be compared are passed over."""
    return any(equals(element, item) is True for item in container)


def compare(left: Value, right: Value) -> int | Failure:
    """-1, 0 or 1 as ``<`` and its kin see two values; a Failure where they have no order."""
    kind = left.__class__
    if kind in NUMBERS:
        if right.__class__ not in NUMBERS:
            return _without_order(left)
        if left != left or right != right:  # noqa: PLR0124
            return Failure("NaN values cannot be ordered")
        if kind is float or right.__class__ is float:
            return _sign(float(left), float(right))  # type: ignore[arg-type]
        return _sign(left, right)
    if kind is not right.__class__:
        return Failure(NO_OVERLOAD)
    match left, right:
        # Strings are ordered by their UTF-8 bytes; code points sort alike.
        case (str(), str()) | (bool(), bool()) | (bytes(), bytes()):
            return _sign(left, right)
        case Duration(nanoseconds=one), Duration(nanoseconds=other):
            return _sign(one, other)
        case Timestamp(nanoseconds=one), Timestamp(nanoseconds=other):
            return _sign(one, other)
    return Failure(NO_OVERLOAD)


def _sign(left: Value, right: Value) -> int:
    return int(left > right) - int(left < right)  # type: ignore[operator]


def _without_order(left: Value) -> Failure:
    if isinstance(left, float) and math.isnan(left):
        return Failure("NaN values cannot be ordered")
    return Failure(NO_OVERLOAD)


def is_zero(value: Value) -> bool:
    """Whether ``optional.ofNonZeroValue`` makes none of it."""
    match value:
        case None:
            return True
        case bool() | int() | float() | str() | bytes() | list():
            return not value
        case MapValue():
            return len(value) == 0
        case Duration():
            return value.nanoseconds == 0
        case Timestamp():
            return value.nanoseconds == YEAR_ONE
    return False


YEAR_ONE = -62135596800 * 10**9
