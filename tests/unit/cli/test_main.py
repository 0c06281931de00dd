"""Dispatch, help, wrong command lines, bugs, and how a command ends."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dra_policy.cli import main as dispatch
from dra_policy.cli.main import COMMANDS
from dra_policy.release import __version__
from tests.worlds import run

START = [sys.executable, "-c", "from dra_policy.cli.main import entry_point; entry_point()"]


def test_the_version_is_one_line() -> None:
    for word in ("--version", "version", "-V"):
        assert run(word) == (0, f"drapolicy {__version__}\n", "")


def test_without_a_command_the_usage_is_shown_and_the_exit_code_is_2() -> None:
    ran = run()

    assert ran.code == 2
    assert ran.out.startswith("usage: drapolicy COMMAND")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "help"])
def test_every_command_has_help_with_examples(command: str) -> None:
    ran = run(command, "--help")

    assert ran.code == 0
    assert ran.err == ""
    assert f"usage: drapolicy {command}" in ran.out
    assert f"examples:\n  drapolicy {command}" in ran.out.replace("  echo ':nodes' | ", "  ")
    assert run("help", command).out == ran.out


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "help"])
def test_an_unknown_flag_is_told_with_the_nearest_one(command: str) -> None:
    flag = "--node" if command == "gen" else "--target=v1 --targte" if command == "compile" else "--dialct"
    ran = run(command, *flag.split())

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"drapolicy {command}: ")
    assert ran.err.count("\n") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frob"], "drapolicy: no command `frob`; `drapolicy --help` lists the commands\n"),
        (["explian"], "drapolicy: no command `explian`; did you mean `explain`?\n"),
        (["-f", "x"], "drapolicy: flags stand after the command: drapolicy explain -f …\n"),
        (["explain", "--devcie", "x"], "drapolicy explain: unrecognized arguments: --devcie\n  hint: did you mean"),
        (["eval", "a", "==", "b"], "drapolicy eval: unrecognized arguments: == b\n  hint: an expression is one"),
        (["eval"], "drapolicy eval: either EXPR or --file is wanted\n"),
        (["explain", "--width", "x"], "drapolicy explain: argument --width: a width of 20 columns is the least\n"),
        (["get", "nodes", "--steps", "0"], "drapolicy get: argument --steps: a number of steps is wanted, 1 or more\n"),
        (["explain", "x", "--request", "r"], "drapolicy explain: --request goes with --device\n"),
        (["get", "nodes", "-n", "team"], "drapolicy get: -n goes with claims: nodes belong to no namespace\n"),
        (["get", "pods"], "drapolicy get: argument KIND: no list `pods`; there are devices, nodes, cl"),
        (["gen", "nosuch"], "DRA105 there is no shape `nosuch`\n"),
        (["gen", "dgxa100s"], "DRA105 there is no shape `dgxa100s`\n  hint: did you mean `dgxa100`"),
        (["gen", "gpu-nic-8", "--nodes", "0"], "drapolicy gen: --nodes must be 1 or more\n"),
        (["help", "DRA999"], "drapolicy help: no code or command `DRA999`; "),
        (["explain"], "DRA101 nothing to ask about: name files with -f, or list them in drapolicy.toml\n"),
        (["explain", "-f", ".", "--kubernetes", "1.99"], "DRA105 no Kubernetes version `1.99`; a minor version"),
        (["explain", "-f", ".", "--feature-gate", "DRAFoo=true"], "DRA105 no feature gate `DRAFoo`\n"),
        (
            ["explain", "-f", ".", "--feature-gate", "DRAAdminAcess=true"],
            "DRA105 no feature gate `DRAAdminAcess`\n  hint",
        ),
        (["explain", "-f", ".", "--feature-gate", "X"], "DRA105 `--feature-gate X`: `X=true` or `X=false` is wanted\n"),
        (["batch", "cel", "--kubernetes", "2"], "DRA105 no Kubernetes version `2`"),
    ],
)
def test_a_wrong_command_line_says_what_helps(arguments: list[str], message: str) -> None:
    ran = run(*arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(message)


def test_a_code_has_a_page() -> None:
    ran = run("help", "531")

    assert ran.code == 0
    assert ran.out.startswith("DRA531  free ones are split over values of matchAttribute  (not now)\n")
    assert "DRA101  " in run("help", "codes").out


def test_a_bug_is_told_in_two_lines_and_a_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(module: str, arguments: object, streams: object) -> int:
        raise ZeroDivisionError("cause")

    monkeypatch.setattr(dispatch, "_run", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = run("explain", "fits.yaml")

    assert ran.code == 70
    assert ran.err.startswith(
        "DRA690 internal error: ZeroDivisionError: cause\n  hint: please report it with the file "
    )
    report = Path(ran.err.split()[-1]).read_text(encoding="utf-8")
    assert "arguments: ['explain', 'fits.yaml']" in report
    assert "Traceback" in report


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 3, "drapolicy: No space left"),
    ],
)
def test_what_is_no_bug_is_not_reported_as_one(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(module: str, arguments: object, streams: object) -> int:
        raise error

    monkeypatch.setattr(dispatch, "_run", stopped)
    ran = run("explain", "fits.yaml")

    assert ran.code == code
    assert ran.err.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "broken.yaml"], 2),
        (["get", "nodes", "-f", "fleet.json"], 0),
        (["gen", "gpu-nic-8", "--nodes", "9"], 141),
    ],
)
def test_a_reader_that_goes_away_does_not_make_a_no_a_yes(arguments: list[str], code: int, folder: Path) -> None:
    (folder / "broken.yaml").write_text("a: [")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [*START, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()

    assert (process.returncode, told) == (code, b"")


def test_a_reader_that_takes_a_part_only_is_noticed_without_a_buffer_too() -> None:
    command = [*START, "gen", "gpu-nic-8", "--nodes", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 10) == b"apiVersion"
        process.stdout.close()

    assert process.returncode == 141


CLOSED_INPUT = "DRA101 `<stdin>` cannot be read: it is closed\n"
CLOSED_OUTPUT = "drapolicy: standard output is closed\n"


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("explain fits.yaml -f fleet.json -f classes.yaml >&-", 3, CLOSED_OUTPUT),
        ("--version >&-", 3, CLOSED_OUTPUT),
        ("quota -f fleet.json >&-", 0, "no quota governs a namespace that is known here\n"),
        ("explain nofile 2>&-", 2, ""),
        ("explain - <&-", 2, CLOSED_INPUT),
        ("repl <&-", 2, CLOSED_INPUT),
        ("batch cel <&-", 2, CLOSED_INPUT),
        ("check - <&- >&- 2>&-", 2, ""),
    ],
)
def test_a_standard_stream_may_be_closed(line: str, code: int, told: str) -> None:
    command = f"exec '{START[0]}' {START[1]} '{START[2]}' {line}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (code, told)


def test_settings_name_the_world(folder: Path) -> None:
    (folder / "drapolicy.toml").write_text('files = ["fleet.json", "classes.yaml"]\nnamespace = "team"\n')

    assert run("explain", "fits.yaml").code == 0
    assert run("explain", "claim/one", "-f", "fits.yaml", "-f", "fleet.json", "-f", "classes.yaml").code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files = ", "DRA105 `drapolicy.toml`: no TOML: "),
        (
            'file = ["x"]',
            'DRA105 no setting `file`\n  --> drapolicy.toml:1:1\n    1 | file = ["x"]\n      | ^^^^\n  hint: did',
        ),
        ('files = "x"', "DRA105 `files` is to be a list of texts\n"),
        ("namespace = 1", "DRA105 `namespace` is to be a text in quotes\n"),
        ("feature-gates = 1", "DRA105 `feature-gates` is to be a table of true and false\n"),
        ('dialect = "v7"', "DRA105 no dialect `v7`"),
        ('kubernetes = "1.2"', "DRA105 no Kubernetes version `1.2`"),
        ('files = ["nosuch.yaml"]', "DRA101 `nosuch.yaml` cannot be read: no such file or directory\n"),
    ],
)
def test_wrong_settings_are_told_with_their_place(text: str, message: str, folder: Path) -> None:
    (folder / "drapolicy.toml").write_text(text)
    ran = run("get", "nodes")

    assert ran.code == 2
    assert ran.err.startswith(message)


def test_named_settings_must_exist() -> None:
    ran = run("get", "nodes", "--config", "nosuch.toml")

    assert ran == (2, "", "DRA101 `nosuch.toml` cannot be read: no such file or directory\n")


def test_colour_is_for_terminals_that_have_it() -> None:
    world = ["explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml"]

    def is_coloured(environment: dict[str, str], width: int | None, *flags: str) -> bool:
        return "\x1b[" in run(*world, *flags, environment=environment, terminal_width=width).out

    assert is_coloured({}, 80)
    assert not is_coloured({}, None)
    assert not is_coloured({"NO_COLOR": "1"}, 80)
    assert not is_coloured({"TERM": "dumb"}, 80)
    assert not is_coloured({}, 80, "--color=never")
    assert is_coloured({}, None, "--color=always")
    assert is_coloured({"CLICOLOR_FORCE": "1"}, None)


def test_marks_outside_ascii_need_a_locale_that_has_them() -> None:
    world = ["explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml"]

    assert "◄" in run(*world).out
    assert run(*world, encoding="ascii").out.isascii()
    assert run(*world, encoding="iso-8859-1").out.isascii()
    assert run(*world, environment={"TERM": "dumb"}, terminal_width=80).out.isascii()
    assert "◄" in run(*world, environment={"NO_COLOR": "1"}, terminal_width=80).out
    assert run(*world, environment={"TERM": "dumb"}).out.isascii()


@pytest.mark.parametrize(
    ("environment", "has_marks"),
    [
        ({}, True),
        ({"LC_ALL": "C"}, False),
        ({"LANG": "POSIX"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE"}, True),
    ],
)
def test_the_environment_names_the_locale(environment: dict[str, str], has_marks: bool) -> None:
    ran = run("explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml", environment=environment)

    assert ("◄" in ran.out) is has_marks
    assert ran.out.isascii() is not has_marks


@pytest.mark.parametrize("width", [20, 40, 59, 60, 79, 80, 100, 119, 120, 159, 160, 300])
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    ran = run("explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml", "--width", str(width))

    assert ran.code == 1
    if width >= 40:
        assert max(map(len, ran.out.splitlines())) <= width


def test_levels_say_more_and_more() -> None:
    world = ["explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml"]
    sizes = [len(run(*world, flag).out) for flag in ("-v0", "-v1", "-v2")]

    assert sizes == sorted(sizes)
    assert run(*world, "-q").out == run(*world, "-v0").out
    assert run(*world, "-v").out == run(*world, "-v2").out
    assert run(*world, "-vv").code == run(*world, "-v3").code == 1
    assert run(*world).out == run(*world, "-v1").out
    assert len(run(*world, "-q").out.splitlines()) == 1


def test_json_ignores_levels_and_colour() -> None:
    world = ["explain", "never.yaml", "-f", "fleet.json", "-f", "classes.yaml", "-o", "json"]

    assert run(*world, "-q", "--color", "always").out == run(*world, "-v").out
    assert json.loads(run(*world).out)["kind"] == "ExplanationList"
