"""Laws that hold between an explanation, its funnels and the allocator, over small worlds of all kinds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.explain.explanation import ChosenDevices, Outcome
from dra_policy.explain.study import study
from tests.unit.explain.worlds import (
    DRIVER,
    a_claim,
    a_class,
    an_object,
    explained,
    holding,
    node,
    question_of,
    request,
    world_of,
)

NODES = ("n1", "n2")
device_values = st.fixed_dictionaries(
    {
        "x": st.sampled_from((0, 1, 1, None)),
        "node": st.sampled_from((*NODES, None)),
        "drawn": st.sampled_from((0, 0, 2, 5)),
        "held": st.booleans(),
        "tainted": st.booleans(),
    }
)
pools = st.fixed_dictionaries(
    {
        "where": st.sampled_from(("n1", "n2", "all", "each")),
        "devices": st.lists(device_values, min_size=1, max_size=4),
        "is_whole": st.sampled_from((True, True, True, False)),
    }
)
requests = st.fixed_dictionaries(
    {
        "count": st.sampled_from((1, 2, 3, None)),
        "condition": st.sampled_from(
            (None, f'device.attributes["{DRIVER}"].?x.orValue(0) == 1', f'device.attributes["{DRIVER}"].x == 1')
        ),
    }
)
Values = dict[str, Any]


def _device(index: int, values: Values, *, for_each: bool) -> Values:
    device: Values = {"name": f"gpu-{index}"}
    if values["x"] is not None:
        device["attributes"] = {"x": {"int": values["x"]}}
    if for_each:
        device |= {"nodeName": values["node"]} if values["node"] else {"allNodes": True}
    if values["drawn"]:
        amount = {"slices": {"value": str(values["drawn"])}}
        device["consumesCounters"] = [{"counterSet": "card", "counters": amount}]
    if values["tainted"]:
        device["taints"] = [{"key": "sick", "effect": "NoSchedule"}]
    return device


def _slices(number: int, pool: Values) -> list[Values]:
    where: Values = {"all": {"allNodes": True}, "each": {"perDeviceNodeSelection": True}}.get(
        pool["where"], {"nodeName": pool["where"]}
    )
    of_pool = {"name": f"p{number}", "generation": 1, "resourceSliceCount": 2 if pool["is_whole"] else 3}
    shared = {"allNodes": True} if "perDeviceNodeSelection" in where else where
    counters = [{"name": "card", "counters": {"slices": {"value": "6"}}}]
    devices = [_device(index, each, for_each=pool["where"] == "each") for index, each in enumerate(pool["devices"])]
    common = {"driver": DRIVER, "pool": of_pool}
    return [
        an_object("ResourceSlice", f"p{number}-a", {**common, **shared, "sharedCounters": counters}),
        an_object("ResourceSlice", f"p{number}-b", {**common, **where, "devices": devices}),
    ]


def _objects(listed: list[Values], asked: list[Values]) -> list[Values]:
    slices = [each for number, pool in enumerate(listed) for each in _slices(number, pool)]
    held = [
        f"p{number}/gpu-{index}"
        for number, pool in enumerate(listed)
        for index, each in enumerate(pool["devices"])
        if each["held"]
    ]
    written = []
    for number, one in enumerate(asked):
        selectors = () if one["condition"] is None else (one["condition"],)
        demand = request(f"r{number}", one["count"] or 1, *selectors)
        if one["count"] is None:
            del demand["exactly"]["count"]
            demand["exactly"]["allocationMode"] = "All"
        written.append(demand)
    return [*map(node, NODES), *slices, a_class(), holding(*held), a_claim(*written)]


@settings(max_examples=150, deadline=None)
@given(st.lists(pools, min_size=1, max_size=3), st.lists(requests, min_size=1, max_size=2))
def test_verdicts_funnels_and_the_allocator_agree(listed: list[Values], asked: list[Values]) -> None:
    objects = _objects(listed, asked)
    now, idle = explained(*objects), explained(*objects, idle=True)
    if idle.outcome is Outcome.NEVER:
        assert now.outcome is not Outcome.NOT_NOW
    if now.outcome is Outcome.FITS:
        assert all(funnel.ok for funnel in now.requests)
        assert now.chosen is not None
        _every_chosen_device_is_left(objects, now.chosen)
    elif now.kubernetes.stops_pod is False and len(asked) == 1 and not _draws(listed):
        assert not any(funnel.ok for funnel in now.requests)


def _draws(listed: list[Values]) -> bool:
    return any(each["drawn"] for pool in listed for each in pool["devices"])


def _every_chosen_device_is_left(objects: list[Values], chosen: ChosenDevices) -> None:
    world = world_of(*objects)
    found = study(question_of(world).claims, world.fleet, world.evaluator)
    number = next(index for index, spot in enumerate(found.spots) if chosen.node in spot.nodes)
    for each in found.requests:
        mask = each.alternatives[0].left[number]
        spot = found.spots[number]
        left = {spot.label(position) for position in range(spot.size) if mask >> position & 1}
        assert {one.rpartition("/")[2] for one in chosen.devices[each.name]} <= left
