"""Answer predicates over the devices of a fleet: once per distinct tuple of the values that a leaf reads.

A leaf's answers are kept by (program, driver, values), a predicate's masks by (predicate, frame). Both outlive claims
and changes of the fleet: a new selector is evaluated on the distinct values only, a new slice on new frames only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from dra_policy.collector import collector_off
from dra_policy.evaluate import masks as logic
from dra_policy.evaluate.blame import verdict
from dra_policy.evaluate.bulk import Group, Published, groups_of, number_of_true
from dra_policy.evaluate.fast import quick_test
from dra_policy.evaluate.masks import Masks
from dra_policy.evaluate.texts import UniqueTexts, unique_texts
from dra_policy.evaluate.tracing import Question, failure_of, predicate_of, trace
from dra_policy.evaluate.verdict import DeviceVerdict
from dra_policy.ir import (
    AllOf,
    Answer,
    AnyLeaf,
    AnyOf,
    CelFailure,
    CelProgram,
    Choice,
    Condition,
    Constant,
    Interner,
    Leaf,
    Path,
    Predicate,
    Presence,
    children,
    leaves,
)
from dra_policy.ir.device_reader import DeviceReader
from dra_policy.ir.path import column, published_names
from dra_policy.ir.walk import answer as answer_of
from dra_policy.model import Device

if TYPE_CHECKING:
    from dra_policy.fleet import Frame, LoadedSlice

# Where a process goes on for weeks, one-time selectors must not pile up: with that many different nodes or objects
# asked for, everything is forgotten and computed anew when it is asked for again. Columns are the frames', a few each.
_MOST_NODES = 50_000
_MOST_LOOKUPS = 200_000

# What slices of one frame have in common: only values of attributes differ from slice to slice.
_ALIKE_IN_SLICES = frozenset(("driver", "capacity", "allowMultipleAllocations"))


class Evaluator:
    """The answers that were computed so far. Keep one as long as the fleet; ``forget`` frames that are gone."""

    __slots__ = ("_answers", "_counted", "_frames", "_interned", "_interner")

    def __init__(self) -> None:
        self._interner = Interner()
        # By the identity of the predicate asked for, which is kept here so that no other one can get its identity.
        self._interned: dict[int, tuple[Predicate, Predicate]] = {}
        self._answers: dict[tuple[int, str], _LeafAnswers] = {}
        self._frames: dict[Frame, _Devices] = {}
        self._counted: tuple[tuple[LoadedSlice, ...], tuple[Group, ...]] | None = None

    def masks(self, question: Question, frame: Frame) -> Masks:
        """The answers on the frame's devices, as the frame has them; bit ``i`` is ``frame.devices[i]``.

        Where the question reads a unique attribute (``reads_unique``), each slice has answers of its own: ask for
        ``slice_masks`` then. A condition's answers are exactly its program's.
        """
        predicate = self._interned_of(question)
        return self._question(question, predicate, self._of_frame(frame))

    def slice_masks(self, question: Question, loaded: LoadedSlice) -> Masks:
        """The answers on a slice's devices, with the slice's own values of unique attributes."""
        predicate = self._interned_of(question)
        of_frame = self._of_frame(loaded.frame)
        if not of_frame.reads_unique(predicate):
            return self._question(question, predicate, of_frame)
        return self._question(question, predicate, _Devices(loaded.frame, of_frame, loaded))

    def reads_unique(self, question: Question, frame: Frame) -> bool:
        """Whether slices of the frame have answers of their own; as the function of that name, but remembered."""
        predicate = self._interned_of(question)
        return self._of_frame(frame).reads_unique(predicate)

    def meaning(self, question: Question) -> Predicate:
        """The one object for all questions that mean the same, as long as somebody holds it."""
        return self._canonical(predicate_of(question))

    def count(self, question: Question, fleet: Published) -> int:
        """How many devices of a fleet meet the question, each slice with its own values of unique attributes.

        Nothing is computed per slice: the fleet last asked about is kept as columns.
        """
        predicate = self._interned_of(question)
        with collector_off():
            slices = fleet.current_slices
            if self._counted is None or self._counted[0] is not slices:
                self._counted = slices, groups_of(fleet)
            return sum(self._number(question, predicate, group) for group in self._counted[1])

    def _number(self, question: Question, predicate: Predicate, group: Group) -> int:
        if group.has_unreadable:
            return sum(self.slice_masks(question, each).true.bit_count() for each in group.slices)
        is_own = any(_reads_unique(predicate, frame) for frame in group.unique_frames)
        return number_of_true(predicate, group, self._known, reads_unique=is_own)

    def failure(self, condition: Condition, device: Device) -> CelFailure:
        """The error of a condition on a device whose error bit is set; its span points into the condition's text.

        Raises ValueError if the device gives an answer.
        """
        found = failure_of(condition, device)
        if found is None:
            raise ValueError(f"{condition.text} gives an answer on {device.name}")
        return found

    def verdict(self, question: Question, device: Device) -> DeviceVerdict:
        """The answer on one device with its reason: the part that decides and the values that it found."""
        return verdict(trace(question, device))

    def forget(self, frames: Iterable[Frame]) -> None:
        """Drop what is known of frames that no slice has any more."""
        for frame in frames:
            self._frames.pop(frame, None)

    def _limit(self) -> None:
        """Forget everything if it is too much: all at once, as one table's keys are the identities of another's."""
        if len(self._interner) < _MOST_NODES and len(self._interned) < _MOST_LOOKUPS:
            return
        self._interner = Interner()
        self._interned.clear()
        self._answers.clear()
        self._frames.clear()
        self._counted = None

    def _of_frame(self, frame: Frame) -> _Devices:
        found = self._frames.get(frame)
        if found is None:
            found = self._frames[frame] = _Devices(frame)
        return found

    def _question(self, question: Question, predicate: Predicate, devices: _Devices) -> Masks:
        masks = self._predicate(predicate, devices)
        if not devices.unreadable or not isinstance(question, Condition):
            return masks
        # A device that cannot be read fails every condition, also one that is always true: the program knows.
        return _asked(question.program.evaluate, devices.devices, devices.unreadable, masks)

    def _interned_of(self, question: Question) -> Predicate:
        """What the question means, as one object; asked for before all else, since that may be forgotten here."""
        predicate = predicate_of(question)
        found = self._interned.get(id(predicate))
        if found is None:
            self._limit()
            return self._canonical(predicate)
        return found[1]

    def _canonical(self, predicate: Predicate) -> Predicate:
        found = self._interned.get(id(predicate))
        if found is None:
            found = self._interned[id(predicate)] = (predicate, self._interner.intern(predicate))
        return found[1]

    def _predicate(self, predicate: Predicate, devices: _Devices) -> Masks:
        """The masks of an interned predicate."""
        if devices.of_frame is not None and not devices.of_frame.reads_unique(predicate):
            devices = devices.of_frame
        found = devices.masks.get(id(predicate))
        if found is None:
            if isinstance(predicate, Leaf):
                masks = self._leaf(predicate, devices)
                found = logic.negation(masks) if predicate.negated else masks
            else:
                found = self._combined(predicate, devices)
            devices.masks[id(predicate)] = found
        return found

    def _combined(self, predicate: AllOf | AnyOf | Choice | Constant, devices: _Devices) -> Masks:
        found = self._computed(predicate, devices)
        ended = self._ended(children(predicate), devices)
        if ended:
            # Order matters to errors that nothing absorbs, and bit sets know no order.
            found = _asked(lambda device: answer_of(predicate, device), devices.devices, ended, found)
            devices.ended[id(predicate)] = ended
        return found

    def _ended(self, parts: tuple[Predicate, ...], devices: _Devices) -> int:
        """The devices on which some part has an error that nothing absorbs."""
        ended = 0
        for part in parts:
            ended |= devices.ended.get(id(part), 0)
            if devices.of_frame is not None:
                ended |= devices.of_frame.ended.get(id(part), 0)
        return ended

    def _computed(self, predicate: AllOf | AnyOf | Choice | Constant, devices: _Devices) -> Masks:
        match predicate:
            case AllOf(terms=terms):
                return logic.conjunction((self._predicate(term, devices) for term in terms), devices.all)
            case AnyOf(terms=terms):
                return logic.disjunction((self._predicate(term, devices) for term in terms), devices.all)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return logic.choice(*(self._predicate(part, devices) for part in (condition, then, otherwise)))
            case Constant(value=value):
                return logic.constant(value=value, devices=devices.all)

    def _leaf(self, leaf: AnyLeaf, devices: _Devices) -> Masks:
        """The answers of the leaf's program, its negation aside."""
        masks = self._by_texts(leaf, devices) or self._by_values(leaf, devices)
        return (
            _asked(leaf.program.evaluate, devices.devices, devices.unreadable, masks) if devices.unreadable else masks
        )

    def _by_texts(self, leaf: AnyLeaf, devices: _Devices) -> Masks | None:
        """The answers over a slice's own texts of one attribute; None where the program has to be asked."""
        if devices.of_slice is None or devices.of_frame is None:
            return None
        found = devices.of_frame.texts(leaf)
        return None if found is None else found[0].masks(devices.of_slice, found[1])

    def _by_values(self, leaf: AnyLeaf, devices: _Devices) -> Masks:
        """The program is asked once for each distinct tuple of the values that it reads.

        Most slices publish the same values in the same order as some other, so whole columns are remembered as well.
        """
        known = self._answers_of(leaf, devices.frame.driver)
        values = devices.values(leaf.paths)
        masks = known.masks.get(values)
        if masks is None:
            masks = self._by_value(leaf, devices, values, known)
            if not devices.unreadable and id(leaf) not in devices.ended:
                known.masks[values] = masks
        return masks

    def _known(self, leaf: AnyLeaf, driver: str) -> dict[Hashable, Answer]:
        return self._answers_of(leaf, driver).answers

    def _answers_of(self, leaf: AnyLeaf, driver: str) -> _LeafAnswers:
        key = (id(leaf.program), driver)
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = _LeafAnswers(leaf)
        return known

    def _by_value(self, leaf: AnyLeaf, devices: _Devices, rows: tuple[Hashable, ...], known: _LeafAnswers) -> Masks:
        true = error = ended = 0
        answers = known.answers
        # Most devices of one list publish the same.
        are_alike = bool(rows) and not devices.unreadable and rows.count(rows[0]) == len(rows)
        for index, values in enumerate(rows[:1] if are_alike else rows):
            bit = devices.all if are_alike else 1 << index
            answer = answers.get(values)
            if answer is None:
                if devices.unreadable >> index & 1:
                    # Its error is the device's, not one of these values: the caller asks for it alone.
                    continue
                answer = known.test(values)
                if answer is None:
                    answer = leaf.program.evaluate(devices.devices[index])
                answers[values] = answer
            if answer is True:
                true |= bit
            elif answer is not False:
                error |= bit
                if answer.ends_evaluation:
                    ended |= bit
        if ended:
            devices.ended[id(leaf)] = ended
        return Masks(true, devices.all & ~(true | error), error)


