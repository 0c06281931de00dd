"""Node selectors that Kubernetes cannot parse: its words for them, and what they end."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Failed
from dra_policy.fleet.selector_errors import complaint_of, printed
from dra_policy.model import NodeRequirement, NodeSelector, NodeSelectorTerm
from dra_policy.model.features import Features
from tests.clusters import answer, answers, claim, device, node, request, slice_

NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NAME}')"
)
VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'({NAME})?')"
)
OPERATORS = '"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"'


def labels(*requirements: NodeRequirement) -> NodeSelector:
    return NodeSelector((NodeSelectorTerm(requirements),))


@pytest.mark.parametrize(
    ("requirement", "complaint"),
    [
        (NodeRequirement("k", "Near"), f'.operator: Unsupported value: "Near": supported values: {OPERATORS}'),
        (NodeRequirement("k", "<"), f'.operator: Unsupported value: "\\u003c": supported values: {OPERATORS}'),
        (
            NodeRequirement("k", "In"),
            ".values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
        ),
        (
            NodeRequirement("k", "NotIn", has_empty_values=True),
            ".values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
        ),
        (
            NodeRequirement("k", "Exists", ("a",)),
            '.values: Invalid value: ["a"]: values set must be empty for exists and does not exist',
        ),
        (
            NodeRequirement("k", "Gt", ("x",)),
            ".values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
        ),
        (
            NodeRequirement("k", "Lt"),
            ".values: Invalid value: null: for 'Gt', 'Lt' operators, exactly one value is required",
        ),
        (NodeRequirement("", "Exists"), f'.key: Invalid value: "": name part must be non-empty; name part {RULE}'),
        (NodeRequirement("a b", "Exists"), f'.key: Invalid value: "a b": name part {RULE}'),
        (NodeRequirement("/x", "Exists"), '.key: Invalid value: "/x": prefix part must be non-empty'),
        (
            NodeRequirement("x" * 64, "Exists"),
            f'.key: Invalid value: "{"x" * 64}": name part must be no more than 63 bytes',
        ),
        (NodeRequirement("k", "In", ("ok", "b!")), f'.values[1][k]: Invalid value: "b!": {VALUE_RULE}'),
    ],
)
def test_complaint_about_labels(requirement: NodeRequirement, complaint: str) -> None:
    assert complaint_of(labels(requirement)) == f"nodeSelectorTerms[0].matchExpressions[0]{complaint}"


@pytest.mark.parametrize(
    ("requirement", "complaint"),
    [
        (
            NodeRequirement("metadata.name", "Exists"),
            '.operator: Unsupported value: "Exists": supported values: "In", "NotIn"',
        ),
        (
            NodeRequirement("metadata.name", "In", ("a", "b")),
            '.values: Invalid value: ["a","b"]: must have one element',
        ),
    ],
)
def test_complaint_about_fields(requirement: NodeRequirement, complaint: str) -> None:
    fields = NodeSelector((NodeSelectorTerm(match_fields=(requirement,)),))

    assert complaint_of(fields) == f"nodeSelectorTerms[0].matchFields[0]{complaint}"


@pytest.mark.parametrize(
    "requirement",
    [NodeRequirement("a.io/k", "In", ("",)), NodeRequirement("k", "DoesNotExist"), NodeRequirement("k", "Gt", ("-1",))],
)
def test_what_can_be_parsed(requirement: NodeRequirement) -> None:
    # Kubernetes reads the number first, and then complains that `-1` is no label's value.
    complaint = complaint_of(labels(requirement))

    assert complaint is None or "-1" in complaint


def test_all_complaints_are_told_once() -> None:
    terms = NodeSelectorTerm((NodeRequirement("k", "In"), NodeRequirement("k", "Lt")))

    complaint = complaint_of(NodeSelector((NodeSelectorTerm(), terms)))

    assert complaint is not None
    assert complaint.startswith("[nodeSelectorTerms[1].matchExpressions[0].values: ")
    assert ", nodeSelectorTerms[1].matchExpressions[1].values: " in complaint


def test_a_selector_is_printed_as_its_go_type_does() -> None:
    assert printed(labels(NodeRequirement("k", "In", ("a", "b")))) == (
        "&NodeSelector{NodeSelectorTerms:[]NodeSelectorTerm{NodeSelectorTerm{MatchExpressions:[]NodeSelectorRequirement{"
        "NodeSelectorRequirement{Key:k,Operator:In,Values:[a b],},},MatchFields:[]NodeSelectorRequirement{},},},}"
    )


def selecting(operator: str, **more: Any) -> dict[str, Any]:
    return {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": operator, **more}]}]}


BAD = selecting("Near")
COMPLAINT = (
    f'nodeSelectorTerms[0].matchExpressions[0].operator: Unsupported value: "Near": supported values: {OPERATORS}'
)
PARSING = (
    "failed to parse node selector &NodeSelector{NodeSelectorTerms:[]NodeSelectorTerm{NodeSelectorTerm{"
    "MatchExpressions:[]NodeSelectorRequirement{NodeSelectorRequirement{Key:k,Operator:Near,Values:[],},},MatchFields:"
    f"[]NodeSelectorRequirement{{}},}},}},}}: {COMPLAINT}"
)
ENDED = f"gather pool information: failed to perform node selection for slice bad: {PARSING}"
NODES = (node("n1"), node("n2"))


def test_a_selector_that_cannot_be_parsed_ends_the_call_on_every_node() -> None:
    bad = slice_(["x"], node=None, name="bad", driver="other.io", nodeSelector=BAD)

    found = list(answers(*NODES, bad, slice_(["a"]), claim(request())))

    assert [isinstance(each.outcome, Failed) and each.outcome.text for each in found] == [ENDED, ENDED]
    assert all(isinstance(each.outcome, Failed) and not each.outcome.is_node_local for each in found)


def test_it_comes_before_what_is_wrong_with_the_claim() -> None:
    bad = slice_(["x"], node=None, name="bad", nodeSelector=BAD)

    assert answer(*NODES, bad, claim(request(cls="absent"))) == ENDED


def test_slices_that_need_a_feature_are_not_read_without_it() -> None:
    bad = slice_(
        node=None, name="bad", nodeSelector=BAD, sharedCounters=[{"name": "s", "counters": {"c": {"value": "1"}}}]
    )

    assert answer(*NODES, bad, slice_(["a"]), claim(request())) == ENDED
    off = Features(partitionable_devices=False)
    assert answer(*NODES, bad, slice_(["a"]), claim(request()), features=off) == [["r=a"]]


def per_device(*devices: dict[str, Any]) -> dict[str, Any]:
    return slice_(devices, node=None, name="rack", perDeviceNodeSelection=True)


def test_devices_are_read_up_to_the_first_for_the_node() -> None:
    good, bad = device("a", nodeName="n1"), device("b", nodeSelector=BAD)

    assert answer(*NODES, per_device(good, bad), claim(request())) == [["r=a"]]
    ended = answer(*NODES, per_device(bad, good), claim(request()))
    assert ended == f"gather pool information: failed to perform node selection for device b in slice rack: {PARSING}"


def test_nodes_that_do_and_do_not_come_across_it_answer_apart() -> None:
    east = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["east"]}]}]}
    rack = per_device(device("a", nodeSelector=east), device("b", nodeSelector=BAD))
    world = [node("n1"), node("n2", zone="east"), rack, claim(request())]

    texts = {each.node: getattr(each.outcome, "text", "") for each in answers(*world)}

    assert texts["n1"].startswith("gather pool information: ")
    assert texts["n2"] == ""


def test_a_visit_to_a_device_whose_selector_cannot_be_parsed_is_fatal() -> None:
    rack = per_device(device("a", nodeName="n1"), device("b", kind="gpu", nodeSelector=BAD))

    assert answer(*NODES, rack, claim(request(count=2))) == PARSING
    assert answer(*NODES, rack, claim(request(count="all"))) == PARSING
    # Selectors are asked before: a device that they reject is not read.
    other = 'device.attributes["d.io"].?kind.orValue("nic") == "nic"'
    assert answer(*NODES, rack, claim(request("r", other, count=2))) is None
