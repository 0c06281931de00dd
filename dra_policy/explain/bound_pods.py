"""Pods that can use no node for reasons other than devices, and pods that an allocated claim keeps elsewhere."""

from __future__ import annotations

from dra_policy.explain.cause import Cause
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.refused_nodes import refusal_words
from dra_policy.fleet import ClaimElsewhere, Fleet, NodeAdmission


def is_refused_everywhere(admission: NodeAdmission | None, fleet: Fleet) -> bool:
    """Whether there are nodes, and the pod can use none of them."""
    return admission is not None and bool(fleet.nodes) and len(admission.refused) == len(fleet.nodes)


def cause_of_no_node(admission: NodeAdmission) -> Cause:
    """The pod's own rules and the nodes' taints leave no node: why, and how many nodes for each reason."""
    counted: dict[tuple[str, str], int] = {}
    for refusal in admission.refused.values():
        words = refusal_words(refusal)
        counted[words] = counted.get(words, 0) + 1
    ranked = sorted(counted.items(), key=lambda item: -item[1])
    arguments: dict[str, ReasonValue] = {
        "nodes": len(admission.refused),
        "kinds": tuple(kind for (kind, _), _ in ranked),
        "whats": tuple(what or "-" for (_, what), _ in ranked),
        "counts": tuple(number for _, number in ranked),
    }
    return Cause("DRA526", Reason("no-node", arguments))


def cause_of_binding(admission: NodeAdmission, waiting: tuple[str, ...], node: str) -> Cause:
    """Allocated claims keep the pod off ``node``, where everything else would fit."""
    claims = admission.claims
    usable = sorted(set(claims[0].nodes).intersection(*(each.nodes for each in claims)))
    refusals = [admission.refused[each] for each in usable if each in admission.refused]
    # A node that all claims allow can only be refused for the pod's own rules and taints.
    kind, what = refusal_words(refusals[0]) if len(refusals) == len(usable) and refusals else ("", "")
    keeping = {each.claim for each in admission.refused.values() if isinstance(each, ClaimElsewhere)}
    binding = [each for each in claims if each.name in keeping]
    arguments: dict[str, ReasonValue] = {
        "claims": tuple(each.name for each in binding),
        "users": tuple(dict.fromkeys(user for each in binding for user in each.users)),
        "usable": tuple(usable),
        "kind": kind or None,
        "what": what or None,
        "waiting": waiting,
        "node": node,
    }
    for number, each in enumerate(binding):
        arguments[f"nodes_{number}"] = each.nodes
    return Cause("DRA538", Reason("claim-elsewhere", arguments))
