"""Taint rules of each release: selection by class and by CEL until 1.34, rules without a selector until 1.36."""

from __future__ import annotations

import json
from typing import Any

import pytest

import dra_policy
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import read_manifest
from dra_policy.model import DeviceId
from dra_policy.model.features import Features
from tests.clusters import device, device_class, fleet, slice_

ALPHA = {"DRADeviceTaints": True}


def rule(selector: dict[str, Any] | None = None, name: str = "repair") -> dict[str, Any]:
    chosen = {} if selector is None else {"deviceSelector": selector}
    return {
        "apiVersion": "resource.k8s.io/v1alpha3",
        "kind": "DeviceTaintRule",
        "metadata": {"name": name},
        "spec": {"taint": {"key": "broken", "effect": "NoSchedule"}, **chosen},
    }


def cel(*expressions: str) -> list[dict[str, Any]]:
    return [{"cel": {"expression": each}} for each in expressions]


DEVICES = [device("a", size=1, flag=True), device("b", size=2), device("c", size=3, flag=False)]
LARGE = device_class("large", 'device.attributes["d.io"].size >= 2')


def tainted(selector: dict[str, Any] | None, version: str = "1.34", **gates: bool) -> str:
    """The devices that the rule taints."""
    features = Features.of_version(version).with_gates({**ALPHA, **gates})
    loaded = fleet(slice_(DEVICES), LARGE, rule(selector), features=features)
    found = {name: loaded.device(DeviceId("d.io", "n1", name)) for name in "abc"}
    return "".join(name for name, each in found.items() if each is not None and each.taints)


# resourceslice/tracker v0.34.2, applyPatches.
@pytest.mark.parametrize(
    ("selector", "devices"),
    [
        ({"deviceClassName": "large"}, "bc"),
        ({"deviceClassName": "large", "device": "b"}, "b"),
        ({"deviceClassName": "nope"}, ""),
        ({"selectors": cel('device.attributes["d.io"].size < 3')}, "ab"),
        ({"selectors": cel("true", 'device.attributes["d.io"].size != 1')}, "bc"),
        ({"deviceClassName": "large", "selectors": cel('device.attributes["d.io"].size < 3')}, "b"),
        # A device on which a selector fails is not meant.
        ({"selectors": cel('device.attributes["d.io"].flag')}, "a"),
        ({"driver": "e.io", "selectors": cel("true")}, ""),
        ({}, "abc"),
        (None, "abc"),
    ],
)
@pytest.mark.parametrize("version", ["1.33", "1.34"])
def test_until_134_a_rule_selects_by_class_and_by_expression(
    selector: dict[str, Any] | None, devices: str, version: str
) -> None:
    assert tainted(selector, version) == devices


@pytest.mark.parametrize("version", ["1.35", "1.36", "1.37"])
def test_later_releases_do_not_look_at_class_and_expression(version: str) -> None:
    selector = {"device": "a", "deviceClassName": "nope", "selectors": cel("false")}

    assert tainted(selector, version, DRADeviceTaintRules=True) == "a"


@pytest.mark.parametrize(("version", "devices"), [("1.34", "abc"), ("1.35", "abc"), ("1.36", "abc"), ("1.37", "")])
def test_a_rule_without_a_selector_means_all_devices_until_136(version: str, devices: str) -> None:
    gates = {} if version == "1.34" else {"DRADeviceTaintRules": True}

    assert tainted(None, version, **gates) == devices


def test_a_recorded_case_follows_the_newest_tracker() -> None:
    loaded = fleet(slice_(DEVICES), rule(None), features=Features.of_case({"DeviceTaints": True}))

    assert [each.taints for frame in loaded.frames for each in frame.devices] == [()] * 3


def test_what_a_newer_release_has_taken_away_is_told() -> None:
    text = json.dumps(rule({"deviceClassName": "gpu", "selectors": cel("true")}))
    told = read_manifest("r.json", text).world(Rules(kubernetes="1.37")).findings

    assert [(each.code, each.message) for each in told] == [
        ("DRA103", "`deviceSelector` has no field `deviceClassName`"),
        ("DRA103", "`deviceSelector` has no field `selectors`"),
    ]
    assert told[0].hint == "Kubernetes 1.35 took it away: say driver, pool or device, or ask about `--kubernetes 1.34`"
    assert told[0].span is not None
    old = Rules(kubernetes="1.34", feature_gates=ALPHA)
    assert not read_manifest("r.json", text).world(old).findings


def test_a_live_cluster_follows_the_class_of_a_rule() -> None:
    rules = Rules(kubernetes="1.34", feature_gates=ALPHA)
    documents = [slice_(DEVICES), rule({"deviceClassName": "large"})]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    live = dra_policy.load_text(text, rules=rules).live()

    def found() -> str:
        devices = (each for loaded in live.world.fleet.slices for each in loaded.devices)
        return "".join(each.name for each in devices if each.taints)

    assert found() == ""
    live.apply(json.dumps(LARGE))
    assert found() == "bc"
    live.apply(json.dumps(device_class("large", 'device.attributes["d.io"].size == 1')))
    assert found() == "a"
    live.delete(json.dumps(LARGE))
    assert found() == ""
