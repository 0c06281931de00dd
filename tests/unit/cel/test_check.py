"""Types, overloads, and what the checker says."""

from __future__ import annotations

import pytest

from dra_policy.cel.environment import Environment, environment_for, minor_version, plain_environment
from dra_policy.cel.kinds import INT, STRING, declared_name, format_type, list_of, map_of, optional_of, read_type
from dra_policy.cel.names import Reference
from dra_policy.cel.static import Analysis, analyse
from dra_policy.cel.syntax import Call
from dra_policy.model import Dialect, Vocabulary
from dra_policy.model.vocabulary import AttributeUse
from dra_policy.text import Severity, Source

V1 = environment_for(Dialect.V1)
EVOLUTION = environment_for(Dialect.EVOLUTION)
GPU = 'device.attributes["gpu.nvidia.com"]'
CAPACITY = 'device.capacity["gpu.nvidia.com"]'


def analysed(text: str, environment: Environment = V1, vocabulary: Vocabulary = Vocabulary()) -> Analysis:  # noqa: B008
    return analyse(Source.of("<input>", text), environment, vocabulary)


def result_type(text: str, environment: Environment) -> str:
    analysis = analysed(text, environment)
    assert analysis.kubernetes_text == ""
    assert analysis.checked is not None
    return format_type(analysis.checked.output_type)


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("1 + 2", "int"),
        ("[]", "list(dyn)"),
        ("{'a': [1u]}", "map(string, list(uint))"),
        ("[1, 'a']", "list(dyn)"),
        ("[[], [1]]", "list(list(int))"),
        ("true ? 1 : dyn('a')", "dyn"),
        ("type(1)", "type(int)"),
        ("x.map(k, k + 'a')", "list(string)"),
        ("x.transformMap(k, v, v > 1, [v])", "map(string, list(int))"),
        ("x.?y", "optional_type(int)"),
        ("x.?y.orValue(0)", "int"),
        ("x[?'y'].optMap(v, string(v))", "optional_type(string)"),
        ("[1, 2].sortBy(e, -e)", "list(int)"),
        ("cel.bind(a, [1], a + a)", "list(int)"),
        ("timestamp('2026-01-01T00:00:00Z') - duration('1h')", "timestamp"),
        ("quantity('1').add(1)", "kubernetes.Quantity"),
        ("[optional.none(), optional.of('a')]", "list(optional_type(string))"),
        ("google.protobuf.Duration{seconds: 1}", "duration"),
    ],
)
def test_types_are_deduced(text: str, type_name: str) -> None:
    assert result_type(text, plain_environment({"x": map_of(STRING, INT)})) == type_name


def test_a_dynamic_receiver_keeps_all_overloads_that_can_apply() -> None:
    analysis = analysed(f"{GPU}.driverVersion.isGreaterThan({GPU}.x)")
    assert analysis.checked is not None
    assert isinstance(analysis.expression, Call)

    reference = analysis.checked.references[analysis.expression.id]

    assert reference == Reference("isGreaterThan", ("quantity_is_greater_than", "semver_is_greater_than"))


def test_the_receiver_of_a_namespaced_function_is_part_of_its_name() -> None:
    analysis = analysed('ip.isCanonical("127.0.0.1")')
    assert analysis.checked is not None
    assert isinstance(analysis.expression, Call)

    reference = analysis.checked.references[analysis.expression.id]

    assert reference == Reference("ip.isCanonical", ("ip_is_canonical",), is_namespaced=True)


