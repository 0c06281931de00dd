"""Every command on a page of examples/, on the front page and on the pipeline's gives exactly the output printed there.

A page's commands stand in fenced ``console`` blocks, each on a line of its own that begins with ``$ drapolicy``; what
follows up to the next command is its output, standard error before standard output. They run in the page's folder, or
in the one that a comment before the block names: ``<!-- in examples/a-typo -->``.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from dra_policy.cli.main import main
from dra_policy.cli.streams import Streams

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [
    PROJECT / "README.md",
    PROJECT / "dra_policy" / "README.md",
    *sorted((PROJECT / "examples").rglob("README.md")),
]
BLOCK = re.compile(r"(?:<!-- in (?P<folder>\S+) -->\n+)?```console\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)
PROGRAM = re.compile(
    r"(?P<head>(?:<!-- in (?P<folder>\S+) -->\n+)?```python\n(?P<code>.*?)^```\n```text\n)(?P<printed>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
PROMPT = "$ drapolicy "


def run(command: str) -> str:
    """What a terminal of 80 columns without colour shows."""
    shown = io.StringIO()
    streams = Streams(out=shown, err=shown, environment={"NO_COLOR": "1"}, terminal_width=80)
    main(shlex.split(command.removeprefix(PROMPT)), streams)
    return "".join(f"{line.rstrip()}\n" for line in shown.getvalue().splitlines())


def run_block(match: re.Match[str], page: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The block with the outputs that its commands have now."""
    folder = PROJECT / match["folder"] if match["folder"] else page.parent
    monkeypatch.chdir(folder)
    commands = [line for line in match["content"].splitlines() if line.startswith("$ ")]
    assert commands, f"{page}: a console block without a command"
    assert all(command.startswith(PROMPT) for command in commands), f"{page}: only drapolicy can be run"
    fresh = "".join(f"{command}\n{run(command)}" for command in commands)
    whole = match.group()
    return whole[: match.start("content") - match.start()] + fresh + "```"


def run_program(match: re.Match[str], page: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The block of a program and of what it prints now."""
    monkeypatch.chdir(PROJECT / match["folder"] if match["folder"] else page.parent)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(match["code"], str(page), "exec"), {"__name__": "__main__"})
    printed = "".join(f"{line.rstrip()}\n" for line in shown.getvalue().splitlines())
    return f"{match['head']}{printed}```"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name if page != PAGES[0] else "front page")
def test_a_page_shows_what_its_commands_print(
    page: Path, monkeypatch: pytest.MonkeyPatch, *, update_golden: bool
) -> None:
    written = page.read_text(encoding="utf-8")
    fresh = BLOCK.sub(lambda match: run_block(match, page, monkeypatch), written)
    fresh = PROGRAM.sub(lambda match: run_program(match, page, monkeypatch), fresh)

    assert len(PROGRAM.findall(written)) == written.count("```python\n"), "a python block without its output"
    assert "DRA690" not in fresh, "a command met a bug"
    if update_golden:
        page.write_text(fresh, encoding="utf-8")
    else:
        assert fresh == written


def test_every_story_has_a_page_with_commands() -> None:
    stories = [folder for folder in (PROJECT / "examples").iterdir() if folder.is_dir()]

    assert len(stories) >= 7
    assert all(BLOCK.search((folder / "README.md").read_text(encoding="utf-8")) for folder in stories)
