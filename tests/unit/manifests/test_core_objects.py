"""Pods, workloads, nodes, namespaces and quotas."""

from __future__ import annotations

import json

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


def test_a_pod_says_which_nodes_it_may_use() -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ns, uid: u-1, ownerReferences: [{kind: Job, name: night, controller: true}]}
spec:
  containers: []
  nodeName: n1
  nodeSelector: {zone: a}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: gpu, operator: Exists}]}]
      preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {}}]
  tolerations: [{key: hot, effect: NoSchedule}, {operator: Exists}]
status:
  extendedResourceClaimStatus: {resourceClaimName: web-x, requestMappings: []}
"""
    read = read_text("p.yaml", text)
    (pod,) = read.objects.pods

    assert read.diagnostics == ()
    assert (pod.node_name, pod.node_selector, pod.uid, pod.owner) == ("n1", {"zone": "a"}, "u-1", "job/night")
    assert pod.required_nodes is not None
    assert [each.key for each in pod.required_nodes.terms[0].match_expressions] == ["gpu"]
    # "Defaults to Equal" (core/v1 Toleration.operator).
    assert [(each.key, each.operator) for each in pod.tolerations] == [("hot", "Equal"), ("", "Exists")]
    assert pod.extended_claim_name == "web-x"


def test_a_misspelt_node_rule_is_told() -> None:
    rule = "requiredDuringSchedulingIgnoredDuringExection: {}"
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{affinity: {{nodeAffinity: {{{rule}}}}}}}\n"

    (finding,) = read_text("p.yaml", text).diagnostics
    assert (finding.code, finding.hint) == (
        "DRA103",
        "did you mean `requiredDuringSchedulingIgnoredDuringExecution`?",
    )


@pytest.mark.parametrize(
    ("kind", "spec", "replicas"),
    [
        ("Deployment", {"replicas": 3}, 3),
        ("Deployment", {}, 1),
        ("StatefulSet", {"replicas": 0}, 0),
        ("Job", {}, 1),
        ("Job", {"parallelism": 4}, 4),
        ("Job", {"parallelism": 4, "completions": 2}, 2),
        ("Job", {"parallelism": 0}, 0),
    ],
)
def test_a_workload_says_how_many_pods_it_wants(kind: str, spec: dict[str, int], replicas: int) -> None:
    version = "batch/v1" if kind == "Job" else "apps/v1"
    document = {"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "spec": {**spec, "template": {}}}

    (pod,) = read_text("w.json", json.dumps(document)).objects.pods
    assert pod.replicas == replicas


def test_a_node_says_what_keeps_pods_off_it() -> None:
    text = "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec:\n  unschedulable: true\n"
    text += "  taints: [{key: a, value: b, effect: NoExecute}, {key: c, effect: NoSchedule}]\n"

    (node,) = read_text("n.yaml", text).objects.nodes
    assert (node.is_unschedulable, [str(each) for each in node.taints]) == (True, ["a=b:NoExecute", "c:NoSchedule"])
