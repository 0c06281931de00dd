"""Recorded cases of allocation with what the protocol has beside objects of devices: quotas and namespaces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dra_policy.engine.allocation_cases import answer_case
from dra_policy.engine.rules import Rules
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
