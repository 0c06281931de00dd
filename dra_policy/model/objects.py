"""Everything that was read: the one internal form of all dialects."""

from __future__ import annotations

from collections import Counter

from dra_policy.model.claim import Claim, ClaimTemplate, DeviceClass
from dra_policy.model.device import DeviceId, DeviceTaintRule
from dra_policy.model.device_set import DeviceSet
from dra_policy.model.node import Namespace, Node
from dra_policy.model.pod import Pod, PodGroup
from dra_policy.model.quota import Quota, ResourceQuota
from dra_policy.model.resource_slice import ResourceSlice
from dra_policy.record import dataclass, field
from dra_policy.values import Quantity


@dataclass(frozen=True, slots=True)
class SharedUse:
    """Capacity of a shareable device that claims hold already, summed over their shares."""

    device: DeviceId
    consumed_capacity: tuple[tuple[str, Quantity], ...]


@dataclass(slots=True)
class Objects:
    """The objects of some inputs, in the order in which they were read, without doubles (the later one stands).

    ``allocated_devices``, ``shared_uses`` and ``features`` come from recorded cases, which state them apart from any
    claim; ``is_recorded`` says that objects of a recorded case are among these. ``skipped`` counts objects of kinds
    that do not matter here, by ``apiVersion/kind``.
    """

    nodes: list[Node] = field(default_factory=list)
    namespaces: list[Namespace] = field(default_factory=list)
    classes: list[DeviceClass] = field(default_factory=list)
    slices: list[ResourceSlice] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    templates: list[ClaimTemplate] = field(default_factory=list)
    pods: list[Pod] = field(default_factory=list)
    groups: list[PodGroup] = field(default_factory=list)
    taint_rules: list[DeviceTaintRule] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)
    resource_quotas: list[ResourceQuota] = field(default_factory=list)
    allocated_devices: DeviceSet = field(default_factory=DeviceSet)
    allocated_shares: list[tuple[DeviceId, str]] = field(default_factory=list)
    shared_uses: list[SharedUse] = field(default_factory=list)
    features: dict[str, bool] | None = None
    is_recorded: bool = False
    skipped: Counter[str] = field(default_factory=Counter)
