"""The ordered search: Kubernetes' first solution, or the first fatal error, whichever its walk meets first.

Depth first over claims, requests, alternatives in order and devices in ascending positions (combinations, not
permutations); a later failure re-opens everything before it. The state goes down as values, so nothing is undone.

Shortcuts never change what is found first. Some discard what no solution extends (``bounds``, ``parts``, ``memory``),
some what has an image that comes earlier (``symmetry``): of interchangeable devices that nobody took only the first is
tried. Where an error could be met, only those remain that visit all that Kubernetes would visit (``hazards``).
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from enum import Enum

from dra_policy.allocate.bounds import Bounds, Now
from dra_policy.allocate.capacity import added, fits
from dra_policy.allocate.constraints import DerivationFailure, State
from dra_policy.allocate.counters import draw, join
from dra_policy.allocate.hazards import Hazards
from dra_policy.allocate.memory import Later, Taken
from dra_policy.allocate.obligations import Obligations
from dra_policy.allocate.parts import part_of, parts_of, together
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
from dra_policy.allocate.proof import Bound
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.allocate.symmetry import Images, blocks_of, is_image, twins_of
from dra_policy.model.defaults import DEFAULT_BUDGET
from dra_policy.record import replace


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


# With more requests than these the bounds mostly save more than they cost.
_FEW_REQUESTS = 8

# No device taken yet, all positions open.
_START = (0, -1)


def search(problem: Problem, *, budget: int = DEFAULT_BUDGET, shortcuts: Shortcuts = ALL_SHORTCUTS) -> Searched:
    """The first solution in Kubernetes' order, the first fatal error, or none.

    ``budget`` is the most steps; then the outcome is BudgetSpent, and never "none".
    """
    hazards = Hazards(problem)
    if hazards.can_fail:
        walk = _Walk(problem, budget, shortcuts, hazards)
        return Searched(walk.outcome(), walk.steps)
    tried = 0
    few = easy_steps(_wanted(problem)) if shortcuts.eager else 0
    if few and few < budget:
        walk = _Walk(problem, few, shortcuts, hazards)
        outcome = walk.outcome()
        if isinstance(outcome, Solution):
            return Searched(outcome, walk.steps)
        tried = walk.steps
    found = _with_bounds(problem, budget - tried, shortcuts, hazards)
    return Searched(found.outcome, tried + found.steps)


def _wanted(problem: Problem) -> list[int]:
    """The most devices that each request can get."""
    return [
        max([each.greatest for each in request.alternatives], default=0)
        for claim in problem.claims
        for request in claim.requests
    ]


def easy_steps(wanted: Sequence[int]) -> int:
    """In how many steps a solution is found that needs little going back; 0 where bounds cost no more than that.

    ``wanted`` are the most devices of each request.
    """
    return 2 * sum(wanted) + 4 * len(wanted) if 2 <= len(wanted) <= _FEW_REQUESTS else 0


def _with_bounds(problem: Problem, budget: int, shortcuts: Shortcuts, hazards: Hazards) -> Searched:
    """The answer where no error can be met."""
    narrowed = Bounds(problem, shortcuts).narrowed()
    if isinstance(narrowed, Bound):
        return Searched(NoSolution(narrowed), 0)
    parts = parts_of(narrowed) if shortcuts.parts else []
    if len(parts) > 1:
        return _in_parts(narrowed, parts, budget, shortcuts)
    walk = _Walk(narrowed, budget, shortcuts, hazards)
    return Searched(walk.outcome(), walk.steps)


def _in_parts(problem: Problem, parts: list[list[tuple[int, int]]], budget: int, shortcuts: Shortcuts) -> Searched:
    """The answer from those of the parts, which share the budget; the first without a solution decides."""
    found = []
    steps = 0
    for places in parts:
        part = part_of(problem, places)
        walk = _Walk(part, budget - steps, shortcuts, Hazards(part))
        outcome = walk.outcome()
        steps += walk.steps
        if not isinstance(outcome, Solution):
            return Searched(outcome, steps)
        found.append((places, outcome))
    return Searched(together(problem, found), steps)


class _Walk:
    """One walk; ``picks`` and ``chosen`` are the way from the root to where it stands."""

    __slots__ = (
        "_blocks",
        "_bounds",
        "_budget",
        "_chosen",
        "_draws",
        "_failed",
        "_hazards",
        "_later",
        "_least",
        "_obligations",
        "_picks",
        "_problem",
        "_shortcuts",
        "_twins",
        "steps",
    )

    def __init__(self, problem: Problem, budget: int, shortcuts: Shortcuts, hazards: Hazards) -> None:
        self._problem = problem
        self._shortcuts = shortcuts
        self._hazards = hazards
        self._twins = problem.twins if shortcuts.twins else ()
        self._blocks: tuple[Images, ...] = ()
        self._bounds: Bounds | None = None
        self._failed: dict[Hashable, _End] = {}
        self._later: Later | None = None
        self._obligations = Obligations.of(problem)
        self._budget = budget
        # Few devices draw from counters, and a question to each pick costs.
        self._draws = bool(problem.counters.drawn or problem.groups.joins)
        self._picks: list[list[Pick]] = [[] for _ in problem.claims]
        self._chosen: list[list[int]] = [[0] * len(claim.requests) for claim in problem.claims]
        self._least: dict[tuple[int, int], int] = {}
        self.steps = 0

    def outcome(self) -> Outcome:
        problem = self._problem
        # Two Python frames a pick and a few a request, for which the limit is too low with dozens of claims.
        depth = sum(2 * MOST_RESULTS + 4 * len(claim.requests) + 4 for claim in problem.claims)
        limit = sys.getrecursionlimit()
        if depth + 500 > limit:
            sys.setrecursionlimit(depth + 1000)
        joint = tuple([each.start for each in problem.joint])
        held = problem.counters.left, problem.groups.common, problem.sharing.consumed, problem.charges.left
        if self._obligations is not None and not self._obligations.hold_before_all(self._picks):
            return NoSolution()
        try:
            end = self._claim(0, Taken(0, 0, 0, 0, (), *held, joint))
        except _FatalError as fatal:
            return fatal.outcome
        finally:
            sys.setrecursionlimit(limit)
        if end is not _End.SOLVED:
            return NoSolution()
        return Solution(tuple(map(tuple, self._picks)), tuple(map(tuple, self._chosen)))

    def _claim(self, claim: int, state: Taken) -> _End:
        if claim == len(self._problem.claims):
            self._step()
            return _End.SOLVED
        constraints = len(self._problem.claims[claim].constraints)
        nothing: tuple[State, ...] = (None,) * constraints
        # Not `_replace`: every answer of every node begins so.
        begun = Taken(
            state.taken,
            0,
            state.touched,
            0,
            nothing,
            state.counters,
            state.common,
            state.consumed,
            state.quota,
            state.joint,
        )
        end = self._request(claim, 0, begun)
        # Another choice in an earlier claim may leave room for a smaller alternative in this one.
        return _End.FAILED if end is _End.TOO_MANY else end

    def _request(self, claim: int, request: int, state: Taken) -> _End:
        self._step()
        requests = self._problem.claims[claim].requests
        if request == len(requests):
            return self._claim(claim + 1, state)
        known = self._failed.get(self._key(claim, request, state)) if self._failed else None
        if known is not None:
            return known
        is_hopeless = self.steps > self._shortcuts.patience and self._is_hopeless(claim, request, state)
        end = _End.FAILED if is_hopeless else self._alternatives(claim, request, state)
        if self._shortcuts.memory and end is not _End.SOLVED:
            # All picks since then are taken back, so the key is that of the beginning.
            self._failed[self._key(claim, request, state)] = end
        return end

    def _key(self, claim: int, request: int, state: Taken) -> Hashable:
        """All that decides what can still be found from a request on."""
        if self._later is None:
            self._later = Later(self._problem)
        key = self._later.key(claim, request, state)
        return key if self._obligations is None else (key, self._obligations.state((claim, request), self._picks))

    def _is_hopeless(self, claim: int, request: int, state: Taken) -> bool:
        """Whether a bound proves that what is still open cannot be met; never where an error could be met."""
        if not self._shortcuts.look_ahead or self._hazards.can_fail_from(claim, request):
            return False
        # With too many results the walk ends in another way, and passes over more.
        if state.size + self._least_from(claim, request) > MOST_RESULTS:
            return False
        if self._bounds is None:
            self._bounds = Bounds(self._problem, self._shortcuts)
        now = Now((claim, request), state.taken, state.own, state.states, state.counters)
        return self._bounds.impossible(now) is not None

    def _least_from(self, claim: int, request: int) -> int:
        """The fewest results that the claim gets from the request and those after it."""
        found = self._least.get((claim, request))
        if found is None:
            requests = self._problem.claims[claim].requests[request:]
            found = sum(min((each.count for each in later.alternatives), default=0) for later in requests)
            self._least[claim, request] = found
        return found

    def _alternatives(self, claim: int, request: int, state: Taken) -> _End:
        alternatives = self._problem.claims[claim].requests[request].alternatives
        if len(alternatives) == 1 and not alternatives[0].most:
            return self._devices((claim, request, 0), alternatives[0], _START, state)
        all_too_many = True
        for index, alternative in enumerate(alternatives):
            for sized in _by_size(alternative):
                end = self._devices((claim, request, index), sized, _START, state)
                if end is _End.SOLVED:
                    self._chosen[claim][request] = index
                    return end
                all_too_many &= end is _End.TOO_MANY
        return _End.TOO_MANY if all_too_many else _End.FAILED

    def _devices(
        self, place: tuple[int, int, int], alternative: Alternative, cursor: tuple[int, int], state: Taken
    ) -> _End:
        """Take the devices of an alternative after the first ``done``, of those that are still open."""
        self._step()
        done, opened = cursor
        everything = alternative.everything
        if everything is not None and not everything:
            return _End.FAILED
        if done >= alternative.count:
            return self._filled(place, state)
        if alternative.count - done > MOST_RESULTS - state.size:
            return _End.TOO_MANY
        if everything is not None:
            return self._next_of_all(place, alternative, cursor, everything[done], state)
        twins, blocks = self._images(place)
        opened &= (alternative.candidates | alternative.failing) & ~self._blocked(alternative, state)
        while opened:
            lowest = opened & -opened
            position = lowest.bit_length() - 1
            opened ^= lowest
            if blocks and is_image(blocks[position], state.touched):
                continue
            if lowest & alternative.failing:
                raise _FatalError(FailingVisit(*place, position))
            taken = self._taken(place, alternative, position, state)
            if taken is not None:
                end = self._with_pick(place, alternative, (done, opened), position, taken)
                if end is not _End.FAILED:
                    return end
            if twins and not lowest & state.touched:
                opened &= ~twins[position] | state.touched
        return _End.FAILED

    def _next_of_all(
        self,
        place: tuple[int, int, int],
        alternative: Alternative,
        cursor: tuple[int, int],
        position: int,
        state: Taken,
    ) -> _End:
        """Take the next device of mode All."""
        is_open = alternative.candidates & ~self._blocked(alternative, state) & 1 << position
        taken = self._taken(place, alternative, position, state) if is_open else None
        return _End.FAILED if taken is None else self._with_pick(place, alternative, cursor, position, taken)

    def _blocked(self, alternative: Alternative, state: Taken) -> int:
        """The positions that cannot be taken again: with admin access only those of the claim itself."""
        return state.own if alternative.is_admin else self._problem.in_use | state.taken

    def _filled(self, place: tuple[int, int, int], state: Taken) -> _End:
        """Go on after a request has all its devices."""
        if self._obligations is not None and not self._obligations.hold_after(place[:2], self._picks):
            return _End.FAILED
        return self._request(place[0], place[1] + 1, state)

    def _images(self, place: tuple[int, int, int]) -> tuple[tuple[int, ...], tuple[Images, ...]]:
        """Twins and blocks for a request; none where order decides."""
        if not self._hazards.has_twins_from(place[0], place[1]):
            return (), ()
        blocks = self._blocks
        return self._twins, () if blocks and self._hazards.can_fail_from(place[0], place[1]) else blocks

    def _lose_patience(self) -> None:
        """Look for what is interchangeable, now that the search has become a long one."""
        if self._shortcuts.twins and not self._twins:
            self._twins = twins_of(self._problem)
        if self._shortcuts.blocks:
            self._blocks = blocks_of(self._problem)

    def _with_pick(
        self,
        place: tuple[int, int, int],
        alternative: Alternative,
        cursor: tuple[int, int],
        position: int,
        state: Taken,
    ) -> _End:
        picks = self._picks[place[0]]
        picks.append(Pick(place[1], place[2], position, alternative.consumption.get(position, ())))
        end = _End.FAILED
        if self._obligations is None or self._obligations.can_hold(place[:2], self._picks):
            end = self._devices(place, alternative, (cursor[0] + 1, cursor[1]), state)
        if end is not _End.SOLVED:
            picks.pop()
        return end

    def _taken(
        self, place: tuple[int, int, int], alternative: Alternative, position: int, state: Taken
    ) -> Taken | None:
        """The state after one device was taken; None if it cannot be.

        INVARIANT: the position is a candidate of the alternative, and is not blocked.
        """
        bit = 1 << position
        problem = self._problem
        sharing = problem.sharing
        is_shareable = bool(bit & sharing.shareable)
        consumed = state.consumed
        has_room = True
        if position in alternative.consumption:
            amounts, others = alternative.consumption[position], consumed.get(position, {})
            has_room = fits(amounts, sharing.capacity[position], others)
            if not has_room and alternative.everything is None:
                # A device without room is not asked for what a constraint derives of it; mode All asks for room last.
                return None
            if is_shareable:
                consumed = {**consumed, position: added(amounts, others)}
        quota = self._charged(place, position, state.quota) if problem.charges.drawn else state.quota
        if quota is None:
            return None
        drawn: tuple[tuple[int, ...], Mapping[int, frozenset[str] | None]] | None = (state.counters, state.common)
        if self._draws:
            drawn = self._drawn(position, state, is_paid=is_shareable and position in state.consumed)
        has_constraints = drawn is not None and bool(alternative.constraints)
        states = self._joined(place, alternative, position, state.states) if has_constraints else state.states
        joint = self._joined_across(place, position, state.joint) if problem.joint else ()
        if drawn is None or states is None or joint is None or not has_room:
            return None
        mark = 0 if is_shareable else bit
        taken, own, touched = state.taken | mark, state.own | mark, state.touched | bit
        return Taken(taken, own, touched, state.size + 1, states, *drawn, consumed, quota, joint)

    def _charged(self, place: tuple[int, int, int], position: int, left: tuple[int, ...]) -> tuple[int, ...] | None:
        """What is left of the limits of quotas after the device was charged; None if one would be exceeded."""
        amounts = self._problem.charges.drawn.get(place, {}).get(position)
        if amounts is None:
            return left
        after = tuple([rest - amount for rest, amount in zip(left, amounts, strict=True)])
        # A limit may be exceeded already: that concerns only what adds to it.
        return None if any(amount and rest < 0 for amount, rest in zip(amounts, after, strict=True)) else after

    def _drawn(
        self, position: int, state: Taken, *, is_paid: bool
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

    def _joined_across(
        self, place: tuple[int, int, int], position: int, states: tuple[State, ...]
    ) -> tuple[State, ...] | None:
        """The states of the constraints across claims after the device joined; None if one refuses it."""
        row = list(states)
        for index, joint in enumerate(self._problem.joint):
            if place in joint.concerned:
                constraint = joint.constraint
                row[index] = constraint.relation.joined(row[index], constraint.codes.get(position))
                if row[index] is None:
                    return None
        return tuple(row)

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self._shortcuts.patience + 1:
            self._lose_patience()
        if self.steps > self._budget:
            # The step is not taken: no more are counted than there were.
            self.steps = self._budget
            raise _FatalError(BudgetSpent())


def _by_size(alternative: Alternative) -> Iterator[Alternative]:
    """The alternative for each number of devices that it may get, the least first."""
    if not alternative.most:
        yield alternative
        return
    for count in range(alternative.count, alternative.greatest + 1):
        yield replace(alternative, count=count, most=0)
