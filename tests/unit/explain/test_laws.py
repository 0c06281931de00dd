"""Laws that hold between an explanation, its funnels and the allocator, over small worlds of all kinds."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.explain.explanation import ChosenDevices, Outcome
from dra_policy.explain.study import study
from tests.unit.explain.worlds import (
    DRIVER,
    a_claim,
    a_class,
    a_slice,
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
        assert {one.partition("/")[2] for one in chosen.devices[each.name]} <= left


def _held_by_one_claim_each(objects: list[Values]) -> list[Values]:
    """The same world with a claim of its own for every device that is held."""
    found = []
    for each in objects:
        results = each.get("status", {}).get("allocation", {}).get("devices", {}).get("results")
        if results is None:
            found.append(each)
        else:
            names = (f"{one['pool']}/{one['device']}" for one in results)
            found += [holding(name, name=f"holder-{index}") for index, name in enumerate(names)]
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(pools, min_size=1, max_size=2), st.lists(requests, min_size=1, max_size=2))
def test_it_is_not_now_where_some_claims_can_end_so_that_it_fits(listed: list[Values], asked: list[Values]) -> None:
    objects = _held_by_one_claim_each(_objects(listed, asked))
    outcome = explained(*objects).outcome
    if outcome not in (Outcome.NOT_NOW, Outcome.NEVER):
        return
    holders = [each for each in objects if each["metadata"]["name"].startswith("holder")]
    others = [each for each in objects if each not in holders]
    kept = (some for size in range(len(holders)) for some in combinations(holders, size))
    assert any(map(_fits, ([*others, *some] for some in kept))) is (outcome is Outcome.NOT_NOW)


def _fits(objects: list[Values]) -> bool:
    return explained(*objects).outcome is Outcome.FITS


twice = st.lists(st.tuples(device_values, st.lists(device_values, max_size=1)), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(twice, requests)
def test_a_pool_with_doubles_is_bad_where_it_fits_without_some_of_them(
    listed: list[tuple[Values, list[Values]]], asked: Values
) -> None:
    if asked["count"] is None:
        return
    listings = [
        [_device(index, each, for_each=False) for each in (one, *more)] for index, (one, more) in enumerate(listed)
    ]
    selectors = () if asked["condition"] is None else (asked["condition"],)
    rest = [node("n1"), a_class(), a_claim(request("r", asked["count"], *selectors))]

    def world(devices: list[Values]) -> list[Values]:
        for each in devices:
            each.pop("consumesCounters", None)
        return [*rest, a_slice("n1", devices, nodeName="n1")]

    outcome = explained(*world([device for some in listings for device in some])).outcome
    fits = any(_fits(world(list(some))) for some in product(*listings))
    if all(len(some) == 1 for some in listings):
        return
    assert (outcome is Outcome.BAD_POOL) is fits
