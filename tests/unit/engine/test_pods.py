"""Pods and scheduling: `schedule` and `explain` decide alike, and objects are written as the API has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from dra_policy import as_text
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import BadSubject, Decision, NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World, joined, read_files, read_manifest
from dra_policy.explain.evidence import WrongObject
from dra_policy.explain.explanation import Outcome
from tests.clusters import API, claim, demand, device, device_class, first_available, node, request, slice_
from tests.shared_data import shared

GPU = device_class("gpu", 'device.driver == "d.io"')
FLEET = [GPU, slice_(["g0", "g1"], node="n1"), slice_(["g0", "g1"], node="n2")]
ONE = request("r", cls="gpu")


def pod(name: str, *claims: str, metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod that uses claims: ``NAME``, or ``template/NAME``."""
    used = [
        {"name": f"e{i}", "resourceClaimTemplateName": each.partition("/")[2]}
        if each.startswith("template/")
        else {"name": f"e{i}", "resourceClaimName": each}
        for i, each in enumerate(claims)
    ]
    spec = {"containers": [{"name": "c", "image": "pause"}], "resourceClaims": used, **spec}
    named = {"name": name, "namespace": "default", **(metadata or {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": spec}


def template(*requests: dict[str, Any], name: str = "t") -> dict[str, Any]:
    inner = {"devices": {"requests": list(requests)}}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": API, "kind": "ResourceClaimTemplate", "metadata": metadata, "spec": {"spec": inner}}


def workload(kind: str, *claims: str, name: str = "w", **spec: Any) -> dict[str, Any]:
    version = "batch/v1" if kind == "Job" else "apps/v1"
    made = pod("x", *claims)
    inner = {"metadata": {"labels": {"app": name}}, "spec": made["spec"]}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": {**spec, "template": inner}}


def held(name: str, node_name: str, *devices: str, **status: Any) -> dict[str, Any]:
    """A claim that is allocated on a node."""
    results = [{"request": "r", "driver": "d.io", "pool": node_name, "device": each} for each in devices]
    only = {"key": "metadata.name", "operator": "In", "values": [node_name]}
    selector = {"nodeSelectorTerms": [{"matchFields": [only]}]}
    allocation = {"devices": {"results": results}, "nodeSelector": selector}
    return claim(ONE, name=name, status={"allocation": allocation, **status})


def world_of(*documents: dict[str, Any]) -> World:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
    return read_manifest("world.json", text).world(Rules())


def decided(*documents: dict[str, Any], kinds: Sequence[str] = ("Pod",)) -> list[Decision]:
    """The decisions about the pods of a world; `explain` must say the same of each that is asked alone."""
    world = world_of(*documents)
    subjects = [each for each in subjects_of(world.objects, world) if each.kind in kinds]
    if len(subjects) == 1 and kinds == ("Pod",):
        (alone,) = schedule(subjects, world)
        (told,) = explain_subjects(subjects, world)
        assert isinstance(alone, Scheduled) == (told.outcome is Outcome.FITS), as_text(told)
        assert isinstance(alone, BadSubject) == (told.outcome is Outcome.BAD_INPUT), as_text(told)
        if isinstance(alone, Scheduled) and told.chosen is not None and told.chosen.node is not None:
            assert alone.node == told.chosen.node
        if isinstance(alone, NotScheduled):
            assert alone.text == told.kubernetes.text
    return list(schedule(subjects, world))


def where(decision: Decision) -> str | None:
    """``node: devices`` of all claims, None where the pod is not scheduled."""
    if not isinstance(decision, Scheduled):
        return None
    return f"{decision.node}: {' '.join(each.device for each in decision.devices)}"


def one(*documents: dict[str, Any]) -> str | None:
    (decision,) = decided(*documents)
    return where(decision)


def text(*documents: dict[str, Any]) -> str:
    (decision,) = decided(*documents)
    assert isinstance(decision, NotScheduled)
    return decision.text


def code(*documents: dict[str, Any]) -> str:
    """The code of what is wrong with the objects."""
    (decision,) = decided(*documents)
    assert isinstance(decision, BadSubject)
    return decision.explanation.code


def test_a_pod_goes_where_its_allocated_claim_is() -> None:
    assert one(*FLEET, held("a", "n2", "g0"), claim(ONE, name="b"), pod("p", "a", "b")) == "n2: g0 g1"
    assert one(*FLEET, held("a", "n2", "g0"), pod("p", "a")) == "n2: g0"


def test_a_claim_that_does_not_fit_beside_an_allocated_one_stays() -> None:
    pods = [held("a", "n2", "g0"), claim(request("r", cls="gpu", count=2), name="b"), pod("p", "a", "b")]
    assert text(*FLEET, *pods) == (
        "0/2 nodes are available: 1 cannot allocate all claims, 1 resourceclaim not available on the node."
    )


def test_claims_that_are_allocated_apart_serve_no_pod() -> None:
    both = [held("a", "n1", "g0"), held("b", "n2", "g0"), pod("p", "a", "b")]
    assert text(*FLEET, *both) == "0/2 nodes are available: 2 resourceclaim not available on the node."


def test_a_pod_goes_to_a_node_that_it_selects() -> None:
    nodes = [node("n1", zone="a"), node("n2", zone="b")]
    world = [*FLEET, *nodes, template(ONE)]

    assert one(*world, pod("p", "template/t", nodeSelector={"zone": "b"})) == "n2: g0"
    assert text(*world, pod("p", "template/t", nodeSelector={"zone": "c"})) == (
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    )


# "When you, or another API client, create a Pod with spec.nodeName already set, the scheduler gets bypassed. If some
# ResourceClaim needed by that Pod does not exist yet, is not allocated or not reserved for the Pod, then the kubelet
# will fail to run the Pod" (Dynamic Resource Allocation, Pre-scheduled Pods).
def test_nobody_allocates_for_a_pod_that_names_its_node_itself() -> None:
    (found,) = decided(*FLEET, node("n1"), node("n2"), template(ONE), pod("p", "template/t", nodeName="n2"))

    assert isinstance(found, BadSubject)
    assert (found.explanation.outcome, found.explanation.code) == (Outcome.BAD_INPUT, "DRA118")
    assert found.explanation.reason.text("message") == (
        "the pod is on node n2 already, so nobody allocates its claim p-e0"
    )
    assert found.explanation.kubernetes.text == (
        "Failed to prepare dynamic resources: pod p (…) is not allowed to use ResourceClaim p-e0 (…)"
    )
    (evidence,) = found.explanation.evidence
    assert isinstance(evidence, WrongObject)
    assert (
        evidence.hint == "make the pod again, with `nodeSelector: {kubernetes.io/hostname: n2}` instead of `nodeName`"
    )
    assert evidence.span is not None


def test_a_claim_alone_may_use_every_node() -> None:
    tainted = {**node("n1"), "spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]}}
    (alone,) = decided(*FLEET, tainted, node("n2"), claim(ONE), kinds=["ResourceClaim"])

    assert where(alone) == "n1: g0"
    assert one(*FLEET, tainted, node("n2"), template(ONE), pod("p", "template/t")) == "n2: g0"


def test_a_pod_that_runs_is_not_judged_again() -> None:
    tainted = {**node("n1"), "spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}
    running = pod("p", "a", nodeName="n1", nodeSelector={"zone": "z"})
    assert one(*FLEET, tainted, held("a", "n1", "g0"), running) == "n1: g0"


def test_an_error_on_any_of_few_nodes_ends_the_pod() -> None:
    picky = request("r", 'device.attributes["d.io"].model == "x"', cls="gpu")
    world = [GPU, slice_([device("g0", model="x")], node="n1"), slice_(["g0"], node="n2")]
    (decision,) = decided(*world, template(picky), pod("p", "template/t"))

    assert isinstance(decision, NotScheduled)
    assert decision.is_error
    assert "no such key: model" in decision.text


def test_an_error_on_a_node_that_the_pod_may_not_use_is_never_met() -> None:
    picky = request("r", 'device.attributes["d.io"].model == "x"', cls="gpu")
    world = [
        GPU,
        slice_([device("g0", model="x")], node="n1"),
        slice_(["g0"], node="n2"),
        node("n1", a="b"),
        node("n2"),
    ]
    assert one(*world, template(picky), pod("p", "template/t", nodeSelector={"a": "b"})) == "n1: g0"


def test_the_scheduler_prefers_nodes_with_earlier_alternatives() -> None:
    wish = first_available("r", two=demand(cls="gpu", count=2), one=demand(cls="gpu"))
    used = held("used", "n1", "g0", reservedFor=[{"resource": "pods", "name": "x", "uid": "x"}])

    assert one(*FLEET, used, template(wish), pod("p", "template/t")) == "n2: g0 g1"


def test_a_claim_that_is_being_deleted_serves_no_pod() -> None:
    gone = claim(ONE, name="a")
    gone["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert code(*FLEET, gone, pod("p", "a")) == "DRA114"


def test_admin_access_needs_the_label_of_the_namespace() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    world = [*FLEET, template(request("r", cls="gpu", adminAccess=True)), pod("p", "template/t")]

    assert code(*world, namespace) == "DRA116"
    namespace["metadata"]["labels"] = {"resource.kubernetes.io/admin-access": "true"}  # type: ignore[index]
    assert one(*world, namespace) == "n1: g0"


@pytest.mark.parametrize(
    ("version", "key", "code_"),
    [
        ("1.32", None, "DRA523"),
        ("1.33", "resource.k8s.io/admin-access", None),
        ("1.33", "resource.kubernetes.io/admin-access", "DRA116"),
        ("1.34", "resource.kubernetes.io/admin-access", None),
        ("1.34", "resource.k8s.io/admin-access", "DRA116"),
        ("1.31", None, None),
    ],
)
def test_the_label_of_the_namespace_is_that_of_the_version(version: str, key: str | None, code_: str | None) -> None:
    labels = {} if key is None else {key: "true"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": labels}}
    wish = claim(request("r", cls="gpu", adminAccess=True), name="a")
    world = world_of(*FLEET, namespace, wish, pod("p", "a"))
    gates = {"DRAAdminAccess": True} if version == "1.33" else {}
    world = World(world.objects, rules=Rules(kubernetes=version, feature_gates=gates))

    (explanation,) = explain_subjects(subjects_of(world.objects, world), world)
    assert explanation.code == (code_ or "DRA500")


# "If schedulingGates is not empty, the pod will stay in the SchedulingGated state and the scheduler will not attempt to
# schedule the pod." (PodSpec.schedulingGates)
def test_a_pod_with_scheduling_gates_is_not_looked_at() -> None:
    gated = pod("p", "template/t")
    gated["spec"]["schedulingGates"] = [{"name": "example.com/wait"}]
    world = [*FLEET, template(ONE), gated]

    assert code(*world) == "DRA118"
    (decision,) = decided(*world)
    assert isinstance(decision, BadSubject)
    assert decision.explanation.kubernetes.text == "Scheduling is blocked due to non-empty scheduling gates"


# "There can be at most 256 such reservations." (ResourceClaimStatus.reservedFor)
@pytest.mark.parametrize(("others", "has_room"), [(255, True), (256, False)])
def test_so_many_pods_can_use_a_claim(others: int, has_room: bool) -> None:
    users = [{"resource": "pods", "name": f"p{i}", "uid": f"u{i}"} for i in range(others)]
    world = [*FLEET, held("a", "n1", "g0", reservedFor=users)]

    if has_room:
        assert one(*world, pod("new", "a")) == "n1: g0"
    else:
        assert code(*world, pod("new", "a")) == "DRA115"
    # One that is reserved already needs no room.
    assert one(*world, pod("p7", "a", metadata={"uid": "u7"})) == "n1: g0"


def test_pods_fill_a_claim_one_after_the_other() -> None:
    users = [{"resource": "pods", "name": f"p{i}", "uid": f"u{i}"} for i in range(255)]
    first, second = decided(*FLEET, held("a", "n1", "g0", reservedFor=users), pod("x", "a"), pod("y", "a"))

    assert isinstance(first, Scheduled)
    assert first.documents[0]["status"]["reservedFor"][-1] == {"resource": "pods", "name": "x"}  # type: ignore[index, call-overload]
    assert isinstance(second, BadSubject)


def test_what_a_pod_leaves_free_is_visible_to_the_next() -> None:
    two = template(request("r", cls="gpu", count=2), name="two")
    found = decided(
        *FLEET, template(ONE), two, pod("a", "template/t"), pod("b", "template/two"), pod("c", "template/t"),
        pod("d", "template/t"),
    )  # fmt: skip
    assert list(map(where, found)) == ["n1: g0", "n2: g0 g1", "n1: g1", None]


PROTOTYPE = """\
apiVersion: resource.k8s.io/v1alpha3
kind: ResourcePool
metadata: {name: n1}
spec: {nodeName: n1, driverName: d.io, devices: [{name: g0}, {name: g1}]}
---
apiVersion: resource.k8s.io/v1alpha3
kind: DeviceClass
metadata: {name: gpu}
requirements: [{deviceSelector: 'device.driverName == "d.io"'}]
---
apiVersion: resource.k8s.io/v1alpha3
kind: ResourceClaim
metadata: {name: a, namespace: default}
spec:
  requests: [{name: r, deviceClassName: gpu}]
"""


def of_prototype(claim_more: str, pods: Sequence[str]) -> list[Decision]:
    objects = "---\n".join([PROTOTYPE + claim_more, *(json.dumps(pod(each, "a")) + "\n" for each in pods)])
    world = read_manifest("world.yaml", objects).world(Rules())
    return list(schedule(subjects_of(world.objects, world), world))


# "Shareable indicates whether the allocated claim is meant to be shareable by multiple consumers at the same time."
# (dra-evolution, ResourceClaimSpec)
@pytest.mark.parametrize(("written", "serves"), [("  shareable: true\n", 2), ("  shareable: false\n", 1), ("", 2)])
def test_a_claim_of_the_prototype_that_is_not_shareable_serves_one_pod(written: str, serves: int) -> None:
    found = of_prototype(written, ["p", "q"])

    assert [isinstance(each, Scheduled) for each in found] == [number < serves for number in range(2)]
    if serves == 1:
        assert isinstance(found[1], BadSubject)
        assert found[1].explanation.code == "DRA115"
        assert found[1].explanation.kubernetes.text == "resourceclaim in use"


# "Shareable determines whether the resource supports more than one consumer at a time." (AllocationResult)
@pytest.mark.parametrize(("written", "serves"), [("true", True), ("false", False)])
def test_an_allocation_of_the_prototype_decides_whether_it_is_shared(written: str, serves: bool) -> None:
    status = (
        "  shareable: true\nstatus:\n"
        f"  allocation: {{nodeName: n1, shareable: {written}, driverData: [{{driverName: d.io, data: "
        "{results: [{requestName: r, deviceName: g0}]}}]}\n"
        "  reservedFor: [{resource: pods, name: first, uid: u}]\n"
    )
    (second,) = of_prototype(status, ["p"])
    assert isinstance(second, Scheduled) == serves
    (again,) = of_prototype(status, ["first"])
    assert isinstance(again, Scheduled)


# "There can be at most 32 such reservations." (dra-evolution, ResourceClaimStatus.ReservedFor)
def test_fewer_pods_can_use_a_claim_of_the_prototype() -> None:
    found = of_prototype("", [f"p{number:02}" for number in range(33)])
    assert [isinstance(each, Scheduled) for each in found] == [True] * 32 + [False]


@pytest.mark.parametrize("folder", ["dra-evolution", "k8srm-prototype"])
def test_the_samples_of_two_pods_with_one_gpu_share_it(folder: str) -> None:
    manifests = shared(f"manifests/{folder}")
    names = ("two-pods-one-gpu-0.yaml", "classes.yaml", "pools-two-nodes-two-simple-gpus.yaml")
    own, *rest = (read_files([str(manifests / name)], Rules()) for name in names)
    world = joined(*rest, own).world(Rules())
    found = schedule(subjects_of(own.read.objects, world), world)

    assert len(found) == 2
    assert len({where(each) for each in found}) == 1
    assert all(isinstance(each, Scheduled) for each in found)


@pytest.mark.parametrize(
    ("kind", "spec", "names"),
    [
        ("Deployment", {"replicas": 3}, ["w-0", "w-1", "w-2"]),
        ("StatefulSet", {"replicas": 2, "ordinals": {"start": 5}}, ["w-5", "w-6"]),
        ("Job", {"parallelism": 2, "completions": 9}, ["w-0", "w-1"]),
        ("ReplicaSet", {"replicas": 0}, []),
        ("DaemonSet", {}, ["w-n1", "w-n2"]),
    ],
)
def test_a_workload_is_so_many_pods_with_claims_of_their_own(kind: str, spec: dict[str, Any], names: list[str]) -> None:
    found = decided(*FLEET, template(ONE), workload(kind, "template/t", **spec), kinds=[kind])

    assert [each.subject.name for each in found] == names
    for decision in found:
        assert isinstance(decision, Scheduled)
        own, made = decision.documents
        assert own["metadata"]["name"] == f"{decision.subject.name}-e0"  # type: ignore[index, call-overload]
        assert made["kind"] == "Pod"
        assert made["metadata"] == {
            "name": decision.subject.name, "namespace": "default", "labels": {"app": "w"},
        }  # fmt: skip
    assert len({where(each) for each in found}) == len(names)


def test_a_workload_that_has_some_of_its_pods_wants_the_others() -> None:
    controlled = {"ownerReferences": [{"kind": "StatefulSet", "name": "w", "controller": True}]}
    running = pod("w-0", "a", metadata=controlled, nodeName="n1")
    world = [*FLEET, template(ONE), held("a", "n1", "g0"), running]

    found = decided(*world, workload("StatefulSet", "template/t", replicas=3), kinds=["StatefulSet"])
    assert [(each.subject.name, where(each)) for each in found] == [("w-1", "n1: g1"), ("w-2", "n2: g0")]


def test_a_replica_set_of_a_deployment_wants_no_pods_of_its_own() -> None:
    of_deployment = workload("ReplicaSet", "template/t", name="w-5d4f", replicas=2)
    of_deployment["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "w", "controller": True}]
    controlled = {"ownerReferences": [{"kind": "ReplicaSet", "name": "w-5d4f", "controller": True}]}
    running = pod("w-5d4f-abc", "a", metadata=controlled, nodeName="n1")
    world = [*FLEET, template(ONE), held("a", "n1", "g0"), running, of_deployment]

    found = decided(*world, workload("Deployment", "template/t", replicas=2), kinds=["Deployment", "ReplicaSet"])
    assert [(each.subject.name, where(each)) for each in found] == [("w-0", "n1: g1")]


# PodResourceClaimStatus: "ResourceClaimName is the name of the ResourceClaim that was generated for the Pod in the
# namespace of the Pod."
def test_a_pod_names_the_claims_that_were_made_for_it() -> None:
    (decision,) = decided(*FLEET, template(ONE), claim(ONE, name="b"), pod("p", "template/t", "b"))

    assert isinstance(decision, Scheduled)
    made, _, written = decision.documents
    assert written["status"] == {"resourceClaimStatuses": [{"name": "e0", "resourceClaimName": "p-e0"}]}
    assert written["spec"]["nodeName"] == "n1"  # type: ignore[index, call-overload]
    # "PodResourceClaimAnnotation is the annotation set on template-generated ResourceClaims by the ResourceClaim
    # controller. Its value is the spec.resourceClaims[].name of the Pod ..."
    assert made["metadata"]["annotations"] == {"resource.kubernetes.io/pod-claim-name": "e0"}  # type: ignore[index, call-overload]


def test_a_claim_is_found_by_the_entry_that_it_was_made_for() -> None:
    def made(name: str, node_name: str, entry: str) -> dict[str, Any]:
        document = held(name, node_name, "g0")
        document["metadata"]["ownerReferences"] = [{"kind": "Pod", "name": "p", "controller": True}]
        document["metadata"]["annotations"] = {"resource.kubernetes.io/pod-claim-name": entry}
        return document

    world = [*FLEET, template(ONE), made("p-e0-x-1", "n1", "other"), made("p-e0-2", "n2", "e0")]
    assert one(*world, pod("p", "template/t")) == "n2: g0"


def test_an_error_on_one_of_many_nodes_is_told_beside_the_answer() -> None:
    picky = request("r", 'device.attributes["d.io"].model == "x"', cls="gpu")
    fits = [slice_([device("g0", model="x")], node=f"n{number:03}") for number in range(120)]
    world = world_of(GPU, *fits, slice_(["g0"], node="z"), template(picky), pod("p", "template/t"))
    subjects = [each for each in subjects_of(world.objects, world) if each.kind == "Pod"]

    (decision,) = schedule(subjects, world)
    (explanation,) = explain_subjects(subjects, world)
    assert isinstance(decision, Scheduled)
    assert decision.node == "n000"
    assert "no such key: model" in decision.may_abort
    assert explanation.outcome is Outcome.FITS
    told = " ".join(as_text(explanation).split())
    assert "if Kubernetes looks at z, it may abort the pod: claim default/p-e0: selector #0 on device d.io/z/g0" in told


K8SRM = """\
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DevicePool
metadata: {name: far-pool}
spec: {nodeName: n2, driver: d.io, devices: [{name: g0}, {name: g1}]}
---
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DevicePool
metadata: {name: near-pool}
spec: {nodeName: n1, driver: d.io, devices: [{name: g0}, {name: g1}]}
---
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DeviceClaim
metadata: {name: a, namespace: default}
spec: {devices: [{name: r, class: gpu}]}
status: {allocations: [{devicePoolName: far-pool, deviceName: g0}], podNames: [first]}
---
apiVersion: v1
kind: Pod
metadata: {name: second, namespace: default}
spec: {deviceClaims: {claimName: a}, containers: []}
"""


# "PodNames contains the names of all Pods using this claim." (k8srm-prototype, DeviceClaimStatus)
def test_a_claim_of_k8srm_is_on_the_node_of_its_pool() -> None:
    world = read_manifest("world.yaml", K8SRM).world(Rules())
    subjects = subjects_of(world.objects, world)
    (decision,), (explanation,) = schedule(subjects, world), explain_subjects(subjects, world)

    assert where(decision) == "n2: g0"
    assert isinstance(decision, Scheduled)
    assert decision.documents[0]["status"]["podNames"] == ["first", "second"]  # type: ignore[index, call-overload]
    assert "It is allocated on n2 already: g0." in as_text(explanation)


def test_node_rules_without_nodes_are_told() -> None:
    world = world_of(*FLEET, template(ONE), pod("p", "template/t", nodeSelector={"zone": "a"}))
    (explanation,) = explain_subjects([each for each in subjects_of(world.objects, world) if each.pod], world)

    assert explanation.notes == ("No Node object is loaded: the pod's node rules are asked of nodes without labels.",)


def test_an_allocated_claim_outlives_its_class() -> None:
    other = device_class("other")
    world = [other, slice_(["g0", "g1"], node="n1"), held("a", "n1", "g0")]

    assert one(*world, pod("p", "a")) == "n1: g0"
    assert code(*world, claim(ONE, name="b"), pod("p", "a", "b")) == "DRA110"


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_takes_nothing(phase: str) -> None:
    ended = {**pod("p", "template/t"), "status": {"phase": phase}}
    documents = [*FLEET, template(ONE), ended]
    world = world_of(*documents)

    assert code(*documents) == "DRA118"
    assert [each.kind for each in subjects_of(world.objects, world, only_open=True)] == []


def test_without_any_node_nothing_is_never() -> None:
    world = world_of(GPU, slice_(["x"], node=None, pool="net", allNodes=True), claim(ONE))

    (told,) = explain_subjects(subjects_of(world.objects, world), world)
    assert (told.outcome, told.code) == (Outcome.BAD_INPUT, "DRA126")
    assert "no node is known" in as_text(told)


def test_allocated_devices_of_a_pool_for_all_nodes_are_on_the_node_of_the_allocation() -> None:
    net = slice_(["x"], node=None, pool="net", allNodes=True)
    on_n1, anywhere = held("a", "n1", "x"), held("b", "n1", "x")
    for each in (on_n1, anywhere):
        each["status"]["allocation"]["devices"]["results"][0]["pool"] = "net"
    del anywhere["status"]["allocation"]["nodeSelector"]
    world = world_of(*FLEET, net, on_n1, anywhere)

    texts = [as_text(each).splitlines()[1] for each in explain_subjects(subjects_of(world.objects, world), world)]
    assert texts == ["It is allocated on n1 already: x.", "It is allocated already: net/x."]
