"""What k8srm asks of devices together: sums of capacities, ranges of counts, shares."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Allocated, Answers, allocate_claims
from dra_policy.fleet import Fleet
from dra_policy.manifests.writing.status import allocation_status
from dra_policy.model import AllocatedDevice
from dra_policy.record import replace
from tests.clusters import compiled, objects

API = "devmgmtproto.k8s.io/v1alpha1"
CLASS = {"apiVersion": API, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"driver": "d.io"}}


def pool(*memories: str, provided: bool = True, node: str = "n1") -> dict[str, Any]:
    devices: list[dict[str, Any]] = [{"name": f"gpu-{index}"} for index in range(len(memories))]
    for device, memory in zip(devices, memories, strict=True):
        if provided:
            device["claimResourcesProvided"] = [{"name": "memory", "capacity": memory}]
        else:
            device["attributes"] = [{"name": "memory", "quantityValue": memory}]
    spec = {"driver": "d.io", "nodeName": node, "devices": devices}
    return {"apiVersion": API, "kind": "DevicePool", "metadata": {"name": f"{node}-pool"}, "spec": spec}


def claim(name: str = "c", **wish: Any) -> dict[str, Any]:
    spec = {"devices": [{"name": "gpu", "allOf": [{"class": "gpu", **wish}]}]}
    return {"apiVersion": API, "kind": "DeviceClaim", "metadata": {"name": name, "namespace": "ns"}, "spec": spec}


def answers(*documents: dict[str, Any]) -> Answers:
    return allocate_claims(Fleet.build(objects(*documents)), compiled(CLASS, *documents))


def devices(*documents: dict[str, Any]) -> list[AllocatedDevice]:
    """What the claim gets on n1; nothing where it does not fit."""
    outcome = answers(*documents).of_node("n1").outcome
    return list(outcome.results[0].allocation.devices) if isinstance(outcome, Allocated) else []


def names(*documents: dict[str, Any]) -> list[str]:
    return [each.device.device for each in devices(*documents)]


@pytest.mark.parametrize("provided", [True, False])
def test_the_fewest_devices_are_taken_that_have_the_sum(provided: bool) -> None:
    """ "The values in `requests` represent the aggregate across all devices, not the per-device values." """
    fleet = pool("40Gi", "80Gi", "80Gi", provided=provided)

    assert names(fleet, claim(requests={"memory": "40Gi"})) == ["gpu-0"]
    assert names(fleet, claim(requests={"memory": "41Gi"})) == ["gpu-1"]
    assert names(fleet, claim(requests={"memory": "81Gi"})) == []
    assert names(fleet, claim(maxDevices=3, requests={"memory": "128Gi"})) == ["gpu-1", "gpu-2"]
    assert names(fleet, claim(maxDevices=3, requests={"memory": "200Gi"})) == ["gpu-0", "gpu-1", "gpu-2"]
    assert names(fleet, claim(maxDevices=3, requests={"memory": "201Gi"})) == []


def test_devices_is_the_least_number() -> None:
    """ "All drivers can support "devices", which represents the minimum number of devices to allocate." """
    assert names(pool("40Gi", "80Gi"), claim(maxDevices=2, requests={"devices": 2, "memory": "1Gi"})) == [
        "gpu-0",
        "gpu-1",
    ]


def test_a_share_takes_what_is_asked_for_and_leaves_the_rest() -> None:
    fleet = pool("40Gi", "40Gi")
    first = claim("first", allowShared=True, requests={"memory": "8Gi"})

    (share,) = devices(fleet, first)

    assert (share.device.device, {name: str(each) for name, each in share.consumed_capacity.items()}) == (
        "gpu-0",
        {"memory": "8Gi"},
    )
    held = with_status(first, [share])
    assert names(fleet, held, claim("second", allowShared=True, requests={"memory": "32Gi"})) == ["gpu-0"]
    assert names(fleet, held, claim("second", allowShared=True, requests={"memory": "33Gi"})) == ["gpu-1"]
    # A claim that does not share gets a device of its own.
    assert names(fleet, held, claim("second", requests={"memory": "1Gi"})) == ["gpu-1"]


def test_whole_and_partial_devices_make_a_sum_together() -> None:
    fleet = pool("40Gi", "40Gi", "40Gi")
    first = claim("first", allowShared=True, requests={"memory": "30Gi"})
    held = with_status(first, devices(fleet, first))

    found = devices(fleet, held, claim("second", allowShared=True, maxDevices=3, requests={"memory": "85Gi"}))

    assert [str(each.consumed_capacity["memory"]) for each in found] == ["10Gi", "40Gi", "35Gi"]


def with_status(document: dict[str, Any], given: list[AllocatedDevice]) -> dict[str, Any]:
    """The claim with its devices, as a file would have it."""
    (found,) = objects(document).claims
    (outcome,) = [each.outcome for each in answers(pool("40Gi"), document) if isinstance(each.outcome, Allocated)]
    allocation = replace(outcome.results[0].allocation, devices=tuple(given))
    return {**document, "status": allocation_status(found, allocation)}
