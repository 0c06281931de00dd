"""A prepared fleet after changes is the fleet that is built anew from what stands then."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from dra_policy.fleet import Fleet
from dra_policy.fleet.prepared import PreparedFleet
from dra_policy.manifests import read_text
from dra_policy.model import AllocatedDevice, Allocation, Claim, Consumer, DeviceId, Dialect, Objects, ResourceSlice
from dra_policy.model.features import Features
from dra_policy.record import replace
from dra_policy.values import Quantity
from tests.clusters import EVERYTHING, claim, device, node, request, slice_

DRIVER = "d.io"
NODES = ("n1", "n2", "n3", "n4")
Document = dict[str, Any]


def objects(*documents: Document) -> Objects:
    read = read_text("world.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}))
    assert not [each for each in read.diagnostics if each.severity.value == "error"]
    return read.objects


def seen(fleet: Fleet) -> list[object]:
    """All that can be asked of a fleet's nodes."""
    return [
        (
            group.nodes,
            group.usage,
            [str(fleet.view(name).device_id(at)) for name in group.nodes for at in range(group.layout.size)],
            [group.layout.device(at) for at in range(group.layout.size)],
            [(pool.driver, pool.dialect, pool.state, pool.counter_sets) for pool in group.layout.pools],
            [(each.pool, each.usable, each.is_refused) for each in group.layout.slices],
            [fleet.view(name).pools == () or fleet.view(name).usage == group.usage for name in group.nodes],
        )
        for group in fleet.groups()
    ]


