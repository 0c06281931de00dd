"""Which optional parts of Kubernetes' allocator are on: the feature gates, per release."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Features:
    """The switches of Kubernetes' structured allocator (Features in k8s.io/dynamic-resource-allocation).

    ``device_taint_rules`` is a switch of the scheduler, which adds the rules' taints before the allocator sees a slice.
    The defaults are those of Kubernetes 1.37.
    """

    admin_access: bool = True
    prioritized_list: bool = True
    partitionable_devices: bool = True
    device_taints: bool = True
    device_taint_rules: bool = True
    device_binding_and_status: bool = True
    consumable_capacity: bool = True
    fractional_capacity_range: bool = True
    list_type_attributes: bool = False
    derived_attributes: bool = False
    compatibility_groups: bool = False
    optional_node_operations: bool = False

    @property
    def needs_experimental(self) -> bool:
        """Whether Kubernetes takes its experimental allocator for these switches: the incubating one lacks some."""
        return (
            self.list_type_attributes
            or self.derived_attributes
            or self.compatibility_groups
            or self.optional_node_operations
        )

    @classmethod
    def of_version(cls, kubernetes: str = "1.37") -> Features:
        """The gates that are on by default in a minor release from ``1.31`` on; newer ones are as 1.37."""
        minor = int(kubernetes.split(".")[1]) if kubernetes.count(".") else 37
        off = {name: False for name, since in _ON_SINCE.items() if minor < since}
        # Before it had a gate, in 1.31, admin access came with the API itself.
        return cls(**off | ({"admin_access": True} if minor < 32 else {}))

    @classmethod
    def of_case(cls, switches: Mapping[str, bool]) -> Features:
        """The switches of a recorded case: names as in the Go struct, a missing one is off.

        DeviceTaintRules is none of that struct: it is on unless the case says otherwise.
        """
        switches = {"DeviceTaintRules": True, **switches}
        return cls(**{name: switches.get(go_name, False) for go_name, name in GO_NAMES.items()})

    def with_gates(self, gates: Mapping[str, bool]) -> Features:
        """The same with some switches set, by the Go struct's names or by feature gate (``DRAConsumableCapacity``).

        Raises KeyError for a name that is neither.
        """
        values = {name: getattr(self, name) for name in GO_NAMES.values()}
        for gate, enabled in gates.items():
            values[_field_of_gate(gate)] = enabled
        return Features(**values)


# Of the gates that are on in 1.37: from which minor version on they are by default. From pkg/features/kube_features.go.
_ON_SINCE: Mapping[str, int] = {
    "admin_access": 34,
    "prioritized_list": 34,
    "partitionable_devices": 36,
    "device_taints": 36,
    "device_taint_rules": 37,
    "device_binding_and_status": 36,
    "consumable_capacity": 36,
    "fractional_capacity_range": 37,
}

GO_NAMES: Mapping[str, str] = {
    "AdminAccess": "admin_access",
    "PrioritizedList": "prioritized_list",
    "PartitionableDevices": "partitionable_devices",
    "DeviceTaints": "device_taints",
    "DeviceTaintRules": "device_taint_rules",
    "DeviceBindingAndStatus": "device_binding_and_status",
    "ConsumableCapacity": "consumable_capacity",
    "FractionalCapacityRange": "fractional_capacity_range",
    "ListTypeAttributes": "list_type_attributes",
    "DerivedAttributes": "derived_attributes",
    "CompatibilityGroups": "compatibility_groups",
    "OptionalNodeOperations": "optional_node_operations",
}
"""The names of the Go struct and of the scheduler's switch for taint rules, and the fields here."""

# Feature gates that are not named after the field of the Go struct.
_OTHER_NAMES = {
    "DeviceBindingAndStatus": "DRADeviceBindingConditions",
    "CompatibilityGroups": "DRADeviceCompatibilityGroups",
}

GATES: Mapping[str, str] = {_OTHER_NAMES.get(name, f"DRA{name}"): own for name, own in GO_NAMES.items()}
"""Kubernetes' feature gates, one for each field here."""


def _field_of_gate(gate: str) -> str:
    # Two gates stand behind one switch of the Go struct.
    own = GATES.get("DRADeviceBindingConditions" if gate == "DRAResourceClaimDeviceStatus" else gate)
    return own if own is not None else GO_NAMES[gate.removeprefix("DRA")]
