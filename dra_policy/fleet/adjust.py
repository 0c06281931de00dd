"""Change frames where something outside of a slice changes its devices: taint rules, newer prototype pools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.templates import FrameTable
from dra_policy.model import DeviceTaintRule, Taint
from dra_policy.model.dialect import Dialect
from dra_policy.record import replace


def adjusted(
    slices: tuple[LoadedSlice, ...], rules: Sequence[DeviceTaintRule], table: FrameTable
) -> tuple[LoadedSlice, ...]:
    """The slices with the taints of rules, and without devices of dra-evolution that a newer pool publishes."""
    if any(each.envelope.dialect is Dialect.EVOLUTION for each in slices):
        slices = _without_superseded(slices, table)
    return _tainted(slices, rules, table) if rules else slices


def _tainted(
    slices: tuple[LoadedSlice, ...], rules: Sequence[DeviceTaintRule], table: FrameTable
) -> tuple[LoadedSlice, ...]:
    """The rules' taints follow the devices' own, in the order of the rules (resourceslice/tracker)."""
    frames: dict[tuple[Frame, tuple[tuple[int, Taint], ...]], Frame] = {}
    result = []
    for each in slices:
        added = tuple((selected, rule.taint) for rule in rules if (selected := _selected(rule, each)))
        if added:
            key = (each.frame, added)
            if key not in frames:
                frames[key] = _tainted_frame(each.frame, added, table)
            each = replace(each, frame=frames[key])  # noqa: PLW2901
        result.append(each)
    return tuple(result)


def _selected(rule: DeviceTaintRule, loaded: LoadedSlice) -> int:
    """The bit set of the slice's devices that the rule selects."""
    if rule.driver not in (None, loaded.envelope.driver) or rule.pool not in (None, loaded.pool):
        return 0
    if rule.device is None:
        return loaded.frame.all_devices
    return sum(1 << index for index, device in enumerate(loaded.frame.devices) if device.name == rule.device)


def _tainted_frame(frame: Frame, added: Iterable[tuple[int, Taint]], table: FrameTable) -> Frame:
    devices = list(frame.devices)
    for selected, taint in added:
        for index, device in enumerate(devices):
            if selected >> index & 1:
                devices[index] = replace(device, taints=(*device.taints, taint))
    return table.frame(frame.driver, frame.dialect, tuple(devices), frame.unique)


def _without_superseded(slices: tuple[LoadedSlice, ...], table: FrameTable) -> tuple[LoadedSlice, ...]:
    """Of a device that several pools publish the one in the newest pool stands (dra-evolution ResourcePool).

    Pools without a timestamp are the oldest; of pools of one age the later one stands.
    """
    newest: dict[tuple[str, str, str], LoadedSlice] = {}
    for each in sorted(slices, key=lambda loaded: loaded.envelope.creation_timestamp or ""):
        if each.envelope.dialect is Dialect.EVOLUTION:
            newest.update({(each.envelope.driver, each.pool, device.name): each for device in each.frame.devices})
    return tuple(_kept(each, newest, table) for each in slices)


def _kept(each: LoadedSlice, newest: dict[tuple[str, str, str], LoadedSlice], table: FrameTable) -> LoadedSlice:
    if each.envelope.dialect is not Dialect.EVOLUTION:
        return each
    names = [device.name for device in each.frame.devices]
    kept = [newest[each.envelope.driver, each.pool, name] is each for name in names]
    if all(kept):
        return each
    devices = tuple(device for device, stays in zip(each.devices, kept, strict=True) if stays)
    frame = table.frame(each.frame.driver, each.frame.dialect, devices)
    return replace(each, frame=frame, unique_texts=())
