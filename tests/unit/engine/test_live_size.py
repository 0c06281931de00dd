"""A live cluster does not grow by what came and went."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from dra_policy.engine.live import LiveCluster
from dra_policy.engine.world import World
from dra_policy.fleet import prepared
from dra_policy.model import device_set
from tests.clusters import allocated, claim, device, device_class, node, objects, request, slice_

SHARE = "8a42750b-c1ea-4531-b78b-2240745e7f3e"


def visitors(number: int) -> Iterator[dict[str, Any]]:
    """A node with pools of every kind and claims on them, all under names that nothing else has."""
    name, driver = f"m{number}", f"d{number}.io"
    zone = {"key": "zone", "operator": "In", "values": [f"z{number}"]}
    selector = {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}
    yield node(name, zone=f"z{number}")
    yield slice_([device("a", x=number)], node=name, driver=driver)
    yield slice_([device("a", x=number)], node=None, pool=f"p{number}", driver=driver, nodeSelector=selector)
    yield slice_([device("a", nodeName=name)], node=None, pool=f"q{number}", perDeviceNodeSelection=True)
    yield claim(request(), name=f"h{number}", status=allocated(f"{driver}/{name}/a"))
    foreign = claim(request(), name="h", status=allocated(f"{driver}/{name}/a", share=SHARE))
    yield {**foreign, "metadata": {"name": "h", "namespace": f"ns{number}"}}
    yield device_class(f"c{number}")
    yield _prototype("resource.k8s.io/v1alpha2", "ResourcePool", number, driverName=driver, nodeName=name)
    yield _prototype("devmgmtproto.k8s.io/v1alpha1", "DevicePool", number, driver=driver, nodeName=name)


def _prototype(api: str, kind: str, number: int, **spec: str) -> dict[str, Any]:
    metadata = {"name": f"{kind.lower()}-{number}"}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": {**spec, "devices": [{"name": "g"}]}}


def sizes(root: object) -> Counter[str]:
    """The entries of all collections of the project's objects, by the way to them."""
    found: Counter[str] = Counter()
    seen: set[int] = set()

    def visit(value: object, path: str) -> None:
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, dict | list | set | frozenset | tuple):
            found[path] += len(value)
            for each in value.values() if isinstance(value, dict) else value:
                visit(each, f"{path}[]")
        elif type(value).__module__.startswith("dra_policy"):
            for name in _names(value):
                visit(getattr(value, name, None), f"{path}.{name}")

    visit(root, "")
    return found


def _names(value: object) -> list[str]:
    slots = [name for each in type(value).__mro__ for name in getattr(each, "__slots__", ())]
    return [*slots, *getattr(value, "__dict__", ())]


def test_indexes_are_as_large_as_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_LEAST_WASTE", 0)
    monkeypatch.setattr(device_set, "_LEAST_SHARED", 0)
    residents = [node("n1"), slice_(["a", "b"]), device_class(), claim(request(), name="w")]
    live = LiveCluster(World(objects(*residents)))

    def come_and_go(numbers: range) -> Counter[str]:
        for number in numbers:
            live.apply(_text(*visitors(number)), "v.json")
            live.first_fit(live.claim("default", "w"))
        for number in numbers:
            live.delete(_text(*visitors(number)), "v.json")
        # What nobody uses is dropped when there is more of it than was in use.
        for number in range(100):
            live.apply(_text(slice_([device("a", x=number)])), "v.json")
        assert live.first_fit(live.claim("default", "w")) is not None
        return sizes(live)

    few = come_and_go(range(1))
    many = come_and_go(range(10, 24))

    assert {path: (few[path], size) for path, size in many.items() if size > few[path] + 7} == {}


def _text(*documents: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
