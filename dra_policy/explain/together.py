"""Why requests that fit one by one do not fit together: different nodes, one attribute, the same devices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from dra_policy.allocate import Limit
from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import Demanded, MatchGroup, MatchGroups, SharedCapacity
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.groups import Key, constraint_span
from dra_policy.explain.jointly import Conflict, Fits, conflict_of
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.partitions import share_of_all
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.model import MatchAttribute
from dra_policy.values.bit_sets import positions, union

_MOST_GROUPS = 8
_MOST_REQUESTS = 12


def cause_together(found: Study, fits: Fits) -> Cause:
    """Why requests do not fit together of which each can be served alone: of as few of them as do not fit."""
    conflict = conflict_of(found, fits)
    found = conflict.found
    good = _nodes_for_all(found.requests, len(found.spots))
    if not any(good):
        return _different_nodes(found)
    single = [request for request in found.requests if len(request.alternatives) == 1]
    for each in found.claims:
        for constraint in each.claim.constraints:
            if isinstance(constraint, MatchAttribute):
                cause = _match_groups(found, constraint, [one for one in single if one.claim is each.claim], good)
                if cause is not None:
                    return cause
    return _competition(found, good) or _no_choice(conflict, good)


def _no_choice(conflict: Conflict, good: Sequence[bool]) -> Cause:
    """Enough devices for each request, and still no choice of them: the constraints and limits in force are named."""
    found, limits = conflict.found, conflict.limits
    matches = [one.attribute for one in conflict.constraints if isinstance(one, MatchAttribute)]
    distinct = [one.attribute for one in conflict.constraints if not isinstance(one, MatchAttribute)]
    if Limit.COUNTERS in limits:
        codes = "DRA519", "DRA532"
    elif Limit.SHARES in limits:
        codes = "DRA520", "DRA533"
    else:
        codes = ("DRA515", "DRA530") if distinct else ("DRA514", "DRA531") if matches else ("DRA513", "DRA530")
    shares = _share_of_all(found, good) if Limit.SHARES in limits else None
    alternatives = [one for request in found.requests for one in request.alternatives]
    arguments: dict[str, ReasonValue] = {
        "never": found.idle,
        "requests": tuple(request.name for request in found.requests),
        "wanted": sum(request.least for request in found.requests),
        "all": all(one.is_all for one in alternatives),
        "attributes": tuple(dict.fromkeys(matches)),
        "distinct": tuple(dict.fromkeys(distinct)),
        "limits": tuple(each.value for each in Limit if each in limits),
    }
    return Cause(codes[not found.idle], Reason("together", arguments), () if shares is None else (shares,))


def _share_of_all(found: Study, good: Sequence[bool]) -> SharedCapacity | None:
    """A device that all requests have to share, and the capacity of which they want more than is left together."""
    for number, (spot, is_good) in enumerate(zip(found.spots, good, strict=True)):
        masks = [request.left_on(number) for request in found.requests]
        if is_good and union(masks).bit_count() == 1:
            return share_of_all(found, spot, positions(masks[0])[0])
    return None


def _nodes_for_all(requests: Sequence[StudiedRequest], size: int) -> tuple[bool, ...]:
    flags = [True] * size
    for request in requests:
        flags = [left and right for left, right in zip(flags, request.ok, strict=True)]
    return tuple(flags)


def _different_nodes(found: Study) -> Cause:
    arguments: dict[str, ReasonValue] = {"requests": tuple(request.name for request in found.requests)}
    for number, request in enumerate(found.requests):
        pairs = zip(found.spots, request.ok, strict=True)
        arguments[f"nodes_{number}"] = tuple(node for spot, ok in pairs if ok for node in spot.nodes)
    return Cause("DRA517" if found.idle else "DRA530", Reason("different-nodes", arguments))


def _concerned(constraint: MatchAttribute, requests: Sequence[StudiedRequest]) -> list[Narrowed]:
    names = {name.partition("/")[0] for name in constraint.requests}
    return [one.alternatives[0] for one in requests if not names or one.name in names]


def _match_groups(
    found: Study, constraint: MatchAttribute, requests: Sequence[StudiedRequest], good: Sequence[bool]
) -> Cause | None:
    """The values of one attribute of which none has enough for every request that the constraint ties."""
    demands = _concerned(constraint, requests)
    if len(demands) < 2:
        return None
    groups: list[MatchGroup] = []
    for number, (spot, is_good) in enumerate(zip(found.spots, good, strict=True)):
        if not is_good:
            continue
        of_spot = _groups_of_spot(found, constraint, demands, number, spot)
        if any(group.value is not None and group.lack == 0 for group in of_spot):
            return None
        groups.extend(of_spot)
    named = sorted((group for group in groups if group.value is not None), key=lambda group: group.lack)
    nearest = min((group.lack for group in named), default=0)
    if not named:
        return None
    unnamed = [group for group in groups if group.value is None and group.unusable]
    shown = (*named[:_MOST_GROUPS], *unnamed[:1])
    evidence = MatchGroups(constraint.attribute, shown, max(len(named) - _MOST_GROUPS, 0), constraint_span(constraint))
    reason = Reason(
        "joint-short",
        {
            "requests": tuple(demand.request for demand in demands),
            "counts": tuple(demand.wanted for demand in demands),
            "nouns": tuple(demand.funnel.noun for demand in demands),
            "attribute": constraint.attribute,
            "nodes": tuple(dict.fromkeys(group.node for group in named)),
            "lack": nearest,
            "all_alike": all(group.lack == nearest for group in named),
        },
    )
    return Cause("DRA514" if found.idle else "DRA531", reason, (evidence,))


def _groups_of_spot(
    found: Study, constraint: MatchAttribute, demands: Sequence[Narrowed], number: int, spot: Spot
) -> list[MatchGroup]:
    """One group for each value on the spot's first node, in the order of values, and one for devices without."""
    values: dict[Key, int] = found.index.values(spot, constraint.attribute)
    groups = [
        MatchGroup(
            spot.nodes[0],
            found.index.text(key),
            tuple(_demanded(one, bits, number, spot) for one in demands),
            _different(found, [one.left[number] & bits for one in demands], demands, number),
        )
        for key, bits in sorted(values.items(), key=lambda item: found.index.text(item[0]))
    ]
    without = spot.all_devices & ~union(values.values())
    left = without & union(one.matching[number] for one in demands)
    if left:
        names = tuple(spot.label(position) for position in range(spot.size) if left >> position & 1)
        demanded = tuple(_demanded(one, without, number, spot) for one in demands)
        groups.append(MatchGroup(spot.nodes[0], None, demanded, 0, names))
    return groups


