"""The claims of one call on a fleet: nodes that look alike to them are searched once.

Together with ``layout_plan`` this is all that knows both the fleet and the search.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from dra_policy.allocate.counters import counters_of, devices_drawing
from dra_policy.allocate.frame_notes import FrameNotes
from dra_policy.allocate.greedy import Greedy
from dra_policy.allocate.layout_plan import Demands, LayoutPlan, may_fail, plan_layout, relations_of
from dra_policy.allocate.problem import (
    Alternative,
    BudgetSpent,
    Claim,
    CompatibilityGroups,
    Counters,
    NoSolution,
    Problem,
    Request,
    Searched,
    Sharing,
)
from dra_policy.allocate.proof import OUT_OF_QUOTA
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.search import search
from dra_policy.allocate.selection import DemandSelection, Selection
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.allocate.signature import Signatures, on_positions
from dra_policy.allocate.totals import has_totals, with_totals
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet, Frame, Layout, NodeView, Usage
from dra_policy.model import Dialect, Quota
from dra_policy.model.defaults import DEFAULT_BUDGET
from dra_policy.record import dataclass, replace
from dra_policy.values import Quantity

if TYPE_CHECKING:
    # Rules are of policies only: their modules are imported where there is one.
    from dra_policy.allocate.rule_set import RuleSet
    from dra_policy.allocate.together import Together
    from dra_policy.allocate.wishes import Goal

_NO_GROUPS = CompatibilityGroups()


class Limit(Enum):
    """What devices share with each other, or claims on a device: a search can be asked what would fit without it."""

    COUNTERS = "counters"
    SHARES = "shares"


@dataclass(frozen=True, slots=True)
class Effort:
    """How a plan searches: ``budget`` is the most steps of all its searches; ``errors_are_fatal``: see ``Demands``.

    ``without``: limits that are taken to be boundless, which Kubernetes never does. ``packs``: of a node's solutions
    the first is taken of those that open fewest shared devices.
    """

    budget: int = DEFAULT_BUDGET
    shortcuts: Shortcuts = ALL_SHORTCUTS
    errors_are_fatal: bool = True
    without: frozenset[Limit] = frozenset()
    packs: bool = False

    @property
    def knows_signatures(self) -> bool:
        """Whether nodes that look alike are searched once: what they look like includes every limit."""
        return self.shortcuts.signatures and not self.without


class Plan:
    """The claims of one call on a fleet. Answers are kept: nodes that look alike to these claims get one search.

    The searches share one budget in the order in which they are asked for; ``begin_call`` makes it whole again.
    """

    __slots__ = (
        "_asks_more",
        "_differing",
        "_effort",
        "_ended_short",
        "_greedy",
        "_greedy_left",
        "_has_totals",
        "_layouts",
        "_may_fail",
        "_packs",
        "_signatures",
        "_steps_left",
        "demands",
        "rules",
    )

    def __init__(
        self,
        claims: Sequence[CompiledClaim],
        fleet: Fleet,
        evaluator: Evaluator,
        *,
        quotas: Sequence[Quota] | None = None,
        together: Sequence[Together] = (),
        effort: Effort = Effort(),  # noqa: B008 - a frozen value
    ) -> None:
        notes, features = fleet.table(FrameNotes), fleet.features
        has_shares = effort.packs and features.consumable_capacity
        self._packs = has_shares and any(notes.oddities(frame).shareable for frame in fleet.frames)
        alike: dict[Hashable, dict[Frame, Selection]] = {}
        selections = tuple(
            tuple(
                tuple(DemandSelection(demand, evaluator, features, notes, alike) for demand in request.alternatives)
                for request in claim.requests
            )
            for claim in claims
        )
        relations = tuple([relations_of(claim, features) for claim in claims])
        self.demands = Demands(tuple(claims), features, selections, relations, quotas, effort.errors_are_fatal, notes)
        self.rules = _rules_of(claims, fleet, together)
        self._has_totals = has_totals(claims)
        self._asks_more = self.rules is not None or self._has_totals or self._packs
        self._effort = effort
        self._steps_left = effort.budget
        self._ended_short = False
        self._differing: dict[Layout, bool] = {}
        self._layouts: dict[Layout, LayoutPlan] = {}
        self._may_fail = False
        self._signatures = Signatures(self.demands, fleet, effort.shortcuts)
        is_greedy = effort.shortcuts.eager and effort.knows_signatures and not self._asks_more
        self._greedy_left = effort.shortcuts.greedy if is_greedy else 0
        self._greedy = Greedy.of(self.demands) if self._greedy_left else None

    @property
    def claims(self) -> tuple[CompiledClaim, ...]:
        """The claims, in the order of allocation."""
        return self.demands.claims

    @property
    def budget(self) -> int:
        """The most steps of all searches of a call."""
        return self._effort.budget

    def begin_call(self) -> None:
        """Give a plan that is kept its whole budget for another call; what ended for want of steps is asked again."""
        self._steps_left = self._effort.budget
        self._signatures.begin_call()
        if self._ended_short:
            self._ended_short = False
            self._signatures.answers.clear()
            for each in self._layouts.values():
                each.answers.clear()

    @property
    def may_fail(self) -> bool:
        """Whether an error, or all devices at once, may be met on some layout that was looked at.

        Where it is not so, a node that has no solution has none until something becomes free: an error is hidden while
        its device is in use.
        """
        return self._may_fail or self._signatures.may_fail

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self._signatures.answers) + sum(len(each.answers) for each in self._layouts.values())

    def depends_on_node(self, layout: Layout) -> bool:
        """Whether nodes of the layout differ to these claims, because something unique is read."""
        found = self._differing.get(layout)
        if found is None:
            found = self.demands.depends_on_node(layout)
            if not found and self.rules is not None:
                found = any(self.rules.depends_on_node(part.frame) for part in layout.slices)
            self._differing[layout] = found
        return found

    def solved_at_once(self, layout: Layout, usage: Usage) -> Searched | None:
        """The answer where a walk finds it that never goes back; None also where that is not tried (any more)."""
        if self._greedy is None or not self._greedy_left or self.depends_on_node(layout):
            return None
        self._greedy_left -= 1
        found = self._greedy.on(layout, usage, self._steps_left)
        if found is not None:
            self._steps_left -= found.steps
        return found

    def on(self, layout: Layout, view: Callable[[], NodeView]) -> LayoutPlan:
        """The claims on a layout; where its nodes differ to them, on the devices of the node that is viewed."""
        found = self._layouts.get(layout)
        if found is None:
            depends_on_node = self.depends_on_node(layout)
            if self._effort.knows_signatures and not self._asks_more and not depends_on_node:
                found = self._signatures.quick_plan(layout)
            if found is None:
                found = self._exactly_on(view())
            if not depends_on_node:
                self._layouts[layout] = found
        return found

    def _exactly_on(self, view: NodeView) -> LayoutPlan:
        plan = plan_layout(self.demands, view)
        self._may_fail |= may_fail(plan)
        if not self._effort.knows_signatures or self._asks_more or plan.refusal is not None:
            return plan
        return replace(plan, types=self._signatures.types(plan))

    def solved(self, plan: LayoutPlan, usage: Usage, view: Callable[[], NodeView]) -> Searched:
        """The answer for a usage of the layout; one search for all that look alike to the claims."""
        relevant = plan.relevant
        in_use = usage.in_use & relevant
        if plan.types is not None and not usage.shares:
            found = plan.answers.get(in_use)
            if found is None:
                found = plan.answers[in_use] = self._solved_by_signature(plan, relevant & ~in_use)
            return found
        shares = tuple([share for share in usage.shares if relevant >> share.position & 1])
        counters = (usage.counters_left, usage.peers) if plan.drawing else ()
        key = (in_use, shares, counters)
        found = plan.answers.get(key)
        if found is None:
            if plan.types is not None and not shares:
                found = self._solved_by_signature(plan, relevant & ~in_use)
            else:
                exact = plan if plan.types is None else plan_layout(self.demands, view())
                found = self._searched(self._problem(exact, usage, in_use), view)
            plan.answers[key] = found
        return found

    def solved_within(self, ledger: Ledger, usage: Usage, view: NodeView) -> Searched:
        """The answer within the limits of quotas, whatever the first one was; nothing of it is kept."""
        exact = plan_layout(self.demands, view)
        problem = self._problem(exact, usage, usage.in_use & exact.relevant)
        restricted = ledger.restrict(problem, self.claims, view.device)
        if restricted is None:
            return Searched(NoSolution(OUT_OF_QUOTA), 0)
        return self._searched(restricted, lambda: view)

    def _solved_by_signature(self, plan: LayoutPlan, free: int) -> Searched:
        signature, positions = self._signatures.signature(plan, free)
        found = self._signatures.answers.get(signature)
        if found is None:
            found = self._searched(self._signatures.problem(signature, plan.claims), None)
            self._signatures.answers[signature] = Searched(found.outcome, 0)
        return Searched(on_positions(found.outcome, positions), found.steps)

    def _searched(self, problem: Problem, view: Callable[[], NodeView] | None) -> Searched:
        found = self._searched_within(self._steps_left, problem, view)
        self._ended_short |= isinstance(found.outcome, BudgetSpent) and found.steps < self._effort.budget
        self._steps_left -= found.steps
        return found

    def _searched_within(self, budget: int, problem: Problem, view: Callable[[], NodeView] | None) -> Searched:
        shortcuts = self._effort.shortcuts
        if not self._asks_more or view is None:
            return search(problem, budget=budget, shortcuts=shortcuts)
        if self._has_totals:
            problem = with_totals(problem, self.claims, view().device)
        if self.rules is None and not self._packs:
            return search(problem, budget=budget, shortcuts=shortcuts)
        from dra_policy.allocate.best import search_best
        from dra_policy.allocate.rules import errors_of

        wishes = None
        if self.rules is not None:
            problem, wishes = self.rules.on(problem, view())
        objective: Goal | None = wishes
        if self._packs:
            from dra_policy.allocate.packing import FewOpened

            objective = FewOpened(problem, wishes)
        if objective is None:
            found = search(problem, budget=budget, shortcuts=shortcuts)
        else:
            found = search_best(problem, objective, budget=budget, shortcuts=shortcuts)
            # What strategies count is not among what the claims prefer.
            found = replace(found, worth=found.worth[:-1]) if self._packs else found
        return replace(found, errors=(*errors_of(problem), *found.errors))

    def _problem(self, plan: LayoutPlan, usage: Usage, in_use: int) -> Problem:
        claims = plan.claims
        shared = {share.position: dict(share.consumed) for share in usage.shares if plan.relevant >> share.position & 1}
        is_kubernetes = all(claim.claim.dialect is not Dialect.K8SRM for claim in self.claims)
        odd = any(not plan.shareable >> position & 1 for position in shared)
        if self.demands.features.consumable_capacity and is_kubernetes and odd:
            claims = self._with_consumption(plan, shared)
        if Limit.SHARES in self._effort.without:
            claims = tuple(map(_without_consumption, claims))
        drawing = plan.drawing if Limit.COUNTERS not in self._effort.without else 0
        capacity = {
            position: {name: each.value for name, each in plan.layout.device(position).capacity.items()}
            for claim in claims
            for request in claim.requests
            for alternative in request.alternatives
            for position in alternative.consumption
        }
        return Problem(
            claims,
            in_use,
            Sharing(plan.shareable, capacity, shared),
            counters_of(plan.layout, drawing, usage) if drawing else Counters(),
            _groups(plan, usage) if drawing and self.demands.features.compatibility_groups else _NO_GROUPS,
            self.demands.errors_are_fatal,
        )

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
            for claim, of_claim in zip(plan.claims, self.demands.selections, strict=True)
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


def _without_consumption(claim: Claim) -> Claim:
    requests = (
        Request(tuple(replace(alternative, consumption={}) for alternative in request.alternatives))
        for request in claim.requests
    )
    return replace(claim, requests=tuple(requests))


def _rules_of(claims: Sequence[CompiledClaim], fleet: Fleet, together: Sequence[Together]) -> RuleSet | None:
    """What is demanded of several devices together; None for claims of Kubernetes, which have nothing like it."""
    if not together and not any(each.claim.requirements or each.claim.preferences for each in claims):
        return None
    from dra_policy.allocate.rule_set import rule_set

    found = rule_set(claims, fleet, together)
    return None if found.is_empty else found


def _groups(plan: LayoutPlan, usage: Usage) -> CompatibilityGroups:
    numbers: dict[tuple[int, str], int] = {}
    common = {numbers.setdefault((pool, name), len(numbers)): groups for pool, name, groups in usage.peers}
    joins = {
        position: tuple(
            (numbers.setdefault((pool, each.counter_set), len(numbers)), frozenset(each.compatibility_groups))
            for each in device.consumes_counters
        )
        for position, pool, device in devices_drawing(plan.layout, plan.drawing)
    }
    return CompatibilityGroups(common, joins)
