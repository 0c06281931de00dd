"""What one demand makes of device lists, whatever is in use: who passes, who fails, who can never be had.

Kubernetes asks all selectors of the class, then those of the request, in order, and stops at the first that is false. A
device on which one has an error is not rejected: visiting it ends the whole allocation.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dra_policy.allocate.capacity import CapacityFailure, Consumption, consumption
from dra_policy.allocate.frame_notes import FrameNotes
from dra_policy.compiler import CompiledDemand, CompiledSelector
from dra_policy.evaluate import Evaluator, are_unique, values_read
from dra_policy.fleet import Frame, LoadedSlice, UnreadableSelector
from dra_policy.ir import CelFailure, Path
from dra_policy.model import Demand, Device, Taint, Toleration
from dra_policy.model.features import Features
from dra_policy.record import dataclass, field

if TYPE_CHECKING:
    from dra_policy.allocate.derived import DerivedAttribute

_BLOCKING_EFFECTS = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True, guarded=False)
class Selection:
    """Bit sets over the devices of a frame, for one demand.

    ``selected`` pass all selectors; ``failing`` have an error in one of them. Of the selected ones, ``roomy`` have the
    capacity that is asked for when nobody else has a share, and on ``capacity_failing`` that question has an error;
    ``barred`` are selected, but can never be taken: tainted, or in need of a feature that is off.
    ``consumption`` is what the demand takes of roomy devices, for the shareable ones.
    """

    selected: int
    failing: int
    roomy: int
    capacity_failing: int
    barred: int
    consumption: Mapping[int, Consumption] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SelectorFailure:
    """A selector without an answer: of a class (by name) or of the request itself.

    ``failure`` is None where the selector does not compile.
    """

    class_name: str | None
    selector: CompiledSelector
    failure: CelFailure | None


class DemandSelection:
    """The selections of one demand, each frame's made once."""

    __slots__ = (
        "_derived",
        "_evaluator",
        "_features",
        "_frames",
        "_notes",
        "_values_read",
        "compiled",
        "demand",
    )

    def __init__(
        self,
        compiled: CompiledDemand,
        evaluator: Evaluator,
        features: Features,
        notes: FrameNotes,
        alike: dict[Hashable, dict[Frame, Selection]],
    ) -> None:
        """Demands that ask for the same choose alike, and share in ``alike`` what is found."""
        self._notes = notes
        self.compiled = compiled
        self.demand: Demand = compiled.demand
        self._evaluator = evaluator
        self._features = features
        self._frames = alike.setdefault(_asked_for(compiled), {})
        self._derived: Mapping[str, DerivedAttribute] | None = None
        self._values_read: tuple[Path, ...] | None = None

    @property
    def likeness(self) -> int:
        """A number that demands of one call have in common if they choose alike."""
        return id(self._frames)

    @property
    def derived(self) -> Mapping[str, DerivedAttribute]:
        """The attributes that the demand derives, by name; compiled at first use."""
        if self._derived is None:
            self._derived = _derived(self.demand) if self.demand.derived_attributes else {}
        return self._derived

    def of_slice(self, loaded: LoadedSlice) -> Selection:
        """The selection of a slice's devices; that of its frame unless a selector reads unique attributes."""
        frame = loaded.frame
        return self._selection(frame, loaded) if self.reads_unique(frame) else self.of_frame(frame)

    def of_frame(self, frame: Frame) -> Selection:
        """The selection of a frame's devices, where no selector reads unique attributes."""
        found = self._frames.get(frame)
        if found is None:
            found = self._frames[frame] = self._selection(frame, None)
        return found

    def reads_unique(self, frame: Frame) -> bool:
        """Whether slices of the frame may differ in their selection."""
        if not frame.unique or self.demand.derived_attributes:
            # What is derived may read anything.
            return bool(frame.unique)
        if self._values_read is None:
            conditions = [selector.condition for selector, _ in self.selectors()]
            self._values_read = tuple([path for each in conditions if each is not None for path in values_read(each)])
        return are_unique(self._values_read, frame)

    def selectors(self) -> Iterator[tuple[CompiledSelector, bool]]:
        """The selectors in the order of evaluation; True for those of the class."""
        if self.compiled.device_class is not None:
            for selector in self.compiled.device_class.selectors:
                yield selector, True
        for selector in self.compiled.selectors:
            yield selector, False

    def failure(
        self, device: Device, node_selector: UnreadableSelector | None = None
    ) -> SelectorFailure | UnreadableSelector | CapacityFailure:
        """Why a visit to the device is fatal; raises ValueError if it is not.

        ``node_selector`` is what is wrong with the device's own one, which is read after the selectors are asked.
        """
        for selector, is_of_class in self.selectors():
            class_name = self.demand.device_class_name if is_of_class else None
            if selector.condition is None:
                return SelectorFailure(class_name, selector, None)
            answer = selector.condition.program.evaluate(device)
            if answer is False:
                break
            if answer is not True:
                return SelectorFailure(class_name, selector, answer)
        else:
            if node_selector is not None:
                return node_selector
            amounts = self._consumption(device)
            if isinstance(amounts, CapacityFailure):
                return amounts
        raise ValueError(f"nothing fails on {device.name}")

    def _selection(self, frame: Frame, loaded: LoadedSlice | None) -> Selection:
        selected, failing = frame.all_devices, 0
        oddities = self._notes.oddities(frame)
        if not self._features.device_binding_and_status:
            selected &= ~oddities.binding
        for selector, _ in self.selectors():
            if selector.condition is None:
                failing |= selected
                selected = 0
                break
            if loaded is None:
                masks = self._evaluator.masks(selector.condition, frame)
            else:
                masks = self._evaluator.slice_masks(selector.condition, loaded)
            failing |= selected & masks.error
            selected &= masks.true
            if not selected:
                break
        plain = 0 if self.demand.capacity_requests else selected & ~oddities.rationed
        roomy, capacity_failing, amounts = self._with_room(frame.devices, selected, plain)
        barred = 0
        if selected & oddities.barring:
            barred = _mask(self._is_barred(device) for device in frame.devices) & selected
        return Selection(selected, failing, roomy, capacity_failing, barred, amounts)

    def _with_room(
        self, devices: tuple[Device, ...], selected: int, plain: int
    ) -> tuple[int, int, dict[int, Consumption]]:
        """Who has room, on whom the question fails, and what is taken of shareable ones; plain devices have room."""
        amounts: dict[int, Consumption] = {}
        if not self._features.consumable_capacity:
            return selected, 0, amounts
        roomy, failing = plain, 0
        asked = selected & ~plain
        for index, device in enumerate(devices) if asked else ():
            if not asked >> index & 1:
                continue
            consumed = self._consumption(device)
            if isinstance(consumed, CapacityFailure):
                failing |= 1 << index
            elif consumed is not None and all(amount <= device.capacity[name].value for name, amount in consumed):
                roomy |= 1 << index
                if device.allow_multiple_allocations:
                    amounts[index] = consumed
        return roomy, failing, amounts

    def _consumption(self, device: Device) -> Consumption | CapacityFailure | None:
        return consumption(self.demand.capacity_requests, device, fractional=self._features.fractional_capacity_range)

    def consumption_of(self, device: Device) -> Consumption:
        """What the demand takes of a roomy device's capacities."""
        consumed = self._consumption(device)
        return consumed if isinstance(consumed, tuple) else ()

    def _is_barred(self, device: Device) -> bool:
        if device.consumes_counters and not (self._features.partitionable_devices and device.draws_known_amounts):
            return True
        return self._features.device_taints and not tolerates(self.demand.tolerations, device.taints)