def test_a_name_means_the_innermost_containers_variable() -> None:
    environment = plain_environment({"y": STRING, "com.y": INT, "com.example.z": INT}, container="com.example")

    assert result_type("y", environment) == "int"
    assert result_type(".y", environment) == "string"
    assert result_type("z + com.example.z", environment) == "int"
    assert result_type("['a'].map(y, y)[0]", environment) == "string"


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        ("device.drivr == 'x'", "DRA305", "undefined field 'drivr'", "did you mean `driver`?"),
        (
            "device.memory > 1",
            "DRA305",
            "undefined field 'memory'",
            'attributes and capacities are published under a domain: `device.attributes["DRIVER"].memory`',
        ),
        (
            "devce.driver == 'x'",
            "DRA305",
            "undeclared reference to 'devce' (in container '')",
            "did you mean `device`?",
        ),
        ("device.driver == True", "DRA305", "undeclared reference to 'True' (in container '')", "write `true`"),
        (
            f"{CAPACITY}.memory.sign() > 0",
            "DRA305",
            "found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'",
            f"`sign` is no member: write `sign({CAPACITY}.memory)`",
        ),
        (
            f"{CAPACITY}.memory > quantity('1Gi')",
            "DRA304",
            "found no matching overload for '_>_' applied to '(kubernetes.Quantity, kubernetes.Quantity)'",
            f"quantities are compared by functions: `{CAPACITY}.memory.isGreaterThan(quantity('1Gi'))`",
        ),
        (
            f"{CAPACITY}.memory >= '1Gi'",
            "DRA304",
            "found no matching overload for '_>=_' applied to '(kubernetes.Quantity, string)'",
            f"quantities are compared by functions: `{CAPACITY}.memory.compareTo(quantity('1Gi')) >= 0`",
        ),
        (
            f"{GPU}.v < semver('1.0.0')",
            "DRA304",
            "found no matching overload for '_<_' applied to '(dyn, kubernetes.Semver)'",
            f"versions are compared by functions: `{GPU}.v.isLessThan(semver('1.0.0'))`",
        ),
        (
            f"{CAPACITY}.memory == '1Gi'",
            "DRA304",
            "found no matching overload for '_==_' applied to '(kubernetes.Quantity, string)'",
            f"write `{CAPACITY}.memory == quantity('1Gi')`",
        ),
        (
            f"{CAPACITY}.memory.isGreaterThan(5)",
            "DRA305",
            "found no matching overload for 'isGreaterThan' applied to 'kubernetes.Quantity.(int)'",
            'write `quantity("5")`',
        ),
        (
            "quantity('1') + quantity('2') == quantity('3')",
            "DRA305",
            "found no matching overload for '_+_' applied to '(kubernetes.Quantity, kubernetes.Quantity)'",
            "write `quantity('1').add(quantity('2'))`",
        ),
        (
            "device.driver == 1",
            "DRA304",
            "found no matching overload for '_==_' applied to '(string, int)'",
            'write `"1"`, a text',
        ),
        (
            'device.attributes.productName == "A100"',
            "DRA304",
            "found no matching overload for '_==_' applied to '(map(string, dyn), string)'",
            'attributes have a domain: write `device.attributes["DRIVER"].productName`',
        ),
        (
            f"{CAPACITY}.memory / 2 == quantity('1')",
            "DRA305",
            "found no matching overload for '_/_' applied to '(kubernetes.Quantity, int)'",
            "quantities cannot be multiplied or divided; `asInteger()` makes a number",
        ),
        (
            "duration('1h') > 5",
            "DRA304",
            "found no matching overload for '_>_' applied to '(duration, int)'",
            'a duration is written as `duration("30s")`',
        ),
        (
            "1 == 1.0",
            "DRA304",
            "found no matching overload for '_==_' applied to '(int, double)'",
            "write `1.0`, so that both are doubles",
        ),
        (
            "'a' in device.driver",
            "DRA304",
            "found no matching overload for '@in' applied to '(string, string)'",
            "write `device.driver.contains('a')`, or `== device.driver`",
        ),
        ("true && 1", "DRA304", "expected type 'bool' but found 'int'", "compare it: `1 != 0`"),
        (
            f"{GPU}.?ecc == true",
            "DRA304",
            "found no matching overload for '_==_' applied to '(optional_type(dyn), bool)'",
            f"the left side may be absent: write `{GPU}.?ecc.orValue(…)`",
        ),
        (
            "[dyn(1), 'a'].size() == 2",
            "DRA304",
            "expected type 'dyn' but found 'string'",
            "Kubernetes wants one type in a list: wrap the constants in `dyn(…)` too",
        ),
        (
            "device.stringAttributes['vendor'] == 'x'",
            "DRA305",
            "undefined field 'stringAttributes'",
            (
                "`stringAttributes` is dra-evolution's: choose `--dialect dra-evolution`, "
                'or write `device.attributes["DRIVER"].NAME`'
            ),
        ),
        (
            "gpu.model == 'H100'",
            "DRA305",
            "undeclared reference to 'gpu' (in container '')",
            'the variable is `device`: `device.attributes["DRIVER"].NAME`; `gpu` can be declared in a policy',
        ),
        (
            "device.driver.startsWth('a')",
            "DRA305",
            "undeclared reference to 'startsWth' (in container '')",
            "did you mean `startsWith`?",
        ),
        (
            "device.driver.matches('(?=a)')",
            "DRA204",
            "invalid matches argument",
            "patterns are RE2: they cannot look ahead or behind",
        ),
        (
            "timestamp(253402300800) > timestamp(0)",
            "DRA204",
            "invalid timestamp argument",
            "a timestamp lies in the years 1 to 9999",
        ),
        (
            "duration('1 hour') == duration('1h')",
            "DRA204",
            "invalid duration argument",
            'a duration is a number with `h`, `m`, `s` or `ms`: "1h30m"',
        ),
        (
            '"%d".format([device.driver]) == ""',
            "DRA305",
            "error during formatting: decimal clause can only be used on integers, was given string",
            None,
        ),
        (
            "kubernetes.Quantity{} == quantity('1')",
            "DRA305",
            "undeclared reference to 'kubernetes.Quantity' (in container '')",
            'make it by `quantity("1Gi")`',
        ),
        (
            "device.driver.matches()",
            "DRA305",
            "found no matching overload for 'matches' applied to 'string.()'",
            "`matches` is `string.matches(string)`",
        ),
        (GPU, "DRA307", "must evaluate to bool or the unknown type, not map(string, dyn)", None),
        ("1", "DRA307", "must evaluate to bool or the unknown type, not int", "compare it, for example `1 > 0`"),
    ],
)
def test_a_mistake_is_said_in_kubernetes_words_and_then_how_to_write_it(
    text: str, code: str, message: str, hint: str | None
) -> None:
    diagnostic = analysed(text).diagnostics[0]

    assert (diagnostic.code, diagnostic.message) == (code, message)
    if hint is not None:
        assert diagnostic.hint == hint


