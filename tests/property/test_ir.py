"""Laws of the IR that hold for every predicate: what passes, masks and walks may not change."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.compiler import PASSES, simplify
from dra_policy.evaluate import (
    EvaluationFailed,
    Evaluator,
    Masks,
    Matched,
    Rejected,
    TracedPart,
    blame,
    trace,
    verdict,
)
from dra_policy.fleet import Frame
from dra_policy.ir import Answer, CelFailure, Constant, Interner, Predicate, answer, children
from dra_policy.model import Dialect
from tests.predicates import FAILURE, all_of, any_of, choice, constant, devices, leaf
from tests.property.effort import examples

NAMES = ("a", "b", "c")
DEVICES = devices(*NAMES)
ANSWERS: tuple[Answer, ...] = (True, False, FAILURE)
# A small stock of leaves, so that equal ones meet.
STOCK = [
    leaf(f"{x}{y}{z}", dict(zip(NAMES, (ANSWERS[x], ANSWERS[y], ANSWERS[z]), strict=True)), negated=negated)
    for x, y, z in ((0, 1, 2), (1, 1, 0), (2, 0, 1), (0, 0, 1), (2, 2, 0), (1, 0, 0), (1, 1, 1), (2, 2, 2))
    for negated in (False, True)
]
PANIC = CelFailure("internal error: runtime error", "internal error: runtime error")
STOCK.append(leaf("x in [1]", {"a": PANIC, "b": True, "c": False}))
STOCK.append(leaf("y in [1]", {"a": PANIC, "b": PANIC, "c": False}, negated=True))
UNREAD = leaf("1 < 2", dict.fromkeys((*NAMES, ""), True), paths=())


def compounds(parts: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    several = st.lists(parts, min_size=1, max_size=4)
    return st.one_of(
        several.map(lambda terms: all_of(*terms)),
        several.map(lambda terms: any_of(*terms)),
        st.builds(choice, parts, parts, parts),
    )


PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    st.one_of(st.sampled_from(STOCK), st.just(UNREAD), st.booleans().map(constant)), compounds, max_leaves=12
)


def kind(found: Answer) -> str:
    return "error" if isinstance(found, CelFailure) else str(found)


@settings(max_examples=examples(400), deadline=None)
@given(PREDICATES)
def test_no_pass_changes_an_answer(predicate: Predicate) -> None:
    for run in PASSES:
        assert [answer(run(predicate), device) for device in DEVICES] == [answer(predicate, d) for d in DEVICES]
    assert [answer(simplify(predicate), device) for device in DEVICES] == [answer(predicate, d) for d in DEVICES]


@settings(max_examples=examples(300), deadline=None)
@given(PREDICATES)
def test_no_pass_changes_a_verdict_where_no_constant_is_its_reason(predicate: Predicate) -> None:
    for device in DEVICES:
        before, after = verdict(trace(predicate, device)), verdict(trace(simplify(predicate), device))
        assert type(before) is type(after)
        if isinstance(before, Rejected | EvaluationFailed) and isinstance(after, Rejected | EvaluationFailed):
            constants = isinstance(before.leaf, Constant) or isinstance(after.leaf, Constant)
            assert constants or UNREAD in (before.leaf, after.leaf) or before.leaf == after.leaf


@settings(max_examples=examples(200), deadline=None)
@given(PREDICATES)
def test_a_second_run_of_the_passes_finds_nothing_more(predicate: Predicate) -> None:
    assert simplify(simplify(predicate)) == simplify(predicate)


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(PREDICATES, min_size=1, max_size=3))
def test_masks_are_the_answers_of_single_devices(predicates: list[Predicate]) -> None:
    evaluator, frame = Evaluator(), Frame(1, "gpu.example.com", Dialect.V1, DEVICES)
    for predicate in predicates:
        kinds = [kind(answer(predicate, device)) for device in DEVICES]
        wanted = (sum(1 << i for i, each in enumerate(kinds) if each == name) for name in ("True", "False", "error"))
        assert evaluator.masks(predicate, frame) == Masks(*wanted)


@settings(max_examples=examples(300), deadline=None)
@given(PREDICATES)
def test_the_walk_gives_the_answer_and_reaches_what_decides_it(predicate: Predicate) -> None:
    for device in DEVICES:
        traced = trace(predicate, device)
        assert traced.root.answer == answer(predicate, device)
        if traced.root.answer is not True:
            assert any(part.reached for part in blame(traced.root).parts)


def mended(part: TracedPart, good: set[int]) -> Answer:
    """The part's answer if every leaf in ``good`` held."""
    if id(part) in good:
        return True
    if not part.parts:
        return part.answer
    value = iter([mended(each, good) for each in part.parts])
    table = {id(child): next(value) for child in children(part.predicate)}
    stand_ins = [leaf("x", {"a": table[id(child)]}) for child in children(part.predicate)]
    match part.predicate.__class__.__name__:
        case "AllOf":
            return answer(all_of(*stand_ins), DEVICES[0])
        case "AnyOf":
            return answer(any_of(*stand_ins), DEVICES[0])
        case _:
            return answer(choice(*stand_ins), DEVICES[0])


@settings(max_examples=examples(300), deadline=None)
@given(PREDICATES)
def test_a_predicate_holds_if_all_blamed_and_masked_parts_did(predicate: Predicate) -> None:
    for device in DEVICES:
        root = trace(predicate, device).root
        found = blame(root)
        assert (root.answer is True) == (not found.parts)
        if "Choice" in str(type(predicate)) or "Choice" in repr(predicate):
            # A mended condition may choose the other branch, whose own parts were nobody's reason before.
            continue
        good = {id(part) for part in (*found.parts, *found.also, *found.masked)}
        assert mended(root, good) is True


@settings(max_examples=examples(200), deadline=None)
@given(PREDICATES, PREDICATES)
def test_interning_keeps_equality_and_meaning(left: Predicate, right: Predicate) -> None:
    interner = Interner()
    first, second = interner.intern(left), interner.intern(right)

    assert first == left
    assert (first is second) == (left == right)
    assert isinstance(verdict(trace(first, DEVICES[0])), Matched) == (answer(left, DEVICES[0]) is True)


def test_parts_hidden_behind_a_masked_panic_are_told() -> None:
    """Found by the law above: what ends an evaluation hides the false part after it."""
    hidden = leaf("0", {"a": True, "b": True, "c": True}, negated=True)
    panic = leaf("x in [1]", {"a": PANIC, "b": True, "c": False})
    root = trace(all_of(hidden, all_of(panic, hidden)), DEVICES[0]).root
    found = blame(root)

    assert mended(root, {id(part) for part in (*found.parts, *found.also, *found.masked)}) is True
