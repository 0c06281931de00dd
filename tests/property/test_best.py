"""The best fit is the best of all choices of devices on all nodes: by every way to prefer, in small worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate.score import Strategy
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World
from dra_policy.record import replace
from tests.clusters import claim, demand, device, device_class, first_available, objects, request, slice_
from tests.property.choices import Choices, made
from tests.property.effort import examples

EXPRESSION = "claims.claim.x.map(d, int(d.attributes['d.io'].b)).sum() - 2 * claims.claim.y.size()"
COMMON = "common"
HELD_OF_SHARED = 10
SHARE = "8a42750b-c1ea-4531-b78b-2240745e7f3e"
WAYS = [*(each.value for each in Strategy), EXPRESSION]


class Choice(NamedTuple):
    """One solution on one node: by request the alternative and the devices, in Kubernetes' order."""

    node: str
    alternatives: tuple[int, ...]
    devices: tuple[tuple[str, ...], ...]


class Small(NamedTuple):
    """A world as plain values: devices by pool, the alternatives of each request, held devices, a constraint.

    The devices of the pool ``COMMON`` are seen by all nodes, the others by the node of the pool's name.
    """

    devices: dict[str, list[dict[str, Any]]]
    requests: list[list[dict[str, Any]]]
    held: set[tuple[str, str]]
    matched: list[str]
    units: int

    @property
    def nodes(self) -> list[str]:
        """The nodes in the order in which they are tried."""
        return [pool for pool in self.devices if pool != COMMON]

    def unshared(self) -> Small:
        """The same where each device is given as a whole; what is left of shared ones is told in `test_best_shared`."""
        found = {pool: [{**each, "shared": False} for each in some] for pool, some in self.devices.items()}
        return self._replace(devices=found)

    def seen_from(self, node: str) -> list[dict[str, Any]]:
        """The devices of a node in the order in which they are tried, the common ones first."""
        return [*self.devices.get(COMMON, ()), *self.devices[node]]

    def world(self) -> World:
        """The world that the engine is asked about."""
        documents: list[dict[str, Any]] = [device_class()]
        for pool, devices in self.devices.items():
            sets = [{"name": "set", "counters": {"units": {"value": str(self.units)}}}]
            where = {"node": None, "pool": pool, "allNodes": True} if pool == COMMON else {"node": pool}
            documents.append(slice_(devices_of(devices), **where, name=f"{pool}-devices", count=2))
            documents.append(slice_((), **where, name=f"{pool}-sets", count=2, sharedCounters=sets))
        asked = [
            first_available(name, **{f"a{at}": demand_of(each) for at, each in enumerate(alternatives)})
            if len(alternatives) > 1
            else {"name": name, "exactly": demand_of(alternatives[0])}
            for name, alternatives in zip("xy", self.requests, strict=False)
        ]
        constraints = [{"matchAttribute": "d.io/a", "requests": self.matched}] if self.matched else []
        documents.append(claim(*asked, constraints=constraints))
        held = [self._result(pool, name) for pool, name in sorted(self.held)]
        if held:
            status = {"allocation": {"devices": {"results": held}}}
            documents.append(claim(request(), name="other", status=status))
        return World(objects(*documents))

    def _result(self, pool: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"request": "r", "driver": "d.io", "pool": pool, "device": name}
        if self._is_shared(pool, name):
            found |= {"shareID": SHARE, "consumedCapacity": {"mem": str(HELD_OF_SHARED)}}
        return found

    def _is_shared(self, pool: str, name: str) -> bool:
        return any(each["name"] == name and each["shared"] for each in self.devices[pool])

    def choices(self) -> Iterator[Choice]:
        """Every solution on every node, on each in Kubernetes' order."""
        held = {name for _, name in self.held}
        for node in self.nodes:
            devices = self.seen_from(node)
            free = [each for each in devices if each["shared"] or each["name"] not in held]
            for parts in product(*(list(_parts(each, free)) for each in self.requests)):
                picked = [found for _, found in parts]
                wanted = [alternatives[at]["mem"] for alternatives, (at, _) in zip(self.requests, parts, strict=True)]
                if self.holds(node, picked, wanted):
                    names = tuple(tuple(each["name"] for each in found) for found in picked)
                    yield Choice(node, tuple(at for at, _ in parts), names)

    def holds(self, node: str, picked: Sequence[Sequence[dict[str, Any]]], wanted: Sequence[int | None]) -> bool:
        """Whether devices are taken once or shared, agree where they must, and leave no counter below nothing."""
        alone = [each["name"] for found in picked for each in found if not each["shared"]]
        agreeing = [found for name, found in zip("xy", picked, strict=True) if name in self.matched]
        return (
            len(set(alone)) == len(alone)
            and len({each["a"] for found in agreeing for each in found}) <= 1
            and all(self._counters_suffice(pool, picked) for pool in (COMMON, node) if pool in self.devices)
            and self._shares_fit(picked, wanted)
        )

    def _counters_suffice(self, pool: str, picked: Sequence[Sequence[dict[str, Any]]]) -> bool:
        names = {each["name"] for found in picked for each in found}
        held = {name for owner, name in self.held if owner == pool}
        # A device draws once, however many have a share of it; nothing new may draw where too much is drawn.
        drawn = sum(each["units"] for each in self.devices[pool] if each["name"] in names - held)
        before = sum(each["units"] for each in self.devices[pool] if each["name"] in held)
        return not drawn or drawn + before <= self.units

    def _shares_fit(self, picked: Sequence[Sequence[dict[str, Any]]], wanted: Sequence[int | None]) -> bool:
        used = dict.fromkeys((name for _, name in self.held), HELD_OF_SHARED)
        for found, amount in zip(picked, wanted, strict=True):
            for each in found:
                if each["shared"]:
                    used[each["name"]] = used.get(each["name"], 0) + (each["mem"] if amount is None else amount)
                    if used[each["name"]] > each["mem"]:
                        return False
        return True

    def free_after(self, choice: Choice) -> int:
        """How many devices of the node nobody has then and the counters still allow."""
        gone = {name for _, name in self.held}.union(*choice.devices)
        return sum(
            each["name"] not in gone and (not each["units"] or each["units"] <= self._left(pool, gone))
            for pool in (COMMON, choice.node)
            for each in self.devices.get(pool, ())
        )

    def _left(self, pool: str, gone: set[str]) -> int:
        return self.units - sum(int(each["units"]) for each in self.devices[pool] if each["name"] in gone)

    def score(self, way: str, choice: Choice) -> object:
        """What a choice is worth."""
        devices = self.seen_from(choice.node)
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
        fitting = [each for each in free if each["b"] >= one["least"] and (one["mem"] or 0) <= each["mem"]]
        for found in combinations(fitting, one["count"]):
            yield at, found


