"""Read the surroundings of a mistake: the open brackets, the statement, the words before it.

This reading is rougher than the grammar's and never fails, so it still tells where one is in a text that does not
parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dra_policy.record import dataclass

DECLARATIONS = frozenset(
    ("driver", "domain", "let", "predicate", "class", "claim", "template", "pod", "group", "quota", "pool", "test")
)
"""The words that begin a declaration of a file."""

STATEMENTS: dict[str, tuple[str, ...]] = {
    "namespace": ("file",),
    "import": ("file",),
    "driver": ("file",),
    "domain": ("file",),
    "let": ("file",),
    "predicate": ("file",),
    "class": ("file", "test"),
    "claim": ("file", "pod", "group", "test"),
    "template": ("file",),
    "pod": ("file",),
    "group": ("file",),
    "quota": ("file", "test"),
    "pool": ("file", "test"),
    "test": ("file",),
    "where": ("class", "claim", "template", "first", "quota"),
    "config": ("class", "claim", "template"),
    "label": ("class", "claim", "template", "pod"),
    "extended": ("class",),
    "any": ("class",),
    "request": ("claim", "template"),
    "match": ("claim", "template", "pod", "group"),
    "distinct": ("claim", "template", "pod", "group"),
    "require": ("claim", "template", "pod", "group", "quota"),
    "prefer": ("claim", "template", "pod"),
    "shareable": ("claim", "template"),
    "tolerate": ("claim", "template", "first"),
    "take": ("claim", "template", "first"),
    "container": ("pod",),
    "init": ("pod",),
    "allow": ("quota",),
    "deny": ("quota",),
    "limit": ("quota",),
    "counters": ("pool",),
    "device": ("pool",),
    "taint": ("pool", "device"),
    "draws": ("device",),
    "given": ("test",),
    "expect": ("test",),
}
"""The words that begin a statement, and the blocks in which each may stand."""

CLAUSES = frozenset(("where", "tolerate", "take", "with", "shared"))
"""Statements that belong to the request before them."""

EXPRESSIONS = frozenset(("where", "require", "prefer", "let", "predicate"))
"""Statements that end with an expression."""

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n\f]+|(?://|\#)[^\n]*)"
    r"|(?P<string>[bBrR]{0,2}(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')|`[^`\n]*`)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)*[A-Za-z_]*)"
    r"|(?P<word>[A-Za-z_](?:[-\w]|[./](?=\w))*)"
    r"|(?P<mark>===|==|!=|<=|>=|=~|&&|\|\||.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of the rough reading: string, number, word or mark."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opener:
    """An open bracket; ``block`` is the word whose block a brace opens (``""`` inside an expression)."""

    piece: Piece
    block: str
    statement: Piece | None
    indent: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an offset of a text is.

    ``open`` are the brackets around it, outermost first; ``statement`` is the word that began the innermost statement
    (a clause counts), ``declaration`` the word that began the declaration of the file; ``before`` are the pieces read,
    ``suspect`` an opener whose closing brace stands further left than itself.
    """

    open: tuple[Opener, ...]
    statement: Piece | None
    request: Piece | None
    declaration: Piece | None
    before: tuple[Piece, ...]
    suspect: Opener | None

    @property
    def block(self) -> str:
        """The word of the innermost block, ``file`` outside of all."""
        return next((opener.block for opener in reversed(self.open) if opener.block), "file")

    @property
    def in_expression(self) -> bool:
        """Whether an expression has begun in this statement."""
        statement = self.statement
        if statement is None or statement.text not in EXPRESSIONS:
            return False
        if statement.text in ("let", "predicate"):
            return any(piece.text == "=" for piece in self.before if piece.start > statement.start)
        return True


def pieces(text: str, start: int = 0) -> Iterator[Piece]:
    """The rough tokens of a text from an offset on."""
    for match in _TOKEN.finditer(text, start):
        kind = match.lastgroup or ""
        if kind != "space":
            yield Piece(kind, match.group(), match.start(), match.end())


