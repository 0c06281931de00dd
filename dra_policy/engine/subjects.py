"""Find what a question is about: claims, templates and pods, and the claims that a pod needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dra_policy.engine.device_plugins import shapes_of
from dra_policy.engine.extended_resources import claim_of_extended_resources, unmapped_resources
from dra_policy.engine.placed_groups import Holders, holders_of
from dra_policy.engine.world import World
from dra_policy.explain.explanation import NO_NAME
from dra_policy.explain.objects import most_consumers
from dra_policy.manifests.dialects.pods import TEMPLATES
from dra_policy.model import Claim, ClaimTemplate, Dialect, Objects, Pod, PodClaim, PodGroup, Toleration
from dra_policy.record import dataclass, field, replace
from dra_policy.text import Diagnostic, Place, Severity, nearest

_KINDS = {name.lower(): name for name in TEMPLATES}
POD_CLAIM_ANNOTATION = "resource.kubernetes.io/pod-claim-name"

# What the DaemonSet controller adds to its pods (AddOrUpdateDaemonPodTolerations).
_OF_DAEMONS = tuple(
    Toleration(f"node.kubernetes.io/{key}", "Exists")
    for key in ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to be explained or scheduled, with all claims that must be served together on one node.

    ``kind`` is the API's (``ResourceClaim``, ``ResourceClaimTemplate``, ``Pod``, ``Deployment`` …). ``claims`` are in
    the pod's order; ``problems`` say what of it does not exist: nothing can be scheduled before that is mended.
    ``by_plugin`` are extended resources that classes have and that no claim asks for: nodes are meant whose device
    plugins serve them.
    """

    kind: str
    namespace: str
    name: str
    claims: tuple[Claim, ...]
    problems: tuple[Diagnostic, ...] = ()
    place: Place | None = field(default=None, compare=False)
    pod: Pod | None = field(default=None, compare=False)
    group: PodGroup | None = field(default=None, compare=False)
    by_plugin: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name or NO_NAME}"


def subjects_of(objects: Objects, world: World, *, only_open: bool = False) -> tuple[Subject, ...]:
    """What the objects ask for, in this order: claims, templates, pods and workloads, groups of pods.

    A claim or template that a pod or group of the same objects uses is told with it, a pod that a group has with the
    group.
    ``only_open`` leaves out claims that are allocated, pods that run on a node already, and groups that are placed.
    """
    return tuple(_subjects(objects, world, only_open=only_open))


def _subjects(objects: Objects, world: World, *, only_open: bool) -> Iterator[Subject]:
    users: list[Pod | PodGroup] = [*objects.pods, *objects.groups]
    used = {(each.namespace, name) for each in users for name in _names_used(each)}
    for claim in objects.claims:
        if (claim.namespace, claim.name) not in used and not (only_open and claim.allocation):
            yield claim_subject(claim)
    for template in objects.templates:
        if (template.namespace, template.name) not in used and not only_open:
            yield template_subject(template)
    grouped = {(group.namespace, group.pod_name) for group in objects.groups}
    for pod in objects.pods:
        if (pod.namespace, pod.name) in grouped or not _asks_for_devices(pod, world):
            continue
        if not (only_open and (pod.has_ended or pod.node_name or _is_served(pod, world))):
            yield pod_subject(pod, world)
    for group in objects.groups:
        subject = group_subject(group, world)
        if not (only_open and holders(subject, world.objects.claims).is_placed):
            yield subject


def all_subjects(world: World) -> Iterator[Subject]:
    """Every claim, template, pod and workload of the world, each by itself."""
    yield from map(claim_subject, world.objects.claims)
    yield from map(template_subject, world.objects.templates)
    yield from (pod_subject(pod, world) for pod in world.objects.pods)
    yield from (group_subject(group, world) for group in world.objects.groups)


def claim_subject(claim: Claim) -> Subject:
    """A claim by itself."""
    kind = "DeviceClaim" if claim.dialect is Dialect.K8SRM else "ResourceClaim"
    return Subject(kind, claim.namespace, claim.name, (claim,), place=claim.place)


def claims_subject(claims: Sequence[Claim]) -> Subject:
    """The claims of one pod, told by the name of the first."""
    first = claim_subject(claims[0])
    return replace(first, claims=tuple(claims))


def template_subject(template: ClaimTemplate) -> Subject:
    """The claim that a template would make."""
    return Subject("ResourceClaimTemplate", template.namespace, template.name, (template.claim,), place=template.place)


def variants_of(subject: Subject, world: World) -> tuple[Subject, ...]:
    """The subject as each kind of node sees it, where device plugins serve its extended resources on some of them."""
    pod = subject.pod
    shapes = () if pod is None or subject.group is not None or pod.extended_claim_name else shapes_of(pod, world)
    if pod is None or len(shapes) < 2:
        return (subject,)
    return tuple(replace(pod_subject(pod, world, shape), kind=subject.kind) for shape in shapes)


