"""What CEL becomes in the IR. Only the parser is needed: a leaf's program is a stand-in that has a text."""

from __future__ import annotations

import pytest

from dra_policy.cel.parse import parse
from dra_policy.cel.syntax import Expression
from dra_policy.compiler import lower, simplify
from dra_policy.ir import Answer, CelFailure, CelLeaf, Path, Predicate, leaves, print_predicate, reading
from dra_policy.model import Device, Dialect
from dra_policy.record import dataclass
from dra_policy.text import Source, Span

A, C = 'device.attributes["gpu.example.com"]', 'device.capacity["gpu.example.com"]'


@dataclass(frozen=True, slots=True)
class ParsedProgram:
    """An expression that was only parsed."""

    text: str
    syntax: Expression
    may_exceed_limit: bool = False

    def evaluate(self, device: Device) -> Answer:
        text = f"{self.text} is not evaluated on {device.name}"
        return CelFailure(text, text)


def lowered(text: str, dialect: Dialect = Dialect.V1, *, may_exceed_limit: bool = False) -> Predicate:
    source = Source.of("<test>", text)
    parsed = parse(source)
    assert parsed.expression is not None, parsed.problems

    def part(node: Expression) -> ParsedProgram:
        return ParsedProgram(node.span.text, node)

    return simplify(lower(ParsedProgram(text, parsed.expression, may_exceed_limit), dialect, source, part))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('device.driver == "a"', '== device.driver "a"'),
        ('"a" == device.driver', '== device.driver "a"'),
        (f"{A}.index >= 1", ">= gpu.example.com/index 1"),
        (f"4 >= {A}.index", "<= gpu.example.com/index 4"),
        (f"{A}.index > -1", "> gpu.example.com/index -1"),
        (f'{A}["model"] == "H100"', '== gpu.example.com/model "H100"'),
        (f'{C}.memory.compareTo(quantity("40Gi")) >= 0', ">= gpu.example.com/memory 40Gi"),
        (f'0 <= {C}.memory.compareTo(quantity("40Gi"))', ">= gpu.example.com/memory 40Gi"),
        (f'{C}.memory.compareTo(quantity("40Gi")) > -1', ">= gpu.example.com/memory 40Gi"),
        (f'{C}.memory.compareTo(quantity("40Gi")) == 1', "> gpu.example.com/memory 40Gi"),
        (f'quantity("40Gi").compareTo({C}.memory) <= 0', ">= gpu.example.com/memory 40Gi"),
        (f'{C}.memory.isGreaterThan(quantity("40Gi"))', "> gpu.example.com/memory 40Gi"),
        (f'quantity("40Gi").isGreaterThan({C}.memory)', "< gpu.example.com/memory 40Gi"),
        (f'!{C}.memory.isLessThan(quantity("40Gi"))', "not < gpu.example.com/memory 40Gi"),
        (f'{C}.memory == quantity("40Gi")', "== gpu.example.com/memory 40Gi"),
        (f'{A}.driverVersion.isLessThan(semver("2.0.0"))', "< gpu.example.com/driverVersion 2.0.0"),
        (f'{A}.driverVersion == semver("v2", true)', "== gpu.example.com/driverVersion 2.0.0"),
        (f'{A}.model in ["A", "B"]', 'in gpu.example.com/model ["A", "B"]'),
        (f"has({A}.ecc)", "has gpu.example.com/ecc"),
        (f'"ecc" in {A}', "has gpu.example.com/ecc"),
        (f"{A}.?ecc.hasValue()", "has gpu.example.com/ecc"),
        ('"gpu.example.com" in device.attributes', "has gpu.example.com"),
        (f"{A}.ecc", "is gpu.example.com/ecc"),
        (f"{A}.ecc == false", "== gpu.example.com/ecc false"),
        (f"{A}.?ecc.orValue(false)", "is gpu.example.com/ecc else false"),
        (f'{A}.?model.orValue("none") == "A"', '== gpu.example.com/model "A" else "none"'),
        (f'{A}[?"model"].orValue("none") in ["A", "B"]', 'in gpu.example.com/model ["A", "B"] else "none"'),
        (f'{A}.model.startsWith("H")', 'startsWith gpu.example.com/model "H"'),
        ('device.driver.matches("^gpu")', 'matches device.driver "^gpu"'),
        ("device.allowMultipleAllocations", "is device.allowMultipleAllocations"),
    ],
)
def test_kubernetes_conditions_become_typed_leaves(text: str, wanted: str) -> None:
    assert print_predicate(lowered(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("device.driverName == 'a'", '== device.driver "a"'),
        ("device.stringAttributes['nic.k8s.io/type'] == 'pf'", '== nic.k8s.io/type "pf"'),
        ("device.quantityAttributes['bw'].compareTo(quantity('1G')) >= 0", ">= bw 1G"),
        ("'nic.k8s.io/type' in device.attributes", "has nic.k8s.io/type"),
        ("device.boolAttributes.ecc", "is ecc"),
        ("device.attributes['a'] == true", "== a true"),
    ],
)
def test_conditions_of_dra_evolution_become_typed_leaves(text: str, wanted: str) -> None:
    assert print_predicate(lowered(text, Dialect.EVOLUTION)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("device.model == 'foozer-1000'", '== model "foozer-1000"'),
        ("device['model'] == 'foozer-1000'", '== model "foozer-1000"'),
        ("device.bandwidth >= '1G'", '>= bandwidth "1G"'),
        ("'model' in device", "has model"),
        ("device.driver == 'x'", '== driver "x"'),
    ],
)
def test_conditions_of_k8srm_become_typed_leaves(text: str, wanted: str) -> None:
    assert print_predicate(lowered(text, Dialect.K8SRM)) == wanted


