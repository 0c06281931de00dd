"""All pods of a group or none: shared claims first, then a place for every pod, the best where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, product

from dra_policy.allocate.across_pods import Lists, across_pods, lists_of_claims, state_after
from dra_policy.allocate.constraints import Relation, State
from dra_policy.allocate.group_pods import GroupFit, GroupPod, GroupRules, GroupTerms, held_claims
from dra_policy.allocate.group_search import Asked, GroupSearch, Partial, Steps, concerned
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.rule_set import is_named
from dra_policy.allocate.score import PodsScore, Strategy, preferred_numbers
from dra_policy.allocate.shared_claims import shared_solutions
from dra_policy.allocate.shared_pools import SharedPools
from dra_policy.cel.device_lists import ListedDevice
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, Dialect, DistinctAttribute, MatchAttribute
from dra_policy.record import dataclass, replace

# Of ways to place the same number of pods so many are kept while the best one is looked for.
_MOST_WAYS = 32
# Where nodes share devices, so many choices of them for the same pods on a node: what is best is not proved there.
_MOST_OF_SHARED = 4
_NO_RULES = GroupRules()
_NO_TERMS = GroupTerms()


def fit_group(
    fleet: Fleet, pod: GroupPod, count: int, rules: GroupRules = _NO_RULES, terms: GroupTerms = _NO_TERMS
) -> GroupFit:
    """Place ``count`` pods. Claims that all of them share get their devices first; every choice of these is tried.

    Where nodes share devices every choice of these is tried, as long as there are steps left.
    """
    steps, pools = Steps(terms.budget * count), SharedPools(fleet)
    if not pod.shared:
        return _Group(fleet, pod, count, rules, terms, steps, pools).fit()
    best = GroupFit((), 0, count, is_proved=True)
    is_proved = True
    most: dict[str, int] = {}
    for held in shared_solutions(fleet, pod, count, rules, terms, steps):
        claims = held_claims(held)
        left = fleet.with_allocated(claims)
        fit = _Group(left, _with_shared(pod, claims), count, rules, _beside(terms, claims), steps, pools).fit()
        is_proved = is_proved and fit.is_proved
        most.update({node: max(pods, most.get(node, 0)) for node, pods in fit.most.items()})
        if fit.served > best.served or not best.shared:
            # Another choice of what is shared might be better.
            best = replace(fit, shared=held, is_best=False)
        if best.fits:
            break
    is_proved = best.fits or (is_proved and steps.is_decided)
    return replace(best, is_proved=is_proved, errors=steps.errors, most=most)


def _beside(terms: GroupTerms, shared: tuple[Claim, ...]) -> GroupTerms:
    """The terms of a group of which some claims hold their devices: quotas charge these too."""
    limits = terms.limits
    return terms if limits is None else replace(terms, limits=lambda held: limits((*shared, *held)))


def _with_shared(pod: GroupPod, held: Sequence[Claim]) -> GroupPod:
    allocated = (*pod.allocated, *zip(pod.shared_names, held, strict=True))
    return replace(pod, shared_names=(), shared=(), allocated=allocated)


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of which all shared claims have their devices, on the fleet as these leave it."""

    fleet: Fleet
    pod: GroupPod
    count: int
    rules: GroupRules
    terms: GroupTerms
    steps: Steps
    pools: SharedPools

    def fit(self) -> GroupFit:
        """The first placement of all pods, or the best one; for each value of the attributes that they must share."""
        fit = GroupFit((), 0, self.count, is_proved=True)
        best: tuple[int, PodsScore] = (0, ())
        is_proved = is_best = True
        for start in self._starts():
            search = GroupSearch(self.fleet, self._asked(start), self.terms, self.steps, self._nodes, self.pools)
            found = search.place()
            if found is not None and found.served == self.count and self._wants_best:
                found, is_best_here = best_way(search, found)
                is_best = is_best and is_best_here
            is_proved = is_proved and search.is_exhaustive
            value: tuple[int, PodsScore] = (0, ()) if found is None else (found.served, found.score)
            if value > best or not fit.most:
                best, fit = value, self._fit_of(search, found)
            if fit.fits and not self._wants_best:
                break
        return replace(
            fit, is_proved=fit.fits or is_proved, is_best=is_best and self.steps.is_best, errors=self.steps.errors
        )

    def _fit_of(self, search: GroupSearch, found: Partial | None) -> GroupFit:
        placements = [each.placement for each in found.options] if found is not None else []
        placed = tuple([each for each in placements if each is not None])
        numbers = preferred_numbers(found.score) if found is not None else ()
        worth = tuple([(int(known), Fraction(value)) for known, value in zip(numbers[::2], numbers[1::2], strict=True)])
        served = sum(each.pods for each in placed)
        order = search.order(found) if found is not None else ()
        return GroupFit(placed, served, self.count, is_proved=True, worth=worth, order=order or (), most=search.most)

    @property
    def _wants_best(self) -> bool:
        """Whether one placement may be better than another."""
        claims = [each.claim for each in self.pod.claims]
        if self.terms.strategy is not Strategy.FIRST or (self.pod.rules is not None and self.pod.rules.preferences):
            return True
        return any(claim.preferences or any(each.prioritized for each in claim.requests) for claim in claims)

    @property
    def _nodes(self) -> Container[str] | None:
        admit = self.terms.admit
        return None if admit is None else admit([claim for _, claim in self.pod.allocated])

    def _asked(self, start: tuple[State, ...]) -> Asked:
        pod, rules = self.pod, self.rules
        limits = self.terms.limits(()) if self.terms.limits is not None else None
        charges = _charges(limits) if isinstance(limits, Ledger) else None
        shared = self.pools.name if self.pools.are_there else None
        across = across_pods(rules.constraints, rules.requirements, self._relation, charges, shared)
        lists = self._lists
        own = {name: devices for name, devices in lists.items() if name[0] in rules.own}
        return Asked(pod, self.count, rules.constraints, across, start, lists, own)

    @property
    def _lists(self) -> Lists:
        """The devices of the claims that have them."""
        return lists_of_claims(self.pod.allocated, self.fleet)

    def _relation(self, constraint: MatchAttribute | DistinctAttribute) -> Relation:
        claims = [*(each.claim for each in self.pod.claims), *(claim for _, claim in self.pod.allocated)]
        return Relation(
            constraint.attribute,
            claims[0].dialect if claims else Dialect.V1,
            must_differ=isinstance(constraint, DistinctAttribute),
            knows_lists=self.fleet.features.list_type_attributes,
        )

    def _starts(self) -> Iterator[tuple[State, ...]]:
        """What the constraints begin with: what shared claims have, and one of the values that all must share."""
        return product(*map(self._starts_of, self.rules.constraints))

    def _starts_of(self, constraint: MatchAttribute | DistinctAttribute) -> list[State]:
        relation = self._relation(constraint)
        shared = concerned(constraint, self._lists)
        state = state_after(relation, None, shared)
        if shared and state is None:
            # They break the constraint by themselves: nothing can be placed beside them.
            return []
        if isinstance(constraint, DistinctAttribute) or not self._concerns_pods(constraint):
            return [state]
        values = dict.fromkeys(self._values(relation)) if state is None else dict.fromkeys(sorted(state, key=str))
        return [frozenset((value,)) for value in values]

    def _concerns_pods(self, constraint: MatchAttribute) -> bool:
        """Whether devices that each pod gets for itself come under it."""
        return any(
            is_named(name, request.name, constraint.requests)
            for name, each in zip(self.pod.names, self.pod.claims, strict=True)
            for request in each.claim.requests
        )

    def _values(self, relation: Relation) -> Iterator[tuple[str, object]]:
        for loaded in self.fleet.current_slices:
            for device in loaded.devices:
                code = relation.code(device)
                yield from sorted(code, key=str) if isinstance(code, frozenset) else ()


