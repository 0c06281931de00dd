"""`drapolicy explain` on capacities that a policy refuses or that nobody publishes, and on absent attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import run

WORLD = """\
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: s}
spec:
  driver: d.example.com
  nodeName: n1
  pool: {name: n1, generation: 1, resourceSliceCount: 1}
  devices:
  - name: nic-0
    allowMultipleAllocations: true
    attributes: {model: {string: A}}
    capacity: {bw: {value: 10Gi, requestPolicy: POLICY}}
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: d}
spec: {selectors: [{cel: {expression: 'device.driver == "d.example.com"'}}]}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: c}
spec:
  devices:
    requests: [{name: a, exactly: {deviceClassName: d, capacity: {requests: {NAME: AMOUNT}}}}]
"""
RANGE = "{default: 1Gi, validRange: {min: 1Gi, step: 1Gi, max: 8Gi}}"


def explain(amount: str, policy: str = RANGE, name: str = "bw") -> list[str]:
    text = WORLD.replace("POLICY", policy).replace("NAME", name).replace("AMOUNT", amount)
    Path("world.yaml").write_text(text)
    return run("explain", "claim/c", "-f", "world.yaml", "--width", "120").out.splitlines()


@pytest.mark.parametrize(
    ("amount", "policy", "reason"),
    [
        ("9Gi", RANGE, "9Gi is wanted; the policy of n1/nic-0 admits at most 8Gi."),
        ("9Gi", "{default: 1Gi, validValues: [1Gi, 4Gi]}", "9Gi is wanted; the policy of n1/nic-0 admits at most 4Gi."),
        (
            "7500Mi",
            "{default: 1Gi, validRange: {min: 1Gi, step: 2Gi, max: 8Gi}}",
            "7500Mi is rounded up to 9Gi by the policy of n1/nic-0, which admits at most 8Gi.",
        ),
        ("11Gi", "{default: 1Gi, validRange: {min: 1Gi}}", "11Gi is wanted; no device has more than 10Gi."),
    ],
)
def test_what_refuses_an_amount_is_named(amount: str, policy: str, reason: str) -> None:
    headline, sentence, *_ = explain(amount, policy)

    assert headline.startswith("NEVER  claim default/c ")
    assert headline.endswith("DRA520")
    assert sentence == reason


def test_a_capacity_that_nobody_publishes_is_named_with_the_nearest() -> None:
    headline, sentence, _, _, _, near = explain("1Gi", name="bv")

    assert headline.endswith("DRA302")
    assert sentence == "No device publishes bv; request a asks for it."
    assert near == "  on 0 of 1 device. Nearest: bw, on 1 of 1"
    assert explain("1Gi", name="throughput")[-1] == "  on 0 of 1 device. There is: bw"


def test_an_attribute_of_a_distinct_constraint_that_nobody_publishes_is_named() -> None:
    explain("1Gi")
    constraint = "    constraints: [{distinctAttribute: d.example.com/modle}]\n"
    Path("world.yaml").write_text(Path("world.yaml").read_text() + constraint)
    found = run("explain", "claim/c", "-f", "world.yaml", "--width", "120").out.splitlines()

    assert found[0].endswith("DRA301")
    assert found[-1] == "  on 0 of 1 device. Nearest: d.example.com/model, on 1 of 1"


def test_a_suggestion_is_near_whatever_the_domain() -> None:
    explain("1Gi")
    constraint = "    constraints: [{matchAttribute: d.example.com/ecc}]\n"
    Path("world.yaml").write_text(Path("world.yaml").read_text() + constraint)

    assert run("explain", "claim/c", "-f", "world.yaml").out.splitlines()[-1] == "  on 0 of 1 device."
