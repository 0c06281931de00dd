"""Kubernetes' feature gates: in which releases they are, and from which one on they are on."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """A feature gate: the minor releases that have it (``until`` is the last one), and from which one on it is on.

    ``switches`` is the field of ``model.features.Features``; empty where no answer here depends on the gate. From
    ``locked_since`` on it can no more be set otherwise; where it is on, it ``needs`` other gates. ``needless_since``:
    from that minor release on, selectors have what it brings whatever the gate says.
    """

    since: int
    on_since: int | None = None
    switches: str = ""
    until: int | None = None
    locked_since: int | None = None
    needs: tuple[str, ...] = ()
    needless_since: int | None = None

    def exists_in(self, minor: int) -> bool:
        """Whether a minor release has the gate."""
        return self.since <= minor and (self.until is None or minor <= self.until)

    def is_needless_in(self, minor: int) -> bool:
        """Whether selectors of a minor release have what the gate brings, though it is off."""
        return self.needless_since is not None and self.needless_since <= minor

    def is_on_in(self, minor: int) -> bool:
        """Whether the gate is on by default in a minor release."""
        return self.on_since is not None and self.on_since <= minor

    def is_locked_in(self, minor: int) -> bool:
        """Whether the gate has to stay as it is by default in a minor release."""
        return self.locked_since is not None and self.locked_since <= minor


CHECKS_NEEDS = 35
"""From which minor release on a gate is refused while one that it needs is off."""

GATES: Mapping[str, Gate] = {
    "DRAAdminAccess": Gate(32, 34, "admin_access", locked_since=36),
    "DRAPrioritizedList": Gate(33, 34, "prioritized_list", locked_since=37),
    "DRAPartitionableDevices": Gate(33, 36, "partitionable_devices"),
    "DRADeviceTaints": Gate(33, 36, "device_taints"),
    "DRADeviceTaintRules": Gate(35, 37, "device_taint_rules", needs=("DRADeviceTaints",)),
    "DRADeviceBindingConditions": Gate(34, 36, "device_binding_conditions", needs=("DRAResourceClaimDeviceStatus",)),
    "DRAResourceClaimDeviceStatus": Gate(32, 33, "resource_claim_device_status", locked_since=37),
    "DRAConsumableCapacity": Gate(34, 36, "consumable_capacity"),
    "DRAExtendedResource": Gate(34, 36, "extended_resource", locked_since=37),
    "DRAFractionalCapacityRange": Gate(37, 37, "fractional_capacity_range", needs=("DRAConsumableCapacity",)),
    "DRAListTypeAttributes": Gate(36, None, "list_type_attributes", needless_since=37),
    "DRADerivedAttributes": Gate(37, None, "derived_attributes"),
    "DRADeviceCompatibilityGroups": Gate(37, None, "compatibility_groups", needs=("DRAPartitionableDevices",)),
    "DRAOptionalNodeOperations": Gate(37, None, "optional_node_operations"),
    "DRAControlPlaneController": Gate(26, None, until=31),
    "DRANodeAllocatableResources": Gate(36),
    "DRAPartitionableDevicesType": Gate(37, needs=("DRAPartitionableDevices", "DRAResourcePoolStatus")),
    "DRAResourceClaimGranularStatusAuthorization": Gate(36, 36, needs=("DRAResourceClaimDeviceStatus",)),
    "DRAResourcePoolStatus": Gate(36),
    "DRASchedulerFilterTimeout": Gate(34, 34),
    "DRAWorkloadResourceClaims": Gate(36),
    "DynamicResourceAllocation": Gate(26, 34, locked_since=35),
    "KubeletPodResourcesDynamicResources": Gate(27, 34, locked_since=36),
    "ResourceHealthStatus": Gate(31, 36),
}
"""Kubernetes' feature gates about devices. From pkg/features/kube_features.go."""

LISTS = GATES["DRAListTypeAttributes"]
SHARES = GATES["DRAConsumableCapacity"]

GATED: Mapping[str, str] = {"includes": "DRAListTypeAttributes", "allowMultipleAllocations": "DRAConsumableCapacity"}
"""What gates bring to selectors: functions and fields of ``device``, and the gate of each."""
