"""Typed attribute values: what a driver can publish about a device."""

from __future__ import annotations

from dra_policy.record import dataclass
from dra_policy.values.quantity import Quantity
from dra_policy.values.version import Version

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list attribute; ``kind`` is ``int``, ``bool``, ``string`` or ``version``, the items are of that type."""

    kind: str
    items: tuple[bool | int | str | Version, ...]


# What Kubernetes says of an attribute without a value that it knows (cel: getAttributeValue).
UNSUPPORTED = "unsupported attribute value"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A published value that cannot be used; ``reason`` is Kubernetes' text (``parse semantic version: …``).

    In Kubernetes it fails every selector on its device. ``is_list``: a list, where Kubernetes does not know these.
    """

    text: str
    reason: str
    is_list: bool = False


# Python's bool is an int and True == 1: compare attribute values with ``same_value`` or ``value_key``, never with ==.
AttributeValue = bool | int | str | Version | Quantity | ListValue | Unreadable


def type_name(value: AttributeValue) -> str:
    """The type's name as messages print it: bool, int, string, version, quantity, ``list of …``, unreadable."""
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case str():
            return "string"
        case Version():
            return "version"
        case Quantity():
            return "quantity"
        case ListValue(kind=kind):
            return f"list of {kind}"
        case Unreadable():
            return "unreadable"


def value_key(value: AttributeValue) -> tuple[str, object]:
    """A hashable key that is equal exactly for values of the same type and content.

    Versions are compared as texts (``1.0.0`` is not ``1.0.0+b``), quantities by amount, as the allocators do.
    """
    match value:
        case Version():
            return "version", str(value)
        case _:
            return type_name(value), value


def same_value(left: AttributeValue, right: AttributeValue) -> bool:
    """Whether two values are of one type and equal as matchAttribute compares them (versions as texts)."""
    return value_key(left) == value_key(right)
