"""Prove before any search that nothing fits, or that some devices can be in no solution.

Every bound here only discards assignments that no solution extends, so it never changes which solution comes first.
None is used where a fatal error could be met: Kubernetes' walk would meet it before it knew that nothing fits.
"""

from __future__ import annotations

from dra_policy.allocate.constraints import Unknown
from dra_policy.allocate.problem import Alternative, Claim, Constraint, Problem, Request
from dra_policy.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The problem with fewer candidates, or the reason why it is impossible."""

    problem: Problem
    impossible: str | None


def narrow(problem: Problem) -> Narrowed:
    """Leave out candidates that are in no solution; the same problem where an error could be met."""
    if _can_fail(problem):
        return Narrowed(problem, None)
    claims = []
    for index, claim in enumerate(problem.claims):
        narrowed = _narrow_claim(claim, problem)
        if narrowed is None or not all(map(_is_possible, narrowed.requests, [problem] * len(narrowed.requests))):
            return Narrowed(problem, f"claim {index}")
        claims.append(narrowed)
    return Narrowed(replace(problem, claims=tuple(claims)), None)


def _can_fail(problem: Problem) -> bool:
    for claim in problem.claims:
        for request in claim.requests:
            for alternative in request.alternatives:
                in_use = 0 if alternative.is_admin else problem.in_use
                is_violated = problem.is_violation_fatal and alternative.everything and alternative.constraints
                if alternative.failing & ~in_use or is_violated or alternative.derived:
                    return True
    return False


def _available(alternative: Alternative, problem: Problem) -> int:
    return alternative.candidates if alternative.is_admin else alternative.candidates & ~problem.in_use


def _is_possible(request: Request, problem: Problem) -> bool:
    return any(_has_enough(alternative, problem) for alternative in request.alternatives)


def _has_enough(alternative: Alternative, problem: Problem) -> bool:
    available = _available(alternative, problem)
    if alternative.everything is not None:
        return bool(alternative.everything) and all(available >> each & 1 for each in alternative.everything)
    return available.bit_count() >= alternative.count


def _narrow_claim(claim: Claim, problem: Problem) -> Claim | None:
    """The claim with the values that each matchAttribute can have; None if one can have none."""
    for index, constraint in enumerate(claim.constraints):
        if constraint.relation.must_differ:
            continue
        narrowed = _narrow_match(claim, index, constraint, problem)
        if narrowed is None:
            return None
        claim = narrowed
    return claim


def _narrow_match(claim: Claim, index: int, constraint: Constraint, problem: Problem) -> Claim | None:
    """Keep the values of which every request has enough candidates: all devices of a solution share one value."""
    positions: dict[object, int] = {}
    for position, code in constraint.codes.items():
        if code is None:
            continue
        if isinstance(code, Unknown) or len(code) != 1:
            return claim
        positions[code] = positions.get(code, 0) | 1 << position
    concerned = [
        request.alternatives[0]
        for request in claim.requests
        if len(request.alternatives) == 1
        and request.alternatives[0].everything is None
        and request.alternatives[0].count > 0
        and index in request.alternatives[0].constraints
    ]
    if not concerned:
        return claim
    kept = 0
    for mask in positions.values():
        if _is_value_possible(mask, concerned, problem):
            kept |= mask
    if not kept:
        return None
    return replace(claim, requests=tuple(_only(request, index, kept) for request in claim.requests))


def _is_value_possible(mask: int, concerned: list[Alternative], problem: Problem) -> bool:
    together = total = 0
    for alternative in concerned:
        with_value = _available(alternative, problem) & mask
        if with_value.bit_count() < alternative.count:
            return False
        together |= with_value
        total += alternative.count
    # A claim never gets one device twice, unless it is shareable.
    return bool(together & problem.sharing.shareable) or together.bit_count() >= total


def _only(request: Request, index: int, kept: int) -> Request:
    return Request(
        tuple(
            replace(alternative, candidates=alternative.candidates & kept)
            if index in alternative.constraints and alternative.everything is None
            else alternative
            for alternative in request.alternatives
        )
    )
