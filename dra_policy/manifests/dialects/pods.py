"""Pods, and workloads that make pods from a template: their claims and who uses them."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.manifests.dialects.k8srm import requests_of
from dra_policy.manifests.dialects.kubernetes import tolerations
from dra_policy.manifests.dialects.limits import check_resources
from dra_policy.manifests.dialects.metadata import controller, node_selector, object_name, object_namespace
from dra_policy.manifests.fields import without_unknown_fields
from dra_policy.manifests.view import View
from dra_policy.model import Claim, Container, ContainerClaim, Dialect, Pod, PodClaim
from dra_policy.record import replace
from dra_policy.text import nearest

# Where each kind keeps its pod template (apps/v1, batch/v1, core/v1).
TEMPLATES: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
}

# The one kind of node affinity that decides where a pod may run.
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
# What the pod's single k8srm claim is called inside the pod.
DEVICE_CLAIMS = "devices"


def pod(view: View) -> Pod:
    """A Pod."""
    status = view.section("status")
    statuses = {
        each.text("name"): each.text("resourceClaimName")
        for each in status.views("resourceClaimStatuses")
        if each.has("resourceClaimName")
    }
    made = _pod(view, object_name(view), object_namespace(view), view.section("spec"))
    return replace(
        made,
        uid=view.section("metadata").text("uid"),
        has_ended=status.text("phase") in ("Succeeded", "Failed"),
        resource_claim_statuses=statuses,
        extended_claim_name=status.section("extendedResourceClaimStatus").optional_text("resourceClaimName"),
    )


def workload(view: View, kind: str) -> Pod:
    """The pod that a workload's template describes, under the workload's name."""
    name = object_name(view)
    inner = owner = view
    for step in TEMPLATES[kind]:
        owner, inner = inner, inner.section(step)
    # Of a workload only what becomes the pod is known to the last field.
    spec = without_unknown_fields(inner.section("spec"), "PodSpec")
    return replace(
        _pod(view, name, object_namespace(view), spec),
        workload=f"{kind.lower()}/{name}",
        replicas=_replicas(owner, kind),
        first_ordinal=owner.section("ordinals").integer("start") if kind == "StatefulSet" else 0,
    )


def _replicas(spec: View, kind: str) -> int:
    """How many pods a workload wants at a time; 1 where nothing is said, and for kinds that do not count pods."""
    if kind not in ("Job", "CronJob"):
        return max(spec.integer("replicas", 1), 0)
    # "The actual number of pods running in steady state will be less than this number when the work left to do is less
    # than max parallelism" (batch/v1 JobSpec.parallelism).
    parallelism = spec.integer("parallelism", 1)
    return max(min(parallelism, spec.integer("completions", parallelism)), 0)


def _pod(view: View, name: str, namespace: str, spec: View) -> Pod:
    claims = [_claim(each) for each in spec.views("resourceClaims")]
    _check_uses(spec, [each.name for each in claims])
    own = spec.view("deviceClaims")
    if own is not None:
        claims.append(_device_claims(own, name, namespace))
    return Pod(
        name=name,
        namespace=namespace,
        dialect=Dialect.K8SRM if own is not None else view.context.dialect,
        claims=tuple(claims),
        containers=tuple(
            _container(each, is_init=field == "initContainers")
            for field in ("initContainers", "containers")
            for each in spec.views(field)
        ),
        node_name=spec.optional_text("nodeName") or None,
        node_selector=spec.text_map("nodeSelector"),
        required_nodes=node_selector(spec.section("affinity").section("nodeAffinity"), _REQUIRED),
        tolerations=tolerations(spec),
        scheduling_gates=tuple([each.text("name") for each in spec.views("schedulingGates")]),
        spec_place=spec.place(),
        owner=controller(view),
        quota_scopes=_quota_scopes(spec),
        priority_class_name=spec.text("priorityClassName"),
        place=view.place(),
    )


def _quota_scopes(spec: View) -> frozenset[str]:
    """The scopes of ResourceQuota that a pod is in, but for its priority class."""
    deadline = spec.integer("activeDeadlineSeconds", -1)
    containers = [*spec.views("initContainers"), *spec.views("containers")]
    has_compute = any(_asks_for_compute(each.section("resources")) for each in (spec, *containers))
    scopes = {
        "Terminating" if deadline >= 0 else "NotTerminating",
        "NotBestEffort" if has_compute else "BestEffort",
        *(["CrossNamespacePodAffinity"] if any(map(_crosses, _affinity_terms(spec.section("affinity")))) else []),
    }
    return frozenset(scopes)


def _asks_for_compute(resources: View) -> bool:
    """Whether a pod or container asks for CPU or memory at all: without any a pod is of the class BestEffort."""
    amounts = [resources.amounts(name) for name in ("requests", "limits")]
    return any(each.get(name, "0") != "0" for each in amounts for name in ("cpu", "memory"))


def _affinity_terms(affinity: View) -> Iterator[View]:
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = affinity.section(kind)
        yield from terms.views(_REQUIRED)
        yield from (each.section("podAffinityTerm") for each in terms.views(_PREFERRED))


def _crosses(term: View) -> bool:
    return bool(term.texts("namespaces")) or term.has("namespaceSelector")


def _check_uses(spec: View, names: list[str]) -> None:
    """Report a container's claim that the pod does not have; the API server refuses the pod (core validation)."""
    if not spec.context.defaults:
        return
    for field in ("initContainers", "containers"):
        for container in spec.views(field):
            for use in container.section("resources").views("claims"):
                name = use.text("name")
                if name and name not in names:
                    near = nearest(name, names)
                    there = f"there are: {', '.join(filter(None, names))}" if names else "the pod has none"
                    hint = f"did you mean `{near}`?" if near else there
                    message = f"the pod's `resourceClaims` have no entry `{name}`"
                    use.error("DRA105", message, "name", hint=hint)


