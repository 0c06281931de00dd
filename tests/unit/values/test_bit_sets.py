from __future__ import annotations

import pytest

from dra_policy.values.bit_sets import positions, union


@pytest.mark.parametrize(("mask", "expected"), [(0, []), (1, [0]), (0b1010, [1, 3]), (1 << 200 | 1, [0, 200])])
def test_the_positions_of_a_bit_set_ascend(mask: int, expected: list[int]) -> None:
    assert positions(mask) == expected


def test_a_union_has_the_positions_of_all() -> None:
    assert union([]) == 0
    assert union(mask for mask in (0b001, 0b101, 0b010)) == 0b111
