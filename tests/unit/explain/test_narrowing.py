"""The counts of a funnel against the same counts made device by device."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.engine.world import World
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import study
from dra_policy.manifests import read_text

DRIVER = "gpu.example.com"
device_values = st.fixed_dictionaries(
    {
        "memory": st.sampled_from((24, 48, 80)),
        "model": st.sampled_from(("A", "B", None)),
        "numa": st.sampled_from((0, 1, None)),
        "tainted": st.booleans(),
        "held": st.booleans(),
    }
)
fleets = st.lists(st.lists(device_values, max_size=5), min_size=1, max_size=4)


def world_of(fleet: list[list[dict[str, Any]]], count: int) -> World:
    items: list[dict[str, Any]] = []
    held = []
    for number, devices in enumerate(fleet):
        items.append({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number}"}})
        listed = [_device(index, each) for index, each in enumerate(devices)]
        held += [(number, index) for index, each in enumerate(devices) if each["held"]]
        pool = {"name": f"n{number}", "generation": 1, "resourceSliceCount": 1}
        spec = {"driver": DRIVER, "nodeName": f"n{number}", "pool": pool, "devices": listed}
        items.append(_object("ResourceSlice", f"n{number}", spec))
    items.append(_object("DeviceClass", "gpu", {"selectors": [_cel(f'device.driver == "{DRIVER}"')]}))
    results = [{"request": "r", "driver": DRIVER, "pool": f"n{node}", "device": f"gpu-{index}"} for node, index in held]
    holder = _object("ResourceClaim", "holder", {"devices": {"requests": []}})
    holder["metadata"]["namespace"] = "other"
    holder["status"] = {"allocation": {"devices": {"results": results}}}
    selectors = [
        _cel(f'device.capacity["{DRIVER}"].memory.compareTo(quantity("48Gi")) >= 0'),
        _cel(f'device.attributes["{DRIVER}"].?model.orValue("") == "A"'),
    ]
    request = {"name": "r", "exactly": {"deviceClassName": "gpu", "count": count, "selectors": selectors}}
    wanted = _object("ResourceClaim", "wanted", {"devices": {"requests": [request], "constraints": _same_numa()}})
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*items, holder, wanted]})
    return World(read_text("world.json", text).objects)


def _same_numa() -> list[dict[str, Any]]:
    return [{"matchAttribute": f"{DRIVER}/numa"}]


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "resource.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def _cel(expression: str) -> dict[str, Any]:
    return {"cel": {"expression": expression}}


def _device(index: int, values: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if values["model"] is not None:
        attributes["model"] = {"string": values["model"]}
    if values["numa"] is not None:
        attributes["numa"] = {"int": values["numa"]}
    device: dict[str, Any] = {
        "name": f"gpu-{index}",
        "attributes": attributes,
        "capacity": {"memory": {"value": f"{values['memory']}Gi"}},
    }
    if values["tainted"]:
        device["taints"] = [{"key": "sick", "effect": "NoSchedule"}]
    return device


def counted(world: World) -> Narrowed:
    claim = world.find_claim("default", "wanted") or world.find_claim("", "wanted")
    assert claim is not None
    return study([world.compile_claim(claim)], world.fleet, world.evaluator).requests[0].alternatives[0]


Test = Callable[[dict[str, Any]], bool]
TESTS: dict[str, Test] = {
    "published": lambda _: True,
    "class": lambda _: True,
    "memory >= 48Gi": lambda device: bool(device["memory"] >= 48),
    'model is "A"': lambda device: bool(device["model"] == "A"),
    "untainted": lambda device: not device["tainted"],
    "not-held": lambda device: not device["held"],
}


def parts_of(row: Row) -> list[str]:
    """The tests that a row stands for: conditions that reject the same devices share a row."""
    return row.text.split(" and ") if row.id == "condition" else [row.id]


def passes(device: dict[str, Any], names: Iterable[str]) -> bool:
    return all(TESTS[name](device) for name in names)


@settings(max_examples=60, deadline=None)
@given(fleets, st.integers(1, 3))
def test_every_count_is_what_counting_device_by_device_gives(fleet: list[list[dict[str, Any]]], count: int) -> None:
    narrowed = counted(world_of(fleet, count))
    rows = [row for row in narrowed.funnel.rows if row.id != "same-attribute"]
    flat = [device for devices in fleet for device in devices]
    for number, row in enumerate(rows):
        above = [name for each in rows[: number + 1] for name in parts_of(each)]
        others = TESTS.keys() - set(parts_of(row))
        assert row.left == sum(passes(device, above) for device in flat)
        assert row.alone == sum(passes(device, parts_of(row)) for device in flat)
        assert row.nodes == sum(sum(passes(device, above) for device in devices) >= count for devices in fleet)
        if number:
            failing = [device for device in flat if not passes(device, parts_of(row))]
            assert row.if_dropped == sum(passes(device, others) for device in failing)


@settings(max_examples=60, deadline=None)
@given(fleets, st.integers(1, 3))
def test_a_node_serves_a_constraint_if_one_value_has_enough(fleet: list[list[dict[str, Any]]], count: int) -> None:
    narrowed = counted(world_of(fleet, count))
    served = 0
    for devices in fleet:
        left = [each for each in devices if passes(each, TESTS)]
        served += any(sum(each["numa"] == numa for each in left) >= count for numa in (0, 1))
    assert narrowed.funnel.nodes == served


@settings(max_examples=40, deadline=None)
@given(fleets)
def test_at_most_one_row_loses_the_last_node_and_no_row_below_it_has_one(fleet: list[list[dict[str, Any]]]) -> None:
    funnel = counted(world_of(fleet, 2)).funnel
    if funnel.lost_at is None:
        assert funnel.ok
        return
    assert not funnel.ok
    assert all(row.nodes for row in funnel.rows[: funnel.lost_at])
    assert not any(row.nodes for row in funnel.rows[funnel.lost_at :])