def _different(found: Study, masks: Sequence[int], demands: Sequence[Narrowed], number: int) -> int:
    """How many devices there are for several requests together; one that can be shared is there for each of them."""
    shared = found.shareable(number)
    admin = [one.demand.demand.admin_access for one in demands]
    own = union(mask & ~shared for mask, is_admin in zip(masks, admin, strict=True) if not is_admin).bit_count()
    return own + sum(
        (mask if is_admin else mask & shared).bit_count() for mask, is_admin in zip(masks, admin, strict=True)
    )


def _demanded(demand: Narrowed, bits: int, number: int, spot: Spot) -> Demanded:
    matching = demand.matching[number] & bits
    free = (demand.left[number] & bits).bit_count()
    held = (matching & spot.in_use).bit_count()
    return Demanded(demand.request, demand.funnel.noun, free, held, demand.wanted)


def _competition(found: Study, good: Sequence[bool]) -> Cause | None:
    """Some requests together want more different devices than any node has for them (Hall's condition)."""
    requests = found.requests[:_MOST_REQUESTS]
    spots = [number for number, is_good in enumerate(good) if is_good]
    for size in range(2, len(requests) + 1):
        for some in combinations(requests, size):
            if any(_may_share(found, one, number) for one in some for number in spots):
                continue
            offers = [(union(_left_there(one, number) for one in some).bit_count(), number) for number in spots]
            if all(free < _wanted_there(some, number) for free, number in offers):
                free, number = min(offers, key=lambda offer: (_wanted_there(some, offer[1]) - offer[0], offer[1]))
                return _compete(found, some, free, number)
    return None


def _may_share(found: Study, request: StudiedRequest, number: int) -> bool:
    """Whether other requests can have devices that one gets on a spot: shareable ones, or all with admin access."""
    if any(one.demand.demand.admin_access for one in request.alternatives):
        return True
    return bool(_left_there(request, number) & found.shareable(number))


def _left_there(request: StudiedRequest, number: int) -> int:
    """The devices of a spot that some alternative can have which can be served there."""
    return union(one.left[number] for one in request.alternatives if one.ok[number])


def _wanted_there(some: Sequence[StudiedRequest], number: int) -> int:
    """How many devices some requests want of a spot at least: mode All wants every matching one."""
    return sum(
        min(
            one.matching[number].bit_count() if one.is_all else one.wanted
            for one in request.alternatives
            if one.ok[number]
        )
        for request in some
    )


def _compete(found: Study, some: Sequence[StudiedRequest], best: int, number: int) -> Cause:
    where = found.spots[number].nodes
    is_all = [all(one.is_all for one in request.alternatives) for request in some]
    arguments: dict[str, ReasonValue] = {
        "requests": tuple(one.name for one in some),
        "counts": tuple(_wanted_there([one], number) for one in some),
        "modes": tuple("All" if each else "ExactCount" for each in is_all),
        "best": best,
        "node": where[0],
        "never": found.idle,
    }
    return Cause("DRA513" if found.idle else "DRA530", Reason("compete", arguments))