def pod_subject(pod: Pod, world: World, by_plugin: frozenset[str] | None = None) -> Subject:
    """A pod with its claims: existing ones, those made from templates, and the one of its extended resources.

    ``by_plugin``: see ``Subject``; None: as the nodes have it that need most devices.
    """
    if pod.workload is not None and pod.workload.startswith("daemonset/") and _OF_DAEMONS[0] not in pod.tolerations:
        pod = replace(pod, tolerations=(*pod.tolerations, *_OF_DAEMONS))
    by_plugin = shapes_of(pod, world)[0] if by_plugin is None else by_plugin
    claims: list[Claim] = []
    problems: list[Diagnostic] = []
    for entry in pod.claims:
        found = _claim_of(pod, entry, world)
        if isinstance(found, Claim):
            claims.append(found)
        else:
            problems.append(found)
    extended = _extended_claim(pod, world, by_plugin)
    if extended is not None:
        claims.append(extended)
    problems += unmapped_resources(pod, world.objects, world.serving_classes)
    kind = _KINDS[pod.workload.partition("/")[0]] if pod.workload else "Pod"
    return Subject(kind, pod.namespace, pod.name, tuple(claims), tuple(problems), pod.place, pod, by_plugin=by_plugin)


def group_subject(group: PodGroup, world: World) -> Subject:
    """A group, with the claims of one of its pods; what keeps it from being placed is among its problems."""
    span = group.place.span if group.place else None
    pods = {pod.name: pod for pod in world.objects.pods if pod.namespace == group.namespace}
    pod = pods.get(group.pod_name)
    if pod is None:
        near = nearest(group.pod_name, pods)
        hint = f"did you mean `{near}`?" if near else "declare it: `pod NAME { … }`"
        missing = Diagnostic("DRA310", Severity.ERROR, f"there is no pod `{group.pod_name}`", span, hint=hint)
        return Subject("PodGroup", group.namespace, group.name, (), (missing,), group.place, group=group)
    entries = tuple(_entry_of_group(group, entry, world) for entry in group.claims)
    whole = pod_subject(replace(pod, claims=(*pod.claims, *entries)), world)
    # To each pod a claim of the group is one that exists.
    named = [replace(each, claim_name=each.inline.name, inline=None) if each.inline else each for each in entries]
    return replace(
        whole,
        kind="PodGroup",
        name=group.name,
        place=group.place or pod.place,
        problems=(*whole.problems, *_unshareable(group, whole), *_overcrowded(group, whole)),
        pod=replace(pod, claims=(*pod.claims, *named)),
        group=group,
    )


def holders(subject: Subject, known: Iterable[Claim]) -> Holders:
    """Which pods of a group have their devices already, by all claims that there are."""
    if subject.group is None or subject.pod is None or subject.problems:
        return Holders((), 0, is_placed=False)
    return holders_of(subject.group, subject.pod, subject.claims, known)


def _entry_of_group(group: PodGroup, entry: PodClaim, world: World) -> PodClaim:
    """A group's entry with its claim, which is made once, is called ``GROUP-ENTRY`` and belongs to no pod."""
    name, namespace = f"{group.name}-{entry.name}", group.namespace
    if entry.inline is not None:
        return replace(entry, inline=replace(entry.inline, name=name, namespace=namespace, owner_pod=None))
    if entry.claim_name:
        found = world.find_claim(group.namespace, entry.claim_name)
        return entry if found is None else replace(entry, claim_name=None, inline=found)
    for template in world.objects.templates:
        if (template.namespace, template.name) == (namespace, entry.template_name):
            made = replace(template.claim, name=name, namespace=namespace, owner_pod=None)
            return replace(entry, template_name=None, inline=world.find_claim(namespace, name) or made)
    return entry


def _unshareable(group: PodGroup, whole: Subject) -> Iterator[Diagnostic]:
    """Claims of dra-evolution that one pod only may use, though all pods of the group would."""
    for entry, claim in _shared_claims(whole):
        if group.count > 1 and claim.dialect is Dialect.EVOLUTION and not claim.shareable:
            place = entry.place or group.place
            text = f"claim `{claim.name}` is not shareable, and {group.count} pods would use it"
            hint = "write `shareable` in the claim, or give each pod its own: `from template`"
            yield Diagnostic("DRA115", Severity.ERROR, text, place.span if place else None, hint=hint)


def _overcrowded(group: PodGroup, whole: Subject) -> Iterator[Diagnostic]:
    """Claims that more pods would use than can be reserved for them, those that use them already among these."""
    own = {f"{group.name}-{number}" for number in range(group.count)}
    for entry, claim in _shared_claims(whole):
        users = group.count + sum(each.name not in own for each in claim.reserved_for)
        most = most_consumers(claim)
        if users > most:
            place = entry.place or group.place
            text = f"claim `{claim.name}` would be in use by {users} pods; {most} is the most"
            hint = "share it among fewer pods, or give each pod its own: `from template`"
            yield Diagnostic("DRA115", Severity.ERROR, text, place.span if place else None, hint=hint)


