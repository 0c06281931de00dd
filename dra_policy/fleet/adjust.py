"""Change frames where something outside of a slice changes its devices: taint rules, newer prototype pools."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.taint_rules import AppliedRule
from dra_policy.fleet.templates import FrameTable
from dra_policy.model import DeviceTaintRule
from dra_policy.model.dialect import Dialect
from dra_policy.record import replace

Added = tuple[tuple[int, DeviceTaintRule], ...]
"""The rules that select devices of a frame, each with the bit set of these."""


class Adjuster:
    """Makes the frames that slices have in the end; equal changes of one frame give one frame."""

    __slots__ = ("_kept", "_table", "_tainted")

    def __init__(self, table: FrameTable) -> None:
        self._table = table
        self._tainted: dict[tuple[Frame, Added], Frame] = {}
        self._kept: dict[tuple[Frame, int, tuple[tuple[str, bytes], ...]], Frame] = {}

    def adjusted(self, slices: tuple[LoadedSlice, ...], rules: Sequence[AppliedRule]) -> tuple[LoadedSlice, ...]:
        """The slices with the taints of rules, and without devices of dra-evolution that a newer pool publishes."""
        if any(each.envelope.dialect is Dialect.EVOLUTION for each in slices):
            slices = self._without_superseded(slices)
        return tuple([self._with_taints(each, rules) for each in slices]) if rules else slices

    def keep_only(self, frames: Container[Frame]) -> set[Frame]:
        """Forget what was made for frames that are gone; gives the frames from which the others were made."""
        self._tainted = {key: frame for key, frame in self._tainted.items() if frame in frames}
        sources = {frame for frame, _ in self._tainted}
        self._kept = {key: frame for key, frame in self._kept.items() if frame in frames or frame in sources}
        return sources | {frame for frame, *_ in self._kept}

    def _with_taints(self, each: LoadedSlice, rules: Sequence[AppliedRule]) -> LoadedSlice:
        """The rules' taints follow the devices' own, in the order of the rules (resourceslice/tracker)."""
        added = tuple([(bits, rule.rule) for rule in rules if (bits := rule.selected(each))])
        if not added:
            return each
        key = (each.frame, added)
        frame = self._tainted.get(key)
        if frame is None:
            frame = self._tainted[key] = _tainted_frame(each.frame, added, self._table)
        return replace(each, frame=frame)

    def _without_superseded(self, slices: tuple[LoadedSlice, ...]) -> tuple[LoadedSlice, ...]:
        """Of a device that several pools publish the one in the newest pool stands (dra-evolution ResourcePool).

        Pools without a timestamp are the oldest; of pools of one age the later one stands.
        """
        newest: dict[tuple[str, str, str], LoadedSlice] = {}
        for each in sorted(slices, key=lambda loaded: loaded.envelope.creation_timestamp or ""):
            if each.envelope.dialect is Dialect.EVOLUTION:
                names = ((each.envelope.driver, each.pool, device.name) for device in each.frame.devices)
                newest.update(dict.fromkeys(names, each))
        return tuple([self._without_older(each, newest) for each in slices])

    def _without_older(self, each: LoadedSlice, newest: dict[tuple[str, str, str], LoadedSlice]) -> LoadedSlice:
        if each.envelope.dialect is not Dialect.EVOLUTION:
            return each
        names = [(each.envelope.driver, each.pool, device.name) for device in each.frame.devices]
        kept = sum(1 << index for index, name in enumerate(names) if newest[name] is each)
        if kept == each.frame.all_devices:
            return each
        key = (each.frame, kept, each.unique_texts)
        frame = self._kept.get(key)
        if frame is None:
            devices = tuple([device for index, device in enumerate(each.devices) if kept >> index & 1])
            frame = self._kept[key] = self._table.frame(each.frame.driver, each.frame.dialect, devices)
        return replace(each, frame=frame, unique_texts=())


def _tainted_frame(frame: Frame, added: Iterable[tuple[int, DeviceTaintRule]], table: FrameTable) -> Frame:
    devices = list(frame.devices)
    for bits, rule in added:
        for index, device in enumerate(devices):
            if bits >> index & 1:
                devices[index] = replace(device, taints=(*device.taints, rule.taint))
    return table.frame(frame.driver, frame.dialect, tuple(devices), frame.unique)
