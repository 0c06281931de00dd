"""Which devices are in use, by whom, and how much of shareable ones: the state that claims' allocations make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dra_policy.model import AllocatedDevice, Claim, DeviceId, DeviceSet, Objects
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field
from dra_policy.values import Quantity

Consumed = Mapping[str, Quantity]
Pools = Sequence[tuple[str, str, frozenset[str]]]
"""Devices pool by pool: driver, pool, names."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What is in use apart from any claim: a recorded case says so, or somebody took it by name."""

    devices: DeviceSet = field(default_factory=DeviceSet)
    shares: Mapping[DeviceId, Consumed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Devices held as a whole, and what is consumed of shared ones.

    A device of ``shares`` without any capacity is shared by somebody who consumes none. ``holders`` are the claims
    behind both; what is ``stated`` apart from claims is among ``devices`` and ``shares`` and has no holder.
    """

    devices: DeviceSet = field(default_factory=DeviceSet)
    shares: Mapping[DeviceId, Consumed] = field(default_factory=dict)
    holders: Mapping[DeviceId, tuple[Claim, ...]] = field(default_factory=dict)
    stated: Stated = field(default_factory=Stated)

    def is_allocated(self, device: DeviceId) -> bool:
        """Whether the device, or a share of it, is held by somebody."""
        return device in self.devices or device in self.shares


@dataclass(frozen=True, slots=True)
class Reading:
    """How allocations are read.

    ``shares_are_known`` is the gate DRAConsumableCapacity: a result with a share ID then holds a share only.
    ``driver_of_pool`` completes the results of k8srm, which name pool and device.
    """

    shares_are_known: bool = True
    driver_of_pool: Mapping[str, str] = field(default_factory=dict)


def reading_of(objects: Objects, *, shares_are_known: bool) -> Reading:
    """How the allocations beside some slices are read."""
    slices = (each for each in objects.slices if each.dialect is Dialect.K8SRM)
    return Reading(shares_are_known, {each.pool: each.driver for each in slices})


def occupancy_of(objects: Objects, reading: Reading) -> Occupancy:
    """The state that the allocations of some objects make.

    Admin access holds nothing (scheduler plugin, foreachAllocatedDevice).
    """
    shares: dict[DeviceId, dict[str, Quantity]] = {}
    if reading.shares_are_known:
        for device, _ in objects.allocated_shares:
            shares.setdefault(device, {})
    # What a case states as consumed draws from shared counters even with the gate off (deviceInUse of the allocator).
    for use in objects.shared_uses:
        _consume(shares.setdefault(use.device, {}), dict(use.consumed_capacity))
    stated = Stated(objects.allocated_devices, shares)
    return with_claims(Occupancy(stated.devices, shares, stated=stated), objects.claims, reading)


class Holdings:
    """The same state to be changed in place: each change takes time by the devices concerned and their holders only."""

    __slots__ = ("_reading", "_stated", "devices", "holders", "shares")

    def __init__(self, occupancy: Occupancy, reading: Reading) -> None:
        """Begin with a copy of a state."""
        self._reading = reading
        self.devices = occupancy.devices.copy()
        self.shares: dict[DeviceId, dict[str, Quantity]] = {
            device: dict(consumed) for device, consumed in occupancy.shares.items()
        }
        self.holders: dict[DeviceId, tuple[Claim, ...]] = dict(occupancy.holders)
        self._stated = occupancy.stated

    def frozen(self) -> Occupancy:
        """The state now, as a copy of its own: takes time by the size of the fleet."""
        shares = {device: dict(consumed) for device, consumed in self.shares.items()}
        stated = Stated(self._stated.devices.copy(), self._stated.shares)
        return Occupancy(self.devices.copy(), shares, dict(self.holders), stated)

    def final(self) -> Occupancy:
        """The state, which is not to be changed any more."""
        return Occupancy(self.devices, self.shares, self.holders, self._stated)

    def read_as(self, reading: Reading) -> None:
        """Read allocations that are added from now on in another way."""
        self._reading = reading

    def own_stated(self) -> None:
        """Go on with a copy of what is stated, which ``take`` and ``free`` may change."""
        self._stated = Stated(self._stated.devices.copy(), self._stated.shares)

    def take(self, devices: Pools) -> None:
        """Devices come into use as a whole apart from claims; after ``own_stated`` only."""
        for driver, pool, names in devices:
            for members in (self._stated.devices, self.devices):
                members.put(driver, pool, members.names(driver, pool) | names)

    def free(self, devices: Pools) -> None:
        """Devices are no longer in use apart from claims; after ``own_stated`` only."""
        for driver, pool, names in devices:
            stated = self._stated.devices
            stated.put(driver, pool, stated.names(driver, pool) - names)
            held = frozenset([name for name in names if DeviceId(driver, pool, name) in self.holders])
            self._drop([(driver, pool, names - held)])
            for name in held:
                self._count_again(DeviceId(driver, pool, name))

    def add(self, claim: Claim) -> Pools:
        """Add what a claim's allocation holds, and name it pool by pool."""
        touched, whole = [], []
        for device, result in held_devices(claim, self._reading):
            touched.append(device)
            if self._reading.shares_are_known and result.share_id is not None:
                _consume(self.shares.setdefault(device, {}), result.consumed_capacity)
            else:
                whole.append(device)
            others = self.holders.get(device)
            if others is None:
                self.holders[device] = (claim,)
            elif not any(is_same_claim(each, claim) for each in others):
                self.holders[device] = (*others, claim)
        pools = by_pool(touched)
        for driver, pool, names in pools if len(whole) == len(touched) else by_pool(whole):
            self.devices.put(driver, pool, self.devices.names(driver, pool) | names)
        return pools

    def remove(self, claim: Claim) -> Pools:
        """Take away what a claim's allocation holds, and name it pool by pool; what others hold, or is stated, stays.

        A claim is known by its name: what it was reserved for since does not matter.
        """
        touched, free = [], []
        for device, _ in held_devices(claim, self._reading):
            touched.append(device)
            before = self.holders.get(device, ())
            if len(before) == 1 and is_same_claim(before[0], claim):
                del self.holders[device]
                free.append(device)
                continue
            remaining = tuple([each for each in before if not is_same_claim(each, claim)])
            if len(remaining) < len(before):
                self.holders[device] = remaining
                self._count_again(device)
        pools = by_pool(touched)
        self._drop(pools if len(free) == len(touched) else by_pool(free))
        return pools

    def _drop(self, pools: Pools) -> None:
        """No claim holds these devices any more."""
        for driver, pool, names in pools:
            if self.shares:
                for name in names:
                    self._count_again(DeviceId(driver, pool, name))
            else:
                stated = self._stated.devices.names(driver, pool)
                self.devices.put(driver, pool, self.devices.names(driver, pool) - (names - stated))

    def _count_again(self, device: DeviceId) -> None:
        """Work out a device's state from what is stated and from its holders."""
        is_whole = device in self._stated.devices
        shares = dict(self._stated.shares[device]) if device in self._stated.shares else None
        for holder in self.holders.get(device, ()):
            for held, result in held_devices(holder, self._reading):
                if held != device:
                    continue
                if self._reading.shares_are_known and result.share_id is not None:
                    shares = {} if shares is None else shares
                    _consume(shares, result.consumed_capacity)
                else:
                    is_whole = True
        if is_whole:
            self.devices.add(device)
        else:
            self.devices.discard(device)
        if shares is None:
            self.shares.pop(device, None)
        else:
            self.shares[device] = shares


def by_pool(devices: Iterable[DeviceId]) -> Pools:
    """The devices pool by pool."""
    pools: dict[tuple[str, str], list[str]] = {}
    for driver, pool, name in devices:
        names = pools.get((driver, pool))
        if names is None:
            pools[driver, pool] = [name]
        else:
            names.append(name)
    return [(driver, pool, frozenset(names)) for (driver, pool), names in pools.items()]


def is_same_claim(one: Claim, other: Claim) -> bool:
    """Whether both are versions of one claim: the name says so."""
    return one is other or (
        one.name == other.name and one.namespace == other.namespace and one.dialect.family is other.dialect.family
    )


def with_claims(occupancy: Occupancy, claims: Iterable[Claim], reading: Reading) -> Occupancy:
    """The state after the claims' allocations have been added."""
    holdings = Holdings(occupancy, reading)
    for claim in claims:
        holdings.add(claim)
    return holdings.final()


def held_devices(claim: Claim, reading: Reading) -> Iterable[tuple[DeviceId, AllocatedDevice]]:
    """What the claim's allocation keeps from others, by the devices' names in the fleet.

    In dra-evolution results name devices only, and the node stands beside them; in k8srm pool and device.
    """
    allocation = claim.allocation
    if allocation is None:
        return
    for result in allocation.devices:
        if result.admin_access:
            continue
        device = result.device
        if claim.dialect is Dialect.EVOLUTION and allocation.node_name is not None:
            device = DeviceId(device.driver, allocation.node_name, device.device)
        elif not device.driver:
            device = DeviceId(reading.driver_of_pool.get(device.pool, ""), device.pool, device.device)
        yield device, result


def without_claims(occupancy: Occupancy, claims: Iterable[Claim], reading: Reading) -> Occupancy:
    """The state as if the claims held nothing; what others hold, or a recorded case states, stays."""
    holdings = Holdings(occupancy, reading)
    for claim in claims:
        holdings.remove(claim)
    return holdings.final()


def _consume(total: dict[str, Quantity], amounts: Consumed) -> None:
    for name, amount in amounts.items():
        total[name] = total[name].add(amount) if name in total else amount
