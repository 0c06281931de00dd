"""The best fit is the best of all choices of devices on all nodes: by every way to prefer, in small worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate.score import Strategy
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World
from tests.clusters import allocated, claim, demand, device, device_class, first_available, objects, request, slice_
from tests.property.effort import examples

EXPRESSION = "claims.claim.x.map(d, int(d.attributes['d.io'].b)).sum() - 2 * claims.claim.y.size()"
WAYS = [*(each.value for each in Strategy), EXPRESSION]


class Choice(NamedTuple):
    """One solution on one node: by request the alternative and the devices, in Kubernetes' order."""

    node: str
    alternatives: tuple[int, ...]
    devices: tuple[tuple[str, ...], ...]


class Small(NamedTuple):
    """A world as plain values: devices by node, the alternatives of each request, held devices, a constraint."""

    devices: dict[str, list[dict[str, Any]]]
    requests: list[list[dict[str, Any]]]
    held: set[tuple[str, str]]
    matched: list[str]
    units: int

    def world(self) -> World:
        """The world that the engine is asked about."""
        documents: list[dict[str, Any]] = [device_class()]
        for node, devices in self.devices.items():
            sets = [{"name": "set", "counters": {"units": {"value": str(self.units)}}}]
            documents.append(slice_(devices_of(devices), node=node, name=f"{node}-devices", count=2))
            documents.append(slice_((), node=node, name=f"{node}-sets", count=2, sharedCounters=sets))
        asked = [
            first_available(name, **{f"a{at}": demand_of(each) for at, each in enumerate(alternatives)})
            if len(alternatives) > 1
            else request(name, *selectors_of(alternatives[0]), count=alternatives[0]["count"])
            for name, alternatives in zip("xy", self.requests, strict=False)
        ]
        constraints = [{"matchAttribute": "d.io/a", "requests": self.matched}] if self.matched else []
        documents.append(claim(*asked, constraints=constraints))
        held = [f"d.io/{node}/{name}" for node, name in sorted(self.held)]
        if held:
            documents.append(claim(request(), name="other", status=allocated(*held)))
        return World(objects(*documents))

    def choices(self) -> Iterator[Choice]:
        """Every solution on every node, on each in Kubernetes' order."""
        for node, devices in self.devices.items():
            by_name = {each["name"]: each for each in devices}
            taken = [by_name[name] for owner, name in self.held if owner == node]
            free = [each for each in devices if each not in taken]
            for parts in product(*(list(_parts(each, free)) for each in self.requests)):
                picked = [found for _, found in parts]
                if self.holds(picked, taken):
                    names = tuple(tuple(each["name"] for each in found) for found in picked)
                    yield Choice(node, tuple(at for at, _ in parts), names)

    def holds(self, picked: Sequence[Sequence[dict[str, Any]]], taken: Sequence[dict[str, Any]]) -> bool:
        """Whether devices are taken once, agree where they must, and leave no counter below nothing."""
        every = [each["name"] for found in picked for each in found]
        agreeing = [found for name, found in zip("xy", picked, strict=True) if name in self.matched]
        drawn = sum(each["units"] for found in picked for each in found)
        # What is held may be over the counters already: then nothing that draws from them fits.
        fits = not drawn or drawn + sum(each["units"] for each in taken) <= self.units
        return fits and len(set(every)) == len(every) and len({each["a"] for found in agreeing for each in found}) <= 1

    def free_after(self, choice: Choice) -> int:
        """How many devices of the node nobody has then and the counters still allow."""
        gone = {name for node, name in self.held if node == choice.node}.union(*choice.devices)
        devices = self.devices[choice.node]
        left = self.units - sum(each["units"] for each in devices if each["name"] in gone)
        return sum(each["name"] not in gone and (not each["units"] or each["units"] <= left) for each in devices)

    def score(self, way: str, choice: Choice) -> object:
        """What a choice is worth."""
        devices = self.devices[choice.node]
        free = self.free_after(choice)
        if way == EXPRESSION:
            by_name = {each["name"]: each["b"] for each in devices}
            return sum(by_name[name] for name in choice.devices[0]) - 2 * len(choice.devices[1])
        return {"first": 0, "pack": -free, "spread": free, "balance": Fraction(free, len(devices))}[way]


