"""Pods in the library: placed by everything that the scheduler asks, held in a live cluster, and gone again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dra_policy
from dra_policy.record import replace
from tests.clusters import API, device_class, node, request, slice_

FLEET = (
    device_class(),
    node("n1"),
    node("n2", zone="b"),
    slice_(["a", "b"], node="n1"),
    slice_(["a", "b"], node="n2"),
    {
        "apiVersion": API,
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": "two", "namespace": "default"},
        "spec": {"spec": {"devices": {"requests": [request(count=2)]}}},
    },
)


def pod(name: str, **spec: Any) -> dict[str, Any]:
    claims = [{"name": "x", "resourceClaimTemplateName": "two"}]
    spec = {"containers": [{"name": "c"}], "resourceClaims": claims, **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def loaded(*documents: dict[str, Any]) -> dra_policy.Cluster:
    items = [*FLEET, *documents]
    return dra_policy.load_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), "w.json")


def nodes(*decisions: object) -> list[str | None]:
    return [each.node if isinstance(each, dra_policy.Scheduled) else None for each in decisions]


def test_node_rules_decide_where_pods_go() -> None:
    cluster = loaded(pod("p", nodeSelector={"zone": "b"}), pod("q"), pod("r"))

    assert nodes(*cluster.schedule(*cluster.pods())) == ["n2", "n1", None]
    # Nothing is held afterwards.
    assert nodes(*cluster.schedule(cluster.pods()[2])) == ["n1"]
    assert cluster.explain_pod(cluster.pods()[0]).reason.text("node") == "n2"


def grouped(folder: Path, pods: int) -> tuple[dra_policy.Cluster, dra_policy.PodGroup]:
    """Two devices on each of two nodes; each pod of a group needs one beside the one that all of them share."""
    (folder / "w.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(FLEET)}))
    policy = f"""driver gpu = "d.io"
class own from gpu {{ }}
pod p in default {{ claim x {{ request r: 1 of own }} container m uses x }}
group g in default: {pods} of p {{ claim all {{ request s: 1 of own }} }}
"""
    (folder / "p.dra").write_text(policy)
    cluster = dra_policy.load(str(folder / "w.json"), str(folder / "p.dra"))
    (group,) = cluster.groups()
    return cluster, group


def test_a_group_is_placed_as_a_whole(tmp_path: Path) -> None:
    cluster, group = grouped(tmp_path, 1)
    assert nodes(*cluster.schedule_group(group)) == ["n1"]
    (decision,) = cluster.schedule_group(group, prefer="pack")
    assert isinstance(decision, dra_policy.Scheduled)
    # Other devices for the claim that all share are not tried where these will do.
    assert decision.is_best is False
    assert cluster.explain_group(group).outcome is dra_policy.Outcome.FITS
    with pytest.raises(dra_policy.PolicyError):
        cluster.schedule_group(group, prefer="nod.name")

    cluster, group = grouped(tmp_path, 2)
    assert nodes(*cluster.schedule_group(group)) == [None]
    assert cluster.explain_group(group).outcome is dra_policy.Outcome.NEVER


def test_a_live_cluster_holds_what_a_group_gets_until_its_pods_are_gone(tmp_path: Path) -> None:
    cluster, group = grouped(tmp_path, 1)
    live = cluster.live()

    (decision,) = live.place_group(group)
    assert isinstance(decision, dra_policy.Scheduled)
    assert [each.name for each in live.claim("default", "g-all").reserved_for] == ["g-0"]
    assert (live.claim("default", "g-0-x").owner_pod, len(decision.devices)) == ("g-0", 2)
    assert nodes(*live.place_group(replace(group, name="h"))) == ["n2"]
    assert nodes(*live.place_group(replace(group, name="i"))) == [None]

    assert decision.subject.pod is not None
    live.remove_pod(decision.subject.pod)
    assert live.claim("default", "g-all").allocation is None
    assert nodes(*live.place_group(replace(group, name="i"))) == ["n1"]


def test_a_preference_decides_among_nodes() -> None:
    cluster = loaded(pod("p"))

    assert nodes(*cluster.schedule(*cluster.pods(), prefer="node.name == 'n2' ? 1 : 0")) == ["n2"]
    with pytest.raises(dra_policy.PolicyError):
        cluster.schedule(*cluster.pods(), prefer="nod.name")


def test_a_live_cluster_holds_what_a_pod_gets_until_it_is_gone() -> None:
    cluster = loaded(pod("p"), pod("q"), pod("r"))
    p, q, r = cluster.pods()
    live = cluster.live()

    assert nodes(live.place(p), live.place(q), live.place(r)) == ["n1", "n2", None]
    claim = live.claim("default", "p-x")
    assert (claim.owner_pod, [each.name for each in claim.reserved_for]) == ("p", ["p"])
    live.remove_pod(p)
    assert [each.name for each in live.claims()] == ["q-x"]
    assert nodes(live.place(r)) == ["n1"]


def test_a_claim_of_several_pods_is_held_until_the_last_is_gone() -> None:
    shared = {
        "apiVersion": API,
        "kind": "ResourceClaim",
        "metadata": {"name": "s", "namespace": "default"},
        "spec": {"devices": {"requests": [request(count=2)]}},
    }
    uses = {"resourceClaims": [{"name": "x", "resourceClaimName": "s"}]}
    cluster = loaded(shared, pod("p", **uses), pod("q", **uses))
    p, q = cluster.pods()
    live = cluster.live()

    assert nodes(live.place(p), live.place(q)) == ["n1", "n1"]
    live.remove_pod(p)
    assert live.claim("default", "s").allocation is not None
    live.remove_pod(q)
    assert live.claim("default", "s").allocation is None
