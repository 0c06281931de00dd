"""k8srm-prototype: ``devmgmtproto.k8s.io/v1alpha1``, as its Go types say and as its sample files use it.

Source: kubernetes-sigs/wg-device-management, k8srm-prototype/pkg/api and testdata. The samples put a class's driver and
constraints directly under spec, a claim's single class directly into a device, counts into ``devices``, and write
shared resources as mappings; all of it is read.
"""

from __future__ import annotations

import json

from dra_policy.manifests.devices import K8SRM_COUNTERS, published
from dra_policy.manifests.dialects.metadata import object_name, object_namespace
from dra_policy.manifests.dialects.shared_amounts import shared_amounts
from dra_policy.manifests.view import View
from dra_policy.model import (
    AllocatedDevice,
    Allocation,
    Claim,
    Configuration,
    Constraint,
    Consumer,
    Demand,
    DeviceClass,
    DeviceId,
    DistinctAttribute,
    MatchAttribute,
    Request,
    ResourceSlice,
    Selector,
)
from dra_policy.values import JsonValue


def device_class(view: View) -> DeviceClass:
    """A DeviceClass: devices of one driver, or of all classes with certain labels."""
    spec = view.section("spec")
    definition = spec.view("definition") or spec
    selector = spec.view("selector")
    return DeviceClass(
        name=object_name(view),
        dialect=view.context.dialect,
        selectors=_selectors(definition),
        configurations=_configurations(definition),
        labels=view.section("metadata").text_map("labels"),
        driver=definition.optional_text("driver"),
        member_labels=selector.text_map("matchLabels") if selector else None,
        place=view.place(),
    )


def _selectors(view: View) -> tuple[Selector, ...]:
    expression = view.optional_text("constraints")
    if expression is None:
        return ()
    return (Selector(expression, view.context.dialect, view.place("constraints")),)


def _configurations(view: View) -> tuple[Configuration, ...]:
    """References to configuration objects; the prototype names no driver with them."""
    return tuple(Configuration("", each.value) for name in ("configs", "config") for each in view.views(name))


def claim(view: View) -> Claim:
    """A DeviceClaim; a pod uses it by name, or as the pattern for a claim of its own."""
    spec = view.section("spec")
    requests, constraints = requests_of(spec)
    return Claim(
        name=object_name(view),
        namespace=object_namespace(view),
        dialect=view.context.dialect,
        requests=requests,
        constraints=constraints,
        allocation=_allocation(view.section("status")),
        reserved_for=tuple(Consumer("pods", name) for name in view.section("status").texts("podNames")),
        shareable=True,
        creation_timestamp=view.section("metadata").optional_text("creationTimestamp"),
        deletion_timestamp=view.section("metadata").optional_text("deletionTimestamp"),
        place=view.place(),
        labels=view.section("metadata").text_map("labels"),
    )


def requests_of(spec: View) -> tuple[tuple[Request, ...], tuple[Constraint, ...]]:
    """The requests of a claim (or of a pod's own ``devices``), and the constraints over and inside them.

    An entry with several members of ``allOf``, or with ``allOf`` and ``oneOf``, becomes several requests, named after
    the entry and numbered.
    """
    requests: list[Request] = []
    constraints = _constraints(spec, ())
    for index, entry in enumerate(spec.views("devices")):
        made, inside = _entry(entry, entry.text("name") or f"device-{index}")
        requests += made
        constraints += inside
    return tuple(requests), tuple(constraints)


def _entry(entry: View, name: str) -> tuple[list[Request], list[Constraint]]:
    wanted, choices = entry.views("allOf"), entry.views("oneOf")
    if not wanted and not choices:
        wanted = [entry]
    requests: list[Request] = []
    constraints: list[Constraint] = []
    for index, detail in enumerate(wanted):
        own = name if len(wanted) == 1 and not choices else f"{name}-{index}"
        requests.append(Request(own, (_demand(detail),), place=detail.place()))
        constraints += _constraints(detail, (own,))
    if choices:
        own = f"{name}-{len(wanted)}" if wanted else name
        demands = tuple(_demand(detail, f"choice-{index}") for index, detail in enumerate(choices))
        requests.append(Request(own, demands, prioritized=True, place=entry.place("oneOf")))
        for index, detail in enumerate(choices):
            constraints += _constraints(detail, (f"{own}/choice-{index}",))
    return requests, constraints


def _constraints(view: View, requests: tuple[str, ...]) -> list[Constraint]:
    same = [
        MatchAttribute(name, requests, view.place("matchAttributes", index))
        for index, name in enumerate(view.texts("matchAttributes"))
    ]
    different = [
        DistinctAttribute(name, requests, view.place("distinctAttributes", index))
        for index, name in enumerate(view.texts("distinctAttributes"))
    ]
    return [*same, *different]


def _demand(view: View, name: str = "") -> Demand:
    totals = view.quantities("requests")
    # "If not set, requests.devices will default to 1."
    count = view.value.get("devices") if isinstance(view.value.get("devices"), int) else None
    wanted = totals.pop("devices", None)
    if count is None and wanted is not None:
        count = _whole(str(wanted))
    return Demand(
        device_class_name=view.text("class"),
        selectors=_selectors(view),
        count=count if isinstance(count, int) else 1,
        admin_access=view.boolean("adminAccess"),
        name=name,
        configurations=_configurations(view),
        maximum_count=view.optional_integer("maxDevices"),
        total_capacity=totals,
        allow_shared=bool(view.boolean("allowShared")),
        place=view.place(),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _allocation(status: View) -> Allocation | None:
    if not status.has("allocations"):
        return None
    return Allocation(tuple(map(_allocated, status.views("allocations"))))


def _allocated(view: View) -> AllocatedDevice:
    """A device with what is taken of it: with amounts it is a share (k8srm-prototype, DeviceAllocation)."""
    device = DeviceId("", view.text("devicePoolName"), view.text("deviceName"))
    if not view.has("allocations"):
        return AllocatedDevice("", device)
    amounts = {each.text("name"): each.quantity("allocation") for each in view.views("allocations")}
    consumed = {name: amount for name, amount in amounts.items() if amount is not None}
    return AllocatedDevice("", device, share_id="", consumed_capacity=consumed)


def device_pool(view: View, devices: bytes) -> ResourceSlice:
    """A DevicePool: one slice; the pool's attributes are those of every device that does not say otherwise."""
    name = object_name(view)
    spec = view.section("spec")
    return ResourceSlice(
        name=name,
        driver=spec.text("driver") or spec.text("driverName"),
        pool=name,
        generation=0,
        resource_slice_count=1,
        devices=published(_with_pool_attributes(devices, spec.value.get("attributes")), view.context.dialect),
        dialect=view.context.dialect,
        node_name=spec.optional_text("nodeName") or None,
        all_nodes=None if spec.has("nodeName") else True,
        shared_counters=shared_amounts(spec, K8SRM_COUNTERS, devices),
        creation_timestamp=view.section("metadata").optional_text("creationTimestamp"),
        place=view.place(),
    )


def _with_pool_attributes(devices: bytes, attributes: JsonValue) -> bytes:
    if not isinstance(attributes, list) or not attributes:
        return devices
    documents = json.loads(devices)
    for each in documents if isinstance(documents, list) else []:
        if isinstance(each, dict):
            own = each.get("attributes")
            # A later attribute of a name stands, so the device's own come last.
            each["attributes"] = [*attributes, *(own if isinstance(own, list) else [])]
    return json.dumps(documents, separators=(",", ":")).encode()
