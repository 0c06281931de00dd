"""Pods, as far as devices are concerned: the claims that they use and the extended resources they ask for."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.model.claim import Claim, Constraint, Consumer, Preference, Requirement, Toleration
from dra_policy.model.dialect import Dialect
from dra_policy.model.node import NodeSelector
from dra_policy.record import dataclass, field
from dra_policy.text import Place


@dataclass(frozen=True, slots=True)
class PodClaim:
    """One claim of a pod: an existing one, one made from a template, or (k8srm) one written in the pod.

    Exactly one of ``claim_name``, ``template_name``, ``inline`` is set where the pod is right.
    """

    name: str
    claim_name: str | None = None
    template_name: str | None = None
    inline: Claim | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ContainerClaim:
    """A container's use of a pod's claim, or of one request of it."""

    name: str
    request: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Container:
    """A container: the claims that it uses, its limits and its requests (resource name to quantity text).

    ``is_init``: an init container that ends before the next one starts; a sidecar is none.
    """

    name: str
    claims: tuple[ContainerClaim, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict, hash=False)
    requests: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_init: bool = False
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or the pod template of a workload (``workload`` is then ``deployment/name``, with so many ``replicas``).

    ``owner`` is its controller, written in the same way; ``first_ordinal`` the number of a StatefulSet's first pod.

    ``node_name``, ``node_selector`` (labels), ``required_nodes`` (``affinity.nodeAffinity.required…``) and
    ``tolerations`` say which nodes it may use; while it has ``scheduling_gates``, or once it ``has_ended``, no node is
    looked for. ``extended_claim_name`` is the claim that the scheduler made for its extended resources. A ResourceQuota
    may be about pods of its ``quota_scopes`` or of its priority class only.

    ``constraints``, ``requirements`` and ``preferences`` are a policy's, over all claims of the pod: a constraint names
    ``CLAIM/REQUEST``, or ``CLAIM`` for all requests of one.
    """

    name: str
    namespace: str
    dialect: Dialect
    claims: tuple[PodClaim, ...] = ()
    containers: tuple[Container, ...] = ()
    node_name: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict, hash=False)
    required_nodes: NodeSelector | None = None
    tolerations: tuple[Toleration, ...] = ()
    scheduling_gates: tuple[str, ...] = ()
    has_ended: bool = False
    workload: str | None = None
    replicas: int = 1
    first_ordinal: int = 0
    uid: str = ""
    owner: str | None = None
    resource_claim_statuses: Mapping[str, str] = field(default_factory=dict, hash=False)
    extended_claim_name: str | None = None
    quota_scopes: frozenset[str] = frozenset({"NotTerminating", "BestEffort"})
    priority_class_name: str = ""
    place: Place | None = field(default=None, compare=False)
    spec_place: Place | None = field(default=None, compare=False)
    constraints: tuple[Constraint, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    preferences: tuple[Preference, ...] = ()

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @property
    def consumer(self) -> Consumer:
        """The pod as a claim's ``status.reservedFor`` names it."""
        return Consumer("pods", self.name, self.uid)

    def is_consumer(self, consumer: Consumer) -> bool:
        """Whether a claim's consumer is this pod: by uid where both have one, else by name."""
        is_same = consumer.uid == self.uid if consumer.uid and self.uid else consumer.name == self.name
        return consumer.resource == "pods" and is_same


@dataclass(frozen=True, slots=True)
class PodGroup:
    """``group`` of a policy: so many pods of one kind, all of them or none.

    Every pod has claims of its own where the pod says so, and uses the group's ``claims`` beside them. Constraints and
    requirements hold across all pods; in a requirement ``pods`` is a list with the ``claims`` of each.
    """

    name: str
    namespace: str
    count: int
    pod_name: str
    claims: tuple[PodClaim, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    place: Place | None = field(default=None, compare=False)

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"
