"""Node selectors as k8s.io/component-helpers evaluates them."""

from __future__ import annotations

import pytest

from dra_policy.fleet.node_match import selects
from dra_policy.model import Node, NodeRequirement, NodeSelector, NodeSelectorTerm

NODE = Node("n1", {"zone": "east", "gpus": "8", "empty": ""})


def selector(*requirements: NodeRequirement) -> NodeSelector:
    return NodeSelector((NodeSelectorTerm(requirements),))


@pytest.mark.parametrize(
    ("requirement", "holds"),
    [
        (NodeRequirement("zone", "In", ("west", "east")), True),
        (NodeRequirement("nope", "In", ("east",)), False),
        (NodeRequirement("zone", "NotIn", ("west",)), True),
        (NodeRequirement("nope", "NotIn", ("west",)), True),
        (NodeRequirement("empty", "Exists"), True),
        (NodeRequirement("nope", "Exists"), False),
        (NodeRequirement("nope", "DoesNotExist"), True),
        (NodeRequirement("gpus", "Gt", ("7",)), True),
        (NodeRequirement("gpus", "Gt", ("8",)), False),
        (NodeRequirement("gpus", "Lt", ("9",)), True),
        (NodeRequirement("zone", "Gt", ("7",)), False),
        (NodeRequirement("gpus", "Near", ("8",)), False),
    ],
)
def test_requirement(requirement: NodeRequirement, holds: bool) -> None:
    assert selects(selector(requirement), NODE) is holds


def test_terms_are_alternatives_and_requirements_are_not() -> None:
    east, full = NodeRequirement("zone", "In", ("east",)), NodeRequirement("gpus", "In", ("0",))

    assert selects(NodeSelector((NodeSelectorTerm((full,)), NodeSelectorTerm((east,)))), NODE)
    assert not selects(selector(east, full), NODE)


def test_a_term_without_requirements_matches_nothing() -> None:
    assert not selects(NodeSelector((NodeSelectorTerm(),)), NODE)


def test_fields_are_the_name_only() -> None:
    name = NodeSelectorTerm(match_fields=(NodeRequirement("metadata.name", "In", ("n1",)),))
    other = NodeSelectorTerm(match_fields=(NodeRequirement("spec.unschedulable", "In", ("n1",)),))

    assert selects(NodeSelector((name,)), NODE)
    assert not selects(NodeSelector((other,)), NODE)