def test_the_place_is_what_is_wrong_not_where_kubernetes_points() -> None:
    (diagnostic,) = analysed("device.driver.startsWith(1)").diagnostics

    assert diagnostic.span is not None
    assert diagnostic.span.text == "startsWith"


def test_all_mistakes_of_an_expression_are_found() -> None:
    analysis = analysed("device.drivr == 1 && (2 == 'a' || nope)")

    assert [diagnostic.message.split(" '")[0] for diagnostic in analysis.diagnostics] == [
        "undefined field",
        "found no matching overload for",
        "undeclared reference to",
    ]
    assert analysis.kubernetes_text.count("ERROR:") == 3


@pytest.mark.parametrize(
    ("version", "text", "hint"),
    [
        ("1.33", "[2, 1].sort() == [1, 2]", "`sort` needs Kubernetes 1.34; this environment is 1.33"),
        ("1.31", "[1].all(i, v, i < v)", "`all` needs Kubernetes 1.32; this environment is 1.31"),
        ("1.32", "semver('v1', true) == semver('1.0.0')", "`semver(string, bool)` needs Kubernetes 1.33"),
        ("1.33", "device.allowMultipleAllocations", "`allowMultipleAllocations` needs Kubernetes 1.34"),
        ("1.36", "device.attributes['a'].`b-c` == 1", 'write the name in brackets: `["b-c"]`; backticks need'),
    ],
)
def test_what_is_newer_than_the_cluster_is_named_with_its_version(version: str, text: str, hint: str) -> None:
    older = analysed(text, environment_for(Dialect.V1, kubernetes=version))
    newer = analysed(text, environment_for(Dialect.V1, kubernetes="1.37"))

    assert older.diagnostics[0].code == "DRA306"
    assert older.diagnostics[0].hint is not None
    assert older.diagnostics[0].hint.startswith(hint)
    assert newer.kubernetes_text == ""


