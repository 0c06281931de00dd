"""Find the pools that a node can use, in Kubernetes' order (GatherPools of the structured allocator).

Only the newest generation among the slices *relevant to the node* counts. A pool is complete if as many relevant
slices exist as the pool announces; only where they do not, the slices for other nodes are looked at, and only then is a
still newer generation noticed.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.layout import PoolView
from dra_policy.fleet.node_match import UnreadableSelector, serves
from dra_policy.fleet.pool import (
    DuplicateCounterSet,
    DuplicateDevice,
    Invalidity,
    UnknownCounter,
    UnknownCounterSet,
    UnreadableSlice,
    WrongSliceCount,
)
from dra_policy.fleet.shared_slices import SharedSlices, place_of_reading
from dra_policy.model import CounterSet, DeviceId, DeviceSet, Node
from dra_policy.model.dialect import Dialect
from dra_policy.model.features import Features
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What pools need to know of a device list."""

    names: Mapping[str, int]
    """The devices' names, with their positions."""
    has_double_names: bool
    has_binding_conditions: bool
    has_compatibility_groups: bool
    consumed: frozenset[tuple[str, str]]
    """(counter set, counter) of all devices; the counter is empty where a set is named without counters."""

    @property
    def is_plain(self) -> bool:
        """Whether a pool of this list alone is valid and nothing special, whatever the features."""
        return not (self.has_double_names or self.has_binding_conditions or self.consumed)


@dataclass(frozen=True, slots=True)
class Found:
    """A pool of a node, and what decides its place in the order."""

    view: PoolView
    dialect: Dialect
    counter_sets: tuple[CounterSet, ...] = ()
    has_binding_conditions: bool = False


