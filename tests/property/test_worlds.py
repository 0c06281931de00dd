"""Laws of allocation over whole clusters with all features, read from the random manifests of `benchmarks.fuzz`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.cases import random_case
from dra_policy.allocate import Allocated, Answers, Undecided, allocate_claims
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.engine.batch import allocate_case
from dra_policy.engine.live import LiveCluster
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World
from dra_policy.manifests import read_case
from dra_policy.record import replace
from dra_policy.values import Quantity
from tests.property.effort import examples
from tests.shortcuts import NO_SHORTCUTS

Document = dict[str, Any]
BUDGET = 20_000
cases = st.integers(0, 10**9).map(lambda number: random_case(7, number))
GATHERING = "gather pool information: "


def world_of(case: Document) -> World:
    read = read_case(json.dumps(case).encode())
    return World(read.objects, read.diagnostics, Rules(steps=BUDGET))


def answers_to(case: Document, *, errors_are_fatal: bool = True, shortcuts: Shortcuts = ALL_SHORTCUTS) -> Answers:
    world = world_of(case)
    return allocate_claims(
        world.fleet,
        [world.compile_claim(claim) for claim in world.objects.claims],
        budget=BUDGET,
        errors_are_fatal=errors_are_fatal,
        shortcuts=shortcuts,
    )


def outcomes(case: Document, **options: Any) -> dict[str, object]:
    """Each node's answer, without the steps that it took."""
    return {each.node: each.outcome for each in answers_to(case, **options)}


def is_ordered_by_names(case: Document) -> bool:
    """Whether Kubernetes' answer does not depend on the order in which it hears of slices.

    It does where slices of a pool have one name, or announce different numbers of slices.
    """
    names = Counter(each["metadata"]["name"] for each in case["slices"])
    counts: dict[tuple[object, ...], set[int]] = {}
    for each in case["slices"]:
        pool = each["spec"]["pool"]
        key = each["spec"]["driver"], pool["name"], pool["generation"]
        counts.setdefault(key, set()).add(pool["resourceSliceCount"])
    return max(names.values(), default=1) == 1 and all(len(each) == 1 for each in counts.values())


def nodes_of(case: Document) -> dict[str, Document]:
    """The nodes' answers; which of several slices that cannot be read is named first is left out."""
    answered: Any = allocate_case(json.dumps(case).encode(), Rules(steps=BUDGET))
    found = {}
    for node in answered["nodes"]:
        error = node.get("error", "")
        found[node["node"]] = {**node, "error": GATHERING if error.startswith(GATHERING) else error}
    return found


@settings(max_examples=examples(60), deadline=None)
@given(cases, st.integers())
def test_the_order_of_documents_does_not_matter(case: Document, seed: int) -> None:
    if not is_ordered_by_names(case):
        return
    dice = Random(seed)
    lists = ("nodes", "classes", "slices", "allocatedDevices", "allocatedSharedDeviceIDs", "allocatedCapacity")
    found = {name: case[name] for name in (*lists, "taintRules") if name in case}
    shuffled = {**case, **{name: dice.sample(each, len(each)) for name, each in found.items()}}

    assert nodes_of(shuffled) == nodes_of(case)


@settings(max_examples=examples(120), deadline=None)
@given(cases)
def test_a_cluster_in_which_taint_rules_come_and_go_answers_as_a_new_one(case: Document) -> None:
    if "taintRules" not in case:
        return
    former, standing = (world_of({"taintRules": case[name]}).objects for name in ("formerTaintRules", "taintRules"))
    live = LiveCluster(world_of({name: each for name, each in case.items() if name != "taintRules"}))
    for rule in (*former.taint_rules, *standing.taint_rules):
        live.put_taint_rule(rule)
    for name in {rule.name for rule in former.taint_rules} - {rule.name for rule in standing.taint_rules}:
        live.remove_taint_rule(name)

    assert {each.node: each.outcome for each in live.allocate(*live.claims())} == outcomes(case)


@settings(max_examples=examples(40), deadline=None)
@given(cases, st.integers())
def test_the_order_of_claims_does_not_matter_to_each_of_them(case: Document, seed: int) -> None:
    def each_alone(claims: list[Document]) -> dict[str, list[object]]:
        world = world_of({**case, "claims": claims})
        found: dict[str, list[object]] = {}
        for claim in world.objects.claims:
            answered = allocate_claims(world.fleet, [world.compile_claim(claim)], budget=BUDGET)
            found[claim.name] = [(each.node, each.outcome) for each in answered]
        return found

    claims = case["claims"]
    assert each_alone(Random(seed).sample(claims, len(claims))) == each_alone(claims)


def wants_all(case: Document) -> bool:
    return any(each["allocationMode"] == "All" for claim in case["claims"] for each in demands(claim))


def requests(claim: Document) -> list[Document]:
    found: list[Document] = claim["spec"]["devices"]["requests"]
    return found


def demands(claim: Document) -> Iterator[Document]:
    for request in requests(claim):
        yield from request.get("firstAvailable", (request.get("exactly"),))


