"""All pods of a group or none: how many fit on each node together, and whether these are enough.

The pods of a group are alike, and each has claims of its own, so a group fits if the numbers of pods that the nodes can
serve add up to it. Where nodes share devices that is a way to find a solution, and finding none proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence

from dra_policy.allocate.answers import Answers, allocate_claims
from dra_policy.allocate.constraints import Relation, State
from dra_policy.allocate.outcomes import Allocated, NodeAnswer
from dra_policy.allocate.problem import BudgetSpent, Solution
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.search import DEFAULT_BUDGET
from dra_policy.allocate.together import Together
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, MatchAttribute, Quota
from dra_policy.record import dataclass, replace

Limits = Callable[[Sequence[Claim]], Sequence[Quota] | Ledger | None]
"""What the quotas of the group's namespace leave when the given claims of the group hold their devices."""


@dataclass(frozen=True, slots=True)
class GroupPod:
    """One pod of a group: its claims, by the pod's own names, and what it says across them."""

    names: tuple[str, ...]
    claims: tuple[CompiledClaim, ...]
    together: Together | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Some pods of a group on one node; the results of each pod's claims follow each other in ``answer``."""

    pods: int
    answer: NodeAnswer


@dataclass(frozen=True, slots=True)
class GroupFit:
    """Where the pods go. ``served`` of the ``wanted`` find a place; ``is_proved``: no more can."""

    placements: tuple[Placement, ...]
    served: int
    wanted: int
    is_proved: bool

    @property
    def fits(self) -> bool:
        """Whether all of them are served."""
        return self.served >= self.wanted


def fit_group(  # noqa: PLR0913 - what decides beside the pods
    fleet: Fleet,
    pod: GroupPod,
    count: int,
    *,
    same: Sequence[MatchAttribute] = (),
    evaluator: Evaluator | None = None,
    budget: int = DEFAULT_BUDGET,
    limits: Limits | None = None,
    nodes: Container[str] | None = None,
) -> GroupFit:
    """Place ``count`` pods; of the attributes ``same`` the devices of all pods that come under them have one value.

    For each value that devices publish the pods are placed with that value only; the best of these is the answer.
    ``limits`` says which quotas are left when some claims hold devices; ``nodes`` are those that the pods may use.
    """
    best = GroupFit((), 0, count, is_proved=True)
    known = evaluator or fleet.table(Evaluator)
    for start in _starts(fleet, pod, same):
        fit = _Placing(fleet, pod, count, tuple(same), start, known, budget, limits, nodes).placed()
        if fit.fits:
            return fit
        is_proved = best.is_proved and fit.is_proved
        best = replace(fit if fit.served > best.served else best, is_proved=is_proved)
    return best


def _starts(fleet: Fleet, pod: GroupPod, same: Sequence[MatchAttribute]) -> Iterator[tuple[State, ...]]:
    """The values to try: one for each constraint across pods, in every combination."""
    if not same:
        yield ()
        return
    first, *others = same
    knows_lists = fleet.features.list_type_attributes
    relation = Relation(first.attribute, pod.claims[0].claim.dialect, must_differ=False, knows_lists=knows_lists)
    values: dict[tuple[str, object], None] = {}
    for loaded in fleet.current_slices:
        for device in loaded.devices:
            code = relation.code(device)
            values.update(dict.fromkeys(sorted(code, key=str) if isinstance(code, frozenset) else ()))
    for value in values:
        for rest in _starts(fleet, pod, others):
            yield (frozenset((value,)), *rest)


@dataclass(frozen=True, slots=True)
class _Placing:
    """The pods of a group with one value for each attribute that they must share."""

    fleet: Fleet
    pod: GroupPod
    count: int
    same: tuple[MatchAttribute, ...]
    start: tuple[State, ...]
    evaluator: Evaluator
    budget: int
    limits: Limits | None
    nodes: Container[str] | None

    def placed(self) -> GroupFit:
        """Fill node after node with as many pods as fit there together."""
        most: dict[str, int] = {}
        is_decided = all(self._is_local(node) for node in self.fleet.nodes)
        for pods in range(1, self.count + 1):
            answers = self._answers(self.fleet, pods, ())
            is_decided &= not any(isinstance(group.event, BudgetSpent) for group in answers.groups)
            nodes = [node for group in answers.groups if isinstance(group.event, Solution) for node in group.nodes]
            most.update(dict.fromkeys(nodes, pods))
            if not nodes:
                break
        placements: list[Placement] = []
        held: list[Claim] = []
        state, left = self.fleet, self.count
        for node in sorted(most):
            placement = self._on(state, node, min(most[node], left), held) if left else None
            if placement is not None:
                placements.append(placement)
                left -= placement.pods
                held += _held(placement)
                state = self.fleet.with_allocated(held)
        return GroupFit(tuple(placements), self.count - left, self.count, is_decided)

    def _on(self, state: Fleet, node: str, pods: int, held: Sequence[Claim]) -> Placement | None:
        """As many of the pods as fit on a node after others took their devices."""
        for number in range(pods, 0, -1):
            answer = self._answers(state, number, held).of_node(node)
            if isinstance(answer.outcome, Allocated):
                return Placement(number, answer)
        return None

    def _answers(self, state: Fleet, pods: int, held: Sequence[Claim]) -> Answers:
        """What every node answers to so many pods at once."""
        claims = [claim for _ in range(pods) for claim in self.pod.claims]
        together = []
        if self.pod.together is not None:
            size = len(self.pod.claims)
            together += [replace(self.pod.together, first=number * size) for number in range(pods)]
        if self.same:
            together.append(Together(self.pod.names * pods, self.same, start=self.start))
        found = allocate_claims(
            state,
            claims,
            evaluator=self.evaluator,
            quotas=self.limits(held) if self.limits is not None else None,
            together=together,
            budget=self.budget,
            nodes=self.nodes,
        )
        assert isinstance(found, Answers)
        return found

    def _is_local(self, node: str) -> bool:
        """Whether no other node sees a device of this one."""
        return all(each.envelope.node_name == node for each in self.fleet.view(node).slices)


def _held(placement: Placement) -> list[Claim]:
    """The claims of the placed pods with their devices, each under a name of its own."""
    outcome = placement.answer.outcome
    assert isinstance(outcome, Allocated)
    return [
        replace(each.claim, name=f"{each.claim.name}-{placement.answer.node}-{index}", allocation=each.allocation)
        for index, each in enumerate(outcome.results)
    ]
