"""core/v1 objects that decide about devices: nodes, namespaces, resource quotas."""

from __future__ import annotations

from dra_policy.manifests.dialects.metadata import object_name, object_namespace
from dra_policy.manifests.view import View
from dra_policy.model import Namespace, Node, ResourceQuota


def node(view: View) -> Node:
    """A Node with its labels and what it offers."""
    name, labels = object_name(view), view.section("metadata").text_map("labels")
    status = view.view("status")
    if status is None:
        return Node(name, labels, place=view.place())
    return Node(name, labels, status.amounts("allocatable"), status.texts("declaredFeatures"), view.place())


def namespace(view: View) -> Namespace:
    """A Namespace with its labels."""
    return Namespace(object_name(view), view.section("metadata").text_map("labels"), view.place())


def resource_quota(view: View) -> ResourceQuota:
    """A ResourceQuota; all its limits, whatever they are about."""
    return ResourceQuota(object_name(view), object_namespace(view), view.section("spec").amounts("hard"), view.place())
