"""The claims of one call on one layout: what selectors, capacities and constraints make of its devices.

Nothing here depends on what is in use, so it is made once for all nodes of a layout.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from dra_policy.allocate.constraints import Code, DerivationFailure, Relation
from dra_policy.allocate.events import BrokenPool, InvalidRequest
from dra_policy.allocate.frame_notes import FrameNotes
from dra_policy.allocate.problem import Alternative, Claim, Constraint, FailingVisit, Request, Searched
from dra_policy.allocate.selection import DemandSelection
from dra_policy.allocate.validation import (
    refused_constraint,
    refused_count,
    refused_demand,
    refused_request,
    refused_sum,
)
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Frame, Layout, LoadedSlice, NodeView, PoolState, Usage
from dra_policy.model import AllocationMode, DistinctAttribute, MatchAttribute, Quota
from dra_policy.model.features import Features
from dra_policy.record import dataclass, field, replace

Relations = tuple[tuple[Relation, tuple[str, ...]], ...]
"""The constraints of a claim, each with the requests that it names."""

Refusal = InvalidRequest | BrokenPool | FailingVisit


@dataclass(frozen=True, slots=True, guarded=False)
class LayoutPlan:
    """The claims on one layout (or one node's devices), whatever is in use.

    ``refusal`` is what ends the call before the search. ``relevant`` are the positions that the search may look at;
    of the candidates, ``shareable`` can be shared and ``drawing`` draw from counters. ``answers`` are those found so
    far, by what is in use; ``types`` are the relevant positions' types, if devices of one type are interchangeable.
    """

    layout: Layout
    refusal: Refusal | None
    claims: tuple[Claim, ...] = ()
    relevant: int = 0
    shareable: int = 0
    drawing: int = 0
    types: Mapping[int, int] | None = None
    answers: dict[Hashable, Searched] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Demands:
    """The claims of one call with what is known of each demand and constraint, whatever the layout.

    ``errors_are_fatal`` False asks what would fit if a device on which a selector fails were no match, as people mean
    it; Kubernetes never does that.
    """

    claims: tuple[CompiledClaim, ...]
    features: Features
    selections: tuple[tuple[tuple[DemandSelection, ...], ...], ...]
    relations: tuple[Relations, ...]
    quotas: Sequence[Quota] | None = None
    errors_are_fatal: bool = True
    notes: FrameNotes = field(default_factory=FrameNotes)
    _unique: dict[tuple[str, frozenset[str]], bool] = field(default_factory=dict)
    _codes: dict[int, dict[Frame, tuple[Code, ...]]] = field(default_factory=dict)

    @property
    def has_fixed_counts(self) -> bool:
        """Whether every demand wants just a number of devices: no mode All, no admin access, nothing derived."""
        return all(
            selection.demand.allocation_mode is not AllocationMode.ALL
            and not selection.demand.admin_access
            and not selection.derived
            for claim in self.selections
            for request in claim
            for selection in request
        )

    def depends_on_node(self, layout: Layout) -> bool:
        """Whether nodes of the layout differ to these claims, because something unique is read."""
        return any(part.frame.unique and self._reads_unique(part.frame) for part in layout.slices)

    def _reads_unique(self, frame: Frame) -> bool:
        key = (frame.driver, frame.unique)
        found = self._unique.get(key)
        if found is None:
            # Of demands that choose alike, one is asked.
            demands = {each.likeness: each for claim in self.selections for request in claim for each in request}
            relations = [relation for claim in self.relations for relation, _ in claim]
            found = any(each.reads_unique(frame) for each in demands.values())
            found = found or any(is_unique(relation, frame) for relation in relations)
            self._unique[key] = found
        return found

    def concerned(self, claim: int, request: int, selection: DemandSelection) -> tuple[int, ...]:
        """The constraints of a claim that name the request or the alternative, or no request at all."""
        relations = self.relations[claim]
        if not relations:
            return ()
        written = self.claims[claim].claim.requests[request]
        known = {written.name}
        if written.prioritized:
            known.add(f"{written.name}/{selection.demand.name}")
        return tuple(
            [number for number, (_, named) in enumerate(relations) if not named or not known.isdisjoint(named)]
        )

    def more_decides(self, frame: Frame) -> int:
        """The devices of which more counts than who may take them, if they are taken: counters, shares."""
        oddities = self.notes.oddities(frame)
        return oddities.drawing | (oddities.shareable if self.features.consumable_capacity else 0)

    def codes(self, relation: Relation, loaded: LoadedSlice) -> tuple[Code, ...]:
        """The values of a slice's devices for a constraint."""
        if is_unique(relation, loaded.frame):
            return tuple(map(relation.code, loaded.devices))
        return self.codes_of_frame(relation, loaded.frame)

    def codes_of_frame(self, relation: Relation, frame: Frame) -> tuple[Code, ...]:
        """The values of a frame's devices for a constraint that reads nothing unique."""
        # Relations are the demands' own, so nobody else can get the identity of one.
        of_relation = self._codes.get(id(relation))
        if of_relation is None:
            of_relation = self._codes[id(relation)] = self.notes.codes(relation)
        found = of_relation.get(frame)
        if found is None:
            found = of_relation[frame] = tuple(map(relation.code, frame.devices))
        return found


def plan_layout(demands: Demands, view: NodeView) -> LayoutPlan:
    """The claims on a node's layout, with the node's own values where something unique is read."""
    return _Builder(demands, view).built()


def may_fail(plan: LayoutPlan) -> bool:
    """Whether the claims may meet an error on the layout, or want all devices at once."""
    return plan.refusal is not None or any(
        each.failing or each.everything is not None or each.derived
        for claim in plan.claims
        for request in claim.requests
        for each in request.alternatives
    )


def plan_without_devices(demands: Demands) -> LayoutPlan:
    """The claims where there is nothing to allocate: what is refused everywhere, and what is wanted.

    Only for claims with fixed counts.
    """
    nowhere = Layout(-1, (), (), 0)
    return plan_layout(demands, NodeView("", nowhere, Usage(0), (), ()))


class _Builder:
    """One claim set on one layout."""

    __slots__ = ("_demands", "_view")

    def __init__(self, demands: Demands, view: NodeView) -> None:
        self._demands = demands
        self._view = view

    def built(self) -> LayoutPlan:
        layout = self._view.layout
        claims = []
        for index in range(len(self._demands.claims)):
            claim = self._claim(index)
            if not isinstance(claim, Claim):
                return LayoutPlan(layout, replace(claim, claim=index))
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
        if not self._demands.features.consumable_capacity:
            shareable = 0
        return LayoutPlan(layout, None, tuple(claims), relevant, shareable, drawing)

    def _claim(self, index: int) -> Claim | Refusal:
        compiled = self._demands.claims[index]
        requests = []
        so_far = 0
        for request in range(len(compiled.requests)):
            refusal = refused_request(compiled, request, self._demands.features)
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
        refused = refused_constraint(compiled, self._demands.features)
        return self._constrained(index, tuple(requests)) if refused is None else refused

    def _alternative(self, claim: int, request: int, alternative: int) -> Alternative | Refusal:
        refusal = refused_demand(
            self._demands.claims[claim], request, alternative, self._demands.features, self._demands.quotas
        )
        if refusal is not None:
            return refusal
        selection = self._demands.selections[claim][request][alternative]
        concerned = self._demands.concerned(claim, request, selection)
        if selection.demand.allocation_mode is not AllocationMode.ALL:
            refusal = refused_count(self._demands.claims[claim], request, alternative)
            return self._selected(selection, concerned)[0] if refusal is None else refusal
        built, everything = self._selected(selection, concerned)
        event = self._event_of_all(built.failing, (claim, request, alternative))
        if event is not None:
            return event
        return replace(built, count=len(everything), everything=everything, most=0)

    def _selected(self, selection: DemandSelection, concerned: tuple[int, ...]) -> tuple[Alternative, tuple[int, ...]]:
        """The demand's masks over the layout, and the devices that mode All would have to get."""
        candidates = failing = 0
        everything: list[int] = []
        amounts = {}
        for part, loaded in zip(self._view.layout.slices, self._view.slices, strict=True):
            found = selection.of_slice(loaded)
            roomy = found.roomy & part.usable
            if self._demands.errors_are_fatal:
                failing_there = found.failing | found.selected & part.unreadable | found.capacity_failing & part.usable
                failing |= failing_there << part.start
            if selection.demand.allocation_mode is AllocationMode.ALL:
                everything += [part.start + bit for bit in range(roomy.bit_length()) if roomy >> bit & 1]
            if part.is_refused:
                continue
            takeable = roomy & ~found.barred
            candidates |= takeable << part.start
            consumed = found.consumption.items()
            amounts.update({part.start + offset: amount for offset, amount in consumed if takeable >> offset & 1})
        demand = selection.demand
        is_admin, most = bool(demand.admin_access), demand.maximum_count or 0
        # Complete at once, not by `replace`: this is done for every alternative of every layout.
        built = Alternative(candidates, failing, demand.count, None, is_admin, concerned, amounts, {}, most)
        return built, tuple(everything)

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
        relations = self._demands.relations[index]
        if not relations:
            return Claim(requests)
        constrained = [
            Request(
                tuple([self._with_derived(*each, relations) for each in zip(request.alternatives, same, strict=True)])
            )
            for request, same in zip(requests, self._demands.selections[index], strict=True)
        ]
        constraints = tuple(
            [
                Constraint(relation, self._codes(number, relation, constrained))
                for number, (relation, _) in enumerate(relations)
            ]
        )
        return Claim(tuple(constrained), constraints)

    def _with_derived(self, alternative: Alternative, selection: DemandSelection, relations: Relations) -> Alternative:
        derived = self._derived(selection, alternative.constraints, relations) if selection.derived else {}
        return replace(alternative, derived=derived) if derived else alternative

    def _derived(
        self, selection: DemandSelection, concerned: tuple[int, ...], relations: Relations
    ) -> Mapping[int, Mapping[int, Code | DerivationFailure]]:
        """By constraint, what the demand derives for it from the devices of the layout."""
        found = {}
        for number in concerned:
            relation = relations[number][0]
            derived = selection.derived.get(relation.attribute)
            if derived is not None:
                found[number] = {
                    part.start + offset: derived.code(device, knows_lists=relation.knows_lists)
                    for part, loaded in zip(self._view.layout.slices, self._view.slices, strict=True)
                    for offset, device in enumerate(loaded.devices)
                    if selection.of_slice(loaded).selected >> offset & 1
                }
        return found

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
                for offset, code in enumerate(self._demands.codes(relation, loaded)):
                    if concerned >> part.start + offset & 1:
                        codes[part.start + offset] = code
        return codes


def relations_of(claim: CompiledClaim, features: Features) -> Relations:
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


def is_unique(relation: Relation, frame: Frame) -> bool:
    """Whether slices of the frame may differ in the values that a constraint compares."""
    name = relation.attribute
    return bool(frame.unique) and not frame.unique.isdisjoint((name, name.rpartition("/")[2], name.partition(".")[0]))
