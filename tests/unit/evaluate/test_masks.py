from __future__ import annotations

from itertools import product

from dra_policy.evaluate.masks import Masks, choice, conjunction, disjunction, negation
from dra_policy.ir import Answer, CelFailure, answer
from tests.predicates import FAILURE, all_of, any_of, devices, leaf
from tests.predicates import choice as choice_node

DEVICE = devices("d")[0]
ANSWERS: tuple[Answer, ...] = (True, False, FAILURE)


def masks_of(value: Answer) -> Masks:
    if isinstance(value, CelFailure):
        return Masks(0, 0, 1)
    return Masks(1, 0, 0) if value else Masks(0, 1, 0)


def test_masks_follow_the_logic_of_single_answers() -> None:
    for values in product(ANSWERS, repeat=3):
        a, b, c = (masks_of(value) for value in values)
        x, y, z = (leaf(name, {"d": value}) for name, value in zip("xyz", values, strict=True))

        assert conjunction((a, b, c), 1) == masks_of(answer(all_of(x, y, z), DEVICE))
        assert disjunction((a, b, c), 1) == masks_of(answer(any_of(x, y, z), DEVICE))
        assert choice(a, b, c) == masks_of(answer(choice_node(x, y, z), DEVICE))
        assert negation(a) == masks_of(answer(leaf("x", {"d": values[0]}, negated=True), DEVICE))


def test_nothing_to_meet_is_met_by_all() -> None:
    assert conjunction((), 0b111) == Masks(0b111, 0, 0)
    assert disjunction((), 0b111) == Masks(0, 0b111, 0)
