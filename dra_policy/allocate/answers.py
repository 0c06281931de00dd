"""Allocate claims on every node of a fleet, or on the first that will do; one answer for nodes that look alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, overload

from dra_policy.allocate.events import InvalidPools
from dra_policy.allocate.outcomes import GroupEvent, NodeAnswer, outcome_of
from dra_policy.allocate.plan import Effort, Limit, Plan
from dra_policy.allocate.problem import NoSolution, RuleError, Searched, Solution
from dra_policy.allocate.proof import OUT_OF_QUOTA
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, HOPEFUL, Shortcuts
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet, Group, Layout, NodeAdmission, NodeView, PoolState, Usage
from dra_policy.model import Quota
from dra_policy.model.defaults import DEFAULT_BUDGET
from dra_policy.record import dataclass, field, replace
from dra_policy.text import StaleAnswersError, UnknownObjectError

if TYPE_CHECKING:
    from fractions import Fraction

    from dra_policy.allocate.together import Together


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """The answer of nodes that look alike to the claims; ``Answers.of_node`` says it of one of them.

    ``parts`` are the nodes, those of each part in byte order. Where something is preferred, ``worth`` is what the
    solution is worth, ``said`` the same as it is written, and ``is_best`` says whether it is proved that none on these
    nodes is worth more. ``errors`` are those that rules between devices and preferences met.
    """

    parts: tuple[tuple[str, ...], ...]
    event: GroupEvent
    steps: int
    worth: tuple[tuple[int, Fraction], ...] = ()
    is_best: bool = True
    errors: tuple[RuleError, ...] = ()
    said: tuple[str, ...] = ()
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

    def has(self, node: str) -> bool:
        """Whether a node is among them."""
        for part in self.parts:
            place = bisect_left(part, node)
            if place < len(part) and part[place] == node:
                return True
        return False

    @property
    def is_allocated(self) -> bool:
        """Whether the claims fit there."""
        return isinstance(self.event, Solution)


@dataclass(frozen=True, slots=True, eq=False)
class Answers(Sequence[NodeAnswer]):
    """The answers of all nodes that may be used, in byte order: a sequence that names devices on demand.

    ``claims`` are those that asked, in the plan's order; they may have other names than the plan's. On a fleet that
    changes (``version``) an answer can be named until slices or nodes change: RuntimeError afterwards.
    """

    plan: Plan = field(repr=False)
    fleet: Fleet = field(repr=False)
    groups: tuple[GroupAnswer, ...]
    claims: tuple[CompiledClaim, ...] = field(repr=False)
    version: int = 0
    _by_node: dict[str, GroupAnswer] = field(default_factory=dict, repr=False)

    def of_node(self, node: str) -> NodeAnswer:
        """The answer of one node with device names, node selector and texts.

        Raises UnknownObjectError for a node not to be used, StaleAnswersError once slices or nodes have changed.
        """
        return self.of_group(self.group_of(node), node)

    @property
    def has_preferences(self) -> bool:
        """Whether the claims or their pod say which solutions are better."""
        return self.plan.rules is not None and self.plan.rules.has_wishes

    def group_of(self, node: str) -> GroupAnswer:
        """The nodes that answer as one does; UnknownObjectError for one not to be used."""
        found = self._by_node.get(node) or next((group for group in self.groups if group.has(node)), None)
        if found is None:
            raise UnknownObjectError("node to be used", node, self._names())
        return found

    def of_group(self, group: GroupAnswer, node: str) -> NodeAnswer:
        """What a group's answer says of one of its nodes."""
        if version_for(self.claims, self.fleet) != self.version:
            raise StaleAnswersError
        return NodeAnswer(
            node, outcome_of(group.event, self.plan, self.claims, partial(self.fleet.view, node)), group.steps
        )

    @property
    def fitting(self) -> tuple[str, ...]:
        """The nodes on which the claims fit, in byte order; names no devices."""
        return tuple(sorted([node for group in self.groups if group.is_allocated for node in group.nodes]))

    @property
    def fitting_count(self) -> int:
        """On how many nodes the claims fit."""
        return sum(group.count for group in self.groups if group.is_allocated)

    def __len__(self) -> int:
        """How many nodes may be used."""
        return sum(group.count for group in self.groups)

    @overload
    def __getitem__(self, index: int) -> NodeAnswer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[NodeAnswer, ...]: ...
    def __getitem__(self, index: int | slice) -> NodeAnswer | tuple[NodeAnswer, ...]:
        """The answer of the node at a place, or of several."""
        names = self._names()
        if isinstance(index, slice):
            return tuple(map(self.of_node, names[index]))
        return self.of_node(names[index])

    def __iter__(self) -> Iterator[NodeAnswer]:
        """The answers, one after the other."""
        if not self._by_node:
            self._by_node.update({node: group for group in self.groups for part in group.parts for node in part})
        return map(self.of_node, self._names())

    def _names(self) -> Sequence[str]:
        """The nodes that may be used, in byte order."""
        if len(self) == len(self.fleet.nodes):
            return tuple(self.fleet.nodes)
        return sorted([node for group in self.groups for node in group.nodes])

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
    shortcuts: Shortcuts = ALL_SHORTCUTS,
    without: frozenset[Limit] = frozenset(),
    packs: bool = False,
) -> Answers:
    """Allocate the claims of one pod on every node by itself, as Kubernetes' structured allocator does.

    All claims or none; the fleet's features decide what Kubernetes supports. ``quotas``: the Quotas of dra-evolution,
    None: admin access needs none; or the ledger of the claims' namespace: where the first solution exceeds a limit,
    the first that does not is the answer. ``together``: what must hold across the claims; where something is
    preferred, a node's answer is its best solution. ``budget``: the most steps of all searches together, in the order
    of the nodes. The fleet is not changed.
    ``errors_are_fatal`` False: a device on which a selector fails is no match, which Kubernetes never says.
    ``nodes`` are those that may be used (see ``fleet.NodeAdmission``); None: all.
    ``shortcuts`` change the time, never the answer. ``without`` are limits that are taken to be boundless. ``packs``:
    of a node's solutions the first is taken of those that open fewest shared devices (``Strategy.PACK``).
    """
    effort = Effort(budget, shortcuts, errors_are_fatal, without, packs)
    plan, ledger = _plan(fleet, claims, evaluator, quotas, together=together, effort=effort)
    return answers_of(plan, fleet, _admitted(fleet.groups(), nodes), plan.claims, ledger)


