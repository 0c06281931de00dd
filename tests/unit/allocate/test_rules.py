"""What a policy demands of several devices together: rules, ranges of counts, what holds across claims, preferences."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dra_policy.allocate import Allocated, NotAllocated, Undecided, allocate_claims
from dra_policy.allocate.together import Together
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Fleet
from dra_policy.model import (
    Demand,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    Preference,
    Request,
    Requirement,
    Selector,
)
from dra_policy.record import replace
from dra_policy.text import Place, PolicyError, Source, Span, SpanDocument
from tests.clusters import allocated, claim, compiled, device, fleet, request, slice_


def selector(text: str) -> Selector:
    source = Source.of("policy.dra", text)
    return Selector(text, Dialect.V1, Place(SpanDocument(Span(source, 0, len(text)))))


def require(*texts: str) -> tuple[Requirement, ...]:
    return tuple(Requirement(selector(text), (("gpu", "d.io"),)) for text in texts)


def prefer(*texts: str) -> tuple[Preference, ...]:
    return tuple(Preference(selector(text), (("gpu", "d.io"),)) for text in texts)


def gpus(*numas: int, **more: object) -> list[dict[str, object]]:
    return [device(f"gpu-{index}", numa=numa, weight=2**index, **more) for index, numa in enumerate(numas)]


def wanting(count: int, *rules: str, most: int = 0, wishes: Sequence[str] = (), name: str = "gpus") -> CompiledClaim:
    """A claim of one request with rules."""
    document = claim(request(count=count, name=name))
    (found,) = compiled(document)
    demand = found.claim.requests[0].demands[0]
    demand = replace(demand, maximum_count=most or None)
    return with_demand(found, demand, require(*rules), prefer(*wishes))


def with_demand(
    found: CompiledClaim, demand: Demand, rules: tuple[Requirement, ...], wishes: tuple[Preference, ...]
) -> CompiledClaim:
    written = replace(
        found.claim,
        requests=(Request(found.claim.requests[0].name, (demand,)),),
        requirements=rules,
        preferences=wishes,
    )
    one = found.requests[0].alternatives[0]
    requests = (replace(found.requests[0], alternatives=(replace(one, demand=demand),)),)
    return replace(found, claim=written, requests=requests)


def names(
    loaded: Fleet, *claims: CompiledClaim, together: Sequence[Together] = (), node: str = "n1"
) -> list[list[str]]:
    """The devices of each claim on a node; nothing where they do not fit."""
    answers = allocate_claims(loaded, claims, together=together)
    outcome = answers.of_node(node).outcome
    if isinstance(outcome, NotAllocated):
        return []
    assert isinstance(outcome, Allocated), outcome
    return [[each.device.device for each in result.allocation.devices] for result in outcome.results]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("gpus.all(g, g.gpu.numa == gpus[0].gpu.numa)", ["gpu-0", "gpu-2"]),
        ('gpus.all(g, g.attributes["d.io"].numa == 1)', ["gpu-1", "gpu-3"]),
        ("gpus.map(g, g.gpu.weight).sum() >= 9", ["gpu-0", "gpu-3"]),
        ("gpus.map(g, g.gpu.weight).sum() == 6", ["gpu-1", "gpu-2"]),
        ("gpus.map(g, g.gpu.weight).sum() <= 2", []),
        ("gpus.map(g, g.gpu.numa).distinct().size() <= 1", ["gpu-0", "gpu-2"]),
        ("!gpus.exists(g, g.gpu.weight == 1)", ["gpu-1", "gpu-2"]),
        ('gpus[1].name == "gpu-3"', ["gpu-0", "gpu-3"]),
        ('requests["gpus"].size() == 2 && gpus.all(g, g.gpu.weight > 2)', ["gpu-2", "gpu-3"]),
        ('node.name == "n1"', ["gpu-0", "gpu-1"]),
        ('node.labels["zone"] == "b"', []),
        ("node.free.size() == 2 && node.devices.size() == 4", ["gpu-0", "gpu-1"]),
        ('gpus.all(g, g.node == "n1" && g.request == "gpus" && g.claim == "claim")', ["gpu-0", "gpu-1"]),
    ],
)
def test_a_rule_is_true_of_the_first_solution(rule: str, expected: list[str]) -> None:
    """``require``: true of the whole solution (language.md 6)."""
    loaded = fleet(slice_(gpus(0, 1, 0, 1)))

    assert names(loaded, wanting(2, rule)) == ([expected] if expected else [])


def test_an_error_of_a_rule_rejects_a_solution_and_ends_nothing() -> None:
    devices = [device("a"), device("b", numa=0), device("c", numa=0)]

    assert names(fleet(slice_(devices)), wanting(2, "gpus.all(g, g.gpu.numa == 0)")) == [["b", "c"]]


def test_of_a_range_the_fewest_are_taken_that_satisfy_everything() -> None:
    loaded = fleet(slice_(gpus(0, 0, 0, 0)))

    assert names(loaded, wanting(1, most=4)) == [["gpu-0"]]
    assert names(loaded, wanting(1, "gpus.map(g, g.gpu.weight).sum() >= 12", most=4)) == [["gpu-2", "gpu-3"]]
    assert names(loaded, wanting(1, "gpus.map(g, g.gpu.weight).sum() >= 16", most=4)) == []


def test_a_preference_changes_which_solution_and_never_whether_there_is_one() -> None:
    loaded = fleet(slice_(gpus(0, 1, 0, 1)))

    assert names(loaded, wanting(2, wishes=["gpus.map(g, g.gpu.weight).sum()"])) == [["gpu-2", "gpu-3"]]
    assert names(loaded, wanting(2, wishes=["-gpus.map(g, g.gpu.weight).sum()"])) == [["gpu-0", "gpu-1"]]
    assert names(loaded, wanting(1, most=3, wishes=["gpus.size()"])) == [["gpu-0", "gpu-1", "gpu-2"]]
    # An error counts as worst; equal solutions fall back to the first.
    assert names(loaded, wanting(2, wishes=["gpus.all(g, g.gpu.nothing)"])) == [["gpu-0", "gpu-1"]]


def test_an_earlier_preference_outranks_a_later_one() -> None:
    loaded = fleet(slice_(gpus(0, 1, 0, 1)))
    same_numa = "gpus.map(g, g.gpu.numa).distinct().size() == 1"

    assert names(loaded, wanting(2, wishes=[same_numa, "gpus[0].gpu.weight"])) == [["gpu-1", "gpu-3"]]
    assert names(loaded, wanting(2, wishes=["gpus[0].gpu.weight", same_numa])) == [["gpu-2", "gpu-3"]]


def test_preferences_with_short_names_of_their_own_keep_their_order() -> None:
    one = wanting(1, "gpus.size() == 1", wishes=["gpus[0].gpu.numa", "gpus[0].gpu.weight"])
    first, second = one.claim.preferences
    # The later one has the short names of the rule, as a caller's preference after those of a pod may have.
    rule = replace(one.claim.requirements[0], aliases=(("card", "d.io"),))
    later = Preference(selector("gpus[0].card.weight"), rule.aliases)
    written = replace(one.claim, requirements=(rule,), preferences=(first, later))

    assert names(fleet(slice_(gpus(1, 0))), replace(one, claim=written)) == [["gpu-0"]]
    assert names(fleet(slice_(gpus(1, 0))), replace(one, claim=replace(written, preferences=(later, first)))) == [
        ["gpu-1"]
    ]
    assert names(fleet(slice_(gpus(1, 0))), replace(one, claim=replace(written, preferences=(second, first)))) == [
        ["gpu-1"]
    ]


def test_an_error_of_a_preference_counts_as_worst_and_is_reported_with_its_device() -> None:
    loaded = fleet(slice_([device("gpu-0"), device("gpu-1", weight=1), device("gpu-2")]))
    some = allocate_claims(loaded, [wanting(1, wishes=["gpus[0].gpu.weight"])]).groups[0]
    every = allocate_claims(loaded, [wanting(1, wishes=["gpus.map(d, d.gpu.size).sum()"])]).groups[0]

    assert (some.said, [(each.text, each.device) for each in some.errors]) == (
        ("1",),
        [("no such key: weight", "gpu-0")],
    )
    assert (every.said, [(each.text, each.device) for each in every.errors]) == (
        ("",),
        [("no such key: size", "gpu-0")],
    )
    assert some.is_best
    assert every.is_best


def test_what_a_preference_gives_is_said_as_the_fleet_writes_it() -> None:
    loaded = fleet(
        slice_(
            [
                device("gpu-0", capacity={"memory": {"value": "48Gi"}}),
                device("gpu-1", capacity={"memory": {"value": "48Gi"}}),
            ]
        )
    )
    wishes = ["gpus[0].gpu.memory", "gpus.map(d, d.gpu.memory).sum()", "gpus.size() == 2", "1.0 / 3.0", "-gpus.size()"]

    (group,) = allocate_claims(loaded, [wanting(2, wishes=wishes)]).groups

    assert group.said == ("48Gi", "96Gi", "true", "0.333333", "-2")


def wishing(wish: str, *requests: dict[str, object]) -> CompiledClaim:
    """A claim of some requests with one preference."""
    (found,) = compiled(claim(*requests))
    return replace(found, claim=replace(found.claim, preferences=prefer(wish)))


@pytest.mark.parametrize(
    ("wish", "devices"),
    [
        ("node.free.size()", ["b", "b"]),
        ("-node.free.size()", ["a", "c"]),
        ("node.free.exists(d, d.name == 'a')", ["b"] * 2),
    ],
)
def test_free_are_the_devices_of_which_nobody_holds_anything(wish: str, devices: list[str]) -> None:
    shared = [
        device(name, allowMultipleAllocations=True, capacity={"memory": {"value": "10"}}) for name in ("a", "b", "c")
    ]
    result = {"request": "r", "driver": "d.io", "pool": "n1", "device": "b", "consumedCapacity": {"memory": "2"}}
    result["shareID"] = "00000000-0000-4000-8000-000000000001"
    held = claim(request(), name="other", status={"allocation": {"devices": {"results": [result]}}})
    some = [request(name, capacity={"requests": {"memory": "2"}}) for name in ("x", "y")]

    assert names(fleet(slice_(shared), held), wishing(wish, *some)) == [devices]


def test_admin_access_leaves_its_device_free() -> None:
    held = claim(request(), name="other", status=allocated("d.io/n1/b"))
    (group,) = allocate_claims(
        fleet(slice_(["a", "b"]), held), [wishing("node.free.size()", request(adminAccess=True))]
    ).groups

    assert group.said == ("1",)


def test_a_best_solution_is_called_best_only_if_that_is_proved() -> None:
    loaded = fleet(slice_(gpus(*[0] * 12)))
    claims = [wanting(6, wishes=["gpus.map(g, g.gpu.weight).sum() % 97"])]

    proved, found = allocate_claims(loaded, claims), allocate_claims(loaded, claims, budget=200)

    assert [group.is_best for group in proved.groups] == [True]
    assert [group.is_best for group in found.groups] == [False]


def test_a_rule_without_bound_ends_at_the_budget_and_never_in_no() -> None:
    loaded = fleet(slice_(gpus(*[0] * 20)))
    answers = allocate_claims(loaded, [wanting(10, "gpus.map(g, g.gpu.weight).sum() == 1048574")], budget=1000)

    assert isinstance(answers.of_node("n1").outcome, Undecided)


def test_devices_that_are_alike_to_a_rule_are_tried_once() -> None:
    loaded = fleet(slice_([device(f"gpu-{index}", numa=0) for index in range(24)]))
    answers = allocate_claims(loaded, [wanting(12, "gpus.exists(g, g.gpu.numa == 1)")])

    assert isinstance(answers.of_node("n1").outcome, NotAllocated)
    assert answers.steps < 2000


def test_a_rule_that_does_not_compile_is_an_error_of_the_policy() -> None:
    with pytest.raises(PolicyError, match="undeclared reference"):
        names(fleet(slice_(gpus(0))), wanting(1, "gpux.size() == 1"))


def test_values_may_differ_across_claims() -> None:
    loaded = fleet(slice_([device(f"gpu-{index}", attributes={"x.io/numa": index // 2}) for index in range(4)]))
    claims = [wanting(1, name="a"), wanting(1, name="b")]

    assert names(loaded, *claims) == [["gpu-0"], ["gpu-1"]]
    same = Together(("one", "two"), (MatchAttribute("x.io/numa", ("one/a", "two")),))
    assert names(loaded, *claims, together=[same]) == [["gpu-0"], ["gpu-1"]]
    apart = Together(("one", "two"), (DistinctAttribute("x.io/numa"),))
    assert names(loaded, *claims, together=[apart]) == [["gpu-0"], ["gpu-2"]]
    other = Together(("one", "two"), (DistinctAttribute("x.io/numa", ("one",)),))
    assert names(loaded, *claims, together=[other]) == [["gpu-0"], ["gpu-1"]]


def test_a_rule_reads_the_devices_of_several_claims() -> None:
    loaded = fleet(slice_(gpus(0, 1, 0, 1)))
    claims = [wanting(1, name="a"), wanting(1, name="b")]
    rule = require("claims.one.a.all(x, x.gpu.numa == claims.two.b[0].gpu.numa)")

    assert names(loaded, *claims, together=[Together(("one", "two"), requirements=rule)]) == [["gpu-0"], ["gpu-2"]]


@pytest.mark.parametrize(
    "rule",
    [
        "gpus.all(g, gpus.size() == 2)",
        "!gpus.exists(g, gpus.size() < 2)",
        "gpus.all(g, requests['gpus'].size() == 2)",
        "gpus.all(g, requests[g.request].size() == 2)",
        "gpus.filter(g, gpus.size() < 2).size() <= 0",
        "gpus.all(g, gpus.exists(h, h.name == 'gpu-1'))",
        "gpus.all(g, gpus.all(h, g.name == h.name || g.gpu.numa != h.gpu.numa))",
    ],
)
def test_a_rule_that_comes_true_with_the_last_device_is_not_given_up_before(rule: str) -> None:
    assert names(fleet(slice_(gpus(0, 1))), wanting(2, rule)) == [["gpu-0", "gpu-1"]]
