"""What a line of the shell is: a command, a statement, an expression; and whether it is complete."""

from __future__ import annotations

from dra_policy.repl.commands import run_command
from dra_policy.repl.session import Reply, Session

# Words that begin a statement of the policy language; anything else is an expression.
STATEMENTS = ("driver", "domain", "let", "predicate", "class", "claim", "template", "namespace", "import")


def execute(session: Session, line: str) -> Reply:
    """Run one complete input: a command, a statement, or an expression; nothing for an empty line."""
    text = line.strip()
    if not text or text.startswith(("//", "#")):
        return Reply()
    if text.startswith(":"):
        return run_command(session, text)
    word = text.split(maxsplit=1)[0]
    if word in STATEMENTS and word != text:
        return session.declare(text)
    return session.ask(text)


def is_incomplete(text: str) -> bool:
    """Whether brackets are still open, outside of strings and comments: the input goes on in the next line."""
    depth = 0
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
        elif text.startswith("//", index):
            index = text.find("\n", index)
            if index < 0:
                break
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        index += 1
    return depth > 0
