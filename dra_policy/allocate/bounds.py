"""Prove without search that nothing fits, or that some devices can be in no solution.

Every bound here only discards assignments that no solution extends, so it never changes which solution comes first.
None may be used where a fatal error could be met: Kubernetes' walk would meet it before it knew that nothing fits.
A bound is a value, ``Bound``: an explanation needs the same proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dra_policy.allocate.constraints import Code, DerivationFailure, State, Unknown
from dra_policy.allocate.counter_bounds import CounterTables
from dra_policy.allocate.matching import shortage
from dra_policy.allocate.problem import Alternative, Problem, Request
from dra_policy.allocate.proof import Bound, BoundKind, Place
from dra_policy.allocate.shortcuts import Shortcuts
from dra_policy.record import replace
from dra_policy.values.bit_sets import union


class Now:
    """How far a search has come: what is taken, the states of the current claim's constraints, what counters have."""

    __slots__ = ("counters", "own", "place", "states", "taken")

    def __init__(self, place: Place, taken: int, own: int, states: Sequence[State], counters: tuple[int, ...]) -> None:
        self.place = place
        self.taken = taken
        self.own = own
        self.states = states
        self.counters = counters


class _Option:
    """An alternative with the candidates that it still has; ``is_dead`` if it cannot be had by itself."""

    __slots__ = ("alternative", "is_dead", "mask", "number")

    def __init__(self, alternative: Alternative, number: int, mask: int) -> None:
        self.alternative = alternative
        self.number = number
        self.mask = mask
        self.is_dead = False

    @property
    def has_enough(self) -> bool:
        everything = self.alternative.everything
        if everything is not None:
            return bool(everything) and all(self.mask >> each & 1 for each in everything)
        return self.mask.bit_count() >= self.alternative.count


class _Need:
    """A request that is still open."""

    __slots__ = ("options", "place")

    def __init__(self, place: Place, options: list[_Option]) -> None:
        self.place = place
        self.options = options

    @property
    def only(self) -> _Option | None:
        """The one way in which the request can be met, if it wants a number of devices; None if there are several."""
        alive = [each for each in self.options if not each.is_dead]
        if len(alive) != 1 or alive[0].alternative.everything is not None or not alive[0].alternative.count:
            return None
        return alive[0]


