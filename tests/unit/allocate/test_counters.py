"""Partitionable devices: counters that are left, and groups that may share them."""

from __future__ import annotations

from typing import Any

from dra_policy.model.features import Features
from tests.clusters import allocated, answer, claim, demand, device, first_available, request, slice_


def partition(name: str, memory: str, groups: list[str] | None = None, **more: Any) -> dict[str, Any]:
    consumed: dict[str, Any] = {"counterSet": "gpu", "counters": {"memory": {"value": memory}}}
    if groups is not None:
        consumed["compatibilityGroups"] = groups
    return device(name, consumesCounters=[consumed], **more)


def pool(*devices: dict[str, Any], memory: str = "40Gi") -> list[dict[str, Any]]:
    sets = [{"name": "gpu", "counters": {"memory": {"value": memory}}}]
    return [slice_([], name="counters", count=2, sharedCounters=sets), slice_(devices, name="devices", count=2)]


def test_partitions_share_what_there_is() -> None:
    devices = pool(partition("whole", "40Gi"), partition("half-0", "20Gi"), partition("half-1", "20Gi"))

    assert answer(*devices, claim(request())) == [["r=whole"]]
    assert answer(*devices, claim(request(count=2))) == [["r=half-0", "r=half-1"]]
    assert answer(*devices, claim(request(count=3))) is None


def test_existing_claims_have_consumed_already() -> None:
    devices = pool(partition("whole", "40Gi"), partition("half-0", "20Gi"), partition("half-1", "20Gi"))
    holder = claim(request(), name="holder", status=allocated("d.io/n1/half-0"))

    assert answer(*devices, holder, claim(request())) == [["r=half-1"]]


def test_every_counter_of_the_pool_is_looked_at() -> None:
    sets = [{"name": name, "counters": {"memory": {"value": "1Gi"}}} for name in ("gpu", "other")]
    over = {"counterSet": "other", "counters": {"memory": {"value": "2Gi"}}}
    slices = [
        slice_([], name="counters", count=2, sharedCounters=sets),
        slice_([partition("a", "1Gi"), device("b", consumesCounters=[over])], name="devices", count=2),
    ]
    holder = claim(request(), name="holder", status=allocated("d.io/n1/b"))

    assert answer(*slices, claim(request())) == [["r=a"]]
    assert answer(*slices, holder, claim(request())) is None


def test_a_device_that_draws_less_than_nothing_makes_up_for_what_is_overdrawn() -> None:
    # Units: 2 published, 3 held, and -1 drawn leaves none; Kubernetes then allocates the device.
    counters = [{"name": "set", "counters": {"units": {"value": "2"}}}]
    drawing = [
        device(name, consumesCounters=[{"counterSet": "set", "counters": {"units": {"value": amount}}}])
        for name, amount in (("held", "3"), ("gives", "-1"), ("takes", "0"))
    ]
    slices = [
        slice_(drawing, pool="p", name="s1", count=2),
        slice_(pool="p", name="s2", count=2, sharedCounters=counters),
    ]
    holder = claim(request(), name="holder", status=allocated("d.io/p/held"))

    assert answer(*slices, holder, claim(request())) == [["r=gives"]]
    assert answer(*slices, holder, claim(request(count=2))) == [["r=gives", "r=takes"]]


def test_counters_of_a_rejected_device_are_free_again() -> None:
    hot = [{"key": "hot", "effect": "NoSchedule"}]
    devices = pool(partition("tainted", "40Gi", taints=hot), partition("half", "20Gi"))

    assert answer(*devices, claim(request())) == [["r=half"]]


def test_without_the_feature_devices_with_counters_are_never_taken() -> None:
    plain = slice_([partition("a", "1Gi"), "b"], name="devices")

    assert answer(plain, claim(request()), features=Features(partitionable_devices=False)) == [["r=b"]]


def test_devices_of_one_counter_set_have_a_group_in_common() -> None:
    devices = pool(partition("a", "1Gi", ["x"]), partition("b", "1Gi", ["y"]), partition("c", "1Gi", ["x", "y"]))

    assert answer(*devices, claim(request(count=2))) == [["r=a", "r=c"]]
    assert answer(*devices, claim(request(count=3))) is None


def test_a_device_without_groups_goes_with_such_devices_only() -> None:
    devices = pool(partition("a", "1Gi", ["x"]), partition("b", "1Gi"), partition("c", "1Gi"))
    holder = claim(request(), name="holder", status=allocated("d.io/n1/b"))

    assert answer(*devices, holder, claim(request())) == [["r=c"]]


def test_without_compatibility_groups_such_pools_are_incomplete() -> None:
    devices = pool(partition("a", "1Gi", ["x"]))

    assert answer(*devices, claim(request()), features=Features()) is None


def evolution_pool(*partitions: tuple[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "ResourcePool",
        "metadata": {"name": "pool"},
        "spec": {
            "driverName": "d.io",
            "nodeName": "n1",
            "sharedCapacity": [{"name": "memory", "capacity": "40Gi"}],
            "devices": [
                {"name": name, "sharedCapacityConsumed": [{"name": "memory", "capacity": memory}]}
                for name, memory in partitions
            ],
        },
    }


def evolution_claim(*requests: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "claim", "namespace": "default"}
    spec = {"requests": list(requests)}
    return {"apiVersion": "resource.k8s.io/v1alpha3", "kind": "ResourceClaim", "metadata": metadata, "spec": spec}


def test_shared_capacity_of_the_prototype_is_a_counter() -> None:
    devices = evolution_pool(("whole", "40Gi"), ("half-0", "20Gi"), ("half-1", "20Gi"))
    one, two = {"name": "one", "requirements": []}, {"name": "two", "requirements": []}

    assert answer(devices, evolution_claim(one)) == [["one=whole"]]
    assert answer(devices, evolution_claim(one, two)) == [["one=half-0", "two=half-1"]]


def test_a_device_of_the_prototype_that_needs_what_its_pool_has_not_is_never_taken() -> None:
    devices = evolution_pool(("a", "1Gi"))
    devices["spec"]["devices"][0]["sharedCapacityConsumed"][0]["name"] = "nope"
    devices["spec"]["devices"].append({"name": "b"})

    assert answer(devices, evolution_claim({"name": "one", "requirements": []})) == [["one=b"]]


def test_a_device_that_draws_what_is_no_quantity_is_never_taken() -> None:
    one = evolution_claim({"name": "one", "requirements": []})

    assert answer(*pool(partition("a", "1GiB"), partition("b", "1Gi")), claim(request())) == [["r=b"]]
    assert answer(evolution_pool(("a", "1GiB"), ("b", "1Gi")), one) == [["one=b"]]


def test_alternatives_see_the_counters_that_are_left() -> None:
    devices = pool(partition("whole", "40Gi"), partition("half", "20Gi"))
    holder = claim(request(), name="holder", status=allocated("d.io/n1/half"))
    wish = first_available("w", big=demand('device.attributes["d.io"].?x.orValue("") == "y"'), any=demand())

    assert answer(*devices, holder, claim(wish)) is None
