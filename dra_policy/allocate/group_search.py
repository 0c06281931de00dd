"""Place the pods of a group node by node; each node takes as many as fit there together, or fewer.

What holds across pods is a state that goes from node to node: values that are used up, pods that rules look at. Nodes
that look alike are tried once, and states from which no way leads on are remembered.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator
from operator import add

from dra_policy.allocate.across_pods import AcrossPods, Lists, Order, PodsOnNode, lists_of_claims, state_after
from dra_policy.allocate.answers import Answers, GroupAnswer, allocate_claims
from dra_policy.allocate.constraints import State
from dra_policy.allocate.events import InvalidPools
from dra_policy.allocate.group_pods import GroupPod, GroupTerms, Placement
from dra_policy.allocate.outcomes import Allocated
from dra_policy.allocate.problem import BudgetSpent, NoSolution, RuleError, Solution
from dra_policy.allocate.rule_set import is_named
from dra_policy.allocate.score import PodsScore, Strategy, pods_score
from dra_policy.allocate.shared_pools import SharedPools
from dra_policy.allocate.together import Together
from dra_policy.cel.device_lists import ListedDevice
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, DistinctAttribute, MatchAttribute
from dra_policy.record import dataclass, field, replace

# What a question to the allocator costs beside the steps of its search.
_STEPS_OF_CALL = 500


class Steps:
    """The steps that are left for a group, and whether they sufficed so far: to decide, and to find what is best."""

    __slots__ = ("errors", "is_best", "is_decided", "left")

    def __init__(self, left: int) -> None:
        self.left = left
        self.is_decided = True
        self.is_best = True
        self.errors: dict[int, RuleError] = {}

    @property
    def are_spent(self) -> bool:
        """Whether nothing more can be asked; then nothing is proved."""
        self.is_decided = self.is_decided and self.left > 0
        return self.left <= 0

    def pay(self, answers: Answers) -> None:
        """Count what the answers took."""
        self.left -= answers.steps + _STEPS_OF_CALL
        self.is_decided &= not any(isinstance(group.event, BudgetSpent) for group in answers.groups)
        self.is_best &= all(group.is_best for group in answers.groups)
        for group in answers.groups:
            self.errors.update({id(each.rule): each for each in group.errors if id(each.rule) not in self.errors})


@dataclass(frozen=True, slots=True)
class Option:
    """So many pods on a node, as the allocator answered."""

    node: str
    pods: int
    answers: Answers = field(compare=False)

    @property
    def group(self) -> GroupAnswer:
        """The answer of the node and those that look alike."""
        return self.answers.group_of(self.node)

    @property
    def placement(self) -> Placement | None:
        """The answer with the devices' names; None where naming them ends in an error."""
        group = self.group
        answer = self.answers.of_group(group, self.node)
        assert isinstance(group.event, Solution)
        return Placement(self.pods, answer, group.event, group.said) if isinstance(answer.outcome, Allocated) else None


@dataclass(frozen=True, slots=True)
class Partial:
    """Some of the pods placed, ``left`` to be placed yet.

    ``pods`` are those placed as rules see them, ``states`` what each constraint has come to, ``held`` the claims with
    their devices: only where these may matter.
    """

    left: int
    options: tuple[Option, ...] = ()
    pods: tuple[Lists, ...] = ()
    states: tuple[State, ...] = ()
    held: tuple[Claim, ...] = ()
    score: PodsScore = ()

    @property
    def served(self) -> int:
        """How many pods are placed."""
        return sum(each.pods for each in self.options)


@dataclass(frozen=True, slots=True)
class Asked:
    """A group of which all shared claims have their devices. ``lists`` are these, ``own`` those that it has itself."""

    pod: GroupPod
    count: int
    constraints: tuple[MatchAttribute | DistinctAttribute, ...]
    across: AcrossPods
    start: tuple[State, ...]
    lists: Lists
    own: Lists


