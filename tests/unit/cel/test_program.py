"""Programs: answers on devices of each dialect, failures, traces, parts, what they read."""

from __future__ import annotations

import pytest

from dra_policy.cel import Compilation, compile_expression, environment_for, run_record
from dra_policy.ir.nodes import CelFailure
from dra_policy.ir.path import Path
from dra_policy.model import Device, Dialect
from dra_policy.text import Source
from dra_policy.values import AttributeValue, Quantity, Unreadable, Version
from tests.unit.cel.evaluation import DEVICE, A, C, program, result, run


def failure(text: str, device: Device = DEVICE) -> CelFailure:
    outcome = program(text).evaluate(device)
    assert isinstance(outcome, CelFailure)
    return outcome


def test_evaluate_and_run_agree() -> None:
    for text in (f'{A}.model == "A100"', f"{A}.missing", "lists.range(1000).all(x, lists.range(1000).all(y, true))"):
        assert program(text).evaluate(DEVICE) == program(text).run(DEVICE).outcome


def test_a_missing_key_comes_with_the_advice_of_kubernetes_and_its_place() -> None:
    found = failure(f"{A}.healthy && {A}.missing")

    assert found.text == "no such key: missing"
    assert found.kubernetes_text.startswith("no such key: missing. consider using CEL optional chaining")
    assert found.span is not None
    assert found.span.text == f"{A}.missing"


def test_other_errors_have_no_advice() -> None:
    assert failure("1 / 0 == 1").kubernetes_text == "division by zero"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{A}.index", "int could not be converted to bool: unsupported type conversion from 'int' to bool"),
        (f"{A}.model", "string could not be converted to bool: unsupported native conversion from string to 'bool'"),
        (f"{A}.lanes", "list could not be converted to bool: type conversion error from list to 'bool'"),
        (
            f"{A}.driverVersion",
            "kubernetes.Semver could not be converted to bool: type conversion error from 'Semver' to 'bool'",
        ),
    ],
)
def test_a_result_that_is_no_bool_is_an_error(text: str, reason: str) -> None:
    assert result(text) == f"CEL result of type {reason}"


def test_an_unreadable_attribute_fails_its_device_even_for_true() -> None:
    reason = "parse semantic version: No Major.Minor.Patch elements found"
    device = Device("d", "gpu.example.com", {"v": Unreadable("1.0", reason)})

    assert failure("true", device).text == f"attribute v: {reason}"
    assert run("true", device).cost is None


def test_the_same_text_is_compiled_once() -> None:
    environment = environment_for(Dialect.V1)
    first = compile_expression(Source.of("a", "1 == 2"), environment)

    assert compile_expression(Source.of("b", "1 == 2"), environment) is first
    assert compile_expression(Source.of("b", "1 == 2"), environment_for(Dialect.V1, kubernetes="1.34")) is not first


def test_an_error_of_a_constant_stands_where_the_constant_is() -> None:
    compilation = compile_expression(
        Source.of("a", "device.driver == 'x' && int('4x') == 4"), environment_for(Dialect.V1)
    )

    (found,) = compilation.diagnostics
    assert found.code == "DRA305"
    assert found.message == "type conversion error from 'string' to 'int'"
    assert found.span is not None
    assert found.span.text == "int('4x')"


def test_a_trace_has_the_values_that_were_reached() -> None:
    text = f"{A}.index == 3 || {A}.missing"
    traced = program(text)
    found = traced.trace(DEVICE)
    values = {program_text: found.values.get(node) for node, program_text in _texts(traced)}

    assert found.outcome is True
    assert values[f"{A}.index"] == 3
    assert values[f"{A}.index == 3"] is True
    assert values[f"{A}.missing"] is None


def _texts(traced: object) -> list[tuple[int, str]]:
    from dra_policy.cel.program import Program
    from dra_policy.cel.syntax import Expression, children

    assert isinstance(traced, Program)
    found: list[tuple[int, str]] = []
    pending: list[Expression] = [traced.syntax]
    while pending:
        node = pending.pop()
        found.append((node.id, node.span.text))
        pending.extend(children(node))
    return found


def test_a_trace_tells_where_it_failed() -> None:
    text = f"{A}.index == 3 && {A}.missing.part == 1"
    traced = program(text)
    found = traced.trace(DEVICE)
    failed = {text for node, text in _texts(traced) if isinstance(found.values.get(node), CelFailure)}

    assert failed == {text, f"{A}.missing.part == 1", f"{A}.missing.part", f"{A}.missing"}


@pytest.mark.parametrize(
    "text",
    [
        f"has({A}.model) && {A}.?missing.orValue(1) == 1",
        f"({A}.healthy ? {A}.lanes : {A}.links).size() == 3",
        f"{A}.lanes.exists(x, {A}.lanes[x] > 1)",
        f"cel.bind(d, {A}, d.model + d.missing == '')",
        f"[{A}.index, {A}.missing][0] in {A}.lanes",
        f"{A}.links.map(l, {{l: l.size()}}[l]) == [3, 3]",
        "has({'a': 1}.b) || optional.none().hasValue()",
    ],
)
def test_tracing_changes_no_answer(text: str) -> None:
    assert program(text).trace(DEVICE).outcome == program(text).evaluate(DEVICE)


