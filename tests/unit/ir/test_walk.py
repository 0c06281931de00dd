from __future__ import annotations

from dra_policy.ir import CelFailure, Interner, answer, leaves, print_predicate
from dra_policy.ir.walk import bottom_up, rebuild
from tests.predicates import FAILURE, all_of, any_of, choice, constant, devices, leaf

DEVICE = devices("d")[0]
TRUE, FALSE = leaf("t", {"d": True}), leaf("f", {"d": False})
ERROR = leaf("e", {"d": FAILURE})
OTHER = CelFailure("division by zero", "division by zero")


def test_false_decides_a_conjunction_whatever_fails_beside_it() -> None:
    assert answer(all_of(ERROR, FALSE), DEVICE) is False
    assert answer(all_of(FALSE, ERROR), DEVICE) is False
    assert answer(all_of(ERROR, TRUE), DEVICE) == FAILURE


def test_true_decides_a_disjunction_whatever_fails_beside_it() -> None:
    assert answer(any_of(ERROR, TRUE), DEVICE) is True
    assert answer(any_of(TRUE, ERROR), DEVICE) is True
    assert answer(any_of(ERROR, FALSE), DEVICE) == FAILURE


def test_the_first_of_several_errors_stands() -> None:
    assert answer(all_of(TRUE, ERROR, leaf("e2", {"d": OTHER})), DEVICE) == FAILURE


def test_nothing_absorbs_an_error_that_ends_the_evaluation_once_it_is_reached() -> None:
    text = "internal error: runtime error: hash of unhashable type cel.Semver"
    panic = leaf("x in [1]", {"d": CelFailure(text, text)})

    assert answer(all_of(panic, FALSE), DEVICE) == CelFailure(text, text)
    assert answer(all_of(FALSE, panic), DEVICE) is False
    assert answer(any_of(ERROR, panic, TRUE), DEVICE) == CelFailure(text, text)


def test_an_error_of_a_condition_stands_whatever_the_branches_say() -> None:
    assert answer(choice(ERROR, FALSE, FALSE), DEVICE) == FAILURE
    assert answer(choice(TRUE, FALSE, ERROR), DEVICE) is False
    assert answer(choice(FALSE, ERROR, TRUE), DEVICE) is True


def test_negation_keeps_an_error() -> None:
    assert answer(leaf("e", {"d": FAILURE}, negated=True), DEVICE) == FAILURE
    assert answer(leaf("t", {"d": True}, negated=True), DEVICE) is False


def test_leaves_come_in_source_order() -> None:
    predicate = all_of(any_of(TRUE, ERROR), choice(FALSE, constant(True), TRUE))

    assert [each.text for each in leaves(predicate)] == ["t", "e", "f", "t"]


def test_a_node_over_the_same_parts_is_the_same_object() -> None:
    predicate = all_of(TRUE, FALSE)

    assert rebuild(predicate, (TRUE, FALSE)) is predicate
    assert bottom_up(predicate, lambda node: node) is predicate


def test_interned_nodes_are_one_object_for_one_meaning() -> None:
    interner = Interner()
    first = interner.intern(all_of(TRUE, any_of(FALSE, ERROR)))
    second = interner.intern(all_of(TRUE, any_of(FALSE, ERROR)))

    assert first is second
    assert interner.intern(all_of(TRUE, ERROR)) is not first
    assert len(interner) == 6


def test_leaves_of_different_programs_are_not_one_object_even_with_one_text() -> None:
    interner = Interner()

    assert interner.intern(TRUE) is not interner.intern(leaf("t", {"d": True}))


def test_the_printer_shows_a_node_a_line() -> None:
    predicate = all_of(leaf("t", {}, negated=True), choice(FALSE, constant(True), constant(False)))

    assert print_predicate(predicate) == (
        "all\n  not cel t reads [name]\n  choice\n    cel f reads [name]\n    true\n    false"
    )
