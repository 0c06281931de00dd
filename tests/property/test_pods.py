"""Laws between `schedule`, `explain` and the rules of nodes, over small random worlds."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dra_policy import as_text
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import BadSubject, NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World, read_manifest
from dra_policy.explain.explanation import Outcome
from tests.clusters import API, claim, demand, device_class, first_available, node, request, slice_

Object = dict[str, Any]
ZONES = st.sampled_from("abc")


@st.composite
def nodes(draw: st.DrawFn, name: str) -> list[Object]:
    """A node with some devices."""
    spec: Object = {"unschedulable": draw(st.integers(0, 4)) == 0}
    if draw(st.integers(0, 2)) == 0:
        effect = draw(st.sampled_from(("NoSchedule", "NoExecute", "PreferNoSchedule")))
        spec["taints"] = [{"key": draw(st.sampled_from("kl")), "effect": effect}]
    devices = [f"g{number}" for number in range(draw(st.integers(0, 3)))]
    return [{**node(name, zone=draw(ZONES)), "spec": spec}, slice_(devices, node=name)]


@st.composite
def allocated_claims(draw: st.DrawFn, name: str, node_name: str) -> Object:
    """A claim that holds the first device of a node."""
    results = [{"request": "r", "driver": "d.io", "pool": node_name, "device": "g0"}]
    only = {"key": "metadata.name", "operator": "In", "values": [node_name]}
    allocation = {
        "devices": {"results": results},
        "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [only]}]},
    }
    users = [{"resource": "pods", "name": "other", "uid": "u"}] if draw(st.booleans()) else []
    return claim(request("r"), name=name, status={"allocation": allocation, "reservedFor": users})


@st.composite
def pods(draw: st.DrawFn, claims: list[str]) -> Object:
    """A pod that uses some of the claims."""
    used = draw(st.lists(st.sampled_from(claims), min_size=1, max_size=3, unique=True))
    spec: Object = {
        "containers": [],
        "resourceClaims": [{"name": each, "resourceClaimName": each} for each in used],
    }
    if draw(st.booleans()):
        spec["nodeSelector"] = {"zone": draw(ZONES)}
    if draw(st.booleans()):
        spec["tolerations"] = [{"key": draw(st.sampled_from("kl")), "operator": "Exists"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to four nodes, claims of which some are allocated, and one pod."""
    names = [f"n{number}" for number in range(draw(st.integers(1, 4)))]
    documents = [each for name in names for each in draw(nodes(name))]
    documents += [draw(allocated_claims(f"held{i}", name)) for i, name in enumerate(names) if draw(st.booleans())]
    wish = first_available("r", two=demand(count=2), one=demand())
    documents += [claim(request("r", count=draw(st.integers(1, 3))), name="new"), claim(wish, name="any")]
    held = [each["metadata"]["name"] for each in documents if each["kind"] == "ResourceClaim"]
    items = [device_class("c"), *documents, draw(pods(held))]
    return read_manifest("w.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items})).world(Rules())


@given(worlds())
def test_both_commands_decide_alike(world: World) -> None:
    subjects = [each for each in subjects_of(world.objects, world) if each.kind == "Pod"]
    (decision,), (told,) = schedule(subjects, world), explain_subjects(subjects, world)

    assert as_text(told)
    assert isinstance(decision, Scheduled) == (told.outcome is Outcome.FITS)
    assert isinstance(decision, BadSubject) == (told.outcome is Outcome.BAD_INPUT)
    if isinstance(decision, Scheduled):
        assert told.chosen is not None
        assert told.chosen.node in (decision.node, None)
    if isinstance(decision, NotScheduled):
        assert decision.text == told.kubernetes.text
        assert API not in decision.text


@given(worlds())
def test_a_pod_runs_where_its_rules_and_claims_allow(world: World) -> None:
    subjects = [each for each in subjects_of(world.objects, world) if each.kind == "Pod"]
    (decision,) = schedule(subjects, world)
    if not isinstance(decision, Scheduled):
        return
    pod, found = subjects[0].pod, world.fleet.nodes[decision.node]
    assert pod is not None
    tolerated = {each.key for each in pod.tolerations}

    assert not found.is_unschedulable
    assert all(found.labels.get(key) == value for key, value in pod.node_selector.items())
    assert all(each.effect == "PreferNoSchedule" or each.key in tolerated for each in found.taints)
    assert {each.pool for each in decision.devices} == {decision.node}
