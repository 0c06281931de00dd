"""Extended resources of pods that device classes serve: which class, which requests, what the pod says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.extended_resources import claim_of_extended_resources, class_of_resource, request_mappings
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World, read_manifest
from dra_policy.explain.explanation import Outcome
from dra_policy.model import DeviceClass, Dialect, Pod
from tests.clusters import API, slice_

RESOURCE = "example.com/gpu"


def named(name: str, created: str | None = None) -> DeviceClass:
    return DeviceClass(name, Dialect.V1, extended_resource_name=RESOURCE, creation_timestamp=created)


def container(name: str, amount: int = 0, **more: Any) -> dict[str, Any]:
    limits = {RESOURCE: str(amount)} if amount else {}
    return {"name": name, "image": "pause", "resources": {"limits": {**limits, **more.pop("limits", {})}}, **more}


def pod_of(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **status: Any) -> dict[str, Any]:
    spec = {"containers": list(containers), "initContainers": list(init)}
    metadata = {"name": "p", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, **status}


def world_of(*documents: dict[str, Any]) -> World:
    gpu = {"selectors": [{"cel": {"expression": 'device.driver == "d.io"'}}], "extendedResourceName": RESOURCE}
    served = {"apiVersion": API, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": gpu}
    items = [served, slice_(["g0", "g1", "g2", "g3"], node="n1"), *documents]
    return read_manifest("world.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items})).world(Rules())


def requests(pod: Pod) -> dict[str, int]:
    claim = claim_of_extended_resources(pod, [named("gpu")])
    assert claim is not None
    return {each.name: each.demands[0].count for each in claim.requests}


def read(document: dict[str, Any]) -> Pod:
    return world_of(document).objects.pods[0]


# "If two device classes have the same name, then the class created later is picked to satisfy a pod's extended resource
# requests. If two classes are created at the same time, then the name of the class lexicographically sorted first is
# picked." (DeviceClassSpec.extendedResourceName)
@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([named("a", "2020-01-01T00:00:00Z"), named("z", "2026-01-01T00:00:00Z")], "z"),
        ([named("z", "2026-01-01T00:00:00Z"), named("a", "2020-01-01T00:00:00Z")], "z"),
        ([named("z", "2026-01-01T00:00:00Z"), named("a", "2026-01-01T00:00:00Z")], "a"),
        ([named("z"), named("a")], "a"),
        ([named("a"), named("z", "2020-01-01T00:00:00Z")], "z"),
        ([], None),
    ],
)
def test_of_several_classes_the_later_one_serves_a_resource(classes: list[DeviceClass], expected: str | None) -> None:
    assert class_of_resource(RESOURCE, classes) == expected


def test_every_class_has_a_resource_of_its_own_name() -> None:
    assert class_of_resource("deviceclass.resource.kubernetes.io/gpu", [named("gpu")]) == "gpu"
    assert class_of_resource("deviceclass.resource.kubernetes.io/nope", [named("gpu")]) is None


def test_a_resource_named_after_a_class_that_is_not_there_is_a_plain_one() -> None:
    pod = pod_of(container("a", limits={"deviceclass.resource.kubernetes.io/gpus": "1"}))
    world = world_of(pod)

    (problem,) = subjects_of(world.objects, world)[0].problems
    assert problem.code == "DRA117"
    assert problem.hint == "did you mean `deviceclass.resource.kubernetes.io/gpu`?"
    (explanation,) = explain_subjects(subjects_of(world.objects, world), world)
    insufficient = "0/1 nodes are available: 1 Insufficient deviceclass.resource.kubernetes.io/gpus."
    assert explanation.kubernetes.text == insufficient


@pytest.mark.parametrize("amount", ["2", "2.0", "2000m", "2e0", "0.002k"])
def test_an_amount_is_a_quantity(amount: str) -> None:
    assert requests(read(pod_of(container("a", limits={RESOURCE: amount})))) == {"container-0-request-0": 2}


def test_a_part_of_a_device_is_refused() -> None:
    world = world_of(pod_of(container("a", limits={RESOURCE: "1.5", "cpu": "1.5"})))
    assert [each.message for each in world.diagnostics] == ["`1.5` is no whole number"]


def test_the_claim_names_its_pod_by_uid() -> None:
    pod = pod_of(container("a", 1))
    pod["metadata"]["uid"] = "abc"
    world = world_of(pod)

    (decision,) = schedule(subjects_of(world.objects, world), world)
    assert isinstance(decision, Scheduled)
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "abc", "controller": True}
    assert decision.documents[0]["metadata"]["ownerReferences"] == [owner]  # type: ignore[index, call-overload]


def node(name: str, amount: str | None = None) -> dict[str, Any]:
    status = {} if amount is None else {"status": {"allocatable": {RESOURCE: amount}}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, **status}


# "node needs to provide the resource via DRA" where a class has it and the node's allocatable is zero, else the device
# plugin's number counts (filterExtendedResources, NodeResourcesFit).
@pytest.mark.parametrize(
    ("plugin", "wanted", "placed"),
    [("4", 3, "n0"), ("2", 3, "n1"), ("0", 3, "n1"), (None, 3, "n1"), ("4", 5, None), ("2", 5, None)],
)
def test_a_device_plugin_serves_its_node(plugin: str | None, wanted: int, placed: str | None) -> None:
    world = world_of(pod_of(container("a", wanted)), node("n0", plugin), node("n1"))
    subjects = subjects_of(world.objects, world)

    (explanation,), (decision,) = explain_subjects(subjects, world), schedule(subjects, world)
    assert explanation.outcome is (Outcome.FITS if placed else Outcome.NEVER)
    assert (decision.node if isinstance(decision, Scheduled) else None) == placed
    if isinstance(decision, Scheduled):
        assert len(decision.documents) == (1 if placed == "n0" else 2)
    elif plugin == "2":
        assert decision.text == (  # type: ignore[union-attr]
            "0/2 nodes are available: 1 Insufficient example.com/gpu, 1 cannot allocate all claims."
        )


def test_what_running_pods_have_of_a_device_plugin_is_gone() -> None:
    runs = pod_of(container("a", 2))
    runs["metadata"]["name"], runs["spec"]["nodeName"] = "runs", "n0"
    world = world_of(pod_of(container("a", 3)), runs, node("n0", "4"), node("n1"))

    (explanation,) = explain_subjects(subjects_of(world.objects, world, only_open=True), world)
    assert explanation.reason.text("node") == "n1"


def test_without_its_gate_no_class_serves_a_resource() -> None:
    world = world_of(pod_of(container("a", 1)), node("n1"))
    world = World(world.objects, rules=Rules(kubernetes="1.35"))

    (problem,) = subjects_of(world.objects, world)[0].problems
    assert (problem.code, problem.hint) == (
        "DRA117",
        "a class serves it where feature gate `DRAExtendedResource` is on",
    )


def test_a_request_is_named_after_container_and_resource() -> None:
    pod = read(pod_of(container("a"), container("b", 2, limits={"cpu": "1", "zebra.com/x": "1"})))
    assert requests(pod) == {"container-1-request-1": 2}


def test_init_containers_use_what_later_containers_hold() -> None:
    pod = read(pod_of(container("main", 2), init=(container("first", 1), container("second", 2))))

    assert requests(pod) == {"container-2-request-0": 2}
    assert {(each.container, each.request) for each in request_mappings(pod, [named("gpu")])} == {
        ("main", "container-2-request-0"),
        ("first", "container-2-request-0"),
        ("second", "container-2-request-0"),
    }


def test_what_init_containers_want_beyond_that_is_asked_for_once() -> None:
    pod = read(pod_of(container("main", 1), init=(container("first", 2), container("second", 4))))

    assert requests(pod) == {"container-1-request-0": 3, "container-2-request-0": 1}
    assert [(each.container, each.request) for each in request_mappings(pod, [named("gpu")])] == [
        ("main", "container-2-request-0"),
        ("first", "container-2-request-0"),
        ("second", "container-2-request-0"),
        ("first", "container-1-request-0"),
        ("second", "container-1-request-0"),
    ]


def test_a_sidecar_holds_its_devices_beside_the_others() -> None:
    pod = read(pod_of(container("main", 1), init=(container("side", 1, restartPolicy="Always"),)))
    assert requests(pod) == {"container-0-request-0": 1, "container-1-request-0": 1}


def test_a_pod_with_extended_resources_only_waits() -> None:
    world = world_of(pod_of(container("main", 2)))
    assert [each.name for each in subjects_of(world.objects, world, only_open=True)] == ["p"]


def test_a_pod_whose_extended_resources_are_served_does_not_wait() -> None:
    status = {"extendedResourceClaimStatus": {"resourceClaimName": "p-x", "requestMappings": []}}
    waiting = pod_of(container("main", 1), status=status)
    results = [{"request": "container-0-request-0", "driver": "d.io", "pool": "n1", "device": "g0"}]
    exactly = {"deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 1}
    claim = {
        "apiVersion": API, "kind": "ResourceClaim", "metadata": {"name": "p-x", "namespace": "default"},
        "spec": {"devices": {"requests": [{"name": "container-0-request-0", "exactly": exactly}]}},
        "status": {"allocation": {"devices": {"results": results}}},
    }  # fmt: skip
    world = world_of(waiting, claim)

    assert [each.name for each in subjects_of(world.objects, world, only_open=True) if each.kind == "Pod"] == []


# PodExtendedResourceClaimStatus: "RequestMappings identifies the mapping of <container, extended resource backed by
# DRA> to device request in the generated ResourceClaim."
def test_a_pod_says_which_claim_serves_its_extended_resources() -> None:
    world = world_of(pod_of(container("main", 2)))
    (decision,) = schedule(subjects_of(world.objects, world), world)

    assert isinstance(decision, Scheduled)
    claim, pod = decision.documents
    assert pod["status"] == {
        "extendedResourceClaimStatus": {
            "requestMappings": [
                {"containerName": "main", "resourceName": RESOURCE, "requestName": "container-0-request-0"}
            ],
            "resourceClaimName": "p-extended-resources",
        }
    }
    # "ExtendedResourceClaimAnnotation is the annotation applied on the generated special ResourceClaim. Its single
    # valid value is "true"."
    assert claim["metadata"]["annotations"] == {  # type: ignore[index, call-overload]
        "resource.kubernetes.io/extended-resource-claim": "true"
    }
