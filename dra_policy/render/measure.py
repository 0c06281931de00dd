"""How many columns a text takes, and what is shown in place of characters that a terminal would obey."""

from __future__ import annotations

from collections.abc import Sequence

NARROWEST = 60
"""With fewer columns, what else stands side by side stands in lines of their own."""

# Marks that reorder or hide text on a terminal; a name that holds one must not be able to forge a line.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Behind these a long word may be broken.
_BEHIND = frozenset("/,;:|&)]}_-")
_LINE_ENDS = frozenset("\u0085\u2028\u2029")


def escape(text: str, *, unicode: bool = True) -> str:
    r"""The text with control characters, line ends and direction marks written out (``\x1b``, ``\u202e``).

    Without ``unicode`` every character outside ASCII is written out.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape_with_unicode if unicode else _escape_to_ascii, text))


def _escape_to_ascii(character: str) -> str:
    return character if " " <= character <= "~" else _written_out(character)


def _escape_with_unicode(character: str) -> str:
    hidden = character in _BIDIRECTIONAL or character in _LINE_ENDS or "\ud800" <= character <= "\udfff"
    if character < " " or "\x7f" <= character <= "\x9f" or hidden:
        return _written_out(character)
    return character


def _written_out(character: str) -> str:
    code = ord(character)
    short = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    if short is not None:
        return short
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def columns(text: str) -> int:
    """How many terminal columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_columns, text))


def _character_columns(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, width: int) -> str:
    """The text with spaces after it up to a number of columns."""
    return text + " " * (width - columns(text))


def cut_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most ``width`` columns; where it is longer its middle gives way, never its end."""
    if columns(text) <= width:
        return text
    room = max(width - columns(ellipsis), 0)
    after = _last(text, (room + 1) // 2)
    return _first(text, room - columns(after)) + ellipsis + after


def _first(text: str, width: int) -> str:
    taken, used = [], 0
    for character in text:
        used += columns(character)
        if used > width:
            break
        taken.append(character)
    return "".join(taken)


def _last(text: str, width: int) -> str:
    return _first(text[::-1], width)[::-1]


def cut_pairs(text: str, width: int, ellipsis: str) -> str:
    """The first of some ``name=value`` pairs that fit, and how many are hidden: ``a=1 b=2 +3``."""
    if columns(text) <= width:
        return text
    pairs: list[str] = []
    for word in text.split(" "):
        # A value may hold blanks: a word that begins no pair goes on with the one before.
        if pairs and "=" not in word and not _is_rest(word):
            pairs[-1] += f" {word}"
        else:
            pairs.append(word)
    hidden = int(pairs.pop()[1:]) if _is_rest(pairs[-1]) else 0
    while pairs:
        hidden += 1
        pairs.pop()
        shown = " ".join([*pairs, f"+{hidden}"])
        if columns(shown) <= width:
            return shown
    return cut_middle(f"+{hidden}", width, ellipsis)


def _is_rest(word: str) -> bool:
    return word[:1] == "+" and word[1:].isdigit()


def wrap(text: str, width: int, *, first: int | None = None, last: int | None = None) -> list[str]:
    """The words of a text in lines of at most ``width`` columns.

    ``first`` and ``last`` are the widths of the first and the last line where they differ. A word longer than a line
    is broken between its parts, or where the line ends if it has none near there.
    """
    lines: list[str] = []
    current = ""
    room = width if first is None else first
    for word in text.split():
        rest = word
        while rest:
            joined = f"{current} {rest}" if current else rest
            if columns(joined) <= room:
                current, rest = joined, ""
            elif current:
                lines.append(current)
                current, room = "", width
            else:
                head = _first_part(rest, room)
                lines.append(head)
                rest, room = rest[len(head) :], width
    if current:
        lines.append(current)
    if last is not None and lines and columns(lines[-1]) > last:
        lines.extend(wrap(lines.pop(), last))
    return lines


def _first_part(word: str, room: int) -> str:
    """The start of a long word that fills a line: up to the last seam in its second half, else all that fits."""
    head = _first(word, room) or word[0]
    ends = range(len(head), len(head) // 2, -1)
    return word[: next((end for end in ends if _is_seam(word, end)), len(head))]


def _is_seam(word: str, at: int) -> bool:
    # A point before a letter begins a member; others are in numbers.
    return word[at - 1] in _BEHIND or word[at] in "[({" or (word[at] == "." and word[at + 1 : at + 2].isalpha())


def joined(parts: Sequence[str], width: int) -> list[str]:
    """Parts with bars between them in lines of at most ``width`` columns; one that fits a line is never broken."""
    lines: list[str] = []
    for number, part in enumerate(parts):
        text = part if number == len(parts) - 1 else f"{part} |"
        if lines and columns(lines[-1]) + 1 + columns(text) <= width:
            lines[-1] += f" {text}"
        else:
            lines += wrap(text, width)
    return lines