def test_new_expressions_may_only_use_what_the_version_before_had() -> None:
    stored = environment_for(Dialect.V1, kubernetes="1.34")
    new = environment_for(Dialect.V1, kubernetes="1.34", stored=False)

    assert analysed("[2, 1].sort() == [1, 2]", stored).kubernetes_text == ""
    assert analysed("[2, 1].sort() == [1, 2]", new).diagnostics[0].code == "DRA306"


def test_gates_change_only_new_expressions() -> None:
    text = f"{GPU}.ports.exists(p, p == 1)"
    off = {"DRAListTypeAttributes": False}

    assert analysed(text, environment_for(Dialect.V1, features=off)).kubernetes_text == ""
    new = analysed(text, environment_for(Dialect.V1, stored=False, features=off))
    assert new.diagnostics[0].hint == "the feature gate DRAListTypeAttributes is off"
    assert analysed(text, environment_for(Dialect.V1, stored=False, features={"ListTypeAttributes": True})).checked


def test_the_prototype_wants_exactly_bool_and_knows_its_flat_variables() -> None:
    assert analysed("device.boolAttributes['ecc']", EVOLUTION).kubernetes_text == ""
    (diagnostic,) = analysed("device.attributes['ecc']", EVOLUTION).diagnostics
    assert diagnostic.message == "must evaluate to bool"
    assert diagnostic.hint == "the type is not known before run time: write `device.attributes['ecc'] == true`"
    newer = analysed("[2, 1].sort() == [1, 2]", EVOLUTION).diagnostics[0]
    assert newer.code == "DRA306"
    assert newer.hint == "`sort` came with Kubernetes 1.34; dra-evolution has the libraries of 1.30"
    (unknown,) = analysed("device == device", EVOLUTION).diagnostics[:1]
    assert unknown.hint is not None
    assert unknown.hint.startswith("here `device` alone is nothing; there are `device.driverName`")


def test_k8srm_has_the_standard_library_only_and_judges_results_at_run_time() -> None:
    k8srm = environment_for(Dialect.K8SRM)

    assert analysed("device.memory >= 40 && device.model.startsWith('A')", k8srm).kubernetes_text == ""
    assert analysed("device.model", k8srm).kubernetes_text == ""
    assert analysed("1 < 1.5", k8srm).diagnostics[0].code == "DRA304"
    assert analysed("quantity('1') == quantity('1')", k8srm).diagnostics[0].code == "DRA305"
    (optional,) = analysed("device.?model == 'a'", k8srm).diagnostics
    assert optional.message == "unsupported syntax '.?'"


def test_a_strict_prototype_warns_about_keys_that_it_joins_with_the_driver() -> None:
    strict = environment_for(Dialect.EVOLUTION, strict_prototype=True)

    (diagnostic,) = analysed("device.stringAttributes['model'] == 'a'", strict).diagnostics

    assert diagnostic.severity is Severity.WARNING
    assert diagnostic.message == "the prototype publishes `model` as `model.DRIVER` in typed maps"


def test_environments_are_one_object_for_one_request() -> None:
    assert environment_for(Dialect.V1, features={"DRAConsumableCapacity": True}) is environment_for(
        Dialect.V1, features={"ConsumableCapacity": True}
    )
    assert minor_version("v1.36.2") == 36
    with pytest.raises(ValueError, match="no Kubernetes version"):
        environment_for(Dialect.V1, kubernetes="latest")
    for unknown in ("1.30", "1.99"):
        with pytest.raises(ValueError, match="are known"):
            environment_for(Dialect.V1, kubernetes=unknown)


