"""A frame: one distinct device list of a driver, shared by all slices that publish it."""

from __future__ import annotations

from dra_policy.model import Device, DeviceId, ResourceSlice
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field, replace


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One distinct device list of (driver, dialect), in listed order; frames are equal only if they are one object.

    ``unique`` names attributes whose values differ from slice to slice (uuid, serial, PCI address), as published:
    ``devices`` then shows the values of one of the slices. An answer that reads such an attribute (or a whole map) is
    not the frame's but the slice's: ask ``LoadedSlice.devices``. Taints of DeviceTaintRules are among the devices'
    taints already; devices that do not count (superseded ones of dra-evolution, those of counter slices) are left out.
    """

    id: int
    driver: str
    dialect: Dialect
    devices: tuple[Device, ...] = field(repr=False)
    unique: frozenset[str] = frozenset()

    @property
    def all_devices(self) -> int:
        """The bit set of all positions."""
        return (1 << len(self.devices)) - 1


@dataclass(slots=True, eq=False)
class LoadedSlice:
    """A slice in the fleet: its envelope, its frame, and which of its devices are in use.

    ``in_use``: bit ``i`` is set where the frame's device ``i`` is held by somebody, whatever for (admin access does
    not count; shares of a shareable device do not either: see ``NodeView.shares``).
    ``unique_values``: per unique attribute of the frame the values of this slice's devices, in order; None for a
    device without the attribute.
    """

    envelope: ResourceSlice
    frame: Frame
    in_use: int = 0
    unique_values: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    pool: str = ""

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices with this slice's own values of the unique attributes; made anew at each call."""
        if not self.unique_values:
            return self.frame.devices
        return tuple(map(self.device, range(len(self.frame.devices))))

    def device(self, index: int) -> Device:
        """One device with this slice's own values."""
        device = self.frame.devices[index]
        own = {name: values[index] for name, values in self.unique_values if values[index] is not None}
        return replace(device, attributes={**device.attributes, **own}) if own else device

    def device_id(self, index: int) -> DeviceId:
        """The name of a device; in dra-evolution the pool's place is taken by the node."""
        return DeviceId(self.envelope.driver, self.pool, self.frame.devices[index].name)
