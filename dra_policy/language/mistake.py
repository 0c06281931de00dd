"""A place where a text cannot be parsed further: what was found, what could have come, in words."""

from __future__ import annotations

from dra_policy.language.scanning import STATEMENTS, Piece, Surroundings
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity, Source, Span

_OTHER_WORDS = (
    "from",
    "extends",
    "of",
    "across",
    "with",
    "shared",
    "shareable",
    "for",
    "to",
    "at",
    "all",
    "any",
    "admin",
    "access",
)

_REST = (
    *("as", "and", "least", "resource", "image", "uses", "limits", "on", "nodes", "namespaces", "devices", "holds"),
    *("fits", "does", "fit", "using", "because", "matches", "denies", "attribute", "container"),
)

_CONCEPTS = {
    "NAME": "a name",
    "INT": "a number",
    "FLOAT": "a number",
    "QUANTITY": "a quantity",
    "DURATION": "a duration (`300s`)",
    "STRING": "a text in quotes",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LPAREN": "`(`",
    "RPAREN": "`)`",
    "LBRACKET": "`[`",
    "RBRACKET": "`]`",
    "COLON": "`:`",
    "COMMA": "`,`",
    "EQUALS": "`=`",
    "PIPE": "`|`",
}
_AFTER_OPERAND = frozenset(("DOT", "QUESTION", "LPAREN", "LBRACKET", "LBRACE", "MINUS"))


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that cannot be parsed further: where, what was found there, what could have come instead."""

    source: Source
    offset: int
    found: Piece | None
    around: Surroundings
    expected: frozenset[str]

    @property
    def previous(self) -> Piece | None:
        """The piece before the offset."""
        return self.around.before[-1] if self.around.before else None

    @property
    def word(self) -> str:
        """The found text, empty at the end."""
        return self.found.text if self.found else ""

    @property
    def rest(self) -> str:
        """The text from the offset to the end of the line."""
        text = self.source.text
        end = text.find("\n", self.offset)
        return text[self.offset : end if end >= 0 else len(text)]

    @property
    def after_operand(self) -> bool:
        """Whether an operator could have come."""
        return "OPERATOR" in self.expected

    @property
    def wants_operand(self) -> bool:
        """Whether an expression could have begun."""
        return "IDENT" in self.expected

    def error(
        self, message: str, hint: str | None = None, *, piece: Piece | None = None, code: str = "DRA201"
    ) -> Diagnostic:
        """The diagnostic at a piece, by default the found one."""
        piece = piece or self.found
        end = self.previous.end if self.previous else 0
        span = Span(self.source, piece.start, piece.end) if piece else Span(self.source, end, end)
        return Diagnostic(code, Severity.ERROR, message, span, hint=hint)


def found_words(mistake: Mistake) -> str:
    """What was found, as messages begin."""
    return f"found `{shortened(mistake.word)}`" if mistake.found else "the text ends here"


def shortened(text: str) -> str:
    """The first line of a text, at most 40 characters of it."""
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:39]}…"


def words_allowed(mistake: Mistake) -> list[str]:
    """The statement words that could have come."""
    return [word for word in dict.fromkeys((*STATEMENTS, *_OTHER_WORDS)) if _terminal(word) in mistake.expected]


def listed(words: list[str]) -> str:
    """Words in backticks."""
    return ", ".join(f"`{word}`" for word in words)


def _terminal(word: str) -> str:
    return word.upper()


def concepts_of(expected: frozenset[str]) -> str:
    """What could have come, in words: never the name of a terminal."""
    names = set(expected)
    concepts: list[str] = []
    if "IDENT" in names and "NOT" in names:
        return "an expression"
    if "OPERATOR" in names:
        concepts.append("an operator")
        names -= _AFTER_OPERAND
    elif "IDENT" in names:
        concepts.append("a name")
    words = [word for word in (*_OTHER_WORDS, *STATEMENTS, *_REST) if _terminal(word) in names]
    concepts.extend(f"`{word}`" for word in dict.fromkeys(words))
    if "NAME" in names:
        names -= {"STRING"}
    elif "STRING" in names and "LBRACE" in names:
        concepts.append("a description")
        names -= {"STRING"}
    for name, concept in _CONCEPTS.items():
        if name in names and concept not in concepts:
            concepts.append(concept)
    if "$END" in expected and len(concepts) > 6:
        return "a declaration"
    if len(concepts) > 8:
        concepts = [*concepts[:8], "another statement"]
    return " or ".join((", ".join(concepts[:-1]), concepts[-1])) if len(concepts) > 1 else "".join(concepts)
