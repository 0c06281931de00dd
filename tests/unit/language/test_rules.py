"""``require``, ``prefer`` and ranges in claims and templates: what they expand to, and where their mistakes stand."""

from __future__ import annotations

import pytest

from dra_policy.cel.device_lists import ListedDevice, RuleFailure
from dra_policy.cel.rules import claim_variables, compile_rule
from dra_policy.language import compile_documents
from dra_policy.model import Claim, Device
from dra_policy.text import Severity, Source
from tests.unit.language.texts import DRIVERS, documents, load, load_well

REQUESTS = """
    request gpus: 2 of a
    request port: 1 of b
    request odd-name: 1 of b
    request boost: first of { big: 1 of a, small: 2 of a }
"""
LIBRARY = """
let floor = 40Gi
predicate roomy(d, least: quantity) = d.gpu.memory >= least
predicate aligned(a, b) = a.gpu.numa == b.nic.numa
predicate in_pool(d) = d.pool == "p"
"""


def claim(rules: str, files: dict[str, str] | None = None, before: str = DRIVERS + LIBRARY) -> Claim:
    (made,) = load_well(f"{before}claim c {{ {REQUESTS} {rules} }}", files).objects.claims
    return made


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        ("gpus.all(g, aligned(g, port[0]))", "gpus.all(g, g.gpu.numa == port[0].nic.numa)"),
        ("gpus.all(g, roomy(g, floor))", 'gpus.all(g, g.gpu.memory.compareTo(quantity("40Gi")) >= 0)'),
        ("gpus.all(g, in_pool(g))", 'gpus.all(g, g.pool == "p")'),
        (
            "gpus.map(g, g.gpu.memory).sum() >= 160Gi",
            'gpus.map(g, g.gpu.memory).sum().compareTo(quantity("160Gi")) >= 0',
        ),
        ("gpus.map(g, g.nic.bandwidth).max() > 5", 'gpus.map(g, g.nic.bandwidth).max().compareTo(quantity("5")) > 0'),
        (
            "gpus[0].gpu.memory + gpus[1].gpu.memory == 80Gi",
            'gpus[0].gpu.memory.add(gpus[1].gpu.memory).compareTo(quantity("80Gi")) == 0',
        ),
        ("gpus.all(g, g.gpu.driver >= v550.54)", 'gpus.all(g, g.gpu.driver.compareTo(semver("550.54.0")) >= 0)'),
        ("gpus.all(g, g.gpu.?ecc == true)", "gpus.all(g, has(g.gpu.ecc) && g.gpu.ecc == true)"),
        ("gpus.all(g, has(g.nic.`product-name`))", 'gpus.all(g, "product-name" in g.nic)'),
        ('gpus.all(g, g.nic.`product-name` == "x")', 'gpus.all(g, g.nic["product-name"] == "x")'),
        ("gpus.all(device, gpu.memory >= 1Gi)", 'gpus.all(device, device.gpu.memory.compareTo(quantity("1Gi")) >= 0)'),
        ('requests["odd-name"].size() == 1', 'requests["odd-name"].size() == 1'),
        (
            'requests["boost/big"].all(b, roomy(b, 1Gi))',
            'requests["boost/big"].all(b, b.gpu.memory.compareTo(quantity("1Gi")) >= 0)',
        ),
        ("boost.all(b, b.driver == gpu)", 'boost.all(b, b.driver == "gpu.nvidia.com")'),
        ("(gpus + port).all(d, roomy(d, 1Gi))", '(gpus + port).all(d, d.gpu.memory.compareTo(quantity("1Gi")) >= 0)'),
        ("gpus.filter(g, g.gpu.x == 1)[0].gpu.y == 2", "gpus.filter(g, g.gpu.x == 1)[0].gpu.y == 2"),
        ("cel.bind(p, port[0], aligned(gpus[0], p))", "cel.bind(p, port[0], gpus[0].gpu.numa == p.nic.numa)"),
        ("gpus.all(i, g, i < 2 && roomy(g, 1Gi))", None),
        ("requests.all(n, r, r.all(d, roomy(d, 1Gi)))", None),
        ('node.labels["zone"] == "a" && node.free.all(d, d.node == node.name)', None),
    ],
)
def test_a_rule_is_plain_cel_over_devices_with_views(written: str, expanded: str | None) -> None:
    (rule,) = claim(f"require {written}").requirements

    assert rule.aliases == (
        ("gpu", "gpu.nvidia.com"),
        ("nic", "sriov.example.com"),
        ("std", "resource.kubernetes.io"),
    )
    assert expanded in (None, rule.expression.expression)
    assert expanded is not None or "compareTo" in rule.expression.expression or "node" in written


def test_rules_keep_their_order_and_say_where_they_stand() -> None:
    made = claim("require gpus.size() == 2 prefer gpus[0].gpu.memory prefer -node.free.size() require port.size() == 1")

    assert [each.expression.expression for each in made.requirements] == ["gpus.size() == 2", "port.size() == 1"]
    assert [each.expression.expression for each in made.preferences] == ["gpus[0].gpu.memory", "-node.free.size()"]
    place = made.preferences[1].place
    assert place is not None
    assert place.span is not None
    assert place.span.text == "prefer -node.free.size()"


def test_templates_have_rules_too() -> None:
    (template,) = load_well(
        "template t { request g: 1 to 8 of x require g.size() > 1 prefer -g.size() }"
    ).objects.templates

    assert len(template.claim.requirements) == len(template.claim.preferences) == 1


