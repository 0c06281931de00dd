"""Shortcuts of the search: what each of them proves, and how many steps that saves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dra_policy.allocate.constraints import Code, Relation
from dra_policy.allocate.matching import shortage
from dra_policy.allocate.parts import parts_of
from dra_policy.allocate.problem import (
    Alternative,
    BudgetSpent,
    Claim,
    Constraint,
    Counters,
    NoSolution,
    Problem,
    Request,
    Solution,
)
from dra_policy.allocate.proof import Bound, BoundKind
from dra_policy.allocate.search import search
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS
from dra_policy.model import Dialect
from dra_policy.record import replace
from tests.shortcuts import NO_SHORTCUTS


def wish(candidates: int, count: int = 1, *constraints: int) -> Request:
    return Request((Alternative(candidates, 0, count, None, False, constraints),))


def problem(*requests: Request, constraints: tuple[Constraint, ...] = (), counters: Counters = Counters()) -> Problem:  # noqa: B008
    return Problem((Claim(requests, constraints),), 0, counters=counters)


def values(texts: str, *, must_differ: bool = False) -> Constraint:
    codes: Mapping[int, Code] = {at: frozenset((("string", text),)) for at, text in enumerate(texts)}
    return Constraint(Relation("d.io/x", Dialect.V1, must_differ=must_differ, knows_lists=False), codes)


def bound(of: Problem) -> Bound | None:
    found = search(of, shortcuts=replace(ALL_SHORTCUTS, eager=False))
    assert isinstance(found.outcome, NoSolution)
    assert found.steps == 0
    return found.outcome.bound


def test_a_count_names_the_request_and_both_numbers() -> None:
    assert bound(problem(wish(0b1111), wish(0b0011, 3))) == Bound(BoundKind.COUNT, ((0, 1),), 3, 2)


def test_values_count_the_most_devices_with_one() -> None:
    asked = problem(wish(0b11111, 3, 0), constraints=(values("aabbc"),))
    assert bound(asked) == Bound(BoundKind.VALUES, ((0, 0),), 3, 2, 0)


def test_distinct_values_are_fewer_than_devices() -> None:
    asked = problem(wish(0b1111, 2, 0), wish(0b1111, 1, 0), constraints=(values("aabb", must_differ=True),))
    assert bound(asked) == Bound(BoundKind.DISTINCT, ((0, 0), (0, 1)), 3, 2, 0)


def test_requests_that_want_the_same_few_devices_are_named_together() -> None:
    asked = problem(wish(0b11111), wish(0b00011), wish(0b00011), wish(0b00011))
    assert bound(asked) == Bound(BoundKind.MATCHING, ((0, 1), (0, 2), (0, 3)), 3, 2)


def test_a_matching_gives_others_other_devices() -> None:
    assert shortage([(0b011, 1), (0b001, 1), (0b110, 1)]) is None
    assert shortage([(0b011, 1), (0b001, 1), (0b010, 1)]) == ((0, 1, 2), 0b011)


def partitions(sizes: tuple[int, ...], wholes: int) -> tuple[int, Counters]:
    """Devices of several sizes on each of some cards with seven slices."""
    drawn = {at: ((at // len(sizes), sizes[at % len(sizes)]),) for at in range(wholes * len(sizes))}
    return len(drawn), Counters((7,) * wholes, drawn, dict.fromkeys(drawn, (0, wholes)))


def of_size(size: int, counters: Counters) -> int:
    return sum(1 << at for at, ((_, amount),) in counters.drawn.items() if amount == size)


def test_counters_admit_fewer_devices_than_there_are() -> None:
    _, counters = partitions((3, 3, 3), 2)
    found = bound(problem(wish(of_size(3, counters), 5), counters=counters))
    assert found == Bound(BoundKind.COUNTERS, ((0, 0),), 5, 4)


def test_counters_are_summed_over_all_requests() -> None:
    _, counters = partitions((4, 3), 2)
    threes, fours = of_size(3, counters), of_size(4, counters)
    found = bound(problem(wish(threes, 2), wish(fours, 1), wish(fours, 1), wish(threes), counters=counters))
    assert found is not None


def test_equal_cards_are_tried_once() -> None:
    """Eight cards with seven slices each: six ones, six threes, five wholes do not fit, nor is that easily seen."""
    _, counters = partitions((1,) * 7 + (3,) * 2 + (7,), 8)
    asked = problem(
        wish(of_size(1, counters), 6), wish(of_size(3, counters), 6), wish(of_size(7, counters), 5), counters=counters
    )
    found = search(asked)

    assert isinstance(found.outcome, NoSolution)
    assert found.steps < 1000
    assert isinstance(search(asked, budget=20_000, shortcuts=NO_SHORTCUTS).outcome, BudgetSpent)


def test_requests_with_nothing_in_common_are_parts() -> None:
    apart = problem(wish(0b0011), wish(0b1100), wish(0b0010))
    assert parts_of(apart) == [[(0, 1)], [(0, 0), (0, 2)]]
    solution = search(apart).outcome
    assert isinstance(solution, Solution)
    assert [(pick.request, pick.position) for pick in solution.claims[0]] == [(0, 0), (1, 2), (2, 1)]


def test_a_constraint_and_the_limit_of_a_claim_join_requests() -> None:
    tied = problem(wish(0b0011, 1, 0), wish(0b1100, 1, 0), constraints=(values("abab"),))
    assert parts_of(tied) == [[(0, 0), (0, 1)]]
    many = problem(wish((1 << 20) - 1, 20), wish((1 << 20) - 1 << 20, 20))
    assert parts_of(many) == [[(0, 0), (0, 1)]]


@pytest.mark.parametrize("failing", [0b00001, 0b10000])
def test_no_bound_is_used_where_an_error_could_be_met(failing: int) -> None:
    odd = problem(Request((Alternative(0b01110, failing, 1),)), wish(0b1, 2))
    found = search(odd, shortcuts=replace(ALL_SHORTCUTS, patience=0)).outcome
    assert not isinstance(found, NoSolution | Solution)


def test_only_a_spent_budget_is_unknown() -> None:
    asked = problem(wish(0b1111, 2), wish(0b1111, 2))
    assert isinstance(search(asked, budget=2).outcome, BudgetSpent)
    assert isinstance(search(asked).outcome, Solution)
