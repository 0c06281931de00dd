from __future__ import annotations

import re

import pytest

from dra_policy.language import compile_documents, expand_expression, load_policy, parse_policy, scope_of_policies
from dra_policy.language.scope import Scope
from dra_policy.model import (
    AllocationMode,
    DeviceClass,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    Objects,
    Toleration,
)
from dra_policy.text import Severity, Source
from dra_policy.values import Quantity
from tests.shared_data import PROJECT
from tests.unit.language.texts import DRIVERS, documents, load, load_well


def test_a_class_has_its_guard_first_and_what_it_extends_before_its_own() -> None:
    objects = load_well(
        DRIVERS
        + """
        class base from gpu { where gpu.a == 1  config gpu { kind: "A" } }
        class more extends base { config gpu { kind: "B" }  where gpu.b == 2 }
        """
    ).objects
    more = next(each for each in objects.classes if each.name == "more")

    assert [each.expression for each in more.selectors] == [
        'device.driver == "gpu.nvidia.com"',
        'device.attributes["gpu.nvidia.com"].a == 1',
        'device.attributes["gpu.nvidia.com"].b == 2',
    ]
    assert [each.parameters for each in more.configurations] == [{"kind": "A"}, {"kind": "B"}]


def test_a_class_of_several_drivers_has_one_guard() -> None:
    (made,) = load_well(DRIVERS + "class c from gpu, nic {}").objects.classes

    assert [each.expression for each in made.selectors] == ['device.driver in ["gpu.nvidia.com", "sriov.example.com"]']


def test_a_set_of_classes_is_one_selector_that_joins_their_conditions() -> None:
    objects = load_well(
        DRIVERS + "class a from gpu { where gpu.x == 1  label tier=one }\nclass b from nic { label tier=one }\n"
        "class s { any of a, b }\nclass l { any with label tier=one }"
    ).objects
    expected = (
        'device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].x == 1'
        ' || device.driver == "sriov.example.com"'
    )

    assert [[each.expression for each in made.selectors] for made in objects.classes[2:]] == [[expected], [expected]]


def test_order_of_declarations_does_not_matter() -> None:
    uses = "class b extends a { where big(device) }\npredicate big(d) = d.gpu.m > one\n"
    objects = load_well(uses + "class a from gpu {}\nlet one = 1Gi\ndriver gpu = 'd.e'").objects

    assert objects.classes[0].selectors[0].expression == 'device.driver == "d.e"'


def test_a_claim_has_its_requests_constraints_and_configurations() -> None:
    text = (PROJECT / "testdata" / "language" / "everything.dra").read_text(encoding="utf-8")
    claim, _ = load(text).objects.claims
    gpus, port, boost = claim.requests

    assert claim.full_name == "team-b/train"
    assert claim.shareable
    assert (gpus.demands[0].device_class_name, gpus.demands[0].count, len(gpus.demands[0].selectors)) == ("h100", 2, 2)
    assert gpus.demands[0].tolerations == (
        Toleration("gpu.nvidia.com/maintenance", "Equal", "planned", "NoExecute", 300),
        Toleration("", "Exists"),
    )
    assert port.demands[0].selectors[0].expression.startswith('device.capacity["sriov.example.com"].bandwidth')
    assert boost.prioritized
    assert [(each.name, each.count, len(each.selectors)) for each in boost.demands] == [("big", 1, 1), ("small", 2, 2)]
    assert claim.constraints == (
        MatchAttribute("resource.kubernetes.io/pcieRoot", ("gpus", "port")),
        DistinctAttribute("gpu.nvidia.com/uuid", ("gpus", "boost/big")),
    )
    assert [(each.driver, each.requests) for each in claim.configurations] == [("gpu.nvidia.com", ("gpus",))]


def test_templates_have_their_own_namespace_shares_and_admin_access() -> None:
    text = (PROJECT / "testdata" / "language" / "everything.dra").read_text(encoding="utf-8")
    shared, watch, _ = load(text).objects.templates

    demand = shared.claim.requests[0].demands[0]
    assert [each.expression for each in demand.selectors] == ["device.allowMultipleAllocations"]
    assert demand.capacity_requests == {"memory": Quantity.parse("8Gi"), "compute": Quantity.parse("10")}
    assert (shared.namespace, watch.namespace) == ("team-a", "admin-access")
    assert watch.claim.requests[0].demands[0].allocation_mode is AllocationMode.ALL
    assert watch.claim.requests[0].demands[0].admin_access