def _parts(
    alternatives: Sequence[dict[str, Any]], free: Sequence[dict[str, Any]]
) -> Iterator[tuple[int, tuple[dict[str, Any], ...]]]:
    """What one request may get: alternative and devices, in the order in which they are tried."""
    for at, one in enumerate(alternatives):
        for found in combinations([each for each in free if each["b"] >= one["least"]], one["count"]):
            yield at, found


def devices_of(devices: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        device(
            each["name"],
            a=each["a"],
            b=each["b"],
            **(
                {"consumesCounters": [{"counterSet": "set", "counters": {"units": {"value": str(each["units"])}}}]}
                if each["units"]
                else {}
            ),
        )
        for each in devices
    ]


def selectors_of(wanted: dict[str, Any]) -> list[str]:
    return [f"device.attributes['d.io'].b >= {wanted['least']}"]


def demand_of(wanted: dict[str, Any]) -> dict[str, Any]:
    return demand(*selectors_of(wanted), count=wanted["count"])


@st.composite
def worlds(draw: st.DrawFn) -> Small:
    """Up to three nodes of a few devices, two requests with up to three alternatives, a constraint, counters."""
    devices = {
        f"n{number}": [
            {
                "name": f"d{index}",
                "a": draw(st.integers(0, 1)),
                "b": draw(st.integers(0, 2)),
                "units": draw(st.sampled_from([0, 0, 1, 2])),
            }
            for index in range(draw(st.integers(1, 4)))
        ]
        for number in range(draw(st.integers(1, 3)))
    }
    one = st.fixed_dictionaries({"count": st.integers(1, 2), "least": st.integers(0, 2)})
    requests = [draw(st.lists(one, min_size=1, max_size=3)) for _ in range(2)]
    every = [(node, str(each["name"])) for node, found in devices.items() for each in found]
    held = draw(st.sets(st.sampled_from(every), max_size=3))
    matched = draw(st.sampled_from([[], ["x"], ["y"], ["x", "y"]]))
    return Small(devices, requests, held, matched, draw(st.integers(2, 4)))


def best_of(small: Small, way: str) -> Choice | None:
    """The best choice by score, then by earlier alternatives, then by the node's name.

    On each node it is the first of those that are worth most to an expression, and the first to a way to choose nodes.
    """
    found: dict[str, tuple[object, Choice]] = {}
    for choice in small.choices():
        score = small.score(way, choice)
        is_better = way == EXPRESSION and choice.node in found and score > found[choice.node][0]  # type: ignore[operator]
        if choice.node not in found or is_better:
            found[choice.node] = score, choice
    # Nodes come in the order of their names, of which max takes the first.
    ranked = max(found.values(), key=lambda each: (each[0], -sum(each[1].alternatives)), default=None)
    return None if ranked is None else ranked[1]


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=examples(60), deadline=None)
@given(worlds())
def test_nothing_on_any_node_is_better(way: str, small: Small) -> None:
    world = small.world()
    subjects = [each for each in subjects_of(world.objects, world, only_open=True) if each.name == "claim"]
    (decision,) = schedule(subjects, world, read_wanted(way, world, subjects))
    expected = best_of(small, way)

    if expected is None:
        assert isinstance(decision, NotScheduled)
        return
    assert isinstance(decision, Scheduled)
    by_request: dict[str, list[str]] = {"x": [], "y": []}
    for each in decision.results[0].allocation.devices:
        by_request[each.request.partition("/")[0]].append(each.device.device)
    assert (decision.node, tuple(map(tuple, by_request.values()))) == (expected.node, expected.devices)
    assert decision.is_best is (None if way == "first" else True)
