"""A live cluster after changes gives the answers of the cluster that is loaded anew."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import dra_policy
from dra_policy.allocate import first_fit as first_fit_anew
from dra_policy.allocate.kept import KeptPlans
from dra_policy.model import Dialect, Objects, Preference, Requirement, Selector
from dra_policy.record import replace
from dra_policy.text import Place, Source, Span, SpanDocument
from tests.clusters import claim, demand, device, device_class, first_available, node, request, slice_

Document = dict[str, Any]
NODES = tuple(f"n{number}" for number in range(6))
IS_X, IS_FAST = 'device.attributes["d.io"].model == "x"', 'device.attributes["d.io"].speed > 1'
MATCH = {"matchAttribute": "d.io/model", "requests": ["a", "b"]}


def loaded(*documents: Document) -> dra_policy.Cluster:
    return dra_policy.load_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}), "w.json")


def objects(*documents: Document) -> Objects:
    return loaded(*documents).world.objects


def one_claim(*requests: Document, **more: Any) -> dra_policy.Claim:
    (found,) = loaded(claim(*requests, **more)).claims()
    return found


def ruled(
    name: str, count: int, *rules: str, most: int | None = None, wishes: tuple[str, ...] = ()
) -> dra_policy.Claim:
    """A claim as only policies say it: rules between devices, ranges of counts, preferences."""
    found = one_claim(request(count=count), name=name)
    demands = tuple(replace(each, maximum_count=most) for each in found.requests[0].demands)
    aliases = (("d", "d.io"),)

    def selector(text: str) -> Selector:
        return Selector(text, Dialect.V1, Place(SpanDocument(Span(Source.of("p.dra", text), 0, len(text)))))

    return replace(
        found,
        requests=(replace(found.requests[0], demands=demands),),
        requirements=tuple(Requirement(selector(text), aliases) for text in rules),
        preferences=tuple(Preference(selector(text), aliases) for text in wishes),
    )


CLAIMS = (
    one_claim(request(count=2), name="two"),
    one_claim(request("r", IS_X), name="x"),
    one_claim(request("a"), request("b"), name="pair", constraints=[MATCH]),
    # Not every device has a speed: visiting one without is an error, unless it is in use.
    one_claim(request("r", IS_X, IS_FAST), name="fast"),
    one_claim(request(count="all"), name="every"),
    one_claim(first_available("r", many=demand(count=3), one=demand(IS_X)), name="first"),
    one_claim(request(cls="other"), name="other"),
    one_claim(request(count=40), name="refused"),
    one_claim(request("r", 'device.attributes["d.io"].serial.endsWith("7")'), name="unique"),
    ruled("mixed", 2, "r[0].d.model != r[1].d.model"),
    ruled("range", 1, "r.exists(one, one.d.model == 'x')", most=3),
    ruled("wish", 1, wishes=("r[0].d.model == 'y' ? 2 : 1",)),
)


def said(answer: dra_policy.NodeAnswer | None) -> object:
    return None if answer is None else (answer.node, answer.outcome)


class Changing:
    """A live cluster under random changes, and the documents and claims of the same cluster."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.number = 0
        self.documents = {f"slice {name}": self.slice(name) for name in NODES}
        self.documents.update({f"node {name}": node(name, zone=dice.choice("ab")) for name in NODES})
        self.documents["class"] = device_class()
        self.documents["class other"] = device_class("other", IS_X)
        self.held: dict[str, dra_policy.Claim] = {}
        self.live = loaded(*self.documents.values()).live()

    def anew(self) -> dra_policy.Cluster:
        cluster = loaded(*self.documents.values())
        cluster.world.objects.claims = list(self.held.values())
        return cluster

    def devices(self) -> list[Document]:
        speeds: tuple[Document, ...] = ({}, {"speed": 1}, {"speed": 2}, {"speed": 2})
        self.number += 1
        return [
            device(name, model=self.dice.choice("xy"), serial=f"{self.number}{name}{self.dice.randrange(10)}", **speed)
            for name in self.dice.sample("abcd", 3)
            for speed in [self.dice.choice(speeds)]
        ]

    def slice(self, name: str) -> Document:
        return slice_(self.devices(), node=name, name=name)

    def change(self) -> None:
        dice, live = self.dice, self.live
        match dice.randrange(8):
            case 0 | 1 | 2:
                pattern = dice.choice(CLAIMS)
                asking = replace(pattern, name=f"{pattern.name}-{dice.random()}")
                expected = said(self.anew_first_fit(asking))
                given = live.commit(asking)
                assert said(given) == expected
                if given is not None and isinstance(given.outcome, dra_policy.Allocated):
                    self.held[asking.name] = live.claim("default", asking.name)
            case 3 | 4 if self.held:
                gone = self.held.pop(dice.choice(sorted(self.held)))
                if dice.random() < 0.5:
                    live.release(gone)
                live.remove_claim(gone)
            case 5:
                name = dice.choice([*NODES, "all"])
                document = self.slice(name)
                if name == "all":
                    document = slice_(self.devices(), node=None, pool="all", name="all", allNodes=True)
                self.put(f"slice {name}", document)
            case 6:
                name = dice.choice([*NODES, "n9"])
                if f"node {name}" in self.documents and dice.random() < 0.4:
                    del self.documents[f"node {name}"]
                    live.remove_node(name)
                else:
                    self.put(f"node {name}", node(name, zone=dice.choice("ab")))
            case 7:
                self.put("class other", device_class("other", dice.choice([IS_X, IS_FAST, "false"])))

    def put(self, key: str, document: Document) -> None:
        self.documents[key] = document
        self.live.apply(json.dumps(document), "w.json")

    def anew_first_fit(self, *claims: dra_policy.Claim) -> dra_policy.NodeAnswer | None:
        cluster = self.anew()
        found = first_fit_anew(cluster.world.fleet, [cluster.compile_claim(each) for each in claims])
        return found.deciding


