"""The plain walk without any shortcut, written for being read: what ``search`` must agree with.

It follows the allocator's ``allocateOne`` step by step with a mutable state that is undone on the way back. The two
share what one device does to counters, capacities and constraints, and nothing of the way in which devices are tried.
Exponential, as Kubernetes is; for tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.allocate.capacity import added, fits
from dra_policy.allocate.constraints import DerivationFailure, State
from dra_policy.allocate.counters import draw, join
from dra_policy.allocate.problem import (
    MOST_RESULTS,
    Alternative,
    FailingDerivation,
    FailingVisit,
    NoSolution,
    Outcome,
    Pick,
    Problem,
    Solution,
    ViolatedByAll,
)


class _Stop(Exception):  # noqa: N818 - it carries an answer
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class _TooMany(Exception):  # noqa: N818 - a signal up the walk, as errAllocationResultMaxSizeExceeded is
    """An alternative would exceed the results of its claim."""


def plain_walk(problem: Problem) -> Outcome:
    """The first solution or the first fatal error in Kubernetes' order, or NoSolution."""
    walk = _PlainWalk(problem)
    try:
        found = walk.allocate_request(0, 0)
    except _Stop as stop:
        return stop.outcome
    return walk.solution() if found else NoSolution()


class _PlainWalk:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.picks: list[list[Pick]] = [[] for _ in problem.claims]
        self.chosen = [[0] * len(claim.requests) for claim in problem.claims]
        self.taken: list[set[int]] = [set() for _ in problem.claims]
        self.states: list[list[State]] = [[None] * len(claim.constraints) for claim in problem.claims]
        self.joint: tuple[State, ...] = tuple(each.start for each in problem.joint)
        self.left = problem.counters.left
        self.common = problem.groups.common
        self.consumed = dict(problem.sharing.consumed)

    def solution(self) -> Solution:
        return Solution(tuple(map(tuple, self.picks)), tuple(map(tuple, self.chosen)))

    def allocate_request(self, claim: int, request: int) -> bool:
        if claim == len(self.problem.claims):
            return all(rule.holds(self.picks) for rule in self.problem.rules)
        requests = self.problem.claims[claim].requests
        if request == len(requests):
            try:
                return self.allocate_request(claim + 1, 0)
            except _TooMany:
                return False
        tried = 0
        for index, alternative in enumerate(requests[request].alternatives):
            for count in range(alternative.count, alternative.greatest + 1):
                try:
                    if self.allocate_devices(claim, request, index, count, 0, 0):
                        self.chosen[claim][request] = index
                        return True
                    tried += 1
                except _TooMany:
                    pass
        if tried == 0:
            raise _TooMany
        return False

    def allocate_devices(self, claim: int, request: int, index: int, count: int, done: int, start: int) -> bool:
        alternative = self.problem.claims[claim].requests[request].alternatives[index]
        if alternative.everything == ():
            return False
        if done >= count:
            return self.allocate_request(claim, request + 1)
        if len(self.picks[claim]) + count - done > MOST_RESULTS:
            raise _TooMany
        for position in self.positions(alternative, claim, done, start):
            if alternative.everything is None and alternative.failing >> position & 1:
                raise _Stop(FailingVisit(claim, request, index, position))
            before = (list(self.states[claim]), self.left, self.common, dict(self.consumed), self.joint)
            pick = Pick(request, index, position, alternative.consumption.get(position, ()))
            if self.take(claim, alternative, pick):
                marked = not self.problem.sharing.shareable >> position & 1
                self.picks[claim].append(pick)
                if marked:
                    self.taken[claim].add(position)
                try:
                    if self.allocate_devices(claim, request, index, count, done + 1, position + 1):
                        return True
                except _TooMany:
                    self.give_back(claim, position, marked)
                    self.states[claim], self.left, self.common, self.consumed, self.joint = before
                    raise
                self.give_back(claim, position, marked)
            self.states[claim], self.left, self.common, self.consumed, self.joint = before
        return False

    def give_back(self, claim: int, position: int, marked: bool) -> None:
        self.picks[claim].pop()
        if marked:
            self.taken[claim].discard(position)

    def positions(self, alternative: Alternative, claim: int, done: int, start: int) -> Iterator[int]:
        """The positions that are visited: of mode All the next one, whatever it is; else all that are not in use."""
        if alternative.everything is not None:
            yield alternative.everything[done]
            return
        visited = alternative.candidates | alternative.failing
        for position in range(start, visited.bit_length()):
            if visited >> position & 1 and not self.is_in_use(alternative, claim, position):
                yield position

    def is_in_use(self, alternative: Alternative, claim: int, position: int) -> bool:
        if alternative.is_admin:
            return position in self.taken[claim]
        return bool(self.problem.in_use >> position & 1) or any(position in taken for taken in self.taken)

    def take(self, claim: int, alternative: Alternative, pick: Pick) -> bool:
        """Change the state as the pick does; False, with the state half changed, where it cannot be."""
        problem, position = self.problem, pick.position
        if not alternative.candidates >> position & 1 or self.is_in_use(alternative, claim, position):
            return False
        is_shareable = bool(problem.sharing.shareable >> position & 1)
        others = self.consumed.get(position, {})
        has_room = position not in alternative.consumption or fits(
            pick.consumed, problem.sharing.capacity[position], others
        )
        if not has_room and alternative.everything is None:
            return False
        if not (is_shareable and position in self.consumed) and not self.draw(position):
            return False
        for number in alternative.constraints:
            constraint = problem.claims[claim].constraints[number]
            code = alternative.derived.get(number, constraint.codes).get(position)
            if isinstance(code, DerivationFailure):
                raise _Stop(FailingDerivation(claim, pick.request, pick.alternative, position, code))
            state = constraint.relation.joined(self.states[claim][number], code)
            if state is None:
                if alternative.everything is not None and problem.is_violation_fatal:
                    raise _Stop(ViolatedByAll(claim, pick.request, pick.alternative, position))
                return False
            self.states[claim][number] = state
        if not self.join_across(claim, pick):
            return False
        if position in alternative.consumption and is_shareable:
            self.consumed[position] = added(pick.consumed, others)
        return has_room

    def join_across(self, claim: int, pick: Pick) -> bool:
        """Join the constraints across claims; False where one refuses the device."""
        for index, each in enumerate(self.problem.joint):
            if (claim, pick.request, pick.alternative) in each.concerned:
                state = each.constraint.relation.joined(self.joint[index], each.constraint.codes.get(pick.position))
                if state is None:
                    return False
                self.joint = (*self.joint[:index], state, *self.joint[index + 1 :])
        return True

    def draw(self, position: int) -> bool:
        """Join the device's counter sets and draw from them; False where it cannot."""
        if position in self.problem.groups.joins:
            common = join(self.problem.groups, self.common, position)
            if common is None:
                return False
            self.common = common
        if position in self.problem.counters.drawn:
            left = draw(self.problem.counters, self.left, position)
            if left is None:
                return False
            self.left = left
        return True
