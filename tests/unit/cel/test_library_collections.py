"""Lists, sets, optionals and maps."""

from __future__ import annotations

import pytest

from tests.unit.cel.evaluation import run, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3].sum()", 6),
        ("[1.5, 2.5].sum()", 4.0),
        ("[9223372036854775807, 1].sum()", "integer overflow"),
        ("['a'].sum()", "no such overload: sum(list)"),
        ("[3, 1].min()", 1),
        ("['b', 'a'].max()", "b"),
        ("[].max()", "max called on empty list"),
        ("[1, 2, 2].isSorted()", True),
        ("[1, [2]].isSorted()", "no such overload"),
        ("[1, 2, 1].indexOf(1)", 0),
        ("[1, 2, 1].lastIndexOf(1)", 2),
        ("[1].indexOf(1.0)", 0),
        ("[1, 2].includes(2)", True),
        ("'a'.includes('a')", True),
        ("'abc'.includes('a')", False),
        ("[3, 1, 2].sort()", [1, 2, 3]),
        ("[1, 'a'].sort()", "list elements must have the same type"),
        ("[[1]].sort()", "list elements must be comparable"),
        ("['bb', 'a'].sortBy(s, s.size())", ["a", "bb"]),
        ("[1, 2, 3].slice(1, 3)", [2, 3]),
        ("[1].slice(0, 2)", "cannot slice(0, 2), list is length 1"),
        ("[1].slice(-1, 1)", "cannot slice(-1, 1), negative indexes not supported"),
        ("[[1, [2]], [3]].flatten()", [1, [2], 3]),
        ("[[1, [2]], [3]].flatten(2)", [1, 2, 3]),
        ("[1].flatten(-1)", "level must be non-negative"),
        ("[1, 2, 1.0].distinct()", [1, 2]),
        ("[1, 2].reverse()", [2, 1]),
        ("lists.range(3)", [0, 1, 2]),
        ("lists.range(-1)", "lists.range: size must be non-negative, got -1"),
        ("lists.range(1000001)", "lists.range: size 1000001 exceeds maximum allowed (1000000)"),
        ("sets.contains([1, 2], [2.0])", True),
        ("sets.equivalent([1, 2, 2], [2, 1])", True),
        ("sets.intersects([1], [2])", False),
    ],
)
def test_lists_and_sets(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("optional.of(1).value()", 1),
        ("optional.none().value()", "optional.none() dereference"),
        ("optional.none().orValue(2)", 2),
        ("optional.of(1).orValue(1 / 0)", 1),
        ("optional.none().or(optional.of(3)).value()", 3),
        ("optional.ofNonZeroValue('').hasValue()", False),
        ("optional.of(1) == optional.of(1.0)", True),
        ("optional.none() == optional.none()", True),
        ("optional.of(1).optMap(x, x + 1).value()", 2),
        ("optional.none().optFlatMap(x, optional.of(x)).hasValue()", False),
        ("optional.unwrap([optional.of(1), optional.none()])", [1]),
        ("[1, 2].last().value()", 2),
        ("[].first().hasValue()", False),
        ("dyn(1).orValue(2)", "no such overload"),
        ("[?1].size()", "cannot initialize optional list element from non-optional value 1"),
    ],
)
def test_optionals(text: str, expected: object) -> None:
    assert value(text) == expected


def test_includes_of_kubernetes_1_36_looks_at_48_values() -> None:
    text = "lists.range(49).includes(48)"
    assert run(text).outcome is True
    found = run(text, kubernetes="1.36", features={"DRAListTypeAttributes": True}).outcome
    assert getattr(found, "text", "") == "'includes' function cannot be applied to lists longer than 48 values"
    assert (
        run("lists.range(60).includes(3)", kubernetes="1.36", features={"DRAListTypeAttributes": True}).outcome is True
    )
