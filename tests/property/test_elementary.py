"""Expressions that need no look after the type check, and those that do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.cel.environment import environment_for
from dra_policy.cel.nesting import MOST_COST
from dra_policy.cel.program import Program
from dra_policy.cel.static import Analysis, analyse
from dra_policy.model import Dialect
from dra_policy.text import Source
from tests.property.effort import examples

A, C = 'device.attributes["gpu.example.com"]', 'device.capacity["gpu.example.com"]'
V1 = environment_for(Dialect.V1)


def analysed(text: str) -> Analysis:
    return analyse(Source.of("<input>", text), V1)


@pytest.mark.parametrize(
    "text",
    [
        'device.driver == "gpu.example.com"',
        f'{A}.model == "A100" && {C}.memory.compareTo(quantity("40Gi")) >= 0',
        f"!{A}.ecc || {A}.?numa.orValue(0) < 2",
        f'{A}.driverVersion.isGreaterThan(semver("550.0.0"))',
        f'{A}.model in ["A100", "H100"] ? has({A}.uuid) : {A}.name.startsWith("gpu-")',
    ],
)
def test_what_compares_with_constants_is_elementary(text: str) -> None:
    found = analysed(text)
    assert found.is_elementary
    assert not found.kubernetes_text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'{A}.model.matches("[")', "the pattern is tried"),
        (f"{A}.name == {A}.model", "two values of any length"),
        (f"{A}.links.exists(x, x > 3)", "a loop"),
        (f'{A}.model in ["A100", 3]', "the list is mixed"),
        ("timestamp == timestamp", "a type"),
        ('duration("1x") == duration("1s")', "the duration is tried"),
        (f'{A}.model == "{"x" * 1000}"', "long"),
        (f"{A}.index + 1 == 2", "may overflow"),
    ],
)
def test_what_may_go_wrong_later_is_not_elementary(text: str, why: str) -> None:
    assert not analysed(text).is_elementary, why


_texts = st.sampled_from(["A100", "", "1Gi", "not a quantity", "1.0.0", "ü", "x" * 40]).map(lambda text: f'"{text}"')
_constants = _texts | st.sampled_from(["1", "-3", "2.5", "true", "null"])
_values = st.sampled_from([f"{A}.model", f"{A}.ecc", f'{A}["a.b"]', f'{A}.?numa.orValue("x")', f"{A}.?numa.orValue(0)"])
_comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_whole = st.sampled_from([f"{A}.ecc", f"has({A}.uuid)", f"{A}.?numa.hasValue()", "true", f'"x" in {A}'])


def _written(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


_conditions = st.one_of(
    _whole,
    _written(_values, " ", _comparisons, " ", _constants),
    _written(_constants, " == ", _values),
    _written(_values, st.sampled_from([".startsWith(", ".endsWith(", ".contains("]), _texts, ")"),
    _written(_values, " in [", st.lists(_texts, max_size=3).map(", ".join), "]"),
    _written(C, ".memory.compareTo(quantity(", _texts, ")) ", _comparisons, " 0"),
    _written(A, ".version", st.sampled_from([".isLessThan(", ".isGreaterThan("]), "semver(", _texts, "))"),
    _written(_values, " == ", _values),
)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Conditions joined by logic."""
    text = draw(_conditions)
    for _ in range(draw(st.integers(0, 5))):
        form = draw(st.sampled_from(["({} && {})", "({} || {})", "!({}) && {}", "({} ? {} : false)"]))
        text = form.format(text, draw(_conditions))
    return str(text)


@settings(max_examples=examples(1500), deadline=None)
@given(expressions())
def test_elementary_expressions_are_planned_and_stay_below_the_limit(text: str) -> None:
    found = analysed(text)
    if found.is_elementary and not found.kubernetes_text:
        assert found.expression is not None
        program = Program(found.expression, text, V1, found.checked)
        program.plan()
        assert program.estimated_cost < MOST_COST // 10
