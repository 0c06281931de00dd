"""Devices as a driver would publish them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dra_policy.manifests.devices import published
from dra_policy.model import (
    Capacity,
    CapacityPolicy,
    CounterConsumption,
    CounterSet,
    Device,
    Dialect,
    NodeRequirement,
    NodeSelector,
    PublishedDevices,
    Taint,
)
from dra_policy.values import AttributeValue, JsonValue, ListValue, Quantity, Unreadable, Version

JsonObject = dict[str, JsonValue]


def published_devices(devices: Sequence[Device], dialect: Dialect) -> PublishedDevices:
    """Devices as a driver would publish them in a dialect (for generated fleets)."""
    documents = [device_document(device, dialect) for device in devices]
    return published(json.dumps(documents, separators=(",", ":")).encode(), dialect)


def device_document(device: Device, dialect: Dialect) -> JsonObject:
    """One device in a dialect's form; what the dialect has no field for is left out."""
    match dialect:
        case Dialect.EVOLUTION:
            return _evolution_device(device)
        case Dialect.K8SRM:
            return _k8srm_device(device)
        case Dialect.V1ALPHA3 | Dialect.V1BETA1:
            return {"name": device.name, "basic": _content(device)}
        case _:
            return {"name": device.name, **_content(device)}


def present(document: Mapping[str, JsonValue]) -> JsonObject:
    """The fields that say something: nothing, false and empty ones are left out, as the API's ``omitempty`` does."""
    return {name: value for name, value in document.items() if value or (value == 0 and value is not False)}


def _content(device: Device) -> JsonObject:
    return present(
        {
            "attributes": {name: _attribute(value) for name, value in device.attributes.items()},
            "capacity": {name: _capacity(each) for name, each in device.capacity.items()},
            "consumesCounters": [_consumption(each) for each in device.consumes_counters],
            "nodeName": device.node_name,
            "nodeSelector": node_selector_document(device.node_selector) if device.node_selector else None,
            "allNodes": device.all_nodes,
            "taints": [taint_document(each) for each in device.taints],
            "bindsToNode": device.binds_to_node,
            "bindingConditions": list(device.binding_conditions),
            "bindingFailureConditions": list(device.binding_failure_conditions),
            "allowMultipleAllocations": device.allow_multiple_allocations,
        }
    )


def _attribute(value: AttributeValue) -> JsonObject:
    match value:
        case bool():
            return {"bool": value}
        case int():
            return {"int": value}
        case str():
            return {"string": value}
        case Version():
            return {"version": str(value)}
        case ListValue(kind=kind, items=items):
            return {f"{kind}s": [str(item) if isinstance(item, Version) else item for item in items]}
        case Quantity():
            # The released API has quantities as capacities only.
            return {"string": str(value)}
        case Unreadable(text=text):
            return {"version": text}


def _capacity(capacity: Capacity) -> JsonObject:
    document: JsonObject = {"value": str(capacity.value)}
    if capacity.policy is not None:
        document["requestPolicy"] = _policy(capacity.policy)
    return document


def _policy(policy: CapacityPolicy) -> JsonObject:
    bounds = policy.valid_range
    return present(
        {
            "default": _amount(policy.default),
            "validValues": [str(each) for each in policy.valid_values],
            "validRange": present(
                {"min": _amount(bounds.minimum), "max": _amount(bounds.maximum), "step": _amount(bounds.step)}
            )
            if bounds
            else None,
        }
    )


def _amount(quantity: Quantity | None) -> str | None:
    return None if quantity is None else str(quantity)


def _consumption(each: CounterConsumption) -> JsonObject:
    counters: JsonObject = {name: {"value": str(amount)} for name, amount in each.counters}
    return present(
        {
            "counterSet": each.counter_set,
            "counters": counters,
            "compatibilityGroups": list(each.compatibility_groups),
        }
    )


def counter_set_document(counters: CounterSet) -> JsonObject:
    """A CounterSet of a slice."""
    return {"name": counters.name, "counters": {name: {"value": str(amount)} for name, amount in counters.counters}}


def taint_document(taint: Taint) -> JsonObject:
    """A DeviceTaint."""
    return present({"key": taint.key, "value": taint.value, "effect": taint.effect})


def node_selector_document(selector: NodeSelector) -> JsonObject:
    """A core/v1 NodeSelector."""
    terms: list[JsonValue] = [
        present(
            {
                "matchExpressions": [_requirement(each) for each in term.match_expressions],
                "matchFields": [_requirement(each) for each in term.match_fields],
            }
        )
        for term in selector.terms
    ]
    return {"nodeSelectorTerms": terms}


def _requirement(each: NodeRequirement) -> JsonObject:
    return present({"key": each.key, "operator": each.operator, "values": list(each.values)})


def _evolution_device(device: Device) -> JsonObject:
    amounts: dict[str, AttributeValue] = {name: each.value for name, each in device.capacity.items()}
    attributes: list[JsonValue] = [
        {"name": name, **_evolution_value(value)} for name, value in {**device.attributes, **amounts}.items()
    ]
    return present(
        {
            "name": device.name,
            "attributes": attributes,
            "sharedCapacityConsumed": [
                {"name": name, "capacity": str(amount)}
                for each in device.consumes_counters
                for name, amount in each.counters
            ],
        }
    )


def _evolution_value(value: AttributeValue) -> JsonObject:
    match value:
        case Quantity():
            return {"quantity": str(value)}
        case int() if not isinstance(value, bool):
            # The prototype has no whole numbers: a quantity counts as well.
            return {"quantity": str(value)}
        case _:
            return _attribute(value)


_K8SRM_NAMES = {"string": "stringValue", "int": "intValue", "version": "semVerValue", "bool": "boolValue"}


def _k8srm_device(device: Device) -> JsonObject:
    return present(
        {
            "name": device.name,
            "attributes": [{"name": name, **_k8srm_value(value)} for name, value in device.attributes.items()],
            "sharedResourcesConsumed": {
                name: str(amount) for each in device.consumes_counters for name, amount in each.counters
            },
            "claimResourcesProvided": [
                {"name": name, "capacity": str(each.value)} for name, each in device.capacity.items()
            ],
        }
    )


def _k8srm_value(value: AttributeValue) -> JsonObject:
    if isinstance(value, Quantity):
        return {"quantityValue": str(value)}
    return {_K8SRM_NAMES.get(name, name): each for name, each in _attribute(value).items()}
