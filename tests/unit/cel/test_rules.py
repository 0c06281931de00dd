"""Rules over several devices: what they see, what they give, and what is wrong with them."""

from __future__ import annotations

import pytest

from dra_policy.cel.device_lists import ListedDevice, ListedNode, ListProgram, RuleFailure, RuleInput
from dra_policy.cel.rules import (
    GROUP_VARIABLES,
    POD_VARIABLES,
    QUOTA_VARIABLES,
    CompiledRule,
    Variables,
    claim_variables,
    compile_rule,
)
from dra_policy.model import Capacity, Device, Dialect, ExpressionRule, Preference, Requirement, Selector
from dra_policy.text import Place, Source, Span, SpanDocument
from dra_policy.values import AttributeValue, Quantity

ALIASES = (("gpu", "gpu.example.com"), ("std", "resource.kubernetes.io"))
CLAIM = claim_variables(("gpus", "port"))


def listed(name: str, memory: str, node: str = "n1", **attributes: int) -> ListedDevice:
    capacity = {"memory": Capacity(Quantity.parse(memory))}
    names: dict[str, AttributeValue] = {"resource.kubernetes.io/root": "r", **attributes}
    fields = {"pool": "p", "node": node, "claim": "c", "request": "gpus", "class": "k"}
    return ListedDevice(Device(name, "gpu.example.com", names, capacity), fields)


A, B = listed("a", "40Gi", numa=0), listed("b", "80Gi", numa=1)


def selector(text: str) -> Selector:
    source = Source.of("p.dra", text)
    return Selector(text, Dialect.V1, Place(SpanDocument(Span(source, 0, len(text)))))


def compiled(text: str, variables: Variables = CLAIM) -> CompiledRule:
    return compile_rule(Preference(selector(text), ALIASES), variables)


def program(text: str, variables: Variables = CLAIM) -> ListProgram:
    found = compiled(text, variables)
    assert found.program is not None, found.diagnostics
    return found.program


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("gpus.size()", 2),
        ("gpus.map(g, g.gpu.memory).sum()", Quantity.parse("120Gi")),
        ("gpus.map(g, g.gpu.memory).min()", Quantity.parse("40Gi")),
        ("gpus.map(g, g.gpu.memory).max()", Quantity.parse("80Gi")),
        ("[gpus[0].gpu.memory.add(gpus[1].gpu.memory)].sum().compareTo(quantity('120Gi'))", 0),
        ("port.map(g, g.gpu.memory).sum().compareTo(quantity('1'))", -1),
        ("quantity('1').compareTo(port.map(g, g.gpu.memory).sum())", 1),
        ("port.map(g, g.gpu.memory).sum().add(quantity('1Gi'))", Quantity.parse("1Gi")),
        ("port.map(g, g.gpu.memory).sum().sub(quantity('1Gi')).compareTo(quantity('0'))", -1),
        ("gpus.map(g, g.gpu.numa).sum()", 1),
        ("1.5", 1.5),
        ("gpus.all(g, g.std.root == 'r' && g.capacity[g.driver].memory == g.gpu.memory)", True),
        ("gpus[0].name + gpus[0].pool + gpus[0].node + gpus[0].request + gpus[0].class + gpus[0].claim", "no number"),
        ("requests['port'].size() + requests.gpus.size()", 2),
        ("node.free.size() - node.devices.size()", -1),
        ("node.name == 'n1' && node.labels['zone'] == 'z'", True),
    ],
)
def test_a_rule_sees_devices_lists_by_name_and_the_node(text: str, value: object) -> None:
    variables: dict[str, RuleInput] = {
        "gpus": [A, B],
        "port": [],
        "requests": {"gpus": [A, B], "port": []},
        "node": ListedNode("n1", {"zone": "z"}, [A, B], [B]),
    }
    if value == "no number":
        assert [each.code for each in compiled(text).diagnostics] == ["DRA307"]
    else:
        found = program(text).value(variables)
        assert (found, type(found)) == (value, type(value))


def test_the_claims_of_pods_are_lists_by_two_names() -> None:
    claims: RuleInput = {"a-b": {"gpus": [A]}, "nic": {"port": [B]}}

    assert (
        program("claims['a-b'].gpus[0].gpu.numa + claims.nic.port.size()", POD_VARIABLES).value(
            {"claims": claims, "node": ListedNode("n1")}
        )
        == 1
    )
    pods: dict[str, RuleInput] = {"claims": {}, "pods": [claims, claims]}
    assert program("pods.map(p, p.nic.port.size()).sum()", GROUP_VARIABLES).value(pods) == 2


def test_a_failure_has_its_text_and_its_place() -> None:
    found = program("gpus.all(g, g.gpu.missing == 1)").value({"gpus": [A]})

    assert isinstance(found, RuleFailure)
    assert (found.text, found.span and found.span.text) == ("no such key: missing", "g.gpu.missing")
    assert program("gpus.map(g, g.gpu.memory).max()").holds({"gpus": []}) == "max called on empty list"
    assert program("dyn('x')").value({}) == RuleFailure("the value is a string, no number, quantity or bool")
    assert isinstance(program("[dyn(A), dyn(1)].max()".replace("A", "quantity('1')")).value({}), RuleFailure)


def test_a_requirement_wants_a_bool() -> None:
    found = compile_rule(Requirement(selector("gpus.size()"), ALIASES), CLAIM)
    quota = compile_rule(ExpressionRule(selector("held.size()"), ALIASES), QUOTA_VARIABLES)

    for each in (found, quota):
        assert each.program is None
        assert [(one.code, one.message) for one in each.diagnostics] == [("DRA307", "`require` wants a bool, not int")]
    assert compile_rule(Requirement(selector("gpus[0].gpu.ok"), ALIASES), CLAIM).program is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gpsu.size()", "DRA305"),
        ("gpus[0].gup.memory", "DRA305"),
        ("gpus.memory", "DRA305"),
        ("gpus == 1", "DRA304"),
        ("gpus[0].name > 1", "DRA304"),
        ("node.nam", "DRA305"),
        ("gpus.size(", "DRA203"),
    ],
)
def test_types_are_checked(text: str, code: str) -> None:
    assert [each.code for each in compiled(text).diagnostics] == [code]


def test_what_is_only_doubtful_in_kubernetes_is_nothing_here() -> None:
    found = compiled("true && gpus[0].gpu.memory.add(quantity('1')) == quantity('2')")

    assert found.diagnostics == ()


def test_the_same_text_at_two_places_is_wrong_at_both() -> None:
    first, second = compiled("gpus.sze()").diagnostics[0], compiled("gpus.sze()").diagnostics[0]

    assert first.span is not None
    assert second.span is not None
    assert first.span.source is not second.span.source
