"""The grammar, its tables and their cache."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, logger
from lark.visitors import Transformer, merge_transformers

from dra_policy.cel import grammar
from dra_policy.cel.builder import ExpressionBuilder
from dra_policy.cel.parse import parse
from dra_policy.text import Source

CEL = Path(grammar.grammar_file("cel.lark"))
SAMPLES = (
    "true",
    'device.attributes["gpu.nvidia.com"].productName == "A100" && !(device.driver in ["a", \'b\'])',
    "x.?y[?0].orValue(1) > -5",
    "a.b.c{d: 1, ?e: [2, ?f,],} == {?'g': 0x1F, 2: 3u}",
    '.root(1, -x.y, -1.5e3, --2, !!true) ? r\'\\d\' : b"""a"b""" // the end',
    "x.all(i, v, i < v) && has(a.`b-c`) || [1, 2].map(x, x > 1, x * 2 + 3 / 4 % 5) == cel.bind(q, 1, [q])",
    "a == b ? c : d ? e : (f || (g && h)) || i && j && k",
)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    grammar.cel_parser.cache_clear()
    yield tmp_path / "drapolicy"
    grammar.cel_parser.cache_clear()


def tree_by_lark(source: Source) -> Any:
    builder = ExpressionBuilder(source)
    tree = grammar.load_lark("cel.lark", start="expr", builder=builder).parse(source.text)
    builder.finish()
    assert not builder.problems
    return tree


@pytest.mark.parametrize("text", SAMPLES)
def test_our_loop_over_the_tables_builds_the_trees_that_lark_builds(text: str) -> None:
    source = Source.of("sample", text)

    parsed = parse(source)

    assert parsed.problems == ()
    assert parsed.expression == tree_by_lark(source)


@pytest.mark.parametrize("text", SAMPLES)
def test_another_grammar_that_imports_expressions_builds_the_same_trees(text: str) -> None:
    policy = (
        "start: WHERE expr\n"
        "WHERE.6: /where(?![-\\w.\\/])/\n"
        "QUANTITY.6: /[0-9]+Gi/\n"
        "%import .cel (expr, literal)\n"
        "%extend literal: QUANTITY\n"
        "%ignore /\\s+/\n"
        "%ignore /\\/\\/[^\\n]*/\n"
    )
    source = Source.of("sample", f"where {text}")
    builder = ExpressionBuilder(source)

    class Policy(Transformer[Any, Any]):
        def start(self, children: list[Any]) -> Any:
            return children[1]

        literal = staticmethod(builder.literal)
        expr = staticmethod(lambda children: children[0])

    lark = Lark(
        policy,
        parser="lalr",
        import_paths=[str(CEL.parent)],
        transformer=merge_transformers(Policy(), cel=builder),  # type: ignore[no-untyped-call]
        source_path=str(CEL),
    )

    assert lark.parse(source.text) == parse(Source.of("plain", text)).expression
    # A literal of the other language is an operand like any other.
    builder.begin(Source.of("more", "where 40Gi == x"))
    assert "SuffixedLiteral(kind='quantity', text='40Gi')" in repr(lark.parse("where 40Gi == x"))


def test_only_a_minus_before_a_number_can_be_read_in_two_ways(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "propagate", True)
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        Lark(CEL.read_text(), parser="lalr", start="expr", debug=True)

    messages = [record.message for record in caplog.records]
    conflicts = [place for place, message in enumerate(messages) if "conflict" in message.lower()]
    assert {messages[place] for place in conflicts} == {
        f"Shift/Reduce conflict for terminal {number}: (resolving as shift)" for number in ("INT", "FLOAT")
    }
    assert all(messages[place + 1].endswith("MINUS>") for place in conflicts)


def test_a_second_process_reads_the_tables_from_the_private_cache_folder(own_cache: Path) -> None:
    made = grammar.cel_parser()
    files = list(own_cache.iterdir())

    grammar.cel_parser.cache_clear()
    read = grammar.cel_parser()

    assert read is not made
    assert [file.suffix for file in files] == [".tables"]
    assert own_cache.stat().st_mode & 0o777 == 0o700
    assert list(own_cache.iterdir()) == files


def test_a_broken_cache_file_is_made_again(own_cache: Path) -> None:
    grammar.cel_parser()
    (file,) = own_cache.iterdir()
    file.write_bytes(b"no tables")
    grammar.cel_parser.cache_clear()

    assert grammar.cel_parser().run("1", ExpressionBuilder(Source.of("a", "1"))) is not None
    assert file.read_bytes() != b"no tables"


def test_a_folder_that_others_can_write_is_not_used(own_cache: Path) -> None:
    own_cache.mkdir(mode=0o700)
    own_cache.chmod(0o777)

    assert grammar.cache_folder() is None
    grammar.cel_parser()
    assert list(own_cache.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert grammar.cache_folder() is None


def test_parsing_with_a_warm_cache_does_not_import_lark() -> None:
    grammar.cel_parser()
    program = (
        "import sys; from dra_policy.cel.parse import parse; from dra_policy.text import Source;"
        "parse(Source.of('a', 'a.b == 1')); sys.exit('lark' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_terminal_begins_with_no_other_character_than_the_lexer_knows() -> None:
    quotes = ("", '"', '""""', '"a"', "'", "''''", "'a'", "a`")
    tails = (*quotes, "1", ".5", "0x1u", "n", "alse", "rue", "ull", "=", "&", "|", "/")
    characters = [chr(code) for code in range(0x250)]

    wrong = [
        (name, character + tail)
        for name, pattern, first in grammar.cel_parser()._tables.terminals
        for character in characters
        if character not in first
        for tail in tails
        if re.match(pattern, character + tail)
    ]

    assert wrong == []
