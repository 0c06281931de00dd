"""The answer of a condition over a fleet, in few columns."""

from __future__ import annotations

import json
from pathlib import Path

from dra_policy.render.measure import columns
from tests import clusters
from tests.worlds import run

MODEL = 'device.attributes["d.io"].model'


def test_few_columns_give_values_lines_of_their_own(tmp_path: Path) -> None:
    devices = [clusters.device(f"d{number}", model=f"model number {number}") for number in range(3)]
    fleet = tmp_path / "fleet.json"
    fleet.write_text(json.dumps(clusters.slice_([*devices, clusters.device("odd")])))

    out = run("eval", f'{MODEL} == "x"', "-f", str(fleet), "--width", "45").out

    assert out.splitlines() == [
        "0 of 4 devices, 1 error",
        "! no such key: model on 1 device: Kubernetes",
        "  stops the whole pod where it visits one",
        "    n1: odd",
        "not matched, because it must be",
        '  model is "x":',
        '    3 fail, have "model number 0" (1), "model',
        '    number 1" (1), "model number 2" (1)',
    ]
    assert max(map(columns, out.splitlines())) <= 45


def test_the_lowest_level_is_one_line(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.json"
    fleet.write_text(json.dumps(clusters.slice_([clusters.device("d", model="y"), clusters.device("odd")])))

    assert run("eval", f'{MODEL} == "x"', "-f", str(fleet), "-q").out == "0 of 2 devices, 1 error\n"
