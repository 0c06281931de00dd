"""Which objects are read, in which dialect, and how: by apiVersion, kind and shape."""

from __future__ import annotations

from functools import lru_cache

from dra_policy.manifests.dialects import core, evolution, k8srm, kubernetes, pods, slices
from dra_policy.manifests.view import View
from dra_policy.model import (
    Claim,
    ClaimTemplate,
    DeviceClass,
    DeviceTaintRule,
    Dialect,
    Namespace,
    Node,
    Pod,
    PodGroup,
    Quota,
    ResourceQuota,
    ResourceSlice,
)
from dra_policy.text import nearest
from dra_policy.text.nearest import edit_distance
from dra_policy.values import JsonValue

ModelObject = (
    Node
    | Namespace
    | DeviceClass
    | ResourceSlice
    | Claim
    | ClaimTemplate
    | Pod
    | PodGroup
    | DeviceTaintRule
    | Quota
    | ResourceQuota
)
Object = dict[str, JsonValue]

_KUBERNETES = frozenset(("DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice", "DeviceTaintRule"))
# DevicePool is what some files of the prototype call a ResourcePool.
_EVOLUTION = frozenset(
    ("DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourcePool", "DevicePool", "Quota", "Pod")
)
_K8SRM = frozenset(("DeviceClass", "DeviceClaim", "DevicePool"))
_CORE = frozenset(("Node", "Namespace", "ResourceQuota", "Pod", "ReplicationController", "PodTemplate"))
_WORKLOADS = {
    "apps": frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")),
    "batch": frozenset(("Job", "CronJob")),
}
_VERSIONS = {each.value: each for each in (Dialect.V1ALPHA3, Dialect.V1BETA1, Dialect.V1BETA2, Dialect.V1)}
SLICE_KINDS = frozenset(("ResourceSlice", "ResourcePool", "DevicePool"))
# Kinds whose fields are known to the last (the workloads' are not).
_CHECKED = _KUBERNETES | _EVOLUTION | _K8SRM | {"Node", "Namespace", "ResourceQuota"}


@lru_cache(maxsize=256)
def is_interesting(api_version: str, kind: str) -> bool:
    """Whether objects of this kind are read at all."""
    group, _, version = api_version.rpartition("/")
    match group:
        case "":
            return kind in _CORE
        case "resource.k8s.io":
            return (version in _VERSIONS or version == "v1alpha2") and kind in _KUBERNETES | _EVOLUTION
        case "devmgmtproto.k8s.io":
            return kind in _K8SRM
        case _:
            return kind in _WORKLOADS.get(group, ())


def near_kind(api_version: str, kind: str) -> str | None:
    """The kind of a device API that an unknown one was probably meant to be: two letters away at most."""
    group = api_version.rpartition("/")[0]
    kinds = {"resource.k8s.io": _KUBERNETES | _EVOLUTION, "devmgmtproto.k8s.io": _K8SRM}.get(group)
    near = nearest(kind, sorted(kinds)) if kinds and kind not in kinds else None
    return near if near and edit_distance(kind, near) <= 2 else None


def near_version(api_version: str, kind: str) -> str | None:
    """The newest version of the released device API, for a kind of it in a version that is not read."""
    group, _, version = api_version.rpartition("/")
    is_unread = group == "resource.k8s.io" and kind in _KUBERNETES and version not in (*_VERSIONS, "v1alpha2")
    return "resource.k8s.io/v1" if is_unread else None


def dialect_of(value: Object, api_version: str, kind: str, override: Dialect | None) -> Dialect:
    """The dialect of an object that is interesting; ``override`` stands for objects of the two device APIs."""
    group, _, version = api_version.rpartition("/")
    if group == "devmgmtproto.k8s.io":
        return override or Dialect.K8SRM
    if group != "resource.k8s.io":
        return Dialect.V1
    if override is not None:
        return override
    if version == "v1alpha2" or kind not in _KUBERNETES:
        return Dialect.EVOLUTION
    if version == "v1alpha3" and kind in _EVOLUTION and _has_prototype_shape(value):
        return Dialect.EVOLUTION
    return _VERSIONS[version]


def _has_prototype_shape(value: Object) -> bool:
    """Whether requirements, requests or constraints stand where only the prototype has them."""
    if value.get("kind") == "DeviceTaintRule":
        return False  # Kubernetes' own kind, which has a deviceSelector there
    spec = value.get("spec")
    inner = spec.get("spec") if isinstance(spec, dict) else None
    return any(
        isinstance(each, dict) and not names.isdisjoint(each)
        for each, names in (
            (value, {"requirements", "config"}),
            (spec, {"requests", "constraints", "shareable", "requirements", "deviceSelector", "matchAttribute"}),
            (inner, {"requests", "constraints", "shareable"}),
        )
    )


def is_checked(kind: str) -> bool:
    """Whether the kind's fields are all known, so that another one is worth a warning."""
    return kind in _CHECKED or kind == "Pod"


def read_object(view: View, kind: str, devices: bytes) -> ModelObject | None:
    """The model's object; None for a kind that the view's dialect does not have."""
    if kind in ("Node", "Namespace", "ResourceQuota", "Pod") or kind in pods.TEMPLATES:
        return _read_core(view, kind)
    match view.context.dialect:
        case Dialect.EVOLUTION:
            return _read_evolution(view, kind, devices)
        case Dialect.K8SRM:
            return _read_k8srm(view, kind, devices)
        case _:
            return _read_kubernetes(view, kind, devices)


def _read_core(view: View, kind: str) -> ModelObject:
    match kind:
        case "Node":
            return core.node(view)
        case "Namespace":
            return core.namespace(view)
        case "ResourceQuota":
            return core.resource_quota(view)
        case "Pod":
            return pods.pod(view)
        case _:
            return pods.workload(view, kind)


def _read_kubernetes(view: View, kind: str, devices: bytes) -> ModelObject | None:
    match kind:
        case "DeviceClass":
            return kubernetes.device_class(view)
        case "ResourceClaim":
            return kubernetes.claim(view)
        case "ResourceClaimTemplate":
            return kubernetes.template(view)
        case "ResourceSlice":
            return slices.resource_slice(view, devices)
        case "DeviceTaintRule":
            return slices.taint_rule(view)
        case _:
            return None


def _read_evolution(view: View, kind: str, devices: bytes) -> ModelObject | None:
    match kind:
        case "DeviceClass":
            return evolution.device_class(view)
        case "ResourceClaim":
            return evolution.claim(view)
        case "ResourceClaimTemplate":
            return evolution.template(view)
        case "ResourcePool" | "DevicePool":
            return evolution.resource_pool(view, devices)
        case "Quota":
            return evolution.quota(view)
        case _:
            return None


def _read_k8srm(view: View, kind: str, devices: bytes) -> ModelObject | None:
    match kind:
        case "DeviceClass":
            return k8srm.device_class(view)
        case "DeviceClaim":
            return k8srm.claim(view)
        case "DevicePool":
            return k8srm.device_pool(view, devices)
        case _:
            return None