def test_places_lead_to_what_the_api_calls_the_field() -> None:
    (claim,) = load_well("claim c { request gpus: 4 of a100 }").objects.claims
    place = claim.requests[0].demands[0].place

    assert place is not None
    assert [place.child(name).span.text for name in ("count", "deviceClassName")] == ["4", "a100"]  # type: ignore[union-attr]


def test_imports_bring_names_to_the_importing_file_only() -> None:
    files = {
        "lib.dra": 'import "deep.dra"\nlet floor = 1Gi\npredicate small(d) = d.gpu.m < floor',
        "deep.dra": 'driver gpu = "d.e"',
    }

    loaded = load('import "lib.dra"\ndriver gpu = "other.e"\nclass c { where small(device) }', files)
    assert (
        loaded.objects.classes[0].selectors[0].expression == 'device.capacity["d.e"].m.compareTo(quantity("1Gi")) < 0'
    )

    hidden = load('import "lib.dra"\nclass c from gpu {}', files)
    assert [each.code for each in hidden.diagnostics] == ["DRA303"]


def test_a_named_import_brings_only_that_name_and_must_exist() -> None:
    files = {"lib.dra": "let one = 1\nlet two = 2"}

    assert [each.code for each in load('import one from "lib.dra"\nlet x = one + two', files).diagnostics] == ["DRA303"]
    assert [each.code for each in load('import three from "lib.dra"', files).diagnostics] == ["DRA310"]


def test_a_manifest_is_imported_by_a_reader_that_knows_manifests() -> None:
    brought = Objects(classes=[DeviceClass("from-yaml", Dialect.V1)])
    source = Source.of("p.dra", 'import "classes.yaml"\nclaim c { request g: 1 of from-yam }')

    loaded = load_policy(source, lambda _: (brought, ()))
    assert [each.name for each in loaded.objects.classes] == ["from-yaml"]
    assert [each.hint for each in loaded.diagnostics] == ["did you mean `from-yaml`?"]

    refused = load('import "classes.yaml"', {"classes.yaml": "kind: DeviceClass"})
    assert [each.code for each in refused.diagnostics] == ["DRA101"]


def test_a_condition_that_names_another_request_is_told_of_constraints() -> None:
    claim = "claim c { request a: 1 of x where gpu.n == port.n  request port: 1 of y }"
    (found,) = load(f'driver gpu = "d"\n{claim}').diagnostics

    assert found.code == "DRA303"
    assert found.hint is not None
    assert "`port` is a request" in found.hint


def test_the_reference_shows_policies_that_parse() -> None:
    reference = (PROJECT / "grammar" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", reference, re.MULTILINE | re.DOTALL)

    assert len(blocks) >= 3
    for block in blocks:
        assert parse_policy(Source.of("README.md", block))[1] == ()


def test_imports_in_a_circle_are_harmless_and_objects_of_all_files_exist() -> None:
    files = {"a.dra": 'import "policy.dra"\nclass b {}', "policy.dra": ""}

    assert [each.name for each in load_well('import "a.dra"\nclass a {}', files).objects.classes] == ["a", "b"]


def test_one_name_from_two_imports_is_an_error_that_shows_both_places() -> None:
    files = {"a.dra": "let x = 1", "b.dra": "let x = 2"}
    (found,) = load('import "a.dra"\nimport "b.dra"', files).diagnostics

    assert found.code == "DRA205"
    assert {found.span.source.name if found.span else "", found.labels[0].span.source.name} == {"a.dra", "b.dra"}


def test_a_double_shows_both_places() -> None:
    (found,) = load("class a {}\nclass a {}").diagnostics

    assert found.span is not None
    assert (found.span.position.line, found.labels[0].span.position.line) == (2, 1)


def test_documents_of_v1() -> None:
    text = (
        'driver gpu = "d.e"\nclaim c in team "why" { request g: all of x where gpu.a == 1  match gpu.numa  label k=v }'
    )

    assert documents(text) == [
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceClaim",
            "metadata": {
                "name": "c",
                "namespace": "team",
                "labels": {"k": "v"},
                "annotations": {"kubernetes.io/description": "why"},
            },
            "spec": {
                "devices": {
                    "requests": [
                        {
                            "name": "g",
                            "exactly": {
                                "deviceClassName": "x",
                                "selectors": [{"cel": {"expression": 'device.attributes["d.e"].a == 1'}}],
                                "allocationMode": "All",
                            },
                        }
                    ],
                    "constraints": [{"matchAttribute": "d.e/numa"}],
                }
            },
        }
    ]


