"""The shell on a terminal: prompt, history, completion, keys. Nothing but this module knows prompt_toolkit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from dra_policy.repl.completion import complete
from dra_policy.repl.inputs import execute, is_incomplete
from dra_policy.repl.session import Session

PROMPT = "> "
CONTINUED = ". "


def run_terminal(
    session: Session,
    write: Callable[[str], None],
    environment: Mapping[str, str],
    *,
    input: Input | None = None,  # noqa: A002 - prompt_toolkit's own word
    output: Output | None = None,
) -> int:
    """Ask and answer until the user ends the session; Ctrl-C drops the line, Ctrl-D ends. The exit code is 0."""
    prompt: PromptSession[str] = PromptSession(
        PROMPT,
        history=history_of(environment),
        auto_suggest=AutoSuggestFromHistory(),
        completer=_SessionCompleter(session),
        complete_while_typing=False,
        multiline=Condition(lambda: is_incomplete(prompt.default_buffer.text)),
        prompt_continuation=CONTINUED,
        editing_mode=EditingMode.VI if environment.get("EDITOR", "").endswith(("vi", "vim")) else EditingMode.EMACS,
        input=input,
        output=output,
    )
    while True:
        try:
            line = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        try:
            reply = execute(session, line)
        except KeyboardInterrupt:
            write("stopped\n")
            continue
        write(reply.text)
        if reply.ends:
            return 0


def history_of(environment: Mapping[str, str]) -> History:
    """Earlier inputs, in the user's state folder, readable by the user alone; in memory where that is not to be had."""
    state = environment.get("XDG_STATE_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    )
    folder = Path(state) / "drapolicy"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "history"
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


class _SessionCompleter(Completer):
    """Offers what the session knows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor."""
        del complete_event
        for each in complete(self._session, document.text_before_cursor):
            yield Completion(each.text, start_position=-each.length, display_meta=each.meta)
