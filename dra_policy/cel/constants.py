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
from dra_policy.cel.syntax import SuffixedLiteral, Uint

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

TYPES_OF_CONSTANTS: dict[type, Type] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    Uint: UINT,
    float: DOUBLE,
    str: STRING,
    bytes: BYTES,
    SuffixedLiteral: DYN,
}
"""The type of a constant by its value's class."""