def test_before_v1beta2_an_exact_request_is_flat() -> None:
    (made,) = documents("claim c { request g: 2 of x }", Dialect.V1BETA1)

    assert made["spec"] == {"devices": {"requests": [{"name": "g", "deviceClassName": "x", "count": 2}]}}  # type: ignore[index, call-overload]


def test_documents_of_dra_evolution_have_maps_by_type_and_a_request_for_each_device() -> None:
    text = """
    driver gpu = "d.e" { model: string, memory: quantity, fw: version }
    domain std = "resource.kubernetes.io" { pcieRoot: string }
    class c from gpu { where gpu.?model == "m" && gpu.memory >= 1Gi && gpu.fw < v2.0 }
    claim a { request g: 2 of c  match std.pcieRoot  shareable  config gpu for g { kind: "K" } }
    """
    device_class, claim = documents(text, Dialect.EVOLUTION)

    assert device_class["requirements"] == [  # type: ignore[index, call-overload]
        {"deviceSelector": 'device.driverName == "d.e"'},
        {
            "deviceSelector": '"model" in device.stringAttributes && device.stringAttributes["model"] == "m"'
            ' && device.quantityAttributes["memory"].compareTo(quantity("1Gi")) >= 0'
            ' && device.versionAttributes["fw"].compareTo(semver("2.0.0")) < 0'
        },
    ]
    config = [{"opaque": {"driverName": "d.e", "parameters": {"kind": "K"}}}]
    assert claim["spec"] == {  # type: ignore[index, call-overload]
        "constraints": [{"matchAttribute": "resource.kubernetes.io/pcieRoot"}],
        "requests": [
            {"name": "g-0", "deviceClassName": "c", "config": config},
            {"name": "g-1", "deviceClassName": "c", "config": config},
        ],
        "shareable": True,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "request g: all of x",
        "request g: first of { a: 1 of x }",
        "request g: 1 of x tolerate all",
        "request g: 1 of x shared",
        "request g: 1 of x take 1Gi of memory",
        "request g: 1 of x where gpu.untyped == 1",
        "request g: 1 of x where device.allowMultipleAllocations",
        "request g: 1 of x  distinct gpu.a",
        "request g: 1 of x  request h: 1 of x  match gpu.a across g",
        "request g: 1 to 2 of x",
        "request g: 1 of x  require true",
    ],
)
def test_what_dra_evolution_cannot_say_is_an_error_at_its_line(statement: str) -> None:
    source = Source.of("p.dra", f'driver gpu = "d.e"\nclaim c {{\n {statement}\n}}')
    _, diagnostics = compile_documents([source], Dialect.EVOLUTION)

    (found,) = diagnostics
    assert (found.code, found.severity, found.span.position.line if found.span else 0) == ("DRA701", Severity.ERROR, 3)


def test_drop_writes_what_the_target_can_say() -> None:
    source = Source.of("p.dra", "claim c { request g: 1 of x  require true }")
    made, diagnostics = compile_documents([source], drop=True)

    assert len(made) == 1
    assert [each.severity for each in diagnostics] == [Severity.WARNING]


def test_names_that_the_api_refuses_are_errors_of_compiling() -> None:
    source = Source.of("p.dra", 'class "Big GPU" {}\nclaim c { request G: 1 of x }')
    _, diagnostics = compile_documents([source])

    assert [each.code for each in diagnostics] == ["DRA703", "DRA703"]


def _compile_codes(text: str, dialect: Dialect = Dialect.V1, kubernetes: str | None = None) -> list[tuple[str, str]]:
    _, diagnostics = compile_documents([Source.of("p.dra", text)], dialect, kubernetes=kubernetes)
    return [(each.code, each.span.outermost().text if each.span else "") for each in diagnostics]


def test_compiling_checks_types_at_the_place_in_the_policy() -> None:
    text = 'driver gpu = "d.e"\nclass c from gpu { where gpu.model.matchez("A") where size(gpu.m) }'

    assert _compile_codes(text) == [("DRA305", "matchez"), ("DRA307", "size(gpu.m)")]