def test_a_part_is_a_program_of_its_own() -> None:
    from dra_policy.cel.syntax import Call

    whole = program(f"{A}.healthy && {C}.memory.isGreaterThan(quantity('80Gi'))")
    assert isinstance(whole.syntax, Call)
    part = whole.part(whole.syntax.arguments[1])

    assert whole.evaluate(DEVICE) is False
    assert part.evaluate(DEVICE) is False
    assert whole.part(whole.syntax.arguments[0]).evaluate(DEVICE) is True
    assert part.estimated_cost == 6
    assert part.text == 'device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("80Gi"))'


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("true", set()),
        ("device.driver == 'x'", {Path("driver")}),
        (f"{A}.model == 'x'", {Path("attributes", "gpu.example.com", "model")}),
        (f"has({C}.memory)", {Path("capacity", "gpu.example.com", "memory")}),
        ("'x' in device.attributes", {Path("attributes")}),
        (f"{A}.exists(k, k == 'x')", {Path("attributes", "gpu.example.com")}),
        (f"{A}[device.driver] == 1", {Path("attributes", "gpu.example.com"), Path("driver")}),
    ],
)
def test_references_are_what_the_answer_depends_on(text: str, paths: set[Path]) -> None:
    assert program(text).references() == paths


# dra-evolution and k8srm


def evolution(text: str, attributes: dict[str, AttributeValue], *, strict: bool = False, suffix: str = "") -> object:
    environment = environment_for(Dialect.EVOLUTION, strict_prototype=strict)
    outcome = run_record(text, Device("d", "gpu.example.com", attributes), environment, suffix=suffix)
    assert not isinstance(outcome, Compilation), outcome.kubernetes_text
    found = outcome.outcome
    return found.text if isinstance(found, CelFailure) else found


def test_evolution_gives_defaults_for_unknown_names() -> None:
    # "Unknown keys are not an error. Instead, `device.<type>Attributes` returns a default value for each type"
    assert evolution("device.stringAttributes['x'] == ''", {}) is True
    assert evolution("device.boolAttributes['x']", {}) is False
    assert evolution("device.quantityAttributes['x'] == quantity('0')", {}) is True
    assert evolution("device.versionAttributes['x'] == semver('0.0.0')", {}) is True
    assert evolution("device.attributes['x'] == null", {}) is True
    assert evolution("'x' in device.attributes", {}) is False


def test_evolution_sorts_attributes_by_type() -> None:
    attributes: dict[str, AttributeValue] = {
        "model": "A100",
        "memory": Quantity.parse("40Gi"),
        "fw": Version.parse("1.2.3"),
        "ecc": True,
    }
    assert evolution("device.stringAttributes['model'] == 'A100'", attributes) is True
    assert evolution("device.quantityAttributes['memory'].isGreaterThan(quantity('1Gi'))", attributes) is True
    assert evolution("device.versionAttributes['fw'].major() == 1", attributes) is True
    assert evolution("device.stringAttributes.size() == 1 && device.attributes.size() == 4", attributes) is True


def test_the_prototype_puts_the_driver_behind_names_without_a_dot() -> None:
    attributes: dict[str, AttributeValue] = {"model": "A100", "vendor.example.com/rack": "r1"}
    assert evolution("device.stringAttributes['model'] == 'A100'", attributes, strict=True) == "no such key: model"
    assert evolution("device.stringAttributes['model.gpu.example.com'] == 'A100'", attributes, strict=True) is True
    assert evolution("device.stringAttributes['vendor.example.com/rack'] == 'r1'", attributes, strict=True) is True
    assert evolution("device.attributes['model'] == 'A100'", attributes, strict=True) is True


def test_the_suffix_of_the_prototype_counts_in_look_ups_only() -> None:
    attributes: dict[str, AttributeValue] = {"model": "A100"}
    suffix = "gpu.example.com"
    assert evolution("device.stringAttributes.model == 'A100'", attributes, strict=True, suffix=suffix) is True
    assert evolution("'model' in device.stringAttributes", attributes, strict=True, suffix=suffix) is False


def test_k8srm_sees_one_flat_map() -> None:
    attributes: dict[str, AttributeValue] = {"model": "A100", "version": Version.parse("1.2.3"), "cards": 2}
    device = Device("d", "gpu.example.com", attributes)

    def answer(text: str) -> bool | CelFailure:
        return program(text, dialect=Dialect.K8SRM).evaluate(device)

    assert answer("device.model == 'A100' && device.cards > 1") is True
    assert answer("device.version == '1.2.3'") is True
    missing = answer("device.missing == 1")
    assert isinstance(missing, CelFailure)
    assert missing.text == "no such key: missing"
