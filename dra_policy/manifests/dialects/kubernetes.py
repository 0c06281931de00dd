"""Claims, templates and classes of the released ``resource.k8s.io`` versions: v1alpha3, v1beta1, v1beta2, v1."""

from __future__ import annotations

from dra_policy.manifests.dialects.configuration_limits import check_configurations
from dra_policy.manifests.dialects.limits import (
    check_alternatives,
    check_claim_devices,
    check_class,
    check_constraint,
    check_demand,
    check_selectors,
)
from dra_policy.manifests.dialects.metadata import (
    consumers,
    node_selector,
    object_name,
    object_namespace,
    own_annotations,
    owner_pod,
)
from dra_policy.manifests.dialects.versions import exact_view
from dra_policy.manifests.view import View
from dra_policy.model import (
    AllocatedDevice,
    Allocation,
    AllocationMode,
    Claim,
    ClaimTemplate,
    Configuration,
    Constraint,
    Demand,
    DeviceClass,
    DeviceId,
    DistinctAttribute,
    MatchAttribute,
    Request,
    Selector,
    Toleration,
    UnknownConstraint,
)


def device_class(view: View) -> DeviceClass:
    """A DeviceClass."""
    spec = view.section("spec")
    check_class(spec)
    return DeviceClass(
        name=object_name(view),
        dialect=view.context.dialect,
        selectors=selectors(spec),
        configurations=configurations(spec),
        extended_resource_name=spec.optional_text("extendedResourceName"),
        labels=view.section("metadata").text_map("labels"),
        creation_timestamp=view.section("metadata").optional_text("creationTimestamp"),
        place=view.place(),
    )


def claim(view: View) -> Claim:
    """A ResourceClaim with its status."""
    status = view.section("status")
    metadata = view.section("metadata")
    owner, owner_uid = owner_pod(view)
    devices = view.section("spec").section("devices")
    return Claim(
        name=object_name(view),
        namespace=object_namespace(view),
        dialect=view.context.dialect,
        requests=requests(devices),
        constraints=constraints(devices),
        configurations=configurations(devices),
        allocation=_allocation(status),
        reserved_for=consumers(status),
        owner_pod=owner,
        owner_uid=owner_uid,
        creation_timestamp=metadata.optional_text("creationTimestamp"),
        deletion_timestamp=metadata.optional_text("deletionTimestamp"),
        annotations=own_annotations(view),
        place=view.place(),
        labels=metadata.text_map("labels"),
    )


def template(view: View) -> ClaimTemplate:
    """A ResourceClaimTemplate."""
    name, namespace = object_name(view), object_namespace(view)
    devices = view.section("spec").section("spec").section("devices")
    pattern = Claim(
        name=name,
        namespace=namespace,
        dialect=view.context.dialect,
        requests=requests(devices),
        constraints=constraints(devices),
        configurations=configurations(devices),
        place=view.place(),
        labels=view.section("spec").section("metadata").text_map("labels"),
    )
    return ClaimTemplate(name, namespace, pattern, view.place())


def requests(devices: View) -> tuple[Request, ...]:
    """The requests of a claim; what the API server would refuse is reported."""
    check_claim_devices(devices)
    return tuple(_request(each) for each in devices.views("requests"))


def constraints(devices: View) -> tuple[Constraint, ...]:
    """The constraints of a claim."""
    return tuple(_constraint(each) for each in devices.views("constraints"))


def selectors(view: View) -> tuple[Selector, ...]:
    """The CEL selectors of a class or a request; one without CEL has an empty expression, which is an error later."""
    check_selectors(view)
    return tuple(_selector(each) for each in view.views("selectors"))


def _selector(view: View) -> Selector:
    cel = view.section("cel")
    return Selector(cel.text("expression"), view.context.dialect, cel.place("expression"))


def configurations(view: View) -> tuple[Configuration, ...]:
    """The opaque configurations of a class or a claim."""
    check_configurations(view)
    return tuple(
        Configuration(
            opaque.text("driver"),
            opaque.value.get("parameters"),
            each.texts("requests") if each.has("requests") else (),
        )
        for each in view.views("config")
        if (opaque := each.section("opaque"))
    )


def _request(view: View) -> Request:
    name = view.required_text("name", "a request")
    # An empty list is an absent one where the request says something else.
    if view.has("firstAvailable") and (view.value["firstAvailable"] or not view.has("exactly")):
        check_alternatives(view)
        demands = tuple(
            _demand(each, f"{name}/{each.text('name')}", each.text("name")) for each in view.views("firstAvailable")
        )
        return Request(name, demands, prioritized=True, place=view.place())
    return Request(name, (_demand(exact_view(view, name), name),), place=view.place())


def _demand(view: View, owner: str, name: str = "") -> Demand:
    check_demand(view, owner)
    mode = _allocation_mode(view)
    # pkg/apis/resource/v1/defaults.go: no mode is ExactCount, and ExactCount without a count is one device.
    count = view.integer("count", 0)
    if view.context.defaults and mode is AllocationMode.EXACT_COUNT and count == 0:
        count = 1
    return Demand(
        device_class_name=view.text("deviceClassName"),
        selectors=selectors(view),
        allocation_mode=mode,
        count=count,
        # An alternative has no such field (DeviceSubRequest).
        admin_access=None if name else view.boolean("adminAccess"),
        tolerations=tolerations(view),
        capacity_requests=view.section("capacity").quantities("requests"),
        name=name,
        derived_attributes=tuple(
            (each.text("name"), each.text("expression")) for each in view.views("derivedAttributes")
        ),
        place=view.place(),
    )


def _allocation_mode(view: View) -> AllocationMode | str:
    written = view.text("allocationMode")
    match written:
        case "ExactCount":
            return AllocationMode.EXACT_COUNT
        case "All":
            return AllocationMode.ALL
        case "" if view.context.defaults:
            return AllocationMode.EXACT_COUNT
        case _:
            return written


def tolerations(view: View) -> tuple[Toleration, ...]:
    """The tolerations of a request or of an allocated device; the operator defaults to Equal."""
    return tuple(
        Toleration(
            key=each.text("key"),
            operator=each.text("operator") or ("Equal" if view.context.defaults else ""),
            value=each.text("value"),
            effect=each.text("effect"),
            toleration_seconds=each.optional_integer("tolerationSeconds"),
        )
        for each in view.views("tolerations")
    )


def _constraint(view: View) -> Constraint:
    check_constraint(view)
    requests = view.texts("requests")
    if view.has("matchAttribute"):
        return MatchAttribute(view.text("matchAttribute"), requests, view.place("matchAttribute"))
    if view.has("distinctAttribute"):
        return DistinctAttribute(view.text("distinctAttribute"), requests, view.place("distinctAttribute"))
    return UnknownConstraint(view.place())


def _allocation(status: View) -> Allocation | None:
    allocation = status.view("allocation")
    if allocation is None:
        return None
    results = allocation.section("devices").views("results")
    return Allocation(tuple(_allocated(each) for each in results), node_selector(allocation, "nodeSelector"))


def _allocated(view: View) -> AllocatedDevice:
    return AllocatedDevice(
        request=view.text("request"),
        device=DeviceId(view.text("driver"), view.text("pool"), view.text("device")),
        admin_access=bool(view.boolean("adminAccess")),
        share_id=view.optional_text("shareID"),
        consumed_capacity=view.quantities("consumedCapacity"),
        tolerations=tolerations(view),
        binding_conditions=view.texts("bindingConditions"),
        binding_failure_conditions=view.texts("bindingFailureConditions"),
        skip_node_operations=view.texts("skipNodeOperations"),
    )
