"""Allocate claims on every node of a fleet, or on the first that will do; one answer for nodes that look alike."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dra_policy.allocate.capacity import CapacityFailure
from dra_policy.allocate.events import (
    INVALID_POOLS_TEXT,
    BrokenPool,
    InvalidPools,
    InvalidRequest,
    broken_pool_text,
    derivation_text,
    failing_visit_text,
    request_name,
    violated_by_all_text,
)
from dra_policy.allocate.layout_plan import LayoutPlan
from dra_policy.allocate.plan import Effort, Plan
from dra_policy.allocate.problem import (
    BudgetSpent,
    FailingDerivation,
    FailingVisit,
    NoSolution,
    RuleError,
    Searched,
    Solution,
    ViolatedByAll,
)
from dra_policy.allocate.proof import OUT_OF_QUOTA
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.result import ClaimResult, UnsupportedSelector, claim_results
from dra_policy.allocate.search import DEFAULT_BUDGET
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet, Group, Layout, NodeAdmission, NodeView, PoolState
from dra_policy.model import AllocationMode, DeviceId, Quota
from dra_policy.record import dataclass, field, replace

if TYPE_CHECKING:
    from fractions import Fraction

    from dra_policy.allocate.together import Together

Event = (
    InvalidRequest | BrokenPool | FailingVisit | ViolatedByAll | FailingDerivation | UnsupportedSelector | InvalidPools
)


@dataclass(frozen=True, slots=True)
class Allocated:
    """All claims get devices on the node."""

    results: tuple[ClaimResult, ...]


@dataclass(frozen=True, slots=True)
class NotAllocated:
    """The claims do not fit on the node; Kubernetes gives no reason."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Kubernetes answers with an error.

    ``is_node_local``: scheduling goes on on other nodes; otherwise it ends for the pod. ``device`` is the one that was
    visited, if the error is about one.
    """

    text: str
    event: Event
    device: DeviceId | None = None

    @property
    def is_node_local(self) -> bool:
        """Whether only this node is concerned."""
        return isinstance(self.event, InvalidPools)


@dataclass(frozen=True, slots=True)
class Undecided:
    """The search was stopped after its budget of steps."""

    budget: int


NodeOutcome = Allocated | NotAllocated | Failed | Undecided


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """The answer of one node, after so many steps of search (0 where nodes alike were searched before)."""

    node: str
    outcome: NodeOutcome
    steps: int


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """The answer of nodes that look alike to the claims; ``Answers.of_node`` says it of one of them.

    ``parts`` are the nodes, those of each part in byte order. Where something is preferred, ``worth`` is what the
    solution is worth, and ``is_best`` says whether it is proved that none on these nodes is worth more. ``errors`` are
    those that rules between devices met.
    """

    parts: tuple[tuple[str, ...], ...]
    event: Solution | NoSolution | Event | BudgetSpent
    steps: int
    worth: tuple[tuple[int, Fraction], ...] = ()
    is_best: bool = True
    errors: tuple[RuleError, ...] = ()
    _nodes: list[tuple[str, ...]] = field(default_factory=list, compare=False, repr=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes in byte order."""
        if len(self.parts) == 1:
            return self.parts[0]
        if not self._nodes:
            self._nodes.append(tuple(sorted([node for part in self.parts for node in part])))
        return self._nodes[0]

    @property
    def first_node(self) -> str:
        """The first node in byte order."""
        return min([part[0] for part in self.parts])

    @property
    def count(self) -> int:
        """How many nodes they are."""
        return sum(map(len, self.parts))

    @property
    def is_allocated(self) -> bool:
        """Whether the claims fit there."""
        return isinstance(self.event, Solution)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of all nodes that may be used."""

    plan: Plan
    fleet: Fleet
    groups: tuple[GroupAnswer, ...]
    budget: int
    _by_node: dict[str, GroupAnswer] = field(default_factory=dict)

    def of_node(self, node: str) -> NodeAnswer:
        """The answer of one node with device names, node selector and texts; KeyError for one not to be used."""
        return self.of_group(self._groups_by_node()[node], node)

    def group_of(self, node: str) -> GroupAnswer:
        """The nodes that answer as one does; KeyError for one not to be used."""
        return self._groups_by_node()[node]

    def of_group(self, group: GroupAnswer, node: str) -> NodeAnswer:
        """What a group's answer says of one of its nodes."""
        return NodeAnswer(node, _outcome(self, group, node), group.steps)

    def __iter__(self) -> Iterator[NodeAnswer]:
        """The answers in byte order of the nodes' names."""
        by_node = self._groups_by_node()
        return (self.of_group(by_node[node], node) for node in self.fleet.nodes if node in by_node)

    def _groups_by_node(self) -> dict[str, GroupAnswer]:
        if not self._by_node:
            self._by_node.update({name: group for group in self.groups for name in group.nodes})
        return self._by_node

    @property
    def steps(self) -> int:
        """The steps of all searches together."""
        return sum(group.steps for group in self.groups)


