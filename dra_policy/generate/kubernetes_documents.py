"""Sample capacity as ResourceSlices and DeviceClasses of resource.k8s.io, in each of its versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from dra_policy.generate.inventory import SampleClass, SamplePool
from dra_policy.model import CounterSet, Device, Dialect
from dra_policy.values import AttributeValue, JsonValue, Quantity, Version

Item = TypeVar("Item")

# ResourceSliceMaxDevices, ResourceSliceMaxDevicesWithAdvancedFeatures, ResourceSliceMaxCounterSets.
_MOST_DEVICES = 128
_MOST_DEVICES_WITH_COUNTERS = 64
_MOST_COUNTER_SETS = 8


def slice_documents(pool: SamplePool, dialect: Dialect) -> Iterator[dict[str, JsonValue]]:
    """The pool's slices: counter sets first, in slices of their own as the API wants, then the devices."""
    most = _MOST_DEVICES_WITH_COUNTERS if pool.counters else _MOST_DEVICES
    contents: list[dict[str, JsonValue]] = [
        {"sharedCounters": [_counter_set(each) for each in sets]} for sets in _chunks(pool.counters, _MOST_COUNTER_SETS)
    ]
    contents += [
        {"devices": [_device(each, pool, dialect) for each in devices]} for devices in _chunks(pool.devices, most)
    ]
    for number, content in enumerate(contents):
        yield {
            "apiVersion": f"resource.k8s.io/{dialect.value}",
            "kind": "ResourceSlice",
            "metadata": {"name": f"{pool.node}-{pool.driver}-{number}"},
            "spec": {
                "driver": pool.driver,
                "nodeName": pool.node,
                "pool": {"name": pool.node, "generation": 1, "resourceSliceCount": len(contents)},
                **content,
            },
        }


def class_document(sample: SampleClass, dialect: Dialect) -> dict[str, JsonValue]:
    """The class with one selector: its driver, and what else it asks."""
    expression = f"device.driver == '{sample.driver}'"
    if sample.expression:
        expression += f" && {sample.expression}"
    return {
        "apiVersion": f"resource.k8s.io/{dialect.value}",
        "kind": "DeviceClass",
        "metadata": {"name": sample.name},
        "spec": {"selectors": [{"cel": {"expression": expression}}]},
    }


def _device(device: Device, pool: SamplePool, dialect: Dialect) -> JsonValue:
    attributes = {**pool.attributes, **device.attributes}
    content: dict[str, JsonValue] = {"attributes": {name: _value(value) for name, value in attributes.items()}}
    if device.capacity:
        content["capacity"] = {
            # v1alpha3 has the bare amount.
            name: str(each.value) if dialect is Dialect.V1ALPHA3 else {"value": str(each.value)}
            for name, each in device.capacity.items()
        }
    if device.consumes_counters:
        content["consumesCounters"] = [
            {"counterSet": _set_name(each.counter_set), "counters": _amounts(each.counters)}
            for each in device.consumes_counters
        ]
    # v1beta2 took the content of a device out of `basic`.
    if dialect in (Dialect.V1ALPHA3, Dialect.V1BETA1):
        return {"name": device.name, "basic": content}
    return {"name": device.name, **content}


def _value(value: AttributeValue) -> JsonValue:
    match value:
        case bool():
            return {"bool": value}
        case int():
            return {"int": value}
        case Version():
            return {"version": str(value)}
        case _:
            return {"string": str(value)}


def _counter_set(counters: CounterSet) -> JsonValue:
    return {"name": _set_name(counters.name), "counters": _amounts(counters.counters)}


def _set_name(name: str) -> str:
    return f"{name}-counters"


def _amounts(counters: Sequence[tuple[str, Quantity]]) -> JsonValue:
    return {name: {"value": str(amount)} for name, amount in counters}


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
