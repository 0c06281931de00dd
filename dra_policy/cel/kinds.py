"""CEL's types: values that can be compared, substituted and printed as cel-go prints them (cel-go, common/types)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple


class Type(NamedTuple):
    """A type. ``kind`` is one of the names of scalar types, list, map, opaque, struct, type, param, dyn, any, error.

    Two types are equal if they are the same type, parameters included. ``name`` is the type's name at run time, for a
    type parameter the parameter's.
    """

    kind: str
    name: str
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        """As error messages of the checker print it."""
        return format_type(self)


NULL = Type("null", "null_type")
BOOL = Type("bool", "bool")
INT = Type("int", "int")
UINT = Type("uint", "uint")
DOUBLE = Type("double", "double")
STRING = Type("string", "string")
BYTES = Type("bytes", "bytes")
DURATION = Type("duration", "google.protobuf.Duration")
TIMESTAMP = Type("timestamp", "google.protobuf.Timestamp")
DYN = Type("dyn", "dyn")
ANY = Type("any", "google.protobuf.Any")
ERROR = Type("error", "error")
TYPE = Type("type", "type")

QUANTITY = Type("struct", "kubernetes.Quantity")
SEMVER = Type("struct", "kubernetes.Semver")
IP = Type("opaque", "net.IP")
CIDR = Type("opaque", "net.CIDR")
DEVICE = Type("struct", "kubernetes.DRADevice")

_OPTIONAL = "optional_type"


def list_of(element: Type) -> Type:
    """``list(element)``."""
    return Type("list", "list", (element,))


def map_of(key: Type, value: Type) -> Type:
    """``map(key, value)``."""
    return Type("map", "map", (key, value))


def optional_of(value: Type) -> Type:
    """``optional_type(value)``."""
    return Type("opaque", _OPTIONAL, (value,))


def wrapper_of(type_: Type) -> Type:
    """``wrapper(type)``: the type's values, or null."""
    return Type(type_.kind, f"wrapper({type_.name})")


def is_wrapper(type_: Type) -> bool:
    """Whether it is a scalar type that null belongs to."""
    return type_.name.startswith("wrapper(")


def type_of(type_: Type) -> Type:
    """The type of a type's name in an expression."""
    return Type("type", "type", (type_,))


def parameter(name: str) -> Type:
    """A type parameter of an overload, or a variable of the checker."""
    return Type("param", name)


def is_dyn(type_: Type) -> bool:
    """Whether anything can be assigned to it and from it."""
    return type_.kind in ("dyn", "any")


def is_dyn_or_error(type_: Type) -> bool:
    """Whether nothing more can be said about it."""
    return type_.kind in ("dyn", "any", "error")


def unwrap_optional(type_: Type) -> Type | None:
    """The type of an optional's value; None for any other type."""
    return type_.parameters[0] if type_.kind == "opaque" and type_.name == _OPTIONAL else None


_PRINTED = {"any": "any", "duration": "duration", "error": "!error!", "null": "null", "timestamp": "timestamp"}


def format_type(type_: Type) -> str:
    """The type as the checker's messages print it (cel-go, checker/format.go)."""
    printed = _PRINTED.get(type_.kind)
    if printed is not None:
        return printed
    if not type_.parameters:
        return type_.name
    return f"{type_.name}({', '.join(format_type(inner) for inner in type_.parameters)})"


def declared_name(type_: Type) -> str:
    """The type as declarations and the message about a result print it (cel-go, ``Type.String``)."""
    if type_.kind == "param":
        return f"<{type_.name}>"
    if not type_.parameters:
        return type_.name
    return f"{type_.name}({', '.join(declared_name(inner) for inner in type_.parameters)})"


_BY_NAME = {
    **{type_.name: type_ for type_ in (BOOL, INT, UINT, DOUBLE, STRING, BYTES, DYN, TYPE, NULL, IP, CIDR)},
    "any": ANY,
    "null": NULL,
    "duration": DURATION,
    "timestamp": TIMESTAMP,
    DURATION.name: DURATION,
    TIMESTAMP.name: TIMESTAMP,
    ANY.name: ANY,
}


@lru_cache(maxsize=256)
def read_type(text: str) -> Type:
    """The type that a declaration names: ``map(<K>,list(string))``, ``optional_type(<V>)``, ``kubernetes.Quantity``."""
    if text.startswith("<"):
        return parameter(text[1:-1])
    name, bracket, rest = text.partition("(")
    if not bracket:
        return _BY_NAME.get(name) or Type("struct", name)
    parameters = tuple(read_type(part.strip()) for part in _split(rest[:-1]))
    return Type(name if name in ("list", "map", "type") else "opaque", name, parameters)


def _split(text: str) -> Iterator[str]:
    depth = start = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def parameters_in(type_: Type) -> Iterator[str]:
    """The names of the type parameters that occur in a type."""
    if type_.kind == "param":
        yield type_.name
    for inner in type_.parameters:
        yield from parameters_in(inner)


def has_variable(type_: Type) -> bool:
    """Whether a type parameter occurs in a type."""
    return type_.kind == "param" or any(has_variable(inner) for inner in type_.parameters)


def renamed(type_: Type, names: Mapping[str, Type]) -> Type:
    """The type with its parameters replaced once, by name."""
    if type_.kind == "param":
        return names.get(type_.name, type_)
    if not type_.parameters:
        return type_
    return Type(type_.kind, type_.name, tuple(renamed(inner, names) for inner in type_.parameters))


def is_equivalent(left: Type, right: Type) -> bool:
    """Whether two types are the same but for the names of type parameters."""
    if left.kind != right.kind or len(left.parameters) != len(right.parameters):
        return False
    if left.kind != "param" and left.name != right.name:
        return False
    return all(is_equivalent(one, other) for one, other in zip(left.parameters, right.parameters, strict=True))
