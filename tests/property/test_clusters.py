"""Laws of allocation in small clusters with every feature and with quotas, at rest and while objects come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.allocate import Allocated, Ledger, NotAllocated, Undecided, first_fit
from dra_policy.allocate.layout_plan import plan_layout
from dra_policy.allocate.outcomes import outcome_of
from dra_policy.allocate.plan import Effort, Plan
from dra_policy.allocate.problem import Picks, Solution
from dra_policy.allocate.reference import plain_walk
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS
from dra_policy.compiler import CompiledClaim
from dra_policy.engine.library import Cluster
from dra_policy.engine.live import LiveCluster
from dra_policy.engine.world import World
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import NodeView
from dra_policy.manifests import all_objects
from dra_policy.model import Claim, Device
from dra_policy.record import replace
from tests.property.choices import Choices, made
from tests.property.effort import examples
from tests.property.small_clusters import (
    BUDGET,
    MAKERS,
    Document,
    Documents,
    Key,
    answers_to,
    cluster,
    compiled,
    objects_of,
    outcomes,
    quotas_for,
    waiting,
    world_of,
)
from tests.shortcuts import AT_ONCE, GREEDY, NO_SHORTCUTS, SWITCHES, assert_same_answers

clusters = made(cluster)
governed = made(partial(cluster, quotas=True))


@settings(max_examples=examples(60), deadline=None)
@given(governed, st.sampled_from(SWITCHES), st.sampled_from(({}, AT_ONCE, GREEDY)), st.booleans())
def test_each_shortcut_can_be_switched_off_alone_within_quotas(
    documents: Documents, name: str, thresholds: dict[str, int], are_fatal: bool
) -> None:
    world = world_of(documents)
    asked = partial(answers_to, world, waiting(world), errors_are_fatal=are_fatal)
    expected = outcomes(asked(shortcuts=NO_SHORTCUTS))

    for off in ({}, {name: False}):
        assert_same_answers(outcomes(asked(shortcuts=replace(ALL_SHORTCUTS, **thresholds, **off))), expected)


WALKED = 2_000
"""The most steps that the plain walk takes on a node in a test."""


class _Within:
    """That a whole solution keeps the limits of quotas, as the plain walk asks of a rule."""

    def __init__(self, ledger: Ledger, claims: Sequence[CompiledClaim], device_at: Callable[[int], Device]) -> None:
        self._ledger, self._claims, self._device_at = ledger, claims, device_at

    def holds(self, picks: Picks) -> bool:
        solution = Solution(tuple(map(tuple, picks)), ())
        return not self._ledger.breaches_of_solution(self._claims, solution, self._device_at)


def walked(world: World, claims: Sequence[Claim], view: NodeView) -> object | None:
    """What the plain walk finds on a node within the quotas; None where an answer is clear before any search."""
    quotas, asked = quotas_for(world, claims), compiled(world, claims)
    ledger = quotas if isinstance(quotas, Ledger) else None
    known = quotas.quotas if isinstance(quotas, Ledger) else quotas
    plan = Plan(asked, world.fleet, Evaluator(), quotas=known, effort=Effort(errors_are_fatal=False))
    layout = plan_layout(plan.demands, view)
    if layout.refusal is not None:
        return None
    if ledger is not None and ledger.breaches_of_request(claims):
        return NotAllocated()
    problem = plan._problem(layout, view.usage, view.usage.in_use & layout.relevant)
    if ledger is not None:
        problem = replace(problem, rules=(_Within(ledger, asked, view.device),))
    return outcome_of(plain_walk(problem), plan, asked, lambda: view)


@settings(max_examples=examples(60), deadline=None)
@given(governed)
def test_what_is_found_within_quotas_is_what_the_plain_walk_finds(documents: Documents) -> None:
    world = world_of(documents)
    claims = waiting(world)
    found = outcomes(answers_to(world, claims, errors_are_fatal=False))
    for each in answers_to(world, claims, shortcuts=NO_SHORTCUTS, errors_are_fatal=False):
        if each.steps < WALKED and isinstance(found[each.node], Allocated | NotAllocated):
            expected = walked(world, claims, world.fleet.view(each.node))
            assert expected is None or found[each.node] == expected, each.node


@settings(max_examples=examples(50), deadline=None)
@given(governed)
def test_all_nodes_together_say_what_each_says_by_itself(documents: Documents) -> None:
    world = world_of(documents)
    claims = waiting(world)
    together = outcomes(answers_to(world, claims))
    alone: dict[str, object] = {}
    for name in world.fleet.nodes:
        lonely = world_of(documents)
        (answer,) = answers_to(lonely, claims, nodes=(name,))
        alone[name] = answer.outcome
    assert_same_answers(together, alone)

    quotas = quotas_for(world, claims)
    first = first_fit(world.fleet, compiled(world, claims), quotas=quotas, budget=BUDGET)
    decided = [name for name, outcome in together.items() if _decides(outcome)]
    if not any(isinstance(outcome, Undecided) for outcome in together.values()):
        assert (None if first.deciding is None else first.deciding.node) == (decided[0] if decided else None)
        assert first.deciding is None or first.deciding.outcome == together[decided[0]]


def _decides(outcome: object) -> bool:
    """Whether the scheduler looks at no further node."""
    is_invalid = getattr(outcome, "text", "") == "invalid resource pools were encountered"
    return not isinstance(outcome, NotAllocated) and not is_invalid


def is_ordered_by_names(documents: Documents) -> bool:
    """Whether all slices of a pool announce as many slices: else the order in which they are heard of decides."""
    announced: dict[tuple[object, ...], int] = {}
    for (kind, _), each in documents.items():
        if kind == "slice":
            pool = each["spec"]["pool"]
            key = pool["name"], pool["generation"]
            if announced.setdefault(key, pool["resourceSliceCount"]) != pool["resourceSliceCount"]:
                return False
    return True


@settings(max_examples=examples(50), deadline=None)
@given(governed, st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(documents: Documents, dice: object) -> None:
    if not is_ordered_by_names(documents):
        return
    order = list(documents)
    dice.shuffle(order)  # type: ignore[attr-defined]
    one, other = world_of(documents), world_of({key: documents[key] for key in order})
    claims = waiting(one)

    assert_same_answers(outcomes(answers_to(other, claims)), outcomes(answers_to(one, claims)))


def looks_only(document: Document) -> bool:
    """Whether a claim asks for admin access."""
    return any(each.get("exactly", {}).get("adminAccess") for each in document["spec"]["devices"]["requests"])


@settings(max_examples=examples(50), deadline=None)
@given(made(partial(cluster, quotas=True, waiting=(2,))))
def test_the_order_of_a_pods_claims_does_not_decide_whether_they_fit(documents: Documents) -> None:
    """Holds without admin access, which may look at what is taken, but keeps from others what it looks at."""
    world = world_of(documents)
    claims = waiting(world)
    if any(looks_only(documents["claim", each.name]) for each in claims):
        return
    found = outcomes(answers_to(world, claims, errors_are_fatal=False))
    for node, outcome in outcomes(answers_to(world, claims[::-1], errors_are_fatal=False)).items():
        if not isinstance(outcome, Undecided) and not isinstance(found[node], Undecided):
            assert isinstance(outcome, Allocated) == isinstance(found[node], Allocated), node


def changes(choices: Choices) -> tuple[Documents, list[tuple[Key, Document | None]]]:
    """A cluster, and what comes (with its document) and goes in it, one after the other."""
    start = cluster(choices, quotas=choices.number(0, 2) == 2)
    there = set(start)
    found: list[tuple[Key, Document | None]] = []
    # Mostly devices come into use and become free again, which is what answers are kept for.
    kinds = choices.pick((("slice", "slice", "claim", "claim", *MAKERS), ("claim",), ("claim", "claim", "slice")))
    for _ in range(choices.number(1, 12)):
        kind = choices.pick(kinds)
        make, names = MAKERS[kind]
        key = kind, choices.pick(names)
        if key in there and choices.truth():
            there.discard(key)
            found.append((key, None))
        else:
            there.add(key)
            found.append((key, make(choices, key[1])))
    return start, found


def after(start: Documents, some: Sequence[tuple[Key, Document | None]]) -> Documents:
    """The documents that are there in the end; what is replaced keeps its place."""
    found = dict(start)
    for key, document in some:
        if document is None:
            del found[key]
        else:
            found[key] = document
    return found


def change(live: LiveCluster, before: Documents, key: Key, document: Document | None) -> None:
    """One object comes, is replaced or goes."""
    for each in all_objects(objects_of([before[key] if document is None else document])):
        if document is None:
            live.remove(each)
        else:
            live.put(each)


def asked_of(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """Each by itself, and all together."""
    yield from ([each] for each in claims)
    if len(claims) > 1:
        yield claims


@settings(max_examples=examples(60), deadline=None)
@given(made(changes), st.integers(1, 4))
def test_a_cluster_in_which_anything_comes_and_goes_answers_as_a_new_one(
    changed: tuple[Documents, list[tuple[Key, Document | None]]], pace: int
) -> None:
    start, some = changed
    live, documents = LiveCluster(world_of(start)), dict(start)
    for number, (key, document) in enumerate(some, 1):
        change(live, documents, key, document)
        documents = after(documents, [(key, document)])
        if number % pace == 0 and number < len(some):
            # Asking fills what is kept between questions.
            for claims in asked_of([each for each in live.claims() if each.allocation is None]):
                live.first_fit(*claims)
                live.allocate(*claims)
    anew = Cluster(world_of(documents))
    assert live.nodes == anew.nodes
    for claims in asked_of(waiting(anew.world)):
        expected = outcomes(anew.allocate(*claims))
        assert_same_answers(outcomes(live.allocate(*claims)), expected)
        first = live.first_fit(*claims)
        decided = next(((node, each) for node, each in expected.items() if _decides(each)), None)
        if not any(isinstance(each, Undecided) for each in expected.values()):
            assert (None if first is None else (first.node, first.outcome)) == decided
