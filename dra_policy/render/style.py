"""How an answer looks: width, level, colour roles, and marks that have an ASCII form."""

from __future__ import annotations

from enum import Enum

from dra_policy.record import dataclass, field
from dra_policy.render.measure import columns, escape, wrap


class Role(Enum):
    """What a piece of text is, so that it may be coloured; the text carries its meaning without colour."""

    PLAIN = "plain"
    FITS = "fits"
    NOT_NOW = "not now"
    NEVER = "never"
    OVER_QUOTA = "over quota"
    UNKNOWN = "unknown"
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    CARET = "caret"
    CULPRIT = "culprit"
    LOST = "lost"
    OWN_PLACE = "own place"
    OTHERS = "others"
    FIX = "fix"
    TITLE = "title"
    DIM = "dim"


# SGR codes of the sixteen colours that every terminal has.
_CODES = {
    Role.PLAIN: "",
    Role.FITS: "1;32",
    Role.NOT_NOW: "1;33",
    Role.NEVER: "1;31",
    Role.OVER_QUOTA: "1;35",
    Role.UNKNOWN: "1;36",
    Role.ERROR: "1;31",
    Role.WARNING: "1;33",
    Role.HINT: "36",
    Role.CARET: "31",
    Role.CULPRIT: "1",
    Role.LOST: "31",
    Role.OWN_PLACE: "36",
    Role.OTHERS: "33",
    Role.FIX: "32",
    Role.TITLE: "1",
    Role.DIM: "2",
}


@dataclass(frozen=True, slots=True)
class Symbols:
    """The marks of an answer; each has a form for terminals and locales without UTF-8."""

    at_least: str = "≥"
    nothing: str = "–"
    lost: str = "◄"
    ellipsis: str = "…"
    fits: str = "✓"
    wait: str = "◷"
    never: str = "✗"
    quota: str = "⊘"
    alert: str = "!"
    unknown: str = "?"
    unseen: str = "·"
    times: str = "×"


ASCII_SYMBOLS = Symbols(
    at_least=">=",
    nothing="-",
    lost="<-",
    ellipsis="...",
    fits="ok",
    wait="wait",
    never="x",
    quota="x",
    alert="!",
    unknown="?",
    unseen=".",
    times="x",
)
UNICODE_SYMBOLS = Symbols()


@dataclass(frozen=True, slots=True)
class Style:
    """What the reader's terminal can show and how much the reader wants to see.

    ``level`` is 0 (one line a claim) to 3; ``width`` is in columns; without ``unicode`` everything is ASCII.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    level: int = 1

    @property
    def symbols(self) -> Symbols:
        """The marks to print."""
        return UNICODE_SYMBOLS if self.unicode else ASCII_SYMBOLS

    def paint(self, text: str, role: Role) -> str:
        """The text in the colour of its role; unchanged where there is no colour."""
        code = _CODES[role]
        if not self.colour or not code or not text:
            return text
        return f"\x1b[{code}m{text}\x1b[0m"

    def show(self, text: str) -> str:
        """Text from an object or a file as it may be printed."""
        return escape(text, unicode=self.unicode)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one line with one role. The text is escaped already."""

    text: str
    role: Role = Role.PLAIN


@dataclass(slots=True)
class Line:
    """One line of an answer, built from left to right; colour is added when it is printed."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many columns it takes so far."""
        return sum(columns(piece.text) for piece in self.pieces)

    def add(self, text: str, role: Role = Role.PLAIN) -> Line:
        """Add a piece."""
        if text:
            self.pieces.append(Piece(text, role))
        return self

    def move_to(self, column: int) -> Line:
        """Add spaces up to a column (from 0); nothing where the line is there already."""
        return self.add(" " * (column - self.columns))

    def right(self, text: str, edge: int, role: Role = Role.PLAIN) -> Line:
        """Add a piece that ends at a column."""
        return self.move_to(edge - columns(text)).add(text, role)

    def painted(self, style: Style) -> str:
        """The line with its colours, without spaces at its end."""
        pieces = list(self.pieces)
        while pieces and not pieces[-1].text.strip(" "):
            pieces.pop()
        if not pieces:
            return ""
        last = pieces.pop()
        painted = [style.paint(piece.text, piece.role) for piece in pieces]
        return "".join(painted) + style.paint(last.text.rstrip(" "), last.role)


def paragraph(text: str, style: Style, *, indent: int = 0, role: Role = Role.PLAIN) -> list[Line]:
    """Text wrapped to the style's width, at most 160 columns."""
    width = min(style.width, 160) - indent
    return [Line().move_to(indent).add(part, role) for part in wrap(text, width)]
