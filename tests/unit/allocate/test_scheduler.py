"""What the scheduler makes of the nodes' answers: which node it takes, and which error ends everything."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Allocated, allocate_claims, first_fit
from dra_policy.allocate.scheduler import Aborted, Placed, SchedulerDecision, Unplaced, scheduler_decision
from dra_policy.allocate.score import Strategy, best_fit
from tests.clusters import (
    allocated,
    answers,
    claim,
    compiled,
    demand,
    device,
    first_available,
    fleet,
    node,
    request,
    slice_,
)

MODEL = 'device.attributes["d.io"].model == "x"'
X = device("a", model="x")


def placed(*documents: dict[str, Any], **options: Any) -> SchedulerDecision:
    return scheduler_decision(answers(*documents, **options))


def many(good: int, *, broken: str) -> list[dict[str, Any]]:
    """So many nodes with a matching device, and one on which the selector fails."""
    return [*(slice_([X], node=f"n{number:03}") for number in range(good)), slice_(["a"], node=broken)]


def test_an_error_on_one_of_few_nodes_beats_success_on_others() -> None:
    found = placed(*many(3, broken="z"), claim(request("r", MODEL)))

    assert isinstance(found, Aborted)
    assert found.answer.node == "z"


@pytest.mark.parametrize("broken", ["a", "z"])
def test_an_error_on_one_of_many_nodes_may_be_met(broken: str) -> None:
    found = placed(*many(120, broken=broken), claim(request("r", MODEL)))

    assert isinstance(found, Placed)
    assert found.answer.node == "n000"
    assert found.may_abort is not None
    assert found.may_abort.node == broken


def test_an_error_on_one_of_many_nodes_is_met_where_too_few_others_fit() -> None:
    empty = [node(f"m{number:03}") for number in range(60)]
    fits = many(90, broken="z")
    named = [node(each["spec"]["nodeName"]) for each in fits]

    assert isinstance(placed(*empty, *named, *fits, claim(request("r", MODEL))), Aborted)


def test_an_error_of_one_nodes_pools_is_no_end() -> None:
    found = placed(slice_(["a", "a"], node="n1"), slice_(["a"], node="n2"), claim(request()))

    assert isinstance(found, Placed)
    assert (found.answer.node, found.may_abort) == ("n2", None)


def test_an_error_that_is_found_after_a_solution_ends_it_too() -> None:
    terms = [{"matchExpressions": [{"key": "zone", "operator": "In", "values": [each]}]} for each in "ab"]
    found = placed(
        node("n1", zone="a"), slice_(["a"], node=None, nodeSelector={"nodeSelectorTerms": terms}), claim(request())
    )

    assert isinstance(found, Aborted)
    assert found.answer.node == "n1"


def test_no_node_is_no_node() -> None:
    assert placed(slice_([], node="n1"), claim(request())) == Unplaced()


# Scheduler plugin DynamicResources, computeScore: the sum over prioritized requests of 8 - index of the alternative.
def test_a_node_with_an_earlier_alternative_is_better() -> None:
    wish = claim(first_available("r", big=demand(count=2), small=demand(count=1)))
    found = placed(slice_(["a"], node="n1"), slice_(["a", "b"], node="n2"), slice_(["a", "b"], node="n3"), wish)

    assert isinstance(found, Placed)
    assert found.answer.node == "n2"


def test_scores_of_several_requests_and_claims_add_up() -> None:
    first = claim(
        first_available("a", x=demand(MODEL), y=demand()), first_available("b", x=demand(MODEL), y=demand()), name="c1"
    )
    second = claim(first_available("c", x=demand('device.attributes["d.io"].model == "y"'), y=demand()), name="c2")
    devices = {"n1": "xzy", "n2": "xxy", "n3": "xxz"}
    slices = [
        slice_([device(f"{i}", model=m) for i, m in enumerate(each)], node=name) for name, each in devices.items()
    ]

    found = placed(*slices, first, second)
    assert isinstance(found, Placed)
    assert found.answer.node == "n2"


def test_claims_without_alternatives_go_to_the_first_node() -> None:
    found = placed(slice_(["a"], node="n2"), slice_(["a", "b"], node="n1"), claim(request()))

    assert isinstance(found, Placed)
    assert found.answer.node == "n1"


def test_nodes_that_may_not_be_used_are_not_asked() -> None:
    documents = [slice_([X], node="n1"), slice_(["a"], node="n2"), slice_([X], node="n3"), slice_([], node="n4")]
    wish = claim(request("r", MODEL))

    found = answers(*documents, wish, nodes={"n3", "n4"})
    assert [each.node for each in found] == ["n3", "n4"]
    assert isinstance(scheduler_decision(found), Placed)
    first = first_fit(fleet(*documents), compiled(wish), nodes={"n3", "n4"})
    assert first.deciding is not None
    assert (first.deciding.node, first.passed) == ("n3", ())


def test_the_first_of_the_nodes_that_may_be_used_comes_first() -> None:
    # n1 and n3 are of one group, n2 is of another: without n1 the groups change places.
    documents = [slice_(["a"], node="n1"), slice_(["a", "b"], node="n2"), slice_(["a"], node="n3")]
    for nodes, expected in (({"n2", "n3"}, "n2"), ({"n3"}, "n3"), (set(), None)):
        first = first_fit(fleet(*documents), compiled(claim(request())), nodes=nodes)
        assert (first.deciding.node if first.deciding else None) == expected
        every = allocate_claims(fleet(*documents), compiled(claim(request())), nodes=nodes)
        assert [each.node for each in every] == sorted(nodes)


def partitioned(name: str) -> list[dict[str, Any]]:
    """A node with two cards, each whole or as four partitions."""
    devices = []
    for card in ("g0", "g1"):
        for part, amount in (("whole", 4), ("p0", 1), ("p1", 1), ("p2", 1), ("p3", 1)):
            drawn = [{"counterSet": card, "counters": {"m": {"value": str(amount)}}}]
            devices.append(device(f"{card}-{part}", whole=part == "whole", consumesCounters=drawn))
    sets = [{"name": card, "counters": {"m": {"value": "4"}}} for card in ("g0", "g1")]
    counters = slice_(node=name, name=f"{name}-counters", count=2, sharedCounters=sets)
    return [slice_(devices, node=name, count=2), counters]


# On n1 a card is held whole: its partitions are free by name only. On n2 half a card is held.
@pytest.mark.parametrize(("strategy", "expected"), [("spread", "n2"), ("pack", "n1"), ("balance", "n2")])
def test_a_partition_whose_counters_are_spent_is_not_free(strategy: str, expected: str) -> None:
    whole = claim(request(), name="h1", status=allocated("d.io/n1/g0-whole"))
    half = claim(request(), name="h2", status=allocated("d.io/n2/g0-p0", "d.io/n2/g0-p1"))
    wish = claim(request("r", '!device.attributes["d.io"].whole'))
    found = answers(*partitioned("n1"), *partitioned("n2"), whole, half, wish)

    best = best_fit(found, Strategy(strategy))
    assert best is not None
    assert best.answer.node == expected


def shared(name: str) -> dict[str, Any]:
    return device(name, allowMultipleAllocations=True, capacity={"memory": {"value": "40Gi"}})


def using(node_name: str, name: str, amount: str) -> dict[str, Any]:
    result: dict[str, Any] = {"request": "r", "driver": "d.io", "pool": node_name, "device": name}
    result |= {"shareID": "00000000-0000-4000-8000-000000000001", "consumedCapacity": {"memory": amount}}
    status = {"allocation": {"devices": {"results": [result]}}}
    return claim(request(), name="other", status=status)


# On n2 and as the second device of n3 there is room for the share on a device that is used already.
@pytest.mark.parametrize(
    ("nodes", "strategy", "expected"),
    [
        ({"n1": "a", "n2": "b"}, "first", "n1/a"),
        ({"n1": "a", "n2": "b"}, "pack", "n2/b"),
        ({"n1": "a", "n2": "b"}, "spread", "n1/a"),
        ({"n1": "a", "n2": "b"}, "balance", "n1/a"),
        ({"n1": "a", "n2": "cb"}, "pack", "n2/b"),
        ({"n2": "cb"}, "first", "n2/c"),
        ({"n2": "cb"}, "spread", "n2/c"),
    ],
)
def test_pack_prefers_a_half_used_device_to_a_fresh_one(nodes: dict[str, str], strategy: str, expected: str) -> None:
    slices = [slice_([shared(each) for each in names], node=name) for name, names in nodes.items()]
    wish = claim(request("r", capacity={"requests": {"memory": "10Gi"}}))
    found = answers(*slices, using("n2", "b", "20Gi"), wish, packs=strategy == "pack")

    best = best_fit(found, Strategy(strategy))
    assert best is not None
    assert isinstance(best.answer.outcome, Allocated)
    ((given,),) = [each.devices for each in best.answer.outcome.results]
    assert given == f"r=d.io/{expected}"
    assert best.is_proved
