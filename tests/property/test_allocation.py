"""Laws of the search, on random problems: it is the plain walk, and its solutions keep every rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

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
from tests.property.effort import examples
from tests.shortcuts import NO_SHORTCUTS

POSITIONS = 7
masks = st.integers(0, 2**POSITIONS - 1)
dense = st.builds(lambda left, right: left | right, masks, masks)
sparse = st.builds(lambda *parts: parts[0] & parts[1] & parts[2] & parts[3], masks, masks, masks, masks)
amounts = st.integers(0, 3).map(Quantity.of)


def values(*, knows_lists: bool) -> st.SearchStrategy[Code]:
    scalars = st.sampled_from("abc").map(lambda text: frozenset((("string", text),)))
    odd: list[st.SearchStrategy[Code]] = [st.none(), st.just(UNKNOWN)]
    if knows_lists:
        lists = st.frozensets(st.sampled_from("abc"), min_size=1)
        odd.append(lists.map(lambda found: frozenset(("string", text) for text in found)))
    return st.one_of(scalars, scalars, scalars, *odd)


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    knows_lists = draw(st.booleans())
    relation = Relation("d.io/x", Dialect.V1, must_differ=draw(st.booleans()), knows_lists=knows_lists)
    return Constraint(relation, {each: draw(values(knows_lists=knows_lists)) for each in range(POSITIONS)})


@st.composite
def alternatives(draw: st.DrawFn, *, constraint_count: int, shareable: int, can_fail: bool) -> Alternative:
    candidates = draw(dense)
    failing = draw(sparse) if can_fail else 0
    concerned = tuple(each for each in range(constraint_count) if draw(st.booleans()))
    consumption = {
        each: (("memory", draw(amounts)),) for each in range(POSITIONS) if (shareable & candidates) >> each & 1
    }
    is_admin = draw(st.integers(0, 5)) == 0
    if draw(st.integers(0, 6)) == 0:
        everything = tuple(each for each in range(POSITIONS) if candidates >> each & 1)
        found = Alternative(candidates & ~draw(sparse), 0, len(everything), everything, is_admin, concerned)
    else:
        found = Alternative(candidates & ~failing, failing, draw(st.integers(0, 3)), None, is_admin, concerned)
    return replace(found, consumption=consumption)


@st.composite
def problems(draw: st.DrawFn, *, can_fail: bool = True) -> Problem:
    shareable = draw(sparse)
    claims = []
    for _ in range(draw(st.integers(1, 2))):
        found = tuple(draw(st.lists(constraints(), max_size=2)))
        demand = alternatives(constraint_count=len(found), shareable=shareable, can_fail=can_fail)
        requests = draw(st.lists(st.lists(demand, min_size=1, max_size=2), min_size=1, max_size=3))
        claims.append(Claim(tuple(Request(tuple(each)) for each in requests), found))
    shared = shareable & draw(masks)
    capacity = {each: {"memory": Quantity.of(4)} for each in range(POSITIONS) if shareable >> each & 1}
    consumed = {each: {"memory": draw(amounts)} for each in range(POSITIONS) if shared >> each & 1}
    counters = Counters()
    if draw(st.booleans()):
        drawing = draw(masks)
        drawn = {
            each: ((0, draw(st.integers(0, 2))), (1, draw(st.integers(0, 2))))
            for each in range(POSITIONS)
            if drawing >> each & 1
        }
        left = (draw(st.integers(-1, 4)), draw(st.integers(0, 4)))
        counters = Counters(left, drawn, dict.fromkeys(drawn, (0, 2)))
    return Problem(tuple(claims), draw(sparse), Sharing(shareable, capacity, consumed), counters)


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


NAMES = ("counts", "values", "distinct", "matching", "counters", "twins", "blocks", "memory", "parts", "look_ahead")
EACH_OFF = [replace(ALL_SHORTCUTS, patience=0, **{name: False}) for name in (*NAMES, "eager", "signatures", "cut")]
EACH_ALONE = [replace(NO_SHORTCUTS, patience=0, **{name: True}) for name in NAMES]


def _agree(problem: Problem, every: list[Shortcuts]) -> None:
    expected = plain_walk(problem)
    for shortcuts in every:
        found = search(problem, shortcuts=shortcuts).outcome
        assert isinstance(found, NoSolution) if isinstance(expected, NoSolution) else found == expected, shortcuts


@settings(max_examples=examples(400), deadline=None)
@given(problems())
def test_search_is_the_plain_walk(problem: Problem) -> None:
    _agree(with_twins(problem), [ALL_SHORTCUTS, NO_SHORTCUTS])
    _agree(problem, [ALL_SHORTCUTS, replace(ALL_SHORTCUTS, patience=0)])


@settings(max_examples=examples(150), deadline=None)
@given(problems())
def test_each_shortcut_alone_keeps_the_answer(problem: Problem) -> None:
    _agree(problem, EACH_ALONE)


@settings(max_examples=examples(100), deadline=None)
@given(problems())
def test_each_shortcut_can_be_switched_off_alone(problem: Problem) -> None:
    _agree(problem, EACH_OFF)


@st.composite
def grouped_problems(draw: st.DrawFn) -> Problem:
    """Equal devices in equal groups: partitions with their own counters, values that occur in one group only."""
    groups, members = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    size = groups * members
    is_interleaved = draw(st.booleans())
    group_of = {at: at % groups if is_interleaved else at // members for at in range(size)}
    costs = draw(st.lists(st.integers(1, 3), min_size=members, max_size=members))
    rank_of = {at: at // groups if is_interleaved else at % members for at in range(size)}
    drawn = {at: ((group_of[at], costs[rank_of[at]]),) for at in range(size) if draw(st.integers(0, 9))}
    counters = Counters(tuple(draw(st.integers(2, 4)) for _ in range(groups)), drawn, dict.fromkeys(drawn, (0, groups)))
    by_rank = [sum(1 << at for at in range(size) if rank_of[at] == rank) for rank in range(members)]
    found = tuple(
        Constraint(
            Relation("d.io/x", Dialect.V1, must_differ=draw(st.booleans()), knows_lists=False),
            {at: frozenset((("string", f"g{group_of[at]}"),)) for at in range(size)},
        )
        for _ in range(draw(st.integers(0, 2)))
    )
    requests = []
    for _ in range(draw(st.integers(1, 4))):
        wanted = by_rank[draw(st.integers(0, members - 1))] if draw(st.booleans()) else (1 << size) - 1
        concerned = tuple(each for each in range(len(found)) if draw(st.booleans()))
        failing = (1 << draw(st.integers(0, size - 1))) if draw(st.integers(0, 9)) == 0 else 0
        requests.append(
            Request((Alternative(wanted & ~failing, failing, draw(st.integers(1, 3)), None, False, concerned),))
        )
    in_use = 1 << draw(st.integers(0, size - 1)) if draw(st.booleans()) else 0
    return Problem((Claim(tuple(requests), found),), in_use, counters=counters)


@settings(max_examples=examples(300), deadline=None)
@given(grouped_problems())
def test_equal_groups_are_tried_once_and_the_answer_stays(problem: Problem) -> None:
    _agree(problem, [replace(ALL_SHORTCUTS, patience=0), ALL_SHORTCUTS, *EACH_ALONE])


@settings(max_examples=examples(150), deadline=None)
@given(problems(can_fail=False))
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
@given(problems(can_fail=False))
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