@dataclass(frozen=True, slots=True)
class FirstFit:
    """The first-node view: nodes in order, up to the first success, fatal error or undecided search.

    ``deciding`` is None if the claims fit nowhere; ``passed`` are the nodes before it.
    """

    deciding: NodeAnswer | None
    _answers: Answers = field(repr=False)
    _undecided: tuple[GroupAnswer, ...] = field(repr=False)

    @property
    def passed(self) -> tuple[NodeAnswer, ...]:
        """The answers of the nodes before the deciding one, in byte order; made anew at each call."""
        last = None if self.deciding is None else self.deciding.node
        passed = {
            node: self._answers.of_group(group, node)
            for group in self._undecided
            for node in group.nodes
            if last is None or node < last
        }
        return tuple(passed[node] for node in sorted(passed))


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The claims need features that this allocator does not have yet, by name."""

    features: tuple[str, ...]


def allocate_claims(  # noqa: PLR0913 - what decides beside the claims
    fleet: Fleet,
    claims: Sequence[CompiledClaim],
    *,
    evaluator: Evaluator | None = None,
    quotas: Sequence[Quota] | Ledger | None = None,
    together: Sequence[Together] = (),
    budget: int = DEFAULT_BUDGET,
    errors_are_fatal: bool = True,
    nodes: Container[str] | None = None,
) -> Answers | Unsupported:
    """Allocate the claims of one pod on every node by itself, as Kubernetes' structured allocator does.

    All claims or none; the fleet's features decide what Kubernetes supports. ``quotas``: the Quotas of dra-evolution,
    None: admin access needs none; or the ledger of the claims' namespace: where the first solution exceeds a limit,
    the first that does not is the answer. ``together``: what must hold across the claims; where something is
    preferred, a node's answer is its best solution. ``budget``: the most steps of one search. The fleet is not changed.
    ``errors_are_fatal`` False: a device on which a selector fails is no match, which Kubernetes never says.
    ``nodes`` are those that may be used (see ``fleet.NodeAdmission``); None: all.
    """
    plan = Plan(
        claims,
        fleet,
        evaluator or fleet.table(Evaluator),
        quotas=quotas.quotas if isinstance(quotas, Ledger) else quotas,
        together=together,
        effort=Effort(budget, errors_are_fatal=errors_are_fatal),
    )
    groups = _admitted(fleet.groups(), nodes)
    return Answers(plan, fleet, _merged(_group_answers(plan, fleet, groups, _ledger_of(quotas))), budget)


def first_fit(
    fleet: Fleet,
    claims: Sequence[CompiledClaim],
    *,
    evaluator: Evaluator | None = None,
    quotas: Sequence[Quota] | Ledger | None = None,
    budget: int = DEFAULT_BUDGET,
    nodes: Container[str] | None = None,
) -> FirstFit | Unsupported:
    """The first of the nodes, in byte order, on which the claims fit, unless an error ends the search before."""
    ledger = _ledger_of(quotas)
    plan = Plan(
        claims,
        fleet,
        evaluator or fleet.table(Evaluator),
        quotas=quotas.quotas if isinstance(quotas, Ledger) else quotas,
        effort=Effort(budget),
    )
    answers = Answers(plan, fleet, (), budget)
    admitted = _admitted(fleet.groups(), nodes)
    groups: Iterable[GroupAnswer] = _group_answers(plan, fleet, admitted, ledger)
    if any(len(group.nodes) > 1 and _depends_on_node(plan, ledger, group.layout) for group in admitted):
        groups = sorted(groups, key=_first_node)
    undecided = []
    deciding = None
    for group in groups:
        # Groups come in the order of their first nodes, so what decides first does so on its first node.
        if not isinstance(group.event, NoSolution | InvalidPools):
            deciding = answers.of_group(group, group.nodes[0])
            break
        undecided.append(group)
    return FirstFit(deciding, answers, tuple(undecided))


def _ledger_of(quotas: Sequence[Quota] | Ledger | None) -> Ledger | None:
    return quotas if isinstance(quotas, Ledger) else None


def _admitted(groups: Sequence[Group], nodes: Container[str] | None) -> Sequence[Group]:
    """The groups without the nodes that may not be used, in the order of their first nodes."""
    if nodes is None or (isinstance(nodes, NodeAdmission) and not nodes.refused):
        return groups
    kept = ((each, tuple([node for node in each.nodes if node in nodes])) for each in groups)
    left = [each if len(names) == len(each.nodes) else replace(each, nodes=names) for each, names in kept if names]
    return sorted(left, key=lambda group: group.nodes[0])


def _group_answers(
    plan: Plan, fleet: Fleet, groups: Iterable[Group], ledger: Ledger | None = None
) -> Iterator[GroupAnswer]:
    """The answers of the fleet's groups in their order; nodes that differ to the claims answer one by one."""
    is_refused = ledger is not None and bool(ledger.breaches_of_request([each.claim for each in plan.claims]))
    for group in groups:
        parts = [(name,) for name in group.nodes] if _depends_on_node(plan, ledger, group.layout) else [group.nodes]
        for nodes in parts:
            view = partial(fleet.view, nodes[0])
            event, searched = _event(plan, plan.on(group.layout, view), group, view)
            if ledger is not None and isinstance(event, Solution):
                if is_refused:
                    event = _REFUSED
                elif ledger.breaches_of_solution(plan.claims, event, view().device):
                    searched = plan.solved_within(ledger, group.usage, view())
                    event = searched.outcome
            if searched is None:
                yield GroupAnswer((nodes,), event, 0)
            else:
                yield GroupAnswer((nodes,), event, searched.steps, searched.worth, searched.is_best, searched.errors)


