"""The claims of one call, compiled against layouts: what is the same for all nodes of a layout is made once.

This is the only module that knows both the fleet and the search.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from dra_policy.allocate.constraints import Code, Relation
from dra_policy.allocate.counters import billionths
from dra_policy.allocate.events import BrokenPool, InvalidRequest
from dra_policy.allocate.problem import (
    Alternative,
    Claim,
    CompatibilityGroups,
    Constraint,
    Counters,
    FailingVisit,
    Problem,
    Request,
    Searched,
    Sharing,
)
from dra_policy.allocate.search import DEFAULT_BUDGET, search
from dra_policy.allocate.selection import DemandSelection
from dra_policy.allocate.validation import (
    refused_constraint,
    refused_count,
    refused_demand,
    refused_request,
    refused_sum,
)
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Features, Frame, Layout, LoadedSlice, NodeView, PoolState, Usage
from dra_policy.model import AllocationMode, Device, DistinctAttribute, MatchAttribute, Quota
from dra_policy.record import dataclass, field, replace
from dra_policy.values import Quantity

Refusal = InvalidRequest | BrokenPool | FailingVisit


@dataclass(frozen=True, slots=True)
class LayoutPlan:
    """The claims on one layout (or one node's devices), whatever is in use.

    ``refusal`` is what ends the call before the search. ``relevant`` are the positions that the search may look at.
    """

    layout: Layout
    refusal: Refusal | None
    claims: tuple[Claim, ...] = ()
    relevant: int = 0
    shareable: int = 0
    drawing: int = 0
    answers: dict[Hashable, Searched] = field(default_factory=dict)


class Plan:
    """The claims of one call on a fleet. Answers are kept: nodes that look alike to these claims get one search."""

    __slots__ = (
        "_budget",
        "_codes",
        "_layouts",
        "_quotas",
        "_with_bounds",
        "claims",
        "features",
        "relations",
        "selections",
    )

    def __init__(
        self,
        claims: Sequence[CompiledClaim],
        features: Features,
        evaluator: Evaluator,
        *,
        quotas: Sequence[Quota] | None = None,
        budget: int = DEFAULT_BUDGET,
        with_bounds: bool = True,
    ) -> None:
        self.claims = tuple(claims)
        self.features = features
        self._quotas = quotas
        self._budget = budget
        self._with_bounds = with_bounds
        self.selections = tuple(
            tuple(
                tuple(DemandSelection(demand, evaluator, features) for demand in request.alternatives)
                for request in claim.requests
            )
            for claim in claims
        )
        self.relations = tuple(_relations(claim, features) for claim in claims)
        self._codes: dict[tuple[Relation, Frame], tuple[Code, ...]] = {}
        self._layouts: dict[Layout, LayoutPlan] = {}

    def depends_on_node(self, layout: Layout) -> bool:
        """Whether nodes of the layout differ to these claims, because something unique is read."""
        for frame in {part.frame for part in layout.slices if part.frame.unique}:
            for claim, relations in zip(self.selections, self.relations, strict=True):
                if any(demand.reads_unique(frame) for request in claim for demand in request):
                    return True
                if any(_is_unique(relation, frame) for relation, _ in relations):
                    return True
        return False

    def on(self, view: NodeView) -> LayoutPlan:
        """The claims on a node's layout, or on its own devices where nodes of the layout differ."""
        found = self._layouts.get(view.layout)
        if found is None:
            found = _Builder(self, view).built()
            if not self.depends_on_node(view.layout):
                self._layouts[view.layout] = found
        return found

    def solved(self, plan: LayoutPlan, usage: Usage) -> Searched:
        """The answer for a usage of the layout; one search for all usages that differ in nothing relevant."""
        relevant = plan.relevant
        in_use = usage.in_use & relevant
        shares = tuple([share for share in usage.shares if relevant >> share.position & 1])
        counters = (usage.counters_left, usage.peers) if plan.drawing else ()
        key = (in_use, shares, counters)
        found = plan.answers.get(key)
        if found is None:
            problem = self._problem(plan, usage, in_use)
            found = plan.answers[key] = search(problem, budget=self._budget, with_bounds=self._with_bounds)
        return found

    def codes(self, relation: Relation, loaded: LoadedSlice) -> tuple[Code, ...]:
        """The values of a slice's devices for a constraint."""
        frame = loaded.frame
        if _is_unique(relation, frame):
            return tuple(map(relation.code, loaded.devices))
        found = self._codes.get((relation, frame))
        if found is None:
            found = self._codes[relation, frame] = tuple(map(relation.code, frame.devices))
        return found

    def refused(self, claim: int, request: int, alternative: int) -> InvalidRequest | None:
        """What is wrong with an alternative, whatever the node."""
        return refused_demand(self.claims[claim], request, alternative, self.features, self._quotas)

    def _problem(self, plan: LayoutPlan, usage: Usage, in_use: int) -> Problem:
        claims = plan.claims
        shared = {share.position: dict(share.consumed) for share in usage.shares if plan.relevant >> share.position & 1}
        if self.features.consumable_capacity and any(not plan.shareable >> position & 1 for position in shared):
            claims = self._with_consumption(plan, shared)
        capacity = {
            position: {name: each.value for name, each in plan.layout.device(position).capacity.items()}
            for claim in claims
            for request in claim.requests
            for alternative in request.alternatives
            for position in alternative.consumption
        }
        if not plan.drawing:
            return Problem(claims, in_use, Sharing(plan.shareable, capacity, shared))
        counters = _counters(plan, usage)
        groups = _groups(plan, usage) if self.features.compatibility_groups else CompatibilityGroups()
        return Problem(claims, in_use, Sharing(plan.shareable, capacity, shared), counters, groups)

    def _with_consumption(self, plan: LayoutPlan, shared: Mapping[int, object]) -> tuple[Claim, ...]:
        """The claims with what they take of devices that are not shareable, but of which shares are recorded."""
        return tuple(
            replace(
                claim,
                requests=tuple(
                    Request(
                        tuple(
                            replace(alternative, consumption=self._consumption(plan, selection, alternative, shared))
                            for alternative, selection in zip(request.alternatives, selections, strict=True)
                        )
                    )
                    for request, selections in zip(claim.requests, of_claim, strict=True)
                ),
            )
            for claim, of_claim in zip(plan.claims, self.selections, strict=True)
        )

    def _consumption(
        self, plan: LayoutPlan, selection: DemandSelection, alternative: Alternative, shared: Mapping[int, object]
    ) -> Mapping[int, tuple[tuple[str, Quantity], ...]]:
        own = {
            position: selection.consumption_of(plan.layout.device(position))
            for position in shared
            if alternative.candidates >> position & 1
        }
        return {**own, **alternative.consumption}


class _Builder:
    """One claim set on one layout."""

    __slots__ = ("_plan", "_view")

    def __init__(self, plan: Plan, view: NodeView) -> None:
        self._plan = plan
        self._view = view

    def built(self) -> LayoutPlan:
        layout = self._view.layout
        claims = []
        for index in range(len(self._plan.claims)):
            claim = self._claim(index)
            if not isinstance(claim, Claim):
                return LayoutPlan(layout, claim)
            claims.append(claim)
        relevant = candidates = 0
        for claim in claims:
            for request in claim.requests:
                for alternative in request.alternatives:
                    candidates |= alternative.candidates
                    relevant |= alternative.candidates | alternative.failing
        shareable = drawing = 0
        for part in layout.slices:
            for offset, device in enumerate(part.frame.devices):
                bit = 1 << part.start + offset & candidates
                shareable |= bit if device.allow_multiple_allocations else 0
                drawing |= bit if device.consumes_counters else 0
        if not self._plan.features.consumable_capacity:
            shareable = 0
        return LayoutPlan(layout, None, tuple(claims), relevant, shareable, drawing)

    def _claim(self, index: int) -> Claim | Refusal:
        compiled = self._plan.claims[index]
        requests = []
        so_far = 0
        for request in range(len(compiled.requests)):
            refusal = refused_request(compiled, request, self._plan.features)
            if refusal is not None:
                return refusal
            alternatives = []
            for alternative in range(len(compiled.requests[request].alternatives)):
                built = self._alternative(index, request, alternative)
                if not isinstance(built, Alternative):
                    return built
                alternatives.append(built)
            least = min(each.count for each in alternatives)
            too_many = refused_sum(compiled, request, least, so_far)
            if too_many is not None:
                return too_many
            so_far += least
            requests.append(Request(tuple(alternatives)))
        refused = refused_constraint(compiled)
        return self._constrained(index, tuple(requests)) if refused is None else refused

    def _alternative(self, claim: int, request: int, alternative: int) -> Alternative | Refusal:
        refusal = self._plan.refused(claim, request, alternative)
        if refusal is not None:
            return refusal
        selection = self._plan.selections[claim][request][alternative]
        built, everything = self._selected(selection)
        if selection.demand.allocation_mode is not AllocationMode.ALL:
            refusal = refused_count(self._plan.claims[claim], request, alternative)
            return replace(built, count=selection.demand.count) if refusal is None else refusal
        event = self._event_of_all(built.failing, (claim, request, alternative))
        if event is not None:
            return event
        return replace(built, count=len(everything), everything=everything)

    def _selected(self, selection: DemandSelection) -> tuple[Alternative, tuple[int, ...]]:
        """The demand's masks over the layout, and the devices that mode All would have to get."""
        candidates = failing = 0
        everything: list[int] = []
        amounts = {}
        for part, loaded in zip(self._view.layout.slices, self._view.slices, strict=True):
            found = selection.of_slice(loaded)
            roomy = found.roomy & part.usable
            failing |= (found.failing | found.capacity_failing & part.usable) << part.start
            if selection.demand.allocation_mode is AllocationMode.ALL:
                everything += [part.start + bit for bit in range(roomy.bit_length()) if roomy >> bit & 1]
            if not part.is_refused:
                candidates |= (roomy & ~found.barred) << part.start
            amounts.update({part.start + offset: amount for offset, amount in found.consumption.items()})
        is_admin = bool(selection.demand.admin_access)
        return Alternative(candidates, failing, 0, None, is_admin, (), amounts), tuple(everything)

    def _event_of_all(self, failing: int, place: tuple[int, int, int]) -> Refusal | None:
        """Mode All asks for every device of every pool at once: it fails at the first broken pool or failing device."""
        layout = self._view.layout
        pools = range(len(layout.pools))
        broken = next((index for index in pools if layout.pools[index].state is not PoolState.USABLE), len(pools))
        if failing:
            position = (failing & -failing).bit_length() - 1
            if layout.slices[layout.locate(position)[0]].pool < broken:
                return FailingVisit(*place, position)
        return BrokenPool(*place, broken) if broken < len(pools) else None

    def _constrained(self, index: int, requests: tuple[Request, ...]) -> Claim:
        relations = self._plan.relations[index]
        if not relations:
            return Claim(requests)
        names = self._plan.claims[index].claim.requests
        constrained = []
        for request, written in zip(requests, names, strict=True):
            alternatives = []
            for alternative, demand in zip(request.alternatives, written.demands, strict=True):
                known = {written.name, f"{written.name}/{demand.name}"} if written.prioritized else {written.name}
                concerned = tuple(
                    number
                    for number, (_, requests_named) in enumerate(relations)
                    if not requests_named or not known.isdisjoint(requests_named)
                )
                alternatives.append(replace(alternative, constraints=concerned))
            constrained.append(Request(tuple(alternatives)))
        constraints = tuple(
            Constraint(relation, self._codes(number, relation, constrained))
            for number, (relation, _) in enumerate(relations)
        )
        return Claim(tuple(constrained), constraints)

    def _codes(self, number: int, relation: Relation, requests: Sequence[Request]) -> Mapping[int, Code]:
        """The values of the positions that may come under the constraint."""
        concerned = 0
        for request in requests:
            for alternative in request.alternatives:
                if number in alternative.constraints:
                    concerned |= alternative.candidates
        codes = {}
        for part, loaded in zip(self._view.layout.slices, self._view.slices, strict=True):
            if concerned >> part.start & part.frame.all_devices:
                for offset, code in enumerate(self._plan.codes(relation, loaded)):
                    if concerned >> part.start + offset & 1:
                        codes[part.start + offset] = code
        return codes


def _relations(claim: CompiledClaim, features: Features) -> tuple[tuple[Relation, tuple[str, ...]], ...]:
    """The constraints of a claim with the requests that they name; unknown kinds are refused elsewhere."""
    return tuple(
        (
            Relation(
                each.attribute,
                claim.claim.dialect,
                must_differ=isinstance(each, DistinctAttribute),
                knows_lists=features.list_type_attributes,
            ),
            each.requests,
        )
        for each in claim.claim.constraints
        if isinstance(each, MatchAttribute | DistinctAttribute)
    )


def _is_unique(relation: Relation, frame: Frame) -> bool:
    name = relation.attribute
    return bool(frame.unique) and not frame.unique.isdisjoint((name, name.rpartition("/")[2], name.partition(".")[0]))


def _counters(plan: LayoutPlan, usage: Usage) -> Counters:
    """The counters of all pools in one row. What a pool of a prototype does not have, it has none of."""
    amounts: dict[int, dict[tuple[str, str], int]] = {}
    for pool, sets in usage.counters_left:
        amounts[pool] = {
            (counter_set.name, name): billionths(amount)
            for counter_set in sets
            for name, amount in counter_set.counters
        }
    drawing = _drawing(plan)
    for _, pool, device in drawing:
        for each in device.consumes_counters:
            for name, _ in each.counters:
                amounts.setdefault(pool, {}).setdefault((each.counter_set, name), 0)
    left: list[int] = []
    columns: dict[tuple[int, str, str], int] = {}
    ranges: dict[int, tuple[int, int]] = {}
    for pool, counters in amounts.items():
        ranges[pool] = (len(left), len(left) + len(counters))
        columns.update({(pool, *counter): len(left) + index for index, counter in enumerate(counters)})
        left += counters.values()
    drawn = {
        position: tuple(
            (columns[pool, each.counter_set, name], billionths(amount))
            for each in device.consumes_counters
            for name, amount in each.counters
        )
        for position, pool, device in drawing
    }
    return Counters(tuple(left), drawn, {position: ranges.get(pool, (0, 0)) for position, pool, _ in drawing})


def _groups(plan: LayoutPlan, usage: Usage) -> CompatibilityGroups:
    numbers: dict[tuple[int, str], int] = {}
    common = {numbers.setdefault((pool, name), len(numbers)): groups for pool, name, groups in usage.peers}
    joins = {
        position: tuple(
            (numbers.setdefault((pool, each.counter_set), len(numbers)), frozenset(each.compatibility_groups))
            for each in device.consumes_counters
        )
        for position, pool, device in _drawing(plan)
    }
    return CompatibilityGroups(common, joins)


def _drawing(plan: LayoutPlan) -> list[tuple[int, int, Device]]:
    """The positions that draw from counters, with their pool and device."""
    return [
        (part.start + offset, part.pool, device)
        for part in plan.layout.slices
        for offset, device in enumerate(part.frame.devices)
        if plan.drawing >> part.start + offset & 1
    ]
