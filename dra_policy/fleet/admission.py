"""Which nodes a pod may use, whatever devices they have: its node rules, the nodes' taints, its allocated claims.

The scheduler asks in this order and stops at the first "no": NodeUnschedulable, NodeName, TaintToleration,
NodeAffinity, then DynamicResources about claims that are allocated already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from dra_policy.fleet.node_match import only_node, selects_leniently
from dra_policy.model import (
    Allocation,
    Claim,
    Node,
    NodeSelector,
    NodeTaint,
    Pod,
    Toleration,
)
from dra_policy.record import dataclass, field, replace
from dra_policy.text import Span

NO_FIT_TEXT = "cannot allocate all claims"
_BLOCKING_EFFECTS = frozenset(("NoSchedule", "NoExecute"))
_UNSCHEDULABLE = NodeTaint("node.kubernetes.io/unschedulable", effect="NoSchedule")


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """The node is cordoned (``spec.unschedulable``)."""

    text = "node(s) were unschedulable"


@dataclass(frozen=True, slots=True)
class OtherName:
    """The pod is to run on the node ``wanted``."""

    wanted: str
    text = "node(s) didn't match the requested node name"


@dataclass(frozen=True, slots=True)
class Untolerated:
    """The node has a taint that the pod does not tolerate: the first one."""

    taint: NodeTaint
    text = "node(s) had untolerated taint(s)"


@dataclass(frozen=True, slots=True)
class NotSelected:
    """The pod's ``nodeSelector`` or required node affinity does not select the node."""

    text = "node(s) didn't match Pod's node affinity/selector"


@dataclass(frozen=True, slots=True)
class LacksResource:
    """The node has less of a plain resource than the pod wants."""

    resource: str

    @property
    def text(self) -> str:
        """What NodeResourcesFit says."""
        return f"Insufficient {self.resource}"


@dataclass(frozen=True, slots=True)
class ServedByPlugin:
    """The node serves an extended resource otherwise than the nodes in question: by a device plugin, or by a claim."""

    resource: str
    text = NO_FIT_TEXT


@dataclass(frozen=True, slots=True)
class ClaimElsewhere:
    """A claim of the pod is allocated, and its devices cannot be used from the node."""

    claim: str
    text = "resourceclaim not available on the node"


@dataclass(frozen=True, slots=True)
class BoundClaim:
    """An allocated claim of a pod that can be used from these nodes only; ``users`` are its other consumers."""

    name: str
    nodes: tuple[str, ...]
    users: tuple[str, ...] = ()


NodeRefusal = Unschedulable | OtherName | Untolerated | NotSelected | LacksResource | ServedByPlugin | ClaimElsewhere
"""Why a pod cannot use a node; ``text`` is what the scheduler says of it."""


@dataclass(frozen=True, slots=True)
class NodeAdmission:
    """The nodes that a pod cannot use, with the reason; all others it may use. ``in`` asks for one by its name.

    ``claims`` are the allocated ones that bind it to nodes. ``is_written``: the pod has node rules of its own, the
    first of them at ``span``.
    """

    refused: Mapping[str, NodeRefusal] = field(default_factory=dict, hash=False)
    claims: tuple[BoundClaim, ...] = ()
    is_written: bool = False
    span: Span | None = field(default=None, compare=False)

    def __contains__(self, node: object) -> bool:
        """Whether the pod may use the node."""
        return node not in self.refused

    @property
    def without_claims(self) -> NodeAdmission:
        """The admission if none of the pod's claims were allocated."""
        kept = {node: why for node, why in self.refused.items() if not isinstance(why, ClaimElsewhere)}
        return self if len(kept) == len(self.refused) else replace(self, refused=kept, claims=())

    @property
    def is_bound_by_claims(self) -> bool:
        """Whether allocated claims keep the pod off some node."""
        return any(isinstance(each, ClaimElsewhere) for each in self.refused.values())


def admission_of(pod: Pod, nodes: Mapping[str, Node], claims: Iterable[Claim] = ()) -> NodeAdmission:
    """Which of the nodes a pod may use; of its ``claims`` those count that are allocated."""
    bound = [
        (claim, selector)
        for claim in claims
        if claim.allocation is not None and (selector := node_selector_of(claim.allocation)) is not None
    ]
    refuse = _judge(pod, [(claim.name, selector) for claim, selector in bound])
    field_name = _written_rule(pod)
    # Without rules only the nodes' own marks refuse a pod: of a large fleet few have any.
    asked = nodes.values() if field_name or bound else [n for n in nodes.values() if n.is_unschedulable or n.taints]
    found = ((node.name, refuse(node)) for node in asked)
    refused = {name: why for name, why in found if why is not None}
    place = pod.spec_place if field_name else None
    return NodeAdmission(
        refused,
        tuple(_bound_claim(pod, claim, selector, nodes) for claim, selector in bound),
        bool(field_name),
        place.child(field_name).span if place else None,
    )


def _bound_claim(pod: Pod, claim: Claim, selector: NodeSelector, nodes: Mapping[str, Node]) -> BoundClaim:
    others = [each.name for each in claim.reserved_for if not pod.is_consumer(each)]
    return BoundClaim(
        claim.name, tuple(name for name, node in nodes.items() if selects_leniently(selector, node)), tuple(others)
    )


def _written_rule(pod: Pod) -> str:
    """The field of the pod's first node rule; empty where it has none."""
    if pod.node_selector:
        return "nodeSelector"
    if pod.required_nodes is not None:
        return "affinity"
    return "nodeName" if pod.node_name is not None else ""


def _judge(pod: Pod, selectors: Sequence[tuple[str, NodeSelector]]) -> Callable[[Node], NodeRefusal | None]:
    labels = tuple(pod.node_selector.items())
    tolerates_cordon = is_tolerated(_UNSCHEDULABLE, pod.tolerations)

    def refuse(node: Node) -> NodeRefusal | None:
        if node.is_unschedulable and not tolerates_cordon:
            return Unschedulable()
        if pod.node_name is not None and pod.node_name != node.name:
            return OtherName(pod.node_name)
        for taint in node.taints:
            if taint.effect in _BLOCKING_EFFECTS and not is_tolerated(taint, pod.tolerations):
                return Untolerated(taint)
        if any(node.labels.get(key) != value for key, value in labels):
            return NotSelected()
        if pod.required_nodes is not None and not selects_leniently(pod.required_nodes, node):
            return NotSelected()
        return next(
            (ClaimElsewhere(claim) for claim, selector in selectors if not selects_leniently(selector, node)), None
        )

    return refuse


def node_selector_of(allocation: Allocation) -> NodeSelector | None:
    """The nodes from which allocated devices can be used; None: all.

    "If empty, then the devices are not local to one particular node" (dra-evolution, AllocationResult.NodeName).
    """
    if allocation.node_selector is not None or not allocation.node_name:
        return allocation.node_selector
    return only_node(allocation.node_name)


def is_tolerated(taint: NodeTaint, tolerations: Sequence[Toleration]) -> bool:
    """Whether one of a pod's tolerations is for the taint (core/v1 Toleration.ToleratesTaint)."""
    return any(
        each.effect in ("", taint.effect)
        and each.key in ("", taint.key)
        and (each.operator == "Exists" or (each.operator in ("", "Equal") and each.value == taint.value))
        for each in tolerations
    )