def test_a_k8srm_attribute_called_driver_is_not_the_driver() -> None:
    (leaf,) = leaves(lowered("device.driver == 'x'", Dialect.K8SRM))

    assert leaf.paths == (Path("attributes", None, "driver"),)


@pytest.mark.parametrize(
    "text",
    [
        f'{A}.links.exists(x, x == "nv0")',
        f"{A}.driverVersion.major() >= 525",
        f'{C}.memory.compareTo(quantity("abc")) >= 0',
        f'{A}.driverVersion == semver("1.2")',
        f'{C}.memory.compareTo(quantity("1")) >= 2',
        f"{A}.index % 2 == 0",
        f"{A}.model in []",
        f'"nv0" in {A}.links',
        f"{A}.numa == {A}.index",
        f"{A}.numa == 1u",
        f'{A}.?model == optional.of("A")',
    ],
)
def test_anything_else_stays_cel_with_all_that_it_reads(text: str) -> None:
    predicate = lowered(text)

    assert isinstance(predicate, CelLeaf)
    assert predicate.text == text
    assert predicate.paths
    assert not any(path.is_whole for path in predicate.paths)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('device.attributes.exists(d, v, v.size() == 1)', (Path("attributes"),)),
        (f'{A} == {{"a": 1}}', (Path("attributes", "gpu.example.com"),)),
        (f"{A}[{A}.key] == 1", (Path("attributes", "gpu.example.com"), Path("attributes", "gpu.example.com", "key"))),
        (f"{A}.l[0] == 1", (Path("attributes", "gpu.example.com", "l"),)),
        ("[device].size() == 1", (Path("device"),)),
        ('device.attributes.dra.x.matches(device.driver)', (Path("attributes", "dra", "x"), Path("driver"))),
    ],
)  # fmt: skip
def test_a_whole_map_is_read_where_the_key_is_computed(text: str, paths: tuple[Path, ...]) -> None:
    (leaf,) = leaves(lowered(text))

    assert leaf.paths == paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('device.attributes.exists(d, d == "x")', Path("attributes", names_only=True)),
        (f'{A}.exists(k, k == "uuid")', Path("attributes", "gpu.example.com", names_only=True)),
        (f"{A}.size() == 3", Path("attributes", "gpu.example.com", names_only=True)),
        (f"size({C}) == 3", Path("capacity", "gpu.example.com", names_only=True)),
        ('"x" in device.attributes', Path("attributes", names_only=True)),
    ],
)
def test_a_loop_over_the_keys_reads_no_values(text: str, path: Path) -> None:
    (leaf,) = leaves(lowered(text))

    assert leaf.paths == (path,)


def test_negation_moves_to_the_leaves() -> None:
    predicate = lowered(f'!({A}.ecc && (device.driver == "a" || !{A}.mig))')

    assert print_predicate(predicate) == (
        'any\n  not is gpu.example.com/ecc\n  all\n    not == device.driver "a"\n    is gpu.example.com/mig'
    )


