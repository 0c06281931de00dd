"""What of a node's layout is taken: masks per slice, shares, counters that are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.fleet.gather import Gatherer
from dra_policy.fleet.layout import PoolView, Share, Usage
from dra_policy.fleet.occupancy import Holdings, Occupancy
from dra_policy.fleet.offers import Offer
from dra_policy.model import CounterSet, Device, DeviceId
from dra_policy.values import Quantity
from dra_policy.values.bit_sets import positions


class Masks:
    """The devices in use, slice by slice."""

    __slots__ = ("_gatherer", "_in_use", "_plain", "_shares")

    def __init__(
        self, gatherer: Gatherer, in_use: dict[int, int], shares: dict[int, dict[int, Mapping[str, Quantity]]]
    ) -> None:
        self._gatherer = gatherer
        self._in_use = in_use
        self._shares = shares
        self._plain: dict[int, Usage] = {}

    @classmethod
    def of(cls, gatherer: Gatherer, occupancy: Occupancy) -> Masks:
        """The masks of a state. A device is known by its name: it is in use in every slice that publishes it."""
        shares: dict[int, dict[int, Mapping[str, Quantity]]] = {}
        for device, consumed in occupancy.shares.items():
            for loaded, index in gatherer.positions(device):
                shares.setdefault(loaded.index, {})[index] = consumed
        return cls(gatherer, gatherer.masks(occupancy.devices), shares)

    def changed(self, occupancy: Occupancy, devices: Iterable[DeviceId]) -> tuple[Masks, list[LoadedSlice]]:
        """The masks after the state of some devices changed, and the slices that publish them."""
        in_use, shares = dict(self._in_use), dict(self._shares)
        touched = []
        for device in devices:
            for loaded, index in self._gatherer.positions(device):
                touched.append(loaded)
                bit = 1 << index
                others = in_use.get(loaded.index, 0) & ~bit
                in_use[loaded.index] = others | bit if device in occupancy.devices else others
                shares[loaded.index] = {at: each for at, each in shares.get(loaded.index, {}).items() if at != index}
                if device in occupancy.shares:
                    shares[loaded.index][index] = occupancy.shares[device]
        return Masks(self._gatherer, in_use, shares), touched

    def copied(self, gatherer: Gatherer) -> Masks:
        """The same masks over an index of the same slices, to be changed with ``note`` and ``renew``."""
        shares = {index: dict(found) for index, found in self._shares.items()}
        return Masks(gatherer, dict(self._in_use), shares)

    def note(self, holdings: Holdings, driver: str, pool: str, names: frozenset[str]) -> list[LoadedSlice]:
        """Take over the state of some devices of a pool in place; the slices that publish them."""
        touched = []
        in_use = holdings.devices.names(driver, pool)
        for loaded in self._gatherer.named(driver, pool):
            taken = freed = 0
            indexes = self._gatherer.facts(loaded.frame).names
            for name in names:
                index = indexes.get(name)
                if index is None:
                    continue
                if name in in_use:
                    taken |= 1 << index
                else:
                    freed |= 1 << index
                if holdings.shares or self._shares:
                    self._set_share(loaded, index, DeviceId(driver, pool, name), holdings)
            if taken | freed:
                touched.append(loaded)
                self._in_use[loaded.index] = self._in_use.get(loaded.index, 0) & ~freed | taken
        return touched

    def renew(self, holdings: Holdings, loaded: LoadedSlice) -> None:
        """Take over the state of all devices of a slice, in place."""
        self.forget(loaded)
        driver, pool = loaded.envelope.driver, loaded.pool
        indexes = self._gatherer.facts(loaded.frame).names
        in_use = sum(1 << indexes[name] for name in holdings.devices.names(driver, pool) if name in indexes)
        if in_use:
            self._in_use[loaded.index] = in_use
        if holdings.shares:
            for name, index in indexes.items():
                self._set_share(loaded, index, DeviceId(driver, pool, name), holdings)

    def forget(self, loaded: LoadedSlice) -> None:
        """Drop a slice that is gone, in place."""
        self._in_use.pop(loaded.index, None)
        self._shares.pop(loaded.index, None)

    def _set_share(self, loaded: LoadedSlice, index: int, device: DeviceId, holdings: Holdings) -> None:
        if device in holdings.shares:
            self._shares.setdefault(loaded.index, {})[index] = dict(holdings.shares[device])
        elif loaded.index in self._shares:
            self._shares[loaded.index].pop(index, None)

    def forget_usages(self) -> None:
        """Drop the usages that were made so far; those in use go on."""
        self._plain.clear()

    def in_use(self, loaded: LoadedSlice) -> int:
        """The bit set of the slice's devices that are held as a whole."""
        return self._in_use.get(loaded.index, 0)

    def shares(self, loaded: LoadedSlice) -> Mapping[int, Mapping[str, Quantity]]:
        """The slice's devices of which shares are held, with what is consumed of them."""
        return self._shares.get(loaded.index, {})

    def plain_usage(self, in_use: int) -> Usage:
        """The usage that is nothing but devices held as a whole; the nodes of a large fleet share a few of them."""
        found = self._plain.get(in_use)
        if found is None:
            found = self._plain[in_use] = Usage(in_use)
        return found

    def allocated(self, loaded: LoadedSlice) -> Iterator[Device]:
        """The slice's devices that are held, as a whole or in shares; all that have the name of one."""
        mask = self.in_use(loaded)
        for index in self.shares(loaded):
            mask |= 1 << index
        devices = loaded.frame.devices
        if mask and self._gatherer.facts(loaded.frame).has_double_names:
            names = {devices[index].name for index in positions(mask)}
            yield from [each for each in devices if each.name in names]
            return
        for index in positions(mask):
            yield devices[index]