def devices_of(devices: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        device(
            each["name"],
            a=each["a"],
            b=each["b"],
            capacity={"mem": {"value": str(each["mem"])}},
            **({"allowMultipleAllocations": True} if each["shared"] else {}),
            **(
                {"consumesCounters": [{"counterSet": "set", "counters": {"units": {"value": str(each["units"])}}}]}
                if each["units"]
                else {}
            ),
        )
        for each in devices
    ]


def demand_of(wanted: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {} if wanted["mem"] is None else {"capacity": {"requests": {"mem": str(wanted["mem"])}}}
    return demand(f"device.attributes['d.io'].b >= {wanted['least']}", count=wanted["count"], **more)


def small(choices: Choices) -> Small:
    """Up to three nodes of a few devices, two requests with up to three alternatives, a constraint, counters."""
    pools = [f"n{number}" for number in range(choices.number(1, 3))]
    sees = [COMMON] if choices.number(0, 2) == 2 else []
    devices = {pool: _some_devices(choices, pool, 2 if pool == COMMON else 4) for pool in (*sees, *pools)}
    requests = [choices.list_of(_an_alternative, 1, 3) for _ in range(2)]
    every = [(pool, str(each["name"])) for pool, found in devices.items() for each in found]
    held = {choices.pick(every) for _ in range(choices.number(0, 3))}
    matched = choices.pick(([], ["x"], ["y"], ["x", "y"]))
    return Small(devices, requests, held, matched, choices.number(2, 4))


def _some_devices(choices: Choices, pool: str, most: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{pool}-d{index}",
            "a": choices.number(0, 1),
            "b": choices.number(0, 2),
            "units": choices.pick((0, 0, 1, 2)),
            "mem": choices.pick((20, 40)),
            "shared": choices.number(0, 3) == 3,
        }
        for index in range(choices.number(1, most))
    ]


def _an_alternative(choices: Choices) -> dict[str, Any]:
    return {"count": choices.number(1, 2), "least": choices.number(0, 2), "mem": choices.pick((None, None, 10, 30))}


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


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(WAYS), made(small))
def test_nothing_on_any_node_is_better(way: str, small: Small) -> None:
    small = small if way in (Strategy.FIRST.value, EXPRESSION) else small.unshared()
    world = small.world()
    (found,) = (each for each in subjects_of(world.objects, world, only_open=True) if each.name == "claim")
    # To look for the claim's line would take a third of the time.
    subjects = [replace(found, place=None)]
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
