"""The shell on a terminal that a test types into."""

from __future__ import annotations

import stat
from pathlib import Path

from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from dra_policy.engine.rules import Rules
from dra_policy.render import Style
from dra_policy.repl.session import Session
from dra_policy.repl.terminal import history_of, run_terminal

CTRL_C = "\x03"
CTRL_D = "\x04"


def typed(text: str, home: Path) -> list[str]:
    """What the shell writes to the keys."""
    session = Session(Rules(), Style(width=80))
    session.load(["fleet.json"])
    written: list[str] = []
    with create_pipe_input() as keys:
        keys.send_text(text)
        code = run_terminal(session, written.append, {"HOME": str(home)}, input=keys, output=DummyOutput())
    assert code == 0
    return written


def test_lines_are_answered_until_the_input_ends(tmp_path: Path) -> None:
    assert typed(f"false\r:claims\r{CTRL_D}", tmp_path)[1:] == ["no claims are loaded\n"]


def test_ctrl_c_drops_the_line(tmp_path: Path) -> None:
    assert typed(f"this is wrong{CTRL_C}:claims\r:quit\r", tmp_path) == ["no claims are loaded\n", ""]


def test_an_open_bracket_continues_in_the_next_line(tmp_path: Path) -> None:
    assert typed(f"(true\r)\r{CTRL_D}", tmp_path)[0].startswith("4 of 4 devices")


def test_tab_completes(tmp_path: Path) -> None:
    assert typed(f":claim\t\r{CTRL_D}", tmp_path) == ["no claims are loaded\n"]


def test_the_history_is_kept_for_the_user_alone(tmp_path: Path) -> None:
    typed(f":claims\r{CTRL_D}", tmp_path)
    file = tmp_path / ".local" / "state" / "drapolicy" / "history"

    assert ":claims" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_state_folder_the_history_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert type(history_of({"XDG_STATE_HOME": str(tmp_path / "file")})).__name__ == "InMemoryHistory"