class Gatherer:
    """The slices of a fleet, indexed for the question which of them a node can use."""

    __slots__ = ("_facts", "_features", "_of_prototype", "_on_node", "_plain", "_pools", "_shared", "_valid")

    def __init__(self, slices: Sequence[LoadedSlice], features: Features) -> None:
        self._features = features
        self._facts: dict[Frame, FrameFacts] = {}
        self._plain: dict[Frame, bool] = {}
        self._on_node: dict[str, list[LoadedSlice]] = {}
        self._shared = SharedSlices()
        # By driver, then by pool: a key of two for each slice would cost a large fleet some ten megabytes.
        self._pools: dict[str, dict[str, list[LoadedSlice]]] = {}
        self._of_prototype: dict[tuple[str, ...], list[LoadedSlice]] = {}
        self._valid: set[tuple[Frame, ...]] = set()
        for each in slices:
            self.add(each)

    def add(self, each: LoadedSlice) -> None:
        """Index a slice."""
        for same in self._indexes(each):
            same.append(each)
        if not each.envelope.node_name:
            self._shared.add(each)

    def remove(self, each: LoadedSlice) -> None:
        """Drop a slice from the index."""
        for same in self._indexes(each):
            same.remove(each)
        self._drop_empty(each)
        if not each.envelope.node_name:
            self._shared.remove(each)

    def replace(self, old: LoadedSlice, new: LoadedSlice) -> None:
        """Put a slice in the place of another one."""
        for same in self._indexes(old):
            same.remove(old)
        # Slices stand in the order of reading, as if the fleet were built anew.
        for same in self._indexes(new):
            insort(same, new, key=place_of_reading)
        self._drop_empty(old)
        if not old.envelope.node_name:
            self._shared.remove(old)
        if not new.envelope.node_name:
            self._shared.add(new)

    def copied(self) -> Gatherer:
        """The same index, to be changed by itself."""
        made = Gatherer((), self._features)
        made._facts, made._plain, made._valid = dict(self._facts), dict(self._plain), set(self._valid)
        made._on_node = {node: list(slices) for node, slices in self._on_node.items()}
        made._shared = self._shared.copied()
        made._pools = {
            driver: {pool: list(slices) for pool, slices in pools.items()} for driver, pools in self._pools.items()
        }
        made._of_prototype = {names: list(slices) for names, slices in self._of_prototype.items()}
        return made

    def keep_only(self, frames: Container[Frame]) -> None:
        """Forget what is known of frames that no slice has any more."""
        self._facts = {frame: facts for frame, facts in self._facts.items() if frame in frames}
        self._plain = {frame: is_plain for frame, is_plain in self._plain.items() if frame in frames}
        self._valid = {key for key in self._valid if all(frame in frames for frame in key)}

    def is_local(self, driver: str, pool: str) -> bool:
        """Whether all slices of a pool stand on one node, so that no other one sees anything of it."""
        slices = self.of_pool(driver, pool)
        return all(
            each.envelope.node_name and each.envelope.node_name == slices[0].envelope.node_name for each in slices
        )

    def is_apart(self, driver: str, pool: str) -> bool:
        """Whether what is taken of a pool on one node changes nothing for another one.

        So it is where each slice stands on a node, no two nodes have devices of one name, and none draws counters.
        """
        if self.is_local(driver, pool):
            return True
        slices = self.of_pool(driver, pool)
        if any(not each.envelope.node_name or self.draws(each.frame) for each in slices):
            return False
        owners: dict[str, str | None] = {}
        return all(
            owners.setdefault(name, each.envelope.node_name) == each.envelope.node_name
            for each in slices
            for name in self.facts(each.frame).names
        )

    @property
    def has_shared(self) -> bool:
        """Whether some slice belongs to no single node."""
        return bool(self._shared)

    def draws(self, frame: Frame) -> bool:
        """Whether some device of the frame consumes counters."""
        return bool(self.facts(frame).consumed)

    def _indexes(self, each: LoadedSlice) -> tuple[list[LoadedSlice], ...]:
        """The lists in which a slice stands."""
        envelope = each.envelope
        pool = self._pools.setdefault(envelope.driver, {}).setdefault(envelope.pool, [])
        node = (self._on_node.setdefault(envelope.node_name, []),) if envelope.node_name else ()
        if envelope.dialect is not Dialect.EVOLUTION:
            return pool, *node
        return pool, *node, self._of_prototype.setdefault((envelope.driver, each.pool), [])

    def _drop_empty(self, gone: LoadedSlice) -> None:
        """Leave no list where a slice that is gone was the last one."""
        envelope = gone.envelope
        pools = self._pools[envelope.driver]
        if not pools[envelope.pool]:
            del pools[envelope.pool]
        if not pools:
            del self._pools[envelope.driver]
        if envelope.node_name and not self._on_node[envelope.node_name]:
            del self._on_node[envelope.node_name]
        if envelope.dialect is Dialect.EVOLUTION and not self._of_prototype[envelope.driver, gone.pool]:
            del self._of_prototype[envelope.driver, gone.pool]

    def named(self, driver: str, pool: str) -> Sequence[LoadedSlice]:
        """The slices whose devices have names that begin with ``driver/pool``."""
        found = self.of_pool(driver, pool)
        if not self._of_prototype:
            return found
        others = [each for each in found if each.envelope.dialect is not Dialect.EVOLUTION]
        return [*others, *self._of_prototype.get((driver, pool), ())]

    def pools(self, node: Node) -> list[Found] | UnreadableSlice:
        """The node's pools in visiting order: those with a device that has binding conditions come last."""
        relevant = []
        for each in self._relevant(node):
            if isinstance(each, UnreadableSlice):
                return each
            relevant.append(each)
        found = [*self._kubernetes_pools(relevant), *self._prototype_pools(relevant)]
        found.sort(key=lambda each: (each.has_binding_conditions, each.view.driver, each.view.name))
        return found

    def plain_slices(self, node: Node) -> list[LoadedSlice] | None:
        """The slices of a node of which each is a whole pool of plain devices, in visiting order; None of others.

        Nearly all nodes are like that, and their pools need no further look.
        """
        if self._shared and self._shared.candidates(node):
            return None
        slices = self._on_node.get(node.name, [])
        pools = set()
        for each in slices:
            envelope = each.envelope
            if (
                envelope.resource_slice_count != 1
                or envelope.shared_counters
                or envelope.per_device_node_selection is not None
                or envelope.skip_node_operations
                or not self._is_plain(each.frame)
            ):
                return None
            pools.add((envelope.driver, envelope.pool))
        return sorted(slices, key=_pool_of) if len(pools) == len(slices) else None

    def _is_plain(self, frame: Frame) -> bool:
        """Whether the frame is one of Kubernetes and has nothing special."""
        found = self._plain.get(frame)
        if found is None:
            found = self._plain[frame] = frame.dialect.is_kubernetes and self.facts(frame).is_plain
        return found

    def of_pool(self, driver: str, pool: str) -> Sequence[LoadedSlice]:
        """All slices of a pool, of any generation."""
        return self._pools.get(driver, {}).get(pool, ())

    def positions(self, device: DeviceId) -> Sequence[tuple[LoadedSlice, int]]:
        """Where a device is published, in slices of any generation."""
        found = [
            (each, self.facts(each.frame).names.get(device.device)) for each in self.named(device.driver, device.pool)
        ]
        return [(each, index) for each, index in found if index is not None]

    def masks(self, devices: DeviceSet) -> dict[int, int]:
        """Some devices as bit sets, by the index of the slice that publishes them, of whatever generation."""
        masks: dict[int, int] = defaultdict(int)
        known: dict[tuple[int, int], int] = {}
        for driver, pool, names in devices.pools():
            for each in self.named(driver, pool):
                # Pools whose devices are called alike share one set of names.
                key = each.frame.id, id(names)
                if key not in known:
                    indexes = self.facts(each.frame).names
                    known[key] = sum(1 << indexes[name] for name in names if name in indexes)
                masks[each.index] |= known[key]
        return {index: mask for index, mask in masks.items() if mask}

    def facts(self, frame: Frame) -> FrameFacts:
        """What pools need to know of a device list; computed once."""
        facts = self._facts.get(frame)
        if facts is None:
            facts = self._facts[frame] = _facts_of(frame)
        return facts

    def _relevant(self, node: Node) -> Iterator[LoadedSlice | UnreadableSlice]:
        """The slices that can be used from the node, in the order of reading, or the first that cannot be read."""
        for each in (*self._on_node.get(node.name, ()), *self._shared.candidates(node)):
            if each.envelope.dialect.is_kubernetes and self._is_ignored(each):
                continue
            found = True if each.envelope.node_name else _is_relevant(each, node)
            if found is True:
                yield each
            # A prototype's selector that cannot be parsed matches no node.
            elif isinstance(found, UnreadableSlice) and each.envelope.dialect.is_kubernetes:
                yield found

    def _kubernetes_pools(self, relevant: Iterable[LoadedSlice]) -> Iterator[Found]:
        newest: dict[tuple[str, str], list[LoadedSlice]] = {}
        for each in relevant:
            envelope = each.envelope
            if not envelope.dialect.is_kubernetes:
                continue
            so_far = newest.setdefault((envelope.driver, envelope.pool), [])
            if so_far and envelope.generation > so_far[0].envelope.generation:
                so_far.clear()
            if not so_far or envelope.generation == so_far[0].envelope.generation:
                so_far.append(each)
        for slices in newest.values():
            found = self._complete(slices)
            if found is not None:
                yield found

    def _is_ignored(self, each: LoadedSlice) -> bool:
        """Slices that need a feature which is off; their pool becomes incomplete."""
        envelope = each.envelope
        if not self._features.partitionable_devices and (
            envelope.per_device_node_selection is not None or envelope.shared_counters
        ):
            return True
        return not self._features.compatibility_groups and self.facts(each.frame).has_compatibility_groups

    def _complete(self, slices: list[LoadedSlice]) -> Found | None:
        """The pool of the relevant slices of one generation; None if a newer generation is found elsewhere."""
        envelope = slices[0].envelope
        if len(slices) == envelope.resource_slice_count:
            if len(slices) == 1 and not envelope.shared_counters and self.facts(slices[0].frame).is_plain:
                return whole_pool(slices[0])
            return self._built(slices, [])
        all_slices = []
        for each in self.of_pool(envelope.driver, envelope.pool):
            if each.envelope.generation > envelope.generation:
                return None
            if each.envelope.generation == envelope.generation and (
                self._features.compatibility_groups or not self.facts(each.frame).has_compatibility_groups
            ):
                all_slices.append(each)
        if len(all_slices) != envelope.resource_slice_count:
            problem = WrongSliceCount(len(all_slices), envelope.resource_slice_count, envelope.generation)
            view = PoolView(envelope.driver, envelope.pool, problem, tuple(slices))
            return Found(view, envelope.dialect)
        known = {each.envelope.name for each in slices}
        return self._built(slices, [each for each in all_slices if each.envelope.name not in known])

    def _built(self, slices: list[LoadedSlice], foreign: list[LoadedSlice]) -> Found:
        if len(slices) > 1:
            slices.sort(key=lambda each: each.envelope.name)
        devices, counters = slices, []
        if self._features.partitionable_devices:
            counters = [each for each in (*slices, *foreign) if each.envelope.shared_counters]
            if counters:
                devices = [each for each in slices if not each.envelope.shared_counters]
                foreign = [each for each in foreign if not each.envelope.shared_counters]
        problem: Invalidity | None = self._double_name(devices)
        if problem is None and self._features.partitionable_devices:
            problem = _double_counter_set(counters) or self._unknown_counter((*devices, *foreign), counters)
        envelope = slices[0].envelope
        view = PoolView(envelope.driver, envelope.pool, problem, tuple(devices), tuple(foreign))
        if problem is not None:
            return Found(view, envelope.dialect)
        sets = tuple(each for counter in counters for each in counter.envelope.shared_counters)
        has_binding_conditions = any(self.facts(each.frame).has_binding_conditions for each in devices)
        return Found(view, envelope.dialect, sets, has_binding_conditions)

    def _prototype_pools(self, relevant: Iterable[LoadedSlice]) -> Iterator[Found]:
        """Pools of dra-evolution and k8srm: one object each, with its own shared capacity.

        A device that consumes what its pool does not have is no fault of the pool there: it can never be had.
        """
        for each in relevant:
            envelope = each.envelope
            if envelope.dialect.is_kubernetes:
                continue
            problem = self._double_name([each])
            view = PoolView(envelope.driver, envelope.pool, problem, (each,))
            yield Found(view, envelope.dialect, () if problem else envelope.shared_counters)

    def _double_name(self, slices: Sequence[LoadedSlice]) -> DuplicateDevice | None:
        frames = tuple([each.frame for each in slices])
        if frames in self._valid:
            return None
        seen: dict[str, str] = {}
        for each in slices:
            facts = self.facts(each.frame)
            if facts.has_double_names or not seen.keys().isdisjoint(facts.names):
                for device in each.frame.devices:
                    if device.name in seen:
                        return DuplicateDevice(device.name, seen[device.name], each.envelope.name)
                    seen[device.name] = each.envelope.name
            seen.update(dict.fromkeys(facts.names, each.envelope.name))
        self._valid.add(frames)
        return None

    def _unknown_counter(self, devices: Iterable[LoadedSlice], counters: Sequence[LoadedSlice]) -> Invalidity | None:
        known: set[tuple[str, str]] | None = None
        for each in devices:
            consumed = self.facts(each.frame).consumed
            if not consumed:
                continue
            if known is None:
                sets = [every for counter in counters for every in counter.envelope.shared_counters]
                known = {(every.name, name) for every in sets for name, _ in every.counters}
                known.update((every.name, "") for every in sets)
            if not consumed <= known:
                return _first_unknown(each, known)
        return None


