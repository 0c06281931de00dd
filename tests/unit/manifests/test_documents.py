"""Places in manifests, and expressions inside them."""

from __future__ import annotations

import json

import pytest

from dra_policy.manifests import original_document, read_text
from dra_policy.model import Selector
from dra_policy.text import Span

EXPRESSION = 'device.driver == "gpu.example.com" &&\ndevice.attributes["gpu.example.com"].model == "A100"\n'

STYLES = {
    "literal": "|\n              " + EXPRESSION.strip().replace("\n", "\n              ") + "\n",
    "literal with its indentation": "|2-\n              " + EXPRESSION.strip().replace("\n", "\n              ") + "\n",
    "folded": ">-\n              # no comment here\n              " + EXPRESSION.replace("\n", "\n              "),
    "double quoted": json.dumps(EXPRESSION) + "\n",
    "single quoted": "'" + EXPRESSION.strip().replace("\n", "\n                ") + "'\n",
    "plain": EXPRESSION.strip().replace("\n", "\n                ") + "\n",
}


def selector(text: str) -> Selector:
    (device_class,) = read_text("class.yaml", text).objects.classes
    return device_class.selectors[0]


def document(expression: str) -> str:
    return f"""\
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {{name: c}}
spec:
  selectors:
  - cel:
            expression: {expression}"""


@pytest.mark.parametrize("style", STYLES)
def test_a_word_of_an_expression_is_found_in_the_file_whatever_the_style(style: str) -> None:
    found = selector(document(STYLES[style]))
    source = found.place.embedded(found.expression)

    for word in ("gpu.example.com", "device.attributes", "model", "A100"):
        start = found.expression.index(word)
        outer = Span(source, start, start + len(word)).outermost()
        assert outer.text == word
        assert outer.source.name == "class.yaml"


def test_the_place_of_a_block_scalar_is_its_text() -> None:
    found = selector(document(STYLES["literal"]))

    assert found.place.span is not None
    assert found.place.span.position.line == 8
    assert found.place.span.text.startswith("device.driver")
    assert found.place.span.text.endswith('"A100"')


def test_the_place_of_what_is_not_written_is_the_nearest_value_around_it() -> None:
    (claim,) = read_text(
        "c.yaml",
        "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nspec:\n  devices:\n"
        "    requests:\n    - name: r\n      exactly: {deviceClassName: x}\n",
    ).objects.claims
    demand = claim.requests[0].demands[0]

    assert demand.place is not None
    assert demand.place.child("count").span is not None
    assert demand.place.child("count").span.text == "{deviceClassName: x}"  # type: ignore[union-attr]
    assert demand.place.child("deviceClassName").key_span.text == "deviceClassName"  # type: ignore[union-attr]


def test_places_in_an_item_of_a_list_count_from_the_file() -> None:
    objects = read_text(
        "l.yaml",
        "# two\n---\n- apiVersion: v1\n  kind: Node\n  metadata: {name: a}\n"
        "- apiVersion: v1\n  kind: Node\n  metadata:\n    name: b\n",
    ).objects
    place = objects.nodes[1].place

    assert place is not None
    span = place.child("metadata", "name").span
    assert span is not None
    assert (span.position.line, span.position.column, span.text) == (9, 11, "b")


def test_the_original_of_an_object_keeps_fields_that_nobody_knows() -> None:
    text = "---\nkind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: a}, other: [1]}\n"
    node = read_text("l.yaml", text).objects.nodes[0]

    assert original_document(node.place) == {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "a"},
        "other": [1],
    }
    assert original_document(None) is None


def test_a_text_other_than_the_one_written_stands_where_the_value_stands() -> None:
    found = selector(document(STYLES["plain"]))
    source = found.place.embedded("something else")

    assert Span(source, 0, 4).outermost() == found.place.span


@pytest.mark.parametrize("text", ["-!\n:", "-\x00", "items:\n-!\n:", "-5: [", "items:\n-5: ["])
def test_a_broken_text_that_begins_with_a_dash_is_no_list(text: str) -> None:
    assert {each.code for each in read_text("x.yaml", text).diagnostics} & {"DRA101", "DRA106", "DRA207"}


def test_devices_that_are_no_list_are_told() -> None:
    slice_ = "apiVersion: resource.k8s.io/v1\nkind: ResourceSlice\nmetadata: {name: s}\nspec:\n  devices:\n    -5\n"

    assert [each.message for each in read_text("x.yaml", slice_).diagnostics if "devices" in each.message]
