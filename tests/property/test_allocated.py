"""What is allocated in random clusters, checked from the documents alone: every rule holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.values import Quantity
from tests.property.effort import examples
from tests.property.random_worlds import Document, cases, constrained, demands, easy_cases, nodes_of

Published = dict[tuple[str, str, str], Document]
Results = list[tuple[Document, list[Document]]]


def results_of(case: Document) -> Iterator[Results]:
    """For each node that fits, the claims with their results."""
    for node in nodes_of(case).values():
        if node["allocated"]:
            results = [each.get("devices", {}).get("results", []) for each in node["results"]]
            yield list(zip(case["claims"], results, strict=True))


def device_name(result: Document) -> tuple[str, str, str]:
    return result.get("driver", ""), result.get("pool", ""), result.get("device", "")


def published(case: Document) -> Published:
    """The devices by name; without those of which there are several (old generations, pools seen from other nodes)."""
    found: dict[tuple[str, str, str], list[Document]] = {}
    for each in case["slices"]:
        for device in each["spec"].get("devices", ()):
            name = each["spec"]["driver"], each["spec"]["pool"]["name"], device["name"]
            found.setdefault(name, []).append(device)
    return {name: devices[0] for name, devices in found.items() if len(devices) == 1}


def values(device: Document, driver: str, attribute: str, *, knows_lists: bool) -> list[object] | None:
    """The values of a device for a constraint, each with its type; None where it has none.

    A list is like no other value where the feature is off.
    """
    domain, _, short = attribute.partition("/")
    attributes = device.get("attributes", {})
    held = attributes.get(attribute) or (attributes.get(short) if domain == driver else None)
    if not held:
        return None
    ((kind, value),) = held.items()
    if isinstance(value, list) and not knows_lists:
        return [object()]
    return [(kind.removesuffix("s"), each) for each in (value if isinstance(value, list) else [value])]


def is_covered(constraint: Document, result: Document) -> bool:
    names = constraint.get("requests", ())
    return not names or result["request"] in names or result["request"].partition("/")[0] in names


def assert_no_device_is_had_twice(case: Document, known: Published, claims: Results) -> None:
    shares = case["features"]["ConsumableCapacity"]
    in_use = {device_name(each) for each in case["allocatedDevices"]}
    normal: list[tuple[str, str, str]] = []
    for _, results in claims:
        own = [
            (device_name(each), bool(each.get("adminAccess")))
            for each in results
            if device_name(each) in known and not (shares and known[device_name(each)].get("allowMultipleAllocations"))
        ]
        assert len({name for name, _ in own}) == len(own)
        normal += [name for name, is_admin in own if not is_admin]
    assert len(set(normal)) == len(normal)
    assert in_use.isdisjoint(normal)


def assert_every_constraint_holds(case: Document, known: Published, claims: Results) -> None:
    knows_lists = case["features"]["ListTypeAttributes"]
    for claim, results in claims:
        derived = {each["name"] for demand in demands(claim) for each in demand.get("derivedAttributes", ())}
        for constraint in claim["spec"]["devices"].get("constraints", ()):
            attribute = constraint.get("matchAttribute") or constraint["distinctAttribute"]
            chosen = [each for each in results if is_covered(constraint, each)]
            if attribute in derived or any(device_name(each) not in known for each in chosen):
                continue
            held = [
                values(known[device_name(each)], each["driver"], attribute, knows_lists=knows_lists) for each in chosen
            ]
            assert None not in held
            sets = [set(each) for each in held if each is not None]
            if "matchAttribute" in constraint:
                assert not sets or set.intersection(*sets)
            else:
                assert sum(map(len, sets)) == len(set().union(*sets))


def assert_every_counter_holds(case: Document, known: Published, claims: Results) -> None:
    sets: dict[tuple[str, str, str, str], Quantity] = {}
    # Sets of one name are published for different nodes, or in different generations.
    times = Counter[tuple[str, ...]]()
    for each in case["slices"]:
        spec = each["spec"]
        for counter_set in spec.get("sharedCounters", ()):
            owner = spec["driver"], spec["pool"]["name"], counter_set["name"]
            times[owner] += 1
            sets |= {
                (*owner, name): Quantity.parse(counter["value"]) for name, counter in counter_set["counters"].items()
            }
    held = {
        device_name(each)
        for name in ("allocatedDevices", "allocatedCapacity", "allocatedSharedDeviceIDs")
        for each in case[name]
    }
    chosen = {device_name(each) for _, results in claims for each in results} - held
    drawn: dict[tuple[str, str, str, str], Quantity] = {}
    for device in (held | chosen) & known.keys():
        for consumption in known[device].get("consumesCounters", ()):
            for name, counter in consumption["counters"].items():
                key = (*device[:2], consumption["counterSet"], name)
                drawn[key] = drawn.get(key, Quantity.of(0)).add(Quantity.parse(counter["value"]))
    touched = {
        (*device[:2], consumption["counterSet"])
        for device in chosen & known.keys()
        for consumption in known[device].get("consumesCounters", ())
    }
    for key, amount in drawn.items():
        if times[key[:3]] == 1 and key[:3] in touched and key in sets:
            assert amount <= sets[key], key


def assert_no_shared_device_gives_more_than_it_has(case: Document, known: Published, claims: Results) -> None:
    before: dict[tuple[tuple[str, str, str], str], Quantity] = {}
    for each in case["allocatedCapacity"]:
        add(before, each)
    had, given_out = dict(before), [each for _, results in claims for each in results if "consumedCapacity" in each]
    for each in given_out:
        add(had, each)
    for each in given_out:
        capacity = known[device_name(each)]["capacity"] if device_name(each) in known else {}
        for name in capacity:
            assert had.get((device_name(each), name), Quantity.of(0)) <= Quantity.parse(capacity[name]["value"])


def add(had: dict[tuple[tuple[str, str, str], str], Quantity], holding: Document) -> None:
    for name, amount in holding["consumedCapacity"].items():
        key = device_name(holding), name
        had[key] = had.get(key, Quantity.of(0)).add(Quantity.parse(amount))


@settings(max_examples=examples(250), deadline=None)
@given(st.one_of(cases, easy_cases), st.integers(0, 10**6))
def test_what_is_allocated_keeps_every_constraint_counter_and_capacity(case: Document, number: int) -> None:
    case = constrained(case, number) if number % 3 else case
    known = published(case)
    for claims in results_of(case):
        assert_no_device_is_had_twice(case, known, claims)
        assert_every_constraint_holds(case, known, claims)
        assert_every_counter_holds(case, known, claims)
        assert_no_shared_device_gives_more_than_it_has(case, known, claims)
