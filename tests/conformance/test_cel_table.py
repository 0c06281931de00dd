"""How far CEL agrees with the recorded answers: one table with its thresholds; differences are listed and counted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dra_policy.cel import Environment, environment_for, run_record
from dra_policy.cel.static import analyse
from dra_policy.manifests import decode_device
from dra_policy.model import Dialect
from dra_policy.text import Source
from tests.conformance import celspec
from tests.conformance.test_cel_runtime import (
    _agrees,
    _evolution_device,
    answer,
    differences,
    environment_of,
)
from tests.shared_data import PROJECT, shared_lines

KNOWN_DIFFERENCES = PROJECT / "testdata/conformance/known_differences.md"


class Table:
    """Agreeing and all cases by row, and what each row has to reach."""

    def __init__(self) -> None:
        self.agreeing: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()
        self.bounds: dict[str, float] = {}

    def add(self, row: str, *, agrees: bool, at_least: float = 1.0) -> None:
        self.cases[row] += 1
        self.agreeing[row] += agrees
        self.bounds[row] = at_least

    def lines(self) -> list[str]:
        return [
            f"{row:<44}{self.agreeing[row]:>6} of {cases:>5}  {self.agreeing[row] / cases:>8.2%}"
            f"  (at least {self.bounds[row]:.1%})"
            for row, cases in self.cases.items()
        ]

    def short(self) -> list[str]:
        return [row for row, cases in self.cases.items() if self.agreeing[row] < self.bounds[row] * cases]


def known_differences(path: Path = KNOWN_DIFFERENCES) -> dict[str, int]:
    """The listed numbers of cases by data."""
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: int(number) for name, number in rows}


def test_the_table_of_agreement_with_recorded_answers(capsys: pytest.CaptureFixture[str]) -> None:
    table, differing = Table(), Counter[str]()
    _dra_cel(table, differing)
    _versions(table)
    _random(table)
    _evolution(table)
    _specification(table, differing)
    with capsys.disabled():
        print("", *table.lines(), f"known differences: {dict(differing)}", sep="\n")

    assert table.short() == []
    assert differing == known_differences()


def _dra_cel(table: Table, differing: Counter[str]) -> None:
    for record in shared_lines("conformance/cel/dra_cel.jsonl"):
        expect, environment = record["expect"], environment_of(record)
        device = decode_device(record["device"], record["driver"])
        found = answer(
            run_record(record["expression"], device, environment, cost_limit=record.get("costLimit"))
        )  # fmt: skip
        different = differences(expect, found)
        table.add("dra_cel: compile verdict", agrees="compileError" not in different)
        if "compileError" not in expect:
            table.add("dra_cel: result or error text", agrees=not {"result", "error", "enhancedError"} & {*different})
            if "actualCost" in expect and not expect.get("costUnstable"):
                table.add("dra_cel: cost", agrees="actualCost" not in different)
        elif expect.get("compileErrorType") != "InternalError":
            _compile_error(table, differing, expect["compileError"], record["expression"], environment)


def _compile_error(
    table: Table, differing: Counter[str], wanted: str, expression: str, environment: Environment
) -> None:
    found = analyse(Source.of("<input>", expression), environment).kubernetes_text
    places = [match[0] if (match := re.search(r"<input>:-?\d+:\d+", text)) else "" for text in (found, wanted)]
    table.add("dra_cel: place of compile errors", agrees=places[0] == places[1])
    same = found.splitlines()[:1] == wanted.splitlines()[:1]
    if "Syntax error" in wanted:
        differing["dra_cel syntax errors"] += not same
    else:
        table.add("dra_cel: first line of compile errors", agrees=same, at_least=0.95)


def _versions(table: Table) -> None:
    for record in shared_lines("conformance/cel/dra_cel_versions.jsonl"):
        device = decode_device(record["device"], record["driver"])
        for kubernetes, expect in record["expectByVersion"].items():
            found = answer(run_record(record["expression"], device, environment_of(record, kubernetes)))
            table.add("dra_cel_versions", agrees=not differences(expect, found))


def _random(table: Table) -> None:
    environment = environment_of({})
    for record in shared_lines("conformance/cel/cel_random.jsonl"):
        for document, results in zip(record["devices"], record["results"], strict=True):
            device = decode_device(document, document["driver"])
            for expression, expect in zip(record["expressions"], results, strict=True):
                table.add("cel_random", agrees=_agrees(expect, answer(run_record(expression, device, environment))))


def _evolution(table: Table) -> None:
    environment = environment_for(Dialect.EVOLUTION, strict_prototype=True)
    for record in shared_lines("conformance/cel/evolution_cel.jsonl"):
        device = _evolution_device(record)
        found = answer(run_record(record["expression"], device, environment, suffix=record["celSuffix"]))
        table.add("evolution_cel", agrees=not differences(record["expect"], found))


def _specification(table: Table, differing: Counter[str]) -> None:
    for record in shared_lines("conformance/cel/celspec.jsonl"):
        file = record["file"]
        if record["proto"] or record.get("check_only") or file not in (*celspec.CORE, *celspec.EXTENSIONS):
            continue
        passes = celspec.passes(record)
        if file in celspec.CORE:
            table.add("celspec: the 15 core files", agrees=passes, at_least=0.995)
        table.add("celspec: all files whose library Kubernetes has", agrees=passes, at_least=0.98)
        if not passes:
            differing[f"celspec {file}"] += 1


def test_the_list_of_known_differences_has_a_reason_for_each() -> None:
    lines = [line for line in KNOWN_DIFFERENCES.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    assert all(len(line.split(" | ")) == 3 and len(line.split(" | ")[2]) > 20 for line in lines[1:])
