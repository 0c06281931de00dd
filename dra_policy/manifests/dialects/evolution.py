"""dra-evolution: ``resource.k8s.io/v1alpha2`` and ``v1alpha3`` as the prototype's files use them.

Source: kubernetes-sigs/wg-device-management, dra-evolution/pkg/api.
"""

from __future__ import annotations

from dra_policy.manifests.devices import EVOLUTION_COUNTERS, published
from dra_policy.manifests.dialects.limits import check_constraint
from dra_policy.manifests.dialects.metadata import consumers, object_name, object_namespace, owner_pod
from dra_policy.manifests.dialects.shared_amounts import shared_amounts
from dra_policy.manifests.view import View
from dra_policy.model import (
    AdminAccessRule,
    AllocatedDevice,
    Allocation,
    Claim,
    ClaimTemplate,
    ClassRule,
    ClosedAdminAccess,
    Configuration,
    Constraint,
    Demand,
    DeviceClass,
    DeviceId,
    ExpressionRule,
    MatchAttribute,
    Quota,
    QuotaRule,
    Request,
    ResourceSlice,
    Selector,
    UnknownConstraint,
)


def device_class(view: View) -> DeviceClass:
    """A DeviceClass: requirements and configuration stand beside the metadata, without a spec."""
    return DeviceClass(
        name=object_name(view),
        dialect=view.context.dialect,
        selectors=_selectors(view),
        configurations=_configurations(view),
        labels=view.section("metadata").text_map("labels"),
        place=view.place(),
    )


def _selectors(view: View) -> tuple[Selector, ...]:
    return tuple(
        Selector(each.text("deviceSelector"), view.context.dialect, each.place("deviceSelector"))
        for each in view.views("requirements")
    )


def _configurations(view: View) -> tuple[Configuration, ...]:
    opaques = (each.section("opaque") for each in view.views("config"))
    return tuple(Configuration(each.text("driverName"), each.value.get("parameters")) for each in opaques)


def claim(view: View) -> Claim:
    """A ResourceClaim with its status."""
    spec, status, metadata = view.section("spec"), view.section("status"), view.section("metadata")
    owner, owner_uid = owner_pod(view)
    return Claim(
        name=object_name(view),
        namespace=object_namespace(view),
        dialect=view.context.dialect,
        requests=_requests(spec),
        constraints=_constraints(spec),
        configurations=_configurations(spec),
        allocation=_allocation(status),
        reserved_for=consumers(status),
        owner_pod=owner,
        owner_uid=owner_uid,
        shareable=spec.boolean("shareable"),
        creation_timestamp=metadata.optional_text("creationTimestamp"),
        deletion_timestamp=metadata.optional_text("deletionTimestamp"),
        place=view.place(),
        labels=metadata.text_map("labels"),
    )


def template(view: View) -> ClaimTemplate:
    """A ResourceClaimTemplate."""
    name, namespace = object_name(view), object_namespace(view)
    spec = view.section("spec").section("spec")
    pattern = Claim(
        name=name,
        namespace=namespace,
        dialect=view.context.dialect,
        requests=_requests(spec),
        constraints=_constraints(spec),
        configurations=_configurations(spec),
        shareable=spec.boolean("shareable"),
        place=view.place(),
        labels=view.section("spec").section("metadata").text_map("labels"),
    )
    return ClaimTemplate(name, namespace, pattern, view.place())


def _requests(spec: View) -> tuple[Request, ...]:
    # The prototype's files leave request names out; results and explanations need one.
    return tuple(_request(each, f"request-{index}") for index, each in enumerate(spec.views("requests")))


def _request(view: View, unnamed: str) -> Request:
    demand = Demand(
        device_class_name=view.text("deviceClassName"),
        selectors=_selectors(view),
        admin_access=view.boolean("adminAccess"),
        configurations=_configurations(view),
        place=view.place(),
    )
    return Request(view.text("name") or unnamed, (demand,), place=view.place())


def _constraints(spec: View) -> tuple[Constraint, ...]:
    return tuple(_constraint(each) for each in spec.views("constraints"))


def _constraint(view: View) -> Constraint:
    check_constraint(view)
    if view.has("matchAttribute"):
        return MatchAttribute(view.text("matchAttribute"), (), view.place("matchAttribute"))
    return UnknownConstraint(view.place())


def _allocation(status: View) -> Allocation | None:
    """What was allocated: a device is named by driver, node and device; the pool is not recorded."""
    allocation = status.view("allocation")
    if allocation is None:
        return None
    devices = [
        AllocatedDevice(
            request=result.text("requestName"),
            device=DeviceId(driver.text("driverName"), "", result.text("deviceName")),
        )
        for driver in allocation.views("driverData")
        for result in driver.section("data").views("results")
    ]
    return Allocation(
        tuple(devices),
        node_name=allocation.optional_text("nodeName") or None,
        shareable=allocation.boolean("shareable"),
    )


def resource_pool(view: View, devices: bytes) -> ResourceSlice:
    """A ResourcePool (some files call it DevicePool): one slice, the only one of its pool."""
    name = object_name(view)
    spec = view.section("spec")
    return ResourceSlice(
        name=name,
        driver=spec.required_text("driverName", "the pool"),
        pool=name,
        generation=0,
        resource_slice_count=1,
        devices=published(devices, view.context.dialect),
        dialect=view.context.dialect,
        node_name=spec.optional_text("nodeName") or None,
        all_nodes=None if spec.has("nodeName") else True,
        shared_counters=shared_amounts(spec, EVOLUTION_COUNTERS, devices),
        creation_timestamp=view.section("metadata").optional_text("creationTimestamp"),
        place=view.place(),
    )


def quota(view: View) -> Quota:
    """A Quota, with the denied classes and the CEL rule that its types plan (wg-device-management, quota_types.go).

    The plan names no variables of ``deviceLimits``; they are those of policies, ``held`` and ``asked``. The planned
    list of allowed classes concerns privileged classes only, and no class can be marked as one yet.
    """
    spec = view.section("spec")
    denied = spec.texts("deviceClassDenyList")
    rules: list[QuotaRule] = []
    if spec.has("allowManagementAccess"):
        place = spec.place("allowManagementAccess")
        allowed = spec.boolean("allowManagementAccess")
        rules.append(AdminAccessRule(allowed=True, place=place) if allowed else ClosedAdminAccess(place))
    if denied:
        rules.append(ClassRule(allowed=False, classes=denied, place=spec.place("deviceClassDenyList")))
    if spec.has("deviceLimits"):
        place = spec.place("deviceLimits")
        selector = Selector(spec.text("deviceLimits"), view.context.dialect, place)
        rules.append(ExpressionRule(selector, place=place))
    return Quota(object_name(view), object_namespace(view), view.place(), tuple(rules))