@pytest.mark.parametrize("seed", range(10))
def test_answers_are_those_of_the_cluster_loaded_anew(seed: int) -> None:
    changing = Changing(Random(seed))
    for step in range(40):
        changing.change()
        asking = changing.dice.choice(CLAIMS)
        cluster, live = changing.anew(), changing.live
        assert said(live.first_fit(asking)) == said(changing.anew_first_fit(asking)), (step, asking.name)
        assert list(map(said, live.allocate(asking))) == list(map(said, cluster.allocate(asking))), step
        assert live.nodes == cluster.nodes
        if step % 20 == 0:
            for each in CLAIMS:
                assert dra_policy.as_text(live.explain(each)) == dra_policy.as_text(cluster.explain(each))


QUOTA = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "q", "namespace": "default"},
    "spec": {"hard": {"c.deviceclass.resource.k8s.io/devices": "2"}},
}
WORLD = (device_class(), slice_(["a", "b"]), slice_(["a", "b", "c"], node="n2"))


def test_a_committed_claim_holds_its_devices_until_it_is_released() -> None:
    cluster = loaded(*WORLD)
    live = cluster.live()
    two, also = (replace(CLAIMS[0], name=name) for name in ("two", "also"))
    for claim_, node_name in ((two, "n1"), (also, "n2")):
        given = live.commit(claim_)
        assert given is not None
        assert (given.node, type(given.outcome)) == (node_name, dra_policy.Allocated)
    held = live.claim("default", "two").allocation
    assert held is not None
    assert [str(each.device) for each in held.devices] == ["d.io/n1/a", "d.io/n1/b"]
    assert live.commit(replace(two, name="third")) is None, "nothing is left"
    with pytest.raises(ValueError, match="claim default/two is allocated"):
        live.commit(two)

    assert live.explain(live.claim("default", "two")).outcome is dra_policy.Outcome.FITS
    assert live.explain(replace(two, name="third")).outcome is dra_policy.Outcome.NOT_NOW
    live.release(two)
    assert live.claim("default", "two").allocation is None
    live.remove_claim(live.claim("default", "also"))
    with pytest.raises(KeyError):
        live.claim("default", "also")
    assert cluster.allocate(two).fitting == ("n1", "n2"), "the cluster itself never changed"


def test_a_claim_can_be_committed_on_a_node() -> None:
    live = loaded(*WORLD).live()
    given = live.commit(CLAIMS[0], node="n2")

    assert given is not None
    assert live.allocate(CLAIMS[0]).fitting == ("n1",)
    assert isinstance(live.allocate(CLAIMS[0]).of_node("n2").outcome, dra_policy.NotAllocated)


def test_quotas_count_what_is_committed() -> None:
    live = loaded(*WORLD, QUOTA).live()
    assert live.allocate(CLAIMS[0]).fitting == ("n1", "n2")
    live.commit(CLAIMS[0])

    assert live.first_fit(replace(CLAIMS[0], name="more")) is None
    assert live.explain(replace(CLAIMS[0], name="more")).outcome is dra_policy.Outcome.OVER_QUOTA
    assert live.allocate(replace(CLAIMS[0], name="more")).fitting_count == 0


