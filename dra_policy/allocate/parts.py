"""Part a problem into requests that have nothing in common: solutions are a product, and so is the first of them."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate.problem import MOST_RESULTS, Claim, Pick, Problem, Solution
from dra_policy.record import replace

Place = tuple[int, int]


def parts_of(problem: Problem) -> list[list[Place]]:
    """The requests, as (claim, request), of each part.

    Requests belong together that share a candidate, a constraint, a pool's counters or groups, or the limit of devices
    that a claim can hold.
    """
    parts: list[tuple[int, set[tuple[str, int, int]], list[Place]]] = []
    if problem.charges.left or problem.rules or problem.joint:
        # Limits of quotas concern all of them; rules and what holds across claims tie most of them together.
        return []
    pools = _pool_masks(problem)
    for number, claim in enumerate(problem.claims):
        most = sum(max((each.greatest for each in request.alternatives), default=0) for request in claim.requests)
        for index, request in enumerate(claim.requests):
            mask, links = 0, {("claim", number, 0)} if most > MOST_RESULTS else set()
            for alternative in request.alternatives:
                mask |= alternative.candidates | sum(1 << each for each in alternative.everything or ())
                links |= {("constraint", number, each) for each in alternative.constraints}
            for pool in pools:
                mask |= pool if mask & pool else 0
            parts = _joined(parts, mask, links, (number, index))
    return [places for _, _, places in parts]


def _joined(
    parts: list[tuple[int, set[tuple[str, int, int]], list[Place]]],
    mask: int,
    links: set[tuple[str, int, int]],
    place: Place,
) -> list[tuple[int, set[tuple[str, int, int]], list[Place]]]:
    apart = []
    places: list[Place] = []
    for part in parts:
        if part[0] & mask or part[1] & links:
            mask, links = mask | part[0], links | part[1]
            places += part[2]
        else:
            apart.append(part)
    return [*apart, (mask, links, sorted([*places, place]))]


def _pool_masks(problem: Problem) -> list[int]:
    """The positions of each pool with counters, and of each counter set with compatibility groups."""
    masks: dict[object, int] = {}
    for position, pool in problem.counters.pools.items():
        masks[pool] = masks.get(pool, 0) | 1 << position
    for position, joins in problem.groups.joins.items():
        for counter_set, _ in joins:
            masks["set", counter_set] = masks.get(("set", counter_set), 0) | 1 << position
    found: list[int] = []
    for mask in masks.values():
        apart = [each for each in found if not each & mask]
        found = [*apart, mask | sum(each for each in found if each & mask)]
    return found


def part_of(problem: Problem, places: Sequence[Place]) -> Problem:
    """The problem with some of its requests only."""
    wanted = set(places)
    claims = tuple(
        Claim(
            tuple(request for index, request in enumerate(claim.requests) if (number, index) in wanted),
            claim.constraints,
        )
        for number, claim in enumerate(problem.claims)
    )
    return replace(problem, claims=claims)


def together(problem: Problem, found: Sequence[tuple[Sequence[Place], Solution]]) -> Solution:
    """The solution of a problem from those of its parts."""
    picks: list[list[Pick]] = [[] for _ in problem.claims]
    chosen = [[0] * len(claim.requests) for claim in problem.claims]
    for places, solution in found:
        requests: list[list[int]] = [[] for _ in problem.claims]
        for number, index in places:
            requests[number].append(index)
        for number, own in enumerate(requests):
            picks[number] += [replace(pick, request=own[pick.request]) for pick in solution.claims[number]]
            for at, alternative in enumerate(solution.chosen[number]):
                chosen[number][own[at]] = alternative
    return Solution(
        tuple(tuple(sorted(each, key=lambda pick: pick.request)) for each in picks), tuple(map(tuple, chosen))
    )
