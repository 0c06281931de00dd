"""The one internal form of devices, pools, classes, claims, pods and quotas; no YAML, no CEL."""

from dra_policy.model.claim import (
    AllocatedDevice,
    Allocation,
    AllocationMode,
    Claim,
    ClaimTemplate,
    Configuration,
    Constraint,
    Consumer,
    Demand,
    DeviceClass,
    DistinctAttribute,
    MatchAttribute,
    Request,
    Selector,
    Toleration,
    UnknownConstraint,
)
from dra_policy.model.device import (
    Capacity,
    CapacityPolicy,
    CounterConsumption,
    CounterSet,
    Device,
    DeviceId,
    DeviceTaintRule,
    Taint,
    ValidRange,
)
from dra_policy.model.dialect import Dialect
from dra_policy.model.node import Namespace, Node, NodeRequirement, NodeSelector, NodeSelectorTerm
from dra_policy.model.objects import Objects, SharedUse
from dra_policy.model.pod import Container, ContainerClaim, Pod, PodClaim
from dra_policy.model.quota import Quota, ResourceQuota
from dra_policy.model.resource_slice import PublishedDevices, ResourceSlice
from dra_policy.model.vocabulary import AttributeUse, Vocabulary

__all__ = [
    "AllocatedDevice",
    "Allocation",
    "AllocationMode",
    "AttributeUse",
    "Capacity",
    "CapacityPolicy",
    "Claim",
    "ClaimTemplate",
    "Configuration",
    "Constraint",
    "Consumer",
    "Container",
    "ContainerClaim",
    "CounterConsumption",
    "CounterSet",
    "Demand",
    "Device",
    "DeviceClass",
    "DeviceId",
    "DeviceTaintRule",
    "Dialect",
    "DistinctAttribute",
    "MatchAttribute",
    "Namespace",
    "Node",
    "NodeRequirement",
    "NodeSelector",
    "NodeSelectorTerm",
    "Objects",
    "Pod",
    "PodClaim",
    "PublishedDevices",
    "Quota",
    "Request",
    "ResourceQuota",
    "ResourceSlice",
    "Selector",
    "SharedUse",
    "Taint",
    "Toleration",
    "UnknownConstraint",
    "ValidRange",
    "Vocabulary",
]