def _charges(ledger: Ledger) -> Callable[[ListedDevice], Hashable] | None:
    """What the limits of quotas tell of a device; None where they only count what is asked for."""
    if ledger.requirements:
        return lambda listed: (listed.device.driver, listed.fields["pool"], listed.device.name)
    if not ledger.accounts:
        return None

    def charges(listed: ListedDevice) -> Hashable:
        device, name = listed.device, listed.fields["class"]
        own = (listed.fields["pool"], device.name) if device.allow_multiple_allocations else None
        return own, tuple([each.charge(device, name, None) for each in ledger.accounts])

    return charges


def best_way(search: GroupSearch, first: Partial) -> tuple[Partial, bool]:
    """The best way to place all pods, of equal ones that of the first nodes; whether it is proved that none is better.

    ``first`` is one that places them all. Node after node, of the ways that leave the same to be done the best is kept.
    """
    ways: dict[Hashable, Partial] = {search.key(search.alone): search.alone}
    is_complete, most = True, None if search.is_local else _MOST_OF_SHARED
    for at, node in enumerate(search.nodes):
        more = dict(ways)
        for way in ways.values():
            for pods in range(1, min(search.most[node], way.left) + 1):
                for found in islice(search.extended(way, node, pods), most):
                    known = more.get(search.key(found))
                    if known is None or found.score > known.score:
                        more[search.key(found)] = found
        ways = {key: each for key, each in more.items() if each.left <= search.rest(at + 1)}
        kept = _fewer(ways)
        is_complete = is_complete and len(kept) == len(ways)
        ways = kept
    whole = [each for each in ways.values() if each.left == 0]
    best = max(whole, key=lambda each: each.score, default=first)
    # What is left free on a node may depend on what the pods of another one take.
    is_complete = is_complete and search.is_exhaustive and search.is_local
    return (best if best.score > first.score else first), is_complete


def _fewer(ways: dict[Hashable, Partial]) -> dict[Hashable, Partial]:
    """The best ways for each number of pods that are left."""
    by_left: dict[int, list[tuple[Hashable, Partial]]] = {}
    for item in ways.items():
        by_left.setdefault(item[1].left, []).append(item)
    return {
        key: way
        for found in by_left.values()
        for key, way in sorted(found, key=lambda item: item[1].score, reverse=True)[:_MOST_WAYS]
    }
