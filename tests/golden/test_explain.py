"""The answers of `drapolicy explain`, byte for byte: each folder of testdata/explain is a case.

``command.txt`` has one command a line, ``expected.txt`` what it prints at 80 columns (with ``--width`` otherwise), and
``expected.json`` the first command's ``-o json``. ``pytest --update-golden`` rewrites both.
"""

from __future__ import annotations

import io
import json
import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest

from dra_policy.cli.main import main
from dra_policy.cli.streams import Streams
from tests.golden.json_schema import violations
from tests.shared_data import PROJECT

CASES = sorted(path.parent for path in (PROJECT / "testdata" / "explain").glob("*/command.txt"))
SCHEMA = json.loads((PROJECT / "dra_policy" / "render" / "explanation.schema.json").read_text(encoding="utf-8"))


def run(command: str, *more: str) -> tuple[str, str, int]:
    """Run one command line in-process: standard output, standard error, exit code."""
    words = [*shlex.split(command), *more]
    environment = {"NO_COLOR": "1"}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if "--width" not in words:
        words += ["--width", "80"]
    out, err = io.StringIO(), io.StringIO()
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    streams = Streams(out, err, environment=environment, encoding=encoding)
    code = main(words, streams)
    return out.getvalue(), err.getvalue(), code


def transcript(case: Path) -> str:
    parts = []
    for command in (case / "command.txt").read_text(encoding="utf-8").splitlines():
        out, err, code = run(command)
        errors = "".join(f"2> {line}\n" for line in err.splitlines())
        parts.append(f"$ drapolicy {command}\n{out}{errors}exit {code}\n")
    return "\n".join(parts)


def compare(path: Path, actual: str, *, update: bool) -> None:
    if update:
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_text_is_exactly_as_expected(case: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    monkeypatch.chdir(case)
    actual = transcript(case)
    assert "Traceback" not in actual
    compare(case / "expected.txt", actual, update=update_golden)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_json_is_exactly_as_expected_and_as_the_schema_says(
    case: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    monkeypatch.chdir(case)
    command = (case / "command.txt").read_text(encoding="utf-8").splitlines()[0]
    out, _, _ = run(command, "-o", "json")
    document: dict[str, Any] = json.loads(out)
    assert violations(document, SCHEMA) == []
    compare(case / "expected.json", out, update=update_golden)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_no_line_is_wider_than_the_page(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    command = (case / "command.txt").read_text(encoding="utf-8").splitlines()[0]
    for width in (60, 80, 100):
        out, _, _ = run(command, "--width", str(width))
        assert [line for line in out.splitlines() if len(line) > width and " -v0" not in command] == []


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_terminal_without_utf8_gets_ascii_only(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    command = (case / "command.txt").read_text(encoding="utf-8").splitlines()[0]
    out, _, _ = run(f"PYTHONIOENCODING=ascii {command}")
    assert out.isascii()


def test_the_fleet_west_is_what_its_script_writes() -> None:
    folder = PROJECT / "testdata" / "west"
    script = runpy.run_path(str(folder / "build.py"))
    assert script["text"]() == (folder / "west.json").read_text(encoding="utf-8")
