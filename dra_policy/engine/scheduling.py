"""Schedule pods one after the other: each on the node that the scheduler takes, with what is written into objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dra_policy.allocate import Allocated, Answers, ClaimResult, Failed, allocate_claims
from dra_policy.allocate.requested import is_generated
from dra_policy.allocate.scheduler import Aborted, Placed, Unplaced, scheduler_decision
from dra_policy.allocate.score import Strategy
from dra_policy.engine.configurations import configuration_documents
from dra_policy.engine.extended_resources import request_mappings
from dra_policy.engine.groups import (
    every_claim,
    group_question,
    place_group,
    placed_pods,
    pods_of_group,
    wishes_of_group,
)
from dra_policy.engine.preferring import Wanted, preferring
from dra_policy.engine.questions import question_of, refusal_of
from dra_policy.engine.quotas import broken_by, broken_by_request, quotas_of
from dra_policy.engine.replicas import pods_of
from dra_policy.engine.subjects import Subject, holders, variants_of
from dra_policy.engine.world import Existing, World
from dra_policy.explain.answer import explain
from dra_policy.explain.evidence import Wished
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.question import Question
from dra_policy.explain.quota_evidence import BrokenRule
from dra_policy.explain.rules import preferred
from dra_policy.explain.verdicts import unavailable_text
from dra_policy.fleet import Fleet
from dra_policy.manifests.writing import JsonObject, allocated_document, scheduled_pod_document
from dra_policy.model import EXTENDED_CLAIM, Claim, Consumer, DeviceId, Pod, Preference, RequestedLimit
from dra_policy.record import dataclass, field, replace

Name = tuple[str, str]

# The kinds of rules that the API server holds against new objects.
_OF_ADMISSION = ("requested", "extended", "claims")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Every claim has its devices on ``node``; ``documents`` are the claims with their status, then the pod.

    ``is_best``: by what is preferred nothing is better; None where nothing is preferred. ``wishes`` are what the
    preferences of claims, pod and caller came to. ``may_abort`` is Kubernetes' error on another node, which ends the
    attempt if the scheduler looks at that node.
    """

    subject: Subject = field(compare=False)
    node: str
    results: tuple[ClaimResult, ...]
    documents: tuple[JsonObject, ...] = field(compare=False, hash=False)
    may_abort: str = ""
    is_best: bool | None = None
    wishes: tuple[Wished, ...] = ()

    @property
    def devices(self) -> tuple[DeviceId, ...]:
        """The devices of all claims, in their order, those that were allocated before among them."""
        given = {(each.claim.namespace, each.claim.name): each.allocation for each in self.results}
        found = [given.get((each.namespace, each.name), each.allocation) for each in self.subject.claims]
        return tuple(one.device for each in found if each is not None for one in each.devices)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The subject's claims with their allocation, reserved for its pod."""
        given = {(each.claim.namespace, each.claim.name): each.allocation for each in self.results}
        return tuple(
            replace(
                each,
                allocation=given.get((each.namespace, each.name), each.allocation),
                reserved_for=_reserved(each, self.subject),
            )
            for each in self.subject.claims
        )


@dataclass(frozen=True, slots=True)
class NotScheduled:
    """No node serves the claims. ``text`` is what Kubernetes says: an error (``is_error``), or the pod's event.

    ``broken`` is the quota's rule that forbids it, with its code.
    """

    subject: Subject = field(compare=False)
    text: str = ""
    is_error: bool = False
    broken: tuple[str, BrokenRule] | None = None

    @property
    def is_created(self) -> bool:
        """Whether the API server takes the objects, so that they wait."""
        return self.broken is None or self.broken[1].kind not in _OF_ADMISSION