class Changing:
    """A cluster that changes at random, as documents, and the prepared fleet that follows it."""

    def __init__(self, dice: Random, *, with_nodes: bool, features: Features) -> None:
        self.dice = dice
        self.features = features
        self.slices: dict[str, Document] = {}
        self.nodes: dict[str, Document] = {}
        self.rules: dict[str, Document] = {}
        self.claims: dict[str, Claim] = {}
        self.taken: list[DeviceId] = []
        for name in NODES:
            self.slices[name] = self.local(name)
            if with_nodes:
                self.nodes[name] = node(name, zone=dice.choice("ab"))
        self.prepared = PreparedFleet(self.built())

    def built(self) -> Fleet:
        found = objects(*self.slices.values(), *self.nodes.values(), *self.rules.values())
        found.claims = list(self.claims.values())
        found.allocated_devices.update(self.taken)
        return Fleet.build(found, features=self.features)

    def devices(self) -> list[Document]:
        names = self.dice.sample("abcd", self.dice.randint(1, 3))
        return [
            device(
                name,
                model=self.dice.choice("xy"),
                allowMultipleAllocations=name == "a",
                **({"capacity": {"memory": {"value": "8Gi"}}} if name == "a" else {}),
            )
            for name in names
        ]

    def local(self, name: str) -> Document:
        return slice_(self.devices(), node=name, name=name)

    def shared(self, name: str) -> Document:
        where: Document = {"allNodes": True}
        if name == "zone-a":
            term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
            where = {"nodeSelector": {"nodeSelectorTerms": [term]}}
        return slice_(self.devices(), node=None, pool=name, name=name, **where)

    def counters(self, number: int) -> tuple[str, Document]:
        """The slices of one pool with counters: one has the counters, the devices stand one by one on nodes."""
        if number == 0:
            sets = [{"name": "s", "counters": {"memory": {"value": "10"}}}]
            return "counted-0", slice_(
                node=None, pool="counted", name="counted-0", count=2, allNodes=True, sharedCounters=sets
            )
        draws = [{"counterSet": "s", "counters": {"memory": {"value": "4"}}, "compatibilityGroups": ["g"]}]
        devices = [device(each, consumesCounters=draws, nodeName=self.dice.choice(NODES)) for each in "abc"]
        return "counted-1", slice_(
            devices, node=None, pool="counted", name="counted-1", count=2, perDeviceNodeSelection=True
        )

    def evolution(self, name: str) -> Document:
        devices = [{"name": each, "attributes": []} for each in self.dice.sample("abc", 2)]
        created = f"2024-05-0{self.dice.randint(1, 3)}T00:00:00Z"
        return {
            "apiVersion": "resource.k8s.io/v1alpha2",
            "kind": "ResourcePool",
            "metadata": {"name": name, "creationTimestamp": created},
            "spec": {"driverName": "e.io", "nodeName": "n1", "devices": devices},
        }

    def put(self, key: str, document: Document) -> None:
        self.slices[key] = document
        (found,) = objects(document).slices
        self.prepared.put_slice(found)

    def change(self) -> None:
        changes: list[Callable[[], None]] = [self.take, self.free, self.hold, self.release, self.slice, self.drop]
        self.dice.choice([*changes, self.node, self.rule])()

    def some_device(self) -> DeviceId:
        pool = self.dice.choice([*NODES, "all", "zone-a", "counted"])
        return DeviceId(DRIVER, pool, self.dice.choice("abcd"))

    def take(self) -> None:
        devices = [self.some_device()]
        self.taken += [each for each in devices if each not in self.taken]
        self.prepared.take(devices)

    def free(self) -> None:
        if self.taken:
            self.prepared.free([self.taken.pop(self.dice.randrange(len(self.taken)))])

    def hold(self) -> None:
        name = self.dice.choice("pqr")
        results = []
        for _ in range(self.dice.randint(1, 2)):
            found = self.some_device()
            is_share = found.device == "a"
            amount = {"memory": Quantity.parse(self.dice.choice(["1Gi", "2Gi"]))} if is_share else {}
            share = f"share-{self.dice.random()}" if is_share else None
            results.append(AllocatedDevice("r", found, share_id=share, consumed_capacity=amount))
        (empty,) = objects(claim(request(), name=name)).claims
        allocation = Allocation(tuple(results)) if self.dice.random() < 0.8 else None
        held = replace(empty, allocation=allocation, reserved_for=(Consumer("pods", str(self.dice.random())),))
        # A claim that changes is another one in the list of claims.
        self.claims.pop(name, None)
        self.claims[name] = held
        self.prepared.put_claim(held)

    def release(self) -> None:
        if self.claims:
            gone = self.claims.pop(self.dice.choice(sorted(self.claims)))
            self.prepared.remove_claim(replace(gone, reserved_for=()))

    def slice(self) -> None:
        match self.dice.randrange(6):
            case 0 | 1:
                name = self.dice.choice(NODES)
                self.put(name, self.local(name))
            case 2:
                name = self.dice.choice(["all", "zone-a"])
                self.put(name, self.shared(name))
            case 3:
                self.put(*self.counters(self.dice.randrange(2)))
            case 4:
                name = self.dice.choice("uv")
                self.put(f"evolution-{name}", self.evolution(name))
            case 5:
                name = self.dice.choice(NODES)
                newer = slice_(self.devices(), node=name, name=f"new-{name}", pool=name, generation=2)
                self.put(f"new-{name}", newer)

    def drop(self) -> None:
        if len(self.slices) > 1:
            (gone,) = objects(self.slices.pop(self.dice.choice(sorted(self.slices)))).slices
            self.prepared.remove_slice(gone)

    def node(self) -> None:
        name = self.dice.choice([*NODES, "n5"])
        if name in self.nodes and self.dice.random() < 0.4:
            del self.nodes[name]
            self.prepared.remove_node(name)
        elif self.nodes or self.dice.random() < 0.1:
            self.nodes[name] = node(name, zone=self.dice.choice("ab"))
            (found,) = objects(self.nodes[name]).nodes
            self.prepared.put_node(found)

    def rule(self) -> None:
        name = self.dice.choice("st")
        if name in self.rules:
            del self.rules[name]
        else:
            one = {"pool": self.dice.choice([*NODES, "all"]), "device": "b"}
            chosen = self.dice.choice([{}, {"driver": DRIVER}, {"driver": DRIVER, **one}, one])
            self.rules[name] = {
                "apiVersion": "resource.k8s.io/v1beta2",
                "kind": "DeviceTaintRule",
                "metadata": {"name": name},
                "spec": {"deviceSelector": chosen, "taint": {"key": name, "effect": "NoSchedule"}},
            }
        self.prepared.put_taint_rules(objects(*self.rules.values()).taint_rules)


