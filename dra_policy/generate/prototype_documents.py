"""Sample capacity as the pools and classes of the two prototypes, dra-evolution and k8srm."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.generate.inventory import SampleClass, SamplePool
from dra_policy.model import Device
from dra_policy.values import AttributeValue, JsonValue, Quantity, Version


def resource_pool_document(pool: SamplePool) -> dict[str, JsonValue]:
    """A dra-evolution ResourcePool; its shared capacity is one list, named after GPU and part, without zeros."""
    shared: list[JsonValue] = [
        {"name": f"{counters.name}-{name}", "capacity": str(amount)}
        for counters in pool.counters
        for name, amount in counters.counters
        if amount.sign()
    ]
    spec: dict[str, JsonValue] = {"nodeName": pool.node, "driverName": pool.driver}
    if shared:
        spec["sharedCapacity"] = shared
    spec["devices"] = [_evolution_device(device, pool.attributes) for device in pool.devices]
    return {
        "apiVersion": "resource.k8s.io/v1alpha3",
        "kind": "ResourcePool",
        "metadata": {"name": pool.name},
        "spec": spec,
    }


def evolution_class_document(sample: SampleClass) -> dict[str, JsonValue]:
    """A dra-evolution DeviceClass with one requirement."""
    expression = f"device.driverName == '{sample.driver}'"
    if sample.expression:
        expression += f" && {sample.expression}"
    return {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "DeviceClass",
        "metadata": {"name": sample.name},
        "requirements": [{"deviceSelector": expression}],
    }


def device_pool_document(pool: SamplePool) -> dict[str, JsonValue]:
    """A k8srm DevicePool; attributes of all devices stand on the pool."""
    spec: dict[str, JsonValue] = {"driver": pool.driver, "nodeName": pool.node}
    if pool.attributes:
        spec["attributes"] = _k8srm_attributes(pool.attributes)
    if pool.counters:
        spec["sharedResources"] = [
            {"name": name, "capacity": str(amount)} for counters in pool.counters for name, amount in counters.counters
        ]
    spec["devices"] = [_k8srm_device(device) for device in pool.devices]
    return {
        "apiVersion": "devmgmtproto.k8s.io/v1alpha1",
        "kind": "DevicePool",
        "metadata": {"name": pool.name},
        "spec": spec,
    }


def k8srm_class_document(sample: SampleClass) -> dict[str, JsonValue]:
    """A k8srm DeviceClass: the driver is a field of its own."""
    spec: dict[str, JsonValue] = {"driver": sample.driver}
    if sample.expression:
        spec["constraints"] = sample.expression
    return {
        "apiVersion": "devmgmtproto.k8s.io/v1alpha1",
        "kind": "DeviceClass",
        "metadata": {"name": sample.name},
        "spec": spec,
    }


def _evolution_device(device: Device, shared: Mapping[str, AttributeValue]) -> JsonValue:
    attributes = ((name, _evolution_value(value)) for name, value in {**shared, **device.attributes}.items())
    document: dict[str, JsonValue] = {
        "name": device.name,
        "attributes": [{"name": name, **value} for name, value in attributes if value],
    }
    if device.consumes_counters:
        document["sharedCapacityConsumed"] = [
            {"name": f"{each.counter_set}-{name}", "capacity": str(amount)}
            for each in device.consumes_counters
            for name, amount in each.counters
        ]
    return document


def _evolution_value(value: AttributeValue) -> dict[str, JsonValue]:
    """The field of the value's type; empty for an integer, which the dialect lacks."""
    match value:
        case bool():
            return {"bool": value}
        case str():
            return {"string": value}
        case Version():
            return {"version": str(value)}
        case Quantity():
            return {"quantity": str(value)}
        case _:
            return {}


def _k8srm_device(device: Device) -> JsonValue:
    document: dict[str, JsonValue] = {"name": device.name, "attributes": _k8srm_attributes(device.attributes)}
    if device.consumes_counters:
        document["sharedResourcesConsumed"] = {
            name: str(amount) for each in device.consumes_counters for name, amount in each.counters
        }
    if device.capacity:
        document["claimResourcesProvided"] = [
            {"name": name, "capacity": str(each.value)} for name, each in device.capacity.items()
        ]
    return document


def _k8srm_attributes(attributes: Mapping[str, AttributeValue]) -> JsonValue:
    fields = ((name, _k8srm_value(value)) for name, value in attributes.items())
    return [{"name": name, **value} for name, value in fields if value]


def _k8srm_value(value: AttributeValue) -> dict[str, JsonValue]:
    """The field of the value's type; empty for a bool, which the dialect lacks."""
    match value:
        case bool():
            return {}
        case int():
            return {"intValue": value}
        case str():
            return {"stringValue": value}
        case Version():
            return {"semVerValue": str(value)}
        case Quantity():
            return {"quantityValue": str(value)}
        case _:
            return {}
