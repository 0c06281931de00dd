"""Decode device lists device by device: a device that says what another one said is decoded once.

Devices of a driver say little that differs: name, uuid, serial. On a fleet whose nodes are all put together differently
there are as many lists as nodes, but far fewer devices that differ in anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dra_policy.fleet.cuts import Cut
from dra_policy.model import Device

_NAME = re.compile(rb'"name"\s*:\s*"([^"]*)"')
_QUOTED_NAME = b'"name"'

# Where that many different devices were found and most of all were different, no more is gained than it takes.
_MANY_DIFFERENT = 16_384

Columns = list[tuple[str, bytes]]


class DeviceTexts:
    """The devices of one driver in one dialect by what they say, their names and unique attributes aside."""

    __slots__ = ("_cuts", "_decode", "_driver", "_is_in_vain", "_known", "_seen")

    def __init__(self, decode: Callable[[bytes, str], tuple[Device, ...]], driver: str, cuts: Iterable[Cut]) -> None:
        self._decode = decode
        self._driver = driver
        self._cuts = tuple(cuts)
        self._known: dict[bytes, Device | None] = {}
        self._seen = 0
        self._is_in_vain = False

    def devices(self, text: bytes, columns: Columns) -> tuple[Device, ...] | None:
        """The devices of a list, sharing attributes and capacities with others; None where it has to be read whole.

        ``columns`` are the values that were cut out of the whole text. Devices have some device's values of these.
        """
        import msgspec

        if self._is_in_vain:
            return None
        try:
            texts = msgspec.json.decode(text, type=list[msgspec.Raw])
        except msgspec.DecodeError:
            return None
        cut_out: dict[str, list[bytes]] = {cut.name: [] for cut in self._cuts}
        devices = []
        for each in texts:
            device = self._device(bytes(each), cut_out)
            if device is None:
                return None
            devices.append(device)
        self._seen += len(texts)
        if len(self._known) > max(_MANY_DIFFERENT, self._seen // 2):
            self._is_in_vain = True
            self._known.clear()
        found = [(name, b"\0".join(values)) for name, values in cut_out.items() if values]
        return tuple(devices) if found == columns else None

    def _device(self, text: bytes, cut_out: dict[str, list[bytes]]) -> Device | None:
        """A device, its cut values added to those of the list; None where they are not its attributes' values."""
        rest = text
        values = []
        for cut in self._cuts:
            rest, value = cut.apart(rest)
            if value is not None:
                values.append((cut.name, value))
                cut_out[cut.name].append(value)
        name = _NAME.search(rest)
        # A name that is written twice, or hidden by escapes, would make equal rests of different devices.
        if name is None or b"\\" in rest or rest.count(_QUOTED_NAME) > 1:
            return self._decoded(text, values)
        rest = rest[: name.start(1)] + rest[name.end(1) :]
        if rest not in self._known:
            found = self._decoded(text, values)
            is_named = found is not None and found.name == name[1].decode()
            self._known[rest] = found if is_named else None
        known = self._known[rest]
        return self._decoded(text, values) if known is None else _named(known, name[1].decode())

    def _decoded(self, text: bytes, values: Columns) -> Device | None:
        found = self._decode(b"[" + text + b"]", self._driver)
        if len(found) != 1:
            return None
        is_right = all(found[0].attributes.get(attribute) == value.decode() for attribute, value in values)
        return found[0] if is_right else None


def _named(device: Device, name: str) -> Device:
    """The device under another name."""
    # ``record.replace`` would cost as much as all the rest.
    return Device(
        name,
        device.driver,
        device.attributes,
        device.capacity,
        device.consumes_counters,
        device.taints,
        device.node_name,
        device.all_nodes,
        device.node_selector,
        device.allow_multiple_allocations,
        device.binds_to_node,
        device.binding_conditions,
        device.binding_failure_conditions,
    )
