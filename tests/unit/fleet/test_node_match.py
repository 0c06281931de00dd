"""Node selectors as k8s.io/component-helpers evaluates them."""

from __future__ import annotations

import pytest

from dra_policy.fleet.node_match import selects, selects_leniently
from dra_policy.model import Node, NodeRequirement, NodeSelector, NodeSelectorTerm

NODE = Node("n1", {"zone": "east", "gpus": "8", "empty": ""})


@pytest.mark.parametrize(
    ("label", "is_greater"),
    [
        ("2", True),
        ("+2", True),
        ("02", True),
        ("-2", False),
        (" 2", False),
        ("2_0", False),
        ("0x2", False),
        ("2.0", False),
        ("", False),
        ("\uff12", False),
        ("9223372036854775807", True),
        ("9223372036854775808", False),
        ("00000000000000000000000002", True),
    ],
)
def test_labels_compare_as_numbers_of_64_bits(label: str, is_greater: bool) -> None:
    greater = selector(NodeRequirement("gpus", "Gt", ("1",)))

    assert selects(greater, Node("n1", {"gpus": label})) is is_greater


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


def test_other_fields_are_empty() -> None:
    empty = NodeSelectorTerm(match_fields=(NodeRequirement("spec.unschedulable", "In", ("",)),))

    assert selects(NodeSelector((empty,)), NODE) is True


def test_the_fields_of_a_node_without_a_name_are_not_looked_at() -> None:
    name = NodeSelectorTerm(match_fields=(NodeRequirement("metadata.name", "In", ("n1",)),))

    assert selects(NodeSelector((name,)), Node("")) is True


def test_a_pod_is_not_kept_from_nodes_by_a_term_that_cannot_be_parsed() -> None:
    wrong, east = NodeRequirement("zone", "Near", ("west",)), NodeRequirement("zone", "In", ("east",))

    assert selects_leniently(NodeSelector((NodeSelectorTerm((wrong,)), NodeSelectorTerm((east,)))), NODE)
    assert not selects_leniently(selector(wrong), NODE)
