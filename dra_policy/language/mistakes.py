"""Say what is wrong with a text that does not follow the grammar: mistakes known by name, tried in order.

Each rule looks at the found word, the place and the last statement word, never at the parser's states: the parser
often notices a mistake only after reductions, in a state that belongs to the enclosing block.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dra_policy.language.scanning import (
    CLAUSES,
    DECLARATIONS,
    STATEMENTS,
    Opener,
    Piece,
    Surroundings,
    begins_line,
)
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Label, Severity, Source, Span, nearest

_QUOTES = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2018": "'", "\u2019": "'"}
_INVISIBLE = {"\u200b": "zero-width space", "\u200c": "zero-width non-joiner", "\u200d": "zero-width joiner"}
_INVISIBLE |= {"\ufeff": "byte order mark", "\u00a0": "no-break space", "\u2060": "word joiner"}
_UNITS = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "m")
_SPELT_UNITS = {"kb": "k", "mb": "M", "gb": "G", "tb": "T", "pb": "P", "eb": "E", "kib": "Ki", "mib": "Mi", "gib": "Gi"}
_SPELT_UNITS |= {"tib": "Ti", "pib": "Pi", "eib": "Ei", "gi": "Gi", "mi": "Mi", "ki": "Ki", "ti": "Ti", "g": "G"}
_SPELT_UNITS |= {"t": "T", "K": "k"}
_WORDS = {"and": "&&", "or": "||"}


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


Rule = Callable[[Mistake], Diagnostic | None]


def _characters(mistake: Mistake) -> Diagnostic | None:
    if len(mistake.word) == 1 and not mistake.word.isprintable() and mistake.word not in _INVISIBLE:
        return mistake.error(f"the character U+{ord(mistake.word):04X} cannot stand here", "delete it")
    if mistake.word in _QUOTES:
        return mistake.error(f"`{mistake.word}` is a quote of a word processor", f"write `{_QUOTES[mistake.word]}`")
    if mistake.word in _INVISIBLE:
        return mistake.error(f"an invisible character stands here ({_INVISIBLE[mistake.word]})", "delete it")
    if mistake.word == ";":
        return mistake.error("found `;`; a statement ends where the next one begins", "delete the semicolon")
    return None


def _open_text(mistake: Mistake) -> Diagnostic | None:
    if mistake.word == "`":
        return mistake.error("this backtick is never closed", "end the name with a backtick", code="DRA202")
    if mistake.word in ('"', "'"):
        return mistake.error(
            f"this `{mistake.word}` is never closed", f"end the text with `{mistake.word}`", code="DRA202"
        )
    return None


def _extra_close(mistake: Mistake) -> Diagnostic | None:
    if mistake.word == "}" and not mistake.around.open:
        return mistake.error("this `}` closes nothing", "delete it, or look for a block that was closed too early")
    return None


def _open_bracket(mistake: Mistake) -> Diagnostic | None:
    """A round or square bracket that is still open where a statement or a block ends."""
    innermost = mistake.around.open[-1] if mistake.around.open else None
    if innermost is None or innermost.piece.text not in ("(", "["):
        return None
    ends = mistake.found is None or mistake.word == "}" or mistake.word in STATEMENTS | dict.fromkeys(CLAUSES)
    if not ends or (mistake.found is not None and mistake.wants_operand):
        return None
    closing = {"(": ")", "[": "]"}[innermost.piece.text]
    return mistake.error(
        f"this `{innermost.piece.text}` is never closed", f"add `{closing}`", piece=innermost.piece, code="DRA202"
    )


def _open_block(mistake: Mistake) -> Diagnostic | None:
    """A brace that is still open at the end, or where a declaration begins in the first column."""
    if not mistake.around.open or not _at_file_level(mistake):
        return None
    opener = _unclosed(mistake)
    word = "first of" if opener.block == "first" else opener.block
    of = f" of `{word}`" if word else ""
    error = mistake.error(f"this block{of} is never closed", "add `}`", piece=opener.piece, code="DRA202")
    if mistake.found is None:
        return error
    label = Label(Span(mistake.source, mistake.found.start, mistake.found.end), "still inside the block here")
    return Diagnostic(error.code, error.severity, error.message, error.span, (label,), error.hint)


def _open_alternatives(mistake: Mistake) -> Diagnostic | None:
    """A statement of the claim where only alternatives can stand."""
    if not leaves_alternatives(mistake):
        return None
    opener = next(each for each in reversed(mistake.around.open) if each.block == "first")
    return mistake.error("this block of `first of` is never closed", "add `}`", piece=opener.piece, code="DRA202")


def leaves_alternatives(mistake: Mistake) -> bool:
    """Whether a line begins with a statement of the claim inside ``first of``."""
    is_line = mistake.found is not None and begins_line(mistake.source.text, mistake.offset)
    is_statement = "claim" in STATEMENTS.get(mistake.word, ()) and "first" not in STATEMENTS.get(mistake.word, ())
    return mistake.around.block == "first" and is_line and is_statement


def _at_file_level(mistake: Mistake) -> bool:
    if mistake.found is None:
        return True
    text = mistake.source.text
    in_column_one = mistake.offset == 0 or text[mistake.offset - 1] == "\n"
    return in_column_one and mistake.word in DECLARATIONS | {"namespace", "import"}


def _unclosed(mistake: Mistake) -> Opener:
    if mistake.around.suspect is not None:
        return mistake.around.suspect
    return mistake.around.open[-1]


def _equals(mistake: Mistake) -> Diagnostic | None:
    if mistake.word == "===":
        return mistake.error("found `===`; equality is `==`", "write `==`")
    if mistake.word == "=~":
        return mistake.error("found `=~`; a pattern is a function", 'write `.matches("…")`')
    if mistake.word == "=" and mistake.around.in_expression:
        return mistake.error("found `=`; equality is `==`", "write `==`")
    return None


def _logic(mistake: Mistake) -> Diagnostic | None:
    if mistake.word in ("&", "|") and mistake.around.in_expression:
        return mistake.error(f"found `{mistake.word}`", f"write `{mistake.word * 2}`")
    previous = mistake.previous
    if mistake.around.in_expression and mistake.word in _WORDS:
        return mistake.error(f"found `{mistake.word}`", f"write `{_WORDS[mistake.word]}`")
    if mistake.around.in_expression and previous is not None and previous.text == "not":
        return mistake.error("found `not`", "write `!`", piece=previous)
    return None


def _conditional(mistake: Mistake) -> Diagnostic | None:
    if mistake.word in ("if", "else", "elif", "then"):
        return mistake.error(f"there is no `{mistake.word}`", "a choice is written `condition ? one : other`")
    return None


def _number(mistake: Mistake) -> Diagnostic | None:
    """A unit that is none, or a version without its `v`."""
    number = _number_here(mistake)
    if number is None:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+){2,}", number.text):
        return mistake.error(
            f"`{number.text}` is no number", f"a version is written `v{number.text}`", piece=number, code="DRA204"
        )
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]+)", number.text)
    if match is None or match[2] in _UNITS:
        return None
    unit = _SPELT_UNITS.get(match[2].lower()) or nearest(match[2], _UNITS)
    return mistake.error(
        _no_unit(match[2]), f"write `{match[1]}{unit}`" if unit else _units(), piece=number, code="DRA204"
    )


def _number_here(mistake: Mistake) -> Piece | None:
    """The number that the mistake stands in or directly behind."""
    found, previous = mistake.found, mistake.previous
    if found is not None and found.kind == "number":
        return found
    if previous is not None and previous.kind == "number" and previous.end >= mistake.offset:
        return previous
    return None


def _no_unit(unit: str) -> str:
    return f"`{unit}` is no unit"


def _units() -> str:
    return "the units are Ki Mi Gi Ti Pi Ei and k M G T P E m"


def _detached_unit(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    if previous is None or previous.kind != "number" or mistake.found is None:
        return None
    unit = mistake.word if mistake.word in _UNITS else _SPELT_UNITS.get(mistake.word.lower())
    if unit is None or mistake.found.start == previous.end:
        return None
    return mistake.error("a space stands before the unit", f"write `{previous.text}{unit}`", code="DRA204")


def _yaml_dash(mistake: Mistake) -> Diagnostic | None:
    if mistake.word == "-" and begins_line(mistake.source.text, mistake.offset):
        return mistake.error(
            "found a dash; lists of YAML are statements here", "begin with the statement's word: `request gpu: 1 of …`"
        )
    return None


def _config_word(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    in_config = bool(mistake.around.open) and mistake.around.open[-1].block == "config"
    in_list = bool(mistake.around.open) and mistake.around.open[-1].piece.text == "["
    if mistake.found is None or mistake.found.kind != "word" or previous is None:
        return None
    if (in_config and previous.text == ":") or (in_list and mistake.around.block == "config"):
        return mistake.error(
            f"found `{mistake.word}`; texts of a configuration stand in quotes", f'write `"{mistake.word}"`'
        )
    return None


def _counting(mistake: Mistake) -> Diagnostic | None:
    """What can go wrong in ``NAME: COUNT of CLASS``."""
    around, previous = mistake.around, mistake.previous
    in_request = around.request is not None or around.block in ("claim", "template", "first", "request")
    if not in_request or previous is None or mistake.found is None or around.in_expression:
        return None
    if ("INT" in mistake.expected and "FIRST" in mistake.expected) or {"INT", "ALL", "AT"} <= mistake.expected:
        if mistake.found.kind in ("word", "string"):
            return mistake.error(
                f"found `{mistake.word}`; a request begins with how many devices",
                f"write `1 of {'…' if mistake.word == 'of' else mistake.word}`",
            )
        return None
    if "OF" not in mistake.expected:
        return None
    if re.fullmatch(r"[0-9]+x", previous.text) or re.fullmatch(r"[0-9]+x", mistake.word):
        return mistake.error(
            "found `x`; a count and a class are joined by `of`",
            f"write `{mistake.word.rstrip('x') or previous.text} of …`",
        )
    if mistake.word in ("x", "*", "\u00d7"):
        return mistake.error(f"found `{mistake.word}`; a count and a class are joined by `of`", "write `of`")
    if mistake.found.kind in ("word", "string") and previous.kind == "number":
        return mistake.error(f"found `{mistake.word}`; `of` is missing", f"write `{previous.text} of {mistake.word}`")
    return None


def _empty_first(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    if mistake.word == "}" and previous is not None and previous.text == "{" and mistake.around.block == "first":
        return mistake.error("`first of` has no alternative", "write at least one: `big: 1 of h100`", piece=previous)
    return None


def _trailing_comma(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    if previous is None or mistake.around.in_expression:
        return None
    before = mistake.around.before[-2:]
    if (
        len(before) == 2
        and before[0].text == ","
        and previous.text in STATEMENTS
        and begins_line(mistake.source.text, previous.start)
    ):
        # The next statement's word was taken for the name.
        return mistake.error("a name is missing after this comma", "delete the comma", piece=before[0])
    if previous.text != ",":
        return None
    if mistake.found is None or mistake.word in STATEMENTS or mistake.word in "{}":
        return mistake.error("a name is missing after this comma", "delete the comma", piece=previous)
    return None


def _block_after_expression(mistake: Mistake) -> Diagnostic | None:
    """A brace after a complete expression: CEL's message literals are no reason to write one here."""
    opener = next((o for o in reversed(mistake.around.open) if o.piece.text == "{" and not o.block), None)
    if mistake.word == "{" and mistake.after_operand:
        return mistake.error("a block cannot follow an expression", "begin the next statement with its word")
    if opener is None or not mistake.around.in_expression:
        return None
    before = [piece for piece in mistake.around.before if piece.end <= opener.piece.start]
    if before and (before[-1].kind != "mark" or before[-1].text in (")", "]")):
        return mistake.error(
            "a block cannot follow an expression", "begin the next statement with its word", piece=opener.piece
        )
    return None


