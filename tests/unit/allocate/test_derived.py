"""Derived attributes: CEL per request, compared by constraints in the place of published attributes."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.model.features import Features
from tests.clusters import EVERYTHING, answer, claim, device, request, slice_

ON = EVERYTHING.with_gates({"DRADerivedAttributes": True})


def deriving(name: str, expression: str, **more: Any) -> dict[str, Any]:
    return request(name, derivedAttributes=[{"name": "d.io/x", "expression": expression}], **more)


def matched(*requests: dict[str, Any]) -> dict[str, Any]:
    return claim(*requests, constraints=[{"matchAttribute": "d.io/x"}])


def test_requests_of_different_drivers_meet_in_a_derived_attribute() -> None:
    gpus = slice_([device("a", numa=0), device("b", numa=1)], driver="d.io")
    nics = slice_([device("n", node=1)], driver="e.io")
    gpu = deriving("gpu", 'device.attributes["d.io"].?numa.orValue(-1)')
    nic = deriving("nic", 'device.attributes["e.io"].?node.orValue(-2)')

    assert answer(gpus, nics, matched(gpu, nic), features=ON) == [["gpu=b", "nic=n"]]


def test_a_derived_attribute_stands_before_a_published_one_for_its_request_only() -> None:
    devices = slice_([device("a", x=1), device("b", x=2)])

    assert answer(devices, matched(deriving("r", "2"), request("s")), features=ON) == [["r=a", "s=b"]]


def test_lists_are_derived_too() -> None:
    devices = slice_([device("a", x="p"), device("b", x="q")])

    assert answer(devices, matched(deriving("r", '["q", "z"]'), request("s")), features=ON) == [["r=a", "s=b"]]


@pytest.mark.parametrize("expression", ["1.5", '[1, "a"]', "nope"])
def test_what_cannot_be_an_attribute_is_fatal(expression: str) -> None:
    found = answer(slice_(["a"]), matched(deriving("r", expression)), features=ON)

    assert isinstance(found, str)
    assert found.startswith("compile derived attribute d.io/x failed: ")


def test_an_error_on_a_device_is_fatal() -> None:
    found = answer(slice_(["a"]), matched(deriving("r", 'device.attributes["d.io"].nope')), features=ON)

    assert found == "evaluate derived attribute d.io/x on device d.io/n1/a failed: no such key: nope"


def test_what_no_constraint_compares_is_never_computed() -> None:
    assert answer(slice_(["a"]), claim(deriving("r", "nope")), features=ON) == [["r=a"]]


def test_without_the_feature_the_request_is_refused() -> None:
    found = answer(slice_(["a"]), claim(deriving("r", "1")), features=Features())

    assert found == (
        "claim default/claim, request r: cannot handle request with derived attributes, the feature is disabled"
    )


def test_a_device_without_room_is_not_asked_for_what_is_derived() -> None:
    shared = {**device("a"), "capacity": {"memory": {"value": "1"}}, "allowMultipleAllocations": True}
    first = request("first")
    second = deriving("second", 'device.attributes["d.io"].nope')
    both = claim(first, second, constraints=[{"matchAttribute": "d.io/x", "requests": ["second"]}])

    assert answer(slice_([shared]), both, features=ON) is None
