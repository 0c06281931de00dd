from __future__ import annotations

import pytest

from dra_policy.cel.parse import parse
from dra_policy.text import Source
from tests.unit.language.texts import DRIVERS, expression, load, load_well

GPU = 'device.attributes["gpu.nvidia.com"]'
GPU_CAPACITY = 'device.capacity["gpu.nvidia.com"]'
NIC = 'device.attributes["sriov.example.com"]'
NIC_CAPACITY = 'device.capacity["sriov.example.com"]'


@pytest.mark.parametrize(
    ("written", "compiled"),
    [
        ('gpu.productName == "A"', f'{GPU}.productName == "A"'),
        ('device.gpu.productName == "A"', f'{GPU}.productName == "A"'),
        ("device.driver == gpu", 'device.driver == "gpu.nvidia.com"'),
        ("device.attributes[gpu].ecc", f"{GPU}.ecc"),
        ("nic.bandwidth >= 10G", f'{NIC_CAPACITY}.bandwidth.compareTo(quantity("10G")) >= 0'),
        ("10G <= nic.bandwidth", f'quantity("10G").compareTo({NIC_CAPACITY}.bandwidth) <= 0'),
        ("nic.bandwidth == 10G", f'{NIC_CAPACITY}.bandwidth.compareTo(quantity("10G")) == 0'),
        ("nic.bandwidth != 10G", f'{NIC_CAPACITY}.bandwidth.compareTo(quantity("10G")) != 0'),
        ("gpu.driverVersion >= v550.54", f'{GPU}.driverVersion.compareTo(semver("550.54.0")) >= 0'),
        ("gpu.driverVersion < v1.2.3-rc.1", f'{GPU}.driverVersion.compareTo(semver("1.2.3-rc.1")) < 0'),
        ("nic.firmware == v08.01", f'{NIC}.firmware.compareTo(semver("8.1.0")) == 0'),
        ("nic.sm >= 108", f'{NIC_CAPACITY}.sm.compareTo(quantity("108")) >= 0'),
        ("gpu.sm >= 108", f"{GPU}.sm >= 108"),
        ("gpu.a + 1Gi > 2Gi", f'{GPU_CAPACITY}.a.add(quantity("1Gi")).compareTo(quantity("2Gi")) > 0'),
        ("gpu.a - gpu.b > 2Gi", f'{GPU_CAPACITY}.a.sub({GPU_CAPACITY}.b).compareTo(quantity("2Gi")) > 0'),
        (
            "gpu.?memory >= 1Gi",
            f'has({GPU_CAPACITY}.memory) && {GPU_CAPACITY}.memory.compareTo(quantity("1Gi")) >= 0',
        ),
        ("gpu.?ecc == true", f"has({GPU}.ecc) && {GPU}.ecc == true"),
        ("true == gpu.?ecc", f"has({GPU}.ecc) && true == {GPU}.ecc"),
        ("gpu.?ecc.orValue(false)", f"{GPU}.?ecc.orValue(false)"),
        (
            "gpu.?memory.orValue(0Gi) > 1Gi",
            f'{GPU_CAPACITY}.?memory.orValue(quantity("0Gi")).compareTo(quantity("1Gi")) > 0',
        ),
        ("!(gpu.?x == 1)", f"!(has({GPU}.x) && {GPU}.x == 1)"),
        (
            "has(gpu.memory) && gpu.memory >= 1Gi",
            f'has({GPU_CAPACITY}.memory) && {GPU_CAPACITY}.memory.compareTo(quantity("1Gi")) >= 0',
        ),
        ("gpu.memory.isGreaterThan(1Gi)", f'{GPU_CAPACITY}.memory.isGreaterThan(quantity("1Gi"))'),
        ("gpu.memory.asInteger() > 5", f"{GPU_CAPACITY}.memory.asInteger() > 5"),
        ("sign(gpu.memory) == 1", f"sign({GPU_CAPACITY}.memory) == 1"),
        ("gpu.v.major() == 5", f"{GPU}.v.major() == 5"),
        ('nic.`product-name` == "x"', f'{NIC}["product-name"] == "x"'),
        ("has(nic.`product-name`)", f'"product-name" in {NIC}'),
        ('std.pcieRoot == "x"', 'device.attributes["resource.kubernetes.io"].pcieRoot == "x"'),
        ("500m < gpu.cpu", f'quantity("500m").compareTo({GPU_CAPACITY}.cpu) < 0'),
        ('duration("1h") == 1h', 'duration("1h") == duration("1h")'),
        ("gpu.links.exists(l, l == gpu.name)", f"{GPU}.links.exists(l, l == {GPU}.name)"),
        ("cel.bind(m, gpu.memory, m >= m)", f"cel.bind(m, {GPU}.memory, m >= m)"),
        ("true ? gpu.a : 5Gi", f'true ? {GPU_CAPACITY}.a : quantity("5Gi")'),
    ],
)
def test_each_form_compiles_as_the_language_says(written: str, compiled: str) -> None:
    text = expression(written)

    assert text == compiled
    assert parse(Source.of("compiled", text)).expression is not None


