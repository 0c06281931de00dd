"""`drapolicy repl`: ask about a fleet interactively, from a script, or from standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.config import read_config
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.release import __version__
from dra_policy.text import STANDARD_INPUT, PolicyError, Source, unreadable

if TYPE_CHECKING:
    from dra_policy.repl.session import Session

EXAMPLES = """
  drapolicy repl fleet.yaml
  drapolicy repl -f fleet.yaml -c ':attrs' -c 'device.driver == "gpu.example.com"'
  drapolicy repl -f fleet.yaml questions.txt
  echo ':nodes' | drapolicy repl -f fleet.yaml
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 if an input of a script failed."""
    command = parser("repl", "Ask about a fleet: expressions, claims, commands.", EXAMPLES)
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="manifests (.yaml, .json), policies (.dra) and folders: loaded as with -f; "
        "any other file: a script of inputs, one a line",
    )
    command.add_argument(
        "-c", dest="commands", action="append", metavar="INPUT", help="run it and end; may be given more than once"
    )
    add_world(command)
    add_output(command, ("text",))
    options = command.parse_args(split_levels(arguments))
    worlds = [each for each in options.files if _is_world(each)]
    scripts = [each for each in options.files if each not in worlds]
    if len(scripts) + bool(options.commands) > 1:
        command.error(f"one script or -c is wanted, not both: {' '.join(scripts)}")
    options.filename += worlds
    style = inputs.style_of(options, streams)
    from dra_policy.repl.session import Session

    config = read_config(options.config)
    session = Session(inputs.rules_of(options, config), style, stdin=streams.read_input)
    code = 0
    is_interactive = not options.commands and not scripts and streams.input_is_terminal
    paths = inputs.world_paths(options, config)
    if paths:
        reply = session.load(paths)
        code = 2 if reply.failed else 0
        inputs.print_diagnostics(session.world.findings, style, streams)
    if is_interactive:
        return _interactive(session, streams)
    return max(code, _scripts(session, _sources(options.commands, scripts, streams), streams))


def _is_world(path: str) -> bool:
    """Whether a positional argument is to be loaded; what it is not is a script."""
    from dra_policy.manifests.files import SUFFIXES

    return os.path.isdir(path) or path.endswith((*SUFFIXES, ".dra"))


def _interactive(session: Session, streams: Streams) -> int:
    from dra_policy.repl.terminal import run_terminal

    streams.print(banner(session.summary(), session.style.width))

    def write(text: str) -> None:
        streams.print(text)
        streams.out.flush()

    return run_terminal(session, write, streams.environment)


def banner(summary: str, width: int) -> str:
    """Version, what is loaded, and the keys: on one line where they fit, else on lines of their own."""
    from dra_policy.render.measure import wrap

    lines = [f"drapolicy {__version__}"]
    for part in (summary, ":help, Tab, Ctrl-D ends"):
        joined = f"{lines[-1]}   {part}"
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines += wrap(part, width)
    return "\n".join(lines)


def _sources(commands: Sequence[str] | None, scripts: Sequence[str], streams: Streams) -> list[Source]:
    """The texts to run: each command by itself, the script, or standard input. Raises PolicyError."""
    if commands:
        return [Source.of("-c", command) for command in commands]
    if not scripts:
        return [Source.of(STANDARD_INPUT, streams.read_input().decode("utf-8", errors="replace"))]
    [script] = scripts
    try:
        with open(script, encoding="utf-8", errors="replace") as file:
            return [Source.of(script, file.read())]
    except OSError as error:
        raise PolicyError([unreadable(script, error)]) from None


def _scripts(session: Session, sources: Sequence[Source], streams: Streams) -> int:
    from dra_policy.repl.script import run_script

    code = 0
    for source in sources:
        ran = run_script(session, source, streams.print)
        code = max(code, ran.code)
        if ran.ends:
            break
    return code
