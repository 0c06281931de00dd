"""Errors of objects: a missing class, claim or template, a selector that does not compile, a missing label."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.compiler import CompiledClaim, CompiledDemand
from dra_policy.explain.evidence import WrongObject
from dra_policy.explain.explanation import (
    Explanation,
    KubernetesAnswer,
    Outcome,
    Reason,
    ReasonValue,
    Subject,
)
from dra_policy.explain.question import Question
from dra_policy.explain.study import demands_of, selectors_of
from dra_policy.explain.summary import fleet_summary
from dra_policy.fleet import Fleet
from dra_policy.model import EXTENDED_CLAIM, Claim, Dialect, Objects, Pod
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity, Span, nearest

_GATED_TEXT = "Scheduling is blocked due to non-empty scheduling gates"
_MOST_NAMES = 8
# "There can be at most 256 such reservations" (ResourceClaimStatus.reservedFor); 32 in dra-evolution.
_MOST_CONSUMERS, _MOST_OF_EVOLUTION = 256, 32


@dataclass(frozen=True, slots=True)
class _Found:
    """One error: its code, what a list says of it, what Kubernetes says, and the proof."""

    code: str
    clause: str
    kubernetes: str | None
    evidence: WrongObject


def object_error(question: Question, objects: Objects, fleet: Fleet) -> Explanation | None:
    """The explanation of the first object error, in the order in which users meet them; None if there is none."""
    subject, claims, problems, pod = question.subject, question.claims, question.problems, question.pod
    # What is allocated is asked nothing more about its class and selectors.
    waiting = [each for each in claims if each.claim.allocation is None]
    found = (
        _problem(subject, problems, fleet)
        or _missing_class(waiting, objects)
        or _compile_error(subject, waiting)
        or _admin_access(waiting, objects, question.admin_label)
        or (None if pod is None else _gated(pod))
        or (None if pod is None else _bypassed(pod, waiting))
        or _deleted(claims)
        or (None if pod is None else _in_use(pod, claims))
    )
    if found is None:
        return None
    arguments: dict[str, ReasonValue] = {"message": found.clause}
    summary = fleet_summary(fleet)
    return Explanation(
        subject,
        Outcome.BAD_INPUT,
        found.code,
        Reason("object", arguments),
        KubernetesAnswer(found.kubernetes, summary.nodes, stops_pod=True),
        summary,
        evidence=(found.evidence,),
        diagnostics=tuple(problems),
    )


def _problem(subject: Subject, problems: Sequence[Diagnostic], fleet: Fleet) -> _Found | None:
    """The first error that was found with the subject's objects."""
    error = next((each for each in problems if each.severity is Severity.ERROR), None)
    if error is None:
        return None
    clause = error.message.replace("`", "")
    labels = tuple((label.message, label.span) for label in error.labels)
    message = error.message
    if error.span is not None:
        # The underlined text need not be said again beside its carets.
        message = message.removeprefix(f"`{error.span.text}` ")
    details = (*error.notes, *_more(subject, problems))
    evidence = WrongObject(message, details=details, hint=error.hint, labels=labels, span=error.span)
    return _Found(error.code, clause, _pod_text(subject, error, fleet), evidence)


def _more(subject: Subject, problems: Sequence[Diagnostic]) -> tuple[str, ...]:
    """How many errors are not told here, and the command that tells them."""
    more = sum(1 for one in problems if one.severity is Severity.ERROR) - 1
    return (f"{more} more: drapolicy check {subject.file or 'FILE'}",) if more > 0 else ()


def _pod_text(subject: Subject, error: Diagnostic, fleet: Fleet) -> str | None:
    if error.code in ("DRA112", "DRA113"):
        return f'pod "{subject.full_name}": ResourceClaim not created yet'
    if error.code == "DRA111":
        name = error.message.partition("`")[2].partition("`")[0]
        return f'resourceclaim.resource.k8s.io "{name}" not found'
    if error.code == "DRA117":
        number, name = len(fleet.nodes), error.message.partition("`")[2].partition("`")[0]
        return f"0/{number} nodes are available: {number} Insufficient {name}."
    return None


def _missing_class(claims: Sequence[CompiledClaim], objects: Objects) -> _Found | None:
    for each in claims:
        for request in each.requests:
            for demand in request.alternatives:
                name = demand.demand.device_class_name
                if demand.device_class is None and name:
                    return _no_class(each, request.request.name, demand, objects)
    return None


