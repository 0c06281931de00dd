"""`drapolicy check` on selectors: what a version or gate lacks, what new objects may not say, what evaluation costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worlds import run

CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: zones}
spec:
  devices:
    requests:
    - name: a
      exactly:
        deviceClassName: gpu
        selectors:
        - cel:
            expression: EXPRESSION
"""
INCLUDES = 'device.attributes["gpu.nvidia.com"].zones.includes("a")'
SHARED = "device.allowMultipleAllocations == true"


def check(folder: Path, expression: str, *options: str) -> str:
    (folder / "zones.yaml").write_text(CLAIM.replace("EXPRESSION", expression))
    return run("check", "zones.yaml", *options).out


def test_a_function_of_a_newer_version_is_an_error_with_that_version(folder: Path) -> None:
    found = check(folder, INCLUDES, "--kubernetes", "1.35")

    assert found.startswith("DRA306 undeclared reference to 'includes'")
    assert "`includes` needs Kubernetes 1.36 with feature gate DRAListTypeAttributes" in found


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (("--kubernetes", "1.34"), True),
        (("--kubernetes", "1.34", "--feature-gate", "DRAConsumableCapacity=true"), False),
        (("--kubernetes", "1.36"), False),
        (("--kubernetes", "1.36", "--feature-gate", "DRAConsumableCapacity=false"), True),
    ],
)
def test_what_a_gate_keeps_out_of_new_objects_is_a_warning(
    folder: Path, options: tuple[str, ...], refused: bool
) -> None:
    found = check(folder, SHARED, *options)

    assert ("refuses this in new objects: undefined field 'allowMultipleAllocations'" in found) is refused
    assert ("the feature gate DRAConsumableCapacity is off" in found) is refused


def test_the_cost_of_each_expression_and_its_share_of_the_limit(folder: Path) -> None:
    found = check(folder, "'[1, 2].all(a, device.driver == \"x\")'", "-v").splitlines()

    assert found[-1].endswith("1 expression checked, at most 23 of 1,000,000 cost units")
    assert found[-2].split() == ["zones.yaml:12:26", "23", "0.0%"]
    document = json.loads(check(folder, SHARED, "-o", "json"))
    assert document["costs"][0]["estimated"] == 3
    assert document["costs"][0]["limit"] == 1_000_000
