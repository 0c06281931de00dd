from __future__ import annotations

import pytest

from dra_policy.ir import Comparison, Membership, Path, gap, gap_reading, nearest_values
from dra_policy.values import AttributeValue, Quantity, Version
from tests.predicates import SPAN, TableProgram

PATH = Path("attributes", "gpu.example.com", "x")
PROGRAM = TableProgram("x", {})


def comparison(operator: str, constant: AttributeValue, *, negated: bool = False) -> Comparison:
    return Comparison(PROGRAM, (PATH,), SPAN, negated, PATH, operator, constant)


def quantity(text: str) -> Quantity:
    return Quantity.parse(text)


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "words"),
    [
        (">=", quantity("80Gi"), quantity("48Gi"), "short by 32Gi"),
        (">", quantity("80Gi"), quantity("80Gi"), "not more than 80Gi"),
        ("<=", quantity("40Gi"), quantity("48Gi"), "over by 8Gi"),
        (">=", 4, 1, "short by 3"),
        ("<", 4, 4, "not less than 4"),
        (">=", Version.parse("9.0.0"), Version.parse("8.0.0"), "8.0.0 < 9.0.0"),
        ("<", Version.parse("9.0.0"), Version.parse("9.0.0"), "9.0.0 = 9.0.0"),
        ("<", "a", "b", '"b" > "a"'),
        (">=", quantity("80Gi"), None, "not published"),
        ("==", "H100", None, "not published"),
        (">=", quantity("80Gi"), "80Gi", "is a string"),
        ("==", "1", 1, "is an int"),
    ],
)
def test_a_gap_says_how_far_the_value_is_from_the_bound(
    operator: str, wanted: AttributeValue, actual: AttributeValue | None, words: str
) -> None:
    found = gap(comparison(operator, wanted), actual)

    assert found is not None
    assert gap_reading(found) == words


def test_a_negated_comparison_has_the_gap_of_its_opposite() -> None:
    found = gap(comparison("<", quantity("80Gi"), negated=True), quantity("48Gi"))

    assert found is not None
    assert gap_reading(found) == "short by 32Gi"


def test_a_value_that_is_just_another_one_has_no_gap() -> None:
    assert gap(comparison("==", "H100"), "L4") is None
    assert gap(comparison(">=", quantity("80Gi")), quantity("96Gi")) is None
    assert gap(Membership(PROGRAM, (PATH,), SPAN, False, PATH, ("a", "b")), "c") is None


def test_an_absent_value_with_a_default_is_no_gap() -> None:
    assert gap(Comparison(PROGRAM, (PATH,), SPAN, False, PATH, "==", "a", "none"), None) is None


def test_the_nearest_values_below_a_bound_come_first() -> None:
    published = [quantity(text) for text in ("24Gi", "96Gi", "48Gi", "24Gi")]

    assert [str(value) for value in nearest_values(comparison(">=", quantity("80Gi")), published)] == ["48Gi", "24Gi"]
    assert [str(value) for value in nearest_values(comparison("<", quantity("40Gi")), published)] == ["48Gi", "96Gi"]


def test_the_nearest_texts_are_those_with_the_fewest_edits() -> None:
    assert nearest_values(comparison("==", "H100"), ["L4", "H200", "A100", 100, True]) == ("H200", "A100", "L4")


def test_values_of_another_type_are_never_near() -> None:
    assert nearest_values(comparison(">=", 4), [True, "3", 2]) == (2,)
