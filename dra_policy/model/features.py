"""Which optional parts of Kubernetes' allocator are on: the feature gates, per release."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.model.defaults import DEFAULT_KUBERNETES
from dra_policy.model.gates import GATES, LISTS, Gate
from dra_policy.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Features:
    """What is on of the structured allocator (Features in k8s.io/dynamic-resource-allocation), and of what feeds it.

    ``device_taint_rules`` is a switch of the scheduler, which adds the rules' taints before the allocator sees a slice.
    The defaults are those of Kubernetes 1.37.
    """

    admin_access: bool = True
    prioritized_list: bool = True
    partitionable_devices: bool = True
    device_taints: bool = True
    device_taint_rules: bool = True
    device_binding_conditions: bool = True
    resource_claim_device_status: bool = True
    consumable_capacity: bool = True
    extended_resource: bool = True
    fractional_capacity_range: bool = True
    list_type_attributes: bool = False
    derived_attributes: bool = False
    compatibility_groups: bool = False
    optional_node_operations: bool = False
    taint_rules_select: bool = False
    """Whether taint rules select by class and by CEL too, as in 1.33 and 1.34."""
    bare_taint_rules_match: bool = False
    """Whether a taint rule without a selector means all devices, as up to 1.36; later it means none."""
    always_shows_lists: bool = True
    """Whether selectors read lists of values even where their gate is off, as they do from 1.37 on."""
    takes_stable: bool = False
    """Whether the stable allocator is taken where it has all that is on, as Kubernetes does; not for recorded cases."""

    @property
    def shows_lists(self) -> bool:
        """Whether selectors read lists of values; else a device that publishes one fails every selector."""
        return self.always_shows_lists or self.list_type_attributes

    @property
    def device_binding_and_status(self) -> bool:
        """Whether devices with binding conditions can be had: it takes both gates (AllocatorFeatures)."""
        return self.device_binding_conditions and self.resource_claim_device_status

    @property
    def needs_experimental(self) -> bool:
        """Whether Kubernetes takes its experimental allocator for these switches: the incubating one lacks some."""
        return (
            self.list_type_attributes
            or self.derived_attributes
            or self.compatibility_groups
            or self.optional_node_operations
        )

    @property
    def knows_distinct_attributes(self) -> bool:
        """Whether Kubernetes takes an allocator that knows ``distinctAttribute``: its stable one does not."""
        return (
            not self.takes_stable
            or self.consumable_capacity
            or self.device_binding_and_status
            or self.fractional_capacity_range
            or self.needs_experimental
        )

    @classmethod
    def of_version(cls, kubernetes: str = DEFAULT_KUBERNETES) -> Features:
        """The gates that are on by default in a minor release from ``1.31`` on; newer ones are as 1.37."""
        minor = int(kubernetes.split(".")[1]) if kubernetes.count(".") else 37
        on = {gate.switches: gate.is_on_in(minor) for gate in GATES.values() if gate.switches}
        # Before it had a gate, in 1.31, admin access came with the API itself; taint rules came with device taints.
        before = ({"admin_access": True} if minor < 32 else {}) | _with_taints(minor)
        return cls(
            **on | before,
            taint_rules_select=minor < 35,
            bare_taint_rules_match=minor < 37,
            always_shows_lists=LISTS.is_needless_in(minor),
            takes_stable=True,
        )

    @classmethod
    def of_case(cls, switches: Mapping[str, bool]) -> Features:
        """The switches of a recorded case: names as in the Go struct, a missing one is off.

        DeviceTaintRules is none of that struct: it is on unless the case says otherwise.
        """
        switches = {"DeviceTaintRules": True, **switches}
        return cls(**{own: switches.get(name, False) for name, fields in GO_NAMES.items() for own in fields})

    def with_gates(self, gates: Mapping[str, bool]) -> Features:
        """The same with some switches set, by the Go struct's names or by feature gate (``DRAConsumableCapacity``).

        Raises KeyError for a name that is neither.
        """
        values: dict[str, bool] = {}
        for gate, enabled in gates.items():
            values.update(dict.fromkeys(_fields_of(gate), enabled))
        return replace(self, **values)


def gate_of(name: str) -> Gate | None:
    """The feature gate of that name, or the one behind that name of the Go struct; None for anything else."""
    fields = GO_NAMES.get(name.removeprefix("DRA"), ())
    return GATES.get(name) or next((gate for gate in GATES.values() if gate.switches in fields), None)


GO_NAMES: Mapping[str, tuple[str, ...]] = {
    "AdminAccess": ("admin_access",),
    "PrioritizedList": ("prioritized_list",),
    "PartitionableDevices": ("partitionable_devices",),
    "DeviceTaints": ("device_taints",),
    "DeviceTaintRules": ("device_taint_rules",),
    "DeviceBindingAndStatus": ("device_binding_conditions", "resource_claim_device_status"),
    "ConsumableCapacity": ("consumable_capacity",),
    "FractionalCapacityRange": ("fractional_capacity_range",),
    "ListTypeAttributes": ("list_type_attributes",),
    "DerivedAttributes": ("derived_attributes",),
    "CompatibilityGroups": ("compatibility_groups",),
    "OptionalNodeOperations": ("optional_node_operations",),
}
"""The names of the Go struct and of the scheduler's switch for taint rules, and the fields here."""


def _with_taints(minor: int) -> dict[str, bool]:
    rules = GATES["DRADeviceTaintRules"]
    return {} if rules.exists_in(minor) else {rules.switches: True}


def _fields_of(name: str) -> tuple[str, ...]:
    gate = GATES.get(name)
    if gate is None:
        return GO_NAMES[name.removeprefix("DRA")]
    return (gate.switches,) if gate.switches else ()
