"""Whether a node is meant by a node selector (k8s.io/component-helpers nodeaffinity)."""

from __future__ import annotations

from dra_policy.model import Device, Node, NodeRequirement, NodeSelector, ResourceSlice

_NAME_FIELD = "metadata.name"


def selects(selector: NodeSelector, node: Node) -> bool:
    """Whether some term holds; in a term all requirements must, and one without any matches no node."""
    return any(
        (term.match_expressions or term.match_fields)
        and all(_holds(each, node.labels.get(each.key)) for each in term.match_expressions)
        and all(_holds(each, node.name if each.key == _NAME_FIELD else None) for each in term.match_fields)
        for term in selector.terms
    )


def _holds(requirement: NodeRequirement, value: str | None) -> bool:
    match requirement.operator:
        case "In":
            return value is not None and value in requirement.values
        case "NotIn":
            return value is None or value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement, value)
        case _:
            return False


def _compares(requirement: NodeRequirement, value: str | None) -> bool:
    """Labels compare as whole numbers; what is none does not match."""
    try:
        limit, actual = int(requirement.values[0]), int(value or "")
    except (ValueError, IndexError):
        return False
    return actual > limit if requirement.operator == "Gt" else actual < limit


def serves(place: ResourceSlice | Device, node: Node) -> bool:
    """Whether a slice, or a device of a slice with per-device node selection, can be used from the node."""
    if place.node_name:
        return place.node_name == node.name
    if place.all_nodes:
        return True
    return place.node_selector is not None and selects(place.node_selector, node)