def test_types_are_read_and_printed_as_declarations_write_them() -> None:
    for text in ("map(string, list(<T>))", "optional_type(map(<K>, <V>))", "kubernetes.Quantity", "list(dyn)"):
        assert declared_name(read_type(text)) == text
    assert format_type(optional_of(list_of(read_type("google.protobuf.Timestamp")))) == "optional_type(list(timestamp))"


FLEET = Vocabulary(
    100,
    {"gpu.nvidia.com": 64, "nic.example.com": 36},
    (
        AttributeUse("gpu.nvidia.com", "productName", False, {"string": 64}, (("A100", 60), ("H100", 4))),
        AttributeUse("gpu.nvidia.com", "driverVersion", False, {"version": 64}),
        AttributeUse("gpu.nvidia.com", "ecc", False, {"bool": 10}),
        AttributeUse("gpu.nvidia.com", "memory", True, {"quantity": 64}),
        AttributeUse("nic.example.com", "rdma", False, {"bool": 36}),
    ),
)


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        (
            f'{GPU}.?prodctName.orValue("") == "A100"',
            "DRA301",
            "no driver publishes attribute `prodctName` of `gpu.nvidia.com`",
            "did you mean `productName`? It exists on 64 of 100 devices",
        ),
        (
            f"has({GPU}.memory)",
            "DRA301",
            "no driver publishes attribute `memory` of `gpu.nvidia.com`",
            f"write `{CAPACITY}.memory`: exists on 64 of 100 devices",
        ),
        (
            f'has({CAPACITY}.memroy) && {CAPACITY}.memroy == quantity("1")',
            "DRA302",
            "no driver publishes capacity `memroy` of `gpu.nvidia.com`",
            "did you mean `memory`? It exists on 64 of 100 devices",
        ),
        (
            '"ecc" in device.attributes["gpu.nvida.com"]',
            "DRA303",
            "no driver publishes under `gpu.nvida.com`",
            "did you mean `gpu.nvidia.com`?",
        ),
        (
            "size(device.attributes.productName) > 0",
            "DRA303",
            "no driver publishes under `productName`",
            f"write `{GPU}.productName`",
        ),
        (
            f'device.driver == "gpu.nvidia.com" && {GPU}.productName == "A10"',
            "DRA316",
            "no device publishes `productName` as `A10`",
            "did you mean `A100`?",
        ),
        (
            f'device.driver == "gpu.nvidia.com" && {GPU}.driverVersion == "1.2.3"',
            "DRA304",
            "`driverVersion` is published as version; here it is compared with a string",
            f'write `{GPU}.driverVersion.compareTo(semver("1.2.3")) == 0`',
        ),
        (
            f"{GPU}.ecc",
            "DRA308",
            "`ecc` is read without a guard; it exists on 10 of 100 devices",
            f"write `{GPU}.?ecc.orValue(false)`, or `has({GPU}.ecc) && …`",
        ),
        (
            f"{GPU}.productName == 'A100'",
            "DRA308",
            "`productName` is read without a guard; it exists on 64 of 100 devices",
            'write `device.driver == "gpu.nvidia.com" && …` first: all devices of that driver have it',
        ),
        (
            'quantity("2") == quantity("1").add(1)',
            "DRA304",
            "`==` does not work on the result of `add` or `sub` in Kubernetes",
            'write `quantity("1").add(1).compareTo(quantity("2")) == 0`',
        ),
        (
            f'device.driver == "gpu.nvidia.com" && {GPU}.driverVersion in ["1.2.3"]',
            "DRA304",
            "`driverVersion` is published as version; looking for it in a list of constants is an error",
            f"compare it: `{GPU}.driverVersion.compareTo(semver(…)) == 0`",
        ),
        (
            f'device.driver == "gpu.nvidia.com" ? {GPU}.productName : {GPU}.productName',
            "DRA308",
            "`productName` is read without a guard; it exists on 64 of 100 devices",
            'write `device.driver == "gpu.nvidia.com" && …` first: all devices of that driver have it',
        ),
        (
            'device.driver == "gpu.nvidia.com" && size("abc") == 3',
            "DRA314",
            '`size("abc") == 3` is the same on every device',
            "leave it out, or ask for something that a device publishes",
        ),
    ],
)
def test_a_fleet_makes_warnings_about_names_types_and_values(text: str, code: str, message: str, hint: str) -> None:
    analysis = analysed(text, V1, FLEET)

    assert analysis.kubernetes_text == ""
    diagnostic = analysis.diagnostics[0]
    assert (diagnostic.severity, diagnostic.code, diagnostic.message) == (Severity.WARNING, code, message)
    assert diagnostic.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        f"has({GPU}.ecc) && {GPU}.ecc",
        f"{GPU}.ecc && has({GPU}.ecc)",
        f"!has({GPU}.ecc) || {GPU}.ecc",
        f'"ecc" in {GPU} ? {GPU}.ecc : false',
        f"{GPU}.?ecc.orValue(false)",
        f"cel.bind(g, {GPU}, has(g.ecc) && g.ecc)",
        f'device.driver == "gpu.nvidia.com" && {GPU}.productName == "A100"',
    ],
)
def test_a_guarded_read_is_no_finding(text: str) -> None:
    assert analysed(text, V1, FLEET).diagnostics == ()


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("type(1) == int", "DRA313", "the API server refuses this as too complex: it sees no bound for the size"),
        (
            f"device.driver == '{'x' * 10_240}'",
            "DRA105",
            "the API server takes selectors of at most 10,240 bytes; this one has 10,259",
        ),
        (
            "lists.range(1000).all(a, lists.range(1000).all(b, a == b))",
            "DRA313",
            "the API server refuses this as too complex: estimated cost ",
        ),
    ],
)
def test_what_the_api_server_would_refuse_is_a_warning(text: str, code: str, message: str) -> None:
    analysis = analysed(text)

    (diagnostic,) = analysis.diagnostics
    assert analysis.kubernetes_text == ""
    assert (diagnostic.code, diagnostic.severity) == (code, Severity.WARNING)
    assert diagnostic.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (f"{GPU}.ecc && true", "DRA314", "`true` changes nothing here"),
        (f"false && {GPU}.ecc", "DRA315", "`false` alone decides this condition; the rest does not matter"),
        (f"{GPU}.ecc || true", "DRA314", "`true` alone decides this condition; the rest does not matter"),
        (
            f"device.driver == 'a' && {GPU}.ecc && 'b' == device.driver",
            "DRA315",
            "`device.driver` cannot be `'a'` and `'b'` at once",
        ),
    ],
)
def test_conditions_that_do_not_depend_on_the_device_are_findings(text: str, code: str, message: str) -> None:
    (diagnostic,) = analysed(text).diagnostics

    assert (diagnostic.code, diagnostic.severity, diagnostic.message) == (code, Severity.WARNING, message)