def _claim(view: View) -> PodClaim:
    # Until v1alpha2 of Kubernetes the reference stood under `source`.
    source = view.view("source") or view
    return PodClaim(
        name=view.text("name"),
        claim_name=source.optional_text("resourceClaimName"),
        template_name=source.optional_text("resourceClaimTemplateName"),
        place=view.place(),
    )


def _device_claims(view: View, pod_name: str, namespace: str) -> PodClaim:
    """k8srm's ``deviceClaims``: devices asked for here, a claim by name, or a claim that is the pattern for one."""
    if view.has("devices"):
        requests, constraints = requests_of(view)
        inline = Claim(
            name=f"{pod_name}-{DEVICE_CLAIMS}",
            namespace=namespace,
            dialect=Dialect.K8SRM,
            requests=requests,
            constraints=constraints,
            owner_pod=pod_name,
            place=view.place(),
        )
        return PodClaim(DEVICE_CLAIMS, inline=inline, place=view.place())
    template = view.view("template")
    return PodClaim(
        DEVICE_CLAIMS,
        claim_name=view.optional_text("claimName"),
        template_name=template.optional_text("claimName") if template else None,
        place=view.place(),
    )


def _container(view: View, *, is_init: bool) -> Container:
    resources = view.section("resources")
    check_resources(resources)
    claims = [
        ContainerClaim(
            each.text("name"), each.optional_text("request") or each.optional_text("requestName"), each.place()
        )
        for each in resources.views("claims")
    ]
    claims += [ContainerClaim(DEVICE_CLAIMS, each.text("name") or None, each.place()) for each in view.views("devices")]
    return Container(
        name=view.text("name"),
        claims=tuple(claims),
        limits=resources.amounts("limits"),
        requests=resources.amounts("requests"),
        # A container that is restarted always runs beside the pod's others, init container or not.
        is_init=is_init and view.value.get("restartPolicy") != "Always",
        place=view.place(),
    )
