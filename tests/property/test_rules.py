"""Laws of rules and preferences: every shortcut finds what asking all solutions finds."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate.best import search_best
from dra_policy.allocate.constraints import Relation
from dra_policy.allocate.layout_plan import plan_layout
from dra_policy.allocate.plan import Plan
from dra_policy.allocate.problem import Constraint, Joint, NoSolution, Pick, Problem, Solution
from dra_policy.allocate.reference import plain_walk
from dra_policy.allocate.search import search
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.allocate.wishes import Objective
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.model import Dialect
from dra_policy.record import replace
from tests.clusters import claim, compiled, device, fleet, request, slice_
from tests.property.effort import examples
from tests.shortcuts import NO_SHORTCUTS
from tests.unit.allocate.test_rules import prefer, require

NUMBERS = ("x", "y")
RULES = (
    "x.all(d, d.gpu.a == y[0].gpu.a)",
    "x.all(d, y.all(e, d.gpu.a != e.gpu.a))",
    "x.map(d, d.gpu.b).sum() >= {n}",
    "y.map(d, d.gpu.b).sum() <= {n}",
    "{n} > x.map(d, d.gpu.b).sum()",
    "(x + y).map(d, d.gpu.a).distinct().size() <= {n}",
    "x.map(d, d.gpu.a).distinct().size() == {n}",
    "!x.exists(d, d.gpu.b == {n})",
    "y.exists(d, d.gpu.b == {n}) && x.all(d, d.gpu.b < 3)",
    "x[0].gpu.a == {n} || y.size() > 1",
    "x.map(d, d.gpu.b) == y.map(d, d.gpu.b)",
    'x.all(d, d.name != "d{n}")',
    "x.all(d, d.gpu.sometimes == {n})",
    'node.name == "n1" && node.free.filter(d, d.gpu.a == 0).size() >= {n}',
    "x.exists(d, d == y[0]) == false",
)
WISHES = (
    "x.map(d, d.gpu.b).sum()",
    "-y.map(d, d.gpu.b).sum()",
    "(x + y).map(d, d.gpu.a).distinct().size()",
    "x.all(d, d.gpu.a == y[0].gpu.a)",
    "node.free.filter(d, d.gpu.a == 0).size()",
    "x[0].gpu.b",
    "x.size() - y.size()",
    "x[0].gpu.sometimes",
)
PATIENT = replace(ALL_SHORTCUTS, patience=0)
NAMES = ("counts", "values", "matching", "twins", "blocks", "memory", "parts", "look_ahead", "eager")
EACH = [ALL_SHORTCUTS, PATIENT, NO_SHORTCUTS, *(replace(NO_SHORTCUTS, patience=0, **{name: True}) for name in NAMES)]


@st.composite
def worlds(draw: st.DrawFn, *, wishes: int = 0) -> tuple[Problem, Objective | None]:
    """A node of some devices, and a claim of two requests with rules (and wishes)."""
    devices = []
    for index in range(draw(st.integers(2, 6))):
        more = {"sometimes": draw(st.integers(0, 2))} if draw(st.booleans()) else {}
        devices.append(device(f"d{index}", a=draw(st.integers(0, 2)), b=draw(st.integers(0, 3)), **more))
    texts = draw(st.lists(st.sampled_from(RULES), max_size=2))
    rules = require(*(text.replace("{n}", str(draw(st.integers(0, 4)))) for text in texts))
    loved = prefer(*draw(st.lists(st.sampled_from(WISHES), min_size=wishes, max_size=2 * wishes)))
    (found,) = compiled(claim(request("x", count=draw(st.integers(1, 2))), request("y")))
    found = _with_ranges(draw, replace(found, claim=replace(found.claim, requirements=rules, preferences=loved)))
    loaded = fleet(slice_(devices))
    plan = Plan([found], loaded, Evaluator())
    view = loaded.view("n1")
    problem = plan._problem(plan_layout(plan.demands, view), view.usage, 0)
    if plan.rules is None:
        return problem, None
    return plan.rules.on(problem, view)


def _with_ranges(draw: st.DrawFn, found: CompiledClaim) -> CompiledClaim:
    requests = []
    for each in found.requests:
        (one,) = each.alternatives
        most = draw(st.sampled_from([None, None, 3]))
        requests.append(replace(each, alternatives=(replace(one, demand=replace(one.demand, maximum_count=most)),)))
    written = tuple(
        replace(each, demands=tuple(one.demand for one in own.alternatives))
        for each, own in zip(found.claim.requests, requests, strict=True)
    )
    return replace(found, claim=replace(found.claim, requests=written), requests=tuple(requests))


def _agree(problem: Problem, every: list[Shortcuts]) -> None:
    expected = plain_walk(problem)
    for shortcuts in every:
        found = search(problem, shortcuts=shortcuts).outcome
        assert isinstance(found, NoSolution) if isinstance(expected, NoSolution) else found == expected, shortcuts


@settings(max_examples=examples(150), deadline=None)
@given(worlds())
def test_rules_change_no_shortcut(world: tuple[Problem, Objective | None]) -> None:
    _agree(world[0], EACH)


@settings(max_examples=examples(100), deadline=None)
@given(worlds(), st.data())
def test_constraints_across_claims_change_no_shortcut(world: tuple[Problem, object], data: st.DataObject) -> None:
    problem, _ = world
    first = problem.claims[0]
    relation = Relation("a", Dialect.V1, must_differ=data.draw(st.booleans()), knows_lists=False)
    values = st.sampled_from([None, *(frozenset((("int", each),)) for each in range(3))])
    codes = {position: data.draw(values) for position in range(6)}
    concerned = frozenset(data.draw(st.sets(st.sampled_from([(0, 0, 0), (0, 1, 0), (1, 0, 0)]), min_size=1)))
    joint = Joint(Constraint(relation, codes), concerned, data.draw(values))
    second = replace(first, requests=first.requests[:1])

    _agree(replace(problem, claims=(first, second), joint=(joint,)), EACH)


@settings(max_examples=examples(100), deadline=None)
@given(worlds(wishes=1))
def test_the_best_solution_is_the_first_of_those_that_are_worth_most(world: tuple[Problem, Objective | None]) -> None:
    problem, objective = world
    assert objective is not None

    every = [(objective.worth(picks), -number) for number, picks in enumerate(_solutions(problem))]
    found = search_best(problem, objective, budget=100_000)

    assert found.is_best
    if not every:
        assert isinstance(found.outcome, NoSolution)
        return
    _, number = max(every)
    assert isinstance(found.outcome, Solution)
    assert list(found.outcome.claims[0]) == _solutions(problem)[-number][0]


@settings(max_examples=examples(100), deadline=None)
@given(worlds(wishes=1), st.integers(1, 40))
def test_what_is_preferred_never_decides_whether_a_solution_is_found(
    world: tuple[Problem, Objective | None], budget: int
) -> None:
    problem, objective = world
    assert objective is not None

    plain, best = search(problem, budget=budget), search_best(problem, objective, budget=budget)

    assert type(best.outcome) is type(plain.outcome)
    assert best.steps <= max(budget, plain.steps)


def _solutions(problem: Problem) -> list[list[list[Pick]]]:
    """All solutions of one claim of two requests, in Kubernetes' order."""
    (claim_,) = problem.claims
    choices = []
    for number, each in enumerate(claim_.requests):
        (one,) = each.alternatives
        positions = [position for position in range(10) if one.candidates >> position & 1]
        sizes = range(one.count, one.greatest + 1)
        choices.append(
            [[Pick(number, 0, at) for at in some] for size in sizes for some in combinations(positions, size)]
        )
    found = []
    for left, right in product(*choices):
        picks = [[*left, *right]]
        taken = [pick.position for pick in picks[0]]
        if len(set(taken)) == len(taken) and all(rule.holds(picks) for rule in problem.rules):
            found.append(picks)
    return found
