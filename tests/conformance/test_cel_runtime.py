"""The evaluator gives what Kubernetes' own code gave: answers, error texts, costs; and what cel-spec demands."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dra_policy.cel import Compilation, Environment, Run, environment_for, run_record
from dra_policy.ir.nodes import CelFailure
from dra_policy.manifests import decode_device
from dra_policy.model import Device, Dialect
from tests.conformance import celspec
from tests.shared_data import shared_lines

BOTH_FEATURES = {"ConsumableCapacity": True, "ListTypeAttributes": True}


def environment_of(record: dict[str, Any], kubernetes: str = "1.37") -> Environment:
    return environment_for(
        Dialect.V1,
        kubernetes=kubernetes,
        stored=record.get("env", "stored") == "stored",
        features=record.get("features") or BOTH_FEATURES,
    )


def answer(outcome: Compilation | Run) -> dict[str, Any]:
    match outcome:
        case Compilation():
            return {"compileError": outcome.kubernetes_text}
        case Run(outcome=CelFailure() as failure, cost=cost):
            return {"error": failure.text, "enhancedError": failure.kubernetes_text, "actualCost": cost}
        case Run(outcome=result, cost=cost):
            return {"result": result, "actualCost": cost}


def differences(expect: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The parts of a record that differ; of compile errors only whether there is one, their texts are the checker's."""
    if "compileError" in expect or "compileError" in found:
        return [] if ("compileError" in expect) == ("compileError" in found) else ["compileError"]
    parts = ["result", "error", "enhancedError"]
    if "actualCost" in expect and not expect.get("costUnstable"):
        parts.append("actualCost")
    return [part for part in parts if part in expect and expect[part] != found.get(part)]


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")


def test_kubernetes_answers_error_texts_and_costs(capsys: pytest.CaptureFixture[str]) -> None:
    records = shared_lines("conformance/cel/dra_cel.jsonl")
    wrong = []
    for record in records:
        device = decode_device(record["device"], record["driver"])
        outcome = run_record(
            record["expression"], device, environment_of(record), cost_limit=record.get("costLimit")
        )  # fmt: skip
        found = answer(outcome)
        wrong += [(record["id"], part, found) for part in differences(record["expect"], found)]
    report(capsys, f"dra_cel: {len(records)} cases, {len(wrong)} differences in result, error text or cost")

    assert wrong == []


def test_answers_of_kubernetes_1_34_to_1_37(capsys: pytest.CaptureFixture[str]) -> None:
    wrong, cases = [], 0
    for record in shared_lines("conformance/cel/dra_cel_versions.jsonl"):
        device = decode_device(record["device"], record["driver"])
        for kubernetes, expect in record["expectByVersion"].items():
            cases += 1
            found = answer(run_record(record["expression"], device, environment_of(record, kubernetes)))
            wrong += [(record["id"], kubernetes, part) for part in differences(expect, found)]
    report(capsys, f"dra_cel_versions: {cases} cases, {len(wrong)} differences")

    assert wrong == []


def test_random_selectors(capsys: pytest.CaptureFixture[str]) -> None:
    wrong, cases = [], 0
    environment = environment_of({})
    for record in shared_lines("conformance/cel/cel_random.jsonl"):
        devices = [decode_device(device, device["driver"]) for device in record["devices"]]
        for device, results in zip(devices, record["results"], strict=True):
            for expression, expect in zip(record["expressions"], results, strict=True):
                cases += 1
                found = answer(run_record(expression, device, environment))
                if not _agrees(expect, found):
                    wrong.append((record["name"], expression, expect, found))
    report(capsys, f"cel_random: {cases} cases, {len(wrong)} differences")

    assert wrong == []


def _agrees(expect: Any, found: dict[str, Any]) -> bool:
    if expect is None:
        return "compileError" in found
    if isinstance(expect, dict):
        return bool(found.get("error") == expect["error"])
    return found.get("result") is expect


def _evolution_device(record: dict[str, Any]) -> Device:
    document = {"name": "device", "attributes": record["attributes"]}
    return decode_device(document, record["driverName"], dialect=Dialect.EVOLUTION)


def test_dra_evolution_as_its_code_answers(capsys: pytest.CaptureFixture[str]) -> None:
    environment = environment_for(Dialect.EVOLUTION, strict_prototype=True)
    records, wrong, left_out = shared_lines("conformance/cel/evolution_cel.jsonl"), [], 0
    for record in records:
        device = _evolution_device(record)
        if len(device.attributes) < len(record["attributes"]) or any(len(each) > 2 for each in record["attributes"]):
            left_out += 1  # an attribute with two values is no device of ours
            continue
        found = answer(run_record(record["expression"], device, environment, suffix=record["celSuffix"]))
        wrong += [(record["id"], part, found) for part in differences(record["expect"], found)]
    report(capsys, f"evolution_cel: {len(records) - left_out} cases ({left_out} left out), {len(wrong)} differences")

    assert wrong == []


def test_the_cel_specification(capsys: pytest.CaptureFixture[str]) -> None:
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for record in shared_lines("conformance/cel/celspec.jsonl"):
        if record["proto"] or record.get("check_only"):
            continue
        total[record["file"]] += 1
        passed[record["file"]] += celspec.passes(record)
    core = sum(passed[name] for name in celspec.CORE), sum(total[name] for name in celspec.CORE)
    files = (*celspec.CORE, *celspec.EXTENSIONS)
    known = sum(passed[name] for name in files), sum(total[name] for name in files)
    missed = ", ".join(f"{name} {total[name] - passed[name]}" for name in files if passed[name] < total[name])
    report(capsys, f"celspec: core {core[0]}/{core[1]}, with extensions {known[0]}/{known[1]}; missed: {missed}")

    assert core[0] / core[1] >= 0.995
    assert known[0] / known[1] >= 0.98
