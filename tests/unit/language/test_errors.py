"""Every line of ``testdata/language/errors`` says what is wrong with it: ``### CODE "message"``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.language import load_policy, parse_policy
from dra_policy.text import Diagnostic, Source
from tests.shared_data import PROJECT

_EXPECTATION = re.compile(r'  ### (DRA\d+) "(.*?)"(?=  ###|$)', re.MULTILINE)
_FILES = sorted((PROJECT / "testdata" / "language" / "errors").glob("*.dra"))


def _chunks() -> list[tuple[str, str]]:
    return [
        (f"{file.stem}-{number}", chunk)
        for file in _FILES
        for number, chunk in enumerate(file.read_text(encoding="utf-8").split("---\n"), start=1)
    ]


def _diagnostics(name: str, text: str) -> tuple[Diagnostic, ...]:
    source = Source.of("chunk.dra", text)
    # Mistakes of syntax are judged without what follows from them.
    return load_policy(source).diagnostics if name.startswith("names") else parse_policy(source)[1]


@pytest.mark.parametrize(("name", "chunk"), _chunks())
def test_each_mistake_is_found_where_it_is_and_nothing_else(name: str, chunk: str) -> None:
    expected = sorted(
        (number, match[1], match[2])
        for number, line in enumerate(chunk.split("\n"), start=1)
        for match in _EXPECTATION.finditer(line)
    )
    text = "\n".join(line.split("  ### ")[0] for line in chunk.split("\n"))

    found = sorted(
        (each.span.outermost().position.line if each.span else 0, each.code, each.message)
        for each in _diagnostics(name, text)
    )

    assert found == expected


def test_no_message_names_a_terminal_of_the_grammar() -> None:
    grammar = (PROJECT / "grammar" / "policy.lark").read_text(encoding="utf-8")
    terminals = set(re.findall(r"^([A-Z_]{3,})(?:\.\d)?:", grammar, re.MULTILINE)) | {"OPERATOR", "IDENT", "LBRACE"}
    for name, chunk in _chunks():
        text = "\n".join(line.split("  ### ")[0] for line in chunk.split("\n"))
        for each in _diagnostics(name, text):
            words = set(re.findall(r"\b[A-Z_]{3,}\b", re.sub(r"`[^`]*`", "", f"{each.message} {each.hint or ''}")))
            assert not words & terminals, each


def test_what_is_right_still_loads_beside_what_is_wrong() -> None:
    text = 'driver gpu = "d"\nclass a from gpu { where gpu.x = 1 }\nclass b from gpu {}\nclas c from gpu {}\n'

    loaded = load_policy(Source.of("p.dra", text))

    assert [each.name for each in loaded.objects.classes] == ["b"]
    assert len(loaded.diagnostics) == 2


@pytest.mark.parametrize("sample", sorted((PROJECT / "grammar" / "samples").glob("*.dra")), ids=lambda path: path.stem)
def test_samples_of_malformed_input_give_the_expected_diagnostics(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    expected = sample.with_suffix(".expected").read_text(encoding="utf-8")

    found = "".join(
        f"{each.span.position.line}:{each.span.position.column} {each.code} {each.message}\n"
        for each in load_policy(Source.of(sample.name, text)).diagnostics
        if each.span is not None
    )

    assert found == expected


_PIECES = st.sampled_from(
    (
        *("class", "claim", "driver", "request", "where", "first of", "of", "from", "across", "match", "config", "let"),
        *(
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            ",",
            "=",
            "==",
            "&&",
            ".",
            "?",
            "-",
            "!",
            "|",
            '"',
            "'",
            "`",
            ";",
            "@",
            "\n",
        ),
        *("a", "gpu.memory", "4", "40Gi", "40GB", "v1.2", "300s", '"text"', "// note", "# note", "\u200b", "\u201c"),
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=30))
def test_no_text_crashes_the_parser(parts: list[str]) -> None:
    source = Source.of("p.dra", " ".join(parts))

    for each in load_policy(source).diagnostics:
        assert each.message
        assert each.span is None or 0 <= each.span.start <= each.span.end <= len(source.text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_cut_or_damaged_policy_crashes_the_parser(data: st.DataObject) -> None:
    text = (PROJECT / "testdata" / "language" / "everything.dra").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))

    load_policy(Source.of("p.dra", text[:start] + data.draw(st.sampled_from(("", "{", '"', "x ", "}"))) + text[end:]))
