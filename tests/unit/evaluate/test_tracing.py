from __future__ import annotations

from dra_policy.evaluate import blame, trace
from dra_policy.ir import CelFailure, Constant, Predicate
from dra_policy.record import replace
from tests.predicates import FAILURE, all_of, any_of, choice, devices, leaf

DEVICE = devices("d")[0]
TRUE, FALSE, ERROR = (leaf(name, {"d": value}) for name, value in (("t", True), ("f", False), ("e", FAILURE)))
LAST = leaf("last", {"d": True})


def reached(predicate: object) -> list[tuple[str, bool]]:
    root = trace(predicate, DEVICE).root  # type: ignore[arg-type]
    return [(part.predicate.text, part.reached) for part in root.leaves()]  # type: ignore[union-attr]


def test_what_stands_after_the_deciding_part_is_not_reached_but_answered() -> None:
    traced = trace(all_of(TRUE, FALSE, LAST), DEVICE).root

    assert reached(all_of(TRUE, FALSE, LAST)) == [("t", True), ("f", True), ("last", False)]
    assert [part.answer for part in traced.parts] == [True, False, True]
    assert reached(any_of(FALSE, TRUE, LAST)) == [("f", True), ("t", True), ("last", False)]


def test_an_error_does_not_stop_the_evaluation() -> None:
    assert reached(all_of(ERROR, LAST)) == [("e", True), ("last", True)]


def test_a_branch_that_is_not_taken_is_not_reached() -> None:
    assert reached(choice(TRUE, FALSE, LAST)) == [("t", True), ("f", True), ("last", False)]
    assert reached(choice(ERROR, FALSE, LAST)) == [("e", True), ("f", False), ("last", False)]


def test_values_found_stand_at_the_leaves() -> None:
    found = trace(all_of(TRUE), DEVICE).root.parts[0].found

    assert [(each.path.short_name, each.value) for each in found] == [("name", "d")]


def test_a_false_conjunction_is_its_false_parts_doing_and_errors_beside_them_are_masked() -> None:
    found = blame(trace(all_of(ERROR, TRUE, FALSE), DEVICE).root)

    assert [part.predicate for part in found.parts] == [FALSE]
    assert [part.predicate for part in found.masked] == [ERROR]


def test_beside_an_error_the_false_alternatives_would_have_to_hold_as_well() -> None:
    found = blame(trace(any_of(FALSE, ERROR), DEVICE).root)

    assert [part.predicate for part in found.parts] == [ERROR]
    assert [part.predicate for part in found.also] == [FALSE]


def test_the_failure_of_the_whole_is_that_of_the_part() -> None:
    traced = trace(all_of(TRUE, ERROR), DEVICE)

    assert isinstance(traced.root.answer, CelFailure)
    assert traced.failure == FAILURE


def test_a_conditional_that_leads_to_a_constant_is_its_conditions_doing() -> None:
    never = Constant(value=False, span=LAST.span)

    def blamed(predicate: Predicate) -> list[Predicate]:
        return [part.predicate for part in blame(trace(predicate, DEVICE).root).parts]

    assert blamed(choice(FALSE, TRUE, never)) == [FALSE]
    assert blamed(choice(all_of(TRUE, FALSE), TRUE, never)) == [FALSE]
    assert blamed(choice(TRUE, never, TRUE)) == [replace(TRUE, negated=True)]
    assert blamed(choice(any_of(FALSE, TRUE), never, TRUE)) == [replace(TRUE, negated=True)]
    assert blamed(choice(all_of(TRUE, choice(TRUE, TRUE, FALSE)), never, TRUE)) == [
        replace(TRUE, negated=True),
        replace(TRUE, negated=True),
    ]
    assert blamed(choice(ERROR, never, never)) == [ERROR]
