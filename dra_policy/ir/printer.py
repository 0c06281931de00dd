"""Print a predicate as an indented tree, for debugging and for the tests of the passes."""

from __future__ import annotations

from dra_policy.ir.nodes import (
    AllOf,
    AnyOf,
    CelLeaf,
    Choice,
    Comparison,
    Constant,
    Membership,
    Predicate,
    Presence,
    TextMatch,
    Truth,
)
from dra_policy.ir.walk import children
from dra_policy.values import AttributeValue, ListValue, Unreadable


def print_predicate(predicate: Predicate) -> str:
    """One node a line, parts indented by two spaces; leaves with their kind and what they test.

    ``all`` / ``  == gpu.nvidia.com/model "H100"`` / ``  not has gpu.nvidia.com/ecc``.
    """
    return "\n".join(_lines(predicate, ""))


def _lines(predicate: Predicate, indent: str) -> list[str]:
    return [indent + _head(predicate), *(line for part in children(predicate) for line in _lines(part, indent + "  "))]


def _head(predicate: Predicate) -> str:
    match predicate:
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case Choice():
            return "choice"
        case Constant(value=value):
            return "true" if value else "false"
        case leaf:
            return ("not " if leaf.negated else "") + _leaf(leaf)


def _leaf(leaf: Comparison | Membership | Presence | Truth | TextMatch | CelLeaf) -> str:
    match leaf:
        case Comparison(path=path, operator=operator, constant=constant, default=default):
            return f"{operator} {path.full_name} {print_value(constant)}{_default(default)}"
        case Membership(path=path, constants=constants, default=default):
            return f"in {path.full_name} [{', '.join(map(print_value, constants))}]{_default(default)}"
        case Presence(path=path):
            return f"has {path.full_name}"
        case Truth(path=path, default=default):
            return f"is {path.full_name}{_default(default)}"
        case TextMatch(path=path, function=function, pattern=pattern, default=default):
            return f"{function} {path.full_name} {print_value(pattern)}{_default(default)}"
        case CelLeaf(text=text, paths=paths):
            return f"cel {text} reads [{', '.join(path.full_name for path in paths)}]"


def _default(default: AttributeValue | None) -> str:
    return "" if default is None else f" else {print_value(default)}"


def print_value(value: AttributeValue) -> str:
    """The value as CEL would spell it where it can: texts in double quotes, booleans in lower case.

    What cannot be read is printed as it was published, with a mark.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        case ListValue(items=items):
            return f"[{', '.join(map(print_value, items))}]"
        case Unreadable(text=text):
            return f"{print_value(text)} (unreadable)" if text else "(unreadable)"
        case _:
            return str(value)
