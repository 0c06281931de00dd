"""Exact arithmetic: Kubernetes quantities, semantic versions, typed attribute values."""

from dra_policy.values.attribute import (
    UNSUPPORTED,
    AttributeValue,
    JsonValue,
    ListValue,
    Unreadable,
    same_value,
    type_name,
    value_key,
)
from dra_policy.values.int64 import MAX_INT64, parse_int64, truncated_quotient, wrap_int64
from dra_policy.values.quantity import Quantity, QuantityError
from dra_policy.values.version import Version, VersionError

__all__ = [
    "MAX_INT64",
    "UNSUPPORTED",
    "AttributeValue",
    "JsonValue",
    "ListValue",
    "Quantity",
    "QuantityError",
    "Unreadable",
    "Version",
    "VersionError",
    "parse_int64",
    "same_value",
    "truncated_quotient",
    "type_name",
    "value_key",
    "wrap_int64",
]
