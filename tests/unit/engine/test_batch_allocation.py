"""Recorded cases of allocation with what the protocol has beside objects of devices: quotas and namespaces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dra_policy.engine.allocation_cases import answer_case
from dra_policy.engine.batch import JsonObject, allocate_case, answer_lines
from dra_policy.engine.rules import Rules
from dra_policy.manifests import read_case
from dra_policy.model.features import GO_NAMES
from dra_policy.values import JsonValue, Quantity
from tests.clusters import claim, device_class, request, slice_


def quota(**hard: str) -> dict[str, Any]:
    return {"metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": hard}}


@pytest.mark.parametrize(
    ("quotas", "outcome"),
    [
        ([], "allocated"),
        ([quota(**{"c.deviceclass.resource.k8s.io/devices": "2"})], "allocated"),
        ([quota(**{"c.deviceclass.resource.k8s.io/devices": "1"})], "none"),
        ([quota(**{"count/resourceclaims.resource.k8s.io": "0"})], "none"),
        ([quota(**{"other.deviceclass.resource.k8s.io/devices": "0"})], "allocated"),
    ],
)
def test_quotas_of_a_case_are_kept(quotas: list[dict[str, Any]], outcome: str) -> None:
    case = {
        "nodes": [{"metadata": {"name": "n1"}}],
        "classes": [device_class("c", "true")],
        "slices": [slice_(["a", "b"])],
        "claims": [claim(request(count=2))],
        "quotas": quotas,
    }
    answer = answer_case(json.dumps(case).encode(), "case", Rules())

    assert answer["outcome"] == outcome


NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
DEVICE = {"driver": "d", "pool": "p", "device": "x"}


def answer(**parts: JsonValue) -> JsonObject:
    line = json.dumps({"nodes": [{"metadata": {"name": "n1"}}], "slices": [], "claims": [], **parts}).encode()
    return next(iter(answer_lines([b"", line], lambda each: allocate_case(each, Rules()))))


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("slices", "abc", '`slices` must be a list, not `"abc"`'),
        ("slices", {}, "`slices` must be a list, not `{}`"),
        ("slices", [None], "each of `slices` must be an object, not `null`"),
        ("claims", [1], "each of `claims` must be an object, not `1`"),
        ("claims", False, "`claims` must be a list, not `false`"),
        ("nodes", 5, "`nodes` must be a list, not `5`"),
        ("node", [], "`node` must be an object, not `[]`"),
        ("node", "n1", '`node` must be an object, not `"n1"`'),
        ("classes", [[]], "each of `classes` must be an object, not `[]`"),
        ("taintRules", 5, "`taintRules` must be a list, not `5`"),
        ("namespaces", ["default"], 'each of `namespaces` must be an object, not `"default"`'),
        ("quotas", {"a": 1}, '`quotas` must be a list, not `{"a": 1}`'),
        ("allocatedDevices", {}, "`allocatedDevices` must be a list, not `{}`"),
        ("allocatedDevices", ["x"], 'each of `allocatedDevices` must be an object, not `"x"`'),
        ("allocatedDevices", [{"driver": 5}], "`driver` of `allocatedDevices` must be a string, not `5`"),
        (
            "allocatedSharedDeviceIDs",
            [{**DEVICE, "shareID": 1}],
            "`shareID` of `allocatedSharedDeviceIDs` must be a string, not `1`",
        ),
        ("allocatedCapacity", [{**DEVICE, "pool": []}], "`pool` of `allocatedCapacity` must be a string, not `[]`"),
        (
            "allocatedCapacity",
            [{**DEVICE, "consumedCapacity": ["1Gi"]}],
            '`consumedCapacity` of `allocatedCapacity` must be an object, not `["1Gi"]`',
        ),
        (
            "allocatedCapacity",
            [{**DEVICE, "consumedCapacity": {"m": True}}],
            "`m` of `consumedCapacity` must be a quantity: it is `true`",
        ),
        (
            "allocatedCapacity",
            [{**DEVICE, "consumedCapacity": {"m": "1GiB"}}],
            f"`m` of `consumedCapacity` must be a quantity: {NO_QUANTITY}",
        ),
        ("features", 5, "`features` must be an object, not `5`"),
        ("features", {"AdminAccess": "x"}, 'feature `AdminAccess` must be a bool, not `"x"`'),
        ("features", {"Foo": True}, f"feature `Foo` is unknown: there are {', '.join(sorted(GO_NAMES))}"),
        ("features", {"AdminAcess": True}, "feature `AdminAcess` is unknown: did you mean `AdminAccess`?"),
        ("features", {"DRAAdminAccess": True}, "feature `DRAAdminAccess` is unknown: did you mean `AdminAccess`?"),
    ],
)
def test_a_case_with_a_part_of_the_wrong_type_is_none(part: str, value: JsonValue, message: str) -> None:
    assert answer(**{part: value}) == {"invalid": message, "line": 2}


@pytest.mark.parametrize(
    "part", ["node", "nodes", "classes", "slices", "taintRules", "claims", "namespaces", "quotas", "features"]
)
def test_null_stands_for_a_part_that_is_left_out(part: str) -> None:
    assert "outcome" in answer(**{part: None})


def test_every_feature_has_a_name_that_a_case_may_use() -> None:
    features: dict[str, JsonValue] = dict.fromkeys(GO_NAMES, True)
    consumed: JsonValue = [{**DEVICE, "consumedCapacity": {"m": "1Gi", "n": 2, "o": 0.5}}]

    assert "outcome" in answer(features=features, allocatedDevices=[{**DEVICE}], allocatedCapacity=consumed)


def test_blanks_around_an_amount_are_none_of_it_as_for_kubernetes() -> None:
    held: JsonValue = [{**DEVICE, "consumedCapacity": {"m": " 1Gi "}}]
    (use,) = read_case(json.dumps({"allocatedCapacity": held}).encode()).objects.shared_uses

    assert use.consumed_capacity == (("m", Quantity.parse("1Gi")),)
