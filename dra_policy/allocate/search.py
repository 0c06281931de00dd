"""The ordered search: Kubernetes' first solution, or the first fatal error, whichever its walk meets first.

Depth first over claims, requests, alternatives in order and devices in ascending positions (combinations, not
permutations); a later failure re-opens everything before it. The state goes down as values, so nothing is undone.

Two shortcuts never change what is found first. *Twins*: of interchangeable devices that nobody took, only the first is
tried; once it was tried or passed over, the others are closed for this request: a solution with one of them has an
image with the first, which comes earlier. *Memory*: what failed at the start of a request fails again where nothing
differs that later requests look at.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from enum import Enum
from typing import NamedTuple

from dra_policy.allocate.bounds import Narrowed, narrow
from dra_policy.allocate.capacity import added, fits
from dra_policy.allocate.constraints import DerivationFailure, State
from dra_policy.allocate.counters import draw, join
from dra_policy.allocate.problem import (
    MOST_RESULTS,
    Alternative,
    BudgetSpent,
    FailingDerivation,
    FailingVisit,
    NoSolution,
    Outcome,
    Pick,
    Problem,
    Searched,
    Solution,
    ViolatedByAll,
)
from dra_policy.record import replace
from dra_policy.values import Quantity

DEFAULT_BUDGET = 1_000_000


class _End(Enum):
    """How a branch ended."""

    SOLVED = 1
    FAILED = 2
    # All ways on would exceed the results that a claim can hold: the previous request's choice does not matter.
    TOO_MANY = 3


class _FatalError(Exception):
    """Ends the walk with an event."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


# No device taken yet, all positions open.
_START = (0, -1)


class _State(NamedTuple):
    """What has been taken so far.

    ``taken``: positions of all claims, ``own``: of the current claim, ``size``: its number of results;
    ``states``: of its constraints. ``consumed``: of shared devices, existing claims included. ``quota``: what is left
    of each limit.
    """

    taken: int
    own: int
    size: int
    states: tuple[State, ...]
    counters: tuple[int, ...]
    common: Mapping[int, frozenset[str] | None]
    consumed: Mapping[int, Mapping[str, Quantity]]
    quota: tuple[int, ...]


def search(problem: Problem, *, budget: int = DEFAULT_BUDGET, with_bounds: bool = True) -> Searched:
    """The first solution in Kubernetes' order, the first fatal error, or none.

    ``budget`` is the most steps; then the outcome is BudgetSpent. ``with_bounds`` off leaves out every shortcut.
    """
    narrowed = narrow(problem) if with_bounds else Narrowed(replace(problem, twins=()), None)
    if narrowed.impossible is not None:
        return Searched(NoSolution(narrowed.impossible), 0)
    walk = _Walk(narrowed.problem, budget, has_memory=with_bounds)
    return Searched(walk.outcome(), walk.steps)


class Later:
    """What the requests from a place on can notice: positions that they look at, constraints that concern them."""

    __slots__ = ("_positions", "_relevant")

    def __init__(self, problem: Problem) -> None:
        self._positions: dict[tuple[int, int], int] = {}
        self._relevant: dict[tuple[int, int], tuple[int, ...]] = {}
        positions = 0
        for number in reversed(range(len(problem.claims))):
            claim = problem.claims[number]
            concerned: set[int] = set()
            for request in reversed(range(len(claim.requests))):
                for alternative in claim.requests[request].alternatives:
                    positions |= alternative.candidates | alternative.failing
                    concerned.update(alternative.constraints)
                self._positions[number, request] = positions
                self._relevant[number, request] = tuple(sorted(concerned))

    def key(self, claim: int, request: int, state: _State) -> Hashable:
        """All that decides what can still be found; states of constraints that nobody comes under are left out."""
        place = (claim, request)
        positions = self._positions[place]
        states = tuple([state.states[number] for number in self._relevant[place]])
        return place, state.taken & positions, state.own & positions, state.size, states, state.counters, state.quota


