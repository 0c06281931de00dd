"""What a search knows at a place, and what of it decides whether anything can still be found there."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from dra_policy.allocate.constraints import State
from dra_policy.allocate.problem import Problem
from dra_policy.values import Quantity


class Taken(NamedTuple):
    """What has been taken so far: a value, so there is nothing to undo.

    ``taken``: positions of all claims, ``own``: of the current claim, ``touched``: those of which a share was taken
    included; ``size``: the current claim's number of results;
    ``states``: of its constraints. ``consumed``: of shared devices, existing claims included. ``quota``: what is left
    of each limit. ``joint``: the states of the constraints across claims.
    """

    taken: int
    own: int
    touched: int
    size: int
    states: tuple[State, ...]
    counters: tuple[int, ...]
    common: Mapping[int, frozenset[str] | None]
    consumed: Mapping[int, Mapping[str, Quantity]]
    quota: tuple[int, ...]
    joint: tuple[State, ...]


class Later:
    """What the requests from a place on can notice: positions that they look at, constraints that concern them."""

    __slots__ = ("_has_groups", "_has_shares", "_positions", "_relevant")

    def __init__(self, problem: Problem) -> None:
        self._has_shares = bool(problem.sharing.shareable)
        self._has_groups = bool(problem.groups.joins)
        self._positions: dict[tuple[int, int], int] = {}
        self._relevant: dict[tuple[int, int], tuple[int, ...]] = {}
        positions = 0
        for number in reversed(range(len(problem.claims))):
            claim = problem.claims[number]
            concerned: set[int] = set()
            for request in reversed(range(len(claim.requests))):
                for alternative in claim.requests[request].alternatives:
                    positions |= alternative.candidates | alternative.failing
                    positions |= sum(1 << each for each in alternative.everything or ())
                    concerned.update(alternative.constraints)
                self._positions[number, request] = positions
                self._relevant[number, request] = tuple(sorted(concerned))

    def key(self, claim: int, request: int, state: Taken) -> Hashable:
        """All that decides what can still be found; states of constraints that nobody comes under are left out."""
        place = (claim, request)
        positions = self._positions[place]
        states = tuple([state.states[number] for number in self._relevant[place]])
        taken, own = state.taken & positions, state.own & positions
        key = place, taken, own, state.size, states, state.counters, state.quota, state.joint
        if not (self._has_shares or self._has_groups):
            return key
        # Of what nobody touched as much is left as at the start: to look at all shares would cost more than the search.
        noticed = state.touched & positions
        shares = [
            (position, tuple(sorted(consumed.items())))
            for position, consumed in sorted(state.consumed.items(), key=_number)
            if noticed >> position & 1
        ]
        return key, tuple(shares), tuple(sorted(state.common.items(), key=_number)) if self._has_groups else ()


def _number(item: tuple[int, object]) -> int:
    return item[0]
