"""Pods are scheduled one after the other; shared claims are taken once; status is written in each dialect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import BadSubject, Decision, NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import read_manifest, read_world
from tests.worlds import CLASSES, DRIVER, FITS, POD, run

POD_OF_CLAIM = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: team}}
spec:
  containers: [{{name: c, image: pause}}]
  resourceClaims:
  - {{name: gpu, resourceClaimName: {claim}}}
"""


def decisions(*texts: str) -> tuple[Decision, ...]:
    Path("pods.yaml").write_text("\n---\n".join(texts))
    world = read_world(["fleet.json", "classes.yaml", "pods.yaml"])
    return schedule(subjects_of(world.objects, world), world)


def given(decision: Decision) -> tuple[str | None, list[str]]:
    assert isinstance(decision, Scheduled)
    return decision.node, [each.device.device for result in decision.results for each in result.allocation.devices]


def test_what_one_pod_takes_is_gone_for_the_next() -> None:
    pods = [
        POD,
        POD.split("---\n")[1].replace("name: web", "name: db"),
        POD.split("---\n")[1].replace("name: web", "name: third"),
    ]
    first, second, third = decisions(*pods)

    assert given(first) == ("n1", ["gpu-0", "gpu-1"])
    assert given(second) == ("n2", ["gpu-0", "gpu-1"])
    assert isinstance(third, NotScheduled)


def test_pods_that_share_a_claim_run_where_it_is_allocated() -> None:
    first, second = decisions(
        FITS, POD_OF_CLAIM.format(name="a", claim="one"), POD_OF_CLAIM.format(name="b", claim="one")
    )

    assert given(first) == ("n1", ["gpu-0"])
    assert isinstance(second, Scheduled)
    assert second.node == "n1"
    assert second.results == ()
    assert [each.device for each in second.devices] == ["gpu-0"]


def test_a_claim_that_is_missing_is_a_problem_of_its_pod() -> None:
    (decision,) = decisions(POD_OF_CLAIM.format(name="a", claim="nosuch"))

    assert isinstance(decision, BadSubject)
    assert decision.subject.problems[0].code == "DRA111"


def test_scheduling_again_what_was_printed_changes_nothing() -> None:
    printed = run("schedule", "fits.yaml", "-f", "fleet.json", "-f", "classes.yaml", "-o", "json").out
    objects = read_manifest("printed.json", printed).read.objects

    assert objects.claims[0].allocation is not None
    again = run("schedule", "-", "-f", "fleet.json", "-f", "classes.yaml", "-o", "json", stdin=printed)
    assert json.loads(again.out)["status"] == json.loads(printed)["status"]


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2", "v1"])
def test_the_status_is_in_the_claims_own_version(version: str) -> None:
    requests = "- name: gpu\n      exactly: {deviceClassName: gpu, count: 1}"
    text = FITS.replace("k8s.io/v1", f"k8s.io/{version}")
    if version == "v1beta1":
        text = text.replace(requests, "- {name: gpu, deviceClassName: gpu, count: 1}")
    Path("claim.yaml").write_text(text)
    ran = run("schedule", "claim.yaml", "-f", "fleet.json", "-f", "classes.yaml", "-o", "json")
    claim = json.loads(ran.out)

    assert claim["apiVersion"] == f"resource.k8s.io/{version}"
    result = claim["status"]["allocation"]["devices"]["results"][0]
    assert {key: result[key] for key in ("request", "driver", "pool", "device")} == {
        "request": "gpu", "driver": DRIVER, "pool": "n1", "device": "gpu-0",
    }  # fmt: skip


def test_rules_and_classes_are_those_of_the_world() -> None:
    world = read_manifest("classes.yaml", CLASSES, Rules()).world(Rules())

    assert list(world.classes.names) == ["gpu"]


ADMIN_OF_PROTOTYPE = """\
apiVersion: resource.k8s.io/v1alpha3
kind: ResourcePool
metadata: {name: w1}
spec: {driverName: d, nodeName: w1, devices: [{name: x-1}]}
---
apiVersion: resource.k8s.io/v1alpha3
kind: DeviceClass
metadata: {name: any}
requirements:
- deviceSelector: device.driverName == 'd'
---
apiVersion: resource.k8s.io/v1alpha3
kind: ResourceClaim
metadata: {name: probe, namespace: ns}
spec: {requests: [{name: one, deviceClassName: any, adminAccess: true, requirements: []}]}
"""
ALLOWING_QUOTA = """\
---
apiVersion: resource.k8s.io/v1alpha3
kind: Quota
metadata: {name: q, namespace: ns}
spec: {allowManagementAccess: true}
"""


@pytest.mark.parametrize(
    ("text", "allowed"), [(ADMIN_OF_PROTOTYPE, False), (ADMIN_OF_PROTOTYPE + ALLOWING_QUOTA, True)]
)
def test_admin_access_means_the_same_to_scheduling_and_to_explaining(text: str, allowed: bool) -> None:
    Path("admin.yaml").write_text(text)

    assert run("schedule", "-f", "admin.yaml", "-o", "table").code == (0 if allowed else 2)
    explained = run("explain", "-f", "admin.yaml", "-q")
    assert explained.out.startswith("FITS  ns/probe" if allowed else "BAD INPUT  ns/probe  adminAccess needs a Quota")


CONFIGURED = CLASSES + f"  config: [{{opaque: {{driver: {DRIVER}, parameters: {{strategy: shared}}}}}}]\n"
OF_TWO = "\n---\n".join([FITS, *(POD_OF_CLAIM.format(name=name, claim="one") for name in ("a", "b"))])


def test_a_claim_of_several_pods_is_printed_once_with_all_of_them() -> None:
    Path("classes.yaml").write_text(CONFIGURED)
    Path("pods.yaml").write_text(OF_TWO)
    world = ("-f", "fleet.json", "-f", "classes.yaml")
    documents = json.loads(run("schedule", "pods.yaml", *world, "-o", "json").out)["items"]

    assert [each["metadata"]["name"] for each in documents] == ["one", "a", "b"]
    status = documents[0]["status"]
    assert [each["name"] for each in status["reservedFor"]] == ["a", "b"]
    assert [each["source"] for each in status["allocation"]["devices"]["config"]] == ["FromClass"]


def test_what_was_scheduled_is_printed_alike_when_it_is_scheduled_again() -> None:
    Path("classes.yaml").write_text(CONFIGURED)
    Path("pods.yaml").write_text(OF_TWO)
    world = ("-f", "fleet.json", "-f", "classes.yaml")
    once = run("schedule", "pods.yaml", *world)
    again = run("schedule", "-", *world, stdin=once.out)

    assert again == (0, once.out, "")
