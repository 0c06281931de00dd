"""The best fit where devices are given in shares and in partitions: by every way to prefer, in small worlds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate.score import Strategy
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World
from tests.clusters import claim, device, device_class, objects, request, slice_
from tests.property.effort import examples

WHOLE = 4
FREE, FULL = "node.free.size()", "-node.free.size()"
WAYS = [*(each.value for each in Strategy), FREE, FULL]
SHARE = "00000000-0000-4000-8000-00000000000{}"


class Unit(NamedTuple):
    """A device with a capacity of WHOLE: given in shares or not, what it draws, what of it is held (None: nothing)."""

    name: str
    is_shared: bool
    units: int
    held: int | None

    def document(self) -> dict[str, Any]:
        """The device in a slice."""
        drawn = [{"counterSet": "set", "counters": {"units": {"value": str(self.units)}}}] if self.units else []
        return device(
            self.name,
            capacity={"m": {"value": str(WHOLE)}},
            **({"allowMultipleAllocations": True} if self.is_shared else {}),
            **({"consumesCounters": drawn} if drawn else {}),
        )


class Shared(NamedTuple):
    """Devices by node, the counters of each node, and what each request of the claim wants of the capacity."""

    nodes: dict[str, list[Unit]]
    units: int
    wanted: list[int]

    def world(self) -> World:
        """The world that the engine is asked about."""
        sets = [{"name": "set", "counters": {"units": {"value": str(self.units)}}}]
        documents: list[dict[str, Any]] = [device_class()]
        results: list[dict[str, Any]] = []
        for node, units in self.nodes.items():
            documents.append(slice_([each.document() for each in units], node=node, name=f"{node}-devices", count=2))
            documents.append(slice_((), node=node, name=f"{node}-sets", count=2, sharedCounters=sets))
            for each in units:
                if each.held is not None:
                    found: dict[str, Any] = {"request": "r", "driver": "d.io", "pool": node, "device": each.name}
                    if each.is_shared:
                        found |= {"shareID": SHARE.format(len(results)), "consumedCapacity": {"m": str(each.held)}}
                    results.append(found)
        asked = [request(f"r{at}", capacity={"requests": {"m": str(each)}}) for at, each in enumerate(self.wanted)]
        documents.append(claim(*asked))
        if results:
            status = {"allocation": {"devices": {"results": results}}}
            documents.append(claim(request(), name="other", status=status))
        return World(objects(*documents))

    def choices(self, node: str) -> Iterator[tuple[Unit, ...]]:
        """Every solution on a node in Kubernetes' order."""
        for picked in product(self.nodes[node], repeat=len(self.wanted)):
            if self.is_had(node, picked):
                yield picked

    def is_had(self, node: str, picked: tuple[Unit, ...]) -> bool:
        """Whether the devices can be had by requests in order: by shares, by what is left, by the counters."""
        used = {each.name: each.held for each in self.nodes[node] if each.held is not None}
        left = self.units - sum(each.units for each in self.nodes[node] if each.held is not None)
        for each, amount in zip(picked, self.wanted, strict=True):
            before = used.get(each.name)
            if before is not None and (not each.is_shared or before + amount > WHOLE):
                return False
            if before is None and each.units:
                left -= each.units
                if left < 0:
                    return False
            # A shared device in use has paid; the counters of its pool are looked at nevertheless only on opening.
            used[each.name] = (before or 0) + amount
        return True

    def after(self, node: str, picked: tuple[Unit, ...]) -> tuple[Fraction, int, int]:
        """What is left of a node in devices, how many shared ones are opened, how many are free as a whole."""
        used = {each.name: each.held for each in self.nodes[node] if each.held is not None}
        opened = {each.name for each in picked if each.is_shared and each.name not in used}
        for each, amount in zip(picked, self.wanted, strict=True):
            used[each.name] = (used.get(each.name) or 0) + amount
        units = self.units - sum(each.units for each in self.nodes[node] if each.name in used)
        left, free = Fraction(0), 0
        for each in self.nodes[node]:
            if each.name not in used:
                can_be_had = not each.units or each.units <= units
                left, free = left + can_be_had, free + can_be_had
            elif each.is_shared:
                left += Fraction(WHOLE - (used[each.name] or 0), WHOLE)
        return left, len(opened), free

    def score(self, way: str, node: str, picked: tuple[Unit, ...]) -> tuple[Fraction | int, ...]:
        """What a choice is worth."""
        left, opened, free = self.after(node, picked)
        size = len(self.nodes[node])
        worth: dict[str, tuple[Fraction | int, ...]] = {
            "first": (0,),
            "pack": (-opened, -left),
            "spread": (left,),
            "balance": (left / size,),
            FREE: (free,),
            FULL: (-free,),
        }
        return worth[way]

    def best(self, way: str) -> tuple[str, tuple[str, ...]] | None:
        """The best choice: ways to choose nodes take what is first on each, ``pack`` what opens fewest shared devices.

        Expressions look at every solution.
        """
        found: list[tuple[tuple[Fraction | int, ...], str, tuple[str, ...]]] = []
        for node in self.nodes:
            every = [(self.score(way, node, each), each) for each in self.choices(node)]
            if every and way == "pack":
                # The devices are chosen by how many are opened, the node also by what is left.
                every = [max(every, key=lambda each: each[0][0])]
            if every:
                score, picked = max(every, key=lambda each: each[0]) if way in (FREE, FULL) else every[0]
                found.append((score, node, tuple(each.name for each in picked)))
        # Nodes come in the order of their names, of which max takes the first.
        return max(found, key=lambda each: each[0])[1:] if found else None


@st.composite
def worlds(draw: st.DrawFn) -> Shared:
    """Up to three nodes of a few devices, one or two requests for a part of one."""
    units = draw(st.integers(2, 4))
    nodes: dict[str, list[Unit]] = {}
    for number in range(draw(st.integers(1, 3))):
        found: list[Unit] = []
        for index in range(draw(st.integers(1, 3))):
            is_shared = draw(st.booleans())
            drawn = draw(st.sampled_from([0, 0, 1, 2]))
            held = draw(st.sampled_from([None, None, 1, 2, 4] if is_shared else [None, None, 4]))
            spent = sum(each.units for each in found if each.held is not None)
            # What is held has been allocated: the counters were enough.
            found.append(Unit(f"d{index}", is_shared, drawn, held if spent + drawn <= units else None))
        nodes[f"n{number}"] = found
    return Shared(nodes, units, draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=examples(60), deadline=None)
@given(worlds())
def test_nothing_on_any_node_is_better(way: str, shared: Shared) -> None:
    world = shared.world()
    subjects = [each for each in subjects_of(world.objects, world, only_open=True) if each.name == "claim"]
    (decision,) = schedule(subjects, world, read_wanted(way, world, subjects))
    expected = shared.best(way)

    if expected is None:
        assert isinstance(decision, NotScheduled)
        return
    assert isinstance(decision, Scheduled)
    devices = tuple(each.device.device for each in decision.results[0].allocation.devices)
    assert (decision.node, devices) == expected
    assert decision.is_best is (None if way == "first" else True)
