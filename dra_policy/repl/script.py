"""Run a session without a terminal: commands of flags, a script file, standard input."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dra_policy.repl.inputs import execute, is_incomplete
from dra_policy.repl.session import Session

UNCLOSED = "DRA202 the text ends while a bracket is open"


def run_lines(session: Session, lines: Iterable[str], name: str, write: Callable[[str], None]) -> int:
    """Execute lines, joining those whose brackets are open; stops at ``:quit``.

    The exit code is 0, or 2 if an input failed; the others are executed all the same.
    """
    code = 0
    pending: list[str] = []
    opened = 0
    for number, line in enumerate(lines, start=1):
        if not pending:
            opened = number
        pending.append(line.rstrip("\n"))
        text = "\n".join(pending)
        if is_incomplete(text):
            continue
        pending = []
        reply = execute(session, text)
        write(reply.text)
        code = 2 if reply.failed else code
        if reply.ends:
            return code
    if pending:
        write(f"{UNCLOSED}\n  --> {name}:{opened}\n")
        return 2
    return code
