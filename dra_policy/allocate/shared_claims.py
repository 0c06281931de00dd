"""The ways in which claims that all pods of a group share can get their devices, the likeliest first."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence

from dra_policy.allocate.answers import Answers, allocate_claims
from dra_policy.allocate.group_pods import GroupPod, GroupRules, GroupTerms
from dra_policy.allocate.group_search import Steps
from dra_policy.allocate.outcomes import Allocated, NodeAnswer
from dra_policy.allocate.problem import Claim as ProblemClaim
from dra_policy.allocate.problem import Pick, Picks
from dra_policy.allocate.proof import Place
from dra_policy.allocate.result import ClaimResult
from dra_policy.allocate.together import Listed, Together
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet, Frame
from dra_policy.model import DeviceId
from dra_policy.record import dataclass

Held = tuple[ClaimResult, ...]
_Choice = frozenset[tuple[int, str, DeviceId]]
"""By the place of the claim the request (or ``request/alternative``) that got a device: rules tell these apart."""


def shared_solutions(
    fleet: Fleet, pod: GroupPod, count: int, rules: GroupRules, terms: GroupTerms, steps: Steps
) -> Iterator[Held]:
    """The shared claims with devices beside which one pod at least fits on some node.

    First those beside which all pods fit on one node, at the end every other choice there is.
    """
    asking = _Asking(fleet, pod, rules, terms, steps)
    seen: set[_Choice] = set()
    alone = asking.answers(1, asking.nodes, frozenset())
    for answers in [asking.answers(count, asking.nodes, frozenset()), alone] if count > 1 else [alone]:
        for node in _different_nodes(answers, asking):
            held = asking.held(answers.of_node(node))
            if held is not None and _choice(held) not in seen:
                seen.add(_choice(held))
                yield held
    for node in alone.fitting:
        while not steps.are_spent:
            held = asking.held(asking.answers(1, (node,), frozenset(seen)).of_node(node))
            if held is None:
                break
            seen.add(_choice(held))
            yield held


def _different_nodes(answers: Answers, asking: _Asking) -> Iterator[str]:
    """The nodes that answer; of those that look alike, and give devices of their own only, the first."""
    for group in answers.groups:
        for part in group.parts if group.is_allocated else ():
            held = asking.held(answers.of_node(part[0]))
            is_local = held is not None and all(asking.is_local(each, part[0]) for *_, each in _choice(held))
            yield from part[:1] if is_local else part


def _choice(held: Held) -> _Choice:
    return frozenset(
        [(place, each.request, each.device) for place, result in enumerate(held) for each in result.allocation.devices]
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """The allocator, asked about the shared claims and some pods on one node."""

    fleet: Fleet
    pod: GroupPod
    rules: GroupRules
    terms: GroupTerms
    steps: Steps

    @property
    def nodes(self) -> Container[str] | None:
        """The nodes that the pods may use."""
        return self.terms.admit(()) if self.terms.admit is not None else None

    def answers(self, pods: int, nodes: Container[str] | None, seen: frozenset[_Choice]) -> Answers:
        """What each node answers to the shared claims, chosen otherwise than was seen, and so many pods."""
        pod, limits = self.pod, self.terms.limits
        first, size = len(pod.shared), len(pod.claims)
        shared = tuple(range(first))
        together = [
            each
            for number in range(first, first + pods * size, size or 1)
            for each in pod.together(pod.shared_names + pod.names, shared + tuple(range(number, number + size)))
        ]
        names = pod.shared_names + pod.names * pods
        unlike = (_Unlike(pod.shared, seen),) if seen else ()
        together.append(Together(names, self.rules.constraints, allocated=pod.allocated, rules=unlike))
        answers = allocate_claims(
            self.fleet,
            pod.shared + pod.claims * pods,
            evaluator=self.fleet.table(Evaluator),
            quotas=limits(()) if limits is not None else None,
            together=together,
            budget=max(min(self.steps.left, self.terms.budget), 1),
            nodes=nodes,
        )
        self.steps.pay(answers)
        return answers

    def held(self, answer: NodeAnswer) -> Held | None:
        """The shared claims with the devices that an answer gives them; None where it gives none."""
        if not isinstance(answer.outcome, Allocated):
            return None
        return answer.outcome.results[: len(self.pod.shared)]

    def is_local(self, device: DeviceId, node: str) -> bool:
        """Whether no other node sees a device."""
        found = self.fleet.find(device)
        return found is not None and found[0].envelope.node_name == node


@dataclass(frozen=True, slots=True)
class _Unlike:
    """That the first claims of a call get other devices than were ``seen``; fulfils ``together.NodeRules``."""

    claims: tuple[CompiledClaim, ...]
    seen: frozenset[_Choice]

    def depends_on_node(self, frame: Frame) -> bool:  # noqa: ARG002 - names of devices differ from node to node
        """Whether nodes whose slices have the frame may differ."""
        return True

    def on(self, claims: Sequence[ProblemClaim], listed: Listed) -> Iterator[_Other]:
        """The rule over the claims of a call on a node."""
        yield _Other(self.claims, claims[: len(self.claims)], self.seen, listed)


class _Other:
    """That a choice is another one; fulfils ``problem.Rule``."""

    def __init__(
        self,
        written: tuple[CompiledClaim, ...],
        claims: Sequence[ProblemClaim],
        seen: frozenset[_Choice],
        listed: Listed,
    ) -> None:
        self._count = len(claims)
        self._written = written
        self._seen = seen
        self._listed = listed
        self.requests: frozenset[Place] = frozenset(
            (number, index) for number, claim in enumerate(claims) for index in range(len(claim.requests))
        )
        self.kinds: Mapping[int, Hashable] = {
            position: position
            for claim in claims
            for request in claim.requests
            for each in request.alternatives
            for position in range((each.candidates | sum(1 << one for one in each.everything or ())).bit_length())
        }

    def state(self, picks: Picks) -> Hashable:
        """Who gets which position."""
        return tuple(
            [tuple([(each.request, each.alternative, each.position) for each in one]) for one in picks[: self._count]]
        )

    def can_hold(self, picks: Picks) -> bool:  # noqa: ARG002 - nothing is known before the end
        """Whether it may still come true."""
        return True

    def holds(self, picks: Picks) -> bool:
        """Whether no earlier choice gives these devices to these requests."""
        chosen = [self._id(claim, pick) for claim, one in enumerate(picks[: self._count]) for pick in one]
        return frozenset(chosen) not in self._seen

    def _id(self, claim: int, pick: Pick) -> tuple[int, str, DeviceId]:
        listed = self._listed(claim, pick)
        device = DeviceId(listed.device.driver, listed.fields["pool"], listed.device.name)
        request = self._written[claim].claim.requests[pick.request]
        alternative = f"/{request.demands[pick.alternative].name}" if request.prioritized else ""
        return claim, f"{request.name}{alternative}", device