class Bounds:
    """The bounds of one problem. Tables over it are made once, at first need."""

    __slots__ = ("_by_code", "_counters", "_problem", "_shortcuts", "_uses_counters")

    def __init__(self, problem: Problem, shortcuts: Shortcuts) -> None:
        self._problem = problem
        self._shortcuts = shortcuts
        self._by_code: dict[tuple[int, ...], Mapping[Code, int]] = {}
        self._counters: CounterTables | None = None
        # A device that draws less than nothing, which the API server refuses, gives the others something.
        drawn = problem.counters.drawn.values() if shortcuts.counters else ()
        self._uses_counters = bool(drawn) and all(amount >= 0 for amounts in drawn for _, amount in amounts)

    @property
    def shareable(self) -> int:
        """The positions that several requests can have."""
        return self._problem.sharing.shareable

    def narrowed(self) -> Problem | Bound:
        """The problem without candidates that are in no solution, or why it has none."""
        problem = self._problem
        first = Now((0, 0), 0, 0, (), problem.counters.left)
        needs = self._needs(first)
        bound = self._impossible(needs, first)
        if bound is not None:
            return bound
        by_place = {need.place: need for need in needs}
        if not any(_has_lost(option, problem.in_use) for need in needs for option in need.options):
            return problem
        claims = tuple(
            replace(
                claim,
                requests=tuple(_kept(by_place[number, index]) for index in range(len(claim.requests))),
            )
            for number, claim in enumerate(problem.claims)
        )
        return replace(problem, claims=claims)

    def impossible(self, now: Now) -> Bound | None:
        """Why what is still open cannot be met; None if that is not known."""
        return self._impossible(self._needs(now), now)

    def _needs(self, now: Now) -> list[_Need]:
        needs = []
        problem = self._problem
        first_claim, first_request = now.place
        for number in range(first_claim, len(problem.claims)):
            requests = problem.claims[number].requests
            own = now.own if number == first_claim else 0
            for index in range(first_request if number == first_claim else 0, len(requests)):
                options = [
                    _Option(each, at, each.candidates & ~(own if each.is_admin else problem.in_use | now.taken))
                    for at, each in enumerate(requests[index].alternatives)
                ]
                needs.append(_Need((number, index), options))
        return needs

    def _impossible(self, needs: list[_Need], now: Now) -> Bound | None:
        switches = self._shortcuts
        if self._uses_counters:
            self._without_dry_counters(needs, now)
        if switches.values:
            self._without_refused_values(needs, now)
        has_changed = True
        while has_changed:
            bound = self._too_few(needs)
            if bound is None and switches.values:
                bound, has_changed = self._without_small_values(needs, now)
            else:
                has_changed = False
            if bound is not None:
                return bound
        bound = self._too_few_distinct(needs, now) if switches.distinct else None
        if bound is None and switches.matching:
            bound = self._unmatched(needs)
        if bound is None and self._uses_counters:
            bound = self._overdrawn(needs, now)
        return bound

    def _too_few(self, needs: list[_Need]) -> Bound | None:
        if not self._shortcuts.counts:
            return None
        for need in needs:
            for option in need.options:
                option.is_dead = option.is_dead or not option.has_enough
            if all(option.is_dead for option in need.options):
                best = max(need.options, key=lambda each: each.mask.bit_count() - each.alternative.count)
                needed = max(best.alternative.count, 1)
                return Bound(BoundKind.COUNT, (need.place,), needed, best.mask.bit_count())
        return None

    def _constrained(self, needs: list[_Need], now: Now) -> Iterator[tuple[int, int, State, list[_Need]]]:
        """The constraints of open claims with their states and requests: (claim, constraint, state, requests)."""
        by_claim: dict[int, list[_Need]] = {}
        for need in needs:
            by_claim.setdefault(need.place[0], []).append(need)
        for number, same in by_claim.items():
            for index in range(len(self._problem.claims[number].constraints)):
                state = now.states[index] if number == now.place[0] and now.states else None
                yield number, index, state, same

    def masks_by_code(self, claim: int, index: int, need: _Need, option: _Option) -> Mapping[Code, int]:
        """The positions by their value for a constraint, as the alternative sees it."""
        derived = option.alternative.derived.get(index)
        key = (claim, index) if derived is None else (claim, index, need.place[1], option.number)
        found = self._by_code.get(key)
        if found is None:
            codes = self._problem.claims[claim].constraints[index].codes if derived is None else derived
            masks: dict[Code, int] = {}
            for position, code in codes.items():
                if code is not None and not isinstance(code, DerivationFailure):
                    masks[code] = masks.get(code, 0) | 1 << position
            found = self._by_code[key] = masks
        return found

    def _without_refused_values(self, needs: list[_Need], now: Now) -> None:
        """Leave out what the constraint refuses already now: a state never comes to admit more."""
        for claim, index, state, same in self._constrained(needs, now):
            relation = self._problem.claims[claim].constraints[index].relation
            for need in same:
                for option in need.options:
                    if index in option.alternative.constraints:
                        masks = self.masks_by_code(claim, index, need, option)
                        option.mask &= union(
                            mask for code, mask in masks.items() if relation.joined(state, code) is not None
                        )

    def _without_small_values(self, needs: list[_Need], now: Now) -> tuple[Bound | None, bool]:
        """Keep the values of which every request has enough: all devices of a solution share one."""
        has_changed = False
        for claim, index, _, same in self._constrained(needs, now):
            if self._problem.claims[claim].constraints[index].relation.must_differ:
                continue
            values = _Values(self, claim, index, same)
            if not values.are_comparable or not values.concerned:
                continue
            kept = {code for code in values.codes if values.suffice(code)}
            if not kept:
                return values.bound(), False
            has_changed |= values.keep(kept)
        return None, has_changed

    def _too_few_distinct(self, needs: list[_Need], now: Now) -> Bound | None:
        for claim, index, _, same in self._constrained(needs, now):
            if not self._problem.claims[claim].constraints[index].relation.must_differ:
                continue
            values = _Values(self, claim, index, same)
            if not values.are_comparable or not values.concerned:
                continue
            needed = sum(option.alternative.count for _, option in values.concerned)
            available = sum(values.has_any(code) for code in values.codes)
            if available < needed:
                return Bound(BoundKind.DISTINCT, values.places, needed, available, index)
        return None

    def _unmatched(self, needs: list[_Need]) -> Bound | None:
        demands, places = [], []
        shareable = self._problem.sharing.shareable
        for need in needs:
            alive = [each for each in need.options if not each.is_dead]
            mask = union(each.mask for each in alive)
            if mask & shareable or any(
                each.alternative.is_admin or each.alternative.everything is not None for each in alive
            ):
                continue
            demands.append((mask, min((each.alternative.count for each in alive), default=0)))
            places.append(need.place)
        found = shortage(demands) if len(demands) > 1 else None
        if found is None:
            return None
        short, devices = found
        needed = sum(demands[each][1] for each in short)
        return Bound(BoundKind.MATCHING, tuple(places[each] for each in short), needed, devices.bit_count())

    def _tables(self) -> CounterTables:
        if self._counters is None:
            self._counters = CounterTables(self._problem)
        return self._counters

    def _without_dry_counters(self, needs: list[_Need], now: Now) -> None:
        dry = self._tables().dry(now.counters)
        if dry:
            for need in needs:
                for option in need.options:
                    option.mask &= ~dry

    def _overdrawn(self, needs: list[_Need], now: Now) -> Bound | None:
        demands = []
        for need in needs:
            alive = [each for each in need.options if not each.is_dead]
            if any(each.alternative.everything is not None for each in alive):
                continue
            demands.append(
                (union(each.mask for each in alive), min((each.alternative.count for each in alive), default=0))
            )
        places = tuple(need.place for need in needs)
        found = self._tables().shortage(demands, now.counters)
        return None if found is None else Bound(BoundKind.COUNTERS, places, *found)


