"""The constants of CEL expressions that the IR can hold: literals, ``quantity("…")``, ``semver("…")``."""

from __future__ import annotations

from dra_policy.cel.syntax import Call, Expression, ListLiteral, Literal
from dra_policy.values import AttributeValue, Quantity, QuantityError, Version, VersionError


def constant(node: Expression) -> AttributeValue | None:
    """The value that the node has on every device; None where it is none of the IR's, or an error.

    Unsigned and floating literals are not values that a driver can publish, so they are left to CEL.
    """
    if isinstance(node, Literal):
        return node.value if isinstance(node.value, str | int) else None
    match node:
        case Call(function="-_", target=None, arguments=(Literal(value=int() as value),)) if not isinstance(
            value, bool
        ):
            return -value
        case Call(function="quantity", target=None, arguments=(Literal(value=str() as text),)):
            return _quantity(text)
        case Call(function="semver", target=None, arguments=(Literal(value=str() as text),)):
            return _version(text)
        case Call(
            function="semver", target=None, arguments=(Literal(value=str() as text), Literal(value=bool() as normalize))
        ):
            return _version(text, normalize=normalize)
    return None


def constants(node: Expression) -> tuple[AttributeValue, ...] | None:
    """The values of a list literal without optional elements; None if one of them is not constant."""
    if not isinstance(node, ListLiteral) or node.optional_indices:
        return None
    values = tuple(value for value in map(constant, node.elements) if value is not None)
    return values if len(values) == len(node.elements) else None


def _quantity(text: str) -> Quantity | None:
    try:
        return Quantity.parse(text)
    except QuantityError:
        return None


def _version(text: str, *, normalize: bool = False) -> Version | None:
    try:
        return Version.parse_normalized(text) if normalize else Version.parse(text)
    except VersionError:
        return None
