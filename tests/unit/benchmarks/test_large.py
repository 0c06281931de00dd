"""The curve is measured on every fleet alike, and what is measured leaves the fleet as it was."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.fleets import own_claims, own_fleet
from benchmarks.large import BOUNDS, measured


def test_a_small_fleet_has_every_figure(tmp_path: Path) -> None:
    fleet, claims = tmp_path / "fleet.json", tmp_path / "claims.jsonl"
    fleet.write_text(json.dumps(own_fleet(9)), encoding="utf-8")
    claims.write_text("".join(f"{json.dumps(case)}\n" for case in own_claims()), encoding="utf-8")
    figures = measured(str(fleet), str(claims))

    assert BOUNDS.keys() <= figures.keys()
    assert figures["devices"] == 9 * 16
    assert all(figure > 0 for figure in figures.values())
