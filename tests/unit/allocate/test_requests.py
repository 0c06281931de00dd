"""Counts, modes, alternatives and claims: Kubernetes' order and its complete backtracking."""

from __future__ import annotations

import pytest

from dra_policy.allocate.kept import KeptPlans
from dra_policy.fleet.prepared import PreparedFleet
from dra_policy.model import DeviceId
from tests.clusters import (
    allocated,
    answer,
    answers,
    claim,
    compiled,
    demand,
    device,
    device_class,
    first_available,
    fleet,
    objects,
    request,
    said,
    slice_,
)

MODEL = 'device.attributes["d.io"].model'


def test_devices_are_taken_in_visiting_order() -> None:
    assert answer(slice_(["b", "a"]), claim(request(count=2))) == [["r=b", "r=a"]]


def test_claim_with_two_requests_never_receives_the_same_device() -> None:
    found = answer(slice_(["a", "b"]), claim(request("left"), request("right")))

    assert found == [["left=a", "right=b"]]


def test_devices_in_use_are_passed_over() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/a"))

    assert answer(slice_(["a", "b"]), holder, claim(request())) == [["r=b"]]
    assert answer(slice_(["a", "b"]), holder, claim(request(count=2))) is None


def test_an_earlier_choice_is_taken_back() -> None:
    devices = [device("a", model="x"), device("b", model="y")]

    assert answer(slice_(devices), claim(request("any"), request("x", f'{MODEL} == "x"'))) == [["any=b", "x=a"]]


def test_a_later_claim_takes_back_the_choice_of_an_earlier_one() -> None:
    devices = [device("a", model="x"), device("b", model="y")]
    second = claim(request("x", f'{MODEL} == "x"'), name="second")

    assert answer(slice_(devices), claim(request("any"), name="first"), second) == [["any=b"], ["x=a"]]


def test_all_claims_or_none() -> None:
    assert answer(slice_(["a"]), claim(request(), name="one"), claim(request(), name="two")) is None


def test_mode_all_takes_every_device_and_needs_every_one_of_them() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/b"))

    assert answer(slice_(["a", "b"]), claim(request(count="all"))) == [["r=a", "r=b"]]
    assert answer(slice_(["a", "b"]), holder, claim(request(count="all"))) is None
    assert answer(slice_([]), claim(request(count="all"))) is None


def test_mode_all_does_not_accept_a_pool_that_is_being_updated() -> None:
    found = answer(slice_(["a"]), slice_(["b"], driver="e.io", count=2), claim(request(count="all")))

    assert found == (
        "claim default/claim, request r: asks for all devices, but resource pool e.io/n1 is currently being updated"
    )


def test_alternatives_are_tried_in_order() -> None:
    wish = first_available("r", big=demand(f'{MODEL} == "big"'), small=demand(f'{MODEL} == "small"', count=2))
    small = [device("a", model="small"), device("b", model="small")]

    assert answer(slice_(small), claim(wish)) == [["r/small=a", "r/small=b"]]
    assert answer(slice_([*small, device("c", model="big")]), claim(wish)) == [["r/big=c"]]


def test_an_alternative_is_changed_when_a_later_request_needs_its_devices() -> None:
    wish = first_available("r", two=demand(count=2), one=demand())

    assert answer(slice_(["a", "b"]), claim(wish, request("s"))) == [["r/one=a", "s=b"]]


def test_a_claim_holds_at_most_32_devices() -> None:
    many = slice_([f"gpu-{index:02}" for index in range(40)])

    found = answer(many, claim(request("a", count=20), request("b", count=13)))
    assert found == (
        "claim default/claim, request b: adding 13 devices exceeds the claim limit of 32, with 20 already accounted for"
    )


def test_an_alternative_that_would_exceed_the_limit_is_skipped() -> None:
    many = slice_([f"gpu-{index:02}" for index in range(40)])
    wish = first_available("w", many=demand(count=13), few=demand(count=1))

    found = answer(many, claim(request("a", count=20), wish))
    assert isinstance(found, list)
    assert found[0][20:] == ["w/few=gpu-20"]


def test_a_missing_class_is_an_error_of_every_node() -> None:
    found = answers(slice_(["a"]), slice_(["a"], node="n2"), device_class(), claim(request(cls="nope")))

    text = (
        "claim default/claim, request r: could not retrieve device class nope: "
        'deviceclasses.resource.k8s.io "nope" not found'
    )
    assert [said(each) for each in found] == [text, text]


def test_a_broken_later_alternative_is_an_error_although_the_first_would_do() -> None:
    found = answer(slice_(["a"]), device_class(), claim(first_available("r", one=demand(), two=demand(cls="nope"))))

    assert isinstance(found, str)
    assert "request two: could not retrieve device class nope" in found


def test_a_claim_without_requests_fits_everywhere() -> None:
    assert answer(slice_(["a"]), claim()) == [[]]


@pytest.mark.parametrize("count", [1, "all"])
def test_invalid_pools_give_nothing(count: int | str) -> None:
    found = answer(slice_(["a", "a"]), claim(request(count=count)))

    if count == "all":
        assert isinstance(found, str)
        assert found.endswith("resource pool d.io/n1 is currently invalid")
    else:
        assert found == "invalid resource pools were encountered"


def test_an_invalid_pool_is_no_error_where_another_pool_will_do() -> None:
    assert answer(slice_(["a", "a"]), slice_(["b"], driver="e.io"), claim(request())) == [["r=b"]]


def test_the_searches_of_one_call_share_its_budget() -> None:
    # What one device has more than another keeps the two nodes from being one search.
    nodes = [slice_([device("a", kind="x"), "b"]), slice_([device("a", kind="y"), "b", "c"], node="n2")]
    wish = claim(request("q", 'device.attributes["d.io"].?kind.orValue("") != "z"'), request("r", count=2))
    first, second = answers(*nodes, wish)
    assert (said(first), said(second)) == (None, [["q=a", "r=b", "r=c"]])
    assert first.steps > 0 < second.steps

    enough = answers(*nodes, wish, budget=first.steps + second.steps)
    too_few = answers(*nodes, wish, budget=first.steps + 1)

    assert [said(each) for each in enough] == [None, [["q=a", "r=b", "r=c"]]]
    assert [said(each) for each in too_few] == [None, "undecided"]


def test_a_plan_that_is_kept_has_its_whole_budget_in_every_call() -> None:
    devices = [device("a", kind="x"), device("b", kind="y"), device("c", kind="z")]
    documents = [slice_(devices), claim(request("q", 'device.attributes["d.io"].kind != "x"'), request("r"))]
    (found,) = answers(*documents)
    kept, claims, (wish,) = PreparedFleet(fleet(*documents)), objects(*documents).claims, compiled(*documents)
    plan = KeptPlans().of(kept, claims, lambda _: wish, admin_is_free=True, budget=found.steps)

    before = [said(each) for each in plan.answers(claims)]
    kept.take([DeviceId("d.io", "n1", "a")])
    after = [said(each) for each in plan.answers(claims)]

    assert (before, after) == ([[["q=b", "r=a"]]], [[["q=b", "r=c"]]])


def test_a_spent_budget_is_no_answer() -> None:
    odd = [device(f"d{index:02}", model=str(index % 2)) for index in range(20)]
    wishes = [request(f"r{index}", f'{MODEL} == "{index % 2}"', count=5) for index in range(4)]

    found = next(iter(answers(slice_(odd), claim(*wishes), budget=3)))
    assert said(found) == "undecided"
    assert found.steps == 3