def test_compiling_refuses_functions_that_the_version_lacks() -> None:
    text = 'driver gpu = "d.e"\nclass c from gpu { where [gpu.a].distinct().size() == 1 }'

    assert _compile_codes(text) == []
    assert _compile_codes(text, Dialect.V1BETA2, "1.33") == [("DRA306", "distinct")]


@pytest.mark.parametrize(
    ("dialect", "kubernetes", "hint"),
    [
        (Dialect.V1, "1.33", "it serves v1alpha3, v1beta1, v1beta2: say so with `--target v1beta2`"),
        (Dialect.V1BETA2, "1.32", "it serves v1alpha3, v1beta1: say so with `--target v1beta1`"),
        (Dialect.V1ALPHA3, "1.34", "it serves v1beta1, v1beta2, v1: say so with `--target v1`"),
    ],
)
def test_compiling_for_a_version_that_does_not_serve_the_target_is_refused(
    dialect: Dialect, kubernetes: str, hint: str
) -> None:
    made, (found,) = compile_documents([Source.of("p.dra", "class c {}")], dialect, kubernetes=kubernetes)

    assert made == []
    assert (found.code, found.hint) == ("DRA707", hint)


LATER_WORDS = """class c { extended resource example.com/gpu }
claim a {
    request g: 1 of c
        shared
        take 1Gi of memory
        tolerate all
    request h: first of { x: 1 of c, y: 2 of c }
    distinct example.com/uuid
}
"""


# The fields came with v0.33 (firstAvailable, tolerations) and v0.34 (the others) of k8s.io/api, in all versions then.
@pytest.mark.parametrize(
    ("dialect", "kubernetes", "words"),
    [
        (Dialect.V1BETA1, "1.32", ["extended", "shared", "take", "tolerate", "first", "distinct"]),
        (Dialect.V1BETA2, "1.33", ["extended", "shared", "take", "distinct"]),
        (Dialect.V1ALPHA3, None, ["extended", "shared", "take", "distinct"]),
        (Dialect.V1BETA1, None, []),
        (Dialect.V1, "1.36", []),
    ],
)
def test_what_came_later_than_the_target_is_refused_where_it_stands(
    dialect: Dialect, kubernetes: str | None, words: list[str]
) -> None:
    found = [(code, text.split()[0]) for code, text in _compile_codes(LATER_WORDS, dialect, kubernetes)]

    assert sorted(found) == sorted(("DRA701", word) for word in words)


def test_compiling_holds_expressions_to_the_limits_of_the_api() -> None:
    # The API server takes 10 KiB.
    long = " || ".join(f'gpu.model == "{"x" * 60}{number}"' for number in range(120))

    (found,) = _compile_codes(f'driver gpu = "d.e"\nclass c from gpu {{ where {long} }}')
    assert found[0] == "DRA705"


def test_expressions_with_short_names_expand_and_map_back() -> None:
    scope = scope_of_policies([Source.of("<session>", 'driver tpu = "tpu.google.com"\nlet v = "v5p"')])
    typed = Source.of("<argument>", "tpu.model == v && tpu.memory > 5Gi")
    expanded, diagnostics = expand_expression(typed, scope)

    assert diagnostics == ()
    assert expanded is not None
    assert expanded.text == (
        'device.attributes["tpu.google.com"].model == "v5p"'
        ' && device.capacity["tpu.google.com"].memory.compareTo(quantity("5Gi")) > 0'
    )
    start = expanded.text.index("quantity")
    assert expanded.locate is not None
    place = expanded.locate(start, start + len('quantity("5Gi")')).outermost()
    assert (place.source, place.text) == (typed, "5Gi")


@pytest.mark.parametrize("typed", ["tpu.model =", "nope.model == 1", "1\nlet y = 2", "true }", ""])
def test_a_wrong_expression_is_reported_inside_its_own_text(typed: str) -> None:
    scope = Scope()
    source = Source.of("<argument>", typed)
    expanded, diagnostics = expand_expression(source, scope)

    assert expanded is None
    assert diagnostics
    for each in diagnostics:
        assert each.span is not None
        assert each.span.outermost().source is source


def test_the_story_told_twice_is_the_same() -> None:
    folder = PROJECT / "examples" / "same-policy-twice"
    if not folder.exists():
        pytest.skip("example not here")
    text = (folder / "policy.dra").read_text(encoding="utf-8")
    kinds = [each["kind"] for each in documents(text) if isinstance(each, dict)]

    assert kinds == ["DeviceClass", "ResourceClaim"]
