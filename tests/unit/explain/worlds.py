"""Worlds for tests of explanations, from Kubernetes objects as Python values."""

from __future__ import annotations

import json
from typing import Any

from dra_policy.engine.world import World
from dra_policy.explain.answer import explain
from dra_policy.explain.explanation import Explanation, Subject
from dra_policy.explain.question import Question
from dra_policy.manifests import read_text

DRIVER = "gpu.example.com"


def node(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def an_object(kind: str, name: str, spec: dict[str, Any], namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    return {"apiVersion": "resource.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def a_slice(name: str, devices: list[dict[str, Any]], **where: Any) -> dict[str, Any]:
    """A slice that is its pool's only one; ``where`` is ``nodeName`` and the like."""
    pool = {"name": name, "generation": 1, "resourceSliceCount": 1}
    return an_object("ResourceSlice", name, {"driver": DRIVER, "pool": pool, "devices": devices, **where})


def a_class(name: str = "gpu", expression: str = f'device.driver == "{DRIVER}"') -> dict[str, Any]:
    return an_object("DeviceClass", name, {"selectors": [{"cel": {"expression": expression}}]})


def request(name: str = "gpu", count: int = 1, *selectors: str, **more: Any) -> dict[str, Any]:
    exactly: dict[str, Any] = {"deviceClassName": "gpu", "count": count, **more}
    if selectors:
        exactly["selectors"] = [{"cel": {"expression": each}} for each in selectors]
    return {"name": name, "exactly": exactly}


def a_claim(*requests: dict[str, Any], constraints: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    spec = {"devices": {"requests": list(requests), "constraints": list(constraints)}}
    return an_object("ResourceClaim", "wanted", spec, "team-a")


def holding(*devices: str, name: str = "holder") -> dict[str, Any]:
    """A claim of another team that holds ``pool/device`` names."""
    results = [
        {"request": "r", "driver": DRIVER, "pool": each.partition("/")[0], "device": each.partition("/")[2]}
        for each in devices
    ]
    held = an_object("ResourceClaim", name, {"devices": {"requests": []}}, "team-b")
    return {**held, "status": {"allocation": {"devices": {"results": results}}}}


def world_of(*objects: dict[str, Any]) -> World:
    """A world of these objects."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return World(read_text("world.json", text).objects)


def question_of(world: World, *, budget: int = 1_000_000, idle: bool = False) -> Question:
    """What ``explain`` is asked of the claim team-a/wanted."""
    claim = world.find_claim("team-a", "wanted")
    assert claim is not None
    subject = Subject("ResourceClaim", "team-a", "wanted", "world.json")
    return Question(subject, (world.compile_claim(claim),), idle=idle, budget=budget)


def explained(*objects: dict[str, Any], budget: int = 1_000_000, idle: bool = False) -> Explanation:
    """The explanation of the claim team-a/wanted in a world of these objects."""
    world = world_of(*objects)
    return explain(question_of(world, budget=budget, idle=idle), world.fleet, world.evaluator, world.objects)