def test_an_attribute_of_several_types_is_a_finding() -> None:
    fleet = Vocabulary(5, {"a": 5}, (AttributeUse("a", "x", False, {"int": 3, "string": 2}),))

    (diagnostic,) = analysed('device.attributes["a"].x == 1', V1, fleet).diagnostics

    assert diagnostic.code == "DRA309"
    assert diagnostic.message.startswith("`x` is published as int on 3 and string on 2 devices")


def test_without_a_fleet_names_are_not_judged() -> None:
    assert analysed(f"{GPU}.whatever").diagnostics == ()


ON_GPUS = 'device.driver == "gpu.nvidia.com" && '


@pytest.mark.parametrize(
    ("text", "code", "message", "hint", "span"),
    [
        (
            f'{ON_GPUS}{GPU}.driverVersion > "500.0.0"',
            "DRA304",
            "`driverVersion` is published as version; here it is compared with a string",
            f'write `{GPU}.driverVersion.compareTo(semver("500.0.0")) > 0`',
            '"500.0.0"',
        ),
        (
            f'{ON_GPUS}"500.0.0" <= {GPU}.driverVersion',
            "DRA304",
            "`driverVersion` is published as version; here it is compared with a string",
            f'write `{GPU}.driverVersion.compareTo(semver("500.0.0")) >= 0`',
            '"500.0.0"',
        ),
        (
            f"{ON_GPUS}560.1 <= {GPU}.driverVersion",
            "DRA304",
            "`driverVersion` is published as version; here it is compared with a double",
            f'write `{GPU}.driverVersion.compareTo(semver("560.1.0")) >= 0`',
            "560.1",
        ),
        (
            f'{ON_GPUS}{GPU}.driverVersion != "500.0.0"',
            "DRA304",
            "`driverVersion` is published as version; here it is compared with a string",
            f'write `{GPU}.driverVersion.compareTo(semver("500.0.0")) != 0`',
            '"500.0.0"',
        ),
        (
            'quantity("2") != quantity("1").add(1)',
            "DRA304",
            "`!=` does not work on the result of `add` or `sub` in Kubernetes",
            'write `quantity("1").add(1).compareTo(quantity("2")) != 0`',
            'quantity("1").add(1)',
        ),
        (
            'quantity("2") in [quantity("1").add(1)]',
            "DRA304",
            "`in` does not find the result of `add` or `sub` in Kubernetes",
            'write `quantity("1").add(1).compareTo(quantity("2")) == 0`',
            'quantity("1").add(1)',
        ),
        (
            "device.driver.size() > 5 && device.driver.size() < 3",
            "DRA315",
            "`device.driver.size()` cannot be `> 5` and `< 3` at once",
            "for either of them write `||`",
            "device.driver.size() < 3",
        ),
        (
            'device.driver == "gpu.nvidia.com" && lists.range(1) == [0]',
            "DRA314",
            "`lists.range(1) == [0]` is the same on every device",
            "leave it out, or ask for something that a device publishes",
            "lists.range(1) == [0]",
        ),
        (
            'device.driver == "gpu.nvdia.com"',
            "DRA303",
            "no loaded device has the driver `gpu.nvdia.com`",
            "did you mean `gpu.nvidia.com`?",
            '"gpu.nvdia.com"',
        ),
        (
            'device.attributes[device.driver].productNam == "A100"',
            "DRA301",
            "no driver publishes attribute `productNam` in its own domain",
            "did you mean `productName`?",
            "productNam",
        ),
        (
            'device.attributes["gpu.nvidia.com/productName"] == {}',
            "DRA303",
            "`gpu.nvidia.com/productName` is a domain and a name; domains and names are looked up one after the other",
            f"write `{GPU}.productName`",
            '"gpu.nvidia.com/productName"',
        ),
    ],
)
def test_a_warning_stands_under_what_is_wrong_and_keeps_the_operator(
    text: str, code: str, message: str, hint: str, span: str
) -> None:
    found = next(each for each in analysed(text, V1, FLEET).diagnostics if each.code == code)

    assert (found.message, found.hint) == (message, hint)
    assert found.span is not None
    assert found.span.text == span


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f'{GPU}.driverVersion == "1.2.3"', "with the version on the left it fails"),
        (f'"1.2.3" == {GPU}.driverVersion', "with the text on the left it is false on every device"),
        (f'"1.2.3" != {GPU}.driverVersion', "a version and a text always differ"),
    ],
)
def test_a_comparison_of_a_version_with_a_text_says_which_order_fails(text: str, note: str) -> None:
    found = next(each for each in analysed(ON_GPUS + text, V1, FLEET).diagnostics if each.code == "DRA304")

    assert found.notes[0].startswith(note)