class _Walk:
    """One walk; ``picks`` and ``chosen`` are the way from the root to where it stands."""

    __slots__ = ("_budget", "_chosen", "_failed", "_later", "_picks", "_problem", "_twins", "steps")

    def __init__(self, problem: Problem, budget: int, *, has_memory: bool) -> None:
        self._problem = problem
        self._twins = problem.twins
        self._failed: dict[Hashable, _End] = {}
        # Shares and groups are no part of what is remembered.
        has_memory &= not problem.sharing.shareable and not problem.groups.joins
        self._later = Later(problem) if has_memory else None
        self._budget = budget
        self._picks: list[list[Pick]] = [[] for _ in problem.claims]
        self._chosen: list[list[int]] = [[0] * len(claim.requests) for claim in problem.claims]
        self.steps = 0

    def outcome(self) -> Outcome:
        problem = self._problem
        # Two Python frames a pick and a few a request, for which the limit is too low with dozens of claims.
        depth = sum(2 * MOST_RESULTS + 4 * len(claim.requests) + 4 for claim in problem.claims)
        limit = sys.getrecursionlimit()
        if depth + 500 > limit:
            sys.setrecursionlimit(depth + 1000)
        state = _State(
            0, 0, 0, (), problem.counters.left, problem.groups.common, problem.sharing.consumed, problem.charges.left
        )
        try:
            end = self._claim(0, state)
        except _FatalError as fatal:
            return fatal.outcome
        finally:
            sys.setrecursionlimit(limit)
        if end is not _End.SOLVED:
            return NoSolution()
        return Solution(tuple(map(tuple, self._picks)), tuple(map(tuple, self._chosen)))

    def _claim(self, claim: int, state: _State) -> _End:
        if claim == len(self._problem.claims):
            self._step()
            return _End.SOLVED
        constraints = len(self._problem.claims[claim].constraints)
        state = _State(
            state.taken, 0, 0, (None,) * constraints, state.counters, state.common, state.consumed, state.quota
        )
        end = self._request(claim, 0, state)
        # Another choice in an earlier claim may leave room for a smaller alternative in this one.
        return _End.FAILED if end is _End.TOO_MANY else end

    def _request(self, claim: int, request: int, state: _State) -> _End:
        self._step()
        requests = self._problem.claims[claim].requests
        if request == len(requests):
            return self._claim(claim + 1, state)
        if self._later is None:
            return self._alternatives(claim, request, state)
        key = self._later.key(claim, request, state)
        end = self._failed.get(key)
        if end is None:
            end = self._alternatives(claim, request, state)
            if end is not _End.SOLVED:
                self._failed[key] = end
        return end

    def _alternatives(self, claim: int, request: int, state: _State) -> _End:
        alternatives = self._problem.claims[claim].requests[request].alternatives
        if len(alternatives) == 1:
            return self._devices((claim, request, 0), alternatives[0], _START, state)
        all_too_many = True
        for index, alternative in enumerate(alternatives):
            end = self._devices((claim, request, index), alternative, _START, state)
            if end is _End.SOLVED:
                self._chosen[claim][request] = index
                return end
            all_too_many &= end is _End.TOO_MANY
        return _End.TOO_MANY if all_too_many else _End.FAILED

    def _devices(
        self, place: tuple[int, int, int], alternative: Alternative, cursor: tuple[int, int], state: _State
    ) -> _End:
        """Take the devices of an alternative after the first ``done``, of those that are still open."""
        self._step()
        done, opened = cursor
        everything = alternative.everything
        if everything is not None and not everything:
            return _End.FAILED
        if done >= alternative.count:
            return self._request(place[0], place[1] + 1, state)
        if alternative.count - done > MOST_RESULTS - state.size:
            return _End.TOO_MANY
        if everything is not None:
            taken = self._taken(place, alternative, everything[done], state)
            if taken is None:
                return _End.FAILED
            return self._with_pick(place, alternative, (done, opened), everything[done], taken)
        twins = self._twins
        opened &= (alternative.candidates | alternative.failing) & ~self._blocked(alternative, state)
        while opened:
            lowest = opened & -opened
            position = lowest.bit_length() - 1
            opened ^= lowest
            if lowest & alternative.failing:
                raise _FatalError(FailingVisit(*place, position))
            taken = self._taken(place, alternative, position, state)
            if taken is not None:
                end = self._with_pick(place, alternative, (done, opened), position, taken)
                if end is not _End.FAILED:
                    return end
            if twins:
                opened &= ~twins[position]
        return _End.FAILED

    def _with_pick(
        self,
        place: tuple[int, int, int],
        alternative: Alternative,
        cursor: tuple[int, int],
        position: int,
        state: _State,
    ) -> _End:
        picks = self._picks[place[0]]
        picks.append(Pick(place[1], place[2], position, alternative.consumption.get(position, ())))
        end = self._devices(place, alternative, (cursor[0] + 1, cursor[1]), state)
        if end is not _End.SOLVED:
            picks.pop()
        return end

    def _taken(
        self, place: tuple[int, int, int], alternative: Alternative, position: int, state: _State
    ) -> _State | None:
        """The state after one device was taken; None if it cannot be."""
        bit = 1 << position
        sharing = self._problem.sharing
        is_shareable = bool(bit & sharing.shareable)
        blocked = self._blocked(alternative, state)
        if bit & (blocked | ~alternative.candidates):
            return None
        quota = self._charged(place, position, state.quota)
        if quota is None:
            return None
        drawn = self._drawn(position, state, is_paid=is_shareable and position in state.consumed)
        states = None if drawn is None else self._joined(place, alternative, position, state.states)
        if drawn is None or states is None:
            return None
        consumed = state.consumed
        if position in alternative.consumption:
            amounts, others = alternative.consumption[position], consumed.get(position, {})
            if not fits(amounts, sharing.capacity[position], others):
                return None
            if is_shareable:
                consumed = {**consumed, position: added(amounts, others)}
        mark = 0 if is_shareable else bit
        return _State(state.taken | mark, state.own | mark, state.size + 1, states, *drawn, consumed, quota)

    def _charged(self, place: tuple[int, int, int], position: int, left: tuple[int, ...]) -> tuple[int, ...] | None:
        """What is left of the limits of quotas after the device was charged; None if one would be exceeded."""
        amounts = self._problem.charges.drawn.get(place, {}).get(position)
        if amounts is None:
            return left
        after = tuple([rest - amount for rest, amount in zip(left, amounts, strict=True)])
        # A limit may be exceeded already: that concerns only what adds to it.
        return None if any(amount and rest < 0 for amount, rest in zip(amounts, after, strict=True)) else after

    def _blocked(self, alternative: Alternative, state: _State) -> int:
        """The positions that cannot be taken again: with admin access only those of the claim itself."""
        return state.own if alternative.is_admin else self._problem.in_use | state.taken

    def _drawn(
        self, position: int, state: _State, *, is_paid: bool
    ) -> tuple[tuple[int, ...], Mapping[int, frozenset[str] | None]] | None:
        """Counters and compatibility groups after the device joined; None if it cannot.

        A further share of a device that is in use already is paid for.
        """
        counters, common = state.counters, state.common
        if is_paid:
            return counters, common
        problem = self._problem
        if position in problem.groups.joins:
            joined = join(problem.groups, common, position)
            if joined is None:
                return None
            common = joined
        if position in problem.counters.drawn:
            left = draw(problem.counters, counters, position)
            if left is None:
                return None
            counters = left
        return counters, common

    def _joined(
        self, place: tuple[int, int, int], alternative: Alternative, position: int, states: tuple[State, ...]
    ) -> tuple[State, ...] | None:
        """The states of the claim's constraints after the device joined; None if one refuses it."""
        if not alternative.constraints:
            return states
        row = list(states)
        constraints = self._problem.claims[place[0]].constraints
        for index in alternative.constraints:
            constraint = constraints[index]
            code = alternative.derived.get(index, constraint.codes).get(position)
            if isinstance(code, DerivationFailure):
                raise _FatalError(FailingDerivation(*place, position, code))
            state = constraint.relation.joined(row[index], code)
            if state is None:
                if alternative.everything is not None and self._problem.is_violation_fatal:
                    raise _FatalError(ViolatedByAll(*place, position))
                return None
            row[index] = state
        return tuple(row)

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._budget:
            raise _FatalError(BudgetSpent())