def _shared_claims(whole: Subject) -> Iterator[tuple[PodClaim, Claim]]:
    """The claims that all pods of a group would use, with the pod's entries for them."""
    entries = whole.pod.claims if whole.pod is not None else ()
    for entry, claim in zip(entries, whole.claims, strict=False):
        if entry.claim_name is not None or claim.owner_pod is None:
            yield entry, claim


def _names_used(pod: Pod | PodGroup) -> Iterator[str]:
    for entry in pod.claims:
        yield from (name for name in (entry.claim_name, entry.template_name) if name)


def _asks_for_devices(pod: Pod, world: World) -> bool:
    if pod.claims or claim_of_extended_resources(pod, world.serving_classes) is not None:
        return True
    return any(True for _ in unmapped_resources(pod, world.objects, world.serving_classes))


def _is_served(pod: Pod, world: World) -> bool:
    """Whether all claims of a pod that needs some are allocated, the one for its extended resources among them."""
    found = [*(_claim_of(pod, entry, world) for entry in pod.claims)]
    extended = _extended_claim(pod, world)
    if extended is not None:
        found.append(extended)
    return bool(found) and all(isinstance(claim, Claim) and claim.allocation is not None for claim in found)


def _extended_claim(pod: Pod, world: World, by_plugin: frozenset[str] = frozenset()) -> Claim | None:
    """The claim for extended resources: the one that the scheduler made already, else the one that it would make."""
    made = claim_of_extended_resources(pod, world.serving_classes, by_plugin)
    if made is None or pod.extended_claim_name is None:
        return made
    return world.find_claim(pod.namespace, pod.extended_claim_name) or made


def _claim_of(pod: Pod, entry: PodClaim, world: World) -> Claim | Diagnostic:
    if entry.inline is not None:
        return entry.inline
    if entry.claim_name:
        claim = world.find_claim(pod.namespace, entry.claim_name)
        return claim or _missing("claim", entry.claim_name, pod, entry=entry, known=world.objects.claims)
    if entry.template_name:
        return _claim_of_template(pod, entry, entry.template_name, world)
    message = f"claim `{entry.name}` of the pod names neither a claim nor a template"
    return Diagnostic("DRA113", Severity.ERROR, message, entry.place.span if entry.place else None)


def _claim_of_template(pod: Pod, entry: PodClaim, name: str, world: World) -> Claim | Diagnostic:
    made = pod.resource_claim_statuses.get(entry.name)
    existing = world.find_claim(pod.namespace, made) if made else _owned(pod, entry, world)
    if existing is not None:
        return existing
    named = {
        "name": made or f"{pod.name}-{entry.name}",
        "namespace": pod.namespace,
        "owner_pod": pod.name,
        "owner_uid": pod.uid,
    }
    for template in world.objects.templates:
        if (template.namespace, template.name) == (pod.namespace, name):
            marks = {POD_CLAIM_ANNOTATION: entry.name} if template.claim.dialect.is_kubernetes else {}
            return replace(template.claim, **named, annotations=marks)
    # k8srm has no kind for templates: any claim can be one.
    pattern = world.find_claim(pod.namespace, name)
    if pattern is not None and pattern.dialect is Dialect.K8SRM:
        return replace(pattern, allocation=None, reserved_for=(), **named)
    return _missing("template", name, pod, entry=entry, known=world.objects.templates)


def _owned(pod: Pod, entry: PodClaim, world: World) -> Claim | None:
    """The claim that was made for the pod: it is owned by it and named after both."""
    name = f"{pod.name}-{entry.name}"
    for claim in world.objects.claims:
        is_of_other = bool(claim.owner_uid and pod.uid) and claim.owner_uid != pod.uid
        if claim.owner_pod != pod.name or claim.namespace != pod.namespace or is_of_other:
            continue
        written = claim.annotations.get(POD_CLAIM_ANNOTATION)
        if written == entry.name or (written is None and (claim.name == name or claim.name.startswith(f"{name}-"))):
            return claim
    return None


# What a pod refers to: the code of one that is missing, and the field that names it.
_REFERENCES = {"claim": ("DRA111", "resourceClaimName"), "template": ("DRA112", "resourceClaimTemplateName")}


def _missing(kind: str, name: str, pod: Pod, *, entry: PodClaim, known: Sequence[Claim | ClaimTemplate]) -> Diagnostic:
    """A claim or template that a pod refers to and that is not among the known ones of its namespace."""
    code, field_name = _REFERENCES[kind]
    message = f"{kind} `{name}` does not exist in `{pod.namespace}`"
    near = nearest(name, [each.name for each in known if each.namespace == pod.namespace])
    hint = f"did you mean `{near}`?" if near else None
    elsewhere = next((each.namespace for each in known if each.name == name), None)
    if elsewhere is not None:
        hint = f"it exists in `{elsewhere}`; a pod uses the claims and templates of its own namespace"
    span = entry.place.child(field_name).span if entry.place else None
    return Diagnostic(code, Severity.ERROR, message, span, hint=hint)
