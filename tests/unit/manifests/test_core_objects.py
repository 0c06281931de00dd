"""Pods, workloads, nodes, namespaces and quotas."""

from __future__ import annotations

import pytest

from dra_policy.manifests import read_text

POD_SPEC = """\
containers:
- name: main
  image: pause
  resources:
    limits: {example.com/gpu: 2, cpu: 500m}
    claims:
    - {name: gpu, request: r}
initContainers:
- name: first
  resources: {claims: [{name: gpu}]}
resourceClaims:
- {name: gpu, resourceClaimTemplateName: one-gpu}
- {name: shared, resourceClaimName: shared-claim}
- {name: old, source: {resourceClaimName: old-claim}}
"""


def indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in text.splitlines())


def test_a_pod_is_read_with_the_claims_of_its_containers() -> None:
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: ns}}\nspec:\n{indented(POD_SPEC, 2)}"
    text += "status:\n  resourceClaimStatuses: [{name: gpu, resourceClaimName: web-gpu-x}]\n"

    (pod,) = read_text("p.yaml", text).objects.pods

    assert (pod.full_name, pod.workload) == ("ns/web", None)
    assert [(each.name, each.claim_name, each.template_name) for each in pod.claims] == [
        ("gpu", None, "one-gpu"),
        ("shared", "shared-claim", None),
        ("old", "old-claim", None),
    ]
    first, main = pod.containers
    assert (first.is_init, main.is_init) == (True, False)
    assert main.claims[0].request == "r"
    assert main.limits == {"example.com/gpu": "2", "cpu": "500m"}
    assert pod.resource_claim_statuses == {"gpu": "web-gpu-x"}


@pytest.mark.parametrize(
    ("version", "kind", "above"),
    [
        ("apps/v1", "Deployment", "spec:\n  template:\n    spec:\n"),
        ("apps/v1", "StatefulSet", "spec:\n  template:\n    spec:\n"),
        ("apps/v1", "DaemonSet", "spec:\n  template:\n    spec:\n"),
        ("apps/v1", "ReplicaSet", "spec:\n  template:\n    spec:\n"),
        ("v1", "ReplicationController", "spec:\n  template:\n    spec:\n"),
        ("batch/v1", "Job", "spec:\n  template:\n    spec:\n"),
        ("batch/v1", "CronJob", "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n"),
        ("v1", "PodTemplate", "template:\n  spec:\n"),
    ],
)
def test_a_workload_counts_as_the_pod_of_its_template(version: str, kind: str, above: str) -> None:
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\n{above}{indented(POD_SPEC, 10)}"

    (pod,) = read_text("w.yaml", text).objects.pods

    assert (pod.full_name, pod.workload) == ("default/web", f"{kind.lower()}/web")
    assert pod.claims[0].template_name == "one-gpu"


def test_nodes_namespaces_and_resource_quotas_are_read() -> None:
    objects = read_text(
        "o.yaml",
        """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: n1, labels: {zone: a}}
  status: {allocatable: {cpu: 8, example.com/gpu: "4"}}
- apiVersion: v1
  kind: Namespace
  metadata: {name: ns, labels: {resource.kubernetes.io/admin-access: "true"}}
- apiVersion: v1
  kind: ResourceQuota
  metadata: {name: q, namespace: ns}
  spec: {hard: {gpu.deviceclass.resource.k8s.io/devices: 8}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: c}
""",
    ).objects

    assert objects.nodes[0].labels == {"zone": "a"}
    assert objects.nodes[0].allocatable == {"cpu": "8", "example.com/gpu": "4"}
    assert objects.namespaces[0].labels == {"resource.kubernetes.io/admin-access": "true"}
    assert objects.resource_quotas[0].hard == {"gpu.deviceclass.resource.k8s.io/devices": "8"}
    assert objects.skipped == {"v1/ConfigMap": 1}
