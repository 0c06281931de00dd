from __future__ import annotations

from dra_policy.compiler.passes import flatten, fold_constants, merge_duplicates, simplify
from dra_policy.ir import print_predicate
from tests.predicates import FAILURE, all_of, any_of, choice, constant, leaf

A, B, C = (leaf(name, {}) for name in "abc")


def test_nested_conjunctions_are_joined() -> None:
    assert flatten(all_of(A, all_of(B, all_of(C)))) == all_of(A, B, C)
    assert flatten(any_of(any_of(A, B), C)) == any_of(A, B, C)


def test_a_disjunction_inside_a_conjunction_stays() -> None:
    assert flatten(all_of(A, any_of(B, C))) == all_of(A, any_of(B, C))


def test_what_is_always_true_leaves_a_conjunction() -> None:
    assert fold_constants(all_of(A, constant(True), B)) == all_of(A, B)
    assert fold_constants(all_of(A, constant(True))) == A
    assert fold_constants(all_of(constant(True))) == constant(True)


def test_what_is_never_true_decides_a_conjunction() -> None:
    assert fold_constants(all_of(A, constant(False))) == constant(False)
    assert fold_constants(any_of(A, constant(True))) == constant(True)
    assert fold_constants(any_of(A, constant(False))) == A


def test_a_constant_condition_chooses_its_branch() -> None:
    assert fold_constants(choice(constant(True), A, B)) == A
    assert fold_constants(choice(constant(False), A, B)) == B


def test_an_expression_that_reads_nothing_is_evaluated() -> None:
    assert fold_constants(leaf("1 < 2", {"": True}, paths=())) == constant(True)
    assert fold_constants(leaf("1 < 2", {"": True}, paths=(), negated=True)) == constant(False)


def test_an_expression_that_reads_nothing_and_fails_stays() -> None:
    failing = leaf("1/0 == 1", {"": FAILURE}, paths=())

    assert fold_constants(failing) == failing
    assert fold_constants(all_of(failing, constant(False))) == constant(False)


def test_equal_terms_are_kept_once() -> None:
    assert merge_duplicates(all_of(A, B, A)) == all_of(A, B)
    assert merge_duplicates(any_of(A, A)) == A


def test_the_passes_work_together() -> None:
    predicate = all_of(all_of(A, constant(True)), any_of(constant(False), all_of(B, A)), A)

    assert print_predicate(simplify(predicate)) == print_predicate(all_of(A, B))


def test_terms_that_read_the_same_are_told_apart_by_their_hashes() -> None:
    # With one hash for all, a row of hundreds of terms would take quadratic time.
    terms = [leaf(f"f({number})", {}, paths=A.paths) for number in range(300)]

    assert len({hash(term) for term in terms}) == 300
