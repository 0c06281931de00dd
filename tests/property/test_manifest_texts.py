"""Laws of reading and writing manifest texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dra_policy.manifests import read_text
from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.splitting import document_regions
from dra_policy.manifests.templates import Templates
from dra_policy.manifests.writing import to_json, to_yaml
from dra_policy.manifests.yaml_values import load_yaml
from tests.property.effort import examples

BOUNDED = settings(max_examples=examples(150), deadline=None)

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="ab:#-\n '\"\\|>{}[],&*!%@`~0123456789.+_=<eyYnN\t", max_size=14),
    st.sampled_from(
        ["", "yes", "on", "n", "0777", "1e3", "12:30:45", "2026-01-01", "~", "null", "<<", ".nan", "1_000"]
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=5)


def without_surrogates(value: object) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in json.dumps(value, ensure_ascii=False))


@BOUNDED
@given(st.lists(OBJECTS, min_size=1, max_size=3))
def test_a_document_written_as_yaml_reads_back_as_itself(documents: list[dict[str, Any]]) -> None:
    assume(without_surrogates(documents))
    text = to_yaml(documents)

    regions = document_regions(text)

    assert [load_yaml(text[start:end]) for start, end in regions] == documents


@BOUNDED
@given(OBJECTS)
def test_a_document_written_as_yaml_means_the_same_to_every_reader_of_yaml_1_1(document: dict[str, Any]) -> None:
    assume(without_surrogates(document))
    strings = {f"k{index}": text for index, text in enumerate([*document, *document.values()]) if isinstance(text, str)}

    assert yaml.safe_load(to_yaml([strings])) == strings


@BOUNDED
@given(OBJECTS)
def test_a_document_written_as_json_reads_back_as_itself(document: dict[str, Any]) -> None:
    assert json.loads(to_json([document])) == document


SIMPLE = st.recursive(
    st.booleans() | st.integers(0, 99) | st.text(alphabet="ab01 :/._#-'\"x", max_size=8),
    lambda children: (
        st.lists(children, min_size=1, max_size=3)
        | st.dictionaries(st.text(alphabet="abc-", min_size=1, max_size=4), children, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


@BOUNDED
@given(st.lists(SIMPLE, min_size=1, max_size=4), st.sampled_from([20, 1000]))
def test_templates_read_what_the_parser_reads(values: list[Any], width: int) -> None:
    templates = Templates()

    for value in values:
        text = yaml.dump({"item": value}, width=width)
        assert json.loads(templates.read(text)) == load_yaml(text)


LINES = st.lists(
    st.sampled_from(
        [
            "a: b",
            "- a: b",
            "  c: d",
            "  - e",
            "- f",
            "g: |",
            "  h: i",
            "#j: k",
            "l: 'm",
            "n'",
            'o: "p"',
            "q: r #s",
            "t:",
            "u: {v: w}",
            "x: &y z",
            "aa: *y",
            "bb: >-",
            "cc: dd ee",
            "    ff: 5",
            "gg: 0777",
            "hh: - ii",
            "? jj",
            "a: !!str 5",
        ]
    ),
    max_size=8,
)


def outcome(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except MalformedError:
        return MalformedError


@settings(max_examples=examples(600), deadline=None)
@given(st.lists(LINES, min_size=1, max_size=3))
@example([["a: b", "cc: dd ee"], ["a: b", "cc: n'"]])
def test_templates_never_read_anything_else_whatever_the_text(texts: list[list[str]]) -> None:
    templates = Templates()

    def read_by_template(text: str) -> object:
        return json.loads(templates.read(text))

    for lines in texts:
        text = "\n".join(lines) + "\n"
        assert outcome(read_by_template, text) == outcome(load_yaml, text)


@BOUNDED
@given(st.binary(max_size=80) | st.text(alphabet="abc:-{}[]\"'\n \t#&*!|>%@\x00\x85é", max_size=80).map(str.encode))
def test_no_input_raises(data: bytes) -> None:
    result = read_text("input.yaml", data)

    for diagnostic in result.diagnostics:
        assert diagnostic.code.startswith("DRA")
        if diagnostic.span is not None:
            assert diagnostic.span.position.line >= 1


OBJECT_FIELDS = st.sampled_from(
    [
        "metadata",
        "spec",
        "status",
        "devices",
        "requests",
        "exactly",
        "name",
        "count",
        "selectors",
        "cel",
        "expression",
        "pool",
        "constraints",
        "config",
        "opaque",
        "firstAvailable",
        "tolerations",
        "nodeSelector",
        "allocation",
        "results",
        "containers",
        "resources",
        "claims",
        "limits",
        "template",
        "deviceClaims",
        "allOf",
        "class",
        "attributes",
        "hard",
    ]
)
SHAPED = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1.x", "40Gi"]),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(OBJECT_FIELDS, children, max_size=4),
    max_leaves=15,
)
KINDS = st.sampled_from(
    [
        ("resource.k8s.io/v1", "ResourceClaim"),
        ("resource.k8s.io/v1", "ResourceSlice"),
        ("resource.k8s.io/v1beta1", "ResourceClaimTemplate"),
        ("resource.k8s.io/v1beta1", "ResourceSlice"),
        ("resource.k8s.io/v1", "DeviceClass"),
        ("resource.k8s.io/v1alpha3", "DeviceTaintRule"),
        ("resource.k8s.io/v1alpha2", "ResourceClaim"),
        ("resource.k8s.io/v1alpha2", "ResourcePool"),
        ("devmgmtproto.k8s.io/v1alpha1", "DeviceClaim"),
        ("devmgmtproto.k8s.io/v1alpha1", "DevicePool"),
        ("v1", "Pod"),
        ("v1", "Node"),
        ("v1", "ResourceQuota"),
        ("apps/v1", "Deployment"),
        ("v1", "List"),
    ]
)


@BOUNDED
@given(KINDS, st.dictionaries(OBJECT_FIELDS, SHAPED, max_size=4), st.booleans())
def test_an_object_of_any_shape_is_read_or_reported(
    kind: tuple[str, str], fields: dict[str, Any], as_json: bool
) -> None:
    document = {"apiVersion": kind[0], "kind": kind[1], **fields}

    result = read_text("object", to_json([document]) if as_json else to_yaml([document]))

    for published in result.objects.slices:
        assert isinstance(published.devices.decode(published.devices.text, published.driver), tuple)
