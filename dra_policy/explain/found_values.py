"""The values that devices have where a condition does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dra_policy.evaluate import Evaluator, Rejected
from dra_policy.evaluate.verdict import Reason
from dra_policy.explain.filters import Filter
from dra_policy.explain.funnel import ValueCount
from dra_policy.explain.spots import Masks, Spot
from dra_policy.fleet import Frame, LoadedSlice
from dra_policy.ir import Constant, Path, Predicate, paths, print_value, read, reading
from dra_policy.ir.path import published_names
from dra_policy.model import Device
from dra_policy.values import AttributeValue, type_name
from dra_policy.values.bit_sets import positions


def single_path(predicate: Predicate) -> Path | None:
    """The one thing that a predicate reads; None where it reads several, or a whole map."""
    read_paths = paths(predicate)
    if len(read_paths) != 1 or read_paths[0].is_whole:
        return None
    return read_paths[0]


def reads_own_value(path: Path, frame: Frame) -> bool:
    """Whether the slices of a frame differ in what a path reads."""
    return bool(frame.unique) and not frame.unique.isdisjoint(published_names(path, frame.driver))


def values_found(row: Filter, before: Masks, spots: Sequence[Spot]) -> tuple[tuple[ValueCount, ...], int, int]:
    """Values where a condition is not met among the devices of ``before``; how many publish none; how many fail.

    Values are most frequent first, equal counts in the order of visits. Empty where the condition reads several things.
    """
    path = single_path(row.predicate) if row.predicate is not None else None
    failing = tuple(mask & ~passes for mask, passes in zip(before, row.passes, strict=True))
    errors = sum(
        (mask & error).bit_count() * len(spot.nodes)
        for mask, error, spot in zip(before, row.errors or before, spots, strict=True)
        if row.errors
    )
    if path is None:
        return (), 0, errors
    counted: Counter[tuple[str, str]] = Counter()
    absent = 0
    for device, weight in devices_in(spots, failing, path):
        value = read(path, device)
        if value is None:
            absent += weight
        else:
            counted[printed(value), type_name(value)] += weight
    values = tuple(ValueCount(text, kind, number) for (text, kind), number in counted.most_common())
    return values, absent, errors


def values_of_class(
    row: Filter, before: Masks, spots: Sequence[Spot], evaluator: Evaluator
) -> tuple[str, tuple[ValueCount, ...], int]:
    """What a class asks for where it rejects most devices, the values found there, and how many publish none."""
    devices: Counter[Reason] = Counter()
    absent: Counter[Reason] = Counter()
    values: dict[Reason, Counter[tuple[str, str]]] = {}
    assert row.predicate is not None
    whole = paths(row.predicate)
    failing = tuple(mask & ~passes for mask, passes in zip(before, row.passes, strict=True))
    for device, weight in devices_in(spots, failing, *whole):
        outcome = evaluator.verdict(row.predicate, device)
        for part in outcome.blamed if isinstance(outcome, Rejected) else ():
            devices[part] += weight
            path = None if isinstance(part, Constant) else single_path(part)
            value = read(path, device) if path is not None else None
            if value is not None:
                values.setdefault(part, Counter())[printed(value), type_name(value)] += weight
            elif path is not None:
                absent[part] += weight
    if not devices:
        return "", (), 0
    part = max(devices, key=lambda each: devices[each])
    counted = values.get(part, Counter()).most_common()
    return reading(part), tuple(ValueCount(text, kind, number) for (text, kind), number in counted), absent[part]


def printed(value: AttributeValue) -> str:
    """A value as answers show it: as published, strings in quotes."""
    return print_value(value)


def devices_in(spots: Sequence[Spot], masks: Masks, *read_paths: Path) -> Iterator[tuple[Device, int]]:
    """The devices of some masks as far as some paths read them, with the number of their equals.

    Each distinct device of a frame comes once; a shared one counts once for each spot that sees it: shares of values,
    not of devices, are asked for.
    """
    weights: dict[tuple[int, int], int] = {}
    sources: dict[tuple[int, int], Frame | LoadedSlice] = {}
    for spot, mask in zip(spots, masks, strict=True):
        for each in spot.slices:
            bits = mask >> each.start & each.frame.all_devices
            if bits:
                own = any(reads_own_value(path, each.frame) for path in read_paths)
                key = (-1 - each.loaded.index if own else each.frame.id, bits)
                weights[key] = weights.get(key, 0) + (1 if each.is_shared else len(spot.nodes))
                sources[key] = each.loaded if own else each.frame
    for key, weight in weights.items():
        devices = sources[key].devices
        for index in positions(key[1]):
            yield devices[index], weight
