"""What allocations want to know of frames, whatever is asked for: kept with the fleet, for all claims to come."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.allocate.constraints import Code, Relation
from dra_policy.fleet import Frame
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Oddities:
    """The devices of a frame that are not plain, as bit sets: most frames have none, whatever is asked.

    ``binding`` have binding conditions, ``barring`` taints or counters; the capacities of ``rationed`` ones are not
    simply there: they have a policy, can be shared, or are less than nothing. ``shareable`` can be shared, ``drawing``
    draw from counters.
    """

    binding: int
    barring: int
    rationed: int
    shareable: int
    drawing: int


class FrameNotes:
    """Oddities and values of frames, each worked out once."""

    __slots__ = ("_codes", "_oddities")

    def __init__(self) -> None:
        self._codes: dict[Relation, dict[Frame, tuple[Code, ...]]] = {}
        self._oddities: dict[Frame, Oddities] = {}

    def oddities(self, frame: Frame) -> Oddities:
        """What is not plain about a frame's devices."""
        found = self._oddities.get(frame)
        if found is None:
            found = self._oddities[frame] = oddities_of(frame)
        return found

    def codes(self, relation: Relation) -> dict[Frame, tuple[Code, ...]]:
        """The values of frames' devices for a constraint, as far as they are known; more are added by who asks."""
        return self._codes.setdefault(relation, {})


def oddities_of(frame: Frame) -> Oddities:
    """What is not plain about a frame's devices."""
    return Oddities(
        _mask(bool(device.binding_conditions) for device in frame.devices),
        _mask(bool(device.taints or device.consumes_counters) for device in frame.devices),
        _mask(
            device.allow_multiple_allocations
            or any(each.policy is not None or each.value.sign() < 0 for each in device.capacity.values())
            for device in frame.devices
        ),
        _mask(device.allow_multiple_allocations for device in frame.devices),
        _mask(bool(device.consumes_counters) for device in frame.devices),
    )


def _mask(bits: Iterable[bool]) -> int:
    return sum(1 << index for index, bit in enumerate(bits) if bit)