class _Values:
    """The values of one constraint among the requests that are still open.

    ``concerned`` are the requests that surely take devices under it. ``are_comparable`` is False with lists and values
    without comparable type: these can have something in common with several others.
    """

    __slots__ = ("_by_option", "_index", "_masks", "_shareable", "are_comparable", "codes", "concerned")

    def __init__(self, bounds: Bounds, claim: int, index: int, needs: list[_Need]) -> None:
        self._index = index
        self._shareable = bounds.shareable
        self.concerned: list[tuple[_Need, _Option]] = []
        self._by_option: list[tuple[_Option, Mapping[Code, int]]] = []
        self._masks: dict[int, Mapping[Code, int]] = {}
        for need in needs:
            only = need.only
            if only is not None and index in only.alternative.constraints:
                self.concerned.append((need, only))
            for option in need.options:
                if index in option.alternative.constraints:
                    masks = self._masks[id(option)] = bounds.masks_by_code(claim, index, need, option)
                    self._by_option.append((option, masks))
        self.codes = {code: None for _, masks in self._by_option for code in masks}
        self.are_comparable = not any(isinstance(code, Unknown) or len(code or ()) != 1 for code in self.codes)

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(need.place for need, _ in self.concerned)

    def _mask(self, wanted: _Option, code: Code) -> int:
        return wanted.mask & self._masks[id(wanted)].get(code, 0)

    def has_any(self, code: Code) -> bool:
        """Whether a concerned request can have a device with the value."""
        return any(self._mask(option, code) for _, option in self.concerned)

    def suffice(self, code: Code) -> bool:
        """Whether each concerned request has enough devices with the value, and all of them together."""
        together = total = 0
        for _, option in self.concerned:
            mask = self._mask(option, code)
            if mask.bit_count() < option.alternative.count:
                return False
            together |= mask
            total += option.alternative.count
        # A claim never gets one device twice, unless it is shareable.
        return bool(together & self._shareable) or together.bit_count() >= total

    def keep(self, kept: set[Code]) -> bool:
        """Leave out devices with other values; whether there were any."""
        has_changed = False
        for option, masks in self._by_option:
            if option.alternative.everything is None:
                mask = option.mask & union(each for code, each in masks.items() if code in kept)
                has_changed |= mask != option.mask
                option.mask = mask
        return has_changed

    def bound(self) -> Bound:
        """That no value suffices: together, or for the request that comes nearest."""
        needed = sum(option.alternative.count for _, option in self.concerned)
        available = max(
            (union(self._mask(option, code) for _, option in self.concerned).bit_count() for code in self.codes),
            default=0,
        )
        return Bound(BoundKind.VALUES, self.places, needed, available, self._index)


def _has_lost(option: _Option, in_use: int) -> bool:
    alternative = option.alternative
    available = alternative.candidates if alternative.is_admin else alternative.candidates & ~in_use
    return alternative.everything is None and option.mask != available


def _kept(need: _Need) -> Request:
    return Request(
        tuple(
            option.alternative
            if option.alternative.everything is not None or option.mask == option.alternative.candidates
            else replace(option.alternative, candidates=option.mask)
            for option in need.options
        )
    )
