"""Small clusters for tests: slices, classes and claims in a few words, read as manifests are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dra_policy.allocate import Allocated, Answers, Failed, NodeAnswer, NotAllocated, allocate_claims
from dra_policy.compiler import CompiledClaim, DeviceClasses, compile_claim
from dra_policy.fleet import Fleet
from dra_policy.manifests import read_text
from dra_policy.model import Objects
from dra_policy.model.features import Features
from dra_policy.text import Severity

API = "resource.k8s.io/v1"
EVERYTHING = Features().with_gates(
    {"ListTypeAttributes": True, "CompatibilityGroups": True, "OptionalNodeOperations": True}
)


def attribute(value: Any) -> dict[str, Any]:
    """A typed attribute: ``v1.2.3`` is a version."""
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": value}
    if isinstance(value, list):
        return {"strings": value}
    return {"version": value[1:]} if value[:1] == "v" and value[1:2].isdigit() else {"string": value}


def device(name: str, /, **more: Any) -> dict[str, Any]:
    """A device; names that the API does not know are attributes."""
    known = {
        "attributes",
        "capacity",
        "consumesCounters",
        "taints",
        "nodeName",
        "allNodes",
        "nodeSelector",
        "allowMultipleAllocations",
        "bindingConditions",
        "bindingFailureConditions",
        "bindsToNode",
    }
    attributes = {key: attribute(value) for key, value in more.items() if key not in known}
    attributes.update({key: attribute(value) for key, value in more.get("attributes", {}).items()})
    found = {"name": name, **{key: value for key, value in more.items() if key in known and key != "attributes"}}
    return {**found, "attributes": attributes} if attributes else found


def slice_(
    devices: Sequence[dict[str, Any] | str] = (),
    *,
    node: str | None = "n1",
    driver: str = "d.io",
    pool: str | None = None,
    name: str | None = None,
    generation: int = 1,
    count: int = 1,
    **spec: Any,
) -> dict[str, Any]:
    """A ResourceSlice; a device can be given by its name."""
    pool = pool or node or "p"
    listed = [device(each) if isinstance(each, str) else each for each in devices]
    where = {} if node is None else {"nodeName": node}
    return {
        "apiVersion": API,
        "kind": "ResourceSlice",
        "metadata": {"name": name or f"{pool}-{driver}-{generation}"},
        "spec": {
            "driver": driver,
            "pool": {"name": pool, "generation": generation, "resourceSliceCount": count},
            **where,
            **({"devices": listed} if listed else {}),
            **spec,
        },
    }


def node(name: str, **labels: str) -> dict[str, Any]:
    """A Node with labels."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def device_class(name: str = "c", *selectors: str, **spec: Any) -> dict[str, Any]:
    """A DeviceClass."""
    return {
        "apiVersion": API,
        "kind": "DeviceClass",
        "metadata": {"name": name},
        "spec": {"selectors": [{"cel": {"expression": each}} for each in selectors], **spec},
    }


def request(name: str = "r", *selectors: str, count: int | str = 1, cls: str = "c", **more: Any) -> dict[str, Any]:
    """A request for a number of devices, or for ``all``."""
    return {"name": name, "exactly": demand(*selectors, count=count, cls=cls, **more)}


def demand(*selectors: str, count: int | str = 1, cls: str = "c", **more: Any) -> dict[str, Any]:
    """What a request, or one of its alternatives, asks for."""
    mode = {"allocationMode": "All"} if count == "all" else {"allocationMode": "ExactCount", "count": count}
    chosen = {"selectors": [{"cel": {"expression": each}} for each in selectors]} if selectors else {}
    return {"deviceClassName": cls, **mode, **chosen, **more}


def first_available(name: str, **alternatives: dict[str, Any]) -> dict[str, Any]:
    """A request with alternatives."""
    return {"name": name, "firstAvailable": [{"name": key, **value} for key, value in alternatives.items()]}


def claim(
    *requests: dict[str, Any], name: str = "claim", constraints: Sequence[Any] = (), **more: Any
) -> dict[str, Any]:
    """A ResourceClaim; ``more`` are fields beside its spec (``status``)."""
    devices = {"requests": list(requests), **({"constraints": list(constraints)} if constraints else {})}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": API, "kind": "ResourceClaim", "metadata": metadata, "spec": {"devices": devices}, **more}


def allocated(*devices: str, share: str | None = None, admin: bool = False) -> dict[str, Any]:
    """The status of a claim that holds ``driver/pool/device``."""
    results = []
    for each in devices:
        driver, pool, name = each.split("/")
        result: dict[str, Any] = {"request": "r", "driver": driver, "pool": pool, "device": name}
        if share is not None:
            result["shareID"] = share
        if admin:
            result["adminAccess"] = True
        results.append(result)
    return {"allocation": {"devices": {"results": results}}}


def objects(*documents: dict[str, Any]) -> Objects:
    """Documents read as a JSON file is; the allocator has answers also to what the API server would refuse."""
    result = read_text("world.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}))
    errors = [each for each in result.diagnostics if each.severity is Severity.ERROR]
    refused = [
        each for each in errors if each.code in ("DRA106", "DRA204", "DRA311") or "derived attribute" in each.message
    ]
    assert errors == refused
    return result.objects


def fleet(*documents: dict[str, Any], features: Features = EVERYTHING) -> Fleet:
    """A fleet of documents."""
    return Fleet.build(objects(*documents), features=features)


def compiled(*documents: dict[str, Any]) -> list[CompiledClaim]:
    """The claims without allocation, with the classes beside them; a class ``c`` for everything if there is none."""
    found = objects(*documents)
    classes = found.classes or objects(device_class()).classes
    table = DeviceClasses(classes)
    return [compile_claim(each, table) for each in found.claims if each.allocation is None]


def answers(*documents: dict[str, Any], features: Features = EVERYTHING, **options: Any) -> Answers:
    """What every node answers to the unallocated claims among the documents."""
    return allocate_claims(fleet(*documents, features=features), compiled(*documents), **options)


def answer(*documents: dict[str, Any], features: Features = EVERYTHING, **options: Any) -> list[list[str]] | str | None:
    """The answer of the first node: devices per claim (``request=device``), an error's text, or None."""
    return said(next(iter(answers(*documents, features=features, **options))))


def said(found: NodeAnswer) -> list[list[str]] | str | None:
    """A node's answer in short."""
    match found.outcome:
        case Allocated(results=results):
            return [[f"{d.request}={d.device.device}" for d in each.allocation.devices] for each in results]
        case Failed(text=text):
            return text
        case NotAllocated():
            return None
        case _:
            return "undecided"
