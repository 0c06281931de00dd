"""Pools that Kubernetes ignores although their devices would make the claim fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import IgnoredPool, IgnoredPools, SlicePlace
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.mended import Mender
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot, count_devices
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.fleet import (
    DuplicateCounterSet,
    DuplicateDevice,
    Fleet,
    PoolProblem,
    PoolView,
    UnknownCounter,
    UnknownCounterSet,
    WrongSliceCount,
)

Fits = Callable[[Fleet], bool]
"""Whether the claims of the question fit somewhere in a fleet."""


def cause_ignored_pools(found: Study, fits: Fits | None) -> Cause | None:
    """The pools that would make the claims fit on a node if they were whole; None if there is none.

    ``fits`` says whether the claims fit on a node in a state of the fleet; None: mode All needs every pool of a node,
    so all broken ones count.
    """
    if fits is None:
        helping = _pools_of([spot for spot in found.spots if spot.ignored])
    else:
        helping = _pools_of(_helping_spots(found, fits))
    return _cause(found, helping) if helping else None


def pools_beside(found: Study) -> tuple[IgnoredPools, ...]:
    """The ignored pools that have enough matching devices where that alone does not make the claims fit."""
    spots = [found.spots[number] for number in _promising(found)]
    return (IgnoredPools(tuple(_ignored(pool) for pool in _pools_of(spots))),) if spots else ()


def _helping_spots(found: Study, fits: Fits) -> list[Spot]:
    numbers = _promising(found)
    mender = Mender(found.fleet) if numbers else None
    spots = [found.spots[number] for number in numbers]
    return [spot for spot in spots if mender is not None and any(map(fits, mender.fleets_of(spot.view)))]


def _cause(found: Study, helping: Sequence[PoolView]) -> Cause:
    pools = tuple(_ignored(pool) for pool in helping)
    spots = found.spots
    ignored = count_devices(spots, [spot.ignored for spot in spots])
    devices = count_devices(spots, [spot.all_devices for spot in spots])
    arguments: dict[str, ReasonValue] = {
        "ignored": ignored,
        "devices": devices,
        "pools": len(pools),
        "certain": _is_certain(found, helping),
    }
    return Cause(pools[0].code, Reason("ignored-pools", arguments), (IgnoredPools(pools),))


def _is_certain(found: Study, helping: Sequence[PoolView]) -> bool:
    """Whether what is published says all: mode All may ask for devices of missing slices, counters may be missing."""
    wants_all = any(one.is_all for request in found.requests for one in request.alternatives)
    lacking = (UnknownCounterSet, UnknownCounter, *((WrongSliceCount,) if wants_all else ()))
    return not any(isinstance(pool.problem, lacking) for pool in helping)


def _promising(found: Study) -> list[int]:
    """The spots whose ignored pools would give every request, taken alone, enough single devices."""
    return [
        number
        for number, spot in enumerate(found.spots)
        if spot.ignored and all(_is_enough(found, number, request) for request in found.requests)
    ]


def _is_enough(found: Study, number: int, request: StudiedRequest) -> bool:
    return any(_mended(found, number, one).bit_count() >= one.wanted for one in request.alternatives)


def _mended(found: Study, number: int, narrowed: Narrowed) -> int:
    """What passes every row of a request but that of usable pools, each device name once."""
    spot = found.spots[number]
    mask = spot.all_devices
    for each in narrowed.filters:
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


def _pools_of(spots: Sequence[Spot]) -> list[PoolView]:
    return list(dict.fromkeys(each.pool for spot in spots for each in spot.slices if each.is_ignored))


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
