"""Objects of every kind come and go in a live cluster as a watch tells of them; it stays what loading anew gives."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import dra_policy
from dra_policy.engine.quotas import quota_report
from dra_policy.values import JsonValue
from tests.clusters import allocated, claim, device, device_class, node, request, slice_

Document = dict[str, Any]
EVOLUTION = "resource.k8s.io/v1alpha2"
NODES = ("n1", "n2", "n3")
IS_X = 'device.attributes["d.io"].model == "x"'


def named(kind: str, name: str, spec: Document, *, api: str = "v1", **metadata: Any) -> Document:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def a_slice(dice: Random, name: str) -> Document:
    devices = [device(each, model=dice.choice("xy")) for each in dice.sample("abc", 2)]
    if name == "all":
        return slice_(devices, node=None, pool="all", name=name, allNodes=True)
    return slice_(devices, node=name, name=name)


def a_claim(dice: Random, name: str) -> Document:
    asked = request("r", *dice.choice([(), (IS_X,)]), count=dice.choice([1, 2]), cls=dice.choice("ck"))
    if dice.random() < 0.4:
        return claim(asked, name=name, status=allocated(f"d.io/{dice.choice(NODES)}/{dice.choice('abc')}"))
    return claim(asked, name=name)


def a_template(dice: Random, name: str) -> Document:
    made = claim(request(count=dice.choice([1, 2, 3])))["spec"]
    return named("ResourceClaimTemplate", name, {"spec": made}, api="resource.k8s.io/v1", namespace="default")


def a_pod(dice: Random, name: str) -> Document:
    entry = dice.choice([{"resourceClaimTemplateName": "t"}, {"resourceClaimName": dice.choice("uv")}])
    spec: Document = {"containers": [{"name": "c"}], "resourceClaims": [{"name": "r", **entry}]}
    if dice.random() < 0.3:
        spec["nodeSelector"] = {"zone": "a"}
    return named("Pod", name, spec, namespace="default")


def a_resource_quota(dice: Random, name: str) -> Document:
    hard = {
        "c.deviceclass.resource.k8s.io/devices": str(dice.choice([1, 3])),
        "count/resourceclaims.resource.k8s.io": "3",
    }
    return named("ResourceQuota", name, {"hard": hard}, namespace="default")


def a_prototype_quota(dice: Random, name: str) -> Document:
    return named("Quota", name, {"allowAdminAccess": dice.random() < 0.5}, api=EVOLUTION, namespace="default")


def a_rule(dice: Random, name: str) -> Document:
    spec = {"deviceSelector": {"pool": dice.choice(NODES)}, "taint": {"key": name, "effect": "NoSchedule"}}
    return named("DeviceTaintRule", name, spec, api="resource.k8s.io/v1beta2")


MAKERS = {
    "slice": (a_slice, (*NODES, "all")),
    "node": (lambda dice, name: node(name, zone=dice.choice("ab")), NODES),
    "class": (lambda dice, name: device_class(name, *dice.choice([(), (IS_X,)])), "ck"),
    "claim": (a_claim, "uvw"),
    "template": (a_template, "ts"),
    "pod": (a_pod, "pq"),
    "namespace": (
        lambda _, name: {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        ["default"],
    ),
    "resource quota": (a_resource_quota, "a"),
    "quota": (a_prototype_quota, "b"),
    "rule": (a_rule, "ij"),
}


def loaded(documents: list[Document]) -> dra_policy.Cluster:
    return dra_policy.load_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}), "w.json")


def event(kind: str, document: Document) -> str:
    return json.dumps({"type": kind, "object": document})


def without_places(value: JsonValue) -> JsonValue:
    """The value without what says where something is written."""
    if isinstance(value, dict):
        places = ("file", "line", "column", "endLine", "endColumn", "where", "span", "place")
        return {key: without_places(each) for key, each in value.items() if key not in places}
    return [without_places(each) for each in value] if isinstance(value, list) else value


def told(cluster: dra_policy.Cluster) -> list[JsonValue]:
    """What is said about everything that waits."""
    return [without_places(dra_policy.as_document(each)) for each in cluster.explain_waiting()]


def accounts(cluster: dra_policy.Cluster) -> object:
    report = quota_report(cluster.world)
    return [
        (each.namespace, each.left, each.is_exceeded, each.allowed, each.uses, each.unknown) for each in report.rules
    ]


@pytest.mark.parametrize("seed", range(8))
def test_changes_of_all_kinds_add_up_to_the_cluster_that_is_loaded_anew(seed: int) -> None:
    dice = Random(seed)
    names = [(kind, name) for kind, (_, names) in MAKERS.items() for name in names if seed and dice.random() < 0.8]
    documents = {(kind, name): MAKERS[kind][0](dice, name) for kind, name in names}
    live = loaded(list(documents.values())).live()
    for step in range(60):
        kind = dice.choice([*MAKERS])
        make, every = MAKERS[kind]
        key = (kind, dice.choice([*every]))
        if key in documents and dice.random() < 0.4:
            live.observe(event("DELETED", documents.pop(key)))
        else:
            was_there = key in documents
            documents[key] = make(dice, key[1])
            live.observe(event("MODIFIED" if was_there else "ADDED", documents[key]))
        if step % 4:
            # Some changes are seen together.
            continue
        anew = loaded(list(documents.values()))
        seen = dra_policy.Cluster(live.world)
        assert live.nodes == anew.nodes
        assert sorted(map(repr, live.claims())) == sorted(map(repr, anew.claims()))
        assert told(seen) == told(anew), step
        assert accounts(seen) == accounts(anew), step
        for asking in anew.claims():
            if asking.allocation is None:
                assert live.allocate(asking).fitting == anew.live().allocate(asking).fitting


def test_a_deleted_object_may_be_gone_already() -> None:
    live = loaded([node("n1"), slice_(["a"]), device_class()]).live()
    gone = event("DELETED", node("n2"))
    live.observe(gone)
    with pytest.raises(KeyError):
        live.delete(json.dumps(node("n2")), "n.json")
    with pytest.raises(KeyError):
        live.delete(json.dumps(a_pod(Random(0), "p")), "p.json")

    live.observe(json.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "7"}}}))
    live.observe(event("ADDED", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}))
    assert live.nodes == ("n1",)


@pytest.mark.parametrize("text", ['{"type": "ERROR", "object": {"code": 410}}', "{}", "[]", "no JSON"])
def test_a_watch_that_does_not_go_on_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loaded([]).live().observe(text)


def test_an_event_with_a_mistake_changes_nothing() -> None:
    live = loaded([node("n1")]).live()
    with pytest.raises(dra_policy.PolicyError):
        live.observe(event("ADDED", {"apiVersion": "v1", "metadata": {"name": "n2"}}))

    assert live.nodes == ("n1",)


@pytest.mark.parametrize(
    ("devices", "spec", "found"),
    [
        ([{"attributes": {}}], {}, "DRA106 a device has no `name`"),
        (["x", "x"], {}, "DRA122 a device of the slice is called `x` already"),
        (["x"], {"pool": {"resourceSliceCount": 1}}, "DRA106 the slice has no `pool.name`"),
        (["x"], {"driver": ""}, "DRA106 the slice has no `driver`"),
        (
            [{"name": "x", "taints": [{"key": "k", "effect": "NoSchedul"}]}],
            {},
            "DRA105 `effect` is NoSchedule, NoExecute or None, not `NoSchedul`",
        ),
    ],
)
def test_a_slice_that_the_api_server_refuses_changes_nothing(
    devices: list[Any], spec: dict[str, Any], found: str
) -> None:
    live = loaded([node("n1")]).live()
    refused = slice_(devices, name="s")
    refused["spec"].update(spec)

    with pytest.raises(dra_policy.PolicyError) as caught:
        live.apply(json.dumps(refused), "s.json")
    with pytest.raises(dra_policy.PolicyError):
        live.observe(event("ADDED", refused))

    assert str(caught.value) == found
    assert live.world.objects.slices == []


def test_a_slice_of_plain_and_of_unusual_attributes_is_taken() -> None:
    live = loaded([node("n1")]).live()
    attributes = {"model": {"string": "x" * 64}, "e.io/n": {"int": 3}, "links": {"strings": ["a", "b"]}}

    live.apply(json.dumps(slice_([{"name": "x", "attributes": attributes}])), "s.json")

    assert len(live.world.objects.slices) == 1


def test_a_pod_that_is_gone_is_explained_no_more() -> None:
    dice = Random(1)
    pod, template = a_pod(dice, "p"), a_template(dice, "t")
    live = loaded([node("n1"), slice_(["a"]), device_class(), template, pod]).live()
    assert len(dra_policy.Cluster(live.world).explain_waiting()) == 1

    live.delete(json.dumps(pod), "p.json")

    assert dra_policy.Cluster(live.world).explain_waiting() == ()
