"""What a feature gate that is off changes about the objects of a world, and what is said of it."""

from __future__ import annotations

import json

import pytest

from dra_policy.engine.rules import Rules
from dra_policy.engine.world import read_manifest


@pytest.mark.parametrize(
    ("version", "gates", "is_told"),
    [("1.36", {}, True), ("1.37", {}, False), ("1.36", {"DRADeviceTaintRules": True}, False)],
)
def test_a_taint_rule_that_counts_for_nothing_is_told(version: str, gates: dict[str, bool], is_told: bool) -> None:
    spec = {"deviceSelector": {"driver": "d.io"}, "taint": {"key": "k", "effect": "NoSchedule"}}
    rule = {"apiVersion": "resource.k8s.io/v1beta2", "kind": "DeviceTaintRule", "metadata": {"name": "t"}, "spec": spec}
    world = read_manifest("rule.json", json.dumps(rule)).world(Rules(kubernetes=version, feature_gates=gates))

    told = [each.message for each in world.findings]
    assert told == (["the rule taints nothing: feature gate `DRADeviceTaintRules` is off"] if is_told else [])
