"""Which rows of a request are needed to lose its last node: a smallest set of them, with the numbers that it leaves.

A row that is dropped without making the request fit is no part of the reason. What is said of the others is true of
every device that they leave, whatever else keeps it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from dra_policy.explain.filters import Filter
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import Study
from dra_policy.record import dataclass, replace

# What a request is about: never dropped.
_GIVEN = frozenset(("published", "pool", "node", "class"))
Part = TypeVar("Part")
_GROUPS = frozenset(("same-attribute", "distinct-attribute"))


@dataclass(frozen=True, slots=True)
class Needed:
    """Rows that together leave no node with enough; without any one of them some node has enough.

    ``rows`` are about single devices, those that a request is about (its class and what is usable) left out; ``given``
    are these. ``attributes`` and ``distinct`` are the constraints among them.
    """

    given: tuple[Filter, ...]
    rows: tuple[Filter, ...] = ()
    attributes: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()

    def masks(self, found: Study, without: Filter | None = None) -> tuple[int, ...]:
        """The devices that pass the rows, or all of them but one."""
        masks = tuple(spot.all_devices for spot in found.spots)
        for each in (*self.given, *self.rows):
            if each is not without:
                masks = tuple(left & right for left, right in zip(masks, each.passes, strict=True))
        return masks

    def numbers(self, found: Study) -> list[int]:
        """For each spot the most devices that can be had together there."""
        return [self._most(found, number, mask) for number, mask in enumerate(self.masks(found))]

    def _most(self, found: Study, number: int, mask: int) -> int:
        spot = found.spots[number]
        distinct = [found.index.distinct(spot, mask, one) for one in self.distinct]
        return min([found.index.best(spot, mask, self.attributes), *distinct])


def needed_rows(found: Study, narrowed: Narrowed, lost: Row) -> Needed:
    """The needed rows among the lost one and those above it; of several such sets one of what people wrote."""
    filters, kinds = _above(narrowed, lost)
    given = tuple(each for each in filters if _is_given(each, lost))
    rows = tuple(each for each in filters if not _is_given(each, lost))
    attributes, distinct = kinds
    needed = Needed(given, rows, attributes, distinct)
    for each in (*(row for row in rows if not row.is_written), *(row for row in rows[::-1] if row.is_written)):
        if lost.id in _GROUPS or each is not rows[-1]:
            needed = _dropped(found, narrowed, needed, replace(needed, rows=_without(needed.rows, each)))
    for name in attributes[: len(attributes) - (lost.id == "same-attribute")]:
        needed = _dropped(found, narrowed, needed, replace(needed, attributes=_without(needed.attributes, name)))
    for name in distinct[: len(distinct) - (lost.id == "distinct-attribute")]:
        needed = _dropped(found, narrowed, needed, replace(needed, distinct=_without(needed.distinct, name)))
    return needed


def _is_given(each: Filter, lost: Row) -> bool:
    # A class is a row of its own, or one for each of its conditions: these are in question where one of them loses.
    return each.id in _GIVEN or (each.owner == "class admin" and lost.owner != "class admin")


def _above(narrowed: Narrowed, lost: Row) -> tuple[tuple[Filter, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """The rows down to the lost one: about single devices, and the attributes of constraints."""
    if lost.id not in _GROUPS:
        index = next(i for i, each in enumerate(narrowed.filters) if (each.id, each.text) == (lost.id, lost.text))
        return narrowed.filters[: index + 1], ((), ())
    if lost.id == "same-attribute":
        return narrowed.filters, (narrowed.attributes[: narrowed.attributes.index(lost.name) + 1], ())
    return narrowed.filters, (narrowed.attributes, narrowed.distinct[: narrowed.distinct.index(lost.name) + 1])


def _without(parts: Sequence[Part], one: Part) -> tuple[Part, ...]:
    return tuple(each for each in parts if each is not one)


def _dropped(found: Study, narrowed: Narrowed, needed: Needed, fewer: Needed) -> Needed:
    """The set without a part where that serves no node either, else the set itself."""
    return needed if max(fewer.numbers(found), default=0) >= narrowed.wanted else fewer
