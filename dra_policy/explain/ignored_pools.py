"""Pools that Kubernetes ignores although their devices would make the claim fit."""

from __future__ import annotations

from dra_policy.explain.causes import Cause
from dra_policy.explain.evidence import IgnoredPool, IgnoredPools, SlicePlace
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.spots import Spot, SpotSlice, count_devices
from dra_policy.explain.study import Study
from dra_policy.fleet import (
    DuplicateCounterSet,
    DuplicateDevice,
    PoolProblem,
    PoolView,
    UnknownCounter,
    UnknownCounterSet,
    WrongSliceCount,
)


def cause_ignored_pools(found: Study, *, for_all: bool = False) -> Cause | None:
    """The pools that, if they were whole, would let every request be served on their node; None if there is none.

    Only single devices are counted: the requests of the claim, one by one, without constraints over groups.
    ``for_all``: mode All needs every pool of a node, so all broken ones count.
    """
    helping: list[PoolView] = []
    for number, spot in enumerate(found.spots):
        if spot.ignored and (for_all or _fits_if_mended(found, number)):
            helping.extend(_pools_of(spot))
    if not helping:
        return None
    pools = tuple(_ignored(pool) for pool in dict.fromkeys(helping))
    spots = found.spots
    ignored = count_devices(spots, [spot.ignored for spot in spots])
    devices = count_devices(spots, [spot.all_devices for spot in spots])
    arguments: dict[str, ReasonValue] = {
        "ignored": ignored,
        "devices": devices,
        "pools": len(pools),
        "certain": _is_certain(found),
    }
    reason = Reason("ignored-pools", arguments)
    return Cause(pools[0].code, reason, (IgnoredPools(pools),))


def _is_certain(found: Study) -> bool:
    """Whether counting single devices is the whole question: one request, no constraint, no shared counters."""
    plain = all(not each.claim.constraints for each in found.claims)
    draws = any(
        device.consumes_counters
        for spot in found.spots
        for each in spot.slices
        if each.is_ignored
        for device in each.frame.devices
    )
    return plain and len(found.requests) == 1 and not found.requests[0].alternatives[0].is_all and not draws


def _fits_if_mended(found: Study, number: int) -> bool:
    return all(_enough_if_mended(found, number, index) for index in range(len(found.requests)))


def _enough_if_mended(found: Study, number: int, index: int) -> bool:
    return _mended(found, number, index).bit_count() >= found.requests[index].alternatives[0].wanted


def _mended(found: Study, number: int, index: int) -> int:
    """What passes every row of a request but that of usable pools, each device name once."""
    spot = found.spots[number]
    mask = spot.all_devices
    for each in found.requests[index].alternatives[0].filters:
        if each.id != "pool":
            mask &= each.passes[number]
    return _without_doubles(spot, mask)


def _without_doubles(spot: Spot, mask: int) -> int:
    seen: set[tuple[str, str, str]] = set()
    kept = 0
    for each in spot.slices:
        for index, device in enumerate(each.frame.devices):
            bit = 1 << each.start + index
            name = (each.pool.driver, each.pool.name, device.name)
            if mask & bit and name not in seen:
                seen.add(name)
                kept |= bit
    return kept


def _pools_of(spot: Spot) -> list[PoolView]:
    found: list[PoolView] = []
    ignored: list[SpotSlice] = [each for each in spot.slices if each.is_ignored]
    for each in ignored:
        if not any(each.pool is one for one in found):
            found.append(each.pool)
    return found


def _ignored(pool: PoolView) -> IgnoredPool:
    """What is wrong with a pool, and the slices that show it."""
    name, problem = str(pool), pool.problem
    assert problem is not None
    code = pool_code(problem)
    match problem:
        case WrongSliceCount(found=number, expected=expected, generation=generation):
            places = tuple(SlicePlace(each.envelope.name) for each in pool.slices)
            return IgnoredPool(name, "incomplete", code, number, expected, generation, places=places)
        case DuplicateDevice(device=device, first_slice=first, second_slice=second):
            return IgnoredPool(name, "invalid", code, device=device, places=_listings(pool, device, first, second))
        case DuplicateCounterSet(counter_set=counters, first_slice=first, second_slice=second):
            return IgnoredPool(
                name, "invalid", code, counter_set=counters, places=(SlicePlace(first), SlicePlace(second))
            )
        case UnknownCounterSet(device=device, counter_set=counters, slice=where):
            return IgnoredPool(name, "invalid", code, device=device, counter_set=counters, places=(SlicePlace(where),))
        case UnknownCounter(device=device, counter_set=counters, counter=counter, slice=where):
            return IgnoredPool(
                name, "invalid", code, device=device, counter_set=counters, counter=counter, places=(SlicePlace(where),)
            )


def pool_code(problem: PoolProblem) -> str:
    """The code of what is wrong with a pool."""
    match problem:
        case WrongSliceCount():
            return "DRA120"
        case DuplicateDevice():
            return "DRA122"
        case DuplicateCounterSet():
            return "DRA123"
        case UnknownCounterSet() | UnknownCounter():
            return "DRA124"


def _listings(pool: PoolView, device: str, first: str, second: str) -> tuple[SlicePlace, ...]:
    """The slices that list a device, and where in them it stands."""
    return tuple(
        SlicePlace(each.envelope.name, index)
        for each in pool.slices
        if each.envelope.name in (first, second)
        for index, one in enumerate(each.frame.devices)
        if one.name == device
    )