def _merged(groups: Iterable[GroupAnswer]) -> tuple[GroupAnswer, ...]:
    """Groups with one answer as one, in the order of their first nodes.

    An answer is one object for all nodes whose devices are the same to the claims, position by position.
    """
    found: dict[int, list[GroupAnswer]] = {}
    for group in groups:
        found.setdefault(id(group.event), []).append(group)
    merged = [
        GroupAnswer(
            tuple([part for group in same for part in group.parts]),
            same[0].event,
            max([group.steps for group in same]),
            same[0].worth,
            all(group.is_best for group in same),
            same[0].errors,
        )
        for same in found.values()
    ]
    return tuple(sorted(merged, key=_first_node))


def _first_node(group: GroupAnswer) -> str:
    return group.first_node


_INVALID_POOLS = InvalidPools()
_REFUSED = NoSolution(OUT_OF_QUOTA)


def _depends_on_node(plan: Plan, ledger: Ledger | None, layout: Layout) -> bool:
    """Whether nodes of a layout differ to the claims, or to the quotas that they come under."""
    if plan.depends_on_node(layout):
        return True
    return ledger is not None and any(ledger.depends_on_node(part.frame) for part in layout.slices)


def _event(
    plan: Plan, on_layout: LayoutPlan, group: Group, view: Callable[[], NodeView]
) -> tuple[Solution | NoSolution | Event | BudgetSpent, Searched | None]:
    """What the claims meet on the nodes of a group, and the search that found it, if there was one."""
    if on_layout.refusal is not None:
        return on_layout.refusal, None
    searched = plan.solved(on_layout, group.usage, view)
    event = searched.outcome
    if isinstance(event, NoSolution) and any(pool.state is PoolState.INVALID for pool in group.layout.pools):
        return _INVALID_POOLS, searched
    return event, searched


def _outcome(answers: Answers, group: GroupAnswer, node: str) -> NodeOutcome:
    claims, view = answers.plan.claims, answers.fleet.view
    match group.event:
        case Solution() as solution:
            results = claim_results(solution, claims, view(node), answers.fleet.features)
            return Failed(results.text, results) if isinstance(results, UnsupportedSelector) else Allocated(results)
        case NoSolution():
            return NotAllocated()
        case BudgetSpent():
            return Undecided(answers.budget)
        case InvalidRequest(text=text) as event:
            return Failed(text, event)
        case UnsupportedSelector() as event:
            return Failed(event.text, event)
        case InvalidPools() as event:
            return Failed(INVALID_POOLS_TEXT, event)
        case BrokenPool(claim=claim) as event:
            return Failed(broken_pool_text(event, claims[claim].claim, view(node)), event)
        case ViolatedByAll(claim=claim) as event:
            device = view(node).device_id(event.position)
            name = request_name(claims[claim].claim, event.request, event.alternative)
            return Failed(violated_by_all_text(claims[claim].claim, name, str(device)), event, device)
        case FailingDerivation(failure=failure) as event:
            device = view(node).device_id(event.position)
            return Failed(derivation_text(failure, str(device)), event, device)
        case FailingVisit() as event:
            return _failed_visit(answers.plan, event, view(node))


def _failed_visit(plan: Plan, event: FailingVisit, view: NodeView) -> Failed:
    selection = plan.demands.selections[event.claim][event.request][event.alternative]
    failure = selection.failure(view.device(event.position))
    device = view.device_id(event.position)
    printed = str(device)
    if isinstance(failure, CapacityFailure) and selection.demand.allocation_mode is AllocationMode.ALL:
        # While mode All collects its devices, Kubernetes names them without driver and pool.
        printed = device.device
    claim = plan.claims[event.claim].claim
    name = request_name(claim, event.request, event.alternative)
    return Failed(failing_visit_text(failure, claim, name, printed), event, device)
