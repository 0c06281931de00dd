"""Laws of the search, on random problems: it is the plain walk, and its solutions keep every rule."""

from __future__ import annotations

from functools import partial

from hypothesis import given, settings

from dra_policy.allocate.constraints import UNKNOWN, Code, Relation
from dra_policy.allocate.problem import (
    Alternative,
    Claim,
    Constraint,
    Counters,
    NoSolution,
    Problem,
    Request,
    Sharing,
    Solution,
)
from dra_policy.allocate.reference import plain_walk
from dra_policy.allocate.search import search
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.model import Dialect
from dra_policy.record import replace
from dra_policy.values import Quantity
from tests.property.choices import Choices, made
from tests.property.effort import examples
from tests.shortcuts import NO_SHORTCUTS, SWITCHES

POSITIONS = 7
LETTERS: tuple[Code, ...] = tuple(frozenset((("string", letter),)) for letter in "abc")


def mask(choices: Choices) -> int:
    return choices.number(0, 2**POSITIONS - 1)


def dense(choices: Choices) -> int:
    return mask(choices) | mask(choices)


def sparse(choices: Choices) -> int:
    return mask(choices) & mask(choices) & mask(choices) & mask(choices)


def amount(choices: Choices) -> Quantity:
    return Quantity.of(choices.number(0, 3))


def value(choices: Choices, *, knows_lists: bool) -> Code:
    """A text in three cases of five or six, nothing, what nobody can read, or a list."""
    kind = choices.number(0, 5 if knows_lists else 4)
    if kind < 3:
        return choices.pick(LETTERS)
    if kind < 5:
        return (None, UNKNOWN)[kind - 3]
    chosen = choices.number(1, 7)
    return frozenset(("string", letter) for index, letter in enumerate("abc") if chosen >> index & 1)


def constraint(choices: Choices) -> Constraint:
    knows_lists = choices.truth()
    relation = Relation("d.io/x", Dialect.V1, must_differ=choices.truth(), knows_lists=knows_lists)
    return Constraint(relation, {each: value(choices, knows_lists=knows_lists) for each in range(POSITIONS)})


def alternative(choices: Choices, *, constraint_count: int, shareable: int, can_fail: bool) -> Alternative:
    candidates = dense(choices)
    failing = sparse(choices) if can_fail else 0
    concerned = tuple(each for each in range(constraint_count) if choices.truth())
    consumption = {
        each: (("memory", amount(choices)),) for each in range(POSITIONS) if (shareable & candidates) >> each & 1
    }
    is_admin = choices.number(0, 5) == 5
    if choices.number(0, 6) == 6:
        everything = tuple(each for each in range(POSITIONS) if candidates >> each & 1)
        found = Alternative(candidates & ~sparse(choices), 0, len(everything), everything, is_admin, concerned)
    else:
        found = Alternative(candidates & ~failing, failing, choices.number(0, 3), None, is_admin, concerned)
    return replace(found, consumption=consumption)


def claim(choices: Choices, *, shareable: int, can_fail: bool) -> Claim:
    found = tuple(choices.list_of(constraint, 0, 2))

    def one(choices: Choices) -> Alternative:
        return alternative(choices, constraint_count=len(found), shareable=shareable, can_fail=can_fail)

    def request(choices: Choices) -> Request:
        return Request(tuple(choices.list_of(one, 1, 2)))

    return Claim(tuple(choices.list_of(request, 1, 3)), found)


def problem(choices: Choices, *, can_fail: bool = True) -> Problem:
    shareable = sparse(choices)
    claims = choices.list_of(lambda own: claim(own, shareable=shareable, can_fail=can_fail), 1, 2)
    shared = shareable & mask(choices)
    capacity = {each: {"memory": Quantity.of(4)} for each in range(POSITIONS) if shareable >> each & 1}
    consumed = {each: {"memory": amount(choices)} for each in range(POSITIONS) if shared >> each & 1}
    counters = Counters()
    if choices.truth():
        drawing = mask(choices)
        drawn = {
            each: ((0, choices.number(0, 2)), (1, choices.number(0, 2)))
            for each in range(POSITIONS)
            if drawing >> each & 1
        }
        left = (choices.number(-1, 4), choices.number(0, 4))
        counters = Counters(left, drawn, dict.fromkeys(drawn, (0, 2)))
    return Problem(tuple(claims), sparse(choices), Sharing(shareable, capacity, consumed), counters)


problems = made(problem)
problems_without_errors = made(partial(problem, can_fail=False))


def with_twins(problem: Problem) -> Problem:
    """The problem with what is interchangeable in it; the same where more than masks and values decides."""
    every = [each for claim in problem.claims for request in claim.requests for each in request.alternatives]
    constraints = [each for claim in problem.claims for each in claim.constraints]
    codes = [code for each in constraints for code in each.codes.values()]
    if any(each.everything is not None or each.is_admin for each in every) or UNKNOWN in codes:
        return problem
    types = [
        (
            tuple((each.candidates >> at & 1, each.failing >> at & 1) for each in every),
            tuple(each.codes[at] for each in constraints),
            problem.in_use >> at & 1,
        )
        for at in range(POSITIONS)
    ]
    twins = tuple(sum(1 << other for other in range(POSITIONS) if types[other] == each) for each in types)
    claims = tuple(
        replace(
            claim,
            requests=tuple(
                Request(tuple(replace(each, consumption={}) for each in request.alternatives))
                for request in claim.requests
            ),
        )
        for claim in problem.claims
    )
    return replace(problem, claims=claims, sharing=Sharing(), counters=Counters(), twins=twins)