class _LeafAnswers:
    """What a leaf's program answered, by the values that it reads, and by columns of them.

    The program is kept, so that its identity stays its own.
    """

    __slots__ = ("answers", "masks", "program", "test")

    def __init__(self, leaf: AnyLeaf) -> None:
        self.program: CelProgram = leaf.program
        self.test = quick_test(leaf)
        self.answers: dict[Hashable, Answer] = {}
        self.masks: dict[tuple[Hashable, ...], Masks] = {}


class _Devices:
    """The devices of a frame, or of one slice, with what is known of them.

    ``of_frame`` is set for a slice: whatever reads no unique attribute is answered there.
    """

    __slots__ = (
        "_columns",
        "_devices",
        "_reads_unique",
        "_texts",
        "all",
        "ended",
        "frame",
        "masks",
        "of_frame",
        "of_slice",
        "unreadable",
    )

    def __init__(self, frame: Frame, of_frame: _Devices | None = None, of_slice: LoadedSlice | None = None) -> None:
        self.frame = frame
        self.of_frame = of_frame
        self.of_slice = of_slice
        self.all = frame.all_devices
        self._devices = frame.devices if of_slice is None else None
        self.unreadable: int = frame.unreadable
        self.masks: dict[int, Masks] = {}
        self.ended: dict[int, int] = {}
        self._columns: dict[tuple[Path, ...], tuple[Hashable, ...]] = {}
        # Both by the identity of an interned predicate.
        self._reads_unique: dict[int, bool] = {}
        self._texts: dict[int, tuple[UniqueTexts, Masks] | None] = {}

    def reads_unique(self, predicate: Predicate) -> bool:
        """Whether an interned predicate depends on attributes that differ from slice to slice."""
        found = self._reads_unique.get(id(predicate))
        if found is None:
            found = self._reads_unique[id(predicate)] = _reads_unique(predicate, self.frame)
        return found

    def texts(self, leaf: AnyLeaf) -> tuple[UniqueTexts, Masks] | None:
        """An interned leaf over a unique attribute, with its answers for the devices that do not publish it."""
        if id(leaf) not in self._texts:
            found = unique_texts(leaf, self.frame)
            nobody = Masks(0, 0, 0)
            self._texts[id(leaf)] = (
                None if found is None else (found, _asked(leaf.program.evaluate, self.devices, found.absent, nobody))
            )
        return self._texts[id(leaf)]

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices with their own values; a slice's are made at first use."""
        if self._devices is None:
            self._devices = self.frame.devices if self.of_slice is None else self.of_slice.devices
        return self._devices

    def values(self, paths: tuple[Path, ...]) -> tuple[Hashable, ...]:
        """Per device what an answer that reads the paths can depend on."""
        if len(paths) == 1 and self.of_slice is None:
            return self.frame.column(paths[0])
        found = self._columns.get(paths)
        if found is None:
            if len(paths) == 1:
                found = column(paths[0], DeviceReader(self.devices), self.frame.driver)
            else:
                found = tuple(zip(*(self.values((path,)) for path in paths), strict=True)) or ((),) * len(self.devices)
            self._columns[paths] = found
        return found


