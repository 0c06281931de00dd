"""Laws of quotas: holdings never exceed a limit after allocation, and the order of quotas does not matter."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate import Account, Holding, Ledger
from dra_policy.allocate.quota_rules import Requirement
from dra_policy.cel.rules import QUOTA_VARIABLES, compile_rule
from dra_policy.model import (
    AmountLimit,
    Capacity,
    ClassRule,
    Device,
    DeviceLimit,
    Dialect,
    ExpressionRule,
    Quota,
    QuotaRule,
    Selector,
)
from dra_policy.record import replace
from dra_policy.text import Place, Source, Span, SpanDocument
from dra_policy.values import Quantity
from tests.clusters import answer, claim, device, device_class, request, slice_
from tests.property.effort import examples

NAMES = ("a", "b", "d", "e", "f")
sizes = st.lists(st.integers(0, 6), min_size=1, max_size=5)
classes = st.sampled_from([(), ("c",), ("k",), ("c", "k")])
limits = st.one_of(
    st.builds(DeviceLimit, st.integers(0, 5), classes),
    st.builds(lambda most, of: AmountLimit(Quantity.of(most), "d.io", "m", "d.m", of), st.integers(0, 20), classes),
)
rules = st.one_of(
    limits, limits, limits, st.builds(lambda of: ClassRule(allowed=True, classes=of), st.just(("c", "k")))
)
held = st.lists(
    st.builds(
        lambda size, of: Holding("o", of, Device("x", "d.io", capacity={"m": Capacity(Quantity.of(size))})),
        st.integers(0, 4),
        st.sampled_from("ck"),
    ),
    max_size=2,
)
requests = st.lists(st.tuples(st.integers(1, 3), st.sampled_from("ck")), min_size=1, max_size=2)


def ledger(found: list[QuotaRule], holdings: list[Holding]) -> Ledger:
    quotas = tuple(Quota(f"q{number}", "default", rules=(rule,)) for number, rule in enumerate(found))
    accounts = tuple(
        Account(quota, rule).with_holdings(holdings)
        for quota in quotas
        for rule in quota.rules
        if isinstance(rule, DeviceLimit | AmountLimit)
    )
    return Ledger(quotas, accounts)


def documents(capacities: list[int], wanted: list[tuple[int, str]]) -> list[dict[str, Any]]:
    devices = [
        device(name, capacity={"m": {"value": str(size)}}) for name, size in zip(NAMES, capacities, strict=False)
    ]
    asked = [request(f"r{number}", count=count, cls=of) for number, (count, of) in enumerate(wanted)]
    return [slice_(devices), device_class("c"), device_class("k"), claim(*asked)]


def within(account: Account, picks: list[tuple[str, str]], capacities: list[int]) -> bool:
    """Whether picks (class and device name) stay within a limit, computed anew."""
    counted = [name for of, name in picks if not account.rule.classes or of in account.rule.classes]
    if isinstance(account.rule, DeviceLimit):
        return account.used // 10**9 + len(counted) <= account.rule.most or not counted
    added = sum(capacities[NAMES.index(name)] for name in counted)
    return account.used + added * 10**9 <= account.limit or not added


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(rules, max_size=3), held, sizes, requests)
def test_what_is_found_is_the_first_choice_within_all_limits(
    found: list[QuotaRule], holdings: list[Holding], capacities: list[int], wanted: list[tuple[int, str]]
) -> None:
    book = ledger(found, holdings)
    answered = answer(*documents(capacities, wanted), quotas=book)
    names = NAMES[: len(capacities)]

    expected = None
    for first in combinations(names, wanted[0][0]):
        rest = [name for name in names if name not in first]
        for second in combinations(rest, wanted[1][0]) if len(wanted) > 1 else ((),):
            picks = [(wanted[0][1], name) for name in first] + [(wanted[-1][1], name) for name in second]
            if expected is None and all(within(each, picks, capacities) for each in book.accounts):
                expected = [[*(f"r0={name}" for name in first), *(f"r1={name}" for name in second)]]
    assert answered == expected


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(rules, max_size=4), held, sizes, requests, st.randoms(use_true_random=False))
def test_the_order_of_quotas_does_not_matter(
    found: list[QuotaRule], holdings: list[Holding], capacities: list[int], wanted: list[tuple[int, str]], random: Any
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    world = documents(capacities, wanted)

    assert answer(*world, quotas=ledger(found, holdings)) == answer(*world, quotas=ledger(shuffled, holdings))


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(limits, min_size=1, max_size=3), sizes, requests)
def test_dropping_a_limit_keeps_a_claim_feasible(
    found: list[DeviceLimit | AmountLimit], capacities: list[int], wanted: list[tuple[int, str]]
) -> None:
    world = documents(capacities, wanted)
    book = ledger(list(found), [])

    if answer(*world, quotas=book) is not None:
        fewer = replace(book, accounts=book.accounts[1:])
        assert answer(*world, quotas=fewer) is not None


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=5), requests, st.integers(0, 5))
def test_a_rule_in_cel_is_held_by_the_first_choice_that_holds_it(
    values: list[int], wanted: list[tuple[int, str]], most: int
) -> None:
    text = f"asked.map(d, d.x.n).distinct().size() <= 1 && asked.map(d, d.x.n).sum() <= {most}"
    source = Source.of("rule", text)
    place = Place(SpanDocument(Span(source, 0, len(text))))
    rule = ExpressionRule(Selector(text, Dialect.V1, place), (("x", "d.io"),))
    program = compile_rule(rule, QUOTA_VARIABLES).program
    assert program is not None
    quota = Quota("q", "default", rules=(rule,))
    book = Ledger((quota,), requirements=(Requirement(quota, rule, program),))
    devices = [device(name, n=value) for name, value in zip(NAMES, values, strict=False)]
    asked = [request(f"r{number}", count=count, cls=of) for number, (count, of) in enumerate(wanted)]
    answered = answer(slice_(devices), device_class("c"), device_class("k"), claim(*asked), quotas=book)

    expected = None
    names = NAMES[: len(values)]
    for first in combinations(names, wanted[0][0]):
        rest = [name for name in names if name not in first]
        for second in combinations(rest, wanted[1][0]) if len(wanted) > 1 else ((),):
            found = [values[NAMES.index(name)] for name in (*first, *second)]
            if expected is None and len(set(found)) <= 1 and sum(found) <= most:
                expected = [[*(f"r0={name}" for name in first), *(f"r1={name}" for name in second)]]
    assert answered == expected
