"""Attribute and capacity values as drivers publish them, in each dialect's spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dra_policy.values import (
    UNSUPPORTED,
    AttributeValue,
    JsonValue,
    ListValue,
    Quantity,
    QuantityError,
    Unreadable,
    Version,
    VersionError,
)

_KINDS = ("int", "bool", "string", "version")
_SINGULAR = frozenset(_KINDS)
_Amount = str | int | float
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def attribute_value(document: JsonValue, shows_lists: bool = True) -> AttributeValue:
    """The value of a ``resource.k8s.io`` DeviceAttribute (``{"int": 4}``), in the order in which Kubernetes looks.

    Without ``shows_lists`` it does not look at lists: an attribute that has nothing else has no value.
    """
    if not isinstance(document, dict):
        return Unreadable(str(document), UNSUPPORTED)
    if len(document) == 1:
        # As nearly all are; and there are many hundred in each slice that is new.
        (name,) = document
        written = document[name]
        if isinstance(written, str):
            if name == "string":
                return written
            if name == "version":
                return version(written)
        elif name == "int" and type(written) is int and _LEAST <= written <= _GREATEST:
            return written
        if name in _SINGULAR and written is not None:
            return _typed(name, written)
    kind, items = _first_list(document)
    if shows_lists and items is not None:
        return _list(kind, items)
    for kind in _KINDS:
        value = document.get(kind)
        if value is not None:
            return _typed(kind, value)
    return Unreadable("", UNSUPPORTED) if items is None else Unreadable(json.dumps(items), UNSUPPORTED, is_list=True)


def _first_list(document: Mapping[str, JsonValue]) -> tuple[str, list[JsonValue] | None]:
    for kind in _KINDS:
        items = document.get(f"{kind}s")
        if isinstance(items, list):
            return kind, items
    return "", None


def _typed(kind: str, value: JsonValue) -> AttributeValue:
    if isinstance(value, bool):
        return value if kind == "bool" else Unreadable(str(value), UNSUPPORTED)
    if isinstance(value, int) and kind == "int" and _LEAST <= value <= _GREATEST:
        return value
    if isinstance(value, str) and kind in ("string", "version"):
        return value if kind == "string" else version(value)
    if isinstance(value, _Amount) and kind == "quantity":
        return quantity(value)
    return Unreadable(str(value), UNSUPPORTED)


def _list(kind: str, items: list[JsonValue]) -> AttributeValue:
    values: list[bool | int | str | Version] = []
    for item in items:
        value = _typed(kind, item)
        if isinstance(value, Unreadable):
            return value
        if isinstance(value, bool | int | str | Version):
            values.append(value)
    return ListValue(kind, tuple(values))


def version(text: str) -> Version | Unreadable:
    """A version; one that cannot be read makes, in Kubernetes, every selector fail on its device."""
    try:
        return Version.parse(text)
    except VersionError as error:
        return Unreadable(text, f"parse semantic version: {error}")


def quantity(value: str | float) -> Quantity | Unreadable:
    """A quantity, written as a text or a number."""
    text = value if isinstance(value, str) else format(value, "g") if isinstance(value, float) else str(value)
    try:
        return Quantity.parse(text)
    except QuantityError as error:
        return Unreadable(text, str(error))


# The spellings of the prototypes' Go types, and of their sample files.
_NAMED = {
    "string": "string",
    "stringValue": "string",
    "int": "int",
    "intValue": "int",
    "bool": "bool",
    "boolValue": "bool",
    "quantity": "quantity",
    "quantityValue": "quantity",
    "version": "version",
    "semVerValue": "version",
}


def named_attributes(documents: JsonValue) -> dict[str, AttributeValue]:
    """The prototypes' attributes: a list of ``{"name": …, "string": …}``; a later one of a name stands."""
    found: dict[str, AttributeValue] = {}
    for document in documents if isinstance(documents, list) else []:
        if isinstance(document, dict) and isinstance(name := document.get("name"), str):
            found[name] = _named_value(document)
    return found


def _named_value(document: Mapping[str, JsonValue]) -> AttributeValue:
    for spelling, kind in _NAMED.items():
        value = document.get(spelling)
        if value is not None:
            return _typed(kind, value)
    return Unreadable("", UNSUPPORTED)


def named_amounts(documents: JsonValue) -> dict[str, Quantity | Unreadable]:
    """Amounts by name: a list of ``{"name": …, "capacity": …}``, or (k8srm's samples) a mapping.

    ``dialects.shared_amounts`` reports those that cannot be read.
    """
    pairs: list[tuple[JsonValue, JsonValue]] = []
    if isinstance(documents, dict):
        pairs = list(documents.items())
    elif isinstance(documents, list):
        pairs = [(each.get("name"), each.get("capacity")) for each in documents if isinstance(each, dict)]
    return {name: _amount(amount) for name, amount in pairs if isinstance(name, str) and amount is not None}


def _amount(value: JsonValue) -> Quantity | Unreadable:
    is_amount = isinstance(value, _Amount) and not isinstance(value, bool)
    return quantity(value) if is_amount else Unreadable(str(value), UNSUPPORTED)  # type: ignore[arg-type]
