"""Which devices are in use, by whom, and how much of shareable ones: the state that claims' allocations make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.model import AllocatedDevice, Claim, DeviceId, DeviceSet, Objects
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field
from dra_policy.values import Quantity

Consumed = Mapping[str, Quantity]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Devices held as a whole, and what is consumed of shared ones.

    A device of ``shares`` without any capacity is shared by somebody who consumes none. ``holders`` are the claims
    behind both; what a recorded case states apart from claims has no holder.
    """

    devices: DeviceSet = field(default_factory=DeviceSet)
    shares: Mapping[DeviceId, Consumed] = field(default_factory=dict)
    holders: Mapping[DeviceId, tuple[Claim, ...]] = field(default_factory=dict)

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
    return with_claims(Occupancy(objects.allocated_devices, shares), objects.claims, reading)


class Holdings:
    """The same state to be changed in place: ``add`` and ``remove`` take time by the claim's devices only."""

    __slots__ = ("_reading", "devices", "holders", "shares")

    def __init__(self, occupancy: Occupancy, reading: Reading) -> None:
        """Begin with a copy of a state."""
        self._reading = reading
        self.devices = occupancy.devices.copy()
        self.shares: dict[DeviceId, dict[str, Quantity]] = {
            device: dict(consumed) for device, consumed in occupancy.shares.items()
        }
        self.holders: dict[DeviceId, tuple[Claim, ...]] = dict(occupancy.holders)

    def frozen(self) -> Occupancy:
        """The state now, as a copy of its own: takes time by the size of the fleet."""
        shares = {device: dict(consumed) for device, consumed in self.shares.items()}
        return Occupancy(self.devices.copy(), shares, dict(self.holders))

    def final(self) -> Occupancy:
        """The state, which is not to be changed any more."""
        return Occupancy(self.devices, self.shares, self.holders)

    def add(self, claim: Claim) -> list[DeviceId]:
        """Add what a claim's allocation holds, and name it."""
        touched = []
        for device, result in held_devices(claim, self._reading):
            touched.append(device)
            if self._reading.shares_are_known and result.share_id is not None:
                _consume(self.shares.setdefault(device, {}), result.consumed_capacity)
            else:
                self.devices.add(device)
            others = self.holders.get(device, ())
            if claim not in others:
                self.holders[device] = (*others, claim)
        return touched

    def remove(self, claim: Claim) -> list[DeviceId]:
        """Take away what a claim holds, and name it; what others hold, or a recorded case states, stays."""
        touched = []
        for device, result in held_devices(claim, self._reading):
            touched.append(device)
            before = self.holders.get(device, ())
            remaining = tuple(holder for holder in before if holder != claim)
            if len(remaining) == len(before):
                continue
            if remaining:
                self.holders[device] = remaining
            else:
                del self.holders[device]
            if self._reading.shares_are_known and result.share_id is not None:
                _release(self.shares, device, result.consumed_capacity, is_last=not remaining)
            elif not remaining:
                self.devices.discard(device)
        return touched


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


def _release(
    shares: dict[DeviceId, dict[str, Quantity]], device: DeviceId, amounts: Consumed, *, is_last: bool
) -> None:
    if is_last:
        shares.pop(device, None)
        return
    total = shares.get(device, {})
    for name, amount in amounts.items():
        if name in total:
            total[name] = total[name].sub(amount)