@pytest.mark.parametrize(
    "text",
    [
        'quantity("1").add(1) == quantity("2")',
        "device.driver.size() > 3 && device.driver.size() < 5",
        "device.driver.size() >= 3 && device.driver.size() <= 3",
        "device.driver.size() > 3 && size(device.attributes) < 3",
        'device.attributes["gpu.nvidia.com"].?ecc.orValue(false) || device.driver.size() < 3',
        "device.attributes[device.driver].?productName.orValue('') == 'A100'",
    ],
)
def test_conditions_that_can_hold_are_no_finding(text: str) -> None:
    assert [each.code for each in analysed(text, V1, FLEET).diagnostics] == []


def test_includes_of_1_36_is_a_matter_of_its_gate_in_new_objects_only() -> None:
    # k8s.io/dynamic-resource-allocation 0.36, cel/compile.go: FeatureEnabled limits the environment of new expressions.
    new, stored = (environment_for(Dialect.V1, kubernetes="1.36", stored=stored) for stored in (False, True))

    found = analysed("[1].includes(1)", new).diagnostics[0]

    assert (found.code, found.hint) == ("DRA312", "the feature gate DRAListTypeAttributes is off")
    assert analysed("[1].includes(1)", stored).diagnostics == ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            'device.attributes["g.com/productName"] == "A100"',
            'domain and name are looked up one after the other: write `device.attributes["g.com"].productName`',
        ),
        (
            'device.attributes["g.com/product-name"].startsWith("A")',
            'domain and name are looked up one after the other: write `device.attributes["g.com"]["product-name"]`',
        ),
        (
            'device.attributes["model"] == "A100"',
            'the domain comes first: write `device.attributes["DOMAIN"].model`',
        ),
        (
            'device.capacity["gpu.nvidia.com"].isGreaterThan(quantity("1"))',
            'these are all capacity of `gpu.nvidia.com`: name one, as `device.capacity["gpu.nvidia.com"].NAME`',
        ),
    ],
)
def test_all_values_of_a_domain_where_one_is_wanted_say_how_one_is_named(text: str, hint: str) -> None:
    (found,) = analysed(text, V1, FLEET).diagnostics

    assert found.hint == hint


