"""A rule that fails on some nodes is told where the claim fits on another."""

from __future__ import annotations

import json
from pathlib import Path

from tests import clusters
from tests.worlds import run

POLICY = """\
driver gpu = "d.io" { watts?: int }
class gpu from gpu {}
claim c { request g: 1 of gpu  require g[0].gpu.watts > 10 }
"""


def test_a_rule_that_fails_elsewhere_is_told_with_its_nodes(folder: Path) -> None:
    slices = [clusters.slice_([clusters.device("d")], node=f"n{number}") for number in range(3)]
    slices.append(clusters.slice_([clusters.device("d", watts=20)], node="n3"))
    Path("fleet.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))
    Path("p.dra").write_text(POLICY)

    out = run("explain", "claim/c", "-f", "fleet.json", "-f", "p.dra").out
    by_node = run("explain", "claim/c", "-f", "fleet.json", "-f", "p.dra", "--by", "node").out

    assert out.startswith("FITS")
    assert "! g[0].gpu.watts > 10 fails on n0..n2 (no such key: watts on d): nothing fits there\n" in out
    assert "n0..n2  1 of 1  a choice that meets g[0].gpu.watts > 10 (no such key: watts)\n" in by_node
    assert "n3      1 of 1  nothing\n" in by_node
