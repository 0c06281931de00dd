"""What a line of the shell is: a command, a statement, an expression; and whether it is complete."""

from __future__ import annotations

from dra_policy.repl.commands import COMMANDS, run_command
from dra_policy.repl.session import Reply, Session
from dra_policy.text import Source

# Words that begin a statement of the policy language; anything else is an expression.
STATEMENTS = (
    *("driver", "domain", "let", "predicate", "class", "claim", "template", "pod", "group", "quota"),
    *("namespace", "import"),
)


_OTHER_NAMES = {"exit": "quit", "?": "help"}


def execute(session: Session, line: str | Source) -> Reply:
    """Run one complete input: a command, a statement, or an expression; nothing for an empty line."""
    source = Source.of("<input>", line) if isinstance(line, str) else line
    text = source.text
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if begin >= end or text.startswith(("//", "#"), begin):
        return Reply()
    if text.startswith(":", begin):
        return run_command(session, text.strip())
    source = source.part(begin, end)
    word = source.text.split(maxsplit=1)[0]
    if word in STATEMENTS and word != source.text:
        return session.declare(source)
    command = _OTHER_NAMES.get(source.text, source.text)
    if command in COMMANDS:
        return Reply(f"commands begin with a colon: `:{command}`\n", failed=True)
    return session.ask(source)


def is_incomplete(text: str) -> bool:
    """Whether brackets are still open: the input goes on in the next line."""
    return open_bracket(text) is not None


def open_bracket(text: str) -> int | None:
    """The offset of the outermost bracket that is still open, outside of strings and comments."""
    opened: list[int] = []
    quote = ""
    index = 0
    while index < len(text):
        character = text[index]
        if quote:
            if character == "\\":
                index += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "#" or text.startswith("//", index):
            index = text.find("\n", index)
            if index < 0:
                break
        elif character in "([{":
            opened.append(index)
        elif character in ")]}" and opened:
            opened.pop()
        index += 1
    return opened[0] if opened else None
