"""The constants of CEL expressions that the IR can hold: literals, ``quantity("…")``, ``semver("…")``."""

from __future__ import annotations

from dra_policy.cel.syntax import Call, Expression, ListLiteral, Literal
from dra_policy.values import AttributeValue, Quantity, QuantityError, Version, VersionError


def constant(node: Expression) -> AttributeValue | None:
    """The value that the node has on every device; None where it is none of the IR's, or an error.

    Unsigned and floating literals are not values that a driver can publish, so they are left to CEL.
    """
    match node:
        case Literal(value=bool() | str() as value):
            return value
        case Literal(value=int() as value):
            return value
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
            return _version(normalized(text) if normalize else text)
    return None


def constants(node: Expression) -> tuple[AttributeValue, ...] | None:
    """The values of a list literal without optional elements; None if one of them is not constant."""
    if not isinstance(node, ListLiteral) or node.optional_indices:
        return None
    values = tuple(value for value in map(constant, node.elements) if value is not None)
    return values if len(values) == len(node.elements) else None


def normalized(text: str) -> str:
    """A version text as ``semver(text, true)`` reads it: no leading ``v``, no leading zeros, three numbers.

    The text itself where the rule does not apply (a short version with a suffix); it is then no version either.
    """
    numbers, separator, suffix = text.removeprefix("v").partition("-" if "-" in text else "+")
    parts = [part.lstrip("0") or part[:1] for part in numbers.split(".")]
    if separator and len(parts) < 3:
        return text
    return ".".join([*parts, "0", "0"][: max(3, len(parts))]) + separator + suffix


def _quantity(text: str) -> Quantity | None:
    try:
        return Quantity.parse(text)
    except QuantityError:
        return None


def _version(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except VersionError:
        return None
