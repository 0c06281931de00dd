"""The shell without a terminal: what each line gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dra_policy.cli.commands.repl import banner
from dra_policy.engine.rules import Rules
from dra_policy.render import Style
from dra_policy.repl.completion import complete
from dra_policy.repl.inputs import execute, is_incomplete
from dra_policy.repl.script import run_script
from dra_policy.repl.session import Session
from dra_policy.text import Source
from tests import clusters
from tests.worlds import DRIVER, FITS

ATTRIBUTES = f'device.attributes["{DRIVER}"].'


@pytest.fixture
def session() -> Session:
    session = Session(Rules(), Style(width=80))
    assert not session.load(["fleet.json", "classes.yaml"]).failed
    return session


def test_loading_says_what_there_is_then() -> None:
    session = Session(Rules(), Style(width=80))

    assert session.load(["fleet.json"]).text == "4 devices on 2 nodes, 1 driver\n"
    assert session.load(["nosuch.yaml"]).failed
    assert execute(session, "true").text.startswith("4 of 4 devices")


def test_an_expression_is_matched(session: Session) -> None:
    reply = execute(session, f'{ATTRIBUTES}model == "A"')

    assert reply.text.startswith("2 of 4 devices on 1 node\n  n1: gpu-0,1\n")
    assert session.last is not None
    assert session.last.devices == 2


def test_a_wrong_expression_is_told_with_a_caret(session: Session) -> None:
    reply = execute(session, "device.driver ==")

    assert reply.failed
    assert reply.text.startswith("DRA203 the expression ends after `==`")


@pytest.mark.parametrize(
    ("line", "command"), [("help", ":help"), ("devices", ":devices"), ("exit", ":quit"), ("?", ":help")]
)
def test_a_command_without_its_colon_is_told(line: str, command: str, session: Session) -> None:
    reply = execute(session, line)

    assert reply.failed
    assert reply.text == f"commands begin with a colon: `{command}`\n"


@pytest.mark.parametrize("line", ["", "   ", "# a comment", "// a comment"])
def test_nothing_is_said_of_empty_lines_and_comments(line: str, session: Session) -> None:
    assert execute(session, line) == execute(session, "")


@pytest.mark.parametrize(
    ("line", "start"),
    [
        (":nodes", "NODE   DEVICES"),
        (":devices", "NODE   DEVICE"),
        (":devices false", "0 of 4 devices\n"),
        (":classes", "CLASS   DIALECT"),
        (":claims", "no claims are loaded\n"),
        (":attrs", f"{DRIVER}  type    on      values\n  model"),
        (f":attrs {DRIVER}", f"{DRIVER}  type"),
        (":help", ":load FILE …"),
        (":help explain", ":explain [FILE | KIND/NAME]\n"),
        (":explain", "nothing waits: no claim or pod that is not allocated\n"),
        (":explain fits.yaml", "FITS  claim team/one  (now)"),
        (":expl never.yaml", "NEVER  claim team/nine"),
    ],
)
def test_a_command_answers(line: str, start: str, session: Session) -> None:
    reply = execute(session, line)

    assert reply.text.startswith(start)
    assert not reply.failed


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (":nosuch", "no command `:nosuch`; :help lists the commands\n"),
        (":lod x", "no command `:lod`; did you mean `:load`?\n"),
        (":cl", "`:cl` may be :classes or :claims\n"),
        (":", "no command `:`; :help lists the commands\n"),
        (":load", "usage: :load FILE …\n"),
        (":attrs gpu.example.co", f"no attributes of gpu.example.co; did you mean {DRIVER}?\n"),
        (":explain claim/x", "no file, claim or pod `claim/x`; :claims lists the claims\n"),
        (":help lod", "no command `lod`; did you mean `:help load`?\n"),
    ],
)
def test_a_wrong_command_says_what_helps(line: str, text: str, session: Session) -> None:
    reply = execute(session, line)

    assert (reply.text, reply.failed) == (text, True)


def test_paths_with_spaces_stand_in_quotes(session: Session, folder: Path) -> None:
    (folder / "a b").mkdir()
    (folder / "a b" / "c.yaml").write_text(FITS)

    assert not execute(session, ':load "a b/c.yaml"').failed
    assert execute(session, ":explain claim/one").text.startswith("FITS  claim team/one")
    assert execute(session, ":explain 'a b/c.yaml'").text.startswith("FITS  claim team/one")
    assert execute(session, ':load "a b').failed


def test_statements_are_kept_and_used_by_later_ones(session: Session) -> None:
    assert not execute(session, f'driver gpu = "{DRIVER}"').failed
    assert execute(session, 'gpu.model == "B"').text.startswith("2 of 4 devices on 1 node\n  n2: gpu-0,1\n")
    assert execute(session, 'class b from gpu { where gpu.model == "B" }').text == "class b: 2 of 4 devices\n"
    assert execute(session, "claim two { request g: 2 of b }").text.startswith("FITS  claim default/two")
    assert execute(session, "claim three { request g: 3 of b }").text.startswith("NEVER  claim default/three")


def test_a_wrong_statement_is_forgotten(session: Session) -> None:
    assert execute(session, "class x from nosuch { }").failed
    assert session.policy == []


def test_what_is_wrong_with_a_statement_is_told_whatever_was_wrong_before(session: Session) -> None:
    execute(session, "class big {}")
    assert execute(session, "claim d { request g: 1 of bigg }").text.startswith("DRA310 warning: there is no class")
    reply = execute(session, "let y = nope")

    assert reply.failed
    assert reply.text.startswith("DRA303 `nope` is not declared\n  --> <input>:1:9\n")


def test_quit_ends(session: Session) -> None:
    assert execute(session, ":quit").ends
    assert execute(session, ":q").ends


@pytest.mark.parametrize(
    "text", ["f(", "class x {", '["a"', 'f("a)"', "f( // )", "f( # )", "[{(", "class x {\n  where true\n"]
)
def test_open_brackets_continue(text: str) -> None:
    assert is_incomplete(text)


@pytest.mark.parametrize("text", ["", "f()", '"("', "'('", "f() // (", "# (", "a)", '"\\"("', "class x { }"])
def test_closed_brackets_and_those_in_texts_do_not(text: str) -> None:
    assert not is_incomplete(text)


def test_a_script_joins_lines_and_goes_on_after_errors(session: Session) -> None:
    written: list[str] = []
    lines = ["true &&", "(", "true", ") && (false", ")", ":quit", "true"]
    ran = run_script(session, Source.of("s", "\n".join(lines)), written.append)

    assert (ran.code, ran.ends) == (2, True)
    assert [text.partition("\n")[0][:6] for text in written] == ["DRA203", "DRA314", ""]


def texts(session: Session, before: str) -> list[str]:
    return [each.text for each in complete(session, before)]


def test_completion_offers_what_the_fleet_publishes(session: Session) -> None:
    assert texts(session, ":he") == ["help "]
    assert texts(session, ":q") == ["quit"]
    assert texts(session, "dev") == [
        "device.driver",
        'device.attributes["',
        'device.capacity["',
        "device.allowMultipleAllocations",
    ]
    assert texts(session, 'device.attributes["') == [f'{DRIVER}"].']
    assert texts(session, ATTRIBUTES) == ["model"]
    assert texts(session, f"true && {ATTRIBUTES}?mo") == ["model"]
    assert texts(session, f"{ATTRIBUTES}model == ") == ['"A"', '"B"']
    assert texts(session, f'{ATTRIBUTES}model == "B') == ['"B"']
    assert texts(session, "cla") == ["class ", "claim "]
    assert texts(session, "x == cla") == []


def test_completion_offers_the_objects_that_are_loaded(session: Session) -> None:
    session.load(["fits.yaml", "pod.yaml"])

    assert texts(session, ":explain ") == ["claim/one", "pod/web"]
    assert texts(session, ":explain po") == ["pod/web"]


def test_devices_without_attributes_are_no_empty_fleet(folder: Path) -> None:
    (folder / "bare.json").write_text(json.dumps(clusters.slice_(["a", "b"])))
    session = Session(Rules(), Style(width=80))
    session.load(["bare.json"])

    assert execute(session, ":attrs").text == "no attributes: 2 devices without any\n"


def test_what_claims_hold_is_counted_by_kind(folder: Path) -> None:
    holder = clusters.claim(name="h", status=clusters.allocated("d.io/n1/gpu-0", "d.io/n1/gpu-1", "d.io/n1/nic-0"))
    items = [clusters.slice_(["gpu-0", "gpu-1", "nic-0"]), holder]
    (folder / "held.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    session = Session(Rules(), Style(width=80))
    session.load(["held.json"])

    assert session.summary() == "3 devices on 1 node, 1 driver; 1 claim holds 2 GPUs, 1 NIC"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_banner_keeps_within_the_width(width: int) -> None:
    summary = "88 devices on 16 nodes, 2 drivers; 9 claims hold 43 GPUs, 7 NICs"
    lines = banner(summary, width).splitlines()

    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()).endswith(f"{summary} :help, Tab, Ctrl-D ends")


def test_pods_groups_and_quotas_are_told_as_they_are_declared(session: Session) -> None:
    pod = execute(session, "pod p in team { claim a { request g: 1 of gpu } container m uses a }")
    quota = execute(session, "quota q in team { limit 3 devices of gpu }")
    other = execute(session, "quota r in nowhere { limit 3 devices of gpu }")
    group = execute(session, "group s in team: 4 of p")

    assert pod.text.startswith("FITS  pod team/p  (now)")
    assert quota.text.startswith("namespace team, quota q")
    assert other.text.startswith("namespace nowhere, quota r")
    assert group.text.startswith("OVER QUOTA  podgroup team/s  (devices exist)")
    assert execute(session, ":explain s").text == group.text
