"""What could come next in the shell: commands, domains, attributes, values, names that are loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dra_policy.model import AttributeUse
from dra_policy.repl.commands import COMMANDS
from dra_policy.repl.inputs import STATEMENTS
from dra_policy.repl.session import Session

_DOMAIN = re.compile(r"""device\.(attributes|capacity)\[["']([^"'\]]*)$""")
_MEMBER = re.compile(r"""device\.(attributes|capacity)\[["']([^"']+)["']\]\.\??(\w*)$""")
_VALUE = re.compile(r"""device\.(attributes|capacity)\[["']([^"']+)["']\]\.\??(\w+) *(?:==|!=|in \[) *("?[^"]*)$""")
_WORD = re.compile(r"[\w.]*$")


class Completion(NamedTuple):
    """A text to insert in place of the last ``length`` characters, and what the menu says about it."""

    text: str
    length: int
    meta: str = ""


def complete(session: Session, before: str) -> Iterator[Completion]:
    """The completions of the text before the cursor; names seen on the most devices first."""
    if before.startswith(":") and " " not in before:
        yield from _commands(before[1:])
        return
    if before.startswith((":explain ", ":load ")):
        yield from _objects(session, before.rsplit(" ", 1)[-1])
        return
    for pattern, offers in ((_VALUE, _values), (_MEMBER, _members), (_DOMAIN, _domains)):
        found = pattern.search(before)
        if found is not None:
            yield from offers(session, found)
            return
    yield from _words(before)


def _commands(word: str) -> Iterator[Completion]:
    for command in COMMANDS.values():
        if command.name.startswith(word):
            yield Completion(f"{command.name} " if " " in command.usage else command.name, len(word), command.help)


def _objects(session: Session, word: str) -> Iterator[Completion]:
    for claim in session.world.objects.claims:
        name = f"claim/{claim.name}"
        if name.startswith(word):
            yield Completion(name, len(word), claim.namespace)
    for pod in session.world.objects.pods:
        name = f"pod/{pod.name}"
        if name.startswith(word):
            yield Completion(name, len(word), pod.namespace)


def _uses(session: Session, field: str, domain: str) -> list[AttributeUse]:
    is_capacity = field == "capacity"
    found = [u for u in session.world.vocabulary.attributes if u.is_capacity is is_capacity and u.domain == domain]
    return sorted(found, key=lambda use: (-use.devices, use.name))


def _domains(session: Session, found: re.Match[str]) -> Iterator[Completion]:
    is_capacity = found[1] == "capacity"
    counts: dict[str, int] = {}
    for use in session.world.vocabulary.attributes:
        if use.is_capacity is is_capacity:
            counts[use.domain] = max(counts.get(use.domain, 0), use.devices)
    for domain, devices in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if domain.startswith(found[2]):
            yield Completion(f'{domain}"].', len(found[2]), f"{devices:,} devices")


def _members(session: Session, found: re.Match[str]) -> Iterator[Completion]:
    for use in _uses(session, found[1], found[2]):
        if use.name.startswith(found[3]):
            values = ", ".join(value for value, _ in use.values[:3])
            yield Completion(use.name, len(found[3]), f"{'/'.join(use.types)}  {use.devices:,} devices  {values}")


def _values(session: Session, found: re.Match[str]) -> Iterator[Completion]:
    for use in _uses(session, found[1], found[2]):
        if use.name == found[3]:
            for printed, devices in use.values:
                value = _literal(printed, use)
                if value.startswith(found[4]):
                    yield Completion(value, len(found[4]), f"{devices:,} devices")


def _literal(printed: str, use: AttributeUse) -> str:
    """The value as CEL writes it."""
    kinds = set(use.types)
    if use.is_capacity:
        return f'quantity("{printed}")'
    if kinds & {"version", "list of version"}:
        return f'semver("{printed}")'
    return printed if kinds & {"int", "bool", "list of int", "list of bool"} else _quoted(printed)


def _quoted(text: str) -> str:
    """A text in quotes; CEL has JSON's escapes."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _words(before: str) -> Iterator[Completion]:
    match = _WORD.search(before)
    word = match[0] if match else ""
    if not word:
        return
    known = ["device.driver", 'device.attributes["', 'device.capacity["', "device.allowMultipleAllocations"]
    known += [f"{statement} " for statement in STATEMENTS] if before == word else []
    for each in known:
        if each.startswith(word) and each != word:
            yield Completion(each, len(word))
