"""Answer a leaf over texts that are all different, where asking the exact program for each would be too slow.

Unique attributes (uuid, serial, PCI address) are texts. For a text there is nothing special in CEL's equality, order,
prefix and suffix, so they are Python's; regular expressions are RE2's and are left to the program.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt

from dra_policy.ir import AnyLeaf, Comparison, Membership, TextMatch

TextTest = Callable[[str], bool]

# Code points are ordered like the bytes of UTF-8, by which CEL orders.
_ORDERS = {"<": lt, "<=": le, ">": gt, ">=": ge}


def text_test(leaf: AnyLeaf) -> TextTest | None:
    """What the leaf's program answers for a device that publishes a text, as a function of the text.

    None where only the program knows. The leaf's negation is not in it.
    """
    match leaf:
        case Comparison(operator=operator, constant=str() as constant):
            return _comparison(operator, constant)
        case Membership(constants=constants) if all(isinstance(each, str) for each in constants):
            return frozenset(constants).__contains__
        case TextMatch(function="startsWith", pattern=pattern):
            return lambda text: text.startswith(pattern)
        case TextMatch(function="endsWith", pattern=pattern):
            return lambda text: text.endswith(pattern)
        case TextMatch(function="contains", pattern=pattern):
            return lambda text: pattern in text
    return None


def _comparison(operator: str, constant: str) -> TextTest:
    if operator == "==":
        return constant.__eq__
    if operator == "!=":
        return constant.__ne__
    order = _ORDERS[operator]
    return lambda text: order(text, constant)
