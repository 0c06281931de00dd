"""Parsing, checking and estimating against what Kubernetes and cel-spec recorded."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dra_policy.cel.environment import Environment, Overload, environment_for, overload, plain_environment
from dra_policy.cel.estimate import estimate_cost
from dra_policy.cel.kinds import TYPE, Type, declared_name, list_of, map_of, parameter, read_type, type_of
from dra_policy.cel.static import Analysis, analyse
from dra_policy.model import Dialect
from dra_policy.text import Source
from tests.shared_data import shared_lines

ALL_GATES = {"ConsumableCapacity": True, "ListTypeAttributes": True}
# cel-spec's tests of libraries that Kubernetes does not have.
FOREIGN_LIBRARIES = {"math_ext", "encoders_ext"}


def analysed(expression: str, environment: Environment) -> Analysis:
    return analyse(Source.of("<input>", expression), environment)


def compare(records: list[tuple[str, Environment, dict[str, Any]]], say: Any) -> None:
    """Verdicts must all agree, and compile errors word for word; syntax errors by place only."""
    wrong: list[str] = []
    figures: Counter[str] = Counter()
    for expression, environment, expect in records:
        # Constants are folded when a program is made, after everything that is tested here.
        if expect.get("compileErrorType") == "InternalError":
            continue
        figures["cases"] += 1
        found, wanted = analysed(expression, environment).kubernetes_text, expect.get("compileError", "")
        if "Syntax error" in wanted:
            figures["syntax errors"] += 1
            found, wanted = (text.split(": Syntax error")[0] for text in (found, wanted))
        figures["compile errors"] += bool(wanted)
        if found != wanted:
            wrong.append(f"{expression}\n  found {found}\n  wanted {wanted}")
    say(figures)
    assert not wrong, "\n".join(wrong[:20])


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Any:
    def printed(figures: Counter[str]) -> None:
        with capsys.disabled():
            listed = ", ".join(f"{count:,} {name}" for name, count in figures.items())
            print(f"\n  {request.node.name}: {listed}")

    return printed


def dra_environment(record: dict[str, Any]) -> Environment:
    return environment_for(Dialect.V1, stored=record["env"] == "stored", features=record.get("features") or ALL_GATES)


def test_compile_errors_are_those_of_the_dra_environment(say: Any) -> None:
    records = shared_lines("conformance/cel/dra_cel.jsonl")
    compare([(record["expression"], dra_environment(record), record["expect"]) for record in records], say)


def test_compile_errors_are_those_of_older_kubernetes_versions(say: Any) -> None:
    records = [
        (
            record["expression"],
            # They were recorded with both gates on, of which that of lists counts in 1.36 for stored expressions too.
            environment_for(
                Dialect.V1,
                kubernetes=version,
                stored=record["env"] == "stored",
                features={"ConsumableCapacity": True, "ListTypeAttributes": True},
            ),
            expect,
        )
        for record in shared_lines("conformance/cel/dra_cel_versions.jsonl")
        for version, expect in record["expectByVersion"].items()
    ]
    compare(records, say)


def test_compile_errors_are_those_of_the_dra_evolution_prototype(say: Any) -> None:
    environment = environment_for(Dialect.EVOLUTION)
    records = shared_lines("conformance/cel/evolution_cel.jsonl")
    compare([(record["expression"], environment, record["expect"]) for record in records], say)


def test_random_expressions_compile_exactly_where_kubernetes_compiles_them(say: Any) -> None:
    environment = environment_for(Dialect.V1)
    wrong: list[str] = []
    figures: Counter[str] = Counter()
    for record in shared_lines("conformance/cel/cel_random.jsonl"):
        for place, expression in enumerate(record["expressions"]):
            compiles = any(row[place] is not None for row in record["results"])
            figures["expressions"] += 1
            figures["compile errors"] += not compiles
            if (analysed(expression, environment).kubernetes_text == "") is not compiles:
                wrong.append(expression)
    say(figures)
    assert not wrong


def test_result_types_and_cost_estimates_are_kubernetes_own(say: Any) -> None:
    wrong: list[str] = []
    figures: Counter[str] = Counter()
    for record in shared_lines("conformance/cel/dra_cel.jsonl"):
        expect = record["expect"]
        if "estimatedMaxCost" not in expect:
            continue
        environment = dra_environment(record)
        analysis = analysed(record["expression"], environment)
        assert analysis.expression is not None
        assert analysis.checked is not None
        cost = estimate_cost(analysis.expression, analysis.checked, environment)
        figures["estimates"] += 1
        if cost != expect["estimatedMaxCost"] or declared_name(analysis.checked.output_type) != expect["outputType"]:
            wrong.append(f"{record['expression']}: {cost}, wanted {expect['estimatedMaxCost']}")
    say(figures)
    assert not wrong, "\n".join(wrong[:20])


def spec_type(form: Any) -> Type:
    """A type as the specification's records write it."""
    match form:
        case str():
            return read_type(form)
        case {"list": element}:
            return list_of(spec_type(element))
        case {"map": [key, value]}:
            return map_of(spec_type(key), spec_type(value))
        case {"param": name}:
            return parameter(name)
        case {"type": inner}:
            return type_of(spec_type(inner)) if inner else TYPE
        case {"abstract": name}:
            return Type("opaque", name, tuple(spec_type(inner) for inner in form.get("params", ())))
        case _:
            raise ValueError(form)


def spec_environment(record: dict[str, Any]) -> Environment:
    variables: dict[str, Type] = {}
    added: list[Overload] = []
    for declaration in record.get("type_env", ()):
        if "ident" in declaration:
            variables[declaration["ident"]] = spec_type(declaration["type"])
            continue
        added += [
            overload(
                declaration["function"],
                form["id"],
                [spec_type(inner) for inner in form["params"]],
                spec_type(form["result"]),
                is_member=bool(form.get("instance")),
            )
            for form in declaration["overloads"]
        ]
    return plain_environment(variables, container=record.get("container") or "", added=added)


def test_the_specifications_expressions_compile_and_have_the_types_it_deduces(say: Any) -> None:
    wrong: list[str] = []
    figures: Counter[str] = Counter()
    for record in shared_lines("conformance/cel/celspec.jsonl"):
        if record["proto"] or record.get("disable_check") or record["file"] in FOREIGN_LIBRARIES:
            continue
        # Kubernetes' version of the strings library has no reverse().
        if "error" in record["expect"] or record["section"] == "reverse":
            continue
        figures["expressions"] += 1
        analysis = analysed(record["expr"], spec_environment(record))
        if analysis.kubernetes_text:
            wrong.append(f"{record['expr']}: {analysis.kubernetes_text}")
        elif "deduced_type" in record["expect"]:
            figures["deduced types"] += 1
            assert analysis.checked is not None
            if analysis.checked.output_type != spec_type(record["expect"]["deduced_type"]):
                wrong.append(f"{record['expr']}: {analysis.checked.output_type}")
    say(figures)
    assert not wrong, "\n".join(wrong[:20])
