"""Slices that name no node are looked up by the labels that they need, and say what they said to every node before."""

from __future__ import annotations

import random
from typing import Any

from dra_policy.fleet.node_match import serves
from dra_policy.fleet.shared_slices import SharedSlices
from tests.clusters import device, fleet, node, slice_

LABELS: tuple[dict[str, str], ...] = ({"zone": "a"}, {"zone": "b", "host": "x"}, {"host": "y"}, {})
REQUIREMENTS = (
    {"key": "zone", "operator": "In", "values": ["a"]},
    {"key": "zone", "operator": "In", "values": ["a", "b"]},
    {"key": "host", "operator": "NotIn", "values": ["x"]},
    {"key": "host", "operator": "Exists"},
    {"key": "host", "operator": "In", "values": ["x", "y"]},
)


def selector(dice: random.Random) -> dict[str, Any]:
    terms = []
    for _ in range(dice.randrange(1, 4)):
        term: dict[str, Any] = {"matchExpressions": dice.sample(REQUIREMENTS, dice.randrange(3))}
        if dice.random() < 0.3:
            term["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": [f"n{dice.randrange(4)}"]}]
        terms.append(term)
    return {"nodeSelectorTerms": terms}


def place(dice: random.Random) -> dict[str, Any]:
    match dice.randrange(5):
        case 0:
            return {"allNodes": True}
        case 1:
            return {"nodeName": f"n{dice.randrange(4)}"}
        case _:
            return {"nodeSelector": selector(dice)}


def test_a_node_finds_the_slices_that_serve_it_in_their_order() -> None:
    dice = random.Random(3)
    nodes = [node(f"n{number}", **labels) for number, labels in enumerate(LABELS)]
    slices = []
    for number in range(300):
        if number % 3:
            where: dict[str, Any] = place(dice)
            where = where if "nodeName" not in where else {"allNodes": True}
            slices.append(slice_(["g"], node=None, pool=f"p{number}", **where))
        else:
            devices = [device(f"g{index}", **place(dice)) for index in range(3)]
            slices.append(slice_(devices, node=None, pool=f"p{number}", perDeviceNodeSelection=True))
    made = fleet(*slices, *nodes)
    shared = SharedSlices()
    for each in sorted(made.slices, key=lambda _: dice.random()):
        shared.add(each)

    for each_node in made.nodes.values():
        wanted = [
            each.index
            for each in made.slices
            if serves(each.envelope, each_node) is True
            or (each.envelope.per_device_node_selection and any(serves(one, each_node) for one in each.frame.devices))
        ]
        found = [each.index for each in shared.candidates(each_node)]
        assert found == sorted(found)
        assert set(wanted) <= set(found)

    for each in made.slices:
        shared.remove(each)
    assert not shared
    assert all(not shared.candidates(each_node) for each_node in made.nodes.values())