def _no_class(claim: CompiledClaim, request: str, demand: CompiledDemand, objects: Objects) -> _Found:
    name = demand.demand.device_class_name
    family = claim.claim.dialect.family
    known = [one for one in objects.classes if one.dialect.family is family] or objects.classes
    files = {one.place.document.name for one in known if one.place is not None}
    names = tuple(one.name for one in known)
    if len(names) > _MOST_NAMES:
        near = nearest(name, names)
        first = (near,) if near is not None else ()
        names = (*first, *(one for one in names if one != near))[:_MOST_NAMES]
        names = (*names, f"{len(known) - _MOST_NAMES} more")
    evidence = WrongObject(
        "no such class",
        there_are=names,
        where=files.pop() if len(files) == 1 else "",
        details=() if known else ("no device class is loaded",),
        span=_class_span(demand),
    )
    alternative = f"{request}/{demand.demand.name}" if demand.demand.name else request
    kubernetes = f"request {alternative}: device class {name} does not exist"
    return _Found("DRA110", f"class {name} does not exist", kubernetes, evidence)


def _class_span(demand: CompiledDemand) -> Span | None:
    """Where the class is named: the field has another name in each dialect."""
    place = demand.demand.place
    if place is None:
        return None
    for name in ("deviceClassName", "deviceClass", "className", "class"):
        span = place.child(name).span
        # Where the field is not there, its place is that of the object around it.
        if span is not None and span != place.span:
            return span
    return place.span


def _compile_error(subject: Subject, claims: Sequence[CompiledClaim]) -> _Found | None:
    """A selector that does not compile: the API server would refuse it, the allocator stops at the first device."""
    for demand in demands_of(claims):
        for selector in selectors_of(demand):
            if selector.condition is not None:
                continue
            error = next((one for one in selector.diagnostics if one.severity is Severity.ERROR), None)
            code = error.code if error is not None else "DRA203"
            message = error.message.replace("`", "") if error is not None else "the selector does not compile"
            hint = error.hint if error is not None else None
            text = f"CEL compile error: {selector.compile_error}" if selector.compile_error else None
            every = [one for each in demands_of(claims) for other in selectors_of(each) for one in other.diagnostics]
            span, details = error.span if error else None, _more(subject, list(dict.fromkeys(every)))
            return _Found(code, message, text, WrongObject(message, details=details, hint=hint, span=span))
    return None


def _admin_access(claims: Sequence[CompiledClaim], objects: Objects, label: str | None) -> _Found | None:
    """AdminAccess in a namespace that is known and has not the label (KEP-5018); a Quota in dra-evolution."""
    for each in claims:
        if not any(demand.demand.admin_access for demand in demands_of([each])):
            continue
        namespace = each.claim.namespace
        if each.claim.dialect.is_kubernetes:
            known = next((one for one in objects.namespaces if one.name == namespace), None)
            if label is not None and known is not None and known.labels.get(label) != "true":
                message = f"adminAccess needs a label on namespace {namespace}, which has none."
                text = f"admin access to devices requires the `{label}: true` label on the containing namespace"
                return _Found("DRA116", message.rstrip("."), text, WrongObject(message))
        elif each.claim.dialect is Dialect.EVOLUTION and not _quota_allows(objects, namespace):
            message = f"adminAccess needs a Quota of namespace {namespace} that allows it; none does."
            return _Found("DRA116", message.rstrip("."), None, WrongObject(message))
    return None


def labels_note(pod: Pod, objects: Objects) -> str | None:
    """What is to be known of node rules where no Node object is loaded; None where nothing is."""
    if objects.nodes or not (pod.node_selector or pod.required_nodes):
        return None
    return "No Node object is loaded: the pod's node rules are asked of nodes without labels."


def admin_note(claims: Sequence[CompiledClaim], objects: Objects, label: str | None) -> str | None:
    """What is to be checked of adminAccess where the namespace is not loaded; None where nothing is."""
    for each in claims if label is not None else ():
        namespace = each.claim.namespace
        if not each.claim.dialect.is_kubernetes or any(one.name == namespace for one in objects.namespaces):
            continue
        if any(demand.demand.admin_access for demand in demands_of([each])):
            return f"adminAccess needs the label {label}: true on namespace {namespace}, which is not loaded."
    return None


