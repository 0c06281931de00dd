"""Files, folders, standard input; what is wrong in them is reported and everything else is loaded."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import pytest

from dra_policy.manifests import ReadResult, merge_results, read_inputs, read_text
from dra_policy.manifests.large_json import LARGE
from dra_policy.model import Node, Objects
from dra_policy.text import Diagnostic, Severity, Source

NODE = "apiVersion: v1\nkind: Node\nmetadata:\n  name: {}\n"


def names(result: ReadResult) -> list[str]:
    return [node.name for node in result.objects.nodes]


def found(result: ReadResult) -> list[tuple[str, str, tuple[int, int] | None]]:
    return [
        (each.code, each.message, (each.span.position.line, each.span.position.column) if each.span else None)
        for each in result.diagnostics
    ]


def test_folders_are_read_recursively_in_sorted_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for path, name in (("c.yaml", "3"), ("a.yml", "1"), ("b/x.yaml", "2"), (".git/x.yaml", "no"), ("notes.txt", "no")):
        (tmp_path / path).write_text(NODE.format(f"n{name}"))

    assert names(read_inputs([str(tmp_path)])) == ["n1", "n2", "n3"]


def test_a_folder_without_manifests_and_an_empty_file_are_fine(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "comment.yaml").write_text("# nothing\n---\n# here\n")

    assert read_inputs([str(tmp_path)]) == ReadResult(Objects())


def test_what_cannot_be_read_is_reported_and_the_rest_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(NODE.format("n1"))
    (tmp_path / "binary.yaml").write_bytes(b"a: 1\nb: \xff\n")

    result = read_inputs([str(tmp_path / "absent.yaml"), str(tmp_path)])

    assert names(result) == ["n1"]
    assert [each.code for each in result.diagnostics] == ["DRA101", "DRA101"]
    assert "no such file or directory" in result.diagnostics[0].message
    assert "line 2 is no UTF-8 text (byte 0xff)" in result.diagnostics[1].message


def test_standard_input_is_read_where_its_place_is() -> None:
    result = read_inputs(["-"], stdin=lambda: NODE.format("n1").encode())

    assert names(result) == ["n1"]
    assert result.objects.nodes[0].place is not None
    assert result.objects.nodes[0].place.document.name == "<stdin>"


def test_other_languages_are_read_by_the_reader_for_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.dra").write_text("node n9")
    (tmp_path / "b.yaml").write_text(NODE.format("n1"))

    def reader(source: Source) -> tuple[Objects, Sequence[Diagnostic]]:
        return Objects(nodes=[Node(source.text.split()[1])]), [Diagnostic("DRA201", Severity.WARNING, "old")]

    result = read_inputs([str(tmp_path)], extra={".dra": reader})

    assert names(result) == ["n9", "n1"]
    assert [each.code for each in result.diagnostics] == ["DRA201"]


def test_a_broken_document_does_not_hide_the_others() -> None:
    text = "\n---\n".join([NODE.format("n1"), "a: [1,\nb: }", "x: 1\n\ty: 2", NODE.format("n2")])

    result = read_text("in.yaml", text)

    assert names(result) == ["n1", "n2"]
    assert [each[0] for each in found(result)] == ["DRA207", "DRA207"]
    assert found(result)[0][2] == (8, 4)
    assert result.diagnostics[1].hint == "YAML is indented with spaces, never with tabs"


def test_well_formed_items_of_a_malformed_list_are_read() -> None:
    items = ["- apiVersion: v1\n  kind: Node\n  metadata: {name: n1}\n", "- a: [\n", "- apiVersion: v1\n  kind: Node\n"]
    text = "apiVersion: v1\nkind: List\nitems:\n" + "".join(items) + "  metadata: {name: n3}\n"

    result = read_text("list.yaml", text)

    assert names(result) == ["n1", "n3"]
    assert [each.code for each in result.diagnostics] == ["DRA207"]


def test_pipes_and_hidden_files_of_a_folder_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / ".hidden.yaml").write_text(NODE.format("n1"))

    assert read_inputs([str(tmp_path)]) == ReadResult(Objects())


def test_json_lines_go_on_after_a_broken_line() -> None:
    lines = [json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}) for name in ("n1", "n2")]

    result = read_text("in.json", f"{lines[0]}\n{{,}}\n{lines[1]}")

    assert names(result) == ["n1", "n2"]
    assert [(code, place) for code, _, place in found(result)] == [("DRA207", (2, 2))]


def test_yaml_in_flow_style_is_yaml() -> None:
    assert names(read_text("in.yaml", "{apiVersion: v1, kind: Node, metadata: {name: n1}}")) == ["n1"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        '{"a":' * 100_000,
        "a: " + "[" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: \x00",
        "\x00",
        "a: *b",
        "a: &a [*a]",
        "\n".join(f"a{i}: &a{i} [{', '.join(['*a' + str(i - 1)] * 9) if i else 'x'}]" for i in range(20)),
        "%YAML 9.9\n---\na: 1",
        "[1, 2, 3]",
        "just text",
        '{"apiVersion": 1, "kind": []}',
        "? [a]\n: b",
        "a: .nan",
        "1" * 5000,
        '{"a": NaN}',
        "!!python/object/apply:os.system [ls]",
    ],
)
def test_hostile_texts_are_answered_with_a_diagnostic(text: str) -> None:
    result = read_text("bad.yaml", text)

    assert result.has_errors or not result.diagnostics
    assert names(result) == []


def test_deeply_nested_json_inside_an_object_is_answered() -> None:
    text = '{"apiVersion":"resource.k8s.io/v1","kind":"ResourceSlice","metadata":{"name":"s"},"spec":{"devices":[{"x":'
    depth = 900

    result = read_text("deep.json", text + "[" * depth + "]" * depth + "}]}}")

    assert len(result.objects.slices) == 1 or result.has_errors


def test_the_same_object_twice_is_a_warning_and_the_later_one_stands() -> None:
    text = NODE.format("n1") + "---\n" + NODE.format("n1") + "  labels: {zone: b}\n"

    result = read_text("in.yaml", text)

    assert [node.labels for node in result.objects.nodes] == [{"zone": "b"}]
    (warning,) = result.diagnostics
    assert (warning.code, warning.severity) == ("DRA107", Severity.WARNING)
    assert found(result)[0][2] == (9, 9)
    assert warning.labels[0].span.position.line == 4


def test_results_are_merged_as_kubectl_apply_would() -> None:
    first = read_text("a", NODE.format("n1") + "---\n" + NODE.format("n2"))
    second = read_text("b", NODE.format("n2") + "  labels: {x: z}\n")

    merged = merge_results([first, second])

    assert [(node.name, node.labels) for node in merged.objects.nodes] == [("n1", {}), ("n2", {"x": "z"})]


def test_a_key_written_twice_is_reported_in_yaml_and_json() -> None:
    as_yaml = read_text("in.yaml", NODE.format("n1") + "  name: n2\n")
    as_json = read_text("in.json", '{"apiVersion":"v1","kind":"Node",\n"metadata":{"name":"n1","name":"n2"}}')

    assert names(as_yaml) == names(as_json) == ["n2"]
    assert [(code, place) for code, _, place in found(as_yaml)] == [("DRA208", (5, 3))]
    assert [(code, place) for code, _, place in found(as_json)] == [("DRA208", (2, 25))]


@pytest.mark.parametrize(
    ("field", "message", "hint"),
    [
        ("contraints: []", "`devices` has no field `contraints`", "did you mean `constraints`?"),
        ("zzzzzzzzzzzzz: []", "`devices` has no field `zzzzzzzzzzzzz`", None),
    ],
)
def test_an_unknown_field_is_a_warning_with_the_nearest_one(field: str, message: str, hint: str | None) -> None:
    text = "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nspec:\n  devices:\n    "

    (warning,) = read_text("in.yaml", text + field).diagnostics

    assert (warning.code, warning.severity, warning.message, warning.hint) == (
        "DRA103",
        Severity.WARNING,
        message,
        hint,
    )
    assert warning.span is not None
    assert warning.span.text == field.partition(":")[0]


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ("{name: r, exactly: {deviceClassName: x, count: '2'}}", "DRA105", "`count` takes a whole number, not a text"),
        ("{name: r, exactly: {deviceClassName: 5}}", "DRA105", "`deviceClassName` takes a text, not a number"),
        ("{name: r, exactly: [a]}", "DRA105", "`exactly` takes a mapping, not a list"),
        (
            "{name: r, exactly: {deviceClassName: x, selectors: {cel: x}}}",
            "DRA105",
            "`selectors` takes a list, not a mapping",
        ),
        (
            "{name: r, exactly: {deviceClassName: x, adminAccess: maybe}}",
            "DRA105",
            "`adminAccess` takes true or false, not a text",
        ),
        ("{exactly: {}}", "DRA106", "a request has no `name`"),
        ("text", "DRA105", "`requests` takes mappings, not a text"),
    ],
)
def test_a_value_of_another_type_is_reported_at_its_place(request_: str, code: str, message: str) -> None:
    text = (
        "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\n"
        f"spec:\n  devices:\n    requests:\n    - {request_}\n    - {{name: other, exactly: {{deviceClassName: x}}}}\n"
    )

    result = read_text("in.yaml", text)

    assert (result.diagnostics[0].code, result.diagnostics[0].message) == (code, message)
    assert result.diagnostics[0].span is not None
    assert result.diagnostics[0].span.position.line == 7
    assert [each.message for each in result.diagnostics].count(message) == 1
    assert result.objects.claims[0].requests[-1].name == "other"


def test_a_quantity_that_cannot_be_read_is_reported() -> None:
    text = (
        "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nspec:\n  devices:\n    requests:\n"
        "    - {name: r, exactly: {deviceClassName: x, capacity: {requests: {memory: 4Q}}}}\n"
    )

    (error,) = read_text("in.yaml", text).diagnostics

    assert error.code == "DRA204"
    assert error.span is not None
    assert error.span.text == "4Q"


def test_unknown_kinds_are_counted_and_near_misses_of_device_kinds_reported() -> None:
    text = "apiVersion: example.com/v1\nkind: Thing\n---\napiVersion: resource.k8s.io/v1\nkind: ResourceClaims\n"

    result = read_text("in.yaml", text)

    assert result.objects.skipped == {"example.com/v1/Thing": 1, "resource.k8s.io/v1/ResourceClaims": 1}
    (warning,) = result.diagnostics
    assert (warning.code, warning.hint) == ("DRA102", "did you mean `ResourceClaim`?")


def test_a_version_that_is_not_known_is_reported() -> None:
    result = read_text("in.yaml", "apiVersion: resource.k8s.io/v7\nkind: ResourceClaim\n")

    (warning,) = result.diagnostics
    assert (warning.code, warning.severity) == ("DRA102", Severity.WARNING)
    assert result.objects.skipped == {"resource.k8s.io/v7/ResourceClaim": 1}


def test_a_file_that_is_given_twice_is_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "node.yaml"
    path.write_text(NODE.format("n1"))

    assert read_inputs([str(path), str(path)]).diagnostics == ()
    assert merge_results([read_inputs([str(path)]), read_inputs([str(path)])]).diagnostics == ()


def dump(items: int) -> dict[str, object]:
    devices = [{"name": f"gpu-{index}", "attributes": {"uuid": {"string": f"é{index}"}}} for index in range(8)]
    slices = [
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceSlice",
            "metadata": {"name": f"slice-{index}", "annotations": {"note": "ü"}},
            "spec": {
                "driver": "d",
                "nodeName": f"n{index}",
                "pool": {"name": f"n{index}", "generation": 1, "resourceSliceCount": 1},
                "devices": devices,
            },
        }
        for index in range(items)
    ]
    claim = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "c"}, "spec": {}}
    other = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    return {"apiVersion": "v1", "kind": "List", "items": [*slices, claim, other]}


@pytest.mark.parametrize("indent", [None, 4])
def test_a_large_json_dump_reads_as_the_small_one_with_exact_places(indent: int | None) -> None:
    text = json.dumps(dump(900), indent=indent, ensure_ascii=False)
    assert len(text) > LARGE

    large, small = read_text("dump.json", text).objects, read_text("dump.json", json.dumps(dump(3))).objects

    assert (len(large.slices), len(large.claims), large.skipped) == (900, 1, {"v1/Secret": 1})
    for left, right in zip(large.slices[:3], small.slices, strict=True):
        assert left.devices.decode(left.devices.text, "d") == right.devices.decode(right.devices.text, "d")
    place = large.slices[700].place
    assert place is not None
    span = place.child("spec", "devices", 5, "attributes", "uuid", "string").span
    assert span is not None
    assert span.text == '"é5"'
    assert place.child("metadata", "name").span.text == '"slice-700"'  # type: ignore[union-attr]


def test_a_large_yaml_dump_reads_as_the_json_one() -> None:
    from dra_policy.manifests.writing import to_yaml

    document = json.loads(json.dumps(dump(60)))
    yaml_text = to_yaml([document])

    as_yaml, as_json = read_text("dump.yaml", yaml_text).objects, read_text("dump.json", json.dumps(document)).objects

    assert len(yaml_text) > 20_000
    assert as_yaml.claims == as_json.claims
    for left, right in zip(as_yaml.slices, as_json.slices, strict=True):
        assert (left.name, left.node_name, left.pool) == (right.name, right.node_name, right.pool)
        assert left.devices.decode(left.devices.text, "d") == right.devices.decode(right.devices.text, "d")
    place = as_yaml.slices[30].place
    assert place is not None
    assert place.child("spec", "devices", 5, "attributes", "uuid", "string").span.text == "'é5'"  # type: ignore[union-attr]


def test_a_large_json_text_that_is_broken_says_where() -> None:
    text = json.dumps(dump(900), indent=1)
    broken = text.replace('"slice-800",', '"slice-800"', 1).replace('"slice-800"\n', '"slice-800" x\n', 1)

    result = read_text("dump.json", broken)

    assert result.diagnostics[0].code == "DRA207"
    assert result.diagnostics[0].span is not None
    assert "slice-800" in result.diagnostics[0].span.source.line_text(result.diagnostics[0].span.position.line)


def test_the_form_of_devices_in_a_large_dump_is_checked_once() -> None:
    document = json.loads(json.dumps(dump(900)).replace('"attributes": {"uuid"', '"basic": {"uuid"'))

    result = read_text("dump.json", json.dumps(document))

    assert [(each.code, each.message) for each in result.diagnostics] == [
        ("DRA104", "`basic` stands in resource.k8s.io/v1beta1")
    ]


def test_a_number_without_end_is_told_at_its_place() -> None:
    (error,) = read_text("c.json", '{"a": "' + "7" * 5000 + '",\n "count": ' + "9" * 5000 + "}").diagnostics

    assert (error.code, error.message) == ("DRA207", "a number of more than 4,000 digits")
    assert error.span is not None
    assert (error.span.position.line, error.span.position.column) == (2, 11)
    assert error.hint == "write it as a quoted text"


class Link:
    """One end of a cycle, which only the cyclic collector frees."""

    other: Link


def test_reading_small_inputs_leaves_their_garbage_to_the_collector() -> None:
    left, right = Link(), Link()
    left.other, right.other = right, left
    freed = weakref.ref(left)
    read_text("case.json", "{}")
    del left, right

    for _ in range(3000):
        if freed() is None:
            break
        read_text("case.json", '{"nodes": [{"metadata": {"name": "n1"}}]}')

    assert freed() is None
