"""What a subject asks of a world, as a value: the same one for `explain` and `schedule`, with the same refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dra_policy.allocate.together import pod_rules
from dra_policy.engine.device_plugins import plugin_refusals
from dra_policy.engine.quotas import asked_by, governing, open_ledger
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import Existing, World
from dra_policy.explain import explanation as values
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.objects import object_error
from dra_policy.explain.question import Question
from dra_policy.fleet import Fleet, NodeAdmission, admission_of
from dra_policy.model import Claim, Dialect, Pod, Toleration
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, Span


def question_of(subject: Subject, world: World, *, idle: bool = False, existing: Existing | None = None) -> Question:
    """The subject's claims compiled, what is wrong with its objects, the limits and the nodes that it comes under.

    ``existing`` is what there is by now; None: what the world has.
    """
    place = subject.place
    span = place.span if place else None
    named = values.Subject(subject.kind, subject.namespace, subject.name, span.source.name if span else None, span)
    located = [_located(claim, world.fleet) for claim in subject.claims]
    compiled = tuple(world.compile_claim(claim) for claim in located)
    opened = open_ledger(world, subject.namespace, existing)
    own = (*subject.problems, *_of_subject(subject, world.diagnostics), *opened.diagnostics)
    problems = tuple(dict.fromkeys((*own, *_without_devices(world), *_without_nodes(world))))
    admission = None if subject.pod is None else _admission(subject.pod, located, world, subject.by_plugin)
    return Question(
        named,
        compiled,
        problems,
        idle,
        world.rules.steps,
        asked_by(subject.pod, opened.ledger),
        admission,
        subject.pod,
        pod_rules(subject.pod, located),
        governing(world, subject.namespace),
        world.rules.admin_label,
    )


def refusal_of(question: Question, world: World) -> Explanation | None:
    """Why nothing can be scheduled before an object is mended; None if nothing is wrong with the objects."""
    return object_error(question, world.objects, world.fleet)


def _without_devices(world: World) -> Iterator[Diagnostic]:
    """Where no slice is loaded and something could not be read, that is all that can be said."""
    if not world.objects.slices:
        yield from [each for each in world.diagnostics if each.severity is Severity.ERROR][:1]


def _without_nodes(world: World) -> Iterator[Diagnostic]:
    """Slices without any node to use them from say nothing about what fits."""
    if world.objects.slices and not world.fleet.nodes and not world.objects.is_recorded:
        message = "no node is known: no Node is loaded, and no slice names one"
        yield Diagnostic("DRA126", Severity.ERROR, message, hint="load the nodes: `kubectl get nodes -o yaml`")


def _admission(pod: Pod, claims: Sequence[Claim], world: World, by_plugin: frozenset[str]) -> NodeAdmission:
    """The nodes that a pod may use."""
    if pod.node_name is not None and all(claim.allocation is not None for claim in claims):
        # A pod that runs stays where it is: rules and taints decide about scheduling only.
        pod = replace(pod, node_selector={}, required_nodes=None, tolerations=(Toleration(operator="Exists"),))
        return admission_of(pod, world.fleet.nodes, claims)
    admission = admission_of(pod, world.fleet.nodes, claims)
    lacking = plugin_refusals(pod, by_plugin, world)
    # The scheduler asks about plain resources after node rules and before claims; the first "no" is told.
    return replace(admission, refused={**lacking, **admission.refused}) if lacking else admission


def _located(claim: Claim, fleet: Fleet) -> Claim:
    """The claim with the node of its devices where its dialect does not record it (k8srm names their pools)."""
    allocation = claim.allocation
    if claim.dialect is not Dialect.K8SRM or allocation is None or allocation.node_name:
        return claim
    pools = {each.device.pool for each in allocation.devices}
    envelopes = (each.envelope for each in fleet.slices)
    nodes = {each.node_name for each in envelopes if each.dialect is Dialect.K8SRM and each.pool in pools}
    return replace(claim, allocation=replace(allocation, node_name=nodes.pop())) if len(nodes) == 1 else claim


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
