"""Consumable capacity: rounding, limits, shares, and what cannot be expressed."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Allocated, Failed
from dra_policy.allocate.capacity import CapacityFailure, consumption
from dra_policy.fleet import Features
from dra_policy.model import Capacity, CapacityPolicy, Device, ValidRange
from dra_policy.values import Quantity
from tests.clusters import allocated, answer, answers, claim, device, node, request, slice_

Q = Quantity.parse


def of(policy: CapacityPolicy | None, requested: str | None, value: str = "100", *, fractional: bool = True) -> Any:
    owner = Device("a", "d.io", capacity={"memory": Capacity(Q(value), policy)})
    found = consumption({} if requested is None else {"memory": Q(requested)}, owner, fractional=fractional)
    return found[0][1] if isinstance(found, tuple) else found


RANGE = CapacityPolicy(Q("10"), valid_range=ValidRange(Q("8"), Q("40"), Q("8")))
VALUES = CapacityPolicy(Q("4"), valid_values=(Q("1"), Q("4"), Q("8")))


@pytest.mark.parametrize(
    ("policy", "requested", "consumed"),
    [
        (None, None, "100"),
        (None, "7", "7"),
        (RANGE, None, "10"),
        (RANGE, "1", "8"),
        (RANGE, "9", "16"),
        (RANGE, "10", "16"),
        (RANGE, "16", "16"),
        (VALUES, None, "4"),
        (VALUES, "2", "4"),
        (VALUES, "8", "8"),
    ],
)
def test_requests_are_rounded_by_policy(policy: CapacityPolicy | None, requested: str | None, consumed: str) -> None:
    assert of(policy, requested) == Q(consumed)


@pytest.mark.parametrize(("policy", "requested"), [(RANGE, "41"), (VALUES, "9")])
def test_what_a_policy_does_not_admit_skips_the_device(policy: CapacityPolicy, requested: str) -> None:
    assert of(policy, requested) is None


def test_an_amount_that_the_device_does_not_have_skips_it() -> None:
    assert consumption({"cores": Q("1")}, Device("a", "d.io"), fractional=True) is None


def test_fractions_are_counted_in_thousandths_where_the_gate_is_on() -> None:
    policy = CapacityPolicy(valid_range=ValidRange(Q("500m"), None, Q("250m")))

    assert of(policy, "600m") == Q("750m")
    assert str(of(policy, "600m")) == "750m"
    assert of(policy, "600m", fractional=False) == Q("1")


def test_what_64_bits_cannot_hold_is_fatal() -> None:
    policy = CapacityPolicy(valid_range=ValidRange(Q("1"), None, Q("4")))

    assert of(policy, "18446744073709551616", fractional=False) == CapacityFailure(
        'capacity "memory": capacity request cannot be represented in the device\'s range arithmetic: '
        "request 18446744073709551616 exceeds MaxInt64"
    )
    assert isinstance(of(policy, "9223372036854775807", fractional=False), CapacityFailure)


def test_a_negative_amount_is_fatal() -> None:
    found = answer(slice_([device("a", capacity={"memory": {"value": "-1"}})]), claim(request()))

    assert found == (
        "claim default/claim, request r: checking capacity for device d.io/n1/a: "
        'capacity "memory": capacity value is negative'
    )


def shared(name: str = "a", memory: str = "10Gi") -> dict[str, Any]:
    return device(name, allowMultipleAllocations=True, capacity={"memory": {"value": memory, "requestPolicy": POLICY}})


POLICY = {"default": "1Gi", "validRange": {"min": "1Gi", "step": "1Gi"}}


def gigabytes(amount: int) -> dict[str, Any]:
    return {"capacity": {"requests": {"memory": f"{amount}Gi"}}}


def test_a_shareable_device_serves_several_requests() -> None:
    wish = claim(request("x", **gigabytes(4)), request("y", **gigabytes(6)))
    (outcome,) = [each.outcome for each in answers(slice_([shared()]), wish)]

    assert isinstance(outcome, Allocated)
    devices = outcome.results[0].allocation.devices
    assert [str(each.consumed_capacity["memory"]) for each in devices] == ["4Gi", "6Gi"]
    assert len({each.share_id for each in devices}) == 2


def test_shares_never_exceed_the_device() -> None:
    wish = claim(request("x", **gigabytes(4)), request("y", **gigabytes(7)))

    assert answer(slice_([shared()]), wish) is None
    assert answer(slice_([shared(), shared("b")]), wish) == [["x=a", "y=b"]]


def test_shares_of_existing_claims_count() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/a", share="1"))
    holder["status"]["allocation"]["devices"]["results"][0]["consumedCapacity"] = {"memory": "8Gi"}

    assert answer(slice_([shared()]), holder, claim(request(**gigabytes(2)))) == [["r=a"]]
    assert answer(slice_([shared()]), holder, claim(request(**gigabytes(3)))) is None


def test_two_shares_in_one_request_need_two_devices() -> None:
    assert answer(slice_([shared()]), claim(request(count=2))) is None
    assert answer(slice_([shared(), shared("b")]), claim(request(count=2))) == [["r=a", "r=b"]]


def test_counters_of_a_shared_device_are_drawn_once() -> None:
    consumed = [{"counterSet": "gpu", "counters": {"slots": {"value": "1"}}}]
    sets = [{"name": "gpu", "counters": {"slots": {"value": "1"}}}]
    slices = [
        slice_([], name="counters", count=2, sharedCounters=sets),
        slice_([{**shared(), "consumesCounters": consumed}], name="devices", count=2),
    ]

    assert answer(*slices, claim(request("x"), request("y"))) == [["x=a", "y=a"]]


def test_capacity_requests_need_the_feature() -> None:
    wish = claim(request(**gigabytes(4)))
    (outcome,) = [
        each.outcome for each in answers(slice_([shared()]), wish, features=Features(consumable_capacity=False))
    ]

    assert isinstance(outcome, Failed)
    assert outcome.text == (
        "claim default/claim, request r: has capacity requests, but the DRAConsumableCapacity feature is disabled"
    )


def test_a_shared_device_of_another_node_does_not_matter() -> None:
    elsewhere = {**device("a"), "allowMultipleAllocations": True, "nodeName": "n2"}
    here = {**device("b"), "nodeName": "n1"}
    found = answer(slice_([elsewhere, here], node=None, perDeviceNodeSelection=True), node("n1"), claim(request()))

    assert found == [["r=b"]]


def test_mode_all_asks_constraints_before_room() -> None:
    full = {**device("a"), "capacity": {"memory": {"value": "1"}}, "allowMultipleAllocations": True}
    taken = claim(request("t"), name="t")
    everything = claim(request("r", count="all"), constraints=[{"matchAttribute": "d.io/absent"}])
    found = answer(slice_([full]), taken, everything)

    assert isinstance(found, str)
    assert found.endswith("cannot add device d.io/n1/a because a claim constraint would not be satisfied")
