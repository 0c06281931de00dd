"""Laws of allocation over whole clusters with all features, read from the random manifests of `benchmarks.fuzz`."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.devices import GPU
from dra_policy.allocate import Account, Allocated, Failed, Ledger, NotAllocated, Undecided, allocate_claims
from dra_policy.allocate.events import InvalidPools
from dra_policy.allocate.layout_plan import plan_layout
from dra_policy.allocate.outcomes import outcome_of
from dra_policy.allocate.plan import Plan
from dra_policy.allocate.reference import plain_walk
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, HOPEFUL
from dra_policy.engine.live import LiveCluster
from dra_policy.engine.world import World
from dra_policy.fleet import NodeView, UnreadableSlice
from dra_policy.model import AdminAccessRule, AmountLimit, DeviceLimit, Quota
from dra_policy.record import replace
from dra_policy.values import Quantity
from tests.property.effort import examples
from tests.property.random_worlds import (
    BUDGET,
    Document,
    answers_to,
    cases,
    compiled,
    constrained,
    demands,
    easy_cases,
    nodes_of,
    outcomes,
    world_of,
)
from tests.shortcuts import AT_ONCE, GREEDY, NO_SHORTCUTS, SWITCHES, assert_same_answers


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
        for claim in compiled(world):
            answered = allocate_claims(world.fleet, [claim], evaluator=world.evaluator, budget=BUDGET)
            found[claim.claim.name] = [(each.node, each.outcome) for each in answered]
        return found

    claims = case["claims"]
    assert each_alone(Random(seed).sample(claims, len(claims))) == each_alone(claims)


def with_counts(case: Document) -> Document:
    """The case without mode All: one device in its place."""
    changed: Document = json.loads(json.dumps(case))
    for demand in (each for claim in changed["claims"] for each in demands(claim)):
        if demand["allocationMode"] == "All":
            demand |= {"allocationMode": "ExactCount", "count": 1}
    return changed


@settings(max_examples=examples(120), deadline=None)
@given(st.one_of(cases, easy_cases), st.integers(0, 10**6))
def test_removing_a_constraint_keeps_a_feasible_claim_feasible(case: Document, number: int) -> None:
    """Errors are no matches here, and there is no mode All: both make feasibility non-monotone."""
    case = with_counts(constrained(case, number))
    places = [
        (index, at)
        for index, claim in enumerate(case["claims"])
        for at in range(len(claim["spec"]["devices"]["constraints"]))
    ]
    before = outcomes(case, errors_are_fatal=False)
    if not any(isinstance(each, Allocated) for each in before.values()):
        return
    index, at = places[number % len(places)]
    relaxed = json.loads(json.dumps(case))
    del relaxed["claims"][index]["spec"]["devices"]["constraints"][at]
    after = outcomes(relaxed, errors_are_fatal=False)

    for node, outcome in before.items():
        if isinstance(outcome, Allocated) and not isinstance(after[node], Undecided):
            text = getattr(after[node], "text", "")
            # The other devices that are found first may have a node selector of two terms.
            assert isinstance(after[node], Allocated) or "NodeSelector with" in text, node


classes_of_quotas = st.sampled_from([(), (), (GPU,), ("any",), (GPU, "any")])
limits = st.one_of(
    st.builds(DeviceLimit, st.integers(0, 4), classes_of_quotas),
    st.builds(
        lambda most, of: AmountLimit(Quantity.parse(most), GPU, "memory", "memory", of),
        st.sampled_from(["0", "7", "10Gi", "40Gi", "100Gi"]),
        classes_of_quotas,
    ),
)


def ledger(found: list[DeviceLimit | AmountLimit]) -> Ledger:
    """What a namespace may hold that holds nothing; everybody may have admin access."""
    quotas = tuple(Quota(f"q{number}", "default", rules=(rule,)) for number, rule in enumerate(found))
    everything = Quota("all", "default", rules=(AdminAccessRule(True),))
    accounts = tuple(Account(quota, rule) for quota, rule in zip(quotas, found, strict=True))
    return Ledger((*quotas, everything), accounts)


@settings(max_examples=examples(250), deadline=None)
@given(cases, st.sampled_from(SWITCHES), st.sampled_from([{}, AT_ONCE, GREEDY]), st.lists(limits, max_size=2))
def test_each_shortcut_can_be_switched_off_alone(
    case: Document, name: str, thresholds: dict[str, int], found: list[DeviceLimit | AmountLimit]
) -> None:
    quotas = ledger(found) if found else None
    shortcuts = replace(ALL_SHORTCUTS, **thresholds, **{name: False})

    assert_same_answers(
        outcomes(case, shortcuts=shortcuts, quotas=quotas), outcomes(case, shortcuts=NO_SHORTCUTS, quotas=quotas)
    )


@settings(max_examples=examples(60), deadline=None)
@given(st.one_of(cases, easy_cases))
def test_a_walk_that_never_goes_back_takes_the_steps_of_a_search(case: Document) -> None:
    world = world_of(case)
    answers = {
        greedy: [
            (each.node, each.outcome, each.steps)
            for node in world.fleet.nodes
            for each in answers_to(world, nodes=(node,), shortcuts=replace(HOPEFUL, greedy=greedy))
        ]
        for greedy in (0, 1)
    }

    assert answers[1] == answers[0]


WALKED = 2_000
"""The most steps that the plain walk takes on a node in a test."""


def walked(world: World, view: NodeView) -> object | None:
    """What the plain walk says of a node; None where an answer is clear before any search."""
    claims = compiled(world)
    plan = Plan(claims, world.fleet, world.evaluator)
    layout = plan_layout(plan.demands, view)
    if layout.refusal is not None:
        return None
    problem = plan._problem(layout, view.usage, view.usage.in_use & layout.relevant)
    return outcome_of(plain_walk(problem), plan, claims, lambda: view)


@settings(max_examples=examples(120), deadline=None)
@given(cases, st.sampled_from([{}, AT_ONCE, GREEDY]))
def test_every_node_is_answered_as_by_the_plain_walk(case: Document, thresholds: dict[str, int]) -> None:
    world = world_of(case)
    found = outcomes(case, shortcuts=replace(ALL_SHORTCUTS, **thresholds))
    for each in answers_to(world, shortcuts=NO_SHORTCUTS):
        outcome = found[each.node]
        event = outcome.event if isinstance(outcome, Failed) else None
        if each.steps >= WALKED or isinstance(outcome, Undecided) or isinstance(event, UnreadableSlice):
            continue
        expected = walked(world, world.fleet.view(each.node))
        # Where nothing fits and a pool is invalid, the node says so.
        is_invalid = isinstance(event, InvalidPools) and isinstance(expected, NotAllocated)
        assert expected is None or is_invalid or outcome == expected, each.node
