"""The IR of an expression and the expression itself give the same answer on every device: true, false or error."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.compiler import Settings, compile_selector
from dra_policy.evaluate import Evaluator, Masks, trace
from dra_policy.fleet import Frame
from dra_policy.ir import Answer, CelFailure, Condition, answer
from dra_policy.model import Capacity, Device, Dialect, Selector
from dra_policy.text import Place, Source, Span, SpanDocument
from dra_policy.values import AttributeValue, ListValue, Quantity, Unreadable, Version
from tests.property.effort import examples
from tests.published import published

DRIVER = "gpu.example.com"
A, C = f'device.attributes["{DRIVER}"]', f'device.capacity["{DRIVER}"]'

VALUES: st.SearchStrategy[AttributeValue] = st.sampled_from(
    [
        "H100",
        "A100",
        "",
        0,
        1,
        True,
        False,
        Version.parse("1.0.0"),
        Version.parse("550.54.15"),
        ListValue("string", ("nv0", "nv1")),
    ]
)
NAMES = ("model", "ecc", "numa", "links", "version", "other.example.com/model")
DEVICES = st.builds(
    lambda driver, attributes, memory, shared: Device(
        name="d",
        driver=driver,
        attributes=attributes,
        capacity={} if memory is None else {"memory": Capacity(Quantity.parse(memory))},
        allow_multiple_allocations=shared,
    ),
    st.sampled_from([DRIVER, "other.example.com"]),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.sampled_from([None, "40Gi", "80Gi", "1000m", "1"]),
    st.booleans(),
)
ATOMS = st.sampled_from(
    [
        "true",
        "false",
        "1 < 2",
        "1/0 == 1",
        f'device.driver == "{DRIVER}"',
        '"other.example.com" == device.driver',
        "device.allowMultipleAllocations",
        f"{A}.ecc",
        f"{A}.model",
        f"{A}.ecc == true",
        f"{A}.ecc != false",
        f'{A}.model == "H100"',
        f'"H100" != {A}.model',
        f'{A}.model in ["H100", "A100"]',
        f'{A}["model"].startsWith("H")',
        f'{A}.model.matches("^[A-H]1")',
        f'{A}.?model.orValue("none") == "none"',
        f"{A}.?ecc.orValue(false)",
        f"{A}.?ecc.hasValue()",
        f"has({A}.model)",
        f'"model" in {A}',
        f'"{DRIVER}" in device.attributes',
        'device.attributes["other.example.com"].model == "A100"',
        f"{A}.numa >= 1",
        f"1 > {A}.numa",
        f"{A}.numa % 2 == 0",
        f"{A}.numa / {A}.numa == 1",
        f'{A}.version.isGreaterThan(semver("2.0.0"))',
        f'{A}.version == semver("1.0.0")',
        f'"1.0.0" == {A}.version',
        f"{A}.version.major() >= 2",
        f'{C}.memory.compareTo(quantity("80Gi")) >= 0',
        f'0 < quantity("80Gi").compareTo({C}.memory)',
        f'{C}.memory.isLessThan(quantity("80Gi"))',
        f'{C}.memory == quantity("1")',
        f"{C}.memory.isInteger()",
        f'{A}.links.exists(x, x == "nv1")',
        f'"nv0" in {A}.links',
        f'{A}.exists(k, k == "numa")',
        f"{A}.all(k, has({A}.ecc))",
        f"cel.bind(g, {A}, g.ecc && g.numa == 0)",
        f'cel.bind(m, {A}.model, m == "H100" || true)',
        f'cel.bind(d, device.driver, d == "{DRIVER}" || {A}.ecc)',
        f'cel.bind(all, device.attributes, cel.bind(g, all["{DRIVER}"], !g.ecc || g.numa == 1))',
    ]
)


def compounds(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, parts).map(lambda pair: f"({pair[0]}) && ({pair[1]})"),
        st.tuples(parts, parts).map(lambda pair: f"({pair[0]}) || ({pair[1]})"),
        parts.map(lambda part: f"!({part})"),
        st.tuples(parts, parts, parts).map(lambda three: f"(({three[0]}) ? ({three[1]}) : ({three[2]}))"),
        st.tuples(parts, parts).map(lambda pair: f"({pair[0]}) == ({pair[1]})"),
    )


EXPRESSIONS = st.recursive(ATOMS, compounds, max_leaves=6)


def condition_of(text: str, dialect: Dialect = Dialect.V1) -> Condition | None:
    source = Source.of("<test>", text)
    place = Place(SpanDocument(Span(source, 0, len(text))))
    return compile_selector(Selector(text, dialect, place), Settings().environment(dialect)).condition


def kind(found: Answer) -> str:
    return "error" if isinstance(found, CelFailure) else str(found)


def masks_of(kinds: list[str]) -> Masks:
    return Masks(*(sum(1 << i for i, each in enumerate(kinds) if each == name) for name in ("True", "False", "error")))


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=3), st.lists(DEVICES, min_size=1, max_size=6))
def test_the_ir_answers_what_the_expression_answers(texts: list[str], devices: list[Device]) -> None:
    evaluator = Evaluator()
    frames = [
        Frame(index, driver, Dialect.V1, tuple(device for device in devices if device.driver == driver))
        for index, driver in enumerate((DRIVER, "other.example.com"))
    ]
    for text in texts:
        condition = condition_of(text)
        if condition is None:
            continue
        for frame in frames:
            kinds = [kind(condition.program.evaluate(device)) for device in frame.devices]
            assert [kind(answer(condition.predicate, device)) for device in frame.devices] == kinds
            assert evaluator.masks(condition, frame) == masks_of(kinds)
            assert [kind(trace(condition, device).root.answer) for device in frame.devices] == kinds
            twice = published(frame, 2)
            assert evaluator.count(condition, twice) == 2 * kinds.count("True")
            assert Evaluator().count(condition, twice) == 2 * kinds.count("True")


@settings(max_examples=examples(60), deadline=None)
@given(EXPRESSIONS, DEVICES)
def test_an_unreadable_value_fails_every_expression(text: str, device: Device) -> None:
    condition = condition_of(text)
    if condition is None:
        return
    broken = Device(device.name, device.driver, {**device.attributes, "v": Unreadable("1", "parse semantic version")})
    frame = Frame(0, device.driver, Dialect.V1, (broken,))
    assert Evaluator().count(condition, published(frame)) == 0

    assert Evaluator().masks(condition, frame) == Masks(0, 0, 1)


EVOLUTION_ATOMS = st.sampled_from(
    [
        "device.driverName == 'gpu.example.com'",
        "device.stringAttributes['model'] == 'H100'",
        "device.stringAttributes['model.gpu.example.com'] == 'H100'",
        "device.stringAttributes['other.example.com/model'] == 'A100'",
        "device.stringAttributes['gpu.example.com/model'] == 'A100'",
        "device.boolAttributes['ecc']",
        "device.quantityAttributes['memory'].compareTo(quantity('80Gi')) >= 0",
        "device.versionAttributes['version'].isLessThan(semver('2.0.0'))",
        "'model' in device.attributes",
        "'model' in device.stringAttributes",
        "has(device.stringAttributes.model)",
        "device.attributes['ecc'] == true",
    ]
)
EVOLUTION_DEVICES = st.builds(
    lambda attributes: Device("d", DRIVER, attributes),
    st.dictionaries(
        st.sampled_from(("model", "ecc", "memory", "version", "other.example.com/model")),
        st.sampled_from(["H100", "A100", True, False, Version.parse("1.0.0"), Quantity.parse("80Gi")]),
    ),
)


@settings(max_examples=examples(200), deadline=None)
@given(st.recursive(EVOLUTION_ATOMS, compounds, max_leaves=4), st.lists(EVOLUTION_DEVICES, min_size=1, max_size=6))
def test_the_ir_of_dra_evolution_answers_what_the_expression_answers(text: str, devices: list[Device]) -> None:
    condition = condition_of(text, Dialect.EVOLUTION)
    if condition is None:
        return
    kinds = [kind(condition.program.evaluate(device)) for device in devices]

    assert Evaluator().masks(condition, Frame(0, DRIVER, Dialect.EVOLUTION, tuple(devices))) == masks_of(kinds)


K8SRM_ATOMS = st.sampled_from(
    [
        "device.model == 'H100'",
        "device['model'] in ['H100', 'A100']",
        "'A100' != device.model",
        "device.numa >= 1",
        "device.memory >= '1G'",
        "device.ecc",
        "has(device.model)",
        "'model' in device",
        "device.exists(k, k == 'numa')",
        "device.driver == 'x'",
        "cel.bind(d, device, d.numa == 0)",
        "device.model.startsWith('H')",
    ]
)
K8SRM_DEVICES = st.builds(
    lambda attributes: Device("d", DRIVER, attributes),
    st.dictionaries(
        st.sampled_from(("model", "ecc", "memory", "numa", "driver")),
        st.sampled_from(["H100", "A100", "x", 0, 1, True, Version.parse("1.0.0"), Quantity.parse("1G")]),
    ),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.recursive(K8SRM_ATOMS, compounds, max_leaves=4), st.lists(K8SRM_DEVICES, min_size=1, max_size=6))
def test_the_ir_of_k8srm_answers_what_the_expression_answers(text: str, devices: list[Device]) -> None:
    condition = condition_of(text, Dialect.K8SRM)
    if condition is None:
        return
    kinds = [kind(condition.program.evaluate(device)) for device in devices]

    assert Evaluator().masks(condition, Frame(0, DRIVER, Dialect.K8SRM, tuple(devices))) == masks_of(kinds)