def test_a_name_used_once_with_a_quantity_is_a_capacity_in_the_whole_expression() -> None:
    text = expression("gpu.memory == gpu.other && gpu.memory > 1Gi")

    assert "attributes" not in text


def test_the_schema_decides_before_the_use() -> None:
    assert expression("gpu.m == gpu.n", 'driver gpu = "d" { m: quantity, n: quantity }').startswith("device.capacity")


def test_predicates_and_lets_are_put_in() -> None:
    before = DRIVERS + "let floor = 40Gi\npredicate roomy(d, least: quantity) = d.gpu.memory >= least && d.gpu.whole"

    assert expression("roomy(device, floor)", before) == (
        f'{GPU_CAPACITY}.memory.compareTo(quantity("40Gi")) >= 0 && {GPU}.whole'
    )


def test_a_parameter_of_type_quantity_makes_its_argument_a_capacity() -> None:
    before = DRIVERS + "predicate positive(q: quantity) = sign(q) > 0"

    assert expression("positive(gpu.memory)", before) == f"sign({GPU_CAPACITY}.memory) > 0"


def test_a_variable_of_a_predicate_never_catches_a_variable_of_its_use() -> None:
    before = "predicate above(n: int) = [1, 2].exists(i, i > n)"

    assert expression("[3].exists(i, above(i))", before) == "[3].exists(i, [1, 2].exists(i_1, i_1 > i))"


def test_macro_variables_hide_aliases() -> None:
    assert expression("[1].exists(gpu, gpu > 0)") == "[1].exists(gpu, gpu > 0)"


def test_statement_words_are_names_inside_expressions() -> None:
    assert expression('gpu.where == "x" && gpu.class == 1') == f'{GPU}.where == "x" && {GPU}.class == 1'


def test_an_offset_of_the_compiled_text_leads_back_to_the_policy() -> None:
    text = DRIVERS + 'class c { where gpu.memory >= 40Gi && nic.type == "vf" }'
    (selector,) = load_well(text).objects.classes[0].selectors
    source = selector.place.embedded(selector.expression)

    def written(part: str) -> str:
        start = selector.expression.index(part)
        assert source.locate is not None
        return source.locate(start, start + len(part)).outermost().text

    assert written('quantity("40Gi")') == "40Gi"
    assert written(f"{GPU_CAPACITY}.memory") == "gpu.memory"
    assert written('"vf"') == '"vf"'
    assert selector.place.span is not None
    assert selector.place.span.text == 'gpu.memory >= 40Gi && nic.type == "vf"'


def test_an_offset_inside_a_predicate_leads_to_the_predicate() -> None:
    loaded = load_well(
        'import "lib.dra"\nclass c { where roomy(device) }',
        {"lib.dra": DRIVERS + "predicate roomy(d) = d.gpu.memory >= 40Gi"},
    )
    (selector,) = loaded.objects.classes[0].selectors
    source = selector.place.embedded(selector.expression)
    start = selector.expression.index("device.capacity")

    assert source.locate is not None
    found = source.locate(start, start + len(f"{GPU_CAPACITY}.memory")).outermost()
    assert (found.source.name, found.text) == ("lib.dra", "d.gpu.memory")


def test_a_deep_expression_is_read_or_refused_and_never_crashes() -> None:
    deep = "(" * 3000 + "true" + ")" * 3000
    chain = "gpu" + ".a" * 3000 + " == 1"

    for condition in (deep, chain, "-" * 3001 + "1 == 1", "!" * 3000 + "true"):
        load(f"{DRIVERS}\nclass c {{ where {condition} }}")
