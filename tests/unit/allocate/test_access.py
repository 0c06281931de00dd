"""Taints, admin access, binding conditions, node operations: who may have a device at all."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Allocated, is_tolerated_by
from dra_policy.model import Taint, Toleration
from dra_policy.model.features import Features
from tests.clusters import allocated, answer, answers, claim, device, node, objects, request, slice_
from tests.unit.allocate.test_counters import evolution_claim, evolution_pool


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        (Toleration("hot", "Equal", "yes"), True),
        (Toleration("hot", "Equal", "no"), False),
        (Toleration("hot", "", "yes"), True),
        (Toleration("hot", "Exists"), True),
        (Toleration("hot", "Exists", "no"), True),
        (Toleration("", "Exists"), True),
        (Toleration("", "Equal", "yes"), True),
        (Toleration("cold", "Exists"), False),
        (Toleration("hot", "Exists", effect="NoSchedule"), True),
        (Toleration("hot", "Exists", effect="NoExecute"), False),
        (Toleration("hot", "Near", "yes"), False),
    ],
)
def test_toleration(toleration: Toleration, tolerated: bool) -> None:
    assert is_tolerated_by(toleration, Taint("hot", "yes", "NoSchedule")) is tolerated


def tainted(name: str, effect: str = "NoSchedule") -> dict[str, Any]:
    return device(name, taints=[{"key": "hot", "value": "yes", "effect": effect}])


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute"])
def test_a_taint_keeps_claims_off(effect: str) -> None:
    assert answer(slice_([tainted("a", effect), "b"]), claim(request())) == [["r=b"]]


def test_other_effects_do_not() -> None:
    assert answer(slice_([tainted("a", "None"), "b"]), claim(request())) == [["r=a"]]


def test_a_tolerated_taint_does_not() -> None:
    wish = claim(request(tolerations=[{"key": "hot", "operator": "Exists"}]))

    assert answer(slice_([tainted("a"), "b"]), wish) == [["r=a"]]


def test_taints_are_ignored_without_the_feature() -> None:
    assert answer(slice_([tainted("a")]), claim(request()), features=Features(device_taints=False)) == [["r=a"]]


def test_mode_all_needs_tainted_devices_too() -> None:
    assert answer(slice_([tainted("a"), "b"]), claim(request(count="all"))) is None


def test_admin_access_ignores_who_holds_the_device() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/a"))

    assert answer(slice_(["a"]), holder, claim(request(adminAccess=True))) == [["r=a"]]


def test_admin_access_never_gets_one_device_twice_in_one_claim() -> None:
    wish = claim(request("x", adminAccess=True), request("y", adminAccess=True))

    assert answer(slice_(["a"]), wish) is None
    assert answer(slice_(["a", "b"]), wish) == [["x=a", "y=b"]]


def test_admin_access_of_two_claims_may_meet() -> None:
    one, two = claim(request(adminAccess=True), name="one"), claim(request(adminAccess=True), name="two")

    assert answer(slice_(["a"]), one, two) == [["r=a"], ["r=a"]]


def test_admin_access_blocks_later_normal_requests_of_the_call() -> None:
    one, two = claim(request(adminAccess=True), name="one"), claim(request(), name="two")

    assert answer(slice_(["a"]), one, two) is None
    assert answer(slice_(["a", "b"]), one, two) == [["r=a"], ["r=b"]]


def test_admin_access_does_not_tolerate_taints() -> None:
    assert answer(slice_([tainted("a")]), claim(request(adminAccess=True))) is None


def test_admin_access_needs_its_feature_even_if_it_is_false() -> None:
    found = answer(slice_(["a"]), claim(request(adminAccess=False)), features=Features(admin_access=False))

    assert found == "claim default/claim, request r: admin access is requested, but the feature is disabled"


def test_admin_access_of_the_prototype_needs_a_quota() -> None:
    wish = evolution_claim({"name": "one", "adminAccess": True, "requirements": []})
    quota = {
        "apiVersion": "resource.k8s.io/v1alpha2",
        "kind": "Quota",
        "metadata": {"name": "q", "namespace": "default"},
        "spec": {"allowManagementAccess": True},
    }
    pool = evolution_pool(("a", "1Gi"))

    assert answer(pool, wish, quotas=objects(quota).quotas) == [["one=a"]]
    assert answer(pool, wish) == [["one=a"]]
    denied = answer(pool, wish, quotas=[])
    assert isinstance(denied, str)
    assert "admin access is not allowed in namespace default" in denied


def test_devices_with_binding_conditions_need_the_feature() -> None:
    waiting = device("a", bindingConditions=["Ready"], bindingFailureConditions=["Failed"])

    assert answer(slice_([waiting]), claim(request())) == [["r=a"]]
    assert answer(slice_([waiting]), claim(request()), features=Features(device_binding_conditions=False)) is None


def test_skipped_node_operations_need_a_node_that_knows_of_them() -> None:
    skipping = slice_(["a"], skipNodeOperations=["PrepareResources"])
    knowing = node("n1")
    knowing["status"] = {"declaredFeatures": ["DRAOptionalNodeOperations"]}

    assert answer(skipping, node("n1"), claim(request())) is None
    assert answer(skipping, knowing, claim(request())) == [["r=a"]]
    off = Features(list_type_attributes=True)
    assert answer(skipping, knowing, claim(request()), features=off) is None


def test_the_incubating_allocator_does_not_know_of_skipped_node_operations() -> None:
    skipping = slice_(["a"], skipNodeOperations=["*"])

    found = next(iter(answers(skipping, node("n1"), claim(request()), features=Features())))

    assert isinstance(found.outcome, Allocated)
    (device_,) = found.outcome.results[0].allocation.devices
    assert (str(device_.device), device_.skip_node_operations) == ("d.io/n1/a", ())
