"""The walk that a first fit tries before anything is made for a search."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Account, Allocated, Ledger, first_fit, plan
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, HOPEFUL
from dra_policy.model import AmountLimit, Quota
from dra_policy.values import Quantity
from tests.clusters import answer, answers, claim, compiled, demand, device, first_available, fleet, request, slice_

A, B = {"x": "a"}, {"x": "b"}


def gpus(*published: dict[str, Any]) -> dict[str, Any]:
    return slice_([device(f"g{index}", **each) for index, each in enumerate(published)])


def alike(*requests: str) -> dict[str, Any]:
    return {"matchAttribute": "d.io/x", **({"requests": list(requests)} if requests else {})}


FOUND = [
    ([gpus({}, {}), claim(request())], [["r=g0"]]),
    ([gpus(A, B, A), claim(request("a"), request("b"), constraints=[alike()])], [["a=g0", "b=g2"]]),
    ([gpus(A, B, B), claim(request(count=2), constraints=[alike()])], [["r=g1", "r=g2"]]),
    ([gpus({}, A, A), claim(request(count=2), constraints=[alike()])], [["r=g1", "r=g2"]]),
    ([gpus(A, A, B), claim(request(count=2), constraints=[{"distinctAttribute": "d.io/x"}])], [["r=g0", "r=g2"]]),
    ([gpus({}, {}), claim(request(), name="one"), claim(request(), name="two")], [["r=g0"], ["r=g1"]]),
    ([gpus(A, B), claim(first_available("f", big=demand(), small=demand()))], [["f/big=g0"]]),
]


@pytest.mark.parametrize(("documents", "devices"), FOUND)
def test_what_the_walk_finds_is_the_first_solution_and_costs_what_a_search_does(
    documents: list[dict[str, Any]], devices: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = answers(*documents, shortcuts=ALL_SHORTCUTS)
    monkeypatch.delattr(plan, "search")

    walked = answers(*documents, shortcuts=HOPEFUL)

    assert answer(*documents, shortcuts=HOPEFUL) == devices
    assert [each.outcome for each in walked] == [each.outcome for each in searched]
    assert [each.steps for each in walked] == [each.steps for each in searched]


@pytest.mark.parametrize(
    ("documents", "devices"),
    [
        # The first device has to be taken back: `b` cannot follow it.
        ([gpus(A, B, B), claim(request("a"), request("b"), constraints=[alike()])], [["a=g1", "b=g2"]]),
        ([gpus(A, B), claim(request(count=2), constraints=[alike()])], None),
        ([gpus({}), claim(first_available("f", two=demand(count=2), one=demand()))], [["f/one=g0"]]),
    ],
)
def test_where_the_walk_finds_nothing_the_search_answers(
    documents: list[dict[str, Any]], devices: list[list[str]] | None
) -> None:
    assert answer(*documents, shortcuts=HOPEFUL) == devices


def test_what_a_quota_refuses_is_paid_once() -> None:
    fleet_ = fleet(
        *(slice_([device("g", capacity={"memory": {"value": amount}})], node=node) for node, amount in AMOUNTS)
    )
    limit = AmountLimit(Quantity.parse("5Gi"), "d.io", "memory", "memory")
    quota = Quota("small", "default", rules=(limit,))
    ledger = Ledger((quota,), (Account(quota, limit),))
    asked = compiled(claim(request()))

    deciding = {
        budget: first_fit(fleet_, asked, quotas=ledger, budget=budget).deciding for budget in (5, 6, 8, 12, 16, 200)
    }

    assert {each.node for each in deciding.values() if each is not None} == {"n4"}
    assert all(isinstance(each.outcome, Allocated) for each in deciding.values() if each is not None)


AMOUNTS = (("n1", "10Gi"), ("n2", "10Gi"), ("n3", "10Gi"), ("n4", "1Gi"))
