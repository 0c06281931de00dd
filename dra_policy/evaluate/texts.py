"""Answer a leaf over a unique attribute (uuid, serial, PCI address), whose texts are all different.

Asking the exact program for each would be too slow. For a text there is nothing special in CEL's equality, order,
prefix and suffix, so they are Python's; regular expressions are those of ``cel``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING

from dra_policy.evaluate.masks import Masks
from dra_policy.ir import AnyLeaf, Comparison, Membership, TextMatch
from dra_policy.ir.path import published_names

if TYPE_CHECKING:
    from dra_policy.fleet import Frame, LoadedSlice

TextTest = Callable[[str], bool]

# Code points are ordered like the bytes of UTF-8, by which CEL orders.
_ORDERS = {"<": lt, "<=": le, ">": gt, ">=": ge}


class UniqueTexts:
    """A leaf that reads one unique attribute of a frame and nothing else.

    ``absent`` are the devices that do not publish it, the same ones in all slices: the leaf's program answers for them.
    """

    __slots__ = ("_name", "_needle", "_test", "absent")

    def __init__(self, name: str, leaf: AnyLeaf, test: TextTest, frame: Frame) -> None:
        self._name = name
        self._test = test
        self._needle = _needle(leaf)
        self.absent = sum(1 << i for i, device in enumerate(frame.devices) if name not in device.attributes)

    def masks(self, loaded: LoadedSlice, of_absent: Masks) -> Masks:
        """The answers for one slice, given those for the devices that do not publish the attribute."""
        true = 0
        if self._needle is None or any(
            self._needle in texts for name, texts in loaded.unique_texts if name == self._name
        ):
            for index, text in enumerate(loaded.unique_column(self._name)):
                if text is not None and self._test(text):
                    true |= 1 << index
        false = loaded.frame.all_devices & ~(true | self.absent)
        return Masks(true | of_absent.true, false | of_absent.false, of_absent.error)


def unique_texts(leaf: AnyLeaf, frame: Frame) -> UniqueTexts | None:
    """The leaf over a frame's unique attribute; None where only the program knows its answers.

    A path without a domain is a prototype's, whose names have rules of their own. A frame that publishes something else
    that the path could mean is left to the program as well.
    """
    test = text_test(leaf)
    if test is None or len(leaf.paths) != 1 or leaf.paths[0].domain is None:
        return None
    names = set(published_names(leaf.paths[0], frame.driver))
    unique = names & frame.unique
    if len(unique) != 1 or any(not (names - unique).isdisjoint(device.attributes) for device in frame.devices):
        return None
    return UniqueTexts(unique.pop(), leaf, test, frame)


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
        case TextMatch(function="matches", pattern=pattern):
            return _pattern(pattern)
    return None


def _comparison(operator: str, constant: str) -> TextTest:
    if operator == "==":
        return constant.__eq__
    if operator == "!=":
        return constant.__ne__
    order = _ORDERS[operator]
    return lambda text: order(text, constant)


def _pattern(pattern: str) -> TextTest | None:
    from dra_policy.cel.data import Failure
    from dra_policy.cel.library.patterns import compiled

    expression = compiled(pattern)
    return None if isinstance(expression, Failure) else lambda text: expression.search(text) is not None


def _needle(leaf: AnyLeaf) -> bytes | None:
    """Bytes that a text must contain for the test to hold; most slices can be told by one search for them."""
    match leaf:
        case Comparison(operator="==", constant=str() as constant):
            return constant.encode()
        case TextMatch(function="startsWith" | "endsWith" | "contains", pattern=pattern):
            return pattern.encode()
    return None
