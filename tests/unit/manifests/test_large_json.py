"""A large dump says the same as its objects one by one: plain ones are decoded into types, others are looked into."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dra_policy.manifests import ReadResult, read_text
from dra_policy.manifests.large_json import LARGE
from dra_policy.model import Objects

PADDING = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "padding"}, "data": {"x": "y" * LARGE}}
SLICE = {"driver": "d", "pool": {"name": "p", "generation": 2, "resourceSliceCount": 1}, "devices": [{"name": "x"}]}


def slice_with(spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": "s", **metadata},
        "spec": {**SLICE, **(spec or {})},
    }


def node_with(**members: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": {"zone": "a"}}, **members}


OBJECTS = {
    "plain": slice_with({"nodeName": "n"}),
    "not in order": dict(reversed(slice_with({"nodeName": "n"}).items())),
    "null fields": slice_with({"nodeName": None, "allNodes": None, "devices": None}),
    "devices are no list": slice_with({"devices": {"name": "x"}}),
    "no devices": {**slice_with(), "spec": {"driver": "d", "pool": {"name": "p"}, "allNodes": True}},
    "no name": slice_with(name=""),
    "longest name": slice_with(name="s" * 253),
    "name too long": slice_with(name="s" * 254),
    "node with a name that is none": {**node_with(), "metadata": {"name": "N"}},
    "generated name": {**slice_with(), "metadata": {"generateName": "s-"}},
    "time": slice_with(creationTimestamp="2026-01-01T00:00:00Z", labels={"a": "b"}, managedFields=[{}]),
    "unknown field": slice_with({"nodNam": "n"}),
    "unknown field of the metadata": slice_with(label={}),
    "a number for a text": slice_with({"nodeName": 7}),
    "a text for a number": slice_with({"pool": {"name": "p", "generation": "2", "resourceSliceCount": 1}}),
    "spec is a list": {**slice_with(), "spec": [1]},
    "counters": slice_with({"sharedCounters": [{"name": "c", "counters": {"memory": {"value": "80Gi"}}}]}),
    "selector": slice_with({"nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": []}]}}),
    "older version": {**slice_with(), "apiVersion": "resource.k8s.io/v1beta1"},
    "prototype": {**slice_with(), "apiVersion": "resource.k8s.io/v1alpha2", "kind": "ResourcePool"},
    "half a character": slice_with(name="\ud800"),
    "node": node_with(spec={"x": 1}, status={"allocatable": {"cpu": "4"}, "declaredFeatures": ["A"], "images": []}),
    "node without a status": node_with(spec={"podCIDR": "10.0.0.0/24", "podCIDRs": [], "providerID": "x://y"}),
    "cordoned node": node_with(spec={"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]}),
    "node with a taint": node_with(
        spec={"taints": [{"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}]}
    ),
    "node with null fields": node_with(spec={"unschedulable": None, "taints": None}),
    "node with an unknown field in a taint": node_with(spec={"taints": [{"key": "k", "efect": "NoSchedule"}]}),
    "node with a text for true": node_with(spec={"unschedulable": "true"}),
    "node of numbers": node_with(status={"allocatable": {"cpu": 4}}),
    "node with a number for a label": {**node_with(), "metadata": {"name": "n", "labels": {"zone": 1}}},
    "node with an unknown field": node_with(statu={}),
}


def compact(value: object) -> str:
    """Devices are kept as they are written: without spaces both ways give one text."""
    return json.dumps(value, separators=(",", ":"))


def told(result: ReadResult) -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in result.diagnostics]


def kept(objects: Objects) -> list[object]:
    return [*objects.nodes, *objects.slices]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_of_a_dump_is_read_as_one_that_stands_alone(name: str) -> None:
    # The first slice of a dump is looked into for all: put another one before.
    first = slice_with(name="first")
    alone = [read_text("a.json", compact(each)) for each in (first, OBJECTS[name])]

    large = read_text("a.json", compact({"kind": "List", "apiVersion": "v1", "items": [first, OBJECTS[name], PADDING]}))

    nodes = [node for each in alone for node in each.objects.nodes]
    assert kept(large.objects) == [*nodes, *(found for each in alone for found in each.objects.slices)]
    assert told(large) == [each for result in alone for each in told(result)]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_of_a_large_case_is_read_as_one_of_a_small_case(name: str) -> None:
    found = OBJECTS[name]
    case = {
        "nodes" if found["kind"] == "Node" else "slices": [found],
        "allocatedDevices": [{"driver": "d", "pool": "p"}],
    }

    large = read_text("a.json", compact({**case, "padding": "y" * LARGE}))
    small = read_text("a.json", compact(case))

    assert kept(large.objects) == kept(small.objects)
    assert large.objects.allocated_devices == small.objects.allocated_devices
    assert told(large) == told(small)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_between_plain_ones_of_a_large_case_is_read_as_one_of_a_small_case(name: str) -> None:
    nodes, slices = [node_with()], [slice_with(name="first"), slice_with({"nodeName": "n"}, name="last")]
    found = OBJECTS[name]
    (nodes if found["kind"] == "Node" else slices).insert(1, found)
    case = {"nodes": nodes, "slices": slices, "classes": [{"metadata": {"name": "c"}, "spec": {}}]}

    large = read_text("a.json", compact({**case, "padding": "y" * LARGE}))
    small = read_text("a.json", compact(case))

    assert kept(large.objects) == kept(small.objects)
    assert large.objects.classes == small.objects.classes
    assert told(large) == told(small)


@pytest.mark.parametrize("ending", ["\n", ".", "-", " "])
def test_a_name_that_is_none_is_found_in_a_large_case_too(ending: str) -> None:
    node = {**node_with(), "metadata": {"name": "n" + ending}}
    case = {"nodes": [node], "slices": [slice_with(name="s" + ending)]}

    large = read_text("a.json", compact({**case, "padding": "y" * LARGE}))

    assert told(large) == told(read_text("a.json", compact(case)))


def test_a_place_in_a_large_case_is_exact() -> None:
    case = {"nodes": [node_with()], "slices": [slice_with(name=f"s{index}") for index in range(3)]}
    text = json.dumps({**case, "padding": "y" * LARGE}, indent=1)

    objects = read_text("a.json", text).objects

    places = [objects.nodes[0].place, objects.slices[2].place]
    spans = [each and each.child("metadata", "name").span for each in places]
    assert [span and span.text for span in spans] == ['"n"', '"s2"']


def test_a_place_in_an_object_that_was_decoded_whole_is_exact() -> None:
    objects = [slice_with(name=f"s{index}") for index in range(3)]
    text = json.dumps({"kind": "List", "apiVersion": "v1", "items": [*objects, PADDING]}, indent=1)

    last = read_text("a.json", text).objects.slices[2]

    assert last.place is not None
    span = last.place.child("spec", "pool", "generation").span
    assert span is not None
    assert (span.text, span.position.line) == ("2", text[: text.rindex('"generation"')].count("\n") + 1)
