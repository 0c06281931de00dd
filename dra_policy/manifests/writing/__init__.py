"""The model as manifests: YAML and JSON text, objects with their status, in their own dialect."""

from dra_policy.manifests.writing.devices import JsonObject, device_document, published_devices
from dra_policy.manifests.writing.objects import (
    allocated_document,
    claim_document,
    class_document,
    node_document,
    slice_document,
    template_document,
)
from dra_policy.manifests.writing.pods import pod_document, scheduled_pod_document
from dra_policy.manifests.writing.status import allocation_status, result_document
from dra_policy.manifests.writing.texts import to_json, to_yaml

__all__ = [
    "JsonObject",
    "allocated_document",
    "allocation_status",
    "claim_document",
    "class_document",
    "device_document",
    "node_document",
    "pod_document",
    "published_devices",
    "result_document",
    "scheduled_pod_document",
    "slice_document",
    "template_document",
    "to_json",
    "to_yaml",
]
