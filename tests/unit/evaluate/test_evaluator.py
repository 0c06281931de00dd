from __future__ import annotations

import pytest

from dra_policy.evaluate import EvaluationFailed, Evaluator, Masks, Matched, Rejected, reads_unique
from dra_policy.evaluate.texts import text_test
from dra_policy.fleet import Frame
from dra_policy.ir import CelFailure, CelLeaf, Comparison, Condition, Path
from dra_policy.model import Device, Dialect
from dra_policy.text import Source, Span
from dra_policy.values import AttributeValue, Unreadable
from tests.predicates import FAILURE, SPAN, TableProgram, all_of, any_of, choice, constant, devices, leaf

DEVICES = devices("a", "b", "c")


def frame(*members: Device, unique: frozenset[str] = frozenset()) -> Frame:
    return Frame(1, "gpu.example.com", Dialect.V1, members or DEVICES, unique)


def test_bits_are_positions_in_the_frame() -> None:
    predicate = leaf("x", {"a": True, "b": False, "c": FAILURE})

    assert Evaluator().masks(predicate, frame()) == Masks(0b001, 0b010, 0b100)


def test_a_leaf_is_asked_once_for_each_distinct_value_it_reads() -> None:
    members = tuple(
        Device(name=name, driver="gpu.example.com", attributes={"model": "H100" if name < "c" else "L4", "n": name})
        for name in ("a", "b", "c", "d")
    )
    program = TableProgram("x", {"a": True, "c": False})
    predicate = CelLeaf(program, (Path("attributes", "gpu.example.com", "model"),), SPAN, False)
    evaluator = Evaluator()

    assert evaluator.masks(predicate, frame(*members)) == Masks(0b0011, 0b1100, 0)
    assert evaluator.masks(predicate, frame(*reversed(members))) == Masks(0b1100, 0b0011, 0)
    assert program.asked == ["a", "c"]


@pytest.mark.parametrize(
    ("answer", "masks"), [(True, Masks(0b111, 0, 0)), (False, Masks(0, 0b111, 0)), (FAILURE, Masks(0, 0, 0b111))]
)
def test_devices_that_all_publish_the_same_have_the_answer_of_one(answer: bool | CelFailure, masks: Masks) -> None:
    members = tuple(Device(name=name, driver="gpu.example.com", attributes={"n": 1}) for name in ("a", "b", "c"))
    program = TableProgram("x", {"a": answer})
    predicate = CelLeaf(program, (Path("attributes", "gpu.example.com", "n"),), SPAN, False)

    assert Evaluator().masks(predicate, frame(*members)) == masks
    assert program.asked == ["a"]


def test_a_device_that_cannot_be_read_has_no_part_in_the_answer_of_those_that_publish_the_same() -> None:
    attributes: dict[str, AttributeValue] = {"n": 1}
    members = (
        Device(name="a", driver="gpu.example.com", attributes={**attributes, "v": Unreadable("x", "reason")}),
        Device(name="b", driver="gpu.example.com", attributes=attributes),
    )
    program = TableProgram("x", {"a": FAILURE, "b": True})
    predicate = CelLeaf(program, (Path("attributes", "gpu.example.com", "n"),), SPAN, False)

    assert Evaluator().masks(predicate, frame(*members)) == Masks(0b10, 0, 0b01)


def test_devices_of_two_drivers_are_never_taken_for_one_another() -> None:
    program = TableProgram("x", {"a": True, "b": False})
    predicate = CelLeaf(program, (), SPAN, False)
    evaluator = Evaluator()
    left, right = Device(name="a", driver="l"), Device(name="b", driver="r")

    assert evaluator.masks(predicate, Frame(1, "l", Dialect.V1, (left,))) == Masks(1, 0, 0)
    assert evaluator.masks(predicate, Frame(2, "r", Dialect.V1, (right,))) == Masks(0, 1, 0)


def test_a_predicate_is_computed_once_per_frame() -> None:
    program = TableProgram("x", {"a": True, "b": False, "c": True})
    predicate = all_of(CelLeaf(program, (Path("attributes"),), SPAN, False), constant(True))
    evaluator, here = Evaluator(), frame()

    assert evaluator.masks(predicate, here) is evaluator.masks(predicate, here)
    assert program.asked == ["a", "b", "c"]


