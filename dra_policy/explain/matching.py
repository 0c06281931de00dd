"""Which devices of a fleet a condition matches, and why it does not match the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dra_policy.evaluate import EvaluationFailed, Evaluator, Masks, Reason, Rejected, reads_unique
from dra_policy.explain.funnel import ValueCount
from dra_policy.explain.naming import distinct_names
from dra_policy.fleet import Fleet, LoadedSlice
from dra_policy.ir import Condition, Constant, read
from dra_policy.ir.printer import print_value
from dra_policy.ir.reading import reading
from dra_policy.model import Device, DeviceId
from dra_policy.record import dataclass, field
from dra_policy.values import type_name
from dra_policy.values.bit_sets import positions


@dataclass(frozen=True, slots=True)
class DevicesOfNode:
    """Devices of one node; where a slice is not a node's own, ``node`` is its pool."""

    node: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A part of the condition that does not hold on some devices.

    ``devices`` are rejected by it; ``values`` are what they publish instead, most frequent first, ``absent`` publish
    nothing there. A device is counted under every part that alone would reject it.
    """

    reading: str
    devices: int
    values: tuple[ValueCount, ...]
    absent: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A run-time error and the devices on which the condition has it."""

    text: str
    kubernetes_text: str
    devices: tuple[DevicesOfNode, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Matching:
    """The answer of a condition over a fleet. Counts are of devices; nodes are those that slices name."""

    condition: Condition = field(compare=False)
    total: int
    matched: tuple[DevicesOfNode, ...]
    failures: tuple[Failure, ...]
    rejections: tuple[Rejection, ...]

    @property
    def devices(self) -> int:
        """How many devices match."""
        return sum(len(each.devices) for each in self.matched)

    @property
    def errors(self) -> int:
        """On how many devices the condition fails to evaluate."""
        return sum(failure.number for failure in self.failures)


def match_devices(condition: Condition, fleet: Fleet, evaluator: Evaluator) -> Iterator[DeviceId]:
    """The devices that match, slice by slice in the order of reading."""
    for loaded in fleet.current_slices:
        mask = evaluator.slice_masks(condition, loaded).true
        yield from (loaded.device_id(index) for index in positions(mask))


def explain_matching(condition: Condition, fleet: Fleet, evaluator: Evaluator) -> Matching:
    """Evaluate the condition on every device and gather what rejects the others.

    Slices with one frame are asked once, unless the condition reads an attribute that differs from slice to slice.
    """
    matched: dict[str, list[tuple[LoadedSlice, int]]] = {}
    tally = _Tally(condition)
    total = 0
    for (_, masks), slices in _alike(condition, fleet, evaluator).items():
        devices = slices[0].frame.devices
        total += len(devices) * len(slices)
        indexes = tuple(positions(masks.true))
        for loaded in slices if indexes else ():
            matched.setdefault(node_of(loaded), []).extend((loaded, index) for index in indexes)
        tally.add(slices, masks, evaluator)
    return Matching(condition, total, _places(matched), tally.failures(), tally.rejections())


def _places(found: dict[str, list[tuple[LoadedSlice, int]]]) -> tuple[DevicesOfNode, ...]:
    return tuple(DevicesOfNode(node, _names(found[node])) for node in sorted(found))


def _names(devices: list[tuple[LoadedSlice, int]]) -> tuple[str, ...]:
    """Bare names; with driver and pool where two of the node's would read alike."""
    bare = tuple(loaded.frame.devices[index].name for loaded, index in devices)
    if len(set(bare)) == len(bare):
        return bare
    return distinct_names([loaded.device_id(index) for loaded, index in devices])


def node_of(loaded: LoadedSlice) -> str:
    """What the reader finds the slice's devices by: its node, else its pool."""
    return loaded.envelope.node_name or loaded.pool


def _alike(condition: Condition, fleet: Fleet, evaluator: Evaluator) -> dict[tuple[object, Masks], list[LoadedSlice]]:
    groups: dict[tuple[object, Masks], list[LoadedSlice]] = {}
    for loaded in fleet.current_slices:
        key = loaded if reads_unique(condition, loaded.frame) else loaded.frame
        groups.setdefault((key, evaluator.slice_masks(condition, loaded)), []).append(loaded)
    return groups


class _Tally:
    """What rejected devices have in common, counted."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._devices: Counter[str] = Counter()
        self._absent: Counter[str] = Counter()
        self._values: dict[str, Counter[tuple[str, str]]] = {}
        self._failing: dict[tuple[str, str], dict[str, list[tuple[LoadedSlice, int]]]] = {}

    def add(self, slices: list[LoadedSlice], masks: Masks, evaluator: Evaluator) -> None:
        """Count the devices of slices that have the same answers."""
        for index in positions(masks.false | masks.error):
            device = slices[0].device(index)
            match evaluator.verdict(self._condition, device):
                case Rejected(blamed=blamed):
                    for part in blamed:
                        self._reject(part, device, len(slices))
                case EvaluationFailed(failure=failure):
                    where = self._failing.setdefault((failure.text, failure.kubernetes_text), {})
                    for loaded in slices:
                        where.setdefault(node_of(loaded), []).append((loaded, index))

    def _reject(self, part: Reason, device: Device, slices: int) -> None:
        text = reading(part)
        self._devices[text] += slices
        paths = [] if isinstance(part, Constant) else [path for path in part.paths if not path.is_whole]
        if len(paths) != 1:
            return
        value = read(paths[0], device)
        if value is None:
            self._absent[text] += slices
        else:
            self._values.setdefault(text, Counter())[print_value(value), type_name(value)] += slices

    def rejections(self) -> tuple[Rejection, ...]:
        """The parts that reject devices, those that reject most first."""
        return tuple(
            Rejection(
                text,
                number,
                tuple(
                    ValueCount(value, kind, n) for (value, kind), n in self._values.get(text, Counter()).most_common()
                ),
                self._absent[text],
            )
            for text, number in self._devices.most_common()
        )

    def failures(self) -> tuple[Failure, ...]:
        """The errors, with the devices that have them."""
        return tuple(
            Failure(
                text,
                kubernetes_text,
                _places(where),
                sum(map(len, where.values())),
            )
            for (text, kubernetes_text), where in self._failing.items()
        )