@pytest.mark.parametrize("seed", range(12))
def test_changes_add_up_to_the_fleet_that_is_built_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dra_policy.fleet.prepared._LEAST_WASTE", 8)
    dice = Random(seed)
    changing = Changing(dice, with_nodes=seed % 2 == 0, features=EVERYTHING if seed % 3 == 0 else Features())
    for step in range(80):
        prepared = changing.prepared
        mark, before = prepared.mark, {name: prepared.view(name) for name in prepared.nodes}
        changing.change()
        if step % 5 == 0:
            # Some changes are seen together, as when nobody asks between them.
            continue
        built = changing.built()
        assert seen(prepared) == seen(built), step
        assert seen(prepared.emptied()) == seen(built.emptied())
        assert (prepared.device_count, prepared.vocabulary()) == (built.device_count, built.vocabulary())
        assert list(prepared.nodes) == list(built.nodes) == list(prepared.node_names())
        assert prepared.occupancy == built.occupancy
        assert [each.envelope for each in prepared.slices] == [each.envelope for each in built.slices]
        loosened = prepared.loosened_since(mark)
        if loosened is not None:
            for name in before.keys() & prepared.nodes.keys():
                was, now = before[name], prepared.view(name)
                if was.layout is not now.layout or was.in_use & ~now.in_use:
                    assert name in loosened


def test_a_claim_holds_until_it_is_removed() -> None:
    prepared = PreparedFleet(Fleet.build(objects(slice_(["a", "b"]), slice_(["a", "b"], node="n2"))))
    before = seen(prepared)
    held_device = DeviceId(DRIVER, "n2", "b")
    held = holding(held_device)
    prepared.put_claim(held)

    assert prepared.holders(held_device) == (held,)
    assert [group.nodes for group in prepared.groups()] == [("n1",), ("n2",)]
    assert prepared.view("n2").in_use == 0b10
    prepared.remove_claim(held)
    assert seen(prepared) == before
    assert prepared.holders(held_device) == ()


def holding(*devices: DeviceId, name: str = "claim") -> Claim:
    (found,) = objects(claim(request(), name=name)).claims
    return replace(found, allocation=Allocation(tuple(AllocatedDevice("r", each) for each in devices)))


def test_a_claim_is_known_by_its_name() -> None:
    device_a, device_b = DeviceId(DRIVER, "n1", "a"), DeviceId(DRIVER, "n1", "b")
    prepared = PreparedFleet(Fleet.build(objects(slice_(["a", "b"]))))
    held = holding(device_a)
    prepared.put_claim(held)
    reserved = replace(held, reserved_for=(Consumer("pods", "web"),))
    prepared.put_claim(reserved)
    assert prepared.holders(device_a) == (reserved,)

    prepared.remove_claim(held)
    assert prepared.view("n1").in_use == 0
    prepared.put_claim(held)
    prepared.put_claim(holding(device_b))
    assert prepared.view("n1").in_use == 0b10
    prepared.put_claim(replace(held, allocation=None))
    assert prepared.view("n1").in_use == 0


def test_a_device_is_free_when_nobody_holds_it() -> None:
    one = DeviceId(DRIVER, "n1", "a")
    prepared = PreparedFleet(Fleet.build(objects(slice_(["a", "b"]))))
    prepared.take([one])
    prepared.put_claim(holding(one))
    prepared.remove_claim(holding(one))
    assert prepared.view("n1").in_use == 1, "it was taken apart from the claim"
    prepared.free([one])
    assert prepared.view("n1").in_use == 0

    for name in ("p", "q"):
        prepared.put_claim(holding(one, name=name))
    prepared.free([one])
    prepared.remove_claim(holding(name="p"))
    assert prepared.view("n1").in_use == 1, "the other claim holds it"


