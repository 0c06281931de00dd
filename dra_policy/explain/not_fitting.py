"""The parts of an answer that does not fit: the cause, the nearest nodes."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import NodeAnswer
from dra_policy.allocate.problem import MOST_RESULTS
from dra_policy.compiler import CompiledClaim
from dra_policy.explain.all_mode import cause_of_all
from dra_policy.explain.alternatives import alternatives_of
from dra_policy.explain.cause import Cause
from dra_policy.explain.causes import cause_of_request
from dra_policy.explain.closest import closest_nodes
from dra_policy.explain.explanation import NodeGroup, Reason, ReasonValue
from dra_policy.explain.jointly import Asks
from dra_policy.explain.narrowing import Narrowed, least_count
from dra_policy.explain.refusals import cause_of_error
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.explain.together import cause_together
from dra_policy.record import dataclass
from dra_policy.values.bit_sets import union


@dataclass(frozen=True, slots=True)
class Parts:
    """What an explanation shows beside its headline."""

    cause: Cause
    requests: tuple[StudiedRequest, ...]
    closest: tuple[NodeGroup, ...] = ()
    notes: tuple[str, ...] = ()


def not_fitting_parts(
    found: Study,
    idle: Study,
    claims: Sequence[CompiledClaim],
    asks: Asks,
    *,
    fatal: NodeAnswer | None = None,
    each_fits: bool = True,
) -> Parts:
    """The cause in the state that decides the verdict: with nothing held for never, as things are for not now.

    ``asks`` put parts of the question to the allocator. ``fatal`` is the answer of the node where an error other than
    of a selector ended scheduling; ``each_fits`` says that each of several claims fits alone.
    """
    cause = _limits(claims) or (None if fatal is None else cause_of_error(found, fatal))
    if cause is not None:
        return Parts(cause, found.requests)
    blocking = sorted((request for request in found.requests if not request.is_ok), key=_is_lost_to_pools)
    if not blocking:
        # What is counted of single devices suffices: only the allocator knows which request blocks.
        blocking = [request for request in found.requests if request.prioritized and not asks.serves(found, request)]
    if not blocking:
        cause = (_several_claims(found) if each_fits else None) or cause_together(found, asks.of(found))
        return Parts(cause, found.requests, nearest_nodes(found))
    request = blocking[0]
    return Parts(_cause(found, idle, request, asks), found.requests, _closest(found, request))


def _is_lost_to_pools(request: StudiedRequest) -> bool:
    """Whether broken pools are where its last node is lost: another request may say more."""
    funnels = [one.funnel for one in request.alternatives]
    return all(each.lost_at is not None and each.rows[each.lost_at].id == "pool" for each in funnels)


def nearest_nodes(found: Study, claim: CompiledClaim | None = None) -> tuple[NodeGroup, ...]:
    """All nodes by what they offer to the first request (of a claim) that blocks, else to the first."""
    requests = [one for one in found.requests if claim is None or one.claim is claim.claim]
    if not requests:
        return ()
    return _closest(found, next((one for one in requests if not one.is_ok), requests[0]))


def _closest(found: Study, request: StudiedRequest) -> tuple[NodeGroup, ...]:
    return closest_nodes(found, request, tuple(one for one in found.requests if one is not request))


def _cause(found: Study, idle: Study, request: StudiedRequest, asks: Asks) -> Cause:
    if request.prioritized and len(request.alternatives) > 1:
        now_of = found if not found.idle else idle
        evidence = alternatives_of(now_of, idle, request, asks)
        never = found.idle
        arguments: dict[str, ReasonValue] = {
            "request": request.name,
            "number": len(request.alternatives),
            "now": not never,
        }
        nearest = request.nearest
        code = "DRA521" if never else "DRA530" if nearest.funnel.ok else _cause_of(found, request, nearest).code
        return Cause(code, Reason("alternatives", arguments), (evidence,))
    return _cause_of(found, request, request.alternatives[0])


def _cause_of(found: Study, request: StudiedRequest, narrowed: Narrowed) -> Cause:
    if narrowed.is_all:
        return cause_of_all(found, narrowed, request.claim.namespace)
    return cause_of_request(found, narrowed)


def _limits(claims: Sequence[CompiledClaim]) -> Cause | None:
    """More devices in one claim than it can hold."""
    for each in claims:
        wanted = sum(min(least_count(one.demand) for one in request.alternatives) for request in each.requests)
        if wanted > MOST_RESULTS:
            arguments: dict[str, ReasonValue] = {"claim": each.claim.name, "wanted": wanted, "limit": MOST_RESULTS}
            return Cause("DRA522", Reason("too-many", arguments))
    return None


def _several_claims(found: Study) -> Cause | None:
    """Claims of one pod of which each fits on some node alone, and no node has as many devices as they want."""
    if len(found.claims) < 2:
        return None
    wanted = sum(request.least for request in found.requests)
    lefts = [request.left for request in found.requests]
    unions = [union(left[number] for left in lefts).bit_count() for number in range(len(found.spots))]
    best = max(unions, default=0)
    if best >= wanted or any(found.shareable(number) for number in range(len(found.spots))):
        return None
    nouns = {one.funnel.noun for request in found.requests for one in request.alternatives}
    arguments: dict[str, ReasonValue] = {
        "claims": tuple(each.claim.name for each in found.claims),
        "wanted": wanted,
        "best": best,
        "noun": nouns.pop() if len(nouns) == 1 else "device",
        "node": found.spots[unions.index(best)].nodes[0] if best else None,
        "now": not found.idle,
    }
    return Cause("DRA513" if found.idle else "DRA536", Reason("claims-compete", arguments))
