"""Pods as documents: as they were written or as their workload makes them, and with what the scheduler adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.manifests.document import original_document
from dra_policy.manifests.writing.devices import JsonObject, present
from dra_policy.model import Pod
from dra_policy.values import JsonValue


def pod_document(pod: Pod) -> JsonObject:
    """The pod as it was written, or as its workload's template has it, or a small one that uses its claims.

    The image of a pod that nobody wrote is ``pause``.
    """
    written = original_document(pod.place)
    if written is not None:
        return written if pod.workload is None else _from_workload(pod, written)
    containers: list[JsonValue] = [
        present(
            {
                "name": each.name,
                "image": "pause",
                "resources": present(
                    {
                        "limits": dict(each.limits),
                        "claims": [present({"name": use.name, "request": use.request}) for use in each.claims],
                    }
                ),
            }
        )
        for each in pod.containers
    ]
    claims: list[JsonValue] = [
        present(
            {
                "name": each.name,
                "resourceClaimName": each.claim_name,
                "resourceClaimTemplateName": each.template_name,
            }
        )
        for each in pod.claims
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "spec": present({"containers": containers, "resourceClaims": claims, "nodeName": pod.node_name}),
    }


def _from_workload(pod: Pod, workload: JsonObject) -> JsonObject:
    """The pod that a workload makes of its template: with the template's labels and annotations, under its own name."""
    template: JsonValue = workload
    for step in pod.spec_place.path[:-1] if pod.spec_place is not None else ():
        template = template.get(str(step)) if isinstance(template, dict) else None
    pattern: JsonObject = template if isinstance(template, dict) else {}
    given = pattern.get("metadata")
    metadata: JsonObject = {
        name: value for name, value in (given.items() if isinstance(given, dict) else ()) if name in _INHERITED
    }
    own: JsonObject = {"name": pod.name, "namespace": pod.namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": own | metadata, "spec": pattern.get("spec")}


_INHERITED = frozenset(("labels", "annotations", "finalizers"))


def scheduled_pod_document(
    pod: Pod,
    node: str,
    claims: Mapping[str, str],
    extended_claim: str | None = None,
    mappings: Sequence[tuple[str, str, str]] = (),
) -> JsonObject:
    """The pod on its node, with the claims that were made for it in its status.

    ``claims`` are names of claims made from templates by the names of their entries (``status.resourceClaimStatuses``);
    ``extended_claim`` serves the extended resources, by ``mappings`` of container, resource and request
    (``status.extendedResourceClaimStatus``). The prototypes' pods have no such status.
    """
    document = pod_document(pod)
    spec, status = document.get("spec"), document.get("status")
    placed = document | {"spec": (spec if isinstance(spec, dict) else {}) | {"nodeName": node}}
    if not pod.dialect.is_kubernetes:
        return placed
    made: list[JsonValue] = [{"name": name, "resourceClaimName": claim} for name, claim in claims.items()]
    served: list[JsonValue] = [
        {"containerName": container, "resourceName": resource, "requestName": request}
        for container, resource, request in mappings
    ]
    extended: JsonObject = {"requestMappings": served, "resourceClaimName": extended_claim}
    added = present(
        {"resourceClaimStatuses": made, "extendedResourceClaimStatus": extended if extended_claim else None}
    )
    kept = status if isinstance(status, dict) else {}
    return placed | {"status": kept | added} if added else placed