def _asked(ask: Callable[[Device], Answer], devices: tuple[Device, ...], which: int, masks: Masks) -> Masks:
    """The masks with the devices of a bit set asked one by one."""
    true, false, error = (mask & ~which for mask in masks)
    for index, device in enumerate(devices):
        bit = 1 << index
        if not which & bit:
            continue
        answer = ask(device)
        if isinstance(answer, CelFailure):
            error |= bit
        elif answer:
            true |= bit
        else:
            false |= bit
    return Masks(true, false, error)


def reads_unique(question: Question, frame: Frame) -> bool:
    """Whether the answer depends on attributes that differ from slice to slice of the frame."""
    return _reads_unique(predicate_of(question), frame)


def _reads_unique(predicate: Predicate, frame: Frame) -> bool:
    return bool(frame.unique) and are_unique(values_read(predicate), frame)


def values_read(question: Question) -> tuple[Path, ...]:
    """The paths in whose values slices of one frame may differ, as far as the answer depends on them."""
    return tuple(
        [
            path
            for leaf in leaves(predicate_of(question))
            # Slices of one frame agree in which devices publish a unique attribute.
            if not isinstance(leaf, Presence) or leaf.path.is_whole
            for path in leaf.paths
            if not path.names_only and path.field not in _ALIKE_IN_SLICES
        ]
    )


def are_unique(paths: Iterable[Path], frame: Frame) -> bool:
    """Whether slices of the frame differ in the values of some path of ``values_read``."""
    return any(path.is_whole or not frame.unique.isdisjoint(published_names(path, frame.driver)) for path in paths)
