"""Three bit sets over the devices of a frame (true, false, error) and CEL's logic on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Masks(NamedTuple):
    """The answers of a predicate over some devices: bit ``i`` of exactly one set is 1 for device ``i``."""

    true: int
    false: int
    error: int

    @property
    def all(self) -> int:
        """The devices that were asked."""
        return self.true | self.false | self.error


def constant(*, value: bool, devices: int) -> Masks:
    """The same answer for all devices of the bit set."""
    return Masks(devices, 0, 0) if value else Masks(0, devices, 0)


def negation(masks: Masks) -> Masks:
    """True and false swapped; errors stay."""
    return Masks(masks.false, masks.true, masks.error)


def conjunction(terms: Iterable[Masks], devices: int) -> Masks:
    """All hold: one false decides, whatever fails before or after it (cel-spec, logical operators)."""
    true, false = devices, 0
    for term in terms:
        true &= term.true
        false |= term.false
        if false == devices:
            # No further term is asked, as in CEL.
            break
    return Masks(true, false, devices & ~(true | false))


def disjunction(terms: Iterable[Masks], devices: int) -> Masks:
    """One holds: one true decides, whatever fails before or after it."""
    true, false = 0, devices
    for term in terms:
        true |= term.true
        false &= term.false
        if true == devices:
            break
    return Masks(true, false, devices & ~(true | false))


def choice(condition: Masks, then: Masks, otherwise: Masks) -> Masks:
    """``condition ? then : otherwise``: an error of the condition stands, the branch that is not taken does not."""
    return Masks(
        condition.true & then.true | condition.false & otherwise.true,
        condition.true & then.false | condition.false & otherwise.false,
        condition.error | condition.true & then.error | condition.false & otherwise.error,
    )
