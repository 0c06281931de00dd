"""What cannot hold together although each request can be served alone: the smallest part of the claims that fails.

Every part is tried with the allocator itself: a request, constraint or limit that can be left out without making the
rest fit is no part of the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dra_policy.allocate import Limit
from dra_policy.compiler import CompiledClaim
from dra_policy.explain.quota_evidence import BrokenRule
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.model import AllocationMode, Constraint, DistinctAttribute, MatchAttribute
from dra_policy.record import dataclass, replace


class Fits(Protocol):
    """Whether some claims fit on some node if some limits were boundless; False only where that is proved."""

    def __call__(self, claims: Sequence[CompiledClaim], without: frozenset[Limit] = ...) -> bool:
        """Ask the allocator."""
        ...

    def node(self, claims: Sequence[CompiledClaim]) -> str | None:
        """A node on which they fit; None if there is none, or none was found."""
        ...


class Forbids(Protocol):
    """Which rule of a quota alone keeps some claims from every node; None if none does, or that is not known."""

    def __call__(self, claims: Sequence[CompiledClaim]) -> BrokenRule | None:
        """Ask the allocator with the limits and without them."""
        ...


@dataclass(frozen=True, slots=True)
class Conflict:
    """Requests, constraints and limits that do not fit together; without any one of them the others do.

    ``found`` is the study of these requests.
    """

    found: Study
    constraints: tuple[MatchAttribute | DistinctAttribute, ...]
    limits: frozenset[Limit]


def conflict_of(found: Study, fits: Fits) -> Conflict:
    """A smallest part of the claims that does not fit, with the fewest requests first."""
    smaller = _fewest_requests(found, fits)
    claims, boundless = smaller.claims, frozenset[Limit]()
    for limit in Limit:
        if not fits(claims, boundless | {limit}):
            boundless |= {limit}
    for constraint in _constraints(claims):
        fewer = tuple(_without(each, constraint) for each in claims)
        if not fits(fewer, boundless):
            claims = fewer
    return Conflict(smaller, _constraints(claims), frozenset(Limit) - boundless)


def _fewest_requests(found: Study, fits: Fits) -> Study:
    for request in found.requests if len(found.requests) > 1 else ():
        rest = without_request(found, request)
        if rest.requests and not fits(rest.claims):
            found = rest
    return found


def of_request(found: Study, request: StudiedRequest, alternative: int | None = None) -> Study:
    """The part of a study that is about one request, or about one alternative of it."""
    for each in found.requests:
        if each is not request:
            found = without_request(found, each)
    if alternative is None:
        return found
    ((only,), (claim,)) = found.requests, found.claims
    smaller = _with_alternative(claim, only.name, alternative)
    studied = replace(only, claim=smaller.claim, alternatives=(only.alternatives[alternative],))
    return replace(found, claims=(smaller,), requests=(studied,))


def _with_alternative(compiled: CompiledClaim, name: str, alternative: int) -> CompiledClaim:
    """The claim with one alternative only of a request."""
    requests = list(compiled.requests)
    for index, asked in enumerate(requests):
        if asked.request.name == name:
            # The names of constraints tell alternatives apart: the request stays one that has some.
            model = replace(asked.request, demands=(asked.request.demands[alternative],))
            requests[index] = replace(asked, request=model, alternatives=(asked.alternatives[alternative],))
    claim = replace(compiled.claim, requests=tuple([each.request for each in requests]))
    return replace(compiled, claim=claim, requests=tuple(requests))


@dataclass(frozen=True, slots=True)
class Asks:
    """The allocator over the fleet as it is and over the same with nothing held, and what quotas forbid as it is."""

    now: Fits
    idle: Fits
    forbids: Forbids | None = None

    def of(self, found: Study) -> Fits:
        """The allocator over the state that a study counts."""
        return self.idle if found.idle else self.now

    def serves(self, found: Study, request: StudiedRequest, alternative: int | None = None) -> bool:
        """Whether a request, or one alternative of it, can be served alone."""
        return self.of(found)(of_request(found, request, alternative).claims)

    def forbidding(self, found: Study, request: StudiedRequest, alternative: int) -> BrokenRule | None:
        """The rule of a quota that keeps the claims from every node if a request has one alternative only."""
        if self.forbids is None:
            return None
        return self.forbids(
            [
                _with_alternative(each, request.name, alternative) if each.claim is request.claim else each
                for each in found.claims
            ]
        )

    def most(self, found: Study, request: StudiedRequest, alternative: int, below: int) -> tuple[int, str | None]:
        """The most devices of an alternative, below a number, that can be had together, and a node that has them."""
        alone = of_request(found, request, alternative)
        ((claim,), ask) = alone.claims, self.of(found)
        (asked,) = claim.requests
        for number in range(below - 1, 0, -1):
            (demand,) = asked.alternatives
            fewer = replace(demand.demand, allocation_mode=AllocationMode.EXACT_COUNT, count=number)
            compiled = replace(asked, alternatives=(replace(demand, demand=fewer),))
            node = ask.node((replace(claim, requests=(compiled,)),))
            if node is not None:
                return number, node
        return 0, None


def without_request(found: Study, request: StudiedRequest) -> Study:
    """The rest of a study; a claim that asks for nothing more is left out."""
    own = request.claim.full_name
    claims = {
        each.claim.full_name: _claim_without(each, request.name) if each.claim.full_name == own else each
        for each in found.claims
    }
    requests = tuple(
        replace(one, claim=claims[one.claim.full_name].claim)
        for one in found.requests
        if (one.claim.full_name, one.name) != (own, request.name)
    )
    return replace(found, claims=tuple(each for each in claims.values() if each.requests), requests=requests)


def _claim_without(compiled: CompiledClaim, name: str) -> CompiledClaim:
    claim = compiled.claim
    constraints = tuple(kept for each in claim.constraints if (kept := _constraint_without(each, name)) is not None)
    requests = tuple(each for each in claim.requests if each.name != name)
    asked = tuple(each for each in compiled.requests if each.request.name != name)
    return replace(compiled, claim=replace(claim, requests=requests, constraints=constraints), requests=asked)


def _constraint_without(constraint: Constraint, name: str) -> Constraint | None:
    """A constraint without a request that it names; None where it names no other."""
    if not isinstance(constraint, MatchAttribute | DistinctAttribute) or not constraint.requests:
        return constraint
    names = tuple(each for each in constraint.requests if each.partition("/")[0] != name)
    return replace(constraint, requests=names) if names else None


def _constraints(claims: Sequence[CompiledClaim]) -> tuple[MatchAttribute | DistinctAttribute, ...]:
    return tuple(
        constraint
        for each in claims
        for constraint in each.claim.constraints
        if isinstance(constraint, MatchAttribute | DistinctAttribute)
    )


def _without(compiled: CompiledClaim, constraint: Constraint) -> CompiledClaim:
    kept = tuple(each for each in compiled.claim.constraints if each is not constraint)
    return replace(compiled, claim=replace(compiled.claim, constraints=kept))