def test_a_conditional_keeps_its_condition_apart() -> None:
    assert print_predicate(lowered(f"!(has({A}.ecc) ? {A}.ecc : true)")) == (
        "choice\n  has gpu.example.com/ecc\n  not is gpu.example.com/ecc\n  false"
    )


def test_a_bound_map_is_inlined() -> None:
    assert print_predicate(lowered(f"cel.bind(g, {A}, g.ecc && g.numa == 0)")) == (
        "all\n  is gpu.example.com/ecc\n  == gpu.example.com/numa 0"
    )


def test_binds_in_one_another_are_inlined() -> None:
    text = 'cel.bind(all, device.attributes, cel.bind(g, all["gpu.example.com"], g.ecc || g.numa == 0))'

    assert print_predicate(lowered(text)) == "any\n  is gpu.example.com/ecc\n  == gpu.example.com/numa 0"


@pytest.mark.parametrize(
    "text",
    [
        f"cel.bind(x, {A}.numa, x == 0 || true)",
        f"cel.bind(device, {A}, device.ecc)",
        f"cel.bind(g, {A}, [1].exists(g, g == 1) && g.ecc)",
        f"cel.bind(g, {A}, [1].exists(device, g.numa == device))",
    ],
)
def test_a_bind_that_might_fail_or_clash_stays_cel(text: str) -> None:
    assert isinstance(lowered(text), CelLeaf)


def test_what_may_exceed_the_cost_limit_is_one_leaf() -> None:
    predicate = lowered(f'{A}.ecc && device.driver == "a"', may_exceed_limit=True)

    assert isinstance(predicate, CelLeaf)
    assert predicate.paths == (Path("attributes", "gpu.example.com", "ecc"), Path("driver"))


def test_every_part_points_to_its_own_text() -> None:
    first, second = (leaf.span for leaf in leaves(lowered(f'{A}.ecc && !(device.driver == "a")')))

    assert first.text == f"{A}.ecc"
    assert second.text == 'device.driver == "a"'


def test_spans_point_into_the_source_asked_for() -> None:
    parsed = parse(Source.of("first", "device.allowMultipleAllocations"))
    assert parsed.expression is not None
    own = Source.of("own", "device.allowMultipleAllocations")
    program = ParsedProgram(own.text, parsed.expression)

    assert lower(program, Dialect.V1, own, lambda _: program).span == Span(own, 0, len(own.text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f'{C}.memory.compareTo(quantity("80Gi")) >= 0', "memory >= 80Gi"),
        (f'!{C}.memory.isLessThan(quantity("80Gi"))', "memory >= 80Gi"),
        (f'{A}.productName == "H100"', 'productName is "H100"'),
        (f'!({A}.productName == "H100")', 'productName is not "H100"'),
        (f'{A}.driverVersion.compareTo(semver("570.0.0")) >= 0', "driverVersion >= 570.0.0"),
        ('device.driver == "gpu.nvidia.com"', 'device.driver is "gpu.nvidia.com"'),
        (f'{A}.type in ["a", "b"]', 'type is one of "a", "b"'),
        (f'!({A}.type in ["a", "b"])', 'type is none of "a", "b"'),
        (f"has({A}.ecc)", "has ecc"),
        (f"!has({A}.ecc)", "has no ecc"),
        (f"!{A}.ecc", "not ecc"),
        (f"{A}.ecc != true", "not ecc"),
        (f'!{A}.model.contains("H")', 'model does not contain "H"'),
        (f'"nv2" in {A}.links', '"nv2" in links'),
        (f"!({A}.index % 2 == 0)", "not (index % 2 == 0)"),
        (f"!{A}.links.includes(1)", "not links.includes(1)"),
        (f'{A}["model"].lowerAscii() == "a100"', 'model.lowerAscii() == "a100"'),
        (f"{A}.?numa.orValue(0) + 1 == 2", "numa.orValue(0) + 1 == 2"),
        (f"{A}.ecc && ({A}.mig || {A}.numa == 0)", "ecc and (mig or numa is 0)"),
        (f"{A}.ecc ? {A}.mig : false", "if ecc then mig else never true"),
        ('"x.io" in device.attributes', "has attributes of x.io"),
    ],
)
def test_readings_are_short_and_use_the_last_part_of_a_name(text: str, wanted: str) -> None:
    assert reading(lowered(text)) == wanted
