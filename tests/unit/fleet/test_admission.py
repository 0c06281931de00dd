"""Which nodes a pod may use: rules of core/v1, each quoted from its API documentation."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.fleet import (
    ClaimElsewhere,
    NodeRefusal,
    NotSelected,
    OtherName,
    Unschedulable,
    Untolerated,
    admission_of,
)
from dra_policy.model import (
    Allocation,
    Claim,
    Consumer,
    Dialect,
    Node,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
    NodeTaint,
    Pod,
    Toleration,
)
from dra_policy.record import replace

POD = Pod("p", "ns", Dialect.V1)
NODE = Node("n1", {"zone": "a"})


def refusal(pod: Pod, node: Node, *claims: Claim) -> NodeRefusal | None:
    return admission_of(pod, {node.name: node}, claims).refused.get(node.name)


def required(*terms: tuple[NodeRequirement, ...]) -> NodeSelector:
    return NodeSelector(tuple(NodeSelectorTerm(each) for each in terms))


def allocated(name: str, node: str, *, is_prototype: bool = False, **more: Any) -> Claim:
    only = NodeRequirement("metadata.name", "In", (node,))
    selector = NodeSelector((NodeSelectorTerm(match_fields=(only,)),))
    allocation = Allocation((), None, node) if is_prototype else Allocation((), selector)
    return Claim(name, "ns", Dialect.V1, (), allocation=allocation, **more)


def test_a_pod_without_rules_may_use_every_plain_node() -> None:
    assert refusal(POD, NODE) is None
    assert "n1" in admission_of(POD, {"n1": NODE})


# "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels
# for the pod to be scheduled on that node."
@pytest.mark.parametrize(
    ("labels", "expected"),
    [({"zone": "a"}, None), ({"zone": "b"}, NotSelected()), ({"zone": "a", "x": ""}, NotSelected())],
)
def test_a_node_has_every_label_of_the_node_selector(labels: dict[str, str], expected: NodeRefusal | None) -> None:
    assert refusal(replace(POD, node_selector=labels), NODE) == expected


# "If the affinity requirements specified by this field are not met at scheduling time, the pod will not be scheduled
# onto the node."
def test_required_node_affinity_is_terms_of_which_one_holds() -> None:
    zone_b, zone_a = NodeRequirement("zone", "In", ("b",)), NodeRequirement("zone", "In", ("a",))

    assert refusal(replace(POD, required_nodes=required((zone_b,), (zone_a,))), NODE) is None
    assert refusal(replace(POD, required_nodes=required((zone_b,), (zone_a, zone_b))), NODE) == NotSelected()


def test_a_pod_with_a_node_name_may_use_that_node_only() -> None:
    assert refusal(replace(POD, node_name="n1"), NODE) is None
    assert refusal(replace(POD, node_name="n2"), NODE) == OtherName("n2")


# "Unschedulable controls node schedulability of new pods. By default, node is schedulable."
def test_a_cordoned_node_takes_pods_that_tolerate_the_cordon() -> None:
    cordoned = replace(NODE, is_unschedulable=True)
    cordon = Toleration("node.kubernetes.io/unschedulable", "Exists", effect="NoSchedule")

    assert refusal(POD, cordoned) == Unschedulable()
    assert refusal(replace(POD, tolerations=(cordon,)), cordoned) is None
    assert refusal(replace(POD, tolerations=(replace(cordon, effect="NoExecute"),)), cordoned) == Unschedulable()


# "Required. The effect of the taint on pods that do not tolerate the taint. Valid effects are NoSchedule,
# PreferNoSchedule and NoExecute."
@pytest.mark.parametrize(("effect", "blocks"), [("NoSchedule", True), ("NoExecute", True), ("PreferNoSchedule", False)])
def test_two_effects_of_taints_keep_pods_off(effect: str, blocks: bool) -> None:
    taint = NodeTaint("k", "v", effect)
    assert refusal(POD, replace(NODE, taints=(taint,))) == (Untolerated(taint) if blocks else None)


# "Key is the taint key that the toleration applies to. Empty means match all taint keys." "Exists is equivalent to
# wildcard for value." "Effect indicates the taint effect to match. Empty means match all taint effects."
@pytest.mark.parametrize(
    ("toleration", "tolerates"),
    [
        (Toleration("k", "Equal", "v"), True),
        (Toleration("k", "Equal", "w"), False),
        (Toleration("k", "Exists"), True),
        (Toleration("", "Exists"), True),
        (Toleration("k", "Exists", effect="NoSchedule"), True),
        (Toleration("k", "Exists", effect="NoExecute"), False),
        (Toleration("other", "Exists"), False),
        (Toleration("k", "Gt", "0"), False),
    ],
)
def test_a_toleration_is_for_a_taint(toleration: Toleration, tolerates: bool) -> None:
    tainted = replace(NODE, taints=(NodeTaint("k", "v", "NoSchedule"),))
    assert (refusal(replace(POD, tolerations=(toleration,)), tainted) is None) == tolerates


def test_every_taint_needs_a_toleration() -> None:
    first, second = NodeTaint("a", effect="NoSchedule"), NodeTaint("b", effect="NoExecute")
    pod = replace(POD, tolerations=(Toleration("a", "Exists"),))
    assert refusal(pod, replace(NODE, taints=(first, second))) == Untolerated(second)


# "NodeSelector defines where the allocated resources are available. If unset, they are available everywhere."
def test_an_allocated_claim_binds_a_pod_to_nodes() -> None:
    assert refusal(POD, NODE, allocated("a", "n1")) is None
    assert refusal(POD, NODE, allocated("a", "n2")) == ClaimElsewhere("a")
    everywhere = replace(allocated("a", "n2"), allocation=Allocation(()))
    assert refusal(POD, NODE, everywhere) is None
    assert refusal(POD, NODE, replace(everywhere, allocation=None)) is None


# "This is the node which provides the allocated devices. If empty, then the devices are not local to one particular
# node." (dra-evolution, AllocationResult.NodeName)
def test_a_claim_of_the_prototype_names_its_node() -> None:
    assert refusal(POD, NODE, allocated("a", "n1", is_prototype=True)) is None
    assert refusal(POD, NODE, allocated("a", "n2", is_prototype=True)) == ClaimElsewhere("a")


def test_the_pods_own_rules_are_asked_before_its_claims() -> None:
    nodes = {name: Node(name, {"zone": zone}) for name, zone in (("n1", "a"), ("n2", "b"), ("n3", "b"))}
    used = (Consumer("pods", "p"), Consumer("pods", "q", "u"))
    admission = admission_of(
        replace(POD, node_selector={"zone": "b"}), nodes, [allocated("x", "n3", reserved_for=used)]
    )

    assert admission.refused == {"n1": NotSelected(), "n2": ClaimElsewhere("x")}
    assert admission.without_claims.refused == {"n1": NotSelected()}
    assert admission.is_bound_by_claims
    assert [(each.name, each.nodes, each.users) for each in admission.claims] == [("x", ("n3",), ("q",))]
