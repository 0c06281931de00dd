"""Run the parse tables that Lark makes of a grammar, without Lark.

Importing Lark costs more than everything else that explaining one claim does, so a process with warm caches never
imports it for CEL: the tables are plain data, and the loop below is the whole of an LALR parser. It calls a builder as
Lark's own parser does (one method for each rule or alias, given the list of children), so one builder serves both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Protocol

from dra_policy.record import dataclass

if TYPE_CHECKING:
    from lark import Lark

END = "$END"


class Token:
    """A piece of the text: the members that Lark's tokens have too."""

    __slots__ = ("end_pos", "start_pos", "type", "value")

    def __init__(self, kind: str, value: str, start: int, end: int) -> None:
        """Hold a piece of text from ``start`` to ``end`` (offsets in code points)."""
        self.type = kind
        self.value = value
        self.start_pos = start
        self.end_pos = end


class Builder(Protocol):
    """Anything with a method for each rule or alias; looked up by name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a reduction does: pops ``size`` values, and calls ``callback`` unless the rule is inlined or has one child.

    ``splice`` are the positions (from the left) of children that are lists to be inlined; ``grows`` says that the
    first child is this rule's own list, to which the others are added.
    """

    origin: str
    size: int
    callback: str
    is_inlined: bool
    passes_single: bool
    splice: tuple[int, ...]
    grows: bool


Terminal = tuple[str, str, str]
"""A terminal's name, its pattern, and the characters that it can begin with."""

# What the patterns of CEL's grammar can begin with; a test holds it to them.
_FIRST = {
    "STRING": "rR\"'",
    "BYTES": "bB",
    "FLOAT": f"{digits}.",
    "UINT": digits,
    "INT": digits,
    "TRUE": "t",
    "FALSE": "f",
    "NULL": "n",
    "IDENT": f"{ascii_letters}_",
    "ESCAPED_IDENT": "`",
    "OPERATOR": "=!<>|&+*/%i",
    "COMMENT": "/",
    "WHITESPACE": " \t\r\n\f",
}


@dataclass(frozen=True, slots=True)
class Tables:
    """An LALR automaton over named terminals, the first one of which that matches is taken.

    ``states[n]`` maps a symbol to the next state (from 0), or for a reduction to ``-1 - index`` of a rule.
    """

    terminals: tuple[Terminal, ...]
    ignored: frozenset[str]
    states: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    start: int
    accepting: int


class UnexpectedTextError(Exception):
    """The text does not follow the grammar; raised by ``run`` and turned into a diagnostic by its caller.

    ``found`` is None where no terminal matches at ``offset``; its type is ``END`` at the end of the text.
    """

    def __init__(self, offset: int, found: Token | None, tokens: list[Token], expected: frozenset[str]) -> None:
        """Keep what was read before (``tokens``) and the terminals that could have come."""
        super().__init__(offset)
        self.offset = offset
        self.found = found
        self.tokens = tokens
        self.expected = expected


