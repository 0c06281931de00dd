"""Every character of a string in a manifest is found in the file, in every style of YAML and in JSON."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dra_policy.manifests.positions import json_positions, yaml_positions
from dra_policy.manifests.scalar_offsets import characters_of
from dra_policy.manifests.yaml_values import event_source, load_yaml
from tests.property.effort import examples

WORDS = st.text(alphabet="ab '\"\\\n\t:#->|[]{},&*!%@`é😀\x85\u2028", max_size=40)
LINES = st.text(alphabet="ab \n\t\"'\\#", max_size=40)
BOUNDED = settings(max_examples=examples(300), deadline=None)


def scalar_characters(text: str) -> list[tuple[str, str]] | None:
    """Of the value of the key ``key``: each character, and the stretch of the text that stands for it."""
    parser = event_source()(text)
    events: list[Any] = []
    while parser.check_event():
        events.append(parser.get_event())
    scalars: list[Any] = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    index = next(number for number, event in enumerate(scalars) if event.value == "key")
    event = scalars[index + 1]
    start, end = event.start_mark.index, event.end_mark.index
    found = characters_of(text[start:end], start, event.style or "", event.value)
    if found is None:
        return None
    assert "".join(each.text for each in found) == event.value
    assert all(left.end <= right.start for left, right in pairwise(found))
    return [(each.text, text[each.start : each.end]) for each in found]


def assert_each_stands_for_itself(pairs: list[tuple[str, str]] | None) -> None:
    assert pairs is not None, "a writing that libyaml reads cannot be followed"
    for character, written in pairs:
        assert (
            written == character
            or written.startswith("\\")
            or (character == "'" and written == "''")
            or (character in " \n" and written in ("\n", "\r\n", "\r", "\x85"))
        )


@BOUNDED
@given(WORDS, st.sampled_from(["", "'", '"', "|", ">"]), st.sampled_from([20, 80, 1000]))
def test_characters_of_a_dumped_string_are_found_in_every_style(text: str, style: str, width: int) -> None:
    dumped = yaml.dump({"spec": [{"key": text}]}, default_style=style or None, width=width, allow_unicode=True)

    assert_each_stands_for_itself(scalar_characters(dumped))


@BOUNDED
@given(
    st.sampled_from(["|", ">", "|-", ">-", "|+", ">+", "|2", ">2-", "|2+", "> # why", "|- #"]),
    st.lists(st.text(alphabet="ab #:'\"\\\t", max_size=8), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example(">", ["a", "", " b", "c", "", ""], "\n", True)
def test_block_scalars_as_people_write_them_are_followed(
    header: str, lines: list[str], line_end: str, ends_with_key: bool
) -> None:
    body = line_end.join(f"    {line}" if line.strip() else line[:2].replace("\t", " ") for line in lines)
    text = f"spec:{line_end}  key: {header}{line_end}{body}{line_end}" + ("other: 1\n" if ends_with_key else "")
    try:
        load_yaml(text)
    except Exception:
        assume(False)

    assert_each_stands_for_itself(scalar_characters(text))


@BOUNDED
@given(LINES, st.sampled_from(["'", '"', ""]))
@example("a\n\n  b \\\n   \t c", '"')
@example("a \\\n\n b", '"')
def test_flow_scalars_over_several_lines_are_followed(inner: str, quote: str) -> None:
    text = f"spec:\n  key: {quote}{inner}{quote}\n"
    try:
        value = load_yaml(text)
    except Exception:
        assume(False)
    spec = value.get("spec") if isinstance(value, dict) else None
    assume(isinstance(spec, dict) and "key" in spec and isinstance(spec["key"], str))

    assert_each_stands_for_itself(scalar_characters(text))


@BOUNDED
@given(st.text(max_size=30), st.booleans(), st.sampled_from([None, 2]))
def test_characters_of_a_json_string_are_found(text: str, ascii_only: bool, indent: int | None) -> None:
    document = json.dumps({"spec": [0, {"key": text, "z": text}]}, ensure_ascii=ascii_only, indent=indent)
    positions = json_positions(document)

    for index, character in enumerate(text):
        start, end = positions.find_within(("spec", 1, "key"), text, index, index + 1)
        assert json.loads(f'"{document[start:end]}"', strict=False) == character


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="ab:{}[],\"\\\n #-'", max_size=6),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(alphabet="ab-\" '", max_size=4), children)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("is_json", [True, False])
@BOUNDED
@given(value=JSON)
def test_every_value_of_a_document_stands_where_it_is_said_to_stand(is_json: bool, value: object) -> None:
    text = json.dumps(value, indent=1) if is_json else yaml.dump(value, allow_unicode=True)
    positions = json_positions(text) if is_json else yaml_positions(text)

    def visit(part: object, path: tuple[str | int, ...]) -> None:
        start, end = positions.find(path)
        if is_json:
            assert json.loads(text[start:end]) == part
        elif isinstance(part, str) and "\n" not in text[start:end]:
            assert load_yaml(text[start:end]) == part
        match part:
            case dict():
                for key, each in part.items():
                    visit(each, (*path, key))
                    key_start, key_end = positions.find((*path, key), key=True)
                    assert str(load_yaml(text[key_start:key_end])) == key or is_json
            case list():
                for index, each in enumerate(part):
                    visit(each, (*path, index))

    visit(value, ())
