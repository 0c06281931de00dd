"""core/v1 objects that decide about devices: nodes, namespaces, resource quotas."""

from __future__ import annotations

from dra_policy.manifests.dialects.hard_limits import check_hard_limits
from dra_policy.manifests.dialects.metadata import object_name, object_namespace
from dra_policy.manifests.view import View
from dra_policy.model import Namespace, Node, NodeTaint, PodScope, ResourceQuota


def node(view: View) -> Node:
    """A Node with its labels, what it offers, and what keeps pods off it."""
    name, labels = object_name(view), view.section("metadata").text_map("labels")
    status, spec = view.section("status"), view.section("spec")
    return Node(
        name,
        labels,
        status.amounts("allocatable"),
        status.texts("declaredFeatures"),
        view.place(),
        is_unschedulable=bool(spec.boolean("unschedulable")),
        taints=tuple(
            NodeTaint(each.text("key"), each.text("value"), each.text("effect")) for each in spec.views("taints")
        ),
    )


def namespace(view: View) -> Namespace:
    """A Namespace with its labels."""
    return Namespace(object_name(view), view.section("metadata").text_map("labels"), view.place())


def resource_quota(view: View) -> ResourceQuota:
    """A ResourceQuota; all its limits, whatever they are about."""
    spec = view.section("spec")
    if view.context.defaults:
        check_hard_limits(spec)
    selected = [
        PodScope(each.text("scopeName"), each.text("operator"), each.texts("values"))
        for each in spec.section("scopeSelector").views("matchExpressions")
    ]
    scopes = (*(PodScope(name) for name in spec.texts("scopes")), *selected)
    return ResourceQuota(object_name(view), object_namespace(view), spec.amounts("hard"), view.place(), scopes)