@settings(max_examples=examples(120), deadline=None)
@given(cases, st.integers(min_value=0))
def test_removing_a_constraint_keeps_a_feasible_claim_feasible(case: Document, number: int) -> None:
    """Errors are no matches here, and there is no mode All: both make feasibility non-monotone."""
    places = [
        (index, at)
        for index, claim in enumerate(case["claims"])
        for at in range(len(claim["spec"]["devices"].get("constraints", ())))
    ]
    if not places or wants_all(case):
        return
    before = outcomes(case, errors_are_fatal=False)
    index, at = places[number % len(places)]
    relaxed = json.loads(json.dumps(case))
    del relaxed["claims"][index]["spec"]["devices"]["constraints"][at]
    after = outcomes(relaxed, errors_are_fatal=False)

    for node, outcome in before.items():
        if isinstance(outcome, Allocated) and not isinstance(after[node], Undecided):
            text = getattr(after[node], "text", "")
            # The other devices that are found first may have a node selector of two terms.
            assert isinstance(after[node], Allocated) or "NodeSelector with" in text, node


SWITCHES = [name for name in Shortcuts.__annotations__ if name not in ("patience", "few_frames")]


@settings(max_examples=examples(25), deadline=None)
@given(cases)
def test_each_shortcut_can_be_switched_off_alone(case: Document) -> None:
    expected = outcomes(case, shortcuts=NO_SHORTCUTS)
    for name in SWITCHES:
        for patience, few_frames in ((0, 0), (ALL_SHORTCUTS.patience, ALL_SHORTCUTS.few_frames)):
            switched = replace(ALL_SHORTCUTS, patience=patience, few_frames=few_frames, **{name: False})
            found = outcomes(case, shortcuts=switched)
            for node, outcome in found.items():
                if not isinstance(outcome, Undecided) and not isinstance(expected[node], Undecided):
                    assert outcome == expected[node], (name, node)


def results_of(case: Document) -> Iterator[list[tuple[Document, list[Document]]]]:
    """For each node that fits, the claims with their results."""
    for node in nodes_of(case).values():
        if node["allocated"]:
            results = [each.get("devices", {}).get("results", []) for each in node["results"]]
            yield list(zip(case["claims"], results, strict=True))


def device_name(result: Document) -> tuple[str, str, str]:
    return result.get("driver", ""), result.get("pool", ""), result.get("device", "")


def published(case: Document) -> dict[tuple[str, str, str], Document]:
    """The devices by name; without those of which there are several (old generations, pools seen from other nodes)."""
    found: dict[tuple[str, str, str], list[Document]] = {}
    for each in case["slices"]:
        for device in each["spec"].get("devices", ()):
            name = each["spec"]["driver"], each["spec"]["pool"]["name"], device["name"]
            found.setdefault(name, []).append(device)
    return {name: devices[0] for name, devices in found.items() if len(devices) == 1}


@settings(max_examples=examples(120), deadline=None)
@given(cases)
def test_no_device_is_had_twice(case: Document) -> None:
    known = published(case)
    shares = case["features"]["ConsumableCapacity"]
    in_use = {device_name(each) for each in case["allocatedDevices"]}
    for claims in results_of(case):
        normal: list[tuple[str, str, str]] = []
        for _, results in claims:
            own = [
                (device_name(each), bool(each.get("adminAccess")))
                for each in results
                if device_name(each) in known
                and not (shares and known[device_name(each)].get("allowMultipleAllocations"))
            ]
            assert len({name for name, _ in own}) == len(own)
            normal += [name for name, is_admin in own if not is_admin]
        assert len(set(normal)) == len(normal)
        assert in_use.isdisjoint(normal)


def values(device: Document, driver: str, attribute: str) -> list[object] | None:
    """The values of a device for a constraint, each with its type; None where it has none."""
    domain, _, short = attribute.partition("/")
    attributes = device.get("attributes", {})
    held = attributes.get(attribute) or (attributes.get(short) if domain == driver else None)
    if not held:
        return None
    ((kind, value),) = held.items()
    return [(kind.removesuffix("s"), each) for each in (value if isinstance(value, list) else [value])]


def is_covered(constraint: Document, result: Document) -> bool:
    names = constraint.get("requests", ())
    return not names or result["request"] in names or result["request"].partition("/")[0] in names


@settings(max_examples=examples(120), deadline=None)
@given(cases)
def test_every_constraint_holds(case: Document) -> None:
    known = published(case)
    for claims in results_of(case):
        for claim, results in claims:
            derived = {each["name"] for demand in demands(claim) for each in demand.get("derivedAttributes", ())}
            for constraint in claim["spec"]["devices"].get("constraints", ()):
                attribute = constraint.get("matchAttribute") or constraint["distinctAttribute"]
                chosen = [each for each in results if is_covered(constraint, each)]
                if attribute in derived or any(device_name(each) not in known for each in chosen):
                    continue
                held = [values(known[device_name(each)], each["driver"], attribute) for each in chosen]
                assert None not in held
                sets = [set(each) for each in held if each is not None]
                if "matchAttribute" in constraint:
                    assert not sets or set.intersection(*sets)
                else:
                    assert sum(map(len, sets)) == len(set().union(*sets))


@settings(max_examples=examples(120), deadline=None)
@given(cases)
def test_every_counter_holds(case: Document) -> None:
    known = published(case)
    sets: dict[tuple[str, str, str, str], Quantity] = {}
    doubled = set()
    for each in case["slices"]:
        spec = each["spec"]
        for counter_set in spec.get("sharedCounters", ()):
            for name, counter in counter_set["counters"].items():
                key = spec["driver"], spec["pool"]["name"], counter_set["name"], name
                doubled |= {key} & sets.keys()
                sets[key] = Quantity.parse(counter["value"])
    held = {
        device_name(each)
        for name in ("allocatedDevices", "allocatedCapacity", "allocatedSharedDeviceIDs")
        for each in case[name]
    }
    for claims in results_of(case):
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
            if key[:3] in touched and key in sets and key not in doubled:
                assert amount <= sets[key], key