def whole_pool(each: LoadedSlice) -> Found:
    """The pool that a slice of plain devices is by itself."""
    envelope = each.envelope
    return Found(PoolView(envelope.driver, envelope.pool, None, (each,)), envelope.dialect)


def _is_relevant(each: LoadedSlice, node: Node) -> bool | UnreadableSlice:
    """Whether a slice that names no node can be used from the node; devices after the first that can do not count."""
    envelope = each.envelope
    if envelope.all_nodes or envelope.node_selector is not None:
        found = serves(envelope, node)
        return UnreadableSlice(envelope.name, None, found) if isinstance(found, UnreadableSelector) else found
    for device in each.frame.devices if envelope.per_device_node_selection else ():
        found = serves(device, node)
        if isinstance(found, UnreadableSelector):
            return UnreadableSlice(envelope.name, device.name, found)
        if found:
            return True
    return False


def _pool_of(each: LoadedSlice) -> tuple[str, str]:
    return each.envelope.driver, each.envelope.pool


def _facts_of(frame: Frame) -> FrameFacts:
    names = {device.name: index for index, device in reversed(tuple(enumerate(frame.devices)))}
    consumptions = [each for device in frame.devices for each in device.consumes_counters]
    return FrameFacts(
        names=names,
        has_double_names=len(names) < len(frame.devices),
        has_binding_conditions=any(device.binding_conditions for device in frame.devices),
        has_compatibility_groups=any(each.compatibility_groups for each in consumptions),
        consumed=frozenset(
            (each.counter_set, counter)
            for each in consumptions
            for counter in ("", *(name for name, _ in each.counters))
        ),
    )


def _double_counter_set(counters: Sequence[LoadedSlice]) -> DuplicateCounterSet | None:
    seen: dict[str, str] = {}
    for each in counters:
        for counter_set in each.envelope.shared_counters:
            if counter_set.name in seen:
                return DuplicateCounterSet(counter_set.name, seen[counter_set.name], each.envelope.name)
            seen[counter_set.name] = each.envelope.name
    return None


def _first_unknown(each: LoadedSlice, known: set[tuple[str, str]]) -> Invalidity | None:
    for device in each.frame.devices:
        for consumption in device.consumes_counters:
            if (consumption.counter_set, "") not in known:
                return UnknownCounterSet(device.name, consumption.counter_set, each.envelope.name)
            for counter, _ in consumption.counters:
                if (consumption.counter_set, counter) not in known:
                    return UnknownCounter(device.name, consumption.counter_set, counter, each.envelope.name)
    return None
