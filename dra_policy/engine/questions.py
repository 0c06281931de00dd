"""What a subject asks of a world, as a value: the same one for `explain` and `schedule`, with the same refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dra_policy.engine.quotas import open_ledger
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.explain import explanation as values
from dra_policy.explain.answer import Question
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.objects import object_error
from dra_policy.fleet import Fleet, NodeAdmission, admission_of
from dra_policy.model import Claim, Dialect, Toleration
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, Span


def question_of(
    subject: Subject, world: World, *, idle: bool = False, claims: Sequence[Claim] | None = None
) -> Question:
    """The subject's claims compiled, what is wrong with its objects, the limits and the nodes that it comes under.

    ``claims`` are all claims there are by now; None: those of the world.
    """
    place = subject.place
    span = place.span if place else None
    named = values.Subject(subject.kind, subject.namespace, subject.name, span.source.name if span else None, span)
    compiled = tuple(world.compile_claim(claim) for claim in subject.claims)
    opened = open_ledger(world, subject.namespace, claims)
    problems = (*subject.problems, *_of_subject(subject, world.diagnostics), *opened.diagnostics)
    admission = node_admission(subject, world.fleet)
    return Question(named, compiled, problems, idle, world.rules.steps, opened.ledger, admission, subject.pod)


def refusal_of(question: Question, world: World) -> Explanation | None:
    """Why nothing can be scheduled before an object is mended; None if nothing is wrong with the objects."""
    return object_error(question.subject, question.claims, question.problems, world.objects, world.fleet, question.pod)


def node_admission(subject: Subject, fleet: Fleet) -> NodeAdmission | None:
    """The nodes that a subject's pod may use; None for a claim or a template, which say nothing of nodes."""
    pod = subject.pod
    if pod is None:
        return None
    if pod.node_name is not None and all(claim.allocation is not None for claim in subject.claims):
        # A pod that runs stays where it is: rules and taints decide about scheduling only.
        pod = replace(pod, node_selector={}, required_nodes=None, tolerations=(Toleration(operator="Exists"),))
    return admission_of(pod, fleet.nodes, [_located(claim, fleet) for claim in subject.claims])


def _located(claim: Claim, fleet: Fleet) -> Claim:
    """The claim with the node of its devices where its dialect does not record it (k8srm names their pools)."""
    allocation = claim.allocation
    if claim.dialect is not Dialect.K8SRM or allocation is None or allocation.node_name:
        return claim
    found = [fleet.find(each.device) for each in allocation.devices]
    nodes = [place[0].envelope.node_name for place in found if place is not None and place[0].envelope.node_name]
    return replace(claim, allocation=replace(allocation, node_name=nodes[0])) if nodes else claim


def _of_subject(subject: Subject, diagnostics: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """The errors that were found in the subject's own objects."""
    errors = [each for each in diagnostics if each.severity is Severity.ERROR and each.span is not None]
    if not errors:
        return
    places = [subject.place, *(claim.place for claim in subject.claims)]
    spans = [place.span for place in dict.fromkeys(places) if place is not None]
    for error in errors:
        assert error.span is not None
        if any(span is not None and _holds(span, error.span.outermost()) for span in spans):
            yield error


def _holds(outer: Span, inner: Span) -> bool:
    return outer.source.name == inner.source.name and outer.start <= inner.start and inner.end <= outer.end