def test_an_unreadable_device_fails_every_condition_also_one_that_is_always_true() -> None:
    broken = Device(name="d", driver="gpu.example.com", attributes={"v": Unreadable("1", "parse semantic version")})
    condition = Condition(constant(True), TableProgram("true", {"a": True, "d": FAILURE}), "true")
    evaluator = Evaluator()

    assert evaluator.masks(condition, frame(DEVICES[0], broken)) == Masks(0b01, 0, 0b10)
    assert evaluator.verdict(condition, broken) == EvaluationFailed(FAILURE, None, ())


def test_the_error_of_an_unreadable_device_is_not_that_of_the_values_it_shares_with_others() -> None:
    attributes: dict[str, AttributeValue] = {"model": "H100", "v": Unreadable("1", "parse semantic version")}
    broken = Device(name="d", driver="gpu.example.com", attributes=attributes)
    sound = Device(name="a", driver="gpu.example.com", attributes={"model": "H100"})
    path = Path("attributes", "gpu.example.com", "model")
    predicate = leaf("x", {"a": True, "d": FAILURE}, paths=(path,))

    assert Evaluator().masks(predicate, frame(broken, sound)) == Masks(0b10, 0, 0b01)


def test_only_what_reads_a_unique_attribute_differs_between_slices() -> None:
    here = frame(unique=frozenset(("uuid",)))
    uuid = leaf("u", {}, paths=(Path("attributes", "gpu.example.com", "uuid"),))
    other_domain = leaf("u", {}, paths=(Path("attributes", "x.example.com", "uuid"),))

    assert reads_unique(uuid, here)
    assert reads_unique(leaf("w", {}, paths=(Path("attributes"),)), here)
    assert not reads_unique(other_domain, here)
    assert not reads_unique(leaf("m", {}, paths=(Path("attributes", "gpu.example.com", "model"),)), here)
    assert not reads_unique(uuid, frame())


def test_a_failure_points_into_the_text_of_the_condition_asked() -> None:
    first, own = Source.of("first.yaml", "a.b"), Source.of("own.yaml", "a.b")
    failure = CelFailure("no such key: b", "no such key: b", Span(first, 2, 3))
    predicate = CelLeaf(TableProgram("a.b", {"a": failure}), (), Span(own, 0, 3), False)
    found = Evaluator().failure(Condition(predicate, predicate.program, "a.b"), DEVICES[0])

    assert found.span == Span(own, 2, 3)


def test_asking_for_a_failure_where_there_is_none_is_a_mistake() -> None:
    condition = Condition(constant(True), TableProgram("true", {"a": True}), "true")

    with pytest.raises(ValueError, match="gives an answer"):
        Evaluator().failure(condition, DEVICES[0])


def test_the_verdict_names_the_first_part_that_decides() -> None:
    true, false, error = (leaf(name, {"a": value}) for name, value in (("t", True), ("f", False), ("e", FAILURE)))
    evaluator = Evaluator()

    def verdict_of(predicate: object) -> object:
        return evaluator.verdict(predicate, DEVICES[0])  # type: ignore[arg-type]

    assert verdict_of(all_of(true, true)) == Matched()
    rejected = verdict_of(all_of(true, error, false))
    assert isinstance(rejected, Rejected)
    assert rejected.leaf == false
    assert rejected.actual == "a"
    failed = verdict_of(all_of(true, error))
    assert isinstance(failed, EvaluationFailed)
    assert failed.leaf == error
    assert failed.failure == FAILURE


def test_every_alternative_of_a_false_disjunction_is_blamed() -> None:
    left, right = leaf("l", {"a": False}), leaf("r", {"a": False})
    verdict = Evaluator().verdict(any_of(left, right), DEVICES[0])

    assert isinstance(verdict, Rejected)
    assert verdict.blamed == (left, right)


def test_a_conditional_blames_the_branch_taken() -> None:
    true, false, other = leaf("t", {"a": True}), leaf("f", {"a": False}), leaf("o", {"a": False})
    verdict = Evaluator().verdict(choice(true, false, other), DEVICES[0])

    assert isinstance(verdict, Rejected)
    assert verdict.blamed == (false,)


@pytest.mark.parametrize(
    ("operator", "constant", "wanted"),
    [("==", "b", 0b010), ("!=", "b", 0b101), ("<", "b", 0b001), (">=", "b", 0b110), ("==", 1, None)],
)
def test_texts_that_are_all_different_are_compared_without_the_program(
    operator: str, constant: str | int, wanted: int | None
) -> None:
    path = Path("attributes", "gpu.example.com", "uuid")
    test = text_test(Comparison(TableProgram("x", {}), (path,), SPAN, False, path, operator, constant))

    found = None if test is None else sum(1 << i for i, text in enumerate("abc") if test(text))
    assert found == wanted
