"""A node's pools made whole: what their published devices would do if Kubernetes did not ignore them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import TypeVar

from dra_policy.fleet import Fleet, LoadedSlice, NodeView, PoolView
from dra_policy.model import CounterSet, Device, Objects, ResourceSlice
from dra_policy.model.resource_slice import PublishedDevices
from dra_policy.record import replace

Names = tuple[str, str]
Named = TypeVar("Named", Device, CounterSet)
Listings = Mapping[tuple[str, str, str], object]
"""Which listing stands of what is listed in several ways: by pool, kind (``device``, ``counters``) and name."""

_MOST_CHOICES = 64


class Mender:
    """Makes fleets of single nodes in which every pool is complete and valid."""

    __slots__ = ("_by_pool", "_fleet")

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._by_pool: dict[Names, list[LoadedSlice]] = {}
        for each in fleet.slices:
            self._by_pool.setdefault((each.envelope.driver, each.envelope.pool), []).append(each)

    def fleets_of(self, view: NodeView) -> Iterator[Fleet]:
        """The fleets of one node with its pools made whole; what is held now is held.

        What is published counts: nothing is made up for missing slices. Of a device or counter set that is listed
        twice any listing may stand, in a fleet for each choice (up to a limit, all first ones before others). A device
        draws nothing from counters that its pool does not have.
        """
        doubled = {key: found for pool in view.pools for key, found in self._doubled(pool).items()}
        for choice in islice(product(*doubled.values()), _MOST_CHOICES):
            yield self._fleet_with(view, dict(zip(doubled, choice, strict=True)))

    def _doubled(self, pool: PoolView) -> dict[tuple[str, str, str], tuple[object, ...]]:
        """What a broken pool lists in several ways, with these ways in their order."""
        if pool.problem is None:
            return {}
        slices = self._slices(pool)
        sets = _several_ways(one for each in slices for one in each.envelope.shared_counters)
        devices = _several_ways(one for each in slices for one in each.devices)
        return {
            (str(pool), kind, name): ways
            for kind, found in (("device", devices), ("counters", sets))
            for name, ways in found.items()
        }

    def _fleet_with(self, view: NodeView, kept: Listings) -> Fleet:
        slices: list[ResourceSlice] = []
        for pool in view.pools:
            if pool.problem is None:
                slices += [_published(each, each.devices) for each in self._by_pool[pool.driver, pool.name]]
            else:
                slices += self._whole(pool, kept)
        objects = Objects(nodes=[self._fleet.nodes[view.node]], slices=slices)
        structure = Fleet.build(objects, features=self._fleet.features).structure
        return Fleet(structure, self._fleet.occupancy)

    def _whole(self, pool: PoolView, kept: Listings) -> list[ResourceSlice]:
        """The slices of a broken pool that the node sees, and its counters, without what breaks it."""
        devices: set[str] = set()
        counters: set[str] = set()
        found = []
        for each in self._slices(pool):
            sets = [
                one for one in each.envelope.shared_counters if kept.get((str(pool), "counters", one.name), one) == one
            ]
            listed = [one for one in each.devices if kept.get((str(pool), "device", one.name), one) == one]
            found.append((each, _first_ones(sets, counters), _first_ones(listed, devices)))
        known = {(one.name, name) for _, sets, _ in found for one in sets for name, _ in one.counters}
        return [_whole_slice(each, sets, devices_kept, known, len(found)) for each, sets, devices_kept in found]

    def _slices(self, pool: PoolView) -> list[LoadedSlice]:
        """The slices of a broken pool: those with its counters, and those that the node sees."""
        return [*self._counters(pool), *sorted(pool.slices, key=lambda one: one.envelope.name)]

    def _counters(self, pool: PoolView) -> list[LoadedSlice]:
        """The slices with counters that stand behind the pool's devices; a node need not see them."""
        if not pool.slices or not self._fleet.features.partitionable_devices:
            return []
        generation = pool.slices[0].envelope.generation
        return [
            each
            for each in self._by_pool[pool.driver, pool.name]
            if each.envelope.shared_counters and each.envelope.generation == generation and each not in pool.slices
        ]


def _several_ways(listed: Iterable[Named]) -> dict[str, tuple[Named, ...]]:
    """Those of which there is more than one listing, and no two alike, by name."""
    listings: dict[str, list[Named]] = {}
    for one in listed:
        found = listings.setdefault(one.name, [])
        if one not in found:
            found.append(one)
    return {name: tuple(found) for name, found in listings.items() if len(found) > 1}


def _first_ones(listed: Iterable[Named], seen: set[str]) -> tuple[Named, ...]:
    """Those whose names were not seen before."""
    kept = []
    for each in listed:
        if each.name not in seen:
            seen.add(each.name)
            kept.append(each)
    return tuple(kept)


def _whole_slice(
    each: LoadedSlice, sets: tuple[CounterSet, ...], devices: tuple[Device, ...], known: set[Names], number: int
) -> ResourceSlice:
    drawing = tuple(_drawing_known(device, known) for device in devices)
    return replace(_published(each, drawing), shared_counters=sets, resource_slice_count=number)


def _published(each: LoadedSlice, devices: tuple[Device, ...]) -> ResourceSlice:
    """The slice with these devices, the taints of rules among theirs already."""
    return replace(
        each.envelope,
        devices=PublishedDevices(str(each.index).encode(), lambda _text, _driver, **_how: devices),
    )


def _drawing_known(device: Device, known: set[Names]) -> Device:
    """The device without what it draws from counters that its pool does not have."""
    drawn = tuple(
        replace(each, counters=tuple(one for one in each.counters if (each.counter_set, one[0]) in known))
        for each in device.consumes_counters
    )
    kept = tuple(each for each in drawn if each.counters or not each.is_readable)
    return device if kept == device.consumes_counters else replace(device, consumes_counters=kept)