@pytest.mark.parametrize(("count", "least", "most"), [("1 to 8", 1, 8), ("3 to 3", 3, 3), ("at least 2", 2, 32)])
def test_a_range_has_a_least_and_a_greatest_count(count: str, least: int, most: int) -> None:
    (made,) = load_well(f"claim c {{ request g: {count} of x }}").objects.claims
    (demand,) = made.requests[0].demands

    assert (demand.count, demand.maximum_count) == (least, most)


def test_a_negative_quantity_is_subtracted_from_nothing() -> None:
    (rule,) = claim("prefer -gpus.map(g, g.nic.bandwidth).sum()").preferences

    assert rule.expression.expression == 'quantity("0").sub(gpus.map(g, g.nic.bandwidth).sum())'


def test_an_alias_of_another_file_keeps_its_own_meaning() -> None:
    files = {"lib.dra": 'driver gpu = "other.example.com"\npredicate big(d) = d.gpu.size > 1'}
    before = f'import big from "lib.dra"\n{DRIVERS}'
    (rule,) = claim("require gpus.all(g, big(g) && g.gpu.size > 1)", files, before).requirements

    assert rule.expression.expression == "gpus.all(g, g.gpu_.size > 1 && g.gpu.size > 1)"
    assert dict(rule.aliases)["gpu_"] == "other.example.com"


def test_a_request_that_hides_a_driver_does_no_harm_where_it_is_meant() -> None:
    (made,) = load_well('driver gpu = "d"\nclaim c { request gpu: 1 of x require gpu[0].gpu.n == 1 }').objects.claims

    assert made.requirements[0].expression.expression == "gpu[0].gpu.n == 1"


def test_hints_say_what_to_write_instead() -> None:
    rules = """
        require gpu.memory >= 1Gi
        require odd-name.size() == 1
        require gpus.gpu.memory >= 1Gi
        require device.gpu.memory >= 1Gi
        require aligned(gpus, port[0])
        require gpus.size > 1
    """
    text = f"{DRIVERS}{LIBRARY}claim c {{ {REQUESTS} {rules} }} claim d {{ request gpu: 1 of x require gpu.m == 1 }}"
    hints = [each.hint for each in load(text).diagnostics]

    assert hints == [
        "say of which: `gpus[0].gpu.memory`",
        'a name with a dash stands in quotes: write `requests["odd-name"]`',
        "did you mean `node`?",
        "one of them is `gpus[0]`, and `gpus.all(d, …)` asks each",
        "a rule speaks of several devices: `gpus`, `port`, `boost`",
        "one of it is `gpus[0]`",
        "write `gpus.size()`",
        "the driver's view is `gpu[0].gpu`",
    ]


def test_a_mistake_of_types_points_at_its_own_part_in_every_claim() -> None:
    rule = "require gpus.all(g, g.name == port.size()) require gpus.sze() == 1"
    text = f"{DRIVERS}claim a {{ {REQUESTS} {rule} }}\nclaim b {{ {REQUESTS} {rule} }}"
    found = load(text).diagnostics

    spans = [each.span for each in found if each.span is not None]
    assert [span.text for span in spans] == ["==", "sze", "==", "sze"]
    assert [span.start for span in spans] == [
        text.index("== port"),
        text.index("sze"),
        text.rindex("== port"),
        text.rindex("sze"),
    ]


def test_a_mistake_inside_a_predicate_points_at_the_predicate() -> None:
    text = f"{DRIVERS}predicate same(a, b) = a.name == 1\nclaim c {{ {REQUESTS} require same(gpus[0], port[0]) }}"
    (found,) = load(text).diagnostics

    assert found.code == "DRA304"
    assert found.span is not None
    assert found.span.start == text.index("== 1")


def test_a_claim_with_a_wrong_rule_is_left_out() -> None:
    assert load("claim c { request g: 1 of x  require g.size() }").objects.claims == []


def test_a_rule_fails_at_its_place_in_the_policy() -> None:
    made = claim("require gpus.all(g, g.gpu.madel == 1)")
    compiled = compile_rule(made.requirements[0], claim_variables(("gpus", "port", "boost")))
    assert compiled.program is not None
    failure = compiled.program.value({"gpus": [ListedDevice(Device("a", "gpu.nvidia.com"))]})

    assert isinstance(failure, RuleFailure)
    assert failure.text == "no such key: madel"
    assert failure.span is not None
    assert failure.span.text == "g.gpu.madel"


@pytest.mark.parametrize("statement", ["require g.size() == 1", "prefer g.size()"])
def test_what_only_the_allocator_knows_is_an_error_of_compiling_at_its_line(statement: str) -> None:
    text = f"claim c {{\n request g: 1 of x\n {statement}\n}}"
    source = Source.of("p.dra", text)
    (found,) = compile_documents([source])[1]
    made, dropped = compile_documents([source], drop=True)

    assert (found.code, found.severity, found.span and found.span.position.line) == ("DRA701", Severity.ERROR, 3)
    assert [each.severity for each in dropped] == [Severity.WARNING]
    assert made == documents("claim c { request g: 1 of x }")


def test_a_range_is_an_error_of_compiling_and_its_least_count_is_what_is_left() -> None:
    source = Source.of("p.dra", "claim c { request g: 2 to 4 of x }")
    (found,) = compile_documents([source])[1]
    made, _ = compile_documents([source], drop=True)

    assert (found.code, found.span and found.span.text) == ("DRA701", "2 to 4")
    assert made == documents("claim c { request g: 2 of x }")
