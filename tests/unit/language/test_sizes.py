"""Policies that are nested deeply, are long, or grow when definitions are put in: told once, and quickly."""

from __future__ import annotations

import pytest

from dra_policy.language import compile_documents, load_policy
from dra_policy.language.policy import PolicyObjects
from dra_policy.manifests.writing import to_json, to_yaml
from dra_policy.text import Source

SOUND = "\nclass sound { where true }"


def load(text: str) -> PolicyObjects:
    return load_policy(Source.of("test.dra", text + SOUND))


def told(policy: PolicyObjects) -> list[tuple[str, int, str]]:
    return [(each.code, each.span.position.line if each.span else 0, each.message) for each in policy.diagnostics]


def nested(levels: int) -> str:
    return "{a: " * levels + "{}" + "}" * levels


def test_a_configuration_that_nests_too_deeply_is_told_at_its_place_and_costs_its_class_only() -> None:
    policy = load(f'driver gpu = "gpu.example.com"\nclass c from gpu {{ config gpu {nested(20_000)} }}')

    assert told(policy) == [("DRA105", 2, "the configuration nests more than 500 levels")]
    assert [each.name for each in policy.objects.classes] == ["sound"]


def test_a_configuration_at_the_limit_is_written_as_a_manifest() -> None:
    text = f'driver gpu = "gpu.example.com"\nclass c from gpu {{ config gpu {nested(499)} }}'
    written, diagnostics = compile_documents([Source.of("test.dra", text)])

    assert diagnostics == ()
    objects = [each for each in written if isinstance(each, dict)]
    assert to_yaml(objects).count(" a:") == to_json(objects).count('"a":') == 499


@pytest.mark.parametrize(
    "expression",
    ["1" + "+1" * 100_000, "f(" * 2_000 + "1" + ")" * 2_000, "[" * 3_000 + "]" * 3_000, "a" + ".b" * 5_000],
)
def test_an_expression_that_nests_too_deeply_is_told_at_its_place(expression: str) -> None:
    policy = load(f"let z = {expression}")

    assert told(policy)[0][:2] == ("DRA203", 1)
    assert "nests more than" in told(policy)[0][2]
    assert [each.name for each in policy.objects.classes] == ["sound"]


def doubling_lets(most: int) -> list[str]:
    return ["let a0 = 1", *(f"let a{n} = a{n - 1} + a{n - 1}" for n in range(1, most + 1))]


def doubling_predicates(most: int) -> list[str]:
    first = "predicate p0(d) = true"
    return [first, *(f"predicate p{n}(d) = p{n - 1}(d) && p{n - 1}(d)" for n in range(1, most + 1))]


@pytest.mark.parametrize("lines", [doubling_lets(60), doubling_predicates(60)], ids=["lets", "predicates"])
@pytest.mark.parametrize("order", [1, -1], ids=["used later", "used earlier"])
def test_definitions_that_double_are_told_once_at_the_first_that_is_too_large(lines: list[str], order: int) -> None:
    policy = load("\n".join(lines[::order]))

    [(code, line, message)] = told(policy)
    assert code == "DRA203"
    assert message == "the expression has more than 20,000 parts with its definitions put in"
    assert lines[::order][line - 1].startswith(("let a14 ", "predicate p14(", "predicate p13("))


def test_a_class_that_uses_what_is_too_large_says_so_and_is_left_out() -> None:
    policy = load("\n".join(doubling_lets(30)) + "\nclass c { where a30 == 1 }")

    assert [each.hint for each in policy.diagnostics] == ["split it, or write it shorter", "`a30` is too large"]
    assert [each.name for each in policy.objects.classes] == ["sound"]


def test_a_chain_of_thousands_of_selections_is_refused_with_a_place() -> None:
    policy = load(f"let x = device{'.a' * 10_000}\nclass c {{ where x == 1 }}")

    assert [code for code, _, _ in told(policy)][:1] == ["DRA203"]
    assert "nests more than 1,000 levels" in told(policy)[0][2]


def test_a_long_chain_of_definitions_means_what_it_says() -> None:
    chain = ["let a0 = 1", *(f"let a{n} = a{n - 1} + 1" for n in range(1, 90))]
    policy = load("\n".join(chain) + "\nclass c { where a89 == 90 }")

    assert policy.diagnostics == ()
    assert policy.objects.classes[0].selectors[0].expression == " + ".join("1" * 90) + " == 90"


def test_arguments_are_counted_where_they_are_put_in() -> None:
    policy = load(f"predicate p(x: int) = {'1 + ' * 20} x\nclass c {{ where {'p(' * 60}1{')' * 60} == 3 }}")

    assert [each[0] for each in told(policy)] == ["DRA203"]


@pytest.mark.parametrize("order", [1, -1], ids=["base first", "base last"])
def test_a_chain_of_thousands_of_classes_is_made_in_time_linear_in_its_length(order: int) -> None:
    lines = ["class a0 {}", *(f"class a{n} extends a{n - 1} {{ where true }}" for n in range(1, 3_000))]
    policy = load("\n".join(lines[::order]))

    assert len(policy.objects.classes) == 34
    assert "class `a2999` has 2,999 selectors; the API takes 32" in [each.message for each in policy.diagnostics]