@dataclass(frozen=True, slots=True)
class BadSubject:
    """An object has to be mended first: ``explanation`` is the one that `explain` gives."""

    subject: Subject = field(compare=False)
    explanation: Explanation = field(compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The search was stopped at its budget."""

    subject: Subject = field(compare=False)
    budget: int = 0


Decision = Scheduled | NotScheduled | BadSubject | Unknown


def schedule(subjects: Sequence[Subject], world: World, wanted: Wanted = Strategy.FIRST) -> tuple[Decision, ...]:
    """Schedule the subjects one after the other; what one takes is gone for the next, shared claims are taken once.

    To quotas a subject that is only proposed does not exist before its turn.
    A workload is so many pods as it still wants, each with claims of its own where it makes them from templates. Of a
    group all pods are placed, or none; those that are placed already stay where they are. ``wanted`` says which node is
    best beside what claims and pods prefer; of a group the sum over its pods counts.
    """
    state = _State(world)
    decisions: list[Decision] = []
    for subject in subjects:
        if subject.group is not None:
            decisions += _schedule_group(state.known(subject), state, wanted)
            continue
        for each in pods_of(subject, world):
            decision = _schedule_any(each, state, wanted)
            if isinstance(decision, Scheduled):
                state.note(decision)
            elif isinstance(decision, Unknown) or (isinstance(decision, NotScheduled) and decision.is_created):
                state.create(decision.subject)
            decisions.append(decision)
    return tuple(decisions)


def last_documents(decisions: Sequence[Decision]) -> list[JsonObject]:
    """The objects of all decisions as the last one leaves them, each once, where it comes first."""
    documents: dict[tuple[str, ...], JsonObject] = {}
    for decision in decisions:
        for each in decision.documents if isinstance(decision, Scheduled) else ():
            documents[_identity(each)] = each
    return list(documents.values())


def _identity(document: JsonObject) -> tuple[str, ...]:
    metadata = document.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    return str(document.get("kind")), str(named.get("namespace")), str(named.get("name"))


class _State:
    """The world as the pods that are scheduled already leave it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fleet: Fleet = world.fleet
        self.claims: dict[Name, Claim] = {(each.namespace, each.name): each for each in world.objects.claims}
        self.results: dict[Name, ClaimResult] = {}
        self._created: dict[Name, Claim] = {(each.namespace, each.name): each for each in world.existing.claims}
        self._pods: dict[tuple[Name, str | None], Pod] = {_key(each): each for each in world.existing.pods}

    @property
    def existing(self) -> Existing:
        """What quotas count by now."""
        return Existing(self._created.values(), self._pods.values())

    def known(self, subject: Subject) -> Subject:
        """The subject with its claims as they are now."""
        return replace(subject, claims=tuple(self.claims.get((c.namespace, c.name), c) for c in subject.claims))

    def note(self, decision: Scheduled) -> None:
        """Keep what a subject got, and that its pod is reserved for its claims."""
        found = {(each.namespace, each.name): each for each in decision.claims}
        self.claims |= found
        self._created |= found
        self._create_pod(decision.subject.pod)
        given = {(each.claim.namespace, each.claim.name): each for each in decision.results}
        self.results |= given
        self.fleet = self.fleet.with_allocated([self.claims[name] for name in given])

    def create(self, subject: Subject) -> None:
        """The subject's objects exist from now on, and wait."""
        # The scheduler makes a claim for extended resources only once it has a node for the pod.
        waiting = [each for each in self.known(subject).claims if not is_generated(each)]
        self._created |= {(each.namespace, each.name): each for each in waiting}
        self._create_pod(subject.pod)

    def _create_pod(self, pod: Pod | None) -> None:
        if pod is not None:
            own = replace(pod, workload=None)
            self._pods[_key(own)] = own


def _key(pod: Pod) -> tuple[Name, str | None]:
    return (pod.namespace, pod.name), pod.workload


def _reserved(claim: Claim, subject: Subject) -> tuple[Consumer, ...]:
    """``status.reservedFor`` with the subject's pod."""
    pod = subject.pod
    if pod is None or any(pod.is_consumer(each) for each in claim.reserved_for):
        return claim.reserved_for
    return (*claim.reserved_for, pod.consumer)


def _schedule_any(subject: Subject, state: _State, wanted: Wanted) -> Decision:
    """The decision about a pod; where nodes serve it in several ways, the one for the first node that does."""
    variants = variants_of(subject, state.world)
    decisions = [_schedule_one(state.known(each), state, wanted) for each in variants]
    placed = [each for each in decisions if isinstance(each, Scheduled)]
    return min(placed, key=lambda each: each.node) if placed else decisions[0]


def _schedule_one(subject: Subject, state: _State, wanted: Wanted) -> Decision:
    world = state.world
    question = question_of(subject, world, existing=state.existing)
    refusal = refusal_of(question, world)
    if refusal is not None:
        return BadSubject(subject, refusal)
    if isinstance(wanted, Preference):
        question = replace(question, pod_rules=preferring(question.pod_rules, subject, wanted))
    waiting = [each for each in question.claims if each.claim.allocation is None]
    answers = allocate_claims(
        state.fleet,
        waiting,
        evaluator=world.evaluator,
        quotas=question.ledger or quotas_of(world, [each.claim for each in waiting], state.existing),
        together=question.pod_rules.over(waiting) if question.pod_rules is not None else (),
        budget=world.rules.steps,
        nodes=question.admission,
        packs=wanted is Strategy.PACK,
    )
    decision = _decision(subject, question, answers, state, wanted)
    if isinstance(decision, NotScheduled) and question.ledger is not None:
        return replace(decision, broken=_broken(decision, question, state))
    return decision


def _broken(decision: NotScheduled, question: Question, state: _State) -> tuple[str, BrokenRule] | None:
    """The rule of a quota that keeps the claims from every node, with its code."""
    world = state.world
    # The API server refuses to create what the scheduler would stop at.
    found = broken_by_request([each.claim for each in question.claims], question.ledger)
    limits = question.ledger.rules() if question.ledger is not None else ()
    if found is not None or decision.is_error or all(isinstance(rule, RequestedLimit) for _, rule in limits):
        return found
    return broken_by(explain(question, state.fleet, world.evaluator, world.objects))


def _decision(subject: Subject, question: Question, answers: Answers, state: _State, wanted: Wanted) -> Decision:
    strategy = wanted if isinstance(wanted, Strategy) else Strategy.FIRST
    match scheduler_decision(answers, strategy):
        case Aborted(answer=answer):
            return NotScheduled(subject, _error(answer.outcome), is_error=True)
        case Unplaced(is_undecided=True):
            return Unknown(subject, answers.plan.budget)
        case Unplaced():
            return NotScheduled(subject, unavailable_text(answers, question.admission))
        case Placed(answer=answer, is_proved=is_proved, may_abort=other):
            assert isinstance(answer.outcome, Allocated)
            results = answer.outcome.results
            documents = tuple(_documents(subject, answer.node, results, state))
            is_best = is_proved if strategy is not Strategy.FIRST or answers.has_preferences else None
            error = _error(other.outcome) if other else ""
            found = preferred(answers, answers.group_of(answer.node), question.pod_rules, is_best=is_proved)
            return Scheduled(subject, answer.node, results, documents, error, is_best, found.wishes)


def _schedule_group(subject: Subject, state: _State, wanted: Wanted) -> Iterator[Decision]:
    """The decisions about all pods of a group, or the one about the group."""
    world = state.world
    if holders(subject, state.existing.claims).is_placed:
        # What is placed stays: nothing is looked for that its pods do not have.
        for each in placed_pods(subject, world):
            found = _schedule_one(state.known(each), state, wanted)
            if isinstance(found, Scheduled):
                state.note(found)
            yield found
        return
    question = group_question(subject, world, existing=state.existing)
    refusal = refusal_of(question, world)
    if refusal is not None:
        yield BadSubject(subject, refusal)
        return
    if isinstance(wanted, Preference):
        question = replace(question, pod_rules=preferring(question.pod_rules, subject, wanted))
    strategy = wanted if isinstance(wanted, Strategy) else Strategy.FIRST
    fit = place_group(subject, question, state.fleet, world, existing=state.existing, wanted=strategy)
    if not fit.fits:
        text = f"{fit.served} of {fit.wanted} pods fit at once"
        broken = broken_by_request(every_claim(subject, world), question.ledger)
        is_proved = fit.is_proved or broken is not None
        yield NotScheduled(subject, text, broken=broken) if is_proved else Unknown(subject, world.rules.steps)
        return
    is_best = fit.is_best if strategy is not Strategy.FIRST or fit.worth else None
    wishes = wishes_of_group(subject, question, fit)
    for each, node, results in pods_of_group(subject, fit, world):
        pod = state.known(each)
        documents = tuple(_documents(pod, node, results, state))
        decision = Scheduled(pod, node, tuple(results), documents, is_best=is_best, wishes=wishes)
        state.note(decision)
        yield decision


def _error(outcome: object) -> str:
    return outcome.text if isinstance(outcome, Failed) else ""


def _documents(subject: Subject, node: str, results: Sequence[ClaimResult], state: _State) -> Iterator[JsonObject]:
    """The claims in the subject's order with status and consumer, then the pod on its node."""
    new = {(result.claim.namespace, result.claim.name): result for result in results}
    allocated, world = state.results | new, state.world
    for claim in subject.claims:
        result = allocated.get((claim.namespace, claim.name))
        allocation = result.allocation if result else claim.allocation
        if allocation is not None:
            config = configuration_documents(result) if result else ()
            yield allocated_document(claim, allocation, _reserved(claim, subject), config)
    if subject.pod is not None:
        pod, found = subject.pod, request_mappings(subject.pod, world.serving_classes, subject.by_plugin)
        extended = next((each.name for each in subject.claims if EXTENDED_CLAIM in each.annotations), None)
        mappings = [(each.container, each.resource, each.request) for each in found]
        yield scheduled_pod_document(pod, node, _made_claims(subject), extended, mappings)


def _made_claims(subject: Subject) -> Mapping[str, str]:
    """The names of the claims that are made from templates, by the names of the pod's entries."""
    assert subject.pod is not None
    return {entry.name: claim.name for entry, claim in zip(subject.pod.claims, subject.claims) if entry.template_name}  # noqa: B905 - the claim for extended resources is last
