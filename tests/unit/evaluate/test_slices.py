"""Slices of one frame share all answers but those that read an attribute of their own."""

from __future__ import annotations

import pytest

from dra_policy.compiler import Settings, compile_selector
from dra_policy.evaluate import Evaluator, Masks
from dra_policy.fleet import Frame, LoadedSlice
from dra_policy.fleet.contents import contents_of
from dra_policy.ir import CelFailure, Condition
from dra_policy.model import Device, Dialect, PublishedDevices, ResourceSlice, Selector
from dra_policy.text import Place, Source, Span, SpanDocument
from tests.published import PublishedFrames, published

DRIVER = "gpu.example.com"
A = f'device.attributes["{DRIVER}"]'
FRAME = Frame(
    1,
    DRIVER,
    Dialect.V1,
    (
        Device("gpu-0", DRIVER, {"model": "H100", "uuid": "GPU-0"}),
        Device("gpu-1", DRIVER, {"model": "L4"}),
        Device("gpu-2", DRIVER, {"model": "H100", "uuid": "GPU-2"}),
    ),
    frozenset(("uuid",)),
)
ENVELOPE = ResourceSlice("s", DRIVER, "p", 1, 1, PublishedDevices(b"[]", lambda _text, _driver, **_how: ()), Dialect.V1)
SLICES = tuple(
    LoadedSlice(index, ENVELOPE, FRAME, "p", (("uuid", "\0".join(texts).encode()),))
    for index, texts in enumerate((("GPU-0", "GPU-2"), ("GPU-3", "GPU-5"), ("GPU-00", "XPU-0")))
)


def condition_of(text: str) -> Condition:
    place = Place(SpanDocument(Span(Source.of("<test>", text), 0, len(text))))
    found = compile_selector(Selector(text, Dialect.V1, place), Settings().environment(Dialect.V1)).condition
    assert found is not None
    return found


def exact(condition: Condition, loaded: LoadedSlice) -> Masks:
    answers = [condition.program.evaluate(device) for device in loaded.devices]
    return Masks(
        sum(1 << i for i, answer in enumerate(answers) if answer is True),
        sum(1 << i for i, answer in enumerate(answers) if answer is False),
        sum(1 << i for i, answer in enumerate(answers) if isinstance(answer, CelFailure)),
    )


@pytest.mark.parametrize(
    "text",
    [
        f'{A}.uuid == "GPU-3"',
        f'{A}.uuid != "GPU-3"',
        f'!({A}.uuid == "GPU-0")',
        f'{A}.uuid in ["GPU-2", "GPU-5"]',
        f'{A}.uuid < "GPU-2"',
        f'{A}.uuid.startsWith("GPU-0")',
        f'{A}.uuid.endsWith("0")',
        f'{A}.uuid.contains("PU-0")',
        f'{A}.uuid.matches("[XY]PU")',
        f'{A}.?uuid.orValue("GPU-3") == "GPU-3"',
        f"{A}.uuid == 3",
        f"has({A}.uuid)",
        f'{A}.model == "H100" && ({A}.uuid == "GPU-3" || {A}.uuid == "XPU-0")',
        f'{A}.exists(k, k == "uuid")',
        f'{A}.exists(k, v, v == "GPU-5")',
        f'{A}[{A}.model == "L4" ? "model" : "uuid"] == "GPU-0"',
    ],
)
def test_the_masks_of_a_slice_are_the_answers_of_its_own_devices(text: str) -> None:
    condition, evaluator = condition_of(text), Evaluator()

    for loaded in SLICES:
        assert evaluator.slice_masks(condition, loaded) == exact(condition, loaded)
    assert evaluator.count(condition, PublishedFrames(tuple(SLICES), contents_of([FRAME]))) == sum(
        exact(condition, each).true.bit_count() for each in SLICES
    )


def test_texts_that_are_too_long_have_their_answers_from_the_program() -> None:
    condition, evaluator = condition_of(f'{A}.uuid.endsWith("0")'), Evaluator()
    loaded = LoadedSlice(0, ENVELOPE, FRAME, "p", (("uuid", ("0" * 100 + "\0GPU-0").encode()),))

    assert evaluator.slice_masks(condition, loaded) == exact(condition, loaded)
    assert evaluator.count(condition, PublishedFrames((loaded,), contents_of([FRAME]))) == 2


def test_what_reads_no_unique_attribute_is_answered_by_the_frame() -> None:
    condition, evaluator = condition_of(f'{A}.model == "H100" && has({A}.uuid)'), Evaluator()

    assert evaluator.slice_masks(condition, SLICES[1]) is evaluator.masks(condition, FRAME)


@pytest.mark.parametrize("operator", ["==", "!="])
def test_the_name_of_another_domain_is_none_of_the_drivers_own(operator: str) -> None:
    condition = condition_of(f'{A}["pcie.example.com/root"] {operator} "x"')
    frame = Frame(0, "gpu.example.com", Dialect.V1, (Device("g", "gpu.example.com", {"pcie.example.com/root": "x"}),))

    assert Evaluator().masks(condition, frame) == Masks(0, 0, 1)
    assert Evaluator().count(condition, published(frame)) == 0
