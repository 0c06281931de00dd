"""Limits of quotas: what counts, which solution is found instead, and what is refused without a search."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Account, Holding, Ledger
from dra_policy.allocate.quota import ONE_DEVICE
from dra_policy.allocate.requested import Admission, Charge, requested_devices
from dra_policy.model import (
    AdminAccessRule,
    AmountLimit,
    ClaimLimit,
    ClassRule,
    Device,
    DeviceLimit,
    Quota,
    QuotaRule,
    QuotaScope,
    RequestedDeviceLimit,
    ResourceQuota,
)
from dra_policy.model import Capacity as ModelCapacity
from dra_policy.values import Quantity
from tests.clusters import answer, claim, demand, device, device_class, first_available, objects, request, slice_


def ledger(*rules: QuotaRule, held: tuple[Holding, ...] = (), **more: Any) -> Ledger:
    """The rules of the namespace ``default``."""
    quota = Quota("q", "default", rules=rules)
    limits = [rule for rule in rules if isinstance(rule, DeviceLimit | AmountLimit)]
    accounts = tuple(Account(quota, rule).with_holdings(held) for rule in limits)
    return Ledger((quota,), accounts, **more)


def sized(name: str, memory: str) -> dict[str, Any]:
    return device(name, capacity={"memory": {"value": memory}})


def memory(most: str, **more: Any) -> AmountLimit:
    return AmountLimit(Quantity.parse(most), "d.io", "memory", "d.memory", **more)


HELD = Device("x", "d.io", capacity={"memory": ModelCapacity(Quantity.parse("40Gi"))})


def test_devices_may_be_had_up_to_the_limit_and_no_further() -> None:
    world = (slice_(["a", "b", "c"]), claim(request(count=2)))

    assert answer(*world, quotas=ledger(DeviceLimit(2))) == [["r=a", "r=b"]]
    assert answer(*world, quotas=ledger(DeviceLimit(1))) is None
    assert answer(*world, quotas=ledger(DeviceLimit(2), held=(Holding("other", "c", HELD),))) is None


def test_a_limit_of_a_class_counts_what_was_asked_for_by_that_class() -> None:
    world = (slice_(["a", "b"]), device_class("c"), device_class("e"), claim(request("r"), request("s", cls="e")))

    assert answer(*world, quotas=ledger(DeviceLimit(1, ("c",)))) == [["r=a", "s=b"]]
    assert answer(*world, quotas=ledger(DeviceLimit(0, ("c",)))) is None
    held = (Holding("other", "e", HELD), Holding("other", "c", HELD))
    assert answer(*world, quotas=ledger(DeviceLimit(1, ("c",)), held=held[:1])) == [["r=a", "s=b"]]
    assert answer(*world, quotas=ledger(DeviceLimit(1, ("c",)), held=held)) is None


def test_another_solution_is_taken_where_the_first_is_too_large() -> None:
    world = (slice_([sized("big", "80Gi"), sized("small", "10Gi"), sized("mid", "40Gi")]), claim(request(count=2)))

    assert answer(*world) == [["r=big", "r=small"]]
    assert answer(*world, quotas=ledger(memory("90Gi"))) == [["r=big", "r=small"]]
    assert answer(*world, quotas=ledger(memory("60Gi"))) == [["r=small", "r=mid"]]
    assert answer(*world, quotas=ledger(memory("60Gi"), held=(Holding("o", "c", HELD),))) is None
    assert answer(*world, quotas=ledger(memory("90Gi"), held=(Holding("o", "c", HELD),))) == [["r=small", "r=mid"]]


def test_devices_without_the_capacity_count_nothing() -> None:
    world = (slice_([sized("big", "80Gi"), "bare", "plain"]), claim(request(count=2)))

    assert answer(*world, quotas=ledger(memory("1Gi"))) == [["r=bare", "r=plain"]]


def test_a_limit_that_is_exceeded_already_concerns_only_what_adds_to_it() -> None:
    world = (slice_([sized("big", "80Gi"), "bare"]), claim(request()))

    assert answer(*world, quotas=ledger(memory("10Gi"), held=(Holding("o", "c", HELD),))) == [["r=bare"]]


def test_a_share_counts_with_what_it_consumes() -> None:
    whole = device("s", capacity={"memory": {"value": "80Gi"}}, allowMultipleAllocations=True)
    world = (slice_([whole]), claim(request(capacity={"requests": {"memory": "8Gi"}})))

    assert answer(*world, quotas=ledger(memory("8Gi"))) == [["r=s"]]
    assert answer(*world, quotas=ledger(memory("7Gi"))) is None
    share = Holding("o", "c", HELD, {"memory": Quantity.parse("2Gi")})
    assert ledger(memory("8Gi"), held=(share,)).accounts[0].used == 2 * 1024**3 * ONE_DEVICE


def test_admin_access_is_not_counted() -> None:
    world = (slice_(["a", "b"]), claim(request(count="all", adminAccess=True)))

    assert answer(*world, quotas=ledger(DeviceLimit(0))) == [["r=a", "r=b"]]


def test_mode_all_is_charged_with_every_device() -> None:
    world = (slice_(["a", "b", "c"]), claim(request(count="all")))

    assert answer(*world, quotas=ledger(DeviceLimit(3))) == [["r=a", "r=b", "r=c"]]
    assert answer(*world, quotas=ledger(DeviceLimit(2))) is None


def test_later_alternatives_are_taken_where_earlier_ones_are_too_many_or_denied() -> None:
    alternatives = first_available("r", many=demand(count=3), few=demand(count=1, cls="e"))
    world = (slice_(["a", "b", "c"]), device_class("c"), device_class("e"), claim(alternatives))

    assert answer(*world, quotas=ledger(DeviceLimit(3))) == [["r/many=a", "r/many=b", "r/many=c"]]
    assert answer(*world, quotas=ledger(DeviceLimit(2))) == [["r/few=a"]]
    assert answer(*world, quotas=ledger(ClassRule(allowed=False, classes=("c",)))) == [["r/few=a"]]
    assert answer(*world, quotas=ledger(ClassRule(allowed=False, classes=("c", "e")))) is None


@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        ((ClassRule(allowed=False, classes=("c",)),), False),
        ((ClassRule(allowed=True, classes=("c",)),), True),
        ((ClassRule(allowed=True, classes=("e",)),), False),
        ((ClassRule(allowed=True, classes=("e",)), ClassRule(allowed=True, classes=("c",))), True),
        ((ClassRule(allowed=True, classes=("c",)), ClassRule(allowed=False, classes=("c",))), False),
        ((AdminAccessRule(allowed=False),), True),
    ],
)
def test_classes_are_denied_or_only_listed_ones_allowed_and_denials_win(
    rules: tuple[QuotaRule, ...], fits: bool
) -> None:
    assert (answer(slice_(["a"]), claim(request()), quotas=ledger(*rules)) is not None) == fits


def test_admin_access_can_be_denied() -> None:
    world = (slice_(["a"]), claim(request(adminAccess=True)))

    assert answer(*world, quotas=ledger(AdminAccessRule(allowed=True))) == [["r=a"]]
    assert answer(*world, quotas=ledger(AdminAccessRule(allowed=False), AdminAccessRule(allowed=True))) is None


def test_all_quotas_apply_together_and_other_namespaces_are_not_concerned() -> None:
    world = (slice_([sized("a", "80Gi"), sized("b", "10Gi")]), claim(request()))

    assert answer(*world, quotas=ledger(DeviceLimit(1), memory("10Gi"))) == [["r=b"]]
    assert answer(*world, quotas=ledger(memory("10Gi"), DeviceLimit(0))) is None
    other = Ledger((Quota("q", "elsewhere", rules=(DeviceLimit(0),)),))
    assert answer(*world, quotas=other) == [["r=a"]]


def asked(**devices: int) -> Admission:
    """Claims that ask for so many devices of class ``c``."""
    amounts = {
        f"default/{name}": {"c.deviceclass.resource.k8s.io/devices": count, "count/resourceclaims.resource.k8s.io": 1}
        for name, count in devices.items()
    }
    return Admission({name: Charge(name, each) for name, each in amounts.items()})


def test_resource_quota_counts_what_claims_ask_for() -> None:
    hard = {"c.deviceclass.resource.k8s.io/devices": "3", "count/resourceclaims.resource.k8s.io": "2", "pods": "1"}
    rules = ResourceQuota("rq", "default", hard).as_quota().rules
    world = (slice_(["a", "b"]), claim(request(count=2)))

    assert rules == (RequestedDeviceLimit(3, "c"), ClaimLimit(2))
    assert answer(*world, quotas=ledger(*rules)) == [["r=a", "r=b"]]
    assert answer(*world, quotas=ledger(*rules, admission=asked(x=1))) == [["r=a", "r=b"]]
    assert answer(*world, quotas=ledger(*rules, admission=asked(x=2))) is None
    assert answer(*world, quotas=ledger(*rules, admission=asked(x=0, y=0))) is None
    assert answer(*world, quotas=ledger(*rules, admission=asked(x=0, claim=2))) is not None


def test_requested_devices_take_the_greatest_alternative_of_each_class_and_mode_all_as_most() -> None:
    either = first_available("r", one=demand(count=3), two=demand(count=5), three=demand(count=2, cls="e"))
    (found,) = objects(claim(either, request("all", count="all"))).claims

    assert requested_devices(found) == {"c": 5 + 32, "e": 2}


def test_holdings_of_unknown_devices_count_as_devices_and_are_told() -> None:
    accounts = ledger(DeviceLimit(3), memory("10Gi"), held=(Holding("o", "c", None),)).accounts

    assert [(each.used, each.unknown) for each in accounts] == [(ONE_DEVICE, 1), (0, 1)]


def test_scopes_take_a_namespace_its_labels_or_everything() -> None:
    batch = Quota("q", "", scope=QuotaScope((("tier", "batch"),)))

    assert Quota("q", "a").governs("a")
    assert not Quota("q", "a").governs("b", {})
    assert batch.governs("a", {"tier": "batch", "x": "y"})
    assert not batch.governs("a", {"tier": "web"})
    assert not batch.governs("a", None)
    assert Quota("q", "", scope=QuotaScope()).governs("a")