def indent_of(text: str, offset: int) -> int:
    """The number of blanks before the first character of the offset's line."""
    line = text[text.rfind("\n", 0, offset) + 1 :]
    return len(line) - len(line.lstrip(" \t"))


def begins_line(text: str, offset: int) -> bool:
    """Whether only blanks stand before the offset on its line."""
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip()


class _Reader:
    """The state of one rough reading."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[Opener] = []
        self.statement: Piece | None = None
        self.request: Piece | None = None
        self.declaration: Piece | None = None
        self.before: list[Piece] = []
        self.suspect: Opener | None = None

    def take(self, piece: Piece) -> None:
        """Go one piece further."""
        if piece.text in ("{", "(", "[") and piece.kind == "mark":
            self._opened(piece)
        elif piece.text in ("}", ")", "]") and piece.kind == "mark":
            self._closed(piece)
        elif piece.kind == "word":
            self._word(piece)
        self.before.append(piece)

    def _opened(self, piece: Piece) -> None:
        block = ""
        word = self.statement.text if self.statement else ""
        if piece.text == "{" and (word not in EXPRESSIONS or not self.open_in_expression()):
            block = self._block_word(word)
        self.open.append(Opener(piece, block, self.statement, indent_of(self.text, piece.start)))
        if block:
            self.statement = None

    def open_in_expression(self) -> bool:
        statement = self.statement
        return statement is not None and statement.text in EXPRESSIONS

    def _block_word(self, word: str) -> str:
        last = self.before[-1].text if self.before else ""
        if word in ("request", *CLAUSES) and last == "of":
            return "first"
        if word == "config" or (self.open and self.open[-1].block == "config"):
            return "config"
        return word or "config"

    def _closed(self, piece: Piece) -> None:
        if not self.open:
            return
        opener = self.open.pop()
        if begins_line(self.text, piece.start) and indent_of(self.text, piece.start) < opener.indent:
            self.suspect = self.suspect or opener
        if opener.piece.text == "{" and opener.block:
            inside_first = opener.block == "first"
            self.statement = self.request if inside_first else None
            if not self.open:
                self.declaration = None

    def _word(self, piece: Piece) -> None:
        inside = self.open[-1] if self.open else None
        if inside is not None and (inside.piece.text != "{" or not inside.block or inside.block == "config"):
            return
        block = inside.block if inside else "file"
        last = self.before[-1].text if self.before else ""
        if last in _NAMES_FOLLOW or (piece.text not in STATEMENTS and piece.text not in CLAUSES):
            return
        blocks = STATEMENTS.get(piece.text, ("claim", "template", "first"))
        at_line_start = begins_line(self.text, piece.start)
        if block not in blocks and not at_line_start and last not in ("{", "}"):
            return
        if piece.text in ("from", "with") and not at_line_start:
            return
        self.statement = piece
        if piece.text == "request":
            self.request = piece
        if not self.open and piece.text in DECLARATIONS:
            self.declaration = piece


# After these a name comes, whatever word it looks like.
_NAMES_FOLLOW = frozenset(
    (*DECLARATIONS - {"let"}, "let", "of", "from", "extends", "request", "across", "in", "for", "expect", ",", "=", ".")
) - {"test"}


def surroundings(text: str, offset: int) -> Surroundings:
    """Where an offset is."""
    reader = _Reader(text)
    for piece in pieces(text):
        if piece.start >= offset:
            break
        reader.take(piece)
    return Surroundings(
        tuple(reader.open),
        reader.statement,
        reader.request,
        reader.declaration,
        tuple(reader.before),
        reader.suspect,
    )


def piece_at(text: str, offset: int) -> Piece | None:
    """The rough token that begins at or covers an offset; None at the end of the text."""
    for piece in pieces(text[: offset + 200], max(text.rfind("\n", 0, offset), 0)):
        if piece.end > offset:
            return piece
    return None
