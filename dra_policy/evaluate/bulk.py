"""Answer a predicate over all slices of a fleet at once, column by column (``columns.Rows``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from dra_policy.evaluate import masks as logic
from dra_policy.evaluate.columns import Column, ContentRows, Rows, SliceRows, weights_of
from dra_policy.evaluate.fast import quick_test, value_test
from dra_policy.evaluate.masks import Masks
from dra_policy.ir import AllOf, Answer, AnyLeaf, AnyOf, Choice, Constant, Predicate, children
from dra_policy.ir.walk import answer as answer_of

if TYPE_CHECKING:
    from dra_policy.fleet import LoadedSlice
    from dra_policy.fleet.contents import Contents

Known = Callable[[AnyLeaf, str], dict[Hashable, Answer]]
"""What is known of a leaf's program by the values it reads on a driver's devices; new answers are added to it."""


class Group:
    """The slices of one driver: how often each content stands there, and the devices slice by slice."""

    __slots__ = ("_by_slice", "has_unreadable", "rows", "slices", "unique_frames", "weights")

    def __init__(self, contents: Contents, slices: Sequence[LoadedSlice]) -> None:
        self.slices = slices
        numbers = Counter(map(attrgetter("frame"), slices))
        self.unique_frames = tuple(frame for frame in numbers if frame.unique)
        self.has_unreadable = contents.has_unreadable
        self.rows = ContentRows(contents)
        self.weights = weights_of(contents, numbers)
        self._by_slice: SliceRows | None = None

    def rows_of_slices(self) -> SliceRows:
        """The devices of all slices, with their own values of unique attributes."""
        if self._by_slice is None:
            self._by_slice = SliceRows(self.slices)
        return self._by_slice


class Published(Protocol):
    """What of a fleet is counted: slices, and the contents of their frames."""

    @property
    def current_slices(self) -> tuple[LoadedSlice, ...]:
        """The slices that publish devices."""

    @property
    def contents(self) -> tuple[Contents, ...]:
        """The different devices of their frames, driver by driver."""


def groups_of(fleet: Published) -> tuple[Group, ...]:
    """The slices that publish devices, by driver and dialect."""
    place_of = {frame: place for place, contents in enumerate(fleet.contents) for frame in contents.ends}
    slices: list[list[LoadedSlice]] = [[] for _ in fleet.contents]
    for each in fleet.current_slices:
        slices[place_of[each.frame]].append(each)
    return tuple(Group(contents, same) for contents, same in zip(fleet.contents, slices, strict=True) if same)


def number_of_true(predicate: Predicate, group: Group, known: Known, *, reads_unique: bool) -> int:
    """How many devices of the group's slices meet an interned predicate; all of them must be readable."""
    if reads_unique:
        rows = group.rows_of_slices()
        return rows.weights.of(masks_of_rows(predicate, rows, known).true)
    return group.weights.of(masks_of_rows(predicate, group.rows, known).true)


def masks_of_rows(predicate: Predicate, rows: Rows, known: Known) -> Masks:
    """The answers of an interned predicate on devices that can be read."""
    rows.limit()
    return _masks(predicate, rows, known)


def _masks(predicate: Predicate, rows: Rows, known: Known) -> Masks:
    found = rows.masks.get(id(predicate))
    if found is None:
        found = _computed(predicate, rows, known)
        ended = 0
        for part in children(predicate):
            ended |= rows.ended.get(id(part), 0)
        if ended:
            # Order matters to errors that nothing absorbs, and bit sets know no order.
            found = _asked(predicate, rows, ended, found)
            rows.ended[id(predicate)] = ended
        rows.masks[id(predicate)] = found
    return found


def _computed(predicate: Predicate, rows: Rows, known: Known) -> Masks:
    match predicate:
        case AllOf(terms=terms):
            return logic.conjunction((_masks(term, rows, known) for term in terms), rows.all)
        case AnyOf(terms=terms):
            return logic.disjunction((_masks(term, rows, known) for term in terms), rows.all)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return logic.choice(*(_masks(part, rows, known) for part in (condition, then, otherwise)))
        case Constant(value=value):
            return logic.constant(value=value, devices=rows.all)
        case leaf:
            masks = _leaf(leaf, rows, known(leaf, rows.driver))
            return logic.negation(masks) if leaf.negated else masks


def _leaf(leaf: AnyLeaf, rows: Rows, answers: dict[Hashable, Answer]) -> Masks:
    column = rows.column(leaf.paths)
    tested = _by_test(leaf, column)
    if tested is not None:
        true = column.bits(tested)
        return Masks(true, rows.all & ~true, 0)
    found = _by_program(leaf, rows, column, answers)
    true = column.bits([answer is True for answer in found])
    error = column.bits([answer is not True and answer is not False for answer in found])
    if error:
        ended = column.bits([not isinstance(answer, bool) and answer.ends_evaluation for answer in found])
        if ended:
            rows.ended[id(leaf)] = ended
    return Masks(true, rows.all & ~(true | error), error)


def _by_test(leaf: AnyLeaf, column: Column) -> list[bool] | None:
    """The answers from the values alone, where all of them are of the class that can be answered so."""
    fast = value_test(leaf)
    if fast is None:
        return None
    kind, test = fast
    if kind is object:
        return None if None in column.values else [True] * len(column.values)
    return list(map(test, column.values)) if column.kind is kind else None


def _by_program(leaf: AnyLeaf, rows: Rows, column: Column, answers: dict[Hashable, Answer]) -> list[Answer]:
    test = quick_test(leaf)
    for place, value in enumerate(column.values):
        if value not in answers:
            answer = test(value)
            answers[value] = leaf.program.evaluate(rows.device(column.row(place))) if answer is None else answer
    return [answers[value] for value in column.values]


def _asked(predicate: Predicate, rows: Rows, which: int, masks: Masks) -> Masks:
    """The masks with the rows of a bit set asked one by one."""
    true, false, error = (mask & ~which for mask in masks)
    while which:
        bit = which & -which
        which ^= bit
        match answer_of(predicate, rows.device(bit.bit_length() - 1)):
            case True:
                true |= bit
            case False:
                false |= bit
            case _:
                error |= bit
    return Masks(true, false, error)
