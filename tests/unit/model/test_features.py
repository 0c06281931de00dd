"""Feature gates: defaults of releases, recorded cases, single gates."""

from __future__ import annotations

import pytest

from dra_policy.engine.rules import Rules, checked_rules
from dra_policy.model.features import GO_NAMES, Features
from dra_policy.model.gates import GATES
from dra_policy.record import replace
from dra_policy.text import PolicyError


def test_defaults_of_releases() -> None:
    assert Features.of_version("1.37") == replace(Features(), takes_stable=True)
    assert not Features.of_version("1.36").fractional_capacity_range
    assert Features.of_version("1.36").consumable_capacity
    assert not Features.of_version("1.34").device_taints
    assert Features.of_version("1.34").prioritized_list


@pytest.mark.parametrize(
    ("minor", "on"),
    [
        (31, {"admin_access", "device_taint_rules"}),
        (32, {"device_taint_rules"}),
        (33, {"device_taint_rules", "resource_claim_device_status"}),
        (34, {"admin_access", "prioritized_list", "device_taint_rules", "resource_claim_device_status"}),
        (35, {"admin_access", "prioritized_list", "resource_claim_device_status"}),
    ],
)
def test_early_releases_have_few_gates_on(minor: int, on: set[str]) -> None:
    features = Features.of_version(f"1.{minor}")

    assert {gate.switches for gate in GATES.values() if gate.switches and getattr(features, gate.switches)} == on


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
    fields = {gate.switches for gate in GATES.values() if gate.switches}
    assert fields - {"extended_resource"} == {one for each in GO_NAMES.values() for one in each}
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


@pytest.mark.parametrize("gates", [("DRAResourceClaimDeviceStatus", "DRADeviceBindingConditions")])
def test_binding_conditions_take_two_gates_in_any_order(gates: tuple[str, str]) -> None:
    one, other = gates
    assert Features.of_version("1.34").with_gates({one: True, other: True}).device_binding_and_status
    assert not Features.of_version("1.34").with_gates({one: True}).device_binding_and_status
    for first, second in ((one, other), (other, one)):
        assert not Features().with_gates({first: False, second: True}).device_binding_and_status
        assert not Features().with_gates({first: True, second: False}).device_binding_and_status


@pytest.mark.parametrize(
    ("version", "rules", "resources"),
    [("1.34", True, False), ("1.35", False, False), ("1.36", False, True), ("1.37", True, True)],
)
def test_taint_rules_and_extended_resources_have_gates(version: str, rules: bool, resources: bool) -> None:
    # Before 1.35 taint rules came with device taints.
    features = Features.of_version(version)

    assert (features.device_taint_rules, features.extended_resource) == (rules, resources)


def test_a_gate_that_no_answer_depends_on_is_a_gate() -> None:
    rules = Rules(feature_gates={"DRANodeAllocatableResources": True, "DynamicResourceAllocation": True})
    assert checked_rules(rules).features == Features.of_version("1.37")


def test_a_release_refuses_gates_that_it_does_not_have() -> None:
    for version, gate, hint in (
        ("1.33", "DRAConsumableCapacity", "it is there from 1.34 on"),
        ("1.32", "DRAControlPlaneController", "it is there up to 1.31"),
    ):
        with pytest.raises(PolicyError) as raised:
            checked_rules(Rules(kubernetes=version, feature_gates={gate: True}))
        assert raised.value.diagnostics[0].message == f"Kubernetes {version} has no feature gate `{gate}`"
        assert raised.value.diagnostics[0].hint == hint


@pytest.mark.parametrize(
    ("version", "gate", "value", "last"),
    [
        ("1.36", "DRAAdminAccess", False, 35),
        ("1.37", "AdminAccess", False, 35),
        ("1.37", "DRAPrioritizedList", False, 36),
        ("1.37", "DRAExtendedResource", False, 36),
        ("1.37", "DRAResourceClaimDeviceStatus", False, 36),
        ("1.35", "DynamicResourceAllocation", False, 34),
    ],
)
def test_a_release_refuses_to_change_gates_that_it_has_locked(version: str, gate: str, value: bool, last: int) -> None:
    """ "cannot set feature gate %v to %v, feature is locked to %v" (component-base/featuregate)."""
    with pytest.raises(PolicyError) as raised:
        checked_rules(Rules(kubernetes=version, feature_gates={gate: value}))
    (found,) = raised.value.diagnostics
    assert found.code == "DRA105"
    assert found.message == f"cannot set feature gate `{gate}` to false, feature is locked to true"
    hint = f"since 1.{last + 1} it cannot be changed; leave it out, or ask about `--kubernetes 1.{last}`"
    assert found.hint == hint
    checked_rules(Rules(kubernetes=version, feature_gates={gate: True}))
    others = {"DRADeviceBindingConditions": False, "DRAResourceClaimGranularStatusAuthorization": False}
    before = {gate: value, **(others if gate == "DRAResourceClaimDeviceStatus" else {})}
    assert checked_rules(Rules(kubernetes=f"1.{last}", feature_gates=before)).feature_gates == before


@pytest.mark.parametrize(
    ("version", "gate"),
    [("1.37", "DRADeviceTaints"), ("1.36", "DRAPartitionableDevices"), ("1.36", "DRADeviceBindingConditions")],
)
def test_what_is_not_locked_may_be_set(version: str, gate: str) -> None:
    gates = {gate: False, **({"DRADeviceTaintRules": False} if version == "1.37" else {})}

    assert checked_rules(Rules(kubernetes=version, feature_gates=gates)).feature_gates == gates


@pytest.mark.parametrize(
    ("version", "gates", "on", "off"),
    [
        ("1.37", {"DRADeviceTaints": False}, "DRADeviceTaintRules", "DRADeviceTaints"),
        ("1.36", {"DRADeviceTaintRules": True, "DRADeviceTaints": False}, "DRADeviceTaintRules", "DRADeviceTaints"),
        ("1.37", {"DRAConsumableCapacity": False}, "DRAFractionalCapacityRange", "DRAConsumableCapacity"),
        ("1.35", {"DRADeviceTaintRules": True}, "DRADeviceTaintRules", "DRADeviceTaints"),
    ],
)
def test_a_gate_that_is_on_needs_others(version: str, gates: dict[str, bool], on: str, off: str) -> None:
    """ "%s is enabled, but depends on features that are disabled: %v" (component-base/featuregate, from 1.35 on)."""
    with pytest.raises(PolicyError) as raised:
        checked_rules(Rules(kubernetes=version, feature_gates=gates))
    assert [each.message for each in raised.value.diagnostics] == [
        f"feature gate `{on}` is enabled, but depends on features that are disabled: {off}"
    ]
    assert raised.value.diagnostics[0].hint == f"`--feature-gate {off}=true`, or `--feature-gate {on}=false`"


def test_before_135_gates_do_not_look_at_each_other() -> None:
    checked_rules(Rules(kubernetes="1.34", feature_gates={"DRADeviceBindingConditions": True}))
    gates = {"DRADeviceBindingConditions": True, "DRAResourceClaimDeviceStatus": False}
    assert checked_rules(Rules(kubernetes="1.34", feature_gates=gates)).feature_gates == gates
