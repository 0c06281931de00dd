"""Nodes and slices of a large dump, decoded straight into types: nine of ten objects there are of these kinds.

Only objects that are as plain as those of most drivers are taken; the answer is None for every other (a field that is
unknown or of another type, counters, selectors), which is then read member by member and reported as usual. A recorded
case of plain objects alone is decoded in one go: to scan the text of its devices twice would take as long again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from sys import intern
from typing import Literal

from msgspec import DecodeError, Raw, Struct, ValidationError, field
from msgspec.json import Decoder

from dra_policy.manifests.devices import decoder_of
from dra_policy.manifests.dialects.api_names import MOST_OF_SUBDOMAIN, SUBDOMAIN
from dra_policy.model import DeviceSet, Dialect, Node, NodeTaint, PublishedDevices, ResourceSlice
from dra_policy.model.device_set import NamesByPool
from dra_policy.text import Place

# A field of any form; msgspec knows no `Raw | None`.
ABSENT = Raw(b"")


class Metadata(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """``metadata``, of which most is not looked into."""

    name: str
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: Raw = ABSENT
    generate_name: Raw = ABSENT
    generation: Raw = ABSENT
    managed_fields: Raw = ABSENT
    owner_references: Raw = ABSENT
    resource_version: Raw = ABSENT
    self_link: Raw = ABSENT
    uid: Raw = ABSENT
    finalizers: Raw = ABSENT


class PoolName(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """``spec.pool`` of a slice."""

    name: str = ""
    generation: int = 0
    resource_slice_count: int = 0


class SliceSpec(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """``spec`` of a slice without counters and selectors."""

    driver: str
    pool: PoolName
    devices: Raw = ABSENT
    node_name: str | None = None
    all_nodes: bool | None = None
    per_device_node_selection: bool | None = None


class Slice(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A ResourceSlice."""

    metadata: Metadata
    spec: SliceSpec
    kind: Literal["ResourceSlice"] = "ResourceSlice"
    api_version: Literal[
        "resource.k8s.io/v1", "resource.k8s.io/v1beta2", "resource.k8s.io/v1beta1", "resource.k8s.io/v1alpha3"
    ] = "resource.k8s.io/v1"


class NodeStatus(Struct, rename="camel", gc=False):
    """What of a node's ``status`` decides about devices."""

    allocatable: dict[str, str] = {}
    declared_features: tuple[str, ...] = ()


