"""Whether a node is meant by a node selector (k8s.io/component-helpers nodeaffinity)."""

from __future__ import annotations

import functools

from dra_policy.model import Device, Node, NodeRequirement, NodeSelector, NodeSelectorTerm, ResourceSlice
from dra_policy.record import dataclass
from dra_policy.values import parse_int64

NAME_FIELD = "metadata.name"
"""The only field of a node that selectors may name."""


@dataclass(frozen=True, slots=True)
class UnreadableSelector:
    """A node selector that Kubernetes cannot parse: how it prints it, and what is wrong with it."""

    printed: str
    complaint: str

    @property
    def text(self) -> str:
        """Kubernetes' error."""
        return f"failed to parse node selector {self.printed}: {self.complaint}"


def only_node(name: str) -> NodeSelector:
    """The selector of one node by its name, as the allocator writes it."""
    return NodeSelector((NodeSelectorTerm(match_fields=(NodeRequirement(NAME_FIELD, "In", (name,)),)),))


def only_node_of(selector: NodeSelector | None) -> str | None:
    """The node that a selector names by its ``metadata.name``, as the allocator does for devices of one node."""
    terms = selector.terms if selector is not None else ()
    fields = terms[0].match_fields if len(terms) == 1 else ()
    names = [each.values for each in fields if (each.key, each.operator) == (NAME_FIELD, "In")]
    return names[0][0] if len(names) == 1 and len(names[0]) == 1 else None


def selects(selector: NodeSelector, node: Node) -> bool | UnreadableSelector:
    """Whether some term holds; in a term all requirements must, and one without any matches no node."""
    wrong = unreadable(selector)
    return any(_term_holds(term, node) for term in selector.terms) if wrong is None else wrong


def selects_leniently(selector: NodeSelector, node: Node) -> bool:
    """The same where a term that cannot be parsed matches no node, as the scheduler reads the affinity of a pod."""
    readable = (term for term in selector.terms if unreadable(NodeSelector((term,))) is None)
    return any(_term_holds(term, node) for term in readable)


def _term_holds(term: NodeSelectorTerm, node: Node) -> bool:
    return (
        bool(term.match_expressions or term.match_fields)
        and all(_holds(each, node.labels.get(each.key)) for each in term.match_expressions)
        # The fields of a node without a name are not looked at.
        and (not node.name or all(_holds(each, _field(node, each.key)) for each in term.match_fields))
    )


@functools.lru_cache(maxsize=4096)
def unreadable(selector: NodeSelector) -> UnreadableSelector | None:
    """What is wrong with a selector that cannot be parsed; None if it can."""
    from dra_policy.fleet.selector_errors import complaint_of, printed

    complaint = complaint_of(selector)
    return None if complaint is None else UnreadableSelector(printed(selector), complaint)


def _field(node: Node, key: str) -> str:
    """A field's value: of another one than the name it is empty."""
    return node.name if key == NAME_FIELD else ""


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
        case _:
            return value is not None and _compares(requirement, value)


def _compares(requirement: NodeRequirement, value: str) -> bool:
    """Labels compare as whole numbers of 64 bits; what is none does not match."""
    limit, actual = parse_int64(requirement.values[0]), parse_int64(value)
    if limit is None or actual is None:
        return False
    return actual > limit if requirement.operator == "Gt" else actual < limit


def serves(place: ResourceSlice | Device, node: Node) -> bool | UnreadableSelector:
    """Whether a slice, or a device of a slice with per-device node selection, can be used from the node.

    A selector is parsed only where no name and no ``allNodes`` decides before.
    """
    if place.node_name:
        return place.node_name == node.name
    if place.all_nodes:
        return True
    return False if place.node_selector is None else selects(place.node_selector, node)
