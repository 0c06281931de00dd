"""The shell's commands: each a name, its usage, one line of help, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dra_policy.record import dataclass
from dra_policy.render import plural
from dra_policy.render.listing import render_listing
from dra_policy.repl.session import Reply, Session
from dra_policy.text import nearest

if TYPE_CHECKING:
    from dra_policy.engine.listing import Listing

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Command:
    """A command; ``run`` takes the session and the words after the name."""

    name: str
    usage: str
    help: str
    run: Callable[[Session, list[str]], Reply]


def run_command(session: Session, line: str) -> Reply:
    """Run a line that begins with a colon; a unique beginning of a name will do."""
    word, _, rest = line[1:].strip().partition(" ")
    words = _words(rest, is_text=word == "devices")
    matching = [name for name in COMMANDS if name.startswith(word)] if word else []
    if word in COMMANDS:
        return COMMANDS[word].run(session, words)
    if len(matching) == 1:
        return COMMANDS[matching[0]].run(session, words)
    if matching:
        return Reply(f"`:{word}` may be :{' or :'.join(matching)}\n", failed=True)
    near = nearest(word, COMMANDS)
    hint = f"did you mean `:{near}`?" if near else ":help lists the commands"
    return Reply(f"no command `:{word}`; {hint}\n", failed=True)


def _words(text: str, *, is_text: bool) -> list[str]:
    """The words, as a shell tells them apart (paths with spaces stand in quotes); an expression is one word."""
    if is_text:
        return [text.strip()] if text.strip() else []
    import shlex

    try:
        return shlex.split(text)
    except ValueError:  # a quotation mark without its pair
        return text.split()


def _load(session: Session, words: list[str]) -> Reply:
    if not words:
        return _usage("load")
    return session.load(words)


def _explain(session: Session, words: list[str]) -> Reply:
    from dra_policy.repl.explaining import explain_words

    return explain_words(session, words)


def _devices(session: Session, words: list[str]) -> Reply:
    if words:
        return session.ask(words[0])
    return _listing(session, "devices")


def _attrs(session: Session, words: list[str]) -> Reply:
    from dra_policy.render.vocabulary import render_vocabulary

    vocabulary = session.world.vocabulary
    domain = words[0] if words else None
    text = render_vocabulary(vocabulary, session.style, domain)
    if text:
        return Reply(text)
    domains = sorted({use.domain for use in vocabulary.attributes})
    if not domains and vocabulary.devices:
        return Reply(f"no attributes: {plural(vocabulary.devices, 'device')} without any\n")
    if domain is None or not domains:
        return Reply("no devices are loaded; :load FILE reads some\n", failed=True)
    near = nearest(domain, domains)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(domains)}"
    return Reply(f"no attributes of {domain}; {hint}\n", failed=True)


def _nodes(session: Session, words: list[str]) -> Reply:  # noqa: ARG001
    return _listing(session, "nodes")


def _classes(session: Session, words: list[str]) -> Reply:  # noqa: ARG001
    return _listing(session, "classes")


def _claims(session: Session, words: list[str]) -> Reply:  # noqa: ARG001
    return _listing(session, "claims")


def _help(session: Session, words: list[str]) -> Reply:  # noqa: ARG001 - one shape for all commands
    if words:
        command = COMMANDS.get(words[0].removeprefix(":"))
        return Reply(f"{command.usage}\n  {command.help}\n") if command else _no_help(words[0])
    width = max(len(command.usage) for command in COMMANDS.values())
    lines = [f"{command.usage:<{width}}  {command.help}" for command in COMMANDS.values()]
    lines += [
        "",
        f"{'EXPRESSION':<{width}}  which devices match, and why the others do not",
        f"{'driver, let, class, claim …':<{width}}  a statement of the policy language",
    ]
    return Reply("\n".join(lines) + "\n")


def _no_help(word: str) -> Reply:
    near = nearest(word, COMMANDS)
    hint = f"did you mean `:help {near}`?" if near else ":help lists the commands"
    return Reply(f"no command `{word}`; {hint}\n", failed=True)


def _quit(session: Session, words: list[str]) -> Reply:  # noqa: ARG001
    return Reply(ends=True)


def _usage(name: str) -> Reply:
    return Reply(f"usage: {COMMANDS[name].usage}\n", failed=True)


def _listing(session: Session, kind: str) -> Reply:
    from dra_policy.engine.listing import LISTINGS

    return Reply(_table(LISTINGS[kind](session.world, None), session))


def _table(listing: Listing, session: Session) -> str:
    if not listing.rows:
        return f"no {listing.kind} are loaded\n"
    shown = listing.rows[:MOST_ROWS]
    more = len(listing.rows) - len(shown)
    rest = f"and {more:,} more; an expression narrows them down\n" if more else ""
    return render_listing(listing.columns, shown, session.style) + rest


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command("load", ":load FILE …", "read manifests, dumps or policies", _load),
        Command(
            "explain", ":explain [FILE | KIND/NAME]", "why a claim or pod fits or not; alone: all open ones", _explain
        ),
        Command("devices", ":devices [EXPRESSION]", "the devices, or those that match", _devices),
        Command("attrs", ":attrs [DOMAIN]", "what the devices publish: types, presence, values", _attrs),
        Command("nodes", ":nodes", "the nodes and how many devices are free", _nodes),
        Command("classes", ":classes", "the device classes and how many devices match", _classes),
        Command("claims", ":claims", "the claims and what they hold", _claims),
        Command("help", ":help [COMMAND]", "this list, or one command", _help),
        Command("quit", ":quit", "end the session (Ctrl-D does too)", _quit),
    )
}
