"""`drapolicy repl`: ask about a fleet interactively, from a script, or from standard input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.config import read_config
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.release import __version__

if TYPE_CHECKING:
    from dra_policy.repl.session import Session

EXAMPLES = """
  drapolicy repl -f fleet.yaml
  drapolicy repl -f fleet.yaml -c ':attrs' -c 'device.driver == "gpu.example.com"'
  drapolicy repl -f fleet.yaml questions.txt
  echo ':nodes' | drapolicy repl -f fleet.yaml
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 if an input of a script failed."""
    command = parser("repl", "Ask about a fleet: expressions, claims, commands.", EXAMPLES)
    command.add_argument("script", nargs="?", metavar="SCRIPT", help="a file of inputs, one a line")
    command.add_argument("-c", dest="commands", action="append", metavar="COMMAND", help="run it and end")
    add_world(command)
    add_output(command, ("text",))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    from dra_policy.repl.session import Session

    config = read_config(options.config)
    rules = inputs.rules_of(options, config)
    session = Session(rules, style, stdin=streams.read_input)
    code = 0
    is_interactive = not options.commands and not options.script and streams.input_is_terminal
    paths = inputs.world_paths(options, config)
    if paths:
        reply = session.load(paths)
        code = 2 if reply.failed else 0
        inputs.print_diagnostics(session.world.findings, style, streams)
    if is_interactive:
        return _interactive(session, streams)
    return max(code, _script(session, options.commands, options.script, streams))


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


def _script(session: Session, commands: list[str] | None, script: str | None, streams: Streams) -> int:
    from dra_policy.repl.script import run_lines

    if commands:
        return run_lines(session, commands, "-c", streams.print)
    if script is None:
        lines = streams.read_input().decode("utf-8", errors="replace").splitlines()
        return run_lines(session, lines, "<standard input>", streams.print)
    try:
        with open(script, encoding="utf-8", errors="replace") as file:
            return run_lines(session, file, script, streams.print)
    except OSError as error:
        streams.warn(f"DRA101 cannot read `{script}`: {error.strerror}")
        return 2