def _missing_where(mistake: Mistake) -> Diagnostic | None:
    """A condition without its word."""
    if mistake.found is None or mistake.around.in_expression or mistake.found.kind != "word":
        return None
    if "WHERE" not in mistake.expected or mistake.word in STATEMENTS:
        return None
    if re.match(r"[\w.`]+(\([^)]*\)|\.[?\w`]+)*\s*(==|!=|<|>|&&|\|\||\bin\b)|(has|size)\(|\w+\.[\w.]+\(", mistake.rest):
        return mistake.error("a condition stands here without its word", f"write `where {mistake.rest.rstrip(' }')}`")
    return None


def _yaml_pair(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    if mistake.word == ":" and previous is not None and previous.kind == "word":
        if previous.text in STATEMENTS or previous.text in CLAUSES:
            return mistake.error(
                "found `:`; a statement is its word and what it says, without a colon", f"write `{previous.text} …`"
            )
        return None
    at_statement = mistake.found is not None and begins_line(mistake.source.text, mistake.offset)
    if at_statement and re.match(r"[\w-]+:(\s|$)", mistake.rest) and mistake.word not in STATEMENTS:
        near = nearest(mistake.word, _allowed_here(mistake))
        hint = (
            f"did you mean the statement `{near}`?"
            if near
            else f"a statement begins with a word: {_listed(_allowed_here(mistake))}"
        )
        return mistake.error(f"found `{mistake.word}:`; YAML's pairs are statements here", hint)
    return None


def _missing_colon(mistake: Mistake) -> Diagnostic | None:
    statement = mistake.around.statement
    if statement is not None and statement.text == "request" and mistake.expected == {"COLON"}:
        return mistake.error(
            f"found `{mistake.word}`; after a request's name comes `:`", "write `request NAME: 1 of CLASS`"
        )
    return None


def _bad_name(mistake: Mistake) -> Diagnostic | None:
    previous = mistake.previous
    if (
        mistake.found is None
        or previous is None
        or previous.kind not in ("word", "number")
        or mistake.around.in_expression
    ):
        return None
    if previous.end == mistake.offset and mistake.found.kind == "mark" and mistake.word not in "{}()[]:,=|?;":
        return mistake.error(
            f"a name cannot have `{mistake.word}`",
            "names are made of letters, digits, `-`, `.`, `_` and `/`; others stand in quotes",
        )
    return None


def _wrong_block(mistake: Mistake) -> Diagnostic | None:
    """A statement that belongs elsewhere, and a declaration inside a block."""
    if mistake.found is None or mistake.found.kind != "word" or mistake.word not in STATEMENTS or mistake.wants_operand:
        return None
    block = mistake.around.block
    if block in STATEMENTS[mistake.word]:
        return None
    if "NAME" in mistake.expected and mistake.previous is not None and mistake.previous.text not in ("{", "}"):
        return None
    where = "no block" if block == "file" else f"a `{block}`"
    homes = [home for home in STATEMENTS[mistake.word] if home not in ("test", "first")]
    if homes == ["file"]:
        return mistake.error(
            f"found `{mistake.word}` inside {where}; a declaration stands outside of all blocks",
            "close the block before it",
        )
    places = " or ".join(f"a `{home}`" for home in homes if home != "file")
    return mistake.error(f"found `{mistake.word}` in {where}; it belongs in {places}", "move it there")


def _misspelt(mistake: Mistake) -> Diagnostic | None:
    """A word that is nearly a statement's."""
    if mistake.found is None or mistake.found.kind != "word" or mistake.wants_operand:
        return None
    near = nearest(mistake.word, _allowed_here(mistake))
    if near is None or near == mistake.word:
        return None
    return mistake.error(f"found `{mistake.word}`", f"did you mean `{near}`?")


def _missing_name(mistake: Mistake) -> Diagnostic | None:
    statement, previous = mistake.around.statement, mistake.previous
    if statement is None or previous is None or "NAME" not in mistake.expected or mistake.around.in_expression:
        return None
    if previous.text == statement.text:
        return mistake.error(f"{_found(mistake)}; `{statement.text}` wants a name", "a name may stand in quotes")
    return None


def _missing_expression(mistake: Mistake) -> Diagnostic | None:
    if not mistake.wants_operand:
        return None
    previous = mistake.previous
    after = f" after `{previous.text}`" if previous else ""
    return mistake.error(f"{_found(mistake)}; an expression is missing{after}", code="DRA203")


def _general(mistake: Mistake) -> Diagnostic:
    previous = mistake.previous
    after = f"after `{_short(previous.text)}` comes" if previous else "a file begins with"
    concepts = concepts_of(mistake.expected)
    code = "DRA202" if mistake.found is None else "DRA203" if mistake.around.in_expression else "DRA201"
    message = f"{_found(mistake)}; {after} {concepts}" if concepts else _found(mistake)
    return mistake.error(message, code=code)


def _unquoted(mistake: Mistake) -> Diagnostic | None:
    """A text without its quotes."""
    found, previous, statement = mistake.found, mistake.previous, mistake.around.statement
    if found is not None and found.kind == "word" and mistake.expected == {"STRING"}:
        return mistake.error(f"found `{found.text}`; a text in quotes is wanted", f'write `"{found.text}"`')
    is_import = statement is not None and statement.text == "import" and "FROM" in mistake.expected
    if is_import and previous is not None and previous.kind == "word":
        return mistake.error("a path stands in quotes", f'write `"{previous.text}"`', piece=previous)
    return None


def _clause_alone(mistake: Mistake) -> Diagnostic | None:
    """A clause of a request that no request stands before."""
    if mistake.around.block in ("claim", "template") and mistake.word in CLAUSES and not mistake.wants_operand:
        return mistake.error(f"`{mistake.word}` belongs to a request", "write it behind `request NAME: 1 of CLASS`")
    return None


# In this order: what a character alone tells, then what brackets tell, then expressions, then statements.
RULES: tuple[Rule, ...] = (
    _characters,
    _open_text,
    _extra_close,
    _open_bracket,
    _open_block,
    _open_alternatives,
    _equals,
    _logic,
    _conditional,
    _counting,
    _number,
    _detached_unit,
    _yaml_dash,
    _config_word,
    _empty_first,
    _trailing_comma,
    _block_after_expression,
    _missing_where,
    _yaml_pair,
    _missing_colon,
    _bad_name,
    _missing_name,
    _unquoted,
    _clause_alone,
    _wrong_block,
    _misspelt,
    _missing_expression,
)


def describe(mistake: Mistake) -> Diagnostic:
    """The diagnostic of a mistake: the first rule that knows it, else what was found and what could have come."""
    for rule in RULES:
        diagnostic = rule(mistake)
        if diagnostic is not None:
            return diagnostic
    return _general(mistake)


def _found(mistake: Mistake) -> str:
    return f"found `{_short(mistake.word)}`" if mistake.found else "the text ends here"


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:39]}…"


def _allowed_here(mistake: Mistake) -> list[str]:
    """The statement words that could have come."""
    return [word for word in dict.fromkeys((*STATEMENTS, *_OTHER_WORDS)) if _terminal(word) in mistake.expected]


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


def _terminal(word: str) -> str:
    return word.upper()


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


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


_REST = (
    *("as", "and", "least", "resource", "image", "uses", "limits", "on", "nodes", "namespaces", "devices", "holds"),
    *("fits", "does", "fit", "using", "because", "matches", "denies", "attribute", "container"),
)
