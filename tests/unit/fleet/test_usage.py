"""What is in use: from claims' allocations, with their holders; groups of nodes that look alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.fleet import Fleet, Group, Share
from dra_policy.model import DeviceId, SharedUse
from dra_policy.model.features import Features
from dra_policy.record import replace
from dra_policy.values import Quantity
from tests.clusters import allocated, claim, device, fleet, objects, request, slice_


def held(*devices: str, name: str = "holder", **more: object) -> dict[str, object]:
    return claim(request(), name=name, status=allocated(*devices, **more))  # type: ignore[arg-type]


def test_allocated_devices_are_in_use_and_have_a_holder() -> None:
    loaded = fleet(slice_(["a", "b", "c"]), held("d.io/n1/b"))

    assert loaded.view("n1").in_use == 0b010
    assert loaded.in_use(loaded.slices[0]) == 0b010
    holder = loaded.holder(DeviceId("d.io", "n1", "b"))
    assert holder is not None
    assert holder.full_name == "default/holder"
    assert loaded.holder(DeviceId("d.io", "n1", "a")) is None


def test_admin_access_holds_nothing() -> None:
    loaded = fleet(slice_(["a"]), held("d.io/n1/a", admin=True))

    assert loaded.view("n1").in_use == 0
    assert loaded.holders(DeviceId("d.io", "n1", "a")) == ()


def test_shares_are_no_use_of_the_whole_device() -> None:
    loaded = fleet(slice_([device("a", allowMultipleAllocations=True)]), held("d.io/n1/a", share="1"))

    assert loaded.view("n1").usage.shares == (Share(0, ()),)
    assert loaded.view("n1").in_use == 0


def test_without_consumable_capacity_a_share_is_the_device() -> None:
    features = Features(consumable_capacity=False)
    loaded = fleet(slice_([device("a")]), held("d.io/n1/a", share="1"), features=features)

    assert loaded.view("n1").in_use == 1


def test_counters_left_count_devices_of_other_nodes() -> None:
    def part(name: str, node: str) -> dict[str, object]:
        consumed = [{"counterSet": "x", "counters": {"memory": {"value": "3Gi"}}}]
        return slice_([device(name, consumesCounters=consumed)], pool="p", node=node, name=name, count=3)

    sets = [{"name": "x", "counters": {"memory": {"value": "10Gi"}}}]
    shared = slice_([], pool="p", name="counters", count=3, node=None, allNodes=True, sharedCounters=sets)
    loaded = fleet(shared, part("a", "n1"), part("b", "n2"), held("d.io/p/b"))

    ((pool, (left,)),) = loaded.view("n1").usage.counters_left
    assert pool == 0
    assert left.counters == (("memory", Quantity.parse("7Gi")),)


def test_counters_left_count_every_device_that_has_the_name_of_one_in_use() -> None:
    consumed = [{"counterSet": "x", "counters": {"memory": {"value": "3Gi"}}}]
    doubled = [device("b", consumesCounters=consumed), device("b", consumesCounters=consumed)]
    sets = [{"name": "x", "counters": {"memory": {"value": "4Gi"}}}]
    loaded = fleet(
        slice_([], pool="p", name="counters", count=3, node=None, allNodes=True, sharedCounters=sets),
        slice_([device("a", consumesCounters=consumed)], pool="p", node="n1", name="a", count=3),
        slice_(doubled, pool="p", node="n2", name="b", count=3),
        held("d.io/p/b"),
    )

    ((_, (left,)),) = loaded.view("n1").usage.counters_left
    assert left.counters == (("memory", Quantity.parse("-2Gi")),)


def test_nodes_with_one_layout_and_one_usage_are_one_group() -> None:
    slices = [slice_(["a", "b"], node=name) for name in ("n3", "n1", "n2")]
    loaded = fleet(*slices, held("d.io/n2/a"))

    assert [group.nodes for group in loaded.groups()] == [("n1", "n3"), ("n2",)]
    assert len({group.layout for group in loaded.groups()}) == 1


def test_fleets_with_other_claims_share_their_frames() -> None:
    holder = held("d.io/n1/a")
    loaded = fleet(slice_(["a", "b"]), holder)
    (claim_object,) = objects(holder).claims

    assert loaded.emptied().view("n1").in_use == 0
    assert loaded.without([claim_object]).view("n1").in_use == 0
    assert loaded.emptied().with_allocated([claim_object]).view("n1").in_use == 1
    assert loaded.view("n1").in_use == 1
    assert loaded.emptied().view("n1").layout is loaded.view("n1").layout


def test_taking_a_claim_away_leaves_what_others_share() -> None:
    first, second = held("d.io/n1/a", name="one", share="1"), held("d.io/n1/a", name="two", share="2")
    loaded = fleet(slice_([device("a", allowMultipleAllocations=True)]), first, second)
    claims = objects(first, second).claims

    assert len(loaded.holders(DeviceId("d.io", "n1", "a"))) == 2
    assert loaded.without(claims[:1]).view("n1").usage.shares == (Share(0, ()),)
    assert loaded.without(claims).view("n1").usage.shares == ()


def test_allocations_of_dra_evolution_name_node_and_device() -> None:
    pool = {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "ResourcePool",
        "metadata": {"name": "pool"},
        "spec": {"driverName": "d.io", "nodeName": "n1", "devices": [{"name": "a"}, {"name": "b"}]},
    }
    results = [{"requestName": "one", "deviceName": "b"}]
    status = {"allocation": {"nodeName": "n1", "driverData": [{"driverName": "d.io", "data": {"results": results}}]}}
    holder = {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "ResourceClaim",
        "metadata": {"name": "holder", "namespace": "default"},
        "spec": {"requests": [{"name": "one"}]},
        "status": status,
    }

    loaded = fleet(pool, holder)
    assert loaded.view("n1").in_use == 0b10
    assert loaded.holder(DeviceId("d.io", "n1", "b")) is not None


def test_allocations_of_k8srm_name_pool_and_device() -> None:
    api = "devmgmtproto.k8s.io/v1alpha1"
    pool = {
        "apiVersion": api,
        "kind": "DevicePool",
        "metadata": {"name": "pool"},
        "spec": {"driver": "d.io", "nodeName": "n1", "devices": [{"name": "a"}, {"name": "b"}]},
    }
    holder = {
        "apiVersion": api,
        "kind": "DeviceClaim",
        "metadata": {"name": "holder", "namespace": "default"},
        "spec": {"devices": [{"name": "gpu", "allOf": [{"class": "c"}]}]},
        "status": {"allocations": [{"devicePoolName": "pool", "deviceName": "b"}]},
    }

    loaded = fleet(pool, holder)
    assert loaded.view("n1").in_use == 0b10
    assert loaded.holder(DeviceId("d.io", "pool", "b")) is not None


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from("abc")), st.lists(st.sampled_from("abc"), unique=True), st.booleans())
def test_a_fleet_that_changed_is_as_one_loaded_anew(before: set[str], taken: list[str], shared: bool) -> None:
    def part(name: str, node: str) -> dict[str, object]:
        consumed = [{"counterSet": "x", "counters": {"memory": {"value": "3Gi"}}}]
        return slice_([device(name, consumesCounters=consumed)], pool="p", node=node, name=name, count=4)

    sets = [{"name": "x", "counters": {"memory": {"value": "10Gi"}}}]
    counters = slice_([], pool="p", name="counters", count=4, node=None, allNodes=True, sharedCounters=sets)
    nodes = ("n1", "n2", "n3") if shared else ("n1", "n1", "n1")
    slices = [counters, *(part(name, node) for name, node in zip("abc", nodes, strict=True)), slice_(["z"], node="n4")]
    old = [held(f"d.io/p/{name}", name=f"old-{name}") for name in sorted(before)]
    new = [held(f"d.io/p/{name}", name=f"new-{name}") for name in taken]
    loaded = fleet(*slices, *old)
    loaded.groups()

    more = loaded.with_allocated(objects(*new).claims) if new else loaded
    assert more.groups() == _anew(more, *slices, *old, *new)
    less = more.without(objects(*new).claims) if new else more
    assert less.groups() == _anew(less, *slices, *old)


def _anew(alike: Fleet, *documents: dict[str, object]) -> tuple[Group, ...]:
    """The groups of a fleet loaded anew, on the layouts of another one."""
    layouts = {group.nodes[0]: alike.view(group.nodes[0]).layout for group in fleet(*documents).groups()}
    return tuple(replace(group, layout=layouts[group.nodes[0]]) for group in fleet(*documents).groups())


def test_stated_consumption_draws_from_counters_whatever_the_gate() -> None:
    consumed = [{"counterSet": "x", "counters": {"memory": {"value": "3Gi"}}}]
    sets = [{"name": "x", "counters": {"memory": {"value": "10Gi"}}}]
    world = objects(
        slice_([], pool="p", name="counters", count=2, sharedCounters=sets),
        slice_([device("a", consumesCounters=consumed)], pool="p", name="a", count=2),
    )
    world.shared_uses.append(SharedUse(DeviceId("d.io", "p", "a"), ()))
    loaded = Fleet.build(world, features=Features(consumable_capacity=False))

    assert loaded.view("n1").in_use == 0
    ((_, (left,)),) = loaded.view("n1").usage.counters_left
    assert dict(left.counters)["memory"] == Quantity.parse("7Gi")
