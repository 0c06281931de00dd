"""ResourceQuota as Kubernetes' evaluators count: claims, pods with extended resources, scopes, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dra_policy.engine.allocation_cases import answer_case
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.library import load
from dra_policy.engine.quotas import quota_report
from dra_policy.engine.rules import Rules
from dra_policy.engine.subjects import claim_subject, subjects_of
from dra_policy.engine.world import World, joined, read_files, read_manifest
from dra_policy.explain.explanation import Explanation, Outcome
from tests import clusters
from tests.unit.engine.test_quotas import EXTENDED, pod_of, resource_quota, wish
from tests.worlds import DRIVER

NAMED = "requests.example.com/gpu"
IMPLICIT = "requests.deviceclass.resource.kubernetes.io/gpu"
DEVICES = "gpu.deviceclass.resource.k8s.io/devices"
CLAIMS = "count/resourceclaims.resource.k8s.io"
PLAIN = {**EXTENDED, "spec": {"selectors": [{"cel": {"expression": f'device.driver == "{DRIVER}"'}}]}}


def world(*documents: dict[str, Any], kubernetes: str = "1.37", **gates: bool) -> World:
    """The small fleet with a class of an extended resource, and more objects."""
    rules = Rules(kubernetes=kubernetes, feature_gates=gates)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [EXTENDED, *documents]})
    return joined(read_files(["fleet.json"], rules), read_manifest("more.json", text, rules)).world(rules)


def generated(pod: str, count: int, name: str = "made", **metadata: Any) -> dict[str, Any]:
    """The claim that the scheduler made for a pod's extended resources."""
    found = wish(name, count)
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod, "uid": "u", "controller": True}
    annotations = {"resource.kubernetes.io/extended-resource-claim": "true"}
    found["metadata"].update(ownerReferences=[owner], annotations=annotations, **metadata)
    return found


def used(found: World) -> dict[str, str]:
    """What is used of each rule."""
    return {each.rule.what or each.rule.kind: each.rule.used or "" for each in quota_report(found, "team").rules}


def pod_told(found: World, name: str) -> Explanation:
    (subject,) = [each for each in subjects_of(found.objects, found) if each.kind == "Pod" and each.name == name]
    return explain_subjects([subject], found)[0]


EVERY = resource_quota(**{NAMED: "9", IMPLICIT: "9", DEVICES: "9", CLAIMS: "9"})
GPU, AS_CLASS = "example.com/gpu", "deviceclass.resource.kubernetes.io/gpu"


def test_a_claim_counts_under_all_names_of_its_class() -> None:
    found = world(EVERY, wish("a", 2), wish("b"))

    assert used(found) == {GPU: "3", AS_CLASS: "3", "gpu": "3", "claims": "2"}


@pytest.mark.parametrize(
    ("kubernetes", "gates", "counted"),
    [
        ("1.36", {}, True),
        ("1.36", {"DRAExtendedResource": False}, False),
        ("1.35", {}, False),
        ("1.35", {"DRAExtendedResource": True}, True),
        # The evaluator of 1.34 does not know of extended resources, whatever the gate says.
        ("1.34", {"DRAExtendedResource": True}, False),
    ],
)
def test_extended_resources_of_claims_count_where_the_gate_is_on(
    kubernetes: str, gates: dict[str, bool], *, counted: bool
) -> None:
    found = world(EVERY, wish("a", 2), kubernetes=kubernetes, **gates)

    extended = {GPU: "2", AS_CLASS: "2"} if counted else {GPU: "0"}
    assert used(found) == {**extended, "gpu": "2", "claims": "1"}


def test_the_implicit_name_counts_a_class_without_another_one() -> None:
    found = joined(read_files(["fleet.json"], Rules()), read_manifest("c.json", json.dumps(PLAIN)))
    more = json.dumps({"apiVersion": "v1", "kind": "List", "items": [EVERY, wish("a", 2)]})

    assert used(joined(found, read_manifest("m.json", more)).world(Rules()))[AS_CLASS] == "2"


def test_a_class_that_does_not_exist_counts_by_its_name_only_beside_other_limits_of_claims() -> None:
    name = "requests.deviceclass.resource.kubernetes.io/nope"
    asked = wish("a", 2)
    asked["spec"]["devices"]["requests"][0]["exactly"]["deviceClassName"] = "nope"

    assert used(world(resource_quota(**{name: "9"}), asked)) == {"deviceclass.resource.kubernetes.io/nope": "0"}
    assert (
        used(world(resource_quota(**{name: "9", CLAIMS: "9"}), asked))["deviceclass.resource.kubernetes.io/nope"] == "2"
    )


