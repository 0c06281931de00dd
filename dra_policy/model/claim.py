"""What is asked for: device classes, claims with their requests and constraints, and what was allocated."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from dra_policy.model.device import DeviceId
from dra_policy.model.dialect import Dialect
from dra_policy.model.node import NodeSelector
from dra_policy.model.selector import Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Place
from dra_policy.values import JsonValue, Quantity


@dataclass(frozen=True, slots=True)
class Configuration:
    """Opaque parameters for a driver, passed on with an allocation; no ``requests`` means all of the claim."""

    driver: str
    parameters: JsonValue = field(hash=False)
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """A named set of devices (DeviceClass).

    A device belongs to it if its driver is ``driver`` (k8srm only; None: any) and every selector holds, or, where
    ``member_labels`` is set (k8srm only), if it belongs to a class with these labels.
    """

    name: str
    dialect: Dialect
    selectors: tuple[Selector, ...] = ()
    configurations: tuple[Configuration, ...] = field(default=(), hash=False)
    extended_resource_name: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    driver: str | None = None
    member_labels: Mapping[str, str] | None = field(default=None, hash=False)
    creation_timestamp: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Toleration:
    """A taint that a request puts up with (DeviceToleration); empty key or effect matches any."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class AllocationMode(Enum):
    """How many devices a request asks for (DeviceAllocationMode)."""

    EXACT_COUNT = "ExactCount"
    ALL = "All"


@dataclass(frozen=True, slots=True)
class Demand:
    """What one request, or one alternative of it, asks for (ExactDeviceRequest, DeviceSubRequest).

    ``name`` is empty for a request without alternatives. ``allocation_mode`` is a text where the API does not know
    the value. ``admin_access`` None means not written. ``maximum_count`` makes of ``count`` a range (``1 to 8`` of a
    policy, k8srm's ``maxDevices``): the fewest devices that satisfy everything. ``total_capacity`` is k8srm's
    ``requests``; ``allow_shared`` its wish for shares of devices.
    """

    device_class_name: str
    selectors: tuple[Selector, ...] = ()
    allocation_mode: AllocationMode | str = AllocationMode.EXACT_COUNT
    count: int = 1
    admin_access: bool | None = None
    tolerations: tuple[Toleration, ...] = ()
    capacity_requests: Mapping[str, Quantity] = field(default_factory=dict, hash=False)
    name: str = ""
    configurations: tuple[Configuration, ...] = field(default=(), hash=False)
    maximum_count: int | None = None
    total_capacity: Mapping[str, Quantity] = field(default_factory=dict, hash=False)
    allow_shared: bool = False
    derived_attributes: tuple[tuple[str, str], ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A request: one demand, or (``prioritized``) the first of several that works (firstAvailable, oneOf)."""

    name: str
    demands: tuple[Demand, ...]
    prioritized: bool = False
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MatchAttribute:
    """All devices of the named requests must have one value of the attribute; no names: all requests."""

    attribute: str
    requests: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DistinctAttribute:
    """All devices of the named requests must have different values of the attribute; no names: all requests."""

    attribute: str
    requests: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UnknownConstraint:
    """A constraint of no kind that is known: Kubernetes refuses the claim for it."""

    place: Place | None = field(default=None, compare=False)


Constraint = MatchAttribute | DistinctAttribute | UnknownConstraint


@dataclass(frozen=True, slots=True)
class Requirement:
    """``require`` of a policy: CEL over the chosen devices, which must be true of a whole solution.

    In a claim each request is a list of devices by its name; in a pod or group ``claims.NAME.REQUEST`` is one.
    ``aliases`` are the short names of drivers and domains, with what they stand for: devices have them as fields.
    """

    expression: Selector
    aliases: tuple[tuple[str, str], ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Preference:
    """``prefer`` of a policy: CEL as in a ``Requirement``; of two solutions the one with the larger value is better.

    Several stand in order: an earlier one outranks all later ones.
    """

    expression: Selector
    aliases: tuple[tuple[str, str], ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AllocatedDevice:
    """One device that a claim holds (DeviceRequestAllocationResult); ``request`` is ``request[/alternative]``."""

    request: str
    device: DeviceId
    admin_access: bool = False
    share_id: str | None = None
    consumed_capacity: Mapping[str, Quantity] = field(default_factory=dict, hash=False)
    tolerations: tuple[Toleration, ...] = ()
    binding_conditions: tuple[str, ...] = ()
    binding_failure_conditions: tuple[str, ...] = ()
    skip_node_operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a claim was given. In dra-evolution ``node_name`` says where, and device names are per node.

    ``shareable`` is dra-evolution's too: whether several pods may use what was given; None where it is not written.
    """

    devices: tuple[AllocatedDevice, ...]
    node_selector: NodeSelector | None = None
    node_name: str | None = None
    shareable: bool | None = None


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who may use an allocated claim (``status.reservedFor``)."""

    resource: str
    name: str
    uid: str = ""


EXTENDED_CLAIM = "resource.kubernetes.io/extended-resource-claim"
"""The annotation of a claim that the scheduler makes for a pod's extended resources."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim (ResourceClaim; DeviceClaim in k8srm).

    ``owner_pod`` is the pod that a generated claim belongs to, ``owner_uid`` its uid if that is known. ``shareable`` is
    dra-evolution's (None: not written); Kubernetes' claims always are. ``deletion_timestamp`` and
    ``creation_timestamp`` are RFC 3339 texts as published. ``annotations`` are those by which Kubernetes marks claims
    that it makes for pods; rules of quotas read ``labels``.
    """

    name: str
    namespace: str
    dialect: Dialect
    requests: tuple[Request, ...]
    constraints: tuple[Constraint, ...] = ()
    configurations: tuple[Configuration, ...] = field(default=(), hash=False)
    allocation: Allocation | None = None
    reserved_for: tuple[Consumer, ...] = ()
    owner_pod: str | None = None
    owner_uid: str = ""
    shareable: bool | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)
    requirements: tuple[Requirement, ...] = ()
    preferences: tuple[Preference, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class ClaimTemplate:
    """A pattern that claims of pods are made from (ResourceClaimTemplate); ``claim`` has the template's own name."""

    name: str
    namespace: str
    claim: Claim
    place: Place | None = field(default=None, compare=False)