def _plan(
    fleet: Fleet,
    claims: Sequence[CompiledClaim],
    evaluator: Evaluator | None,
    quotas: Sequence[Quota] | Ledger | None,
    *,
    together: Sequence[Together] = (),
    effort: Effort,
) -> tuple[Plan, Ledger | None]:
    """The plan of some claims, and the limits that its solutions must keep."""
    ledger = quotas if isinstance(quotas, Ledger) else None
    known = quotas.quotas if isinstance(quotas, Ledger) else quotas
    plan = Plan(claims, fleet, evaluator or fleet.table(Evaluator), quotas=known, together=together, effort=effort)
    return plan, ledger


def answers_of(
    plan: Plan,
    fleet: Fleet,
    groups: Sequence[Group],
    claims: tuple[CompiledClaim, ...],
    ledger: Ledger | None = None,
) -> Answers:
    """The answers of some groups to a plan, said to claims that ask for what the plan's ask for."""
    answers = _merged(_group_answers(plan, fleet, _parts(plan, groups, ledger), ledger))
    return Answers(plan, fleet, answers, claims, version_for(claims, fleet))


def first_fit(
    fleet: Fleet,
    claims: Sequence[CompiledClaim],
    *,
    evaluator: Evaluator | None = None,
    quotas: Sequence[Quota] | Ledger | None = None,
    budget: int = DEFAULT_BUDGET,
    nodes: Container[str] | None = None,
) -> FirstFit:
    """The first of the nodes, in byte order, on which the claims fit, unless an error ends the search before."""
    # Where a quota may refuse what the walk finds, the walk would pay for every node again.
    shortcuts = HOPEFUL if quotas is None else ALL_SHORTCUTS
    plan, ledger = _plan(fleet, claims, evaluator, quotas, effort=Effort(budget, shortcuts))
    return first_of(plan, fleet, _admitted(fleet.groups(), nodes), plan.claims, ledger)


def first_of(
    plan: Plan,
    fleet: Fleet,
    admitted: Sequence[Group],
    claims: tuple[CompiledClaim, ...],
    ledger: Ledger | None = None,
) -> FirstFit:
    """The first-node view of a plan on some groups, said to claims that ask for what the plan's ask for."""
    answers = Answers(plan, fleet, (), claims, version_for(claims, fleet))
    groups = _group_answers(plan, fleet, _in_order(_parts(plan, admitted, ledger)), ledger)
    undecided = []
    deciding = None
    for group in groups:
        # They come in the order of their first nodes, so what decides first does so on its first node.
        if decides(group.event):
            deciding = answers.of_group(group, group.nodes[0])
            break
        undecided.append(group)
    return FirstFit(deciding, answers, tuple(undecided))