def _asked_for(compiled: CompiledDemand) -> Hashable:
    """What a demand's selection depends on, in one call."""
    demand = compiled.demand
    return (
        id(compiled.device_class),
        tuple([_written(each) for each in compiled.selectors]),
        tuple(demand.capacity_requests.items()),
        demand.tolerations,
        demand.derived_attributes,
    )


def _written(selector: CompiledSelector) -> Hashable:
    written = selector.selector
    return id(selector) if written is None else (written.expression, written.dialect)


def tolerates(tolerations: tuple[Toleration, ...], taints: tuple[Taint, ...]) -> bool:
    """Whether every taint that keeps claims off a device has a toleration; other effects than the known ones do not."""
    return all(
        taint.effect not in _BLOCKING_EFFECTS or any(is_tolerated_by(each, taint) for each in tolerations)
        for taint in taints
    )


def is_tolerated_by(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration is for the taint (ToleratesTaint of k8s.io/dynamic-resource-allocation/resourceclaim)."""
    if toleration.effect not in ("", taint.effect) or toleration.key not in ("", taint.key):
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    return toleration.operator == "Exists"


def _mask(bits: Iterable[bool]) -> int:
    return sum(1 << index for index, bit in enumerate(bits) if bit)


def _derived(demand: Demand) -> Mapping[str, DerivedAttribute]:
    from dra_policy.allocate.derived import DerivedAttribute

    return {name: DerivedAttribute(name, expression) for name, expression in demand.derived_attributes}
