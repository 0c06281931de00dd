"""A prepared fleet after changes is the fleet that is built anew from what stands then."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from dra_policy.fleet import Fleet, PreparedFleet
from dra_policy.manifests import read_text
from dra_policy.model import AllocatedDevice, Allocation, Claim, DeviceId, Dialect, Objects
from dra_policy.record import replace

DRIVER = "d.io"


def slice_(node: str | None, devices: list[str], *, name: str = "", model: str = "a") -> dict[str, Any]:
    where = {"nodeName": node} if node else {"allNodes": True}
    published = [{"name": each, "attributes": {"model": {"string": model}}} for each in devices]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": name or f"s-{node}"},
        "spec": {
            "driver": DRIVER,
            "pool": {"name": name or node or "all", "generation": 1, "resourceSliceCount": 1},
            "devices": published,
            **where,
        },
    }


def objects(*slices: dict[str, Any]) -> Objects:
    read = read_text("world.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": list(slices)}))
    assert not read.diagnostics
    return read.objects


def seen(fleet: Fleet) -> list[object]:
    """All that can be asked of a fleet's nodes."""
    return [
        (
            group.nodes,
            group.usage,
            [str(fleet.view(group.nodes[0]).device_id(at)) for at in range(group.layout.size)],
            [group.layout.device(at).attributes for at in range(group.layout.size)],
        )
        for group in fleet.groups()
    ]


def test_changes_add_up_to_the_fleet_that_is_built_anew() -> None:
    dice = random.Random(7)
    nodes = [f"n{index}" for index in range(6)]
    for shared in ([], [slice_(None, ["x", "y"], name="shared")]):
        world = {node: slice_(node, ["a", "b", "c"]) for node in nodes}
        prepared = PreparedFleet(Fleet.build(objects(*world.values(), *shared)))
        taken: list[DeviceId] = []
        for _ in range(60):
            node = dice.choice(nodes)
            match dice.randrange(4):
                case 0:
                    device = DeviceId(DRIVER, dice.choice([node, node, "shared"]), dice.choice("abcx"))
                    if device not in taken:
                        taken.append(device)
                        prepared.take([device])
                case 1 if taken:
                    prepared.free([taken.pop(dice.randrange(len(taken)))])
                case 2:
                    world[node] = slice_(node, dice.sample("abcd", 3), model=dice.choice("ab"))
                    (new,) = objects(world[node]).slices
                    prepared.put_slice(new)
                case 3 if node in world and len(world) > 1:
                    (gone,) = objects(world.pop(node)).slices
                    prepared.remove_slice(gone)
            built = objects(*world.values(), *shared)
            built.allocated_devices.update(taken)
            assert seen(prepared) == seen(Fleet.build(built))


def test_a_claim_holds_until_it_is_removed() -> None:
    prepared = PreparedFleet(Fleet.build(objects(slice_("n1", ["a", "b"]), slice_("n2", ["a", "b"]))))
    before = seen(prepared)
    device = DeviceId(DRIVER, "n2", "b")
    (claim,) = objects(
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceClaim",
            "metadata": {"name": "c", "namespace": "ns"},
            "spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "x"}}]}},
        }
    ).claims
    held: Claim = replace(claim, allocation=Allocation((AllocatedDevice("r", device),)))
    prepared.add_claim(held)

    assert prepared.holders(device) == (held,)
    assert [group.nodes for group in prepared.groups()] == [("n1",), ("n2",)]
    assert prepared.view("n2").in_use == 0b10
    prepared.remove_claim(held)
    assert seen(prepared) == before
    assert prepared.holders(device) == ()


def test_a_pool_of_the_prototype_is_not_changed_alone() -> None:
    prepared = PreparedFleet(Fleet.build(objects(slice_("n1", ["a"]))))
    (pool,) = objects(slice_("n1", ["a"])).slices
    with pytest.raises(ValueError, match="read together"):
        prepared.put_slice(replace(pool, dialect=Dialect.EVOLUTION))