def decides(event: GroupEvent) -> bool:
    """Whether the scheduler looks at no further node: at a success, a fatal error, an undecided search."""
    return not isinstance(event, NoSolution | InvalidPools)


def version_for(claims: Sequence[CompiledClaim], fleet: Fleet) -> int:
    """What changes when names that are made of answers later would be wrong.

    Shares of k8srm are divided when they are named, by what is in use then.
    """
    version, changes = fleet.version, fleet.changes
    if version == changes:
        return version
    shares = any(demand.allow_shared for each in claims for one in each.claim.requests for demand in one.demands)
    return changes if shares else version


def _admitted(groups: Sequence[Group], nodes: Container[str] | None) -> Sequence[Group]:
    """The groups without the nodes that may not be used, in the order of their first nodes."""
    if nodes is None or (isinstance(nodes, NodeAdmission) and not nodes.refused):
        return groups
    kept = ((each, tuple([node for node in each.nodes if node in nodes])) for each in groups)
    left = [each if len(names) == len(each.nodes) else replace(each, nodes=names) for each, names in kept if names]
    return sorted(left, key=lambda group: group.nodes[0])


_Part = tuple[Group, tuple[str, ...]]
"""Nodes of a group that answer as one."""


def _parts(plan: Plan, groups: Iterable[Group], ledger: Ledger | None) -> Iterator[_Part]:
    """The groups in their order; of nodes that differ to the claims, each by itself."""
    for group in groups:
        if len(group.nodes) > 1 and _depends_on_node(plan, ledger, group.layout):
            yield from ((group, (name,)) for name in group.nodes)
        else:
            yield group, group.nodes


def _in_order(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Parts in the order of their first nodes, given those of groups in that order; no further one is looked at."""
    # Only the first node that fits is asked for in this way: every start of the program would pay for the module.
    from heapq import heappop, heappush

    waiting: list[tuple[tuple[str, ...], int, Group]] = []
    for number, (group, nodes) in enumerate(parts):
        if nodes[0] != group.nodes[0]:
            heappush(waiting, (nodes, number, group))
            continue
        while waiting and waiting[0][0] < nodes:
            first, _, earlier = heappop(waiting)
            yield earlier, first
        yield group, nodes
    while waiting:
        first, _, earlier = heappop(waiting)
        yield earlier, first


def _group_answers(plan: Plan, fleet: Fleet, parts: Iterable[_Part], ledger: Ledger | None) -> Iterator[GroupAnswer]:
    """The answers of parts in their order."""
    is_refused = ledger is not None and bool(ledger.breaches_of_request([each.claim for each in plan.claims]))
    for group, nodes in parts:
        view = partial(fleet.view, nodes[0])
        event, searched = event_on(plan, group.layout, group.usage, view)
        if ledger is not None and isinstance(event, Solution):
            if is_refused:
                event = _REFUSED
            elif ledger.breaches_of_solution(plan.claims, event, view().device):
                searched = plan.solved_within(ledger, group.usage, view())
                event = searched.outcome
        yield group_answer((nodes,), event, searched)


def group_answer(parts: tuple[tuple[str, ...], ...], event: GroupEvent, searched: Searched | None) -> GroupAnswer:
    """The answer of some nodes: what the claims meet there, and the search that found it, if there was one."""
    if searched is None:
        return GroupAnswer(parts, event, 0)
    return GroupAnswer(parts, event, searched.steps, searched.worth, searched.is_best, searched.errors, searched.said)


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
            same[0].said,
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


def event_on(
    plan: Plan, layout: Layout, usage: Usage, view: Callable[[], NodeView]
) -> tuple[GroupEvent, Searched | None]:
    """What the claims meet on nodes that look alike, and the search that found it, if there was one."""
    if layout.failure is not None:
        return layout.failure, None
    at_once = plan.solved_at_once(layout, usage)
    if at_once is not None:
        return at_once.outcome, at_once
    on_layout = plan.on(layout, view)
    if on_layout.refusal is not None:
        return on_layout.refusal, None
    searched = plan.solved(on_layout, usage, view)
    event = searched.outcome
    if isinstance(event, NoSolution) and any(pool.state is PoolState.INVALID for pool in layout.pools):
        return _INVALID_POOLS, searched
    return event, searched
