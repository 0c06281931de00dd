"""Model objects as documents of their dialect: as they were written where they come from a manifest, else made anew."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dra_policy.manifests.devices import EVOLUTION_COUNTERS, K8SRM_COUNTERS
from dra_policy.manifests.document import original_document
from dra_policy.manifests.writing.claims import claim_spec, class_fields
from dra_policy.manifests.writing.devices import (
    JsonObject,
    counter_set_document,
    node_selector_document,
    present,
)
from dra_policy.manifests.writing.status import allocation_status
from dra_policy.model import (
    Allocation,
    Claim,
    ClaimTemplate,
    Consumer,
    DeviceClass,
    Dialect,
    Node,
    ResourceSlice,
)
from dra_policy.values import JsonValue

_API_VERSIONS = {
    Dialect.EVOLUTION: "resource.k8s.io/v1alpha3",
    Dialect.K8SRM: "devmgmtproto.k8s.io/v1alpha1",
}


def api_version(dialect: Dialect) -> str:
    """The ``apiVersion`` of a dialect's objects."""
    return _API_VERSIONS.get(dialect, f"resource.k8s.io/{dialect.value}")


def _head(dialect: Dialect, kind: str, metadata: JsonObject) -> JsonObject:
    return {"apiVersion": api_version(dialect), "kind": kind, "metadata": present(metadata)}


def claim_document(claim: Claim) -> JsonObject:
    """The claim as an object of its own dialect.

    A claim that was read is given as it was written, unknown fields included; one made from a template has the
    template's spec, labels and annotations.
    """
    kind = "DeviceClaim" if claim.dialect is Dialect.K8SRM else "ResourceClaim"
    written = original_document(claim.place) or {}
    if written.get("kind") == "ResourceClaimTemplate":
        return _from_template(claim, written)
    if written.get("kind") == kind:
        return _named(written, claim)
    document = _head(claim.dialect, kind, _claim_metadata(claim))
    document["spec"] = claim_spec(claim)
    return document


def _claim_metadata(claim: Claim) -> JsonObject:
    owners: list[JsonValue] = []
    if claim.owner_pod:
        owner: JsonObject = {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": claim.owner_pod,
            "uid": claim.owner_uid,
            "controller": True,
        }
        owners = [present(owner)]
    return {
        "name": claim.name,
        "namespace": claim.namespace,
        "labels": dict(claim.labels),
        "creationTimestamp": claim.creation_timestamp,
        "annotations": dict(claim.annotations),
        "ownerReferences": owners,
    }


def _from_template(claim: Claim, template: JsonObject) -> JsonObject:
    inner = template.get("spec")
    pattern: JsonObject = inner if isinstance(inner, dict) else {}
    given = pattern.get("metadata")
    metadata = present(_claim_metadata(claim)) | (given if isinstance(given, dict) else {})
    written = metadata.get("annotations")
    if claim.annotations and isinstance(written, dict):
        metadata["annotations"] = written | dict(claim.annotations)
    return {
        "apiVersion": template["apiVersion"],
        "kind": "ResourceClaim",
        "metadata": metadata,
        "spec": pattern.get("spec"),
    }


def _named(written: JsonObject, claim: Claim) -> JsonObject:
    """The written claim; under the claim's own name where it was the pattern for another one (k8srm)."""
    metadata = written.get("metadata")
    if isinstance(metadata, dict) and metadata.get("name") == claim.name:
        return written
    copy = {name: value for name, value in written.items() if name != "status"}
    return copy | {"metadata": present(_claim_metadata(claim))}


def allocated_document(
    claim: Claim,
    allocation: Allocation,
    reserved_for: Sequence[Consumer] = (),
    config: Sequence[JsonObject] = (),
) -> JsonObject:
    """The claim's document with what was allocated in its ``status``; other fields of the status stay.

    So does an allocation that the claim had, with what is not kept of it (configuration, time).
    """
    document = claim_document(claim)
    written = document.get("status")
    kept = written if isinstance(written, dict) else {}
    had = {"allocation": kept["allocation"]} if claim.allocation is not None and kept.get("allocation") else {}
    document["status"] = kept | allocation_status(claim, allocation, reserved_for, config) | had
    return document


def class_document(device_class: DeviceClass) -> JsonObject:
    """The class as an object of its own dialect."""
    written = original_document(device_class.place)
    if written is not None and written.get("kind") == "DeviceClass":
        return written
    metadata: JsonObject = {"name": device_class.name, "labels": dict(device_class.labels)}
    return _head(device_class.dialect, "DeviceClass", metadata) | class_fields(device_class)


def template_document(template: ClaimTemplate) -> JsonObject:
    """The template as an object of its own dialect."""
    written = original_document(template.place)
    if written is not None and written.get("kind") == "ResourceClaimTemplate":
        return written
    metadata: JsonObject = {"name": template.name, "namespace": template.namespace}
    document = _head(template.claim.dialect, "ResourceClaimTemplate", metadata)
    document["spec"] = {"spec": claim_spec(template.claim)}
    return document


def slice_document(published: ResourceSlice) -> JsonObject:
    """The slice (ResourceSlice, ResourcePool, DevicePool) with its devices."""
    written = original_document(published.place)
    if written is not None and written.get("kind") in ("ResourceSlice", "ResourcePool", "DevicePool"):
        return written
    devices: JsonValue = json.loads(published.devices.text)
    metadata: JsonObject = {"name": published.name, "creationTimestamp": published.creation_timestamp}
    match published.dialect:
        case Dialect.EVOLUTION:
            return _pool(published, "ResourcePool", metadata, devices)
        case Dialect.K8SRM:
            return _pool(published, "DevicePool", metadata, devices)
        case _:
            document = _head(published.dialect, "ResourceSlice", metadata)
            document["spec"] = _slice_spec(published) | {"devices": devices}
            return document


def _slice_spec(published: ResourceSlice) -> JsonObject:
    pool: JsonObject = {
        "name": published.pool,
        "generation": published.generation,
        "resourceSliceCount": published.resource_slice_count,
    }
    selector = published.node_selector
    where: JsonObject = {
        "nodeName": published.node_name,
        "nodeSelector": node_selector_document(selector) if selector else None,
        "allNodes": published.all_nodes,
        "perDeviceNodeSelection": published.per_device_node_selection,
        "sharedCounters": [counter_set_document(each) for each in published.shared_counters],
        "skipNodeOperations": list(published.skip_node_operations),
    }
    spec: JsonObject = {"driver": published.driver, "pool": pool}
    return spec | present(where)


def _pool(published: ResourceSlice, kind: str, metadata: JsonObject, devices: JsonValue) -> JsonObject:
    is_evolution = published.dialect is Dialect.EVOLUTION
    shared: list[JsonValue] = [
        {"name": name, "capacity": str(amount)} for each in published.shared_counters for name, amount in each.counters
    ]
    document = _head(published.dialect, kind, metadata)
    document["spec"] = present(
        {
            "driverName" if is_evolution else "driver": published.driver,
            "nodeName": published.node_name,
            EVOLUTION_COUNTERS if is_evolution else K8SRM_COUNTERS: shared,
            "devices": devices,
        }
    )
    return document


def node_document(node: Node) -> JsonObject:
    """The node with its labels."""
    written = original_document(node.place)
    head: JsonObject = {"apiVersion": "v1", "kind": "Node"}
    if written is not None:
        return head | written
    labels: JsonObject = dict(node.labels)
    return head | {"metadata": present({"name": node.name, "labels": labels})}