def usage_of(offer: Offer, masks: Masks, *, with_groups: bool) -> Usage:
    """What of an offer is taken."""
    in_use = 0
    shares: list[Share] = []
    for part, loaded in zip(offer.layout.slices, offer.slices, strict=True):
        in_use |= masks.in_use(loaded) << part.start
        held = masks.shares(loaded)
        if held:
            shares += (Share(part.start + index, tuple(sorted(held[index].items()))) for index in sorted(held))
    if not shares and not offer.layout.has_counters:
        return masks.plain_usage(in_use)
    left = []
    peers: list[tuple[int, str, frozenset[str] | None]] = []
    for index, (pool, view) in enumerate(zip(offer.layout.pools, offer.pools, strict=True)):
        if pool.counter_sets:
            left.append((index, _counters_left(pool.counter_sets, view, masks)))
            if with_groups:
                peers += ((index, *peer) for peer in _peers(view, masks))
    return Usage(in_use, tuple(shares), tuple(left), tuple(peers))


def own_usage_of(offer: Offer, masks: Masks, *, with_groups: bool) -> Usage:
    """What of an offer is taken, apart from what other nodes offer too."""
    usage = usage_of(offer, masks, with_groups=with_groups)
    view = offer.view
    if view is None:
        return usage
    in_use = usage.in_use & ~view.positions
    shares = tuple([each for each in usage.shares if not view.positions >> each.position & 1])
    left = tuple([each for each in usage.counters_left if each[0] not in view.pools])
    peers = tuple([each for each in usage.peers if each[0] not in view.pools])
    return Usage(in_use, shares, left, peers) if shares or left or peers else masks.plain_usage(in_use)


def _counters_left(counter_sets: tuple[CounterSet, ...], view: PoolView, masks: Masks) -> tuple[CounterSet, ...]:
    """What the allocated devices of a pool leave of its counters, which may be less than nothing."""
    left = {each.name: dict(each.counters) for each in counter_sets}
    for loaded in (*view.slices, *view.foreign_slices):
        for device in masks.allocated(loaded):
            for consumption in device.consumes_counters:
                counters = left.get(consumption.counter_set, {})
                for name, amount in consumption.counters:
                    if name in counters:
                        counters[name] = counters[name].sub(amount)
    return tuple([CounterSet(name, tuple(counters.items())) for name, counters in left.items()])


def _peers(view: PoolView, masks: Masks) -> Iterator[tuple[str, frozenset[str] | None]]:
    common: dict[str, frozenset[str] | None] = {}
    for loaded in (*view.slices, *view.foreign_slices):
        for device in masks.allocated(loaded):
            for consumption in device.consumes_counters:
                name, groups = consumption.counter_set, frozenset(consumption.compatibility_groups)
                common[name] = joined_groups(common[name], groups) if name in common else groups
    yield from sorted(common.items())


def joined_groups(common: frozenset[str] | None, groups: frozenset[str]) -> frozenset[str] | None:
    """The groups that the devices on a counter set have in common after one more joined them.

    A side without groups leaves the other as it is: the allocator never puts the two together, a changed slice can.
    """
    if not common or not groups:
        return common
    return (common & groups) or None
