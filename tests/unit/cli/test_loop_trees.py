"""`drapolicy eval -vv`: loops and bindings round by round, on the devices that do not match first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import run

A = 'device.attributes["gpu.example.com"]'
LINKS = ", ".join(f"x{number}" for number in range(48))
FLEET = f"""\
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {{name: s1}}
spec:
  driver: gpu.example.com
  nodeName: n1
  pool: {{name: n1, generation: 1, resourceSliceCount: 1}}
  devices:
  - name: few
    attributes: {{index: {{int: 0}}, model: {{string: A100}}, links: {{strings: [nv1, nv2, nv3]}}}}
  - name: many
    attributes: {{index: {{int: 1}}, links: {{strings: [{LINKS}]}}}}
"""


@pytest.fixture(autouse=True)
def fleet(folder: Path) -> None:
    (folder / "loops.yaml").write_text(FLEET)


def tree(expression: str, device: str) -> list[str]:
    """The lines below a device's name, without the places at their ends."""
    text = run("eval", expression.replace("$A", A), "-f", "loops.yaml", "-vv", "--width", "140").out
    (section,) = [part for part in text.split("\n\n") if part.split("\n")[0][2:].startswith(f"n1/{device} ")]
    return [line.split("<expression>")[0].strip() for line in section.strip().split("\n")[1:]]


def test_the_round_that_decides_is_shown_and_how_many_are_left() -> None:
    assert tree('$A.links.all(l, l.startsWith("nv"))', "many") == [
        '✗ links.all(l, l.startsWith("nv"))  has ["x0", "x1", "x2", "x3", 44 more]',
        '✗ l = "x0": l.startsWith("nv")',
        "· 47 more  not reached",
    ]
    assert tree('$A.links.exists(l, l == "nv2")', "few")[1:] == [
        '✓ l = "nv2": l == "nv2"',
        "✗ 1 more  does not hold",
        "· 1 more  not reached",
    ]


def test_where_no_round_decides_three_stand_for_all() -> None:
    assert tree('$A.links.exists(l, l == "nv9")', "many")[1:] == [
        '✗ l = "x0": l == "nv9"',
        '✗ l = "x1": l == "nv9"',
        '✗ l = "x2": l == "nv9"',
        "✗ 45 more  do not hold",
    ]


def test_a_round_shows_its_own_parts_and_what_it_compares() -> None:
    assert tree("[[1], [3]].all(x, x.exists(y, y == 1 || $A.index == y))", "few")[1:] == [
        "✗ x = [3]: x.exists(y, y == 1 || index == y)",
        "✗ y = 3: y == 1 || index == y",
        "✗ y == 1",
        "✗ index == y  index is 0",
        "✓ 1 more  holds",
    ]


def test_a_computed_list_shows_its_value_and_its_rounds() -> None:
    assert tree("$A.links.map(l, l.size()).sum() > 200", "few")[1:4] == [
        "✓ links.map(l, l.size()).sum()  is 9",
        "✓ links.map(l, l.size())  is [3, 3, 3]",
        '✓ l = "nv1": l.size()  is 3',
    ]
    assert tree('$A.links.sortBy(l, size(l))[0] == "nv9"', "few")[2:4] == [
        '✓ links.sortBy(l, size(l))  is ["nv1", "nv2", "nv3"]',
        '✓ l = "nv1": size(l)  is 3',
    ]


def test_a_loop_with_two_variables_and_a_filter_shows_what_is_left_out() -> None:
    expression = '{"a": 1, "b": 2}.transformMap(k, v, k != "a", v * 2).all(k, v, v > 4)'
    assert tree(expression, "few")[1:] == [
        '✓ {"a": 1, "b": 2}.transformMap(k, v, k != "a", v * 2)  is {"b": 4}',
        '✗ k = "a", v = 1: k != "a"',
        '✓ k = "b", v = 2: v * 2  is 4',
        '✗ k = "b", v = 4: v > 4',
    ]


def test_an_error_in_a_round_is_the_one_that_kubernetes_has() -> None:
    assert tree("[4, 0, 2].exists(x, 4 / x == 3)", "few")[1:] == [
        "! x = 0: 4 / x == 3  fails: division by zero",
        "✗ 2 more  do not hold",
    ]


def test_a_binding_shows_what_its_name_stands_for() -> None:
    assert tree('cel.bind(m, $A.model, m == "B" || $A.links.exists(l, l == "x2"))', "many")[1:3] == [
        "! m = model  fails: no such key: model",
        '✓ m == "B" || links.exists(l, l == "x2")',
    ]
    assert tree('$A.?model.optMap(m, m.startsWith("B")).orValue(false)', "few")[2:] == [
        '✓ m = model  is "A100"',
        '✗ m.startsWith("B")',
    ]
    assert tree('$A.?model.optMap(m, m.startsWith("B")).orValue(false)', "many")[2:] == ["· m = model  has no value"]


def test_a_huge_value_is_cut() -> None:
    expression = '["' + "a" * 2000 + '"]' + ".map(x, x + x)" * 10 + "[0].size() < $A.index"

    assert max(map(len, tree(expression, "few"))) < 2500
    assert any("and 2,047,900 characters more" in line for line in tree(expression, "few"))


@pytest.mark.parametrize("width", ["40", "60", "80"])
def test_no_line_of_a_tree_is_wider_than_the_page(width: str) -> None:
    expression = f'{A}.links.all(l, l.startsWith("nv") || {A}.links.exists(other, other == l + "-of-a-long-name"))'
    text = run("eval", expression, "-f", "loops.yaml", "-vv", "--width", width).out
    section = text[text.index("✗ n1/") :]
    assert [line for line in section.splitlines() if len(line) > int(width)] == []
