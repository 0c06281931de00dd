"""Run a session without a terminal: commands of flags, a script file, standard input."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dra_policy.record import dataclass
from dra_policy.repl.commands import COMMANDS
from dra_policy.repl.inputs import execute, open_bracket
from dra_policy.repl.session import Session
from dra_policy.text import Diagnostic, Severity, Source, Span

_COMMAND = re.compile(r"\s*:(\w+)")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a script ended: the exit code (2 if an input failed), and whether the session is over."""

    code: int
    ends: bool = False


def run_script(session: Session, script: Source, write: Callable[[str], None]) -> Ran:
    """Execute the inputs of a text, each a line, or several where brackets stay open; stops at ``:quit``.

    An input that fails is told with its place in the script; the others are executed all the same.
    """
    code = 0
    for source in _inputs(script):
        bracket = open_bracket(source.text)
        if bracket is not None:
            span = Span(source, bracket, bracket + 1)
            unclosed = f"`{span.text}` is never closed"
            write(session.show([Diagnostic("DRA202", Severity.ERROR, unclosed, span)]))
            code = 2
            continue
        reply = execute(session, source)
        write(reply.text)
        code = 2 if reply.failed else code
        if reply.ends:
            return Ran(code, ends=True)
    return Ran(code)


def _inputs(script: Source) -> Iterator[Source]:
    """The inputs; a bracket that is still open where a command begins is never closed."""
    start = end = 0
    for line in script.text.splitlines(keepends=True):
        command = _COMMAND.match(line)
        if start < end and command is not None and command[1] in COMMANDS:
            yield script.part(start, end)
            start = end
        end += len(line)
        if open_bracket(script.text[start:end]) is None:
            yield script.part(start, end)
            start = end
    if start < end:
        yield script.part(start, end)
