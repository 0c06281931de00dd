"""What a feature gate that is off changes about the objects of a world, and what is said of it."""

from __future__ import annotations

import json

import pytest

from dra_policy.engine.rules import Rules
from dra_policy.engine.world import read_manifest
from dra_policy.values import JsonValue


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


EVOLUTION = {
    "apiVersion": "resource.k8s.io/v1alpha3",
    "kind": "ResourcePool",
    "metadata": {"name": "p"},
    "spec": {"nodeName": "n1", "driverName": "d", "devices": [{"name": "gpu-0"}]},
}
CLASS = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "c"}}


@pytest.mark.parametrize(
    ("document", "rules", "told"),
    [
        (EVOLUTION, Rules(), []),
        (EVOLUTION, Rules(kubernetes="1.34"), ["the version of Kubernetes, 1.34, counts for nothing: every object is"]),
        (
            EVOLUTION,
            Rules(feature_gates={"DRAListTypeAttributes": True}),
            ["the feature gate DRAListTypeAttributes counts for nothing: every object is of dra-evolution"],
        ),
        (EVOLUTION, Rules(strict_prototype=True), []),
        (CLASS, Rules(kubernetes="1.34", feature_gates={"DRAAdminAccess": True}), []),
        (CLASS, Rules(strict_prototype=True), ["`--strict-prototype` counts for nothing: no object is of dra-"]),
    ],
)
def test_an_option_that_concerns_no_object_is_told(document: JsonValue, rules: Rules, told: list[str]) -> None:
    world = read_manifest("object.json", json.dumps(document)).world(rules)

    found = [each for each in world.findings if each.code == "DRA128"]
    assert len(found) == len(told)
    assert all(each.message.startswith(text) for each, text in zip(found, told, strict=True))
