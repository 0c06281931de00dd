"""The different devices of a fleet, their names and unique attributes aside."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping

from dra_policy.fleet.frame import Frame
from dra_policy.model import Device
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The devices of a driver's frames by what they publish.

    ``frame`` is no slice's: it has one device of each content. ``numbers`` are positions in it, device after device of
    all frames, and ``ends`` says where those of each frame end. Contents are told apart by the identity of their parts:
    equal ones may be there twice, but devices of many lists share them (``device_texts``).
    """

    frame: Frame
    numbers: array[int] = field(repr=False)
    ends: Mapping[Frame, int] = field(repr=False)

    @property
    def has_unreadable(self) -> bool:
        """Whether some device publishes a value that cannot be used."""
        return bool(self.frame.unreadable)

    def numbers_of(self, frame: Frame) -> array[int] | None:
        """The contents of a frame's devices, in their order; None for a frame that is not there."""
        end = self.ends.get(frame)
        return None if end is None else self.numbers[end - len(frame.devices) : end]


def contents_of(frames: Iterable[Frame]) -> tuple[Contents, ...]:
    """The contents of some frames, by driver and dialect."""
    found: dict[tuple[str, str], list[Frame]] = {}
    for frame in frames:
        found.setdefault((frame.driver, frame.dialect.value), []).append(frame)
    return tuple(_of_driver(driver, same[0].dialect, same) for (driver, _), same in found.items())


def _of_driver(driver: str, dialect: Dialect, frames: list[Frame]) -> Contents:
    known: dict[Hashable, int] = {}
    devices: list[Device] = []
    numbers = array("L")
    ends: dict[Frame, int] = {}
    for frame in frames:
        for device in frame.devices:
            number = known.setdefault(_key(device), len(devices))
            if number == len(devices):
                devices.append(device)
            numbers.append(number)
        ends[frame] = len(numbers)
    unique = frozenset().union(*[frame.unique for frame in frames])
    of_all = Frame(-1, driver, dialect, tuple(devices), unique)
    return Contents(of_all, numbers, ends)


def _key(device: Device) -> Hashable:
    """All that decides who may take the device, but for the node selectors of single devices."""
    return (
        id(device.attributes),
        id(device.capacity),
        id(device.consumes_counters),
        id(device.taints),
        device.allow_multiple_allocations,
        bool(device.binding_conditions),
    )
