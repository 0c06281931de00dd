"""The nodes that a pod cannot use, by reason, as rows and lists of an explanation name them."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.funnel import RefusedNodes
from dra_policy.explain.spots import Spot
from dra_policy.fleet import (
    ClaimElsewhere,
    LacksResource,
    NodeRefusal,
    NotSelected,
    OtherName,
    ServedByPlugin,
    Unschedulable,
    Untolerated,
)


def refusal_words(refusal: NodeRefusal) -> tuple[str, str]:
    """The kind of a refusal and what it is about; see ``RefusedNodes``."""
    match refusal:
        case Unschedulable():
            return "unschedulable", ""
        case OtherName(wanted=wanted):
            return "name", wanted
        case Untolerated(taint=taint):
            return "taint", str(taint)
        case NotSelected():
            return "selector", ""
        case LacksResource(resource=resource):
            return "lacks", resource
        case ServedByPlugin(resource=resource):
            return "plugin", resource
        case ClaimElsewhere(claim=claim):
            return "claim", claim


def refused_nodes(spots: Sequence[Spot]) -> tuple[RefusedNodes, ...]:
    """The refused nodes by reason, those of the most frequent reason first."""
    found: dict[tuple[str, str], list[str]] = {}
    for spot in spots:
        if spot.refusal is not None:
            found.setdefault(refusal_words(spot.refusal), []).extend(spot.nodes)
    ranked = sorted(found.items(), key=lambda item: -len(item[1]))
    return tuple(RefusedNodes(kind, what, tuple(sorted(nodes))) for (kind, what), nodes in ranked)
