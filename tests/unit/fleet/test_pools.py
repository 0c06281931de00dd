"""Pools, generations, completeness, validity and order as Kubernetes' allocator gathers them."""

from __future__ import annotations

from typing import Any

from dra_policy.fleet import (
    DuplicateCounterSet,
    DuplicateDevice,
    Fleet,
    PoolProblem,
    UnknownCounter,
    UnknownCounterSet,
    WrongSliceCount,
    kubernetes_reason,
)
from dra_policy.model import DeviceId
from dra_policy.model.features import Features
from tests.clusters import device, fleet, node, slice_


def offered(loaded: Fleet, name: str = "n1") -> list[str]:
    view = loaded.view(name)
    return [str(view.device_id(position)) for position in range(view.layout.size)]


def problems(loaded: Fleet, name: str = "n1") -> dict[str, PoolProblem | None]:
    return {str(pool): pool.problem for pool in loaded.view(name).pools}


def test_devices_are_visited_by_driver_pool_slice_name_and_place_in_the_list() -> None:
    loaded = fleet(
        slice_(["z", "a"], driver="b.io", pool="p", name="s2", count=2),
        slice_(["m"], driver="b.io", pool="p", name="s1", count=2),
        slice_(["x"], driver="b.io", pool="o"),
        slice_(["y"], driver="a.io", pool="q"),
    )

    assert offered(loaded) == ["a.io/q/y", "b.io/o/x", "b.io/p/m", "b.io/p/z", "b.io/p/a"]


def test_pools_with_binding_conditions_come_last() -> None:
    loaded = fleet(
        slice_([device("x", bindingConditions=["Ready"], bindingFailureConditions=["Failed"])], driver="a.io"),
        slice_(["y"], driver="b.io"),
    )

    assert offered(loaded) == ["b.io/n1/y", "a.io/n1/x"]


def test_only_the_newest_generation_counts() -> None:
    loaded = fleet(slice_(["old"], name="s1"), slice_(["new"], name="s2", generation=2))

    assert offered(loaded) == ["d.io/n1/new"]


def test_a_complete_old_generation_is_used_although_a_newer_one_exists_elsewhere() -> None:
    loaded = fleet(slice_(["old"], pool="p", name="s1"), slice_(["new"], pool="p", name="s2", node="n2", generation=2))

    assert offered(loaded) == ["d.io/p/old"]


def test_an_incomplete_old_generation_vanishes_when_a_newer_one_exists_elsewhere() -> None:
    old = slice_(["old"], pool="p", name="s1", count=2)
    loaded = fleet(old, slice_(["new"], pool="p", name="s2", node="n2", generation=2))

    assert problems(loaded) == {}


def test_missing_slices_make_a_pool_incomplete() -> None:
    loaded = fleet(slice_(["a"], count=3))

    assert problems(loaded) == {"d.io/n1": WrongSliceCount(found=1, expected=3, generation=1)}
    assert offered(loaded) == []


def test_more_slices_than_announced_make_a_pool_incomplete() -> None:
    loaded = fleet(slice_(["a"], name="s1"), slice_(["b"], name="s2"))

    assert problems(loaded) == {"d.io/n1": WrongSliceCount(found=2, expected=1, generation=1)}


def test_slices_for_other_nodes_complete_a_pool() -> None:
    loaded = fleet(slice_(["a"], pool="p", name="s1", count=2), slice_(["b"], pool="p", name="s2", node="n2", count=2))

    assert offered(loaded) == ["d.io/p/a"]
    assert offered(loaded, "n2") == ["d.io/p/b"]


def test_one_name_twice_makes_a_pool_invalid() -> None:
    loaded = fleet(slice_(["a", "b"], name="s1", count=2), slice_(["b"], name="s2", count=2))

    assert problems(loaded) == {"d.io/n1": DuplicateDevice("b", "s1", "s2")}


def counters(*names: str, **more: Any) -> dict[str, Any]:
    sets = [{"name": name, "counters": {"memory": {"value": "10Gi"}}} for name in names]
    return slice_([], name="counters", count=2, sharedCounters=sets, **more)


def consuming(counter_set: str, counter: str = "memory") -> dict[str, Any]:
    return device("a", consumesCounters=[{"counterSet": counter_set, "counters": {counter: {"value": "1Gi"}}}])


def test_unknown_counters_make_a_pool_invalid() -> None:
    unknown_set = fleet(counters("x"), slice_([consuming("y")], count=2, name="s"))
    unknown_counter = fleet(counters("x"), slice_([consuming("x", "cores")], count=2, name="s"))

    assert problems(unknown_set) == {"d.io/n1": UnknownCounterSet("a", "y", "s")}
    assert problems(unknown_counter) == {"d.io/n1": UnknownCounter("a", "x", "cores", "s")}


def test_a_counter_set_twice_makes_a_pool_invalid() -> None:
    loaded = fleet(counters("x", "x"), slice_([consuming("x")], count=2, name="s"))

    found = problems(loaded)["d.io/n1"]
    assert found == DuplicateCounterSet("x", "counters", "counters")
    assert isinstance(found, DuplicateCounterSet)
    assert kubernetes_reason(found) == "duplicate counter set name x"


def test_without_partitionable_devices_counters_are_ignored_and_the_pool_lacks_a_slice() -> None:
    features = Features(partitionable_devices=False)
    loaded = fleet(counters("x"), slice_([consuming("x")], count=2, name="s"), features=features)

    assert offered(loaded) == ["d.io/n1/a"]


def test_nodes_without_objects_are_those_that_slices_name() -> None:
    assert list(fleet(slice_(node="b"), slice_(node="a.b"), slice_(node="a-b")).nodes) == ["a-b", "a.b", "b"]
    assert list(fleet(slice_(node="b"), node("x")).nodes) == ["x"]


def test_shared_pools_are_offered_where_their_selector_matches() -> None:
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["east"]}]}
    loaded = fleet(
        node("n1", zone="east"),
        node("n2", zone="west"),
        slice_(["everywhere"], node=None, pool="all", allNodes=True),
        slice_(["somewhere"], node=None, pool="some", nodeSelector={"nodeSelectorTerms": [term]}),
    )

    assert offered(loaded, "n1") == ["d.io/all/everywhere", "d.io/some/somewhere"]
    assert offered(loaded, "n2") == ["d.io/all/everywhere"]


def test_devices_selected_one_by_one_are_usable_from_their_own_node() -> None:
    listed = [device("a", nodeName="n1"), device("b", nodeName="n2"), device("c", allNodes=True)]
    loaded = fleet(node("n1"), node("n2"), slice_(listed, node=None, perDeviceNodeSelection=True))

    assert [loaded.view(name).layout.slices[0].usable for name in ("n1", "n2")] == [0b101, 0b110]


def test_of_a_device_that_is_published_twice_the_slice_that_is_first_by_name_stands() -> None:
    one = slice_([device("d", a=1)], name="a", count=2)
    other = slice_([device("d", a=2)], name="b", count=2)

    for loaded in (fleet(one, other), fleet(other, one)):
        found = loaded.device(DeviceId("d.io", "n1", "d"))
        assert found is not None
        assert found.attributes == {"a": 1}
