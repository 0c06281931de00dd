"""Consumable capacity: rounding, limits, shares, and what cannot be expressed."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Allocated, Failed
from dra_policy.allocate.capacity import CapacityFailure, consumption
from dra_policy.manifests.writing import allocation_status
from dra_policy.model import Capacity, CapacityPolicy, Device, ValidRange
from dra_policy.model.features import Features
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


def policed(
    default: str | None, *, minimum: str | None = None, maximum: str | None = None, step: str | None = None
) -> Any:
    bounds = [None if each is None else Q(each) for each in (minimum, maximum, step)]
    return CapacityPolicy(None if default is None else Q(default), valid_range=ValidRange(*bounds))


# The value passes the policy's maximum, so the device is had only where Kubernetes takes the amount for the default.
@pytest.mark.parametrize(
    ("default", "step", "requested", "is_default"),
    [
        ("6", None, None, True),
        ("6", None, "6", True),
        ("6", None, "+6", False),
        ("6", None, "6.0", False),
        ("6", None, "6000m", False),
        ("06", None, "6", False),
        ("6", "3", None, True),
        ("6", "3", "6", False),
        ("6", "3", "5", False),
        ("06", "3", "5", False),
        # No text is kept of a default that ends with 000, or of eight binary units: what is computed is held like it.
        ("6000", "3000", "5000", True),
        ("8Gi", "1Gi", "8Gi", True),
        ("7Gi", "1Gi", "7Gi", False),
        # Unlimited decimals are compared by address.
        ("1.5Gi", None, None, False),
        ("1Pi", None, None, False),
    ],
)
def test_the_default_is_admitted_as_far_as_it_is_held_alike(
    default: str, step: str | None, requested: str | None, is_default: bool
) -> None:
    policy = policed(default, minimum="0", maximum="3", step=step)

    assert (of(policy, requested, "2Ei", fractional=False) is not None) is is_default


def test_a_comparison_with_a_decimal_minimum_makes_the_request_no_default() -> None:
    assert of(policed("6", minimum="0", maximum="3"), "6") is not None
    assert of(policed("6", minimum="-1.5Gi", maximum="3"), "6") is None


def test_a_range_without_a_minimum_rounds_nothing_but_its_maximum_holds() -> None:
    assert of(policed("7", maximum="4"), "3") == Q("3")
    assert of(policed("7", maximum="4"), "5") is None
    assert of(policed(None, maximum="4"), None) is None


def test_a_range_without_a_minimum_leaves_rounding_to_the_values() -> None:
    both = CapacityPolicy(Q("1"), (Q("2"), Q("5")), ValidRange(None, Q("4")))

    assert of(both, "1") == Q("2")
    assert of(both, "3") is None


def test_a_range_without_a_minimum_is_read() -> None:
    bounded = {"value": "9", "requestPolicy": {"default": "7", "validRange": {"max": "4"}}}
    wish = claim(request(capacity={"requests": {"memory": "5"}}))

    assert answer(slice_([device("a", allowMultipleAllocations=True, capacity={"memory": bounded})]), wish) is None


@pytest.mark.parametrize(
    ("step", "requested", "consumed"),
    [
        ("-2", "3", "rounding request 3 up to the next step passes MaxInt64"),
        ("2", "-3", "capacity value is negative"),
        ("9223372036854775807", "5", "9223372036854775807"),
    ],
)
def test_steps_are_counted_as_64_bits_do(step: str, requested: str, consumed: str) -> None:
    policy = policed(None, minimum="-5" if requested.startswith("-") else "0", step=step)

    found = of(policy, requested, "8Ei", fractional=False)

    assert (found.text if isinstance(found, CapacityFailure) else str(found)).endswith(consumed)


def test_errors_print_requests_in_canonical_form() -> None:
    policy = policed(None, minimum="1", step="4")

    found = of(policy, "18446744073709.551616M", fractional=False)

    assert isinstance(found, CapacityFailure)
    assert "request 18446744073709551616 exceeds MaxInt64" in found.text


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


def test_consumed_capacity_is_written_in_canonical_form() -> None:
    shared = slice_(
        [device("a", allowMultipleAllocations=True, capacity={"x": {"value": "8Ei"}, "y": {"value": "1.5Gi"}})]
    )
    found = next(iter(answers(shared, claim(request()))))
    assert isinstance(found.outcome, Allocated)
    (result,) = found.outcome.results
    written: Any = allocation_status(result.claim, result.allocation)["allocation"]

    # Binary amounts are capped at 2**63-1 when they are read.
    consumed = {"x": "9223372036854775807", "y": "1536Mi"}
    assert written["devices"]["results"][0]["consumedCapacity"] == consumed