EACH_OFF = [replace(ALL_SHORTCUTS, patience=0, **{name: False}) for name in SWITCHES]
EACH_ALONE = [replace(NO_SHORTCUTS, patience=0, **{name: True}) for name in SWITCHES]


def _agree(problem: Problem, every: list[Shortcuts]) -> None:
    expected = plain_walk(problem)
    for shortcuts in every:
        found = search(problem, shortcuts=shortcuts).outcome
        assert isinstance(found, NoSolution) if isinstance(expected, NoSolution) else found == expected, shortcuts


@settings(max_examples=examples(400), deadline=None)
@given(problems)
def test_search_is_the_plain_walk(problem: Problem) -> None:
    _agree(with_twins(problem), [ALL_SHORTCUTS, NO_SHORTCUTS])
    _agree(problem, [ALL_SHORTCUTS, replace(ALL_SHORTCUTS, patience=0)])


@settings(max_examples=examples(150), deadline=None)
@given(problems)
def test_each_shortcut_alone_keeps_the_answer(problem: Problem) -> None:
    _agree(problem, EACH_ALONE)


@settings(max_examples=examples(100), deadline=None)
@given(problems)
def test_each_shortcut_can_be_switched_off_alone(problem: Problem) -> None:
    _agree(problem, EACH_OFF)


def grouped_problem(choices: Choices) -> Problem:
    """Equal devices in equal groups: partitions with their own counters, values that occur in one group only."""
    groups, members = choices.number(2, 3), choices.number(1, 3)
    size = groups * members
    is_interleaved = choices.truth()
    group_of = {at: at % groups if is_interleaved else at // members for at in range(size)}
    costs = [choices.number(1, 3) for _ in range(members)]
    rank_of = {at: at // groups if is_interleaved else at % members for at in range(size)}
    drawn = {at: ((group_of[at], costs[rank_of[at]]),) for at in range(size) if choices.number(0, 9)}
    counters = Counters(tuple(choices.number(2, 4) for _ in range(groups)), drawn, dict.fromkeys(drawn, (0, groups)))
    by_rank = [sum(1 << at for at in range(size) if rank_of[at] == rank) for rank in range(members)]
    found = tuple(
        Constraint(
            Relation("d.io/x", Dialect.V1, must_differ=choices.truth(), knows_lists=False),
            {at: frozenset((("string", f"g{group_of[at]}"),)) for at in range(size)},
        )
        for _ in range(choices.number(0, 2))
    )
    requests = []
    for _ in range(choices.number(1, 4)):
        wanted = by_rank[choices.number(0, members - 1)] if choices.truth() else (1 << size) - 1
        concerned = tuple(each for each in range(len(found)) if choices.truth())
        failing = (1 << choices.number(0, size - 1)) if choices.number(0, 9) == 0 else 0
        requests.append(
            Request((Alternative(wanted & ~failing, failing, choices.number(1, 3), None, False, concerned),))
        )
    in_use = 1 << choices.number(0, size - 1) if choices.truth() else 0
    return Problem((Claim(tuple(requests), found),), in_use, counters=counters)


@settings(max_examples=examples(300), deadline=None)
@given(made(grouped_problem))
def test_equal_groups_are_tried_once_and_the_answer_stays(problem: Problem) -> None:
    _agree(problem, [replace(ALL_SHORTCUTS, patience=0), ALL_SHORTCUTS, *EACH_ALONE])


@settings(max_examples=examples(150), deadline=None)
@given(problems_without_errors)
def test_no_device_is_taken_twice(problem: Problem) -> None:
    found = search(problem).outcome
    if not isinstance(found, Solution):
        return
    normal: list[int] = []
    by_claim = []
    for claim, picks in zip(problem.claims, found.claims, strict=True):
        dedicated = [pick for pick in picks if not problem.sharing.shareable >> pick.position & 1]
        by_claim.append([pick.position for pick in dedicated])
        normal += [
            pick.position
            for pick in dedicated
            if not claim.requests[pick.request].alternatives[pick.alternative].is_admin
        ]

    assert len(set(normal)) == len(normal)
    assert all(len(set(positions)) == len(positions) for positions in by_claim)
    assert not any(problem.in_use >> position & 1 for position in normal)


@settings(max_examples=examples(150), deadline=None)
@given(problems_without_errors)
def test_removing_constraints_keeps_a_feasible_claim_feasible(problem: Problem) -> None:
    """Holds without errors and without mode All, both of which make feasibility non-monotone."""
    every = [each for claim in problem.claims for request in claim.requests for each in request.alternatives]
    if any(each.everything is not None for each in every) or not isinstance(search(problem).outcome, Solution):
        return
    free = tuple(
        Claim(
            tuple(
                Request(tuple(replace(each, constraints=()) for each in request.alternatives))
                for request in claim.requests
            )
        )
        for claim in problem.claims
    )

    assert isinstance(search(replace(problem, claims=free)).outcome, Solution)
