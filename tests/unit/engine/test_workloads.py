"""Workloads: a pod on each node, so many pods beside each other, and what is said of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World, joined, read_files, read_manifest
from tests.clusters import node
from tests.worlds import POD


def workload(kind: str, *, pod: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    own = {
        "containers": [{"name": "c", "image": "i"}],
        "resourceClaims": [{"name": "g", "resourceClaimTemplateName": "pair"}],
        **(pod or {}),
    }
    metadata = {"name": "w", "namespace": "team"}
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": {**spec, "template": {"spec": own}},
    }


def world(*documents: dict[str, Any]) -> World:
    """The small world, the template `pair` of two devices, and a workload."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
    files, template = read_files(["fleet.json", "classes.yaml"], Rules()), POD.partition("---")[0]
    return joined(files, read_manifest("t.yaml", template), read_manifest("w.json", text)).world(Rules())


@pytest.mark.parametrize(
    ("document", "note"),
    [
        (workload("Deployment", replicas=1), None),
        (workload("Deployment", replicas=2), "Both pods that it wants find a place."),
        (workload("StatefulSet", replicas=3), "2 of the 3 pods that it wants find a place at once."),
        (workload("Job", parallelism=4), "2 of the 4 pods that it wants find a place at once."),
        (workload("Deployment", replicas=0), "It wants no pods."),
        (workload("DaemonSet"), "Its pod fits on each of its 2 nodes."),
        (workload("DaemonSet", pod={"nodeSelector": {"a": "b"}}), None),
    ],
)
def test_of_a_workload_is_said_how_many_of_its_pods_find_a_place(document: dict[str, Any], note: str | None) -> None:
    found = world(document)
    subjects = [each for each in subjects_of(found.objects, found) if each.name == "w"]
    (explanation,) = explain_subjects(subjects, found)

    assert note in explanation.notes if note else not any("pods" in each for each in explanation.notes)


def test_a_daemon_set_has_a_pod_on_each_node_that_it_may_use() -> None:
    cordoned = node("n2")
    cordoned["spec"] = {"unschedulable": True}
    tainted = node("n4")
    tainted["spec"] = {"taints": [{"key": "k", "effect": "NoSchedule"}]}
    found = world(workload("DaemonSet"), node("n1"), cordoned, node("n3"), tainted)
    subjects = [each for each in subjects_of(found.objects, found) if each.name == "w"]

    decisions = schedule(subjects, found)
    assert [(type(each), each.subject.name) for each in decisions] == [
        (Scheduled, "w-n1"),
        (Scheduled, "w-n2"),
        (NotScheduled, "w-n3"),
    ]
    (explanation,) = explain_subjects(subjects, found)
    assert "A pod is wanted on each of 3 nodes; on 1 of them it does not fit (--by node)." in explanation.notes


def test_nodes_that_offer_less_than_a_sum_are_ranked_by_what_they_offer() -> None:
    from tests.unit.allocate.test_totals import CLASS, claim, pool

    asked = claim(maxDevices=3, requests={"memory": "200Gi"})
    text = json.dumps({"items": [CLASS, pool("40Gi", "80Gi"), pool("9Gi", node="n2"), pool("160Gi", node="n3"), asked]})
    found = read_manifest("k.json", text.replace("{", '{"kind": "List", "apiVersion": "v1", ', 1)).world(Rules())
    (explanation,) = explain_subjects(subjects_of(found.objects, found), found)

    assert [(each.nodes, each.missing[0].kind, each.missing[0].have) for each in explanation.closest] == [
        (("n3",), "total", "160Gi"),
        (("n1",), "total", "120Gi"),
        (("n2",), "total", "9Gi"),
    ]