def test_the_fleet_that_was_prepared_stays_as_it_is() -> None:
    fleet = Fleet.build(objects(slice_(["a", "b"]), slice_(["a", "b"], node="n2")))
    before = seen(fleet)
    prepared = PreparedFleet(fleet)
    prepared.take([DeviceId(DRIVER, "n1", "a")])
    (other,) = objects(slice_(["z"], node="n2", name="n2-d.io-1")).slices
    prepared.put_slice(other)

    assert seen(fleet) == seen(Fleet.build(objects(slice_(["a", "b"]), slice_(["a", "b"], node="n2")))) == before
    assert seen(prepared) != before


def test_what_no_slice_uses_is_dropped() -> None:
    prepared = PreparedFleet(Fleet.build(objects(*[slice_(["a"], node=f"n{number}") for number in range(10)])))
    for number in range(1500):
        changed = slice_([device("a", serial=number)], node=f"n{number % 10}")
        (found,) = objects(changed).slices
        prepared.put_slice(found)
        prepared.groups()
    structure = prepared.structure
    sizes = [len(structure.offers._layouts), len(structure.offers._plain_layouts), len(structure.gatherer._facts)]
    sizes += [len(source._frames) for source in structure.frame_table._sources.values()]

    assert all(size <= 300 for size in sizes), sizes
    assert len(prepared.frames) == 10


def test_a_claim_of_k8srm_holds_what_its_pools_driver_publishes() -> None:
    def pool(driver: str) -> ResourceSlice:
        (found,) = objects(slice_(["a"], driver=driver, name="p")).slices
        return replace(found, dialect=Dialect.K8SRM)

    held = replace(holding(DeviceId("", "n1", "a")), dialect=Dialect.K8SRM)
    prepared = PreparedFleet(Fleet.build(objects(slice_(["a"]))))
    prepared.put_claim(held)
    for driver in ("x.io", "y.io"):
        prepared.put_slice(pool(driver))
        assert prepared.holders(DeviceId(driver, "n1", "a")) == (held,)
        assert prepared.view("n1").in_use == 0b10, "the pool of Kubernetes comes first"
    assert prepared.holders(DeviceId("x.io", "n1", "a")) == ()
    prepared.remove_slice(pool("y.io"))
    prepared.remove_claim(held)
    prepared.put_slice(pool("y.io"))
    assert prepared.view("n1").in_use == 0


def test_values_that_never_repeat_are_learnt_from_slices_that_come_one_by_one() -> None:
    prepared = PreparedFleet(Fleet.build(objects()))
    for number in range(40):
        published = slice_([device("a", serial=f"s{number}", model="x")], node=f"n{number:02}")
        (found,) = objects(published).slices
        prepared.put_slice(found)

    assert len(prepared.frames) == 9, "eight to learn from, and one for all later ones"
    assert len(prepared.nodes) == 40
    last = prepared.device(DeviceId(DRIVER, "n39", "a"))
    assert last is not None
    assert last.attributes["serial"] == "s39"


def test_a_shared_device_moves_no_node() -> None:
    shared = slice_(["x", "y"], node=None, pool="all", allNodes=True)
    prepared = PreparedFleet(Fleet.build(objects(shared, *[slice_(["a"], node=f"n{n}") for n in range(5)])))
    (before,) = prepared.node_sets()
    prepared.take([DeviceId(DRIVER, "all", "x")])
    (after,) = prepared.node_sets()

    assert before is after
    assert prepared.groups()[0].usage.in_use == 0b001
    assert prepared.view("n3").in_use == 0b001
