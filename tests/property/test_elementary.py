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
_values = (
    st.sampled_from(
        [
            "device",
            "device.driver",
            A,
            f"{A}.model",
            f"{A}.?numa",
            f"{C}.memory",
            f"{C}.?memory",
            f'{A}["a.b"]',
            "1",
            "true",
            "null",
        ]
    )
    | _texts
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["==", "!=", "<", ">=", "&&", "||"]), inner).map(" ".join).map("({})".format),
        inner.map("!{}".format),
        pairs.map(lambda pair: f"{pair[0]}.compareTo({pair[1]})"),
        pairs.map(lambda pair: f"{pair[0]}.orValue({pair[1]})"),
        pairs.map(lambda pair: f"{pair[0]}.contains({pair[1]})"),
        inner.map(lambda text: f"{text}.hasValue()"),
        _texts.map("quantity({})".format),
        _texts.map("semver({})".format),
        st.tuples(inner, st.lists(_texts, max_size=3)).map(lambda pair: f"{pair[0]} in [{', '.join(pair[1])}]"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
    )


@settings(max_examples=examples(1500), deadline=None)
@given(st.recursive(_values, _combined, max_leaves=8))
def test_elementary_expressions_are_planned_and_stay_below_the_limit(text: str) -> None:
    found = analysed(text)
    if found.is_elementary and not found.kubernetes_text:
        assert found.expression is not None
        program = Program(found.expression, text, V1, found.checked)
        program.plan()
        assert program.estimated_cost < MOST_COST // 10
