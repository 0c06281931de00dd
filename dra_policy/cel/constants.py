"""The types of what is written out in an expression: constants, and the names of types."""

from __future__ import annotations

from dra_policy.cel.kinds import (
    BOOL,
    BYTES,
    CIDR,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    IP,
    NULL,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    Type,
    list_of,
    map_of,
    optional_of,
    parameter,
)
from dra_policy.cel.syntax import LiteralValue, SuffixedLiteral, Uint

TYPES_BY_NAME: dict[str, Type] = {
    "list": list_of(parameter("A")),
    "map": map_of(parameter("A"), parameter("B")),
    "type": TYPE,
    "null_type": NULL,
    # Names that the checker takes for types, though no program can have them.
    "duration": DURATION,
    "timestamp": TIMESTAMP,
    "optional_type": optional_of(parameter("T")),
    **{type_.name: type_ for type_ in (BOOL, BYTES, DOUBLE, INT, STRING, UINT, DURATION, TIMESTAMP, IP, CIDR)},
}
"""What the name of a type stands for."""


def literal_type(value: LiteralValue) -> Type:
    """The type of a constant."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case Uint():
            return UINT
        case float():
            return DOUBLE
        case str():
            return STRING
        case bytes():
            return BYTES
        case SuffixedLiteral():
            return DYN
