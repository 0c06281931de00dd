"""`drapolicy explain --device … -vv`: the tree of a condition with the value of each part."""

from __future__ import annotations

import json
from pathlib import Path

from tests.worlds import run

WORLD = """\
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu}
spec: {selectors: [{cel: {expression: 'device.driver == "gpu.example.com"'}}]}
---
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: s1}
spec:
  driver: gpu.example.com
  nodeName: n1
  pool: {name: n1, generation: 1, resourceSliceCount: 1}
  devices:
  - {name: gpu-0, attributes: {ecc: {bool: true}}, capacity: {memory: {value: 80Gi}}}
  - {name: gpu-1, capacity: {memory: {value: 40Gi}}}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: tree, namespace: default}
spec:
  devices:
    requests:
    - name: a
      exactly:
        deviceClassName: gpu
        selectors:
        - cel:
            expression: 'device.attributes["gpu.example.com"].ecc
              || device.capacity["gpu.example.com"].memory.compareTo(quantity("100Gi")) >= 0'
"""


def tree(folder: Path, device: str) -> list[str]:
    (folder / "tree.yaml").write_text(WORLD)
    lines = run("explain", "claim/tree", "-f", "tree.yaml", "--device", device, "-vv").out.splitlines()
    return [line.split("tree.yaml:")[0].strip() for line in lines if line.startswith("    ")]


def test_a_part_that_is_not_reached_shows_its_value_all_the_same(folder: Path) -> None:
    assert tree(folder, "n1/gpu-0") == ["✓ ecc  has true", "· memory >= 100Gi  has 80Gi, not reached"]


def test_a_part_that_fails_shows_the_error_of_kubernetes(folder: Path) -> None:
    assert tree(folder, "n1/gpu-1") == ["! ecc  fails: no such key: ecc", "✗ memory >= 100Gi  has 40Gi"]
    document = json.loads(run("explain", "claim/tree", "-f", "tree.yaml", "--device", "n1/gpu-1", "-o", "json").out)
    assert [part["state"] for part in document["items"][0]["conditions"][1]["parts"]] == ["error", "failed"]


def test_an_explanation_with_trees_shows_the_device_that_comes_nearest(folder: Path) -> None:
    never = WORLD.replace('"].ecc', '"].?ecc.orValue(false) && device.driver == "x"')
    (folder / "tree.yaml").write_text(never)
    trees, plain = (run("explain", "claim/tree", "-f", "tree.yaml", level).out for level in ("-vv", "-v"))

    assert "✗ n1/gpu-0" in trees
    assert "✗ n1/gpu-0" not in plain
    assert '    · device.driver is "x"' not in plain
    assert "memory >= 100Gi  has 80Gi" in trees