def tables_of(lark: Lark, start: str) -> Tables:
    """Take the tables of a grammar that Lark has analysed (LALR, basic lexer)."""
    from lark.parsers.lalr_analysis import Shift

    parse_table = lark.parser.parser._parse_table  # noqa: SLF001
    rules: list[Rule] = []
    index: dict[int, int] = {}
    states: list[dict[str, int]] = [{} for _ in parse_table.states]
    for number, actions in parse_table.states.items():
        for symbol, (action, argument) in actions.items():
            if action is Shift:
                states[number][str(symbol)] = argument
                continue
            if id(argument) not in index:
                index[id(argument)] = len(rules)
                rules.append(_rule(argument))
            states[number][str(symbol)] = -1 - index[id(argument)]
    terminals = lark.parser.lexer_conf.terminals
    ordered = sorted(terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    return Tables(
        tuple(
            (each.name, each.pattern.to_regexp(), _FIRST.get(each.name) or each.pattern.value[0]) for each in ordered
        ),
        frozenset(str(name) for name in lark.ignore_tokens),
        tuple(states),
        tuple(rules),
        parse_table.start_states[start],
        parse_table.end_states[start],
    )


def _rule(rule: object) -> Rule:
    origin = str(rule.origin.name)  # type: ignore[attr-defined]
    symbols = [str(symbol.name) for symbol in rule.expansion]  # type: ignore[attr-defined]
    alias = str(rule.alias or "")  # type: ignore[attr-defined]
    splice = tuple(place for place, name in enumerate(symbols) if name.startswith("_"))
    return Rule(
        origin,
        len(symbols),
        alias or origin,
        origin.startswith("_"),
        bool(rule.options.expand1) and not alias,  # type: ignore[attr-defined]
        splice,
        bool(symbols) and symbols[0] == origin and origin.startswith("_"),
    )


Match = Callable[[str, int], "re.Match[str] | None"]


class Parser:
    """Tables made ready to run; holds no state of a parse, so threads may share it."""

    def __init__(self, tables: Tables) -> None:
        """Make the reductions ready; patterns are compiled when a text has something that begins as they do."""
        self._tables = tables
        self._matches: dict[str, Match] = {}
        self._signs = _signs_of(tables)
        self._reductions = tuple((rule, rule.size, rule.origin, _way_of(rule)) for rule in tables.rules)
        self._ends: dict[tuple[int, int, str], int] = {}

    def run(self, text: str, builder: Builder, tokens: list[Token] | None = None) -> object:
        """Parse a whole text and give the builder's value of the start rule.

        ``tokens`` receives all tokens read. Raises ``UnexpectedTextError`` at the first token that cannot be.
        """
        states, reductions, accepting = self._tables.states, self._reductions, self._tables.accepting
        stack = [self._tables.start]
        values: list[object] = []
        read: list[Token] = [] if tokens is None else tokens
        for token in self._tokens(text, read, stack):
            kind = token.type
            action = states[stack[-1]].get(kind)
            while action is not None and action < 0:
                rule, size, origin, how = reductions[-1 - action]
                if how == _KEEPS:
                    state = stack[-1] = self._end_of_chain(stack[-2], stack[-1], kind)
                else:
                    if how == _BUILDS:
                        children = values[-size:]
                        del values[-size:]
                        values.append(getattr(builder, rule.callback)(children))
                    elif how == _WRAPS:
                        values[-1] = [values[-1]]
                    else:
                        _reduce(rule, values, builder)
                    del stack[-size:]
                    state = states[stack[-1]][origin]
                    stack.append(state)
                if state == accepting and kind == END:
                    return values[-1]
                action = states[state].get(kind)
            if action is None:
                raise self._unexpected(token.start_pos, token, read, stack)
            stack.append(action)
            values.append(token)
            read.append(token)
        raise AssertionError("the end of the text is always accepted or refused")

    def _end_of_chain(self, before: int, state: int, kind: str) -> int:
        """The state after a chain of reductions that leave value and height as they are: most reductions are such.

        They look at nothing but the two topmost states and the next token's kind.
        """
        key = (before, state, kind)
        found = self._ends.get(key)
        if found is None:
            found = state
            while (action := self._tables.states[found].get(kind)) is not None and action < 0:
                _, _, origin, how = self._reductions[-1 - action]
                if how != _KEEPS:
                    break
                found = self._tables.states[before][origin]
                if found == self._tables.accepting and kind == END:
                    break
            self._ends[key] = found
        return found

    def count_tokens(self, text: str, start: int) -> int:
        """How many tokens stand in a text from an offset on; a character that begins none is passed over."""
        ignored, count = self._tables.ignored, 0
        while start < len(text):
            found = self._match_of(text[start])(text, start)
            count += found is not None and (found.lastgroup or "") not in ignored
            start = start + 1 if found is None else found.end()
        return count

    def _tokens(self, text: str, read: list[Token], stack: list[int]) -> Iterator[Token]:
        signs, matches, ignored = self._signs, self._matches, self._tables.ignored
        offset, end = 0, len(text)
        while offset < end:
            character, start = text[offset], offset
            kind = signs.get(character)
            if kind is not None:
                offset += 1
                if kind:
                    yield Token(kind, character, start, offset)
                continue
            found = (matches.get(character) or self._match_of(character))(text, offset)
            if found is None:
                raise self._unexpected(offset, None, read, stack)
            kind, offset = found.lastgroup or "", found.end()
            if kind not in ignored:
                yield Token(kind, found.group(), start, offset)
        yield Token(END, "", end, end)

    def _match_of(self, character: str) -> Match:
        """What matches the terminals that can begin with a character; nothing where there are none."""
        found = self._matches.get(character)
        if found is None:
            able = [(name, pattern) for name, pattern, first in self._tables.terminals if character in first]
            if not able:
                return _NOTHING
            found = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in able)).match
            self._matches[character] = found
        return found

    def _unexpected(self, offset: int, found: Token | None, read: list[Token], stack: list[int]) -> UnexpectedTextError:
        expected = frozenset(name for name in self._tables.states[stack[-1]] if name.isupper())
        return UnexpectedTextError(offset, found, read, expected)


_NOTHING = re.compile(r"(?!)").match


def _signs_of(tables: Tables) -> dict[str, str]:
    """The terminals of one character that nothing else begins with; empty text for a blank, which is none."""
    beginnings = [character for _, _, first in tables.terminals for character in first]
    return {
        character: "" if name in tables.ignored else name
        for name, pattern, first in tables.terminals
        for character in first
        if beginnings.count(character) == 1 and (pattern == re.escape(character) or pattern == f"[{first}]+")
    }


# What a reduction does with the values: most have one, which stays as it is, or all go to the builder as they are; or
# the only one becomes a list; or lists are joined.
_KEEPS, _BUILDS, _WRAPS, _JOINS = range(4)


def _way_of(rule: Rule) -> int:
    if rule.splice or rule.grows:
        return _JOINS
    if rule.size == 1:
        return _KEEPS if rule.passes_single else _WRAPS if rule.is_inlined else _BUILDS
    return _JOINS if rule.is_inlined else _BUILDS


def _reduce(rule: Rule, values: list[object], builder: Builder) -> None:
    """Replace the values of a rule's symbols by the rule's own value."""
    size = rule.size
    if rule.grows:
        grown = values[-size]
        assert isinstance(grown, list)
        grown.extend(values[1 - size :])
        del values[1 - size :]
        return
    children = values[-size:]
    del values[-size:]
    if rule.splice:
        children = _spliced(children, rule.splice)
    if rule.is_inlined:
        values.append(children)
    elif rule.passes_single and len(children) == 1:
        values.append(children[0])
    else:
        values.append(getattr(builder, rule.callback)(children))


def _spliced(children: list[object], places: tuple[int, ...]) -> list[object]:
    flat: list[object] = []
    for place, child in enumerate(children):
        if place in places:
            assert isinstance(child, list)
            flat.extend(child)
        else:
            flat.append(child)
    return flat
