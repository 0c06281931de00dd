"""What is wrong with what drivers publish: unreadable values, slices that the API refuses, pools that are invalid.

Devices are looked at once for each distinct list of them, at the first slice that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dra_policy.ir import is_unreadable
from dra_policy.model import ResourceSlice
from dra_policy.model.gates import LISTS
from dra_policy.text import Diagnostic, Severity, Span
from dra_policy.values import UNSUPPORTED, Unreadable, Version, VersionError

if TYPE_CHECKING:
    from dra_policy.fleet import Fleet, LoadedSlice

UNREADABLE = "DRA127"
# To find a place is to parse the slice again.
_MOST_PLACED = 50


def unreadable_values(fleet: Fleet) -> tuple[Diagnostic, ...]:
    """A warning for each value that cannot be read; one that many devices publish alike is told once."""
    slices: dict[int, list[LoadedSlice]] = {}
    for loaded in fleet.slices:
        slices.setdefault(loaded.frame.id, []).append(loaded)
    alike: dict[tuple[str, str, Unreadable], list[tuple[LoadedSlice, int, int]]] = {}
    for same in slices.values():
        frame = same[0].frame
        for index, device in enumerate(frame.devices):
            if is_unreadable(device):
                for name, value in device.attributes.items():
                    if isinstance(value, Unreadable):
                        places = alike.setdefault((frame.driver, name, value), [])
                        places.append((same[0], index, len(same)))
    return tuple(
        _unreadable(name, value, places, is_placed=number < _MOST_PLACED)
        for number, ((_, name, value), places) in enumerate(alike.items())
    )


def _unreadable(
    name: str, value: Unreadable, places: list[tuple[LoadedSlice, int, int]], *, is_placed: bool
) -> Diagnostic:
    from dra_policy.manifests.dialects.slice_limits import value_place

    loaded, index, _ = places[0]
    device = f"{loaded.envelope.node_name or loaded.pool}/{loaded.frame.devices[index].name}"
    others = sum(times for _, _, times in places) - 1
    stops = "every selector stops on this device, even `true`"
    if others:
        stops = f"every selector stops on this device and on {others:,} more with this value, even `true`"
    mended = _mended(value.text) if _is_version(value) else None
    hint = f"{stops}; write `{mended}`" if mended else stops
    place = value_place(loaded.envelope, index, name) if is_placed else None
    message = f"`{name}` of {device} {_wrong(value)}"
    return Diagnostic(UNREADABLE, Severity.WARNING, message, place.span if place else None, hint=hint)


def _wrong(value: Unreadable) -> str:
    if _is_version(value):
        return f"is no version: `{value.text}`"
    if value.is_list:
        needs = f"Kubernetes 1.{LISTS.needless_since}, or 1.{LISTS.since} with the feature gate DRAListTypeAttributes"
        return f"is a list, which needs {needs}: `{value.text}`"
    if value.reason != UNSUPPORTED:
        return f"is no quantity: `{value.text}`"
    return f"has a value of no known type: `{value.text}`" if value.text else "has no value"


def _is_version(value: Unreadable) -> bool:
    return value.reason.startswith("parse semantic version")


def _mended(text: str) -> str | None:
    """The version that was probably meant: with three parts, without a `v` and leading zeros."""
    numbers = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\d.])", text)
    if numbers is None:
        return None
    mended = ".".join(((part or "").lstrip("0") or "0") for part in numbers.groups()) + text[numbers.end() :]
    try:
        return str(Version.parse(mended))
    except VersionError:
        return None


def check_slices(fleet: Fleet, own: Iterable[ResourceSlice]) -> Iterator[Diagnostic]:
    """What the API server refuses in slices, and what keeps the scheduler from using the fleet's pools."""
    from dra_policy.manifests.dialects.slice_limits import check_devices, check_envelope

    names = {(each.dialect.family, each.name) for each in own}
    frames: set[int] = set()
    for loaded in fleet.slices:
        if (loaded.envelope.dialect.family, loaded.envelope.name) not in names:
            continue
        yield from check_envelope(loaded.envelope)
        if loaded.frame.id not in frames:
            frames.add(loaded.frame.id)
            yield from check_devices(loaded.envelope)
    yield from _pool_findings(fleet)


def refused_slices(slices: Iterable[ResourceSlice]) -> Iterator[Diagnostic]:
    """What the API server refuses in slices, whatever else there is."""
    from dra_policy.manifests.dialects.slice_limits import check_devices, check_envelope

    for each in slices:
        yield from check_envelope(each)
        yield from check_devices(each)


def _pool_findings(fleet: Fleet) -> Iterator[Diagnostic]:
    pools: dict[tuple[str, str], list[LoadedSlice]] = {}
    for loaded in fleet.current_slices:
        if loaded.envelope.dialect.is_kubernetes:
            pools.setdefault((loaded.envelope.driver, loaded.envelope.pool), []).append(loaded)
    for slices in pools.values():
        # Where slices are missing, they may have what seems to be unknown.
        if len(slices) == slices[0].envelope.resource_slice_count:
            yield from _double_devices(slices)
            yield from _counter_findings(slices)


def _double_devices(slices: list[LoadedSlice]) -> Iterator[Diagnostic]:
    """Names that two slices for the same node (or for all nodes) publish; one slice by itself is the API's matter."""
    seen: dict[tuple[str | None, str], str] = {}
    for loaded in slices if len(slices) > 1 else ():
        envelope = loaded.envelope
        if envelope.node_name is None and not envelope.all_nodes:
            continue
        for index, device in enumerate(loaded.frame.devices):
            other = seen.setdefault((envelope.node_name, device.name), envelope.name)
            if other != envelope.name:
                message = f"slice `{other}` of the pool has a device `{device.name}` as well"
                span = _span(loaded, "devices", index, "name")
                yield _warning("DRA122", message, span, "the pool is invalid: none of its devices is used")


def _counter_findings(slices: list[LoadedSlice]) -> Iterator[Diagnostic]:
    known: dict[str, frozenset[str]] = {}
    for loaded in slices:
        for index, counter_set in enumerate(loaded.envelope.shared_counters):
            if counter_set.name in known:
                message = f"the pool has a counter set `{counter_set.name}` already"
                yield _warning("DRA123", message, _span(loaded, "sharedCounters", index), "give it a name of its own")
            known[counter_set.name] = frozenset(name for name, _ in counter_set.counters)
    seen: set[tuple[int, str]] = set()
    for loaded in slices:
        for index, device in enumerate(loaded.frame.devices):
            for number, each in enumerate(device.consumes_counters):
                for message in _unknown(each.counter_set, tuple(name for name, _ in each.counters), known):
                    if (loaded.frame.id, message) not in seen:
                        seen.add((loaded.frame.id, message))
                        span = _span(loaded, "devices", index, "consumesCounters", number, "counterSet")
                        yield _warning("DRA124", message, span, "the pool is invalid: none of its devices is used")


def _unknown(counter_set: str, counters: tuple[str, ...], known: dict[str, frozenset[str]]) -> Iterator[str]:
    if counter_set not in known:
        yield f"the pool has no counter set `{counter_set}`"
        return
    for counter in counters:
        if counter not in known[counter_set]:
            yield f"counter set `{counter_set}` has no counter `{counter}`"


def _span(loaded: LoadedSlice, *steps: str | int) -> Span | None:
    place = loaded.envelope.place
    return place.child("spec", *steps).span if place is not None else None


def _warning(code: str, message: str, span: Span | None, hint: str) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, hint=hint)
