"""ResourceSlices and device taint rules of the released ``resource.k8s.io`` versions."""

from __future__ import annotations

from dra_policy.manifests.devices import published
from dra_policy.manifests.dialects.kubernetes import selectors
from dra_policy.manifests.dialects.limits import check_device_selector, check_taint
from dra_policy.manifests.dialects.metadata import node_selector, object_name
from dra_policy.manifests.view import View
from dra_policy.model import CounterSet, DeviceTaintRule, ResourceSlice, Taint


def resource_slice(view: View, devices: bytes) -> ResourceSlice:
    """A ResourceSlice; ``devices`` is the JSON text of ``spec.devices``."""
    spec = view.section("spec")
    pool = spec.section("pool")
    counters = spec.views("sharedCounters") if spec.has("sharedCounters") else []
    return ResourceSlice(
        name=object_name(view),
        driver=spec.text("driver"),
        pool=pool.text("name"),
        generation=pool.integer("generation"),
        resource_slice_count=pool.integer("resourceSliceCount"),
        devices=published(devices, view.context.dialect),
        dialect=view.context.dialect,
        # Until v1beta1 an empty name and a false stood for an absent field.
        node_name=spec.optional_text("nodeName") or None,
        all_nodes=spec.boolean("allNodes"),
        node_selector=node_selector(spec, "nodeSelector") if "nodeSelector" in spec.value else None,
        per_device_node_selection=spec.boolean("perDeviceNodeSelection"),
        shared_counters=tuple(
            CounterSet(each.text("name"), tuple(each.quantities("counters").items())) for each in counters
        ),
        skip_node_operations=spec.texts("skipNodeOperations") if "skipNodeOperations" in spec.value else (),
        creation_timestamp=view.section("metadata").optional_text("creationTimestamp"),
        place=view.place(),
    )


def taint_rule(view: View) -> DeviceTaintRule:
    """A DeviceTaintRule."""
    name = object_name(view)
    spec = view.section("spec")
    selector, taint = spec.section("deviceSelector"), spec.section("taint")
    if view.context.defaults:
        check_taint(taint)
        check_device_selector(selector)
    return DeviceTaintRule(
        name=name,
        taint=Taint(taint.text("key"), taint.text("value"), taint.text("effect"), f"devicetaintrule/{name}"),
        driver=selector.optional_text("driver"),
        pool=selector.optional_text("pool"),
        device=selector.optional_text("device"),
        has_selector=spec.has("deviceSelector"),
        place=view.place(),
        device_class_name=selector.optional_text("deviceClassName"),
        selectors=selectors(selector) if selector.has("selectors") else (),
    )
