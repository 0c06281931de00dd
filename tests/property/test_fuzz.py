"""A short run of the fuzz targets (`make fuzz` is the long one), and every hostile text once."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.running import run
from tests.fuzz.targets import check_expression
from tests.fuzz.texts import HOSTILE


@pytest.mark.parametrize("target", ["expressions", "devices"])
def test_no_input_crashes_hangs_or_gets_two_answers(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(target, 4, "smoke")
    with capsys.disabled():
        print(f"\n{report}")

    assert report.findings == []


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_texts_end(number: int) -> None:
    check_expression(HOSTILE[number](), Random(f"hostile {number}"))