class GroupSearch:
    """The search for places of one group on one state of a fleet."""

    def __init__(
        self,
        fleet: Fleet,
        asked: Asked,
        terms: GroupTerms,
        steps: Steps,
        nodes: Container[str] | None,
        pools: SharedPools,
    ) -> None:
        self.fleet = fleet
        self.asked = asked
        self.terms = terms
        self.steps = steps
        self._nodes = nodes
        self._evaluator = fleet.table(Evaluator)
        self._first: list[Answers] = []
        self.alone = Partial(asked.count, states=asked.start)
        self.most = self._most()
        self._local = {node: pools.is_local(node) for node in self.most}
        self._kinds = self._kinds_of_nodes()
        self.nodes = self._candidates()
        self._failed: set[Hashable] = set()
        self._wanted = asked.count
        self._rest = [0] * (len(self.nodes) + 1)
        for at in range(len(self.nodes) - 1, -1, -1):
            self._rest[at] = self._rest[at + 1] + self.most[self.nodes[at]]

    @property
    def is_exhaustive(self) -> bool:
        """Whether finding no place proves that there is none.

        What pods on another node take may hide an error, and with it make place.
        """
        are_clear = self.is_local or not any(
            not isinstance(group.event, Solution | NoSolution | InvalidPools)
            for answers in self._first
            for group in answers.groups
        )
        return self.steps.is_decided and are_clear and not self.asked.across.untried

    @property
    def is_local(self) -> bool:
        """Whether no node sees a device of another one, or draws from its counters."""
        return all(self._local.values())

    @property
    def keeps_answers(self) -> bool:
        """Whether a node's answer is the same whatever the other nodes have."""
        return not self.asked.across.tells and self.terms.limits is None and self.is_local

    def rest(self, at: int) -> int:
        """How many pods the nodes from a place on can take at the most."""
        return self._rest[at]

    def key(self, so_far: Partial) -> Hashable:
        """All that decides how the pods that are left can be placed on nodes that come later."""
        return so_far.left, so_far.states, self.asked.across.signature(so_far.pods)

    def place(self) -> Partial | None:
        """As many pods as can be, the first nodes first; None where not one can."""
        for wanted in range(min(self.asked.count, self._rest[0]), 0, -1):
            self._failed.clear()
            self._wanted = wanted
            found = self._placed(0, replace(self.alone, left=wanted))
            if found is not None:
                return found
        return None

    def _placed(self, start: int, so_far: Partial) -> Partial | None:
        if so_far.left == 0:
            # Of pods that get nothing for themselves no search has asked.
            return so_far if self.asked.pod.claims or self.order(so_far) else None
        key = start, self.key(so_far)
        if key in self._failed or self.steps.are_spent:
            return None
        tried: set[Hashable] = set()
        for at in range(start, len(self.nodes)):
            if self._rest[at] < so_far.left:
                break
            node = self.nodes[at]
            kind = self._kinds[node]
            if kind in tried:
                continue
            tried.add(kind)
            for pods in range(min(self.most[node], so_far.left), 0, -1):
                for each in self.extended(so_far, node, pods):
                    found = self._placed(at + 1, each)
                    if found is not None:
                        return found
        self._failed.add(key)
        return None

    def order(self, so_far: Partial) -> Order | None:
        """Which of the pods is which: in the first order in which the rules hold."""
        across, is_whole = self.asked.across, self._wanted == self.asked.count
        if not across.parts:
            return tuple(range(so_far.served))
        return across.order(so_far.pods, self.asked.own, [], is_whole=is_whole)

    def extended(self, so_far: Partial, node: str, pods: int) -> Iterator[Partial]:
        """The ways to go on with so many pods on a node, of those that lead to the same only the first."""
        if self.keeps_answers:
            option = Option(node, pods, self._first[pods - 1])
            yield replace(
                so_far, left=so_far.left - pods, options=(*so_far.options, option), score=self._score(so_far, option)
            )
            return
        seen: set[Hashable] = set()
        while not self.steps.are_spent:
            option = Option(node, pods, self._answers(pods, so_far, frozenset(seen), node))
            found = self._with(so_far, option) if option.group.is_allocated else None
            if found is None:
                return
            yield found
            if not self.asked.across.tells:
                return
            seen.add(self.asked.across.signature(found.pods[len(so_far.pods) :]))

    def _score(self, so_far: Partial, option: Option) -> PodsScore:
        """What the pods are worth with those of another option."""
        score = pods_score(option.answers, option.node, self.terms.strategy, option.pods)
        return tuple(map(add, so_far.score, score)) if so_far.score else score

    def _with(self, so_far: Partial, option: Option) -> Partial | None:
        placement = option.placement
        if placement is None:
            # Kubernetes ends with an error where the devices are named: the pods have no place.
            return None
        held = held_by(placement)
        pods, states, size = so_far.pods, so_far.states, len(self.asked.pod.claims)
        if self.asked.across.tells:
            for number in range(option.pods):
                own = held[number * size : (number + 1) * size]
                claims = tuple(zip(self.asked.pod.names, own, strict=True))
                lists = lists_of_claims(claims, self.fleet, option.node)
                pods = (*pods, {**self.asked.lists, **lists})
                states = self._joined(states, lists)
        score = self._score(so_far, option)
        return Partial(so_far.left - option.pods, (*so_far.options, option), pods, states, (*so_far.held, *held), score)

    def _joined(self, states: tuple[State, ...], lists: Lists) -> tuple[State, ...]:
        """What the constraints have come to after another pod; values of ``match`` are given from the start."""
        relations = dict(self.asked.across.distinct)
        return tuple(
            state_after(relations[each], state, concerned(each, lists))
            if isinstance(each, DistinctAttribute)
            else state
            for each, state in zip(self.asked.constraints, states, strict=True)
        )

    def _most(self) -> dict[str, int]:
        """How many pods each node that may be used serves by itself."""
        most: dict[str, int] = {}
        for pods in range(1, self.asked.count + 1):
            answers = self._answers(pods, self.alone, frozenset(), None)
            self._first.append(answers)
            fitting = dict.fromkeys(answers.fitting, pods)
            if not fitting:
                break
            most.update(fitting)
        return most

    def _kinds_of_nodes(self) -> dict[str, Hashable]:
        """By node what it answers: the same for nodes that look alike, and that see no devices of others."""
        kinds: dict[str, tuple[int, ...]] = dict.fromkeys(self.most, ())
        for answers in self._first:
            for number, part in enumerate(part for group in answers.groups for part in group.parts):
                kinds.update({node: (*kinds[node], number) for node in part if node in kinds})
        return {node: found if self._local[node] else node for node, found in kinds.items()}

    def _candidates(self) -> list[str]:
        """The nodes to be tried: of those that look alike as many as there are pods."""
        counts: dict[Hashable, int] = {}
        nodes = []
        for node in sorted(self.most):
            kind = self._kinds[node]
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= self.asked.count:
                nodes.append(node)
        return nodes

    def _answers(self, pods: int, so_far: Partial, seen: frozenset[Hashable], node: str | None) -> Answers:
        """What a node (None: every node) answers to so many pods at once, beside those that have their place."""
        asked, pod = self.asked, self.asked.pod
        size, local = len(pod.claims), node is not None and self._local[node]
        together = [
            each
            for number in range(pods)
            for each in pod.together(pod.names, tuple(range(number * size, (number + 1) * size)))
        ]
        if asked.constraints or asked.across.tells:
            is_whole = node is not None and so_far.left == pods and self._wanted == asked.count
            on_node = PodsOnNode(
                asked.across, pod.names, pod.claims, asked.lists, asked.own, so_far.pods, is_whole, seen
            )
            rules = (on_node,) if asked.across.parts or seen else ()
            together.append(Together(pod.names * pods, asked.constraints, start=so_far.states, rules=rules))
        answers = allocate_claims(
            self.fleet if local or not so_far.held else self.fleet.with_allocated(so_far.held),
            pod.claims * pods,
            evaluator=self._evaluator,
            quotas=self.terms.limits(so_far.held) if self.terms.limits is not None else None,
            together=together,
            budget=max(min(self.steps.left, self.terms.budget), 1),
            nodes=self._nodes if node is None else (node,),
            packs=self.terms.strategy is Strategy.PACK,
        )
        self.steps.pay(answers)
        return answers


def held_by(placement: Placement) -> list[Claim]:
    """The claims of the placed pods with their devices, each under a name of its own."""
    outcome = placement.answer.outcome
    assert isinstance(outcome, Allocated)
    return [
        replace(each.claim, name=f"{each.claim.name}-{placement.answer.node}-{index}", allocation=each.allocation)
        for index, each in enumerate(outcome.results)
    ]


def concerned(constraint: MatchAttribute | DistinctAttribute, lists: Lists) -> list[ListedDevice]:
    """The devices of a pod that come under a constraint."""
    return [
        device
        for (name, request), devices in lists.items()
        if "/" not in request and is_named(name, request, constraint.requests)
        for device in devices
    ]