def test_a_pod_is_charged_under_the_name_that_it_asks_for_and_its_claim_only_for_the_rest() -> None:
    pod = pod_of("web", **{GPU: "2"})

    assert used(world(EVERY, pod)) == {GPU: "2", AS_CLASS: "0", "gpu": "0", "claims": "0"}
    assert used(world(EVERY, pod, generated("web", 2))) == {GPU: "2", AS_CLASS: "2", "gpu": "2", "claims": "1"}
    by_class = pod_of("web", **{AS_CLASS: "2"})
    assert used(world(EVERY, by_class, generated("web", 2))) == {GPU: "2", AS_CLASS: "2", "gpu": "2", "claims": "1"}


def test_only_the_first_claim_of_a_pod_is_charged_for_the_rest() -> None:
    """ "If there's another owned claim created earlier than this one, don't exempt this one based on pod usage"."""
    first = generated("web", 2, "b", creationTimestamp="2026-01-01T00:00:00Z")
    second = generated("web", 2, "a", creationTimestamp="2026-01-02T00:00:00Z")
    pod = pod_of("web", **{GPU: "2"})

    assert used(world(EVERY, pod, first, second))[GPU] == "4"
    pod["status"] = {"extendedResourceClaimStatus": {"resourceClaimName": "other", "requestMappings": []}}
    assert used(world(EVERY, pod, first))[GPU] == "4"


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_that_have_ended_use_nothing(phase: str) -> None:
    pod = {**pod_of("web", **{GPU: "2"}), "status": {"phase": phase}}

    assert used(world(EVERY, pod))[GPU] == "0"
    # The claim stays until the pod is deleted.
    assert used(world(EVERY, pod, generated("web", 2)))[GPU] == "2"


def test_what_device_plugins_serve_is_charged_to_the_pod_alone() -> None:
    nodes = [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"allocatable": {GPU: "4"}}}
        for name in ("n1", "n2")
    ]
    quota = resource_quota(**{NAMED: "3", DEVICES: "0", CLAIMS: "0"})
    found = world(quota, *nodes, pod_of("web", **{GPU: "3"}))

    assert used(found) == {GPU: "3", "gpu": "0", "claims": "0"}
    assert pod_told(found, "web").outcome is Outcome.FITS
    over = pod_told(world(quota, *nodes, pod_of("web", **{GPU: "4"})), "web")
    assert over.kubernetes.text == (
        f'pods "web" is forbidden: exceeded quota: rq, requested: {NAMED}=4, used: {NAMED}=0, limited: {NAMED}=3'
    )
    assert (over.outcome, over.code) == (Outcome.OVER_QUOTA, "DRA550")


@pytest.mark.parametrize(
    ("spec", "more", "is_counted"),
    [
        ({"scopes": ["BestEffort"]}, {}, True),
        ({"scopes": ["NotBestEffort"]}, {}, False),
        ({"scopes": ["NotBestEffort"]}, {"resources": {"requests": {"cpu": "1"}}}, True),
        ({"scopes": ["Terminating"]}, {"activeDeadlineSeconds": 5}, True),
        ({"scopes": ["NotTerminating"]}, {"activeDeadlineSeconds": 5}, False),
        ({"scopes": ["BestEffort", "Terminating"]}, {}, False),
        ({"scopes": ["PriorityClass"]}, {"priorityClassName": "high"}, True),
        ({"scopes": ["PriorityClass"]}, {}, False),
        ({"scopes": ["CrossNamespacePodAffinity"]}, {}, False),
    ],
)
def test_scopes_choose_pods_and_leave_all_claims_out(
    spec: dict[str, Any], more: dict[str, Any], *, is_counted: bool
) -> None:
    quota = resource_quota(**{NAMED: "9", DEVICES: "0", CLAIMS: "0"})
    quota["spec"].update(spec)
    pod = pod_of("web", **{GPU: "2"})
    pod["spec"].update(more)

    assert used(world(quota, pod, wish("a", 2))) == {GPU: "2" if is_counted else "0"}


