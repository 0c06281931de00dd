"""Masks over recorded devices are what Kubernetes answered: true, false or error, device by device."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.compiler import CompiledSelector, Settings, compile_selector
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Frame
from dra_policy.manifests import decode_device
from dra_policy.model import Device, Dialect, Selector
from dra_policy.text import Place, Source, Span, SpanDocument
from tests.published import published
from tests.shared_data import shared_lines


def compiled(text: str, dialect: Dialect, settings: Settings) -> CompiledSelector:
    place = Place(SpanDocument(Span(Source.of("<case>", text), 0, len(text))))
    return compile_selector(Selector(text, dialect, place), settings.environment(dialect))


def masks_kinds(evaluator: Evaluator, selector: CompiledSelector, devices: list[Device]) -> list[str]:
    """The answers, computed frame by frame: each driver's devices are one."""
    if selector.condition is None:
        return ["compile error"] * len(devices)
    kinds = [""] * len(devices)
    for driver in dict.fromkeys(device.driver for device in devices):
        positions = [index for index, device in enumerate(devices) if device.driver == driver]
        frame = Frame(0, driver, Dialect.V1, tuple(devices[index] for index in positions))
        masks = evaluator.masks(selector.condition, frame)
        # By columns, without the answers that the masks have left behind.
        assert Evaluator().count(selector.condition, published(frame)) == masks.true.bit_count()
        for bit, index in enumerate(positions):
            kinds[index] = next(
                name for name in ("true", "false", "error") if getattr(masks, name) >> bit & 1
            )  # fmt: skip
    return kinds


def recorded_kind(result: Any) -> str:
    if result is None:
        return "compile error"
    return "error" if isinstance(result, dict) else str(result).lower()


def test_random_selectors_have_the_recorded_masks(capsys: pytest.CaptureFixture[str]) -> None:
    evaluator, settings = Evaluator(), Settings()
    answers, wrong = 0, []
    for record in shared_lines("conformance/cel/cel_random.jsonl"):
        devices = [decode_device(device, device["driver"]) for device in record["devices"]]
        for column, text in enumerate(record["expressions"]):
            wanted = [recorded_kind(row[column]) for row in record["results"]]
            found = masks_kinds(evaluator, compiled(text, Dialect.V1, settings), devices)
            answers += len(wanted)
            wrong += [(record["name"], text, index) for index in range(len(wanted)) if wanted[index] != found[index]]
    with capsys.disabled():
        print(f"\nmasks of random selectors: {answers} answers compared")

    assert wrong == []


def test_single_cases_have_the_recorded_masks(capsys: pytest.CaptureFixture[str]) -> None:
    evaluator, settings = Evaluator(), Settings()
    cases, wrong = 0, []
    for record in shared_lines("conformance/cel/dra_cel.jsonl"):
        # Other limits, long loops and the environment of new objects are the business of cel's own tests.
        expect = record["expect"]
        if record["env"] != "stored" or "costLimit" in record or expect.get("actualCost", 0) > 20_000:
            continue
        wanted = (
            "compile error" if "compileError" in expect else "error" if "error" in expect else str(expect["result"])
        )
        device = decode_device(record["device"], record["driver"])
        (found,) = masks_kinds(evaluator, compiled(record["expression"], Dialect.V1, settings), [device])
        cases += 1
        if found != wanted.lower():
            wrong.append((record["id"], record["expression"], wanted, found))
    with capsys.disabled():
        print(f"\nmasks of single cases: {cases} cases compared")

    assert wrong == []


def test_cases_of_the_prototype_have_the_recorded_masks(capsys: pytest.CaptureFixture[str]) -> None:
    evaluator, settings = Evaluator(), Settings(strict_prototype=True)
    cases, wrong = 0, []
    for record in shared_lines("conformance/cel/evolution_cel.jsonl"):
        expect = record["expect"]
        # A suffix for names is an argument of the prototype's library and none of its programs'. The compiler alone
        # was asked; its callers take an empty expression for one that matches.
        if record["celSuffix"] or not record["expression"]:
            continue
        wanted = (
            "compile error" if "compileError" in expect else "error" if "error" in expect else str(expect["result"])
        )
        content = {"name": "d", "attributes": record["attributes"]}
        device = decode_device(content, record["driverName"], dialect=Dialect.EVOLUTION)
        (found,) = masks_kinds(evaluator, compiled(record["expression"], Dialect.EVOLUTION, settings), [device])
        cases += 1
        if found != wanted.lower():
            wrong.append((record["id"], record["expression"], wanted, found))
    with capsys.disabled():
        print(f"\nmasks of the prototype's cases: {cases} cases compared")

    assert wrong == []