class CoreTaint(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """An entry of a node's ``spec.taints``."""

    key: str = ""
    value: str | None = None
    effect: str = ""
    time_added: Raw = ABSENT


class NodeSpec(Struct, gc=False, forbid_unknown_fields=True):
    """A node's ``spec``, of which two fields keep pods away."""

    unschedulable: bool | None = None
    taints: tuple[CoreTaint, ...] | None = None
    pod_cidr: Raw = field(default=ABSENT, name="podCIDR")
    pod_cidrs: Raw = field(default=ABSENT, name="podCIDRs")
    provider_id: Raw = field(default=ABSENT, name="providerID")


class KubernetesNode(Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A Node."""

    metadata: Metadata
    spec: NodeSpec | None = None
    status: NodeStatus | None = None
    kind: Literal["Node"] = "Node"
    api_version: Literal["v1"] = "v1"


class AllocatedName(Struct, gc=False):
    """An entry of a recorded case's ``allocatedDevices``."""

    driver: str
    pool: str
    device: str


class RecordedParts(Struct, rename="camel", gc=False):
    """What only a recorded case has, beside nodes and slices."""

    classes: list[Raw] | None = None
    taint_rules: list[Raw] | None = None
    claims: list[Raw] | None = None
    namespaces: list[Raw] | None = None
    quotas: list[Raw] | None = None
    features: Raw = ABSENT
    allocated_devices: Raw = ABSENT
    allocated_shared_device_ids: Raw = field(default=ABSENT, name="allocatedSharedDeviceIDs")
    allocated_capacity: Raw = ABSENT

    @property
    def facts(self) -> dict[str, Raw]:
        """What a recorded case says beside its objects, as far as it is written."""
        facts = {
            "features": self.features,
            "allocatedDevices": self.allocated_devices,
            "allocatedSharedDeviceIDs": self.allocated_shared_device_ids,
            "allocatedCapacity": self.allocated_capacity,
        }
        return {name: raw for name, raw in facts.items() if raw is not ABSENT}


class Top(RecordedParts, rename="camel", gc=False):
    """The text as a whole: a list of objects, a recorded case, or (``kind`` without ``items``) one object."""

    kind: str | None = None
    api_version: str | None = None
    items: list[Raw] | None = None
    nodes: list[Raw] | None = None
    slices: list[Raw] | None = None

    @property
    def lists(self) -> dict[str, list[Raw] | None]:
        """The lists of a recorded case."""
        return {
            "nodes": self.nodes,
            "classes": self.classes,
            "slices": self.slices,
            "taintRules": self.taint_rules,
            "claims": self.claims,
            "namespaces": self.namespaces,
            "quotas": self.quotas,
        }

    @property
    def is_case(self) -> bool:
        """Whether the text has anything that a recorded case has."""
        return bool(self.facts) or any(each is not None for each in self.lists.values())


class PlainCase(RecordedParts, rename="camel", gc=False, kw_only=True):
    """A recorded case of which every node and slice has the form of a plain one."""

    nodes: list[KubernetesNode]
    slices: list[Slice]
    kind: None = None
    items: None = None


_DIALECTS = {f"resource.k8s.io/{each.value}": (each, decoder_of(each)) for each in Dialect if each.is_kubernetes}

_BRACE, _BRACKET = b"{["
# Of many thousand names each is looked at; a pattern of msgspec's takes three times as long.
_name = re.compile(rf"(?!.{{{MOST_OF_SUBDOMAIN + 1}}}){SUBDOMAIN}\Z").match
_NO_STATUS = NodeStatus()

_top = Decoder(Top).decode
_plain_case = Decoder(PlainCase).decode
_list = Decoder(list[Raw]).decode
_slice = Decoder(Slice).decode
_node = Decoder(KubernetesNode).decode
_allocated = Decoder(list[AllocatedName]).decode


def cut(text: bytes) -> Top | list[Raw]:
    """The parts of a text, not decoded.

    Raises msgspec.DecodeError and ValidationError (both are ValueErrors) for a text of another form.
    """
    found = _list(text) if text.lstrip()[:1] == b"[" else _top(text)
    lists = [found] if isinstance(found, list) else [each for each in (found.items, *found.lists.values()) if each]
    if any(memoryview(each)[0] != _BRACE for items in lists for each in items):
        raise ValueError("a list has something other than mappings")
    return found


def plain_case(text: bytes) -> PlainCase | None:
    """A recorded case in one go; None for any other text."""
    try:
        found = _plain_case(text)
    except (ValidationError, DecodeError, UnicodeDecodeError):
        return None
    others = [*(found.classes or ()), *(found.claims or ())]
    return found if all(memoryview(each)[0] == _BRACE for each in others) else None


def read_slice(raw: Raw, place: Place) -> ResourceSlice | None:
    """A slice that is plain; None for one that is not, or that is none."""
    try:
        return slice_of(_slice(raw), place)
    except (ValidationError, DecodeError, UnicodeDecodeError):
        return None


def slice_of(found: Slice, place: Place) -> ResourceSlice | None:
    """A slice of a plain form, if its content is plain too."""
    metadata, spec, devices = found.metadata, found.spec, found.spec.devices
    if _name(metadata.name) is None or (devices is not ABSENT and memoryview(devices)[0] != _BRACKET):
        return None
    pool, node = spec.pool, spec.node_name
    dialect, decode = _DIALECTS[found.api_version]
    return ResourceSlice(
        metadata.name,
        intern(spec.driver),
        intern(pool.name),
        pool.generation,
        pool.resource_slice_count,
        PublishedDevices(b"[]" if devices is ABSENT else devices, decode),
        dialect,
        intern(node) if node else None,
        spec.all_nodes,
        None,
        spec.per_device_node_selection,
        creation_timestamp=metadata.creation_timestamp,
        place=place,
    )


def read_node(raw: Raw, place: Place) -> Node | None:
    """A node that is plain; None for one that is not, or that is none."""
    try:
        return node_of(_node(raw), place)
    except (ValidationError, DecodeError, UnicodeDecodeError):
        return None


def node_of(found: KubernetesNode, place: Place) -> Node | None:
    """A node of a plain form, if its name is one."""
    name, labels, status = found.metadata.name, found.metadata.labels, found.status
    if _name(name) is None:
        return None
    own = {key: intern(value) for key, value in labels.items()} if labels else {}
    if status is None:
        status = _NO_STATUS
    spec = found.spec
    if spec is None or not (spec.unschedulable or spec.taints):
        return Node(intern(name), own, status.allocatable, status.declared_features, place)
    return Node(
        intern(name),
        own,
        status.allocatable,
        status.declared_features,
        place,
        is_unschedulable=bool(spec.unschedulable),
        taints=_taints(spec.taints or ()),
    )


def _taints(written: Sequence[CoreTaint]) -> tuple[NodeTaint, ...]:
    return tuple([NodeTaint(intern(each.key), each.value or "", intern(each.effect)) for each in written])


def read_allocated(raw: Raw | None) -> DeviceSet | None:
    """The devices of a recorded case's ``allocatedDevices``; None where the list has anything else."""
    if raw is None:
        return DeviceSet()
    try:
        found = _allocated(raw)
    except (ValidationError, DecodeError, UnicodeDecodeError):
        return None
    by_pool: NamesByPool = defaultdict(lambda: defaultdict(list))
    for each in found:
        by_pool[each.driver][each.pool].append(each.device)
    devices = DeviceSet()
    devices.update_pools(by_pool)
    return devices
