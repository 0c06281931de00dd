"""The cost that the API server expects of an expression."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dra_policy.cel.environment import environment_for
from dra_policy.cel.estimate import estimate_cost
from dra_policy.cel.sizes import UNBOUNDED, UNKNOWN, Range, exactly
from dra_policy.cel.static import analyse
from dra_policy.model import Dialect
from dra_policy.text import Source

V1 = environment_for(Dialect.V1)
GPU = 'device.attributes["gpu.nvidia.com"]'
CAPACITY = 'device.capacity["gpu.nvidia.com"]'


def cost(text: str) -> int:
    analysis = analyse(Source.of("<input>", text), V1)
    assert analysis.expression is not None
    assert analysis.checked is not None
    return estimate_cost(analysis.expression, analysis.checked, V1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The figures of Kubernetes' own estimator, as the notes on the DRA environment list them.
        (f'{GPU}.productName == "NVIDIA A100-SXM4-40GB"', 7),
        (f"{GPU}.ecc", 4),
        (f'{CAPACITY}.memory.isGreaterThan(quantity("1Gi"))', 6),
        (f"{GPU}.index.includes(0)", 68),
        ('device.attributes.exists(d, d == "x")', 195),
        (f"has({GPU}.ecc)", 3),
        ('url("/path") == url(device.driver)', 17),
        ('url("/path") == url(string(1))', 3689348814741910530),
    ],
)
def test_estimates_are_those_of_kubernetes(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_nested_loops_multiply() -> None:
    loop = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    inner = "true"
    costs: list[int] = []
    for variable in "abcdef":
        inner = f"{loop}.all({variable}, {inner})"
        costs.append(cost(inner))

    assert all(later > 9 * earlier for earlier, later in pairwise(costs))
    assert costs[-1] > 1_000_000


def test_a_value_without_known_size_has_no_bound() -> None:
    assert cost("type(1) == int") > 10**18


def test_sizes_never_pass_64_bits() -> None:
    assert UNKNOWN.plus(exactly(1)) == Range(1, UNBOUNDED)
    assert UNKNOWN.times(exactly(2)) == UNKNOWN
    assert exactly(3).scaled(0.1) == exactly(1)
    assert UNKNOWN.scaled(10) == UNKNOWN
    assert exactly(2).union(exactly(5)) == Range(2, 5)


@pytest.mark.parametrize(
    "text",
    ["isURL(string({}dyn('x')))", "url(string(dyn(1))) == {}url(string(dyn(1)))"],
)
def test_a_function_that_is_called_from_the_root_has_the_same_estimate(text: str) -> None:
    assert cost(text.format(".")) == cost(text.format(""))
