"""Answer a leaf over a unique attribute (uuid, serial, PCI address) slice by slice.

All texts are different there, so that asking the exact program for each would be too slow: see ``fast``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dra_policy.evaluate.fast import LONGEST_TEXT, ValueTest, value_test
from dra_policy.evaluate.masks import Masks
from dra_policy.ir import AnyLeaf, Comparison, TextMatch
from dra_policy.ir.path import published_names

if TYPE_CHECKING:
    from dra_policy.fleet import Frame, LoadedSlice


class UniqueTexts:
    """A leaf that reads one unique attribute of a frame and nothing else.

    ``absent`` are the devices that do not publish it, the same ones in all slices: the leaf's program answers for them.
    """

    __slots__ = ("_name", "_needle", "_test", "absent")

    def __init__(self, name: str, leaf: AnyLeaf, test: ValueTest, frame: Frame) -> None:
        self._name = name
        self._test = test
        self._needle = _needle(leaf)
        self.absent = sum(1 << i for i, device in enumerate(frame.devices) if name not in device.attributes)

    def masks(self, loaded: LoadedSlice, of_absent: Masks) -> Masks | None:
        """The answers for one slice, given those for the devices that do not publish the attribute.

        None where a text is so long that the program has to be asked.
        """
        true = 0
        texts = dict(loaded.unique_texts)[self._name]
        if len(texts) > LONGEST_TEXT and max(map(len, texts.split(b"\0"))) > LONGEST_TEXT:
            return None
        if self._needle is None or self._needle in texts:
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


def text_test(leaf: AnyLeaf) -> ValueTest | None:
    """What the leaf's program answers for a device that publishes a text; None where only the program knows."""
    found = value_test(leaf)
    return found[1] if found is not None and found[0] is str else None


def _needle(leaf: AnyLeaf) -> bytes | None:
    """Bytes that a text must contain for the test to hold; most slices can be told by one search for them."""
    match leaf:
        case Comparison(operator="==", constant=str() as constant):
            return constant.encode()
        case TextMatch(function="startsWith" | "endsWith" | "contains", pattern=pattern):
            return pattern.encode()
    return None
