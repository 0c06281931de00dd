"""Model objects as documents of their dialect."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.model import Allocation, Claim, ClaimTemplate, Consumer, DeviceClass, Node, Pod, ResourceSlice
from dra_policy.values import JsonValue

JsonObject = dict[str, JsonValue]


def claim_document(claim: Claim) -> JsonObject:
    """The claim as an object of its own dialect: as it was written where it came from a manifest, else made anew."""
    raise NotImplementedError


def class_document(device_class: DeviceClass) -> JsonObject:
    """The class as an object of its own dialect."""
    raise NotImplementedError


def template_document(template: ClaimTemplate) -> JsonObject:
    """The template as an object of its own dialect."""
    raise NotImplementedError


def slice_document(published: ResourceSlice) -> JsonObject:
    """The slice (ResourceSlice, ResourcePool, DevicePool) with its devices."""
    raise NotImplementedError


def node_document(node: Node) -> JsonObject:
    """The node with its labels."""
    raise NotImplementedError


def pod_document(pod: Pod) -> JsonObject:
    """The pod as it was written, or a small one that uses its claims."""
    raise NotImplementedError


def allocation_status(claim: Claim, allocation: Allocation, reserved_for: Sequence[Consumer] = ()) -> JsonObject:
    """The ``status`` of a claim with this allocation, in the claim's own dialect."""
    raise NotImplementedError


def allocated_document(claim: Claim, allocation: Allocation, reserved_for: Sequence[Consumer] = ()) -> JsonObject:
    """The claim's document with only its ``status`` replaced."""
    raise NotImplementedError
