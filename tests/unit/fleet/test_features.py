"""Feature gates: defaults of releases, recorded cases, single gates."""

from __future__ import annotations

import pytest

from dra_policy.engine.rules import Rules, checked_rules
from dra_policy.fleet import Features
from dra_policy.fleet.features import GATES, GO_NAMES
from dra_policy.text import PolicyError


def test_defaults_of_releases() -> None:
    assert Features.of_version("1.37") == Features()
    assert not Features.of_version("1.36").fractional_capacity_range
    assert Features.of_version("1.36").consumable_capacity
    assert not Features.of_version("1.34").device_taints
    assert Features.of_version("1.34").prioritized_list


@pytest.mark.parametrize(
    ("minor", "on"),
    [
        (31, {"admin_access"}),
        (32, set()),
        (33, set()),
        (34, {"admin_access", "prioritized_list"}),
        (35, {"admin_access", "prioritized_list"}),
    ],
)
def test_early_releases_have_few_gates_on(minor: int, on: set[str]) -> None:
    features = Features.of_version(f"1.{minor}")

    assert {name for name in GO_NAMES.values() if getattr(features, name)} == on


def test_a_recorded_case_names_all_that_is_on() -> None:
    features = Features.of_case({"AdminAccess": True, "ListTypeAttributes": False})

    assert features.admin_access
    assert features.device_taint_rules
    assert not features.list_type_attributes
    assert not features.partitionable_devices


def test_gates_go_by_either_name() -> None:
    features = Features().with_gates({"DRAListTypeAttributes": True, "DeviceTaints": False})

    assert features.list_type_attributes
    assert not features.device_taints
    with pytest.raises(KeyError):
        Features().with_gates({"NoSuchGate": True})


def test_every_switch_has_the_gate_that_kubernetes_knows() -> None:
    assert set(GATES.values()) == set(GO_NAMES.values())
    assert {"DRADeviceBindingConditions", "DRADeviceCompatibilityGroups"} < set(GATES)
    assert not Features().with_gates({"DRAResourceClaimDeviceStatus": False}).device_binding_and_status


def test_the_hint_about_an_unknown_gate_names_gates() -> None:
    for gate, hint in (
        ("DRADeviceBindingCondition", "did you mean `DRADeviceBindingConditions`?"),
        ("Foo", f"the gates are {', '.join(GATES)}"),
    ):
        with pytest.raises(PolicyError) as raised:
            checked_rules(Rules(feature_gates={gate: True}))
        assert raised.value.diagnostics[0].hint == hint