def test_answers_name_devices_until_slices_change() -> None:
    live = loaded(*WORLD).live()
    answers = live.allocate(CLAIMS[0])
    live.commit(CLAIMS[0])

    assert len(answers) == 2
    assert [each.node for each in answers] == [answers[0].node, answers[-1].node] == [each.node for each in answers[:]]
    assert (answers.fitting, answers.fitting_count) == (("n1", "n2"), 2)
    with pytest.raises(KeyError):
        answers.of_node("n3")
    live.apply(json.dumps(slice_(["z"], node="n2", name="n2-d.io-1")), "s.json")
    with pytest.raises(RuntimeError, match="ask again"):
        list(answers)


def test_a_wrong_text_changes_nothing() -> None:
    live = loaded(*WORLD).live()
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [slice_(["z"], node="n3"), {"kind": "Node"}]})
    with pytest.raises(dra_policy.PolicyError):
        live.apply(text, "s.json")

    assert live.nodes == ("n1", "n2")
    with pytest.raises(KeyError):
        live.remove_taint_rule("none")
    with pytest.raises(KeyError):
        live.remove_class(objects(device_class("none")).classes[0])


def test_a_text_may_hold_every_kind() -> None:
    live = loaded(*WORLD).live()
    rule = {
        "apiVersion": "resource.k8s.io/v1beta2",
        "kind": "DeviceTaintRule",
        "metadata": {"name": "repair"},
        "spec": {"deviceSelector": {"pool": "n1"}, "taint": {"key": "broken", "effect": "NoSchedule"}},
    }
    more = [rule, node("n1"), node("n2"), QUOTA, claim(request(), name="new"), device_class("other", IS_X)]
    live.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": more}), "more.json")

    assert [each.name for each in live.claims()] == ["new"]
    assert live.allocate(live.claim("default", "new")).fitting == ("n2",)
    assert len(live.world.objects.resource_quotas) == 1
    live.remove_taint_rule("repair")
    live.remove_node("n2")
    assert live.allocate(live.claim("default", "new")).fitting == ("n1",)
    live.remove_class(objects(device_class()).classes[0])
    refused = live.allocate(live.claim("default", "new"))[0].outcome
    assert isinstance(refused, dra_policy.Failed)
    assert "not found" in refused.text
    for gone in objects(*WORLD).slices:
        live.remove_slice(gone)
    assert live.nodes == ("n1",)
    assert live.explain(live.claim("default", "new")).outcome is dra_policy.Outcome.BAD_INPUT


def test_claims_that_ask_for_the_same_share_a_plan() -> None:
    live = loaded(*WORLD).live()
    plans = live.world.fleet.table(KeptPlans)
    for number in range(3):
        live.first_fit(replace(CLAIMS[0], name=f"c-{number}"))
    assert len(plans) == 1
    live.first_fit(CLAIMS[1], CLAIMS[0])
    assert len(plans) == 2
    live.put_class(objects(device_class("new")).classes[0])
    assert len(plans) == 0


def test_shares_of_k8srm_are_named_until_something_is_taken() -> None:
    api = "devmgmtproto.k8s.io/v1alpha1"
    provided = [{"name": "memory", "capacity": "8Gi"}]
    spec = {"driver": "d.io", "nodeName": "n1", "devices": [{"name": "g", "claimResourcesProvided": provided}]}
    wish = {"class": "gpu", "allowShared": True, "requests": {"memory": "3Gi"}}
    asked = {"devices": [{"name": "gpu", "allOf": [wish]}]}
    documents = [
        {"apiVersion": api, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"driver": "d.io"}},
        {"apiVersion": api, "kind": "DevicePool", "metadata": {"name": "p"}, "spec": spec},
        {"apiVersion": api, "kind": "DeviceClaim", "metadata": {"name": "c", "namespace": "ns"}, "spec": asked},
    ]
    live = loaded(*documents).live()
    (sharing,) = live.claims()
    before = live.allocate(sharing)
    for number in range(2):
        assert isinstance(live.allocate(sharing)[0].outcome, dra_policy.Allocated)
        live.commit(replace(sharing, name=f"c-{number}"))
    assert isinstance(live.allocate(sharing)[0].outcome, dra_policy.NotAllocated)
    with pytest.raises(RuntimeError, match="ask again"):
        list(before)
