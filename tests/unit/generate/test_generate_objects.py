"""Generated capacity is the same each time, within the API's limits, and consistent in its counters."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest

from dra_policy.generate import SHAPES, generate_objects
from dra_policy.model import Dialect
from dra_policy.text import PolicyError
from dra_policy.values import Quantity

KUBERNETES = [dialect for dialect in Dialect if dialect.is_kubernetes]
Amounts = dict[str, Quantity]


def objects(shape: str, dialect: Dialect, nodes: int = 2, seed: int = 0) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", generate_objects(shape, nodes, seed, dialect))


def specs(shape: str, dialect: Dialect, nodes: int = 2) -> list[dict[str, Any]]:
    return [each["spec"] for each in objects(shape, dialect, nodes) if each["kind"] != "DeviceClass"]


def devices(shape: str, dialect: Dialect, nodes: int = 2) -> list[dict[str, Any]]:
    return [device for spec in specs(shape, dialect, nodes) for device in spec.get("devices", [])]


def per_node(shape: str, dialect: Dialect) -> int:
    if shape == "dgxa100":
        return 26 if dialect is Dialect.K8SRM else 8 * 26
    if shape == "gpu-nic-8":
        return 16
    return {"tiny": 2, "small": 4, "medium": 8, "large": 16}[shape.rpartition("-")[2]]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_node_has_the_devices_of_its_shape(shape: str, dialect: Dialect) -> None:
    found = Counter[str]()
    for spec in specs(shape, dialect, nodes=3):
        found[spec["nodeName"]] += len(spec.get("devices", []))

    assert list(found.values()) == [per_node(shape, dialect)] * 3


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_two_objects_and_no_two_devices_of_a_pool_share_a_name(shape: str, dialect: Dialect) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in objects(shape, dialect)]
    assert len(set(names)) == len(names)

    named = [
        (spec.get("driver"), spec["nodeName"], device["name"])
        for spec in specs(shape, dialect)
        for device in spec.get("devices", [])
    ]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("dialect", Dialect)
def test_the_seed_decides_the_serial_numbers(dialect: Dialect) -> None:
    assert objects("dgxa100", dialect, seed=1) == objects("dgxa100", dialect, seed=1)
    assert objects("dgxa100", dialect, seed=1) != objects("dgxa100", dialect, seed=2)


def test_a_bigger_fleet_begins_with_the_same_nodes() -> None:
    small, large = (specs("gpu-nic-8", Dialect.V1, nodes) for nodes in (1, 3))

    assert large[: len(small)] == small


@pytest.mark.parametrize("dialect", KUBERNETES)
def test_a_slice_keeps_the_limits_of_the_api(dialect: Dialect) -> None:
    # ResourceSliceSpec: "Only one of Devices and SharedCounters can be set in a ResourceSlice."
    for spec in specs("dgxa100", dialect):
        assert ("devices" in spec) != ("sharedCounters" in spec)
        assert len(spec.get("devices", [])) <= 64
        assert len(spec.get("sharedCounters", [])) <= 8
        assert all(len(each["counters"]) <= 32 for each in spec.get("sharedCounters", []))
    assert {spec["pool"]["resourceSliceCount"] for spec in specs("dgxa100", dialect)} == {5}


def test_device_names_are_labels_in_kubernetes() -> None:
    assert all("." not in device["name"] and "+" not in device["name"] for device in devices("dgxa100", Dialect.V1))


def test_old_versions_wrap_a_device_and_the_oldest_has_bare_amounts() -> None:
    first = {dialect: devices("gpu-nic-8", dialect)[0] for dialect in KUBERNETES}

    assert first[Dialect.V1]["capacity"] == first[Dialect.V1BETA2]["capacity"] == {"memory": {"value": "80Gi"}}
    assert first[Dialect.V1BETA1]["basic"]["capacity"] == {"memory": {"value": "80Gi"}}
    assert first[Dialect.V1ALPHA3]["basic"]["capacity"] == {"memory": "80Gi"}


def kubernetes_counters() -> tuple[dict[str, Amounts], dict[str, dict[str, Amounts]]]:
    """Counter set -> amounts, and counter set -> device -> what it draws, of one node."""
    available, drawn = {}, dict[str, dict[str, Amounts]]()
    for spec in specs("dgxa100", Dialect.V1, nodes=1):
        for each in spec.get("sharedCounters", []):
            available[each["name"]] = amounts(each["counters"])
        for device in spec.get("devices", []):
            for each in device["consumesCounters"]:
                drawn.setdefault(each["counterSet"], {})[device["name"]] = amounts(each["counters"])
    return available, drawn


def amounts(counters: dict[str, dict[str, str]]) -> Amounts:
    return {name: Quantity.parse(each["value"]) for name, each in counters.items()}


def total(parts: list[Amounts]) -> Amounts:
    sums: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            sums[name] = sums.get(name, Quantity.of(0)).add(amount)
    return sums


def fits(parts: list[Amounts], available: Amounts) -> bool:
    return all(amount <= available[name] for name, amount in total(parts).items())


def test_a_whole_gpu_draws_all_of_its_counters() -> None:
    available, drawn = kubernetes_counters()

    assert len(available) == 8
    for number, (name, parts) in enumerate(available.items()):
        whole = drawn[name][f"gpu-{number}"]
        assert whole == {part: amount for part, amount in parts.items() if amount.sign()}


def test_seven_smallest_partitions_fit_a_gpu_and_an_eighth_does_not() -> None:
    available, drawn = kubernetes_counters()
    for name, devices_of_set in drawn.items():
        smallest = [
            draws for device, draws in devices_of_set.items() if "-mig-1g-5gb-" in device and "-me-" not in device
        ]
        assert len(smallest) == 7
        assert fits(smallest, available[name])
        assert not fits([*smallest, smallest[0]], available[name])


def test_every_partition_fits_alone_and_never_beside_the_whole_gpu() -> None:
    available, drawn = kubernetes_counters()
    for number, (name, devices_of_set) in enumerate(drawn.items()):
        whole = devices_of_set.pop(f"gpu-{number}")
        assert len(devices_of_set) == 25
        for draws in devices_of_set.values():
            assert fits([draws], available[name])
            assert not fits([draws, whole], available[name])


def test_the_prototypes_name_only_capacity_that_their_pool_shares() -> None:
    for spec in specs("dgxa100", Dialect.EVOLUTION):
        shared = {each["name"] for each in spec["sharedCapacity"]}
        assert all(each["name"] in shared for device in spec["devices"] for each in device["sharedCapacityConsumed"])
    for spec in specs("dgxa100", Dialect.K8SRM):
        shared = {each["name"] for each in spec["sharedResources"]}
        assert all(name in shared for device in spec["devices"] for name in device["sharedResourcesConsumed"])


@pytest.mark.parametrize(("written", "meant"), [("dgx-a100", "dgxa100"), ("foozer-1000-smal", "foozer-1000-small")])
def test_a_misspelt_shape_is_answered_with_the_nearest_one(written: str, meant: str) -> None:
    with pytest.raises(PolicyError) as raised:
        generate_objects(written, 1, 0, Dialect.V1)

    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "DRA105"
    assert diagnostic.message == f"there is no shape `{written}`"
    assert diagnostic.hint == f"did you mean `{meant}`?"


def test_a_shape_like_no_other_points_to_the_list() -> None:
    with pytest.raises(PolicyError) as raised:
        generate_objects("x", 1, 0, Dialect.V1)

    assert raised.value.diagnostics[0].hint == "`drapolicy gen --help` lists the shapes"
