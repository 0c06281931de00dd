"""Schedule pods: allocate their claims on the first node that fits and write the result into the objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.allocate import Allocated, ClaimResult, Failed, NodeAnswer, Undecided, Unsupported, first_fit
from dra_policy.engine.configurations import configuration_documents
from dra_policy.engine.quotas import quotas_of
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.fleet import Fleet
from dra_policy.manifests.writing import JsonObject, allocated_document, pod_document
from dra_policy.model import Claim, Consumer
from dra_policy.record import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Every claim has its devices on ``node``; ``documents`` are the claims with their status, then the pod."""

    subject: Subject = field(compare=False)
    node: str | None
    results: tuple[ClaimResult, ...]
    documents: tuple[JsonObject, ...] = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class NotScheduled:
    """No node serves the claims. ``text`` is Kubernetes' error, empty where it has none."""

    subject: Subject = field(compare=False)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The claims need features that this allocator does not have yet."""

    subject: Subject = field(compare=False)
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadSubject:
    """Something that the pod refers to does not exist."""

    subject: Subject = field(compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The search was stopped at its budget."""

    subject: Subject = field(compare=False)
    budget: int = 0


Decision = Scheduled | NotScheduled | Pending | BadSubject | Unknown


def schedule(subjects: Sequence[Subject], world: World) -> tuple[Decision, ...]:
    """Schedule the subjects one after the other; what one takes is gone for the next, shared claims are taken once."""
    fleet = world.fleet
    given: dict[tuple[str, str], Claim] = {}
    decisions: list[Decision] = []
    for subject in subjects:
        known = replace(subject, claims=tuple(given.get((c.namespace, c.name), c) for c in subject.claims))
        decision = _schedule_one(known, world, fleet, given)
        if isinstance(decision, Scheduled):
            for result in decision.results:
                claim = replace(result.claim, allocation=result.allocation)
                given[claim.namespace, claim.name] = claim
            fleet = fleet.with_allocated(given[r.claim.namespace, r.claim.name] for r in decision.results)
        decisions.append(decision)
    return tuple(decisions)


def _schedule_one(subject: Subject, world: World, fleet: Fleet, given: Mapping[tuple[str, str], Claim]) -> Decision:
    if subject.problems:
        return BadSubject(subject)
    waiting = [claim for claim in subject.claims if claim.allocation is None]
    known = {(claim.namespace, claim.name): claim for claim in world.objects.claims} | dict(given)
    quotas = quotas_of(world, waiting, known.values())
    compiled = [world.compile_claim(claim) for claim in waiting]
    found = first_fit(fleet, compiled, evaluator=world.evaluator, quotas=quotas, budget=world.rules.steps)
    if isinstance(found, Unsupported):
        return Pending(subject, found.features)
    return _decision(subject, found.deciding)


def _decision(subject: Subject, answer: NodeAnswer | None) -> Decision:
    if answer is None:
        return NotScheduled(subject)
    match answer.outcome:
        case Allocated(results=results):
            return Scheduled(subject, answer.node, results, _documents(subject, answer.node, results))
        case Failed(text=text):
            return NotScheduled(subject, text)
        case Undecided(budget=budget):
            return Unknown(subject, budget)
        case _:
            return NotScheduled(subject)


def _documents(subject: Subject, node: str, results: Sequence[ClaimResult]) -> tuple[JsonObject, ...]:
    """The claims in the subject's order, newly allocated ones with status and consumer, then the pod on its node."""
    consumers = (Consumer("pods", subject.pod.name),) if subject.pod is not None else ()
    allocated = {(result.claim.namespace, result.claim.name): result for result in results}
    documents = []
    for claim in subject.claims:
        result = allocated.get((claim.namespace, claim.name))
        allocation = result.allocation if result else claim.allocation
        if allocation is not None:
            reserved = tuple(dict.fromkeys((*claim.reserved_for, *consumers)))
            config = configuration_documents(result) if result else ()
            documents.append(allocated_document(claim, allocation, reserved, config))
    if subject.pod is not None:
        documents.append(_placed(pod_document(subject.pod), node))
    return tuple(documents)


def _placed(document: JsonObject, node: str) -> JsonObject:
    spec = document.get("spec")
    return {**document, "spec": {**spec, "nodeName": node}} if isinstance(spec, dict) else document
