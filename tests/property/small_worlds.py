"""Worlds of a few devices in which claims rarely fit, and what holds in them by trying everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from dra_policy.engine.world import World
from dra_policy.manifests import read_text
from tests.clusters import claim, demand, device, device_class, node, request, slice_

GI = "Gi"
Values = Mapping[str, Any]
Relax = frozenset[str]
NOTHING: Relax = frozenset()

devices = st.fixed_dictionaries(
    {
        "numa": st.sampled_from((0, 0, 1, None)),
        "m": st.sampled_from(("A", "A", "B", None)),
        "mem": st.sampled_from((10, 20, 40)),
        "cores": st.sampled_from((2, 8)),
        "shared": st.sampled_from((None, None, None, "whole", "policy")),
        "drawn": st.sampled_from((0, 0, 2, 3, 5)),
        "tainted": st.sampled_from((False, False, False, True)),
        "held": st.sampled_from((False, False, True)),
    }
)
demands = st.fixed_dictionaries(
    {
        "count": st.sampled_from((1, 1, 2, 2, 3, None)),
        "conditions": st.lists(st.sampled_from(("mem >= 20Gi", 'm is "A"', "cores >= 8")), max_size=2, unique=True),
        "capacity": st.sampled_from(({}, {}, {"mem": 15}, {"mem": 25}, {"mem": 15, "cores": 4})),
        "tolerates": st.booleans(),
    }
)
requests = st.lists(demands, min_size=1, max_size=3).map(lambda some: some if len(some) == 2 else some[:1])
constraints = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("match", "match", "distinct")),
        "attribute": st.sampled_from(("numa", "m")),
        "requests": st.sampled_from(((), (), ("r0",), ("r0", "r1"))),
    }
)
COUNTERS_OF_A_POOL = 5
CEL = {
    "mem >= 20Gi": 'device.capacity["d.io"].mem.compareTo(quantity("20Gi")) >= 0',
    "cores >= 8": 'device.capacity["d.io"].cores.compareTo(quantity("8")) >= 0',
    'm is "A"': 'device.attributes["d.io"].?m.orValue("") == "A"',
}


class Small(NamedTuple):
    """Devices by node, requests with their alternatives, constraints of the claim."""

    nodes: Mapping[str, Sequence[Values]]
    requests: Sequence[Sequence[Values]]
    constraints: Sequence[Values]

    @property
    def devices(self) -> Iterator[tuple[str, Values]]:
        """All devices with their nodes."""
        return ((name, each) for name, some in self.nodes.items() for each in some)


@st.composite
def small_worlds(draw: st.DrawFn) -> Small:
    """One or two nodes with up to four devices each, one or two requests, up to two constraints."""
    nodes = {
        f"n{number}": [
            {**values, "name": f"g{index}"} for index, values in enumerate(draw(st.lists(devices, max_size=4)))
        ]
        for number in range(draw(st.integers(1, 2)))
    }
    asked = draw(st.lists(requests, min_size=1, max_size=2))
    names = {f"r{number}" for number in range(len(asked))}
    written = [one for one in draw(st.lists(constraints, max_size=2)) if set(one["requests"]) <= names]
    return Small(nodes, asked, written)


def world_of(small: Small) -> World:
    """The manifests of a small world, read."""
    documents: list[Any] = [device_class("c")]
    for name, some in small.nodes.items():
        counters = [{"name": "cs", "counters": {"k": {"value": str(COUNTERS_OF_A_POOL)}}}]
        documents += [
            node(name),
            slice_(list(map(_device, some)), node=name, name=f"{name}-a", count=2),
            slice_(node=name, name=f"{name}-b", count=2, sharedCounters=counters),
        ]
        documents += [_holder(name, each) for each in some if each["held"]]
    documents.append(claim(*_requests(small), name="wanted", constraints=list(map(_constraint, small.constraints))))
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    return World(read_text("world.json", text).objects)


def _device(values: Values) -> dict[str, Any]:
    more: dict[str, Any] = {key: values[key] for key in ("numa", "m") if values[key] is not None}
    mem: dict[str, Any] = {"value": f"{values['mem']}Gi"}
    if values["shared"]:
        more["allowMultipleAllocations"] = True
    if values["shared"] == "policy":
        mem["requestPolicy"] = {"default": "10Gi", "validRange": {"min": "10Gi", "step": "10Gi", "max": "20Gi"}}
    if drawn_by(values):
        more["consumesCounters"] = [{"counterSet": "cs", "counters": {"k": {"value": str(values["drawn"])}}}]
    if values["tainted"]:
        more["taints"] = [{"key": "sick", "effect": "NoSchedule"}]
    return device(values["name"], capacity={"mem": mem, "cores": {"value": str(values["cores"])}}, **more)


def _holder(where: str, values: Values) -> dict[str, Any]:
    result: dict[str, Any] = {"request": "r", "driver": "d.io", "pool": where, "device": values["name"]}
    if values["shared"]:
        amounts = {"mem": f"{used_of(values)['mem']}Gi", "cores": str(used_of(values)["cores"])}
        share = "8a42750b-c1ea-4531-b78b-2240745e7f3e"
        result |= {"shareID": share, "consumedCapacity": amounts}
    status = {"allocation": {"devices": {"results": [result]}}}
    return claim(request("r"), name=f"h-{where}-{values['name']}", status=status)


def _requests(small: Small) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, alternatives in enumerate(small.requests):
        written = [_demand(each) for each in alternatives]
        if len(written) == 1:
            found.append({"name": f"r{number}", "exactly": written[0]})
        else:
            named = [{"name": f"a{index}", **each} for index, each in enumerate(written)]
            found.append({"name": f"r{number}", "firstAvailable": named})
    return found


def _demand(values: Values) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if values["capacity"]:
        units = {"mem": GI, "cores": ""}
        more["capacity"] = {"requests": {name: f"{n}{units[name]}" for name, n in values["capacity"].items()}}
    if values["tolerates"]:
        more["tolerations"] = [{"key": "sick", "operator": "Exists"}]
    selectors = [CEL[each] for each in values["conditions"]]
    return demand(*selectors, count="all" if values["count"] is None else values["count"], **more)


def _constraint(values: Values) -> dict[str, Any]:
    named = {"requests": list(values["requests"])} if values["requests"] else {}
    return {f"{values['kind']}Attribute": f"d.io/{values['attribute']}", **named}


def drawn_by(values: Values) -> int:
    """What a device draws from the counter of its node; shareable ones draw nothing here."""
    return 0 if values["shared"] else int(values["drawn"])


def used_of(values: Values) -> dict[str, int]:
    """What others consume of a shareable device."""
    if not (values["shared"] and values["held"]):
        return {"mem": 0, "cores": 0}
    return {"mem": 10, "cores": 1}


def charge(asked: Values, values: Values) -> dict[str, int] | None:
    """What a demand consumes of a device; None where its policy does not admit that."""
    found = {}
    for name in ("mem", "cores"):
        amount = asked["capacity"].get(name)
        if values["shared"] == "policy" and name == "mem":
            amount = 10 if amount is None else -(-amount // 10) * 10
            if amount > 20:
                return None
        found[name] = values[name] if amount is None else amount
    return found


def holds(asked: Values, values: Values, name: str) -> bool:
    """Whether an unused device can give what is asked of one capacity."""
    found = charge(asked, values)
    if found is None:
        return name != "mem"
    return bool(found[name] <= values[name])


Test = Callable[[Small, str, Values, Values], bool]


def _counters_left(small: Small, where: str) -> int:
    return COUNTERS_OF_A_POOL - sum(drawn_by(each) for each in small.nodes[where] if each["held"])


def _has_room(asked: Values, values: Values) -> bool:
    found, used = charge(asked, values), used_of(values)
    return found is not None and all(found[name] + used[name] <= values[name] for name in found)


def tests_of(asked: Values, *, idle: bool) -> dict[str, Test]:
    """What a row of an answer says of a device, by its text: (world, node, device, demand)."""
    found: dict[str, Test] = {
        "mem >= 20Gi": lambda _, __, values, ___: values["mem"] >= 20,
        "cores >= 8": lambda _, __, values, ___: values["cores"] >= 8,
        'm is "A"': lambda _, __, values, ___: values["m"] == "A",
        "untainted": lambda _, __, values, demanded: demanded["tolerates"] or not values["tainted"],
    }
    for name, number in asked["capacity"].items():
        text = f"{number}{GI if name == 'mem' else ''} of {name}"
        found[text] = lambda _, __, values, demanded, name=name: holds(demanded, values, name)  # type: ignore[misc]
    if not idle:
        found["not held by other claims"] = lambda _, __, values, ___: bool(values["shared"]) or not values["held"]
        found["capacity left"] = lambda _, __, values, demanded: not values["shared"] or _has_room(demanded, values)
    found["counters of its pool left"] = lambda small, where, values, _: (
        drawn_by(values) <= (COUNTERS_OF_A_POOL if idle else _counters_left(small, where)) or not drawn_by(values)
    )
    return found


def names_of(asked: Values, *, idle: bool) -> list[str]:
    """The tests that a demand puts to a device."""
    every = tests_of(asked, idle=idle)
    return [name for name in every if name not in CEL or name in asked["conditions"]]


def passing(small: Small, asked: Values, names: Sequence[str], *, idle: bool) -> dict[str, list[Values]]:
    """The devices of each node that pass some tests."""
    every = tests_of(asked, idle=idle)
    return {
        where: [
            each
            for each in some
            if all(every[one](small, where, each, asked) for name in names for one in name.split(" and "))
        ]
        for where, some in small.nodes.items()
    }


def agree(some: Sequence[Values], attributes: Sequence[str], distinct: Sequence[str] = ()) -> bool:
    """Whether some devices have one value of each attribute, and different ones of others."""
    for name in attributes:
        if len({each[name] for each in some}) > 1 or any(each[name] is None for each in some):
            return False
    for name in distinct:
        if len({each[name] for each in some}) < len(some) or any(each[name] is None for each in some):
            return False
    return True


def most_together(some: Sequence[Values], attributes: Sequence[str], distinct: Sequence[str] = ()) -> int:
    """The most of some devices that go together."""
    for size in range(len(some), 0, -1):
        if any(agree(chosen, attributes, distinct) for chosen in combinations(some, size)):
            return size
    return 0


def fits(small: Small, *, idle: bool, without: Relax = NOTHING) -> bool:
    """Whether some choice of devices of a node meets everything but some limits (``counters``, ``shares``)."""
    return any(_fits_on(small, where, idle=idle, without=without) for where in small.nodes)


def _fits_on(small: Small, where: str, *, idle: bool, without: Relax) -> bool:
    options = [
        [
            (asked, chosen)
            for asked in alternatives
            for chosen in _choices(small, where, asked, idle=idle, without=without)
        ]
        for alternatives in small.requests
    ]
    return any(_is_solution(small, where, picks, idle=idle, without=without) for picks in product(*options))


def _choices(small: Small, where: str, asked: Values, *, idle: bool, without: Relax) -> Iterator[tuple[Values, ...]]:
    names = [
        name
        for name in names_of(asked, idle=idle)
        if not (name == "counters of its pool left" and "counters" in without)
        and not ((name == "capacity left") and "shares" in without)
    ]
    usable = passing(small, asked, names, idle=idle)[where]
    if asked["count"] is not None:
        yield from combinations(usable, asked["count"])
        return
    wanted = [name for name in names if name in asked["conditions"] or (" of " in name and name[0].isdigit())]
    every = passing(small, asked, wanted, idle=idle)[where]
    if every and len(every) == len(usable):
        yield tuple(every)


Picks = Sequence[tuple[Values, Sequence[Values]]]


def _is_solution(small: Small, where: str, picks: Picks, *, idle: bool, without: Relax) -> bool:
    every = list(chain.from_iterable(chosen for _, chosen in picks))
    exclusive = [each["name"] for each in every if not each["shared"]]
    if len(set(exclusive)) < len(exclusive):
        return False
    left = COUNTERS_OF_A_POOL if idle else _counters_left(small, where)
    if "counters" not in without and sum(map(drawn_by, every)) > left and any(map(drawn_by, every)):
        return False
    if "shares" not in without and not _shares_fit(picks, idle=idle):
        return False
    return all(_holds_together(one, picks) for one in small.constraints)


def _shares_fit(picks: Picks, *, idle: bool) -> bool:
    used: dict[tuple[str, str], int] = {}
    for asked, chosen in picks:
        for each in chosen:
            for name, amount in (charge(asked, each) or {}).items() if each["shared"] else ():
                before = used.get((each["name"], name), 0 if idle else used_of(each)[name])
                used[each["name"], name] = before + amount
                if before + amount > each[name]:
                    return False
    return True


def _holds_together(constraint: Values, picks: Picks) -> bool:
    named = [
        chosen
        for number, (_, chosen) in enumerate(picks)
        if not constraint["requests"] or f"r{number}" in constraint["requests"]
    ]
    some = list(chain.from_iterable(named))
    attributes = [constraint["attribute"]]
    return agree(some, attributes) if constraint["kind"] == "match" else agree(some, (), attributes)