def _quota_allows(objects: Objects, namespace: str) -> bool:
    labels = next((one.labels for one in objects.namespaces if one.name == namespace), None)
    return any(one.allows_admin_access for one in objects.quotas if one.governs(namespace, labels))


def _gated(pod: Pod) -> _Found | None:
    """A pod that is not in the scheduler's queue: not yet (PodSpec.schedulingGates), or not any more."""
    if pod.has_ended:
        message = "the pod has ended; the scheduler does not look at it."
        return _Found("DRA118", message.rstrip("."), None, WrongObject(message))
    if not pod.scheduling_gates:
        return None
    gates = pod.scheduling_gates
    one = f"gate {gates[0]} is" if len(gates) == 1 else f"gates {', '.join(gates)} are"
    message = f"the scheduler does not look at the pod before scheduling {one} gone."
    span = pod.spec_place.child("schedulingGates").span if pod.spec_place is not None else None
    return _Found("DRA118", message.rstrip("."), _GATED_TEXT, WrongObject(message, span=span))


def _bypassed(pod: Pod, waiting: Sequence[CompiledClaim]) -> _Found | None:
    """A pod that names its node itself: the scheduler, who alone allocates, never sees it, and the kubelet waits."""
    claim = next((each.claim for each in waiting if each.claim.dialect.is_kubernetes), None)
    if pod.node_name is None or claim is None:
        return None
    is_made = EXTENDED_CLAIM not in claim.annotations
    wanted = f"its claim {claim.name}" if is_made else "devices for its extended resources"
    message = f"the pod is on node {pod.node_name} already, so nobody allocates {wanted}."
    hint = f"make the pod again, with `nodeSelector: {{kubernetes.io/hostname: {pod.node_name}}}` instead of `nodeName`"
    span = pod.spec_place.child("nodeName").span if pod.spec_place is not None else None
    # Without a claim in the pod's status the kubelet asks for none.
    refused = f"pod {pod.name} (…) is not allowed to use ResourceClaim {claim.name} (…)"
    text = f"Failed to prepare dynamic resources: {refused}" if is_made else None
    return _Found("DRA118", message.rstrip("."), text, WrongObject(message, hint=hint, span=span))


def _deleted(claims: Sequence[CompiledClaim]) -> _Found | None:
    for each in claims:
        if each.claim.deletion_timestamp is not None:
            message = f"claim {each.claim.full_name} is being deleted; it goes away when its last pod ends."
            text = f'resourceclaim "{each.claim.name}" is being deleted'
            return _Found("DRA114", message.rstrip("."), text, WrongObject(message))
    return None


def _in_use(pod: Pod, claims: Sequence[CompiledClaim]) -> _Found | None:
    """A claim that other pods use and that takes no further one."""
    for claim in (each.claim for each in claims):
        others = [each.name for each in claim.reserved_for if not pod.is_consumer(each)]
        if claim.allocation is None or len(others) < len(claim.reserved_for) or can_be_shared(claim, len(others)):
            continue
        full = f"{len(others)} pods, which is the most"
        users = full if len(others) >= most_consumers(claim) else f"pod {others[0]} and is not shareable"
        message = f"claim {claim.full_name} is in use by {users}."
        return _Found("DRA115", message.rstrip("."), "resourceclaim in use", WrongObject(message))
    return None


def can_be_shared(claim: Claim, users: int) -> bool:
    """Whether a pod can use an allocated claim beside so many others.

    "Shareable determines whether the resource supports more than one consumer at a time" (dra-evolution,
    AllocationResult); where the allocation does not say, what the claim asked for counts. A claim that says nothing
    is shared: in the prototype's samples two pods use one, and an allocated one is shareable.
    """
    if not users:
        return True
    allocated = claim.allocation.shareable if claim.allocation is not None else None
    is_shareable = claim.shareable is not False if allocated is None else allocated
    return users < most_consumers(claim) and (claim.dialect is not Dialect.EVOLUTION or is_shareable)


def most_consumers(claim: Claim) -> int:
    """How many pods can be reserved for a claim; k8srm names no limit, and has Kubernetes' here."""
    return _MOST_OF_EVOLUTION if claim.dialect is Dialect.EVOLUTION else _MOST_CONSUMERS
