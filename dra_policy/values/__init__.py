"""Exact arithmetic: Kubernetes quantities, semantic versions, typed attribute values."""

from dra_policy.values.attribute import (
    AttributeValue,
    JsonValue,
    ListValue,
    Unreadable,
    same_value,
    type_name,
    value_key,
)
from dra_policy.values.quantity import Quantity, QuantityError
from dra_policy.values.version import Version, VersionError

__all__ = [
    "AttributeValue",
    "JsonValue",
    "ListValue",
    "Quantity",
    "QuantityError",
    "Unreadable",
    "Version",
    "VersionError",
    "same_value",
    "type_name",
    "value_key",
]
