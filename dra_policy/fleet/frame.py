"""A frame: one distinct device list of a driver, shared by all slices that publish it."""

from __future__ import annotations

from collections.abc import Hashable

from dra_policy.ir import Path, is_unreadable
from dra_policy.ir.device_reader import DeviceReader
from dra_policy.ir.path import column
from dra_policy.model import Device, DeviceId, ResourceSlice
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field, replace

# Where selectors of all kinds are asked for weeks, what they read must not pile up.
_MOST_COLUMNS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One distinct device list of (driver, dialect), in listed order; frames are equal only if they are one object.

    ``unique`` names attributes whose values differ from slice to slice (uuid, serial, PCI address), as published:
    ``devices`` then shows some slice's values for each device. An answer that reads one (or a whole map) is
    not the frame's but the slice's: ask ``LoadedSlice.devices``. Slices of one frame agree in which devices publish a
    unique attribute. Taints of DeviceTaintRules are among the devices' taints already; devices of dra-evolution that
    are published anew elsewhere are left out.
    """

    id: int
    driver: str
    dialect: Dialect
    devices: tuple[Device, ...] = field(repr=False)
    unique: frozenset[str] = frozenset()
    _unreadable: list[int] = field(default_factory=list, repr=False)
    _columns: dict[Path, tuple[Hashable, ...]] = field(default_factory=dict, repr=False)

    @property
    def all_devices(self) -> int:
        """The bit set of all positions."""
        return (1 << len(self.devices)) - 1

    @property
    def unreadable(self) -> int:
        """The bit set of devices that publish a value which cannot be used; looked for once."""
        if not self._unreadable:
            self._unreadable.append(sum(1 << at for at, device in enumerate(self.devices) if is_unreadable(device)))
        return self._unreadable[0]

    def column(self, path: Path) -> tuple[Hashable, ...]:
        """Per device what an answer that reads the path can depend on (``ir.path.column``); read once."""
        found = self._columns.get(path)
        if found is None:
            if len(self._columns) >= _MOST_COLUMNS:
                # The one that was read first; several threads may see the same.
                self._columns.pop(next(iter(self._columns)), None)
            found = self._columns[path] = column(path, DeviceReader(self.devices), self.driver)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSlice:
    """A slice in the fleet: its envelope, its frame, and its own values of the frame's unique attributes.

    ``index`` is its place in ``Fleet.slices``. ``pool`` is the middle part of its devices' names: the pool's name, in
    dra-evolution the node's. ``unique_texts`` holds per unique attribute the values of the devices that publish it,
    in order, joined by NUL: thousands of small strings would be most of a fleet's memory.
    """

    index: int
    envelope: ResourceSlice = field(repr=False)
    frame: Frame
    pool: str
    unique_texts: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices with this slice's own values of the unique attributes; made anew at each call."""
        if not self.unique_texts:
            return self.frame.devices
        columns = {name: self.unique_column(name) for name, _ in self.unique_texts}
        return tuple(
            replace(device, attributes={**device.attributes, **own}) if own else device
            for index, device in enumerate(self.frame.devices)
            if (own := {name: value for name, values in columns.items() if (value := values[index]) is not None})
            or True
        )

    def unique_column(self, name: str) -> tuple[str | None, ...]:
        """The values of a unique attribute, one per device; None for a device without it."""
        texts = dict(self.unique_texts).get(name)
        if texts is None:
            raise KeyError(name)
        values = iter(texts.decode().split("\0"))
        return tuple(next(values) if name in device.attributes else None for device in self.frame.devices)

    def device(self, index: int) -> Device:
        """One device with this slice's own values."""
        return self.devices[index]

    def device_id(self, index: int) -> DeviceId:
        """The name of a device."""
        return DeviceId(self.envelope.driver, self.pool, self.frame.devices[index].name)