def test_type_variables_of_what_macros_copy_count_twice() -> None:
    found = analysed("[?[1, 2][?0].optFlatMap(x, optional.none()).value()] == [1]").kubernetes_text

    assert "expected type 'optional_type(_var16)' but found '_var16'" in found


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("[[], [1]].foo", "list(list(int))"),
        ("[?{}.?c, ?optional.of(42)].x", "list(int)"),
        ("[optional.of(1), optional.none()].?foo", "list(optional_type(int))"),
    ],
)
def test_what_has_no_fields_is_named_with_the_types_found_inside_it(text: str, type_: str) -> None:
    assert f"type '{type_}' does not support field selection" in analysed(text).kubernetes_text


def test_type_variables_are_numbered_alike_whatever_was_checked_before() -> None:
    text = '"a" == "b" || size("ab") == 1 || [1].exists(x, x == 1) || [][?0]'
    first, second = (analysed(text).kubernetes_text for _ in range(2))

    assert "found 'optional_type(_var6)'" in first
    assert first == second


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("type({'x': 1}.transformMap(k, v, v + 1)) == type(1)", 16),
        ("type({'x': 1}.transformMapEntry(k, v, {v: k})) == type(1)", 15),
    ],
)
def test_type_variables_of_overloads_with_other_arguments_count(part: str, number: int) -> None:
    found = analysed(f"{part} || [?{GPU}.numas.last().value()] == [1]").kubernetes_text

    assert f"expected type 'optional_type(_var{number})' but found '_var{number}'" in found


def test_functions_that_nobody_has_declared_leave_nothing_behind() -> None:
    environment = plain_environment({})
    kept = environment.functions._found  # what grows in a server that reads strangers' texts

    analysed("unheardOf(1)", environment)
    assert analysed("size('a')", environment).kubernetes_text == ""

    assert "size" in kept
    assert "unheardOf" not in kept
