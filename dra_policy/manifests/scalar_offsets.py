"""Where in the text each character of a YAML or JSON string stands: escapes, folding, indentation, chomping undone.

The rules are those of YAML 1.1 chapters 9.1 to 9.3 as libyaml applies them. INVARIANT: a mapping is given out only if
its characters make up the very string that the parser read.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Character(NamedTuple):
    """One character of a string, and the stretch of the text that stands for it."""

    text: str
    start: int
    end: int


_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_BREAKS = "\r\n\x85\u2028\u2029"
_BLANKS = " \t"
_HEADER = re.compile(r"[|>](?:([1-9])[+-]?|[+-]([1-9]?))?[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?")
_SHORT = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "'": "'", "\\": "\\", "/": "/", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_LENGTHS = {"x": 2, "u": 4, "U": 8}


def characters_of(raw: str, start: int, style: str, value: str) -> list[Character] | None:
    """The characters of ``value``, written as ``raw`` in the style; offsets count from ``start``.

    None where the writing cannot be followed.
    """
    for found in _candidates(raw, style):
        if len(found) >= len(value) and "".join(each.text for each in found[: len(value)]) == value:
            return [Character(each.text, each.start + start, each.end + start) for each in found[: len(value)]]
    return None


def _candidates(raw: str, style: str) -> list[list[Character]]:
    match style:
        case "" | None:
            return [_flow(raw, 0, len(raw), "")]
        case "'" | '"':
            return [_flow(raw, 1, len(raw) - 1, style)]
        case "json":
            return [_json(raw)]
        case "|" | ">":
            return _block(raw, is_folded=style == ">")
        case _:
            return []


def _flow(raw: str, position: int, end: int, quote: str) -> list[Character]:
    """A plain or quoted scalar between its quotes: escapes, doubled quotes, folded lines."""
    found: list[Character] = []
    while position < end:
        character = raw[position]
        if character in _BLANKS or character in _BREAKS:
            position = _fold(raw, position, end, found, after_escape=False)
        elif quote == "'" and raw.startswith("''", position):
            found.append(Character("'", position, position + 2))
            position += 2
        elif quote == '"' and character == "\\":
            position = _escape(raw, position, end, found)
        else:
            found.append(Character(character, position, position + 1))
            position += 1
    return found


def _fold(raw: str, position: int, end: int, found: list[Character], *, after_escape: bool) -> int:
    """Blanks and line ends between words: one line end is a space, more are one fewer; blanks around them vanish."""
    blanks: list[Character] = []
    breaks: list[Character] = []
    while position < end:
        broken = _BREAK.match(raw, position)
        if broken:
            breaks.append(_line_end(broken))
            position = broken.end()
        elif raw[position] in _BLANKS:
            if not breaks and not after_escape:
                blanks.append(Character(raw[position], position, position + 1))
            position += 1
        else:
            break
    if not breaks:
        found.extend(blanks)
    elif after_escape or breaks[0].text != "\n":
        found.extend(breaks)
    elif len(breaks) == 1:
        found.append(Character(" ", breaks[0].start, breaks[0].end))
    else:
        found.extend(breaks[1:])
    return position


def _line_end(broken: re.Match[str]) -> Character:
    text = broken[0] if broken[0] in "\u2028\u2029" else "\n"
    return Character(text, broken.start(), broken.end())


def _escape(raw: str, position: int, end: int, found: list[Character]) -> int:
    """An escape of a double-quoted scalar; an escaped line end stands for nothing."""
    broken = _BREAK.match(raw, position + 1)
    if broken:
        return _fold(raw, broken.end(), end, found, after_escape=True)
    kind = raw[position + 1]
    after = position + 2 + _LENGTHS.get(kind, 0)
    text = chr(int(raw[position + 2 : after], 16)) if kind in _LENGTHS else _SHORT.get(kind, kind)
    found.append(Character(text, position, after))
    return after


def _json(raw: str) -> list[Character]:
    found: list[Character] = []
    position, end = 1, len(raw) - 1
    while position < end:
        after = position + 1
        text = raw[position]
        if text == "\\":
            after = position + (6 if raw[position + 1] == "u" else 2)
            text = _json_escape(raw, position)
            if "\ud800" <= text <= "\udbff" and raw.startswith("\\u", after):
                low = _json_escape(raw, after)
                if "\udc00" <= low <= "\udfff":
                    text = chr(0x10000 + ((ord(text) - 0xD800) << 10) + ord(low) - 0xDC00)
                    after += 6
        found.append(Character(text, position, after))
        position = after
    return found


def _json_escape(raw: str, position: int) -> str:
    kind = raw[position + 1]
    if kind == "u":
        return chr(int(raw[position + 2 : position + 6], 16))
    return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(kind, kind)


def _block(raw: str, *, is_folded: bool) -> list[list[Character]]:
    """A literal or folded scalar, read with each indentation that it can have."""
    header = _HEADER.match(raw)
    if header is None:
        return []
    first = _BREAK.match(raw, header.end())
    if first is None:
        return [[]]
    body = first.end()
    is_explicit = bool(header[1] or header[2])
    indents = range(1, 64) if is_explicit else [_indentation(raw, body)]
    return [_block_lines(raw, body, indent, is_folded=is_folded) for indent in indents]


def _indentation(raw: str, position: int) -> int:
    """That of the first line that is not blank; of the longest blank line where all are."""
    longest = 0
    while position < len(raw):
        after = position
        while after < len(raw) and raw[after] == " ":
            after += 1
        longest = max(longest, after - position)
        broken = _BREAK.match(raw, after)
        if broken is None:
            return max(1, after - position) if after < len(raw) else max(1, longest)
        position = broken.end()
    return max(1, longest)


def _block_lines(raw: str, position: int, indent: int, *, is_folded: bool) -> list[Character]:
    found: list[Character] = []
    pending: Character | None = None
    began_blank = False
    blank_lines, position = _skip_blank_lines(raw, position, indent)
    while position < len(raw):
        begins_blank = raw[position] in _BLANKS
        if pending is not None and is_folded and pending.text == "\n" and not began_blank and not begins_blank:
            if not blank_lines:
                found.append(Character(" ", pending.start, pending.end))
        elif pending is not None:
            found.append(pending)
        found.extend(blank_lines)
        began_blank = begins_blank
        broken = _BREAK.search(raw, position)
        after = broken.start() if broken else len(raw)
        found.extend(Character(raw[index], index, index + 1) for index in range(position, after))
        pending = _line_end(broken) if broken else None
        if broken is None:
            blank_lines, position = [], len(raw)
        else:
            blank_lines, position = _skip_blank_lines(raw, broken.end(), indent)
            if position < len(raw) and _column(raw, position) < indent:
                # A line that is indented less ends the scalar; what follows (a comment) is not its text.
                break
    return found + ([pending] if pending else []) + blank_lines


def _skip_blank_lines(raw: str, position: int, indent: int) -> tuple[list[Character], int]:
    """The line ends of blank lines, and where the text of the next line begins."""
    ends: list[Character] = []
    while True:
        after = position
        while after < len(raw) and after - position < indent and raw[after] == " ":
            after += 1
        broken = _BREAK.match(raw, after)
        if broken is None:
            return ends, after
        ends.append(_line_end(broken))
        position = broken.end()


def _column(raw: str, position: int) -> int:
    column = 0
    while position - column > 0 and raw[position - column - 1] == " ":
        column += 1
    return column
