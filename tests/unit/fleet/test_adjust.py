"""Taints of rules, and devices that several pools of the prototype publish."""

from __future__ import annotations

import json
from typing import Any

from dra_policy.fleet.prepared import PreparedFleet
from dra_policy.manifests import read_text
from dra_policy.model import DeviceId
from dra_policy.model.features import Features
from tests.clusters import device, fleet, slice_


def rule(**selector: str) -> dict[str, Any]:
    return {
        "apiVersion": "resource.k8s.io/v1beta2",
        "kind": "DeviceTaintRule",
        "metadata": {"name": "repair"},
        "spec": {"deviceSelector": selector, "taint": {"key": "broken", "effect": "NoSchedule"}},
    }


def test_a_rule_taints_the_devices_that_it_selects() -> None:
    own = {"key": "hot", "effect": "NoExecute"}
    loaded = fleet(slice_([device("a", taints=[own]), "b"]), slice_(["a"], node="n2"), rule(pool="n1", device="a"))

    def taints(pool: str, name: str) -> list[str]:
        found = loaded.device(DeviceId("d.io", pool, name))
        assert found is not None
        return list(map(str, found.taints))

    assert taints("n1", "a") == ["hot:NoExecute", "broken:NoSchedule"]
    assert taints("n1", "b") == []
    assert taints("n2", "a") == []


def test_a_rule_counts_where_its_gate_is_on() -> None:
    documents = (slice_(["a"]), rule())
    for version, gates, count in (
        ("1.36", {}, 0),
        ("1.36", {"DRADeviceTaintRules": True}, 1),
        ("1.37", {}, 1),
        ("1.37", {"DRADeviceTaintRules": False}, 0),
    ):
        loaded = fleet(*documents, features=Features.of_version(version).with_gates(gates))
        assert sum(len(each.taints) for frame in loaded.frames for each in frame.devices) == count


def test_a_rule_without_selection_taints_every_device() -> None:
    loaded = fleet(slice_(["a"]), slice_(["b"], driver="e.io"), rule())

    assert [each.taints[0].owner for frame in loaded.frames for each in frame.devices] == ["devicetaintrule/repair"] * 2


def test_a_rule_without_a_selector_taints_no_device() -> None:
    """The API says: "The empty selector matches all devices. Without a selector, no devices are matched"."""
    without = rule()
    del without["spec"]["deviceSelector"]
    loaded = fleet(slice_(["a"]), without)

    assert [each.taints for frame in loaded.frames for each in frame.devices] == [()]


def test_rules_taint_nothing_where_their_gate_is_off() -> None:
    loaded = fleet(slice_(["a"]), rule(), features=Features().with_gates({"DRADeviceTaintRules": False}))
    changing = PreparedFleet(loaded)
    changing.put_taint_rules(read_text("rule.json", json.dumps(rule())).objects.taint_rules)

    assert [each.taints for frame in loaded.frames for each in frame.devices] == [()]
    assert [each.taints for frame in changing.frames for each in frame.devices] == [()]
    assert not Features.of_version("1.36").device_taint_rules


def pool(name: str, created: str, *devices: str) -> dict[str, Any]:
    return {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "ResourcePool",
        "metadata": {"name": name, "creationTimestamp": created},
        "spec": {
            "driverName": "d.io",
            "nodeName": "n1",
            "devices": [{"name": each, "attributes": [{"name": "from", "string": name}]} for each in devices],
        },
    }


def test_the_newest_pool_of_the_prototype_wins() -> None:
    """The API says: "the one found in the newest ResourcePool, as determined by creationTimestamp, is preferred"."""
    loaded = fleet(
        pool("new", "2024-05-02T00:00:00Z", "a", "b"),
        pool("old", "2024-05-01T00:00:00Z", "b", "c"),
        features=Features(),
    )

    view = loaded.view("n1")
    found = [(str(view.device_id(each)), view.device(each).attributes["from"]) for each in range(view.layout.size)]
    assert found == [("d.io/n1/a", "new"), ("d.io/n1/b", "new"), ("d.io/n1/c", "old")]