@pytest.mark.parametrize(
    ("operator", "values", "counted"),
    [
        ("In", ["high"], True),
        ("In", ["low"], False),
        ("NotIn", ["low"], True),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_a_scope_selector_chooses_pods_by_priority_class(operator: str, values: list[str], *, counted: bool) -> None:
    quota = resource_quota(**{NAMED: "9"})
    scope = {"scopeName": "PriorityClass", "operator": operator, **({"values": values} if values else {})}
    quota["spec"]["scopeSelector"] = {"matchExpressions": [scope]}
    pod = pod_of("web", **{GPU: "2"})
    pod["spec"]["priorityClassName"] = "high"

    assert used(world(quota, pod)) == {GPU: "2" if counted else "0"}


def test_pod_affinity_over_namespaces_is_a_scope() -> None:
    quota = resource_quota(**{NAMED: "9"})
    quota["spec"]["scopes"] = ["CrossNamespacePodAffinity"]
    pod = pod_of("web", **{GPU: "2"})
    term = {"topologyKey": "zone", "namespaces": ["other"]}
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]}
    pod["spec"]["affinity"] = {"podAntiAffinity": preferred}

    assert used(world(quota, pod)) == {GPU: "2"}


def test_the_first_object_that_is_refused_is_told_with_what_it_asks_for_itself() -> None:
    """A pod's claims are created one after the other; the API server names the one that is too much."""
    pod = pod_of("web")
    pod["spec"]["resourceClaims"] = [{"name": each, "resourceClaimName": each} for each in ("a", "b")]
    found = world(resource_quota(**{DEVICES: "1"}), pod, wish("a"), wish("b"))
    told = pod_told(found, "web")

    assert told.kubernetes.text == (
        'resourceclaims.resource.k8s.io "b" is forbidden: '
        f"exceeded quota: rq, requested: {DEVICES}=1, used: {DEVICES}=1, limited: {DEVICES}=1"
    )
    assert (told.reason.text("asked"), told.reason.text("used")) == ("2", "0")


def test_all_resources_that_a_claim_exceeds_are_told_in_the_order_of_their_names() -> None:
    counted = world(resource_quota(**{IMPLICIT: "1", DEVICES: "1", CLAIMS: "0"}), wish("a", 2))
    (told,) = explain_subjects(subjects_of(counted.objects, counted), counted)

    assert told.kubernetes.text == (
        'resourceclaims.resource.k8s.io "a" is forbidden: exceeded quota: rq, '
        f"requested: {CLAIMS}=1,{DEVICES}=2,{IMPLICIT}=2, "
        f"used: {CLAIMS}=0,{DEVICES}=0,{IMPLICIT}=0, "
        f"limited: {CLAIMS}=0,{DEVICES}=1,{IMPLICIT}=1"
    )


def test_a_workload_is_held_against_the_limits_as_its_pods_are() -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod_of("x", **{GPU: "2"})["spec"]}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "namespace": "team"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    found = world(resource_quota(**{NAMED: "1"}), deployment)
    (told,) = explain_subjects(subjects_of(found.objects, found), found)

    assert told.outcome is Outcome.OVER_QUOTA
    assert used(found) == {GPU: "0"}


def test_each_claim_of_a_case_comes_under_the_quotas_of_its_own_namespace() -> None:
    def case(limited: str) -> bytes:
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "rq", "namespace": limited}}
        claims = [clusters.claim(clusters.request(), name=name) for name in ("a", "b")]
        for claim, namespace in zip(claims, ("one", "two"), strict=True):
            claim["metadata"]["namespace"] = namespace
        objects = {
            "name": "case",
            "nodes": [clusters.node("n1")],
            "classes": [clusters.device_class()],
            "slices": [clusters.slice_(["x", "y"])],
            "claims": claims,
            "quotas": [{**quota, "spec": {"hard": {"c.deviceclass.resource.k8s.io/devices": "0"}}}],
        }
        return json.dumps(objects).encode()

    assert [answer_case(case(each), each, Rules())["outcome"] for each in ("one", "two", "three")] == [
        "none",
        "none",
        "allocated",
    ]


def test_claims_by_themselves_are_not_charged_to_pods() -> None:
    found = world(EVERY, generated("gone", 2))

    assert used(found)[GPU] == "2"
    assert explain_subjects([claim_subject(each) for each in found.objects.claims], found)[0].outcome is Outcome.FITS


def test_the_claims_of_a_file_that_is_explained_do_not_count_against_each_other() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [PLAIN, resource_quota(**{CLAIMS: "1"})]})
    Path("cluster.json").write_text(text)
    Path("new.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [wish("a"), wish("b")]}))

    asked = load("fleet.json", "cluster.json").explain_file("new.json")
    known = load("fleet.json", "cluster.json", "new.json").explain_file("new.json")

    assert [each.outcome for each in asked] == [Outcome.FITS] * 2
    assert [each.outcome for each in known] == [Outcome.OVER_QUOTA] * 2
