"""Short readings of conditions for people: ``memory >= 80Gi``, ``architecture is "Hopper"``, ``has ecc``.

An attribute is named by the last part of its name; the exact text stands in the node. A negated ordering is read as its
opposite, which is the same wherever both give an answer.
"""

from __future__ import annotations

import re

from dra_policy.ir.nodes import (
    AllOf,
    AnyLeaf,
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
from dra_policy.ir.path import Path
from dra_policy.ir.printer import print_value
from dra_policy.values import AttributeValue

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TEXT_FUNCTIONS = {
    "contains": ("contains", "does not contain"),
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "matches": ("matches", "does not match"),
}
# Texts, compiled at first use: `device.attributes["gpu.nvidia.com"].` and the like, then with an index.
_MAP_OF_DOMAIN = r"""device\.(?:attributes|capacity)\[(?:"[^"]*"|'[^']*')\]\.\??"""
_ENTRY_OF_DOMAIN = r"""device\.(?:attributes|capacity)\[(?:"[^"]*"|'[^']*')\]\[\??["'](\w+)["']\]"""
_TYPED_MAP_ENTRY = r"""device\.\w*[aA]ttributes\[(?:"(?:[^"/]*/)?([^"]*)"|'(?:[^'/]*/)?([^']*)')\]"""


def reading(predicate: Predicate) -> str:
    """The predicate in a few words; the parts of a compound are joined by ``and`` and ``or``."""
    match predicate:
        case AllOf(terms=terms):
            return " and ".join(_nested(term, AnyOf, Choice) for term in terms)
        case AnyOf(terms=terms):
            return " or ".join(_nested(term, AllOf, Choice) for term in terms)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return f"if {reading(condition)} then {reading(then)} else {reading(otherwise)}"
        case Constant(value=value):
            return "always true" if value else "never true"
        case leaf:
            return leaf_reading(leaf)


def _nested(term: Predicate, *in_parentheses: type) -> str:
    return f"({reading(term)})" if isinstance(term, in_parentheses) else reading(term)


def leaf_reading(leaf: AnyLeaf) -> str:
    """One leaf in a few words."""
    match leaf:
        case Comparison(path=path, operator=operator, constant=constant, negated=negated):
            return _comparison(path, OPPOSITE[operator] if negated else operator, constant)
        case Membership(path=path, constants=constants, negated=negated):
            return _membership(path, constants, negated=negated)
        case Presence(path=path, negated=negated):
            things = "attributes of " if path.is_whole and path.domain is not None else ""
            return f"{'has no' if negated else 'has'} {things}{path.short_name}"
        case Truth(path=path, negated=negated):
            return f"{'not ' if negated else ''}{path.short_name}"
        case TextMatch(path=path, function=function, pattern=pattern, negated=negated):
            return f"{path.short_name} {_TEXT_FUNCTIONS[function][negated]} {print_value(pattern)}"
        case CelLeaf(text=text, negated=negated):
            short = shorten(text)
            return short if not negated else f"not ({short})" if " " in short else f"not {short}"


def _comparison(path: Path, operator: str, constant: AttributeValue) -> str:
    if isinstance(constant, bool) and operator in ("==", "!="):
        return path.short_name if constant is (operator == "==") else f"not {path.short_name}"
    word = {"==": "is", "!=": "is not"}.get(operator, operator)
    return f"{path.short_name} {word} {print_value(constant)}"


def _membership(path: Path, constants: tuple[AttributeValue, ...], *, negated: bool) -> str:
    if len(constants) == 1:
        return _comparison(path, "!=" if negated else "==", constants[0])
    values = ", ".join(map(print_value, constants))
    return f"{path.short_name} is {'none of' if negated else 'one of'} {values}"


def shorten(text: str) -> str:
    """A CEL text with attributes shown by their last part: ``links.includes("nv2")``."""
    short = re.sub(_ENTRY_OF_DOMAIN, r"\1", re.sub(_MAP_OF_DOMAIN, "", text))
    short = re.sub(_TYPED_MAP_ENTRY, lambda found: found[1] or found[2] or "", short)
    return " ".join(short.split())
