"""Mistakes known by name in characters, brackets and expressions.

Each rule looks at the found word, the place and the last statement word, never at the parser's states: the parser
often notices a mistake only after reductions, in a state that belongs to the enclosing block.
"""

from __future__ import annotations

import re

from dra_policy.language.mistake import Mistake, found_words
from dra_policy.language.scanning import CLAUSES, DECLARATIONS, STATEMENTS, Opener, Piece, begins_line
from dra_policy.text import Diagnostic, Label, Span, nearest

_QUOTES = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2018": "'", "\u2019": "'"}
_INVISIBLE = {"\u200b": "zero-width space", "\u200c": "zero-width non-joiner", "\u200d": "zero-width joiner"}
_INVISIBLE |= {"\ufeff": "byte order mark", "\u00a0": "no-break space", "\u2060": "word joiner"}
_UNITS = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "m")
_SPELT_UNITS = {"kb": "k", "mb": "M", "gb": "G", "tb": "T", "pb": "P", "eb": "E", "kib": "Ki", "mib": "Mi", "gib": "Gi"}
_SPELT_UNITS |= {"tib": "Ti", "pib": "Pi", "eib": "Ei", "gi": "Gi", "mi": "Mi", "ki": "Ki", "ti": "Ti", "g": "G"}
_SPELT_UNITS |= {"t": "T", "K": "k"}
_WORDS = {"and": "&&", "or": "||"}


def characters(mistake: Mistake) -> Diagnostic | None:
    """A character that stands in no policy."""
    if len(mistake.word) == 1 and not mistake.word.isprintable() and mistake.word not in _INVISIBLE:
        return mistake.error(f"the character U+{ord(mistake.word):04X} cannot stand here", "delete it")
    if mistake.word in _QUOTES:
        return mistake.error(f"`{mistake.word}` is a quote of a word processor", f"write `{_QUOTES[mistake.word]}`")
    if mistake.word in _INVISIBLE:
        return mistake.error(f"an invisible character stands here ({_INVISIBLE[mistake.word]})", "delete it")
    if mistake.word == ";":
        return mistake.error("found `;`; a statement ends where the next one begins", "delete the semicolon")
    return None


def open_text(mistake: Mistake) -> Diagnostic | None:
    """A string or name in backticks without its end."""
    if mistake.word == "`":
        return mistake.error("this backtick is never closed", "end the name with a backtick", code="DRA202")
    if mistake.word in ('"', "'"):
        return mistake.error(
            f"this `{mistake.word}` is never closed", f"end the text with `{mistake.word}`", code="DRA202"
        )
    return None


def extra_close(mistake: Mistake) -> Diagnostic | None:
    """A brace that closes nothing."""
    if mistake.word == "}" and not mistake.around.open:
        return mistake.error("this `}` closes nothing", "delete it, or look for a block that was closed too early")
    return None


def open_bracket(mistake: Mistake) -> Diagnostic | None:
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


def open_block(mistake: Mistake) -> Diagnostic | None:
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


def open_alternatives(mistake: Mistake) -> Diagnostic | None:
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


def equals(mistake: Mistake) -> Diagnostic | None:
    """Another language's equality."""
    if mistake.word == "===":
        return mistake.error("found `===`; equality is `==`", "write `==`")
    if mistake.word == "=~":
        return mistake.error("found `=~`; a pattern is a function", 'write `.matches("…")`')
    following = mistake.source.text[mistake.offset + 1 : mistake.offset + 2]
    if mistake.word == "=" and mistake.around.in_expression and following in ("<", ">"):
        return mistake.error(f"found `={following}`; CEL has `{following}=`", f"write `{following}=`")
    if mistake.word == "=" and mistake.around.in_expression:
        return mistake.error("found `=`; equality is `==`", "write `==`")
    return None


def logic(mistake: Mistake) -> Diagnostic | None:
    """Another language's logic."""
    if mistake.word in ("&", "|") and mistake.around.in_expression:
        return mistake.error(f"found `{mistake.word}`", f"write `{mistake.word * 2}`")
    previous = mistake.previous
    if mistake.around.in_expression and mistake.word in _WORDS:
        return mistake.error(f"found `{mistake.word}`", f"write `{_WORDS[mistake.word]}`")
    if mistake.around.in_expression and previous is not None and previous.text == "not":
        return mistake.error("found `not`", "write `!`", piece=previous)
    return None


def conditional(mistake: Mistake) -> Diagnostic | None:
    """A conditional of another language."""
    if mistake.word in ("if", "else", "elif", "then"):
        return mistake.error(f"there is no `{mistake.word}`", "a choice is written `condition ? one : other`")
    return None


def number(mistake: Mistake) -> Diagnostic | None:
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


def detached_unit(mistake: Mistake) -> Diagnostic | None:
    """A space before a unit."""
    previous = mistake.previous
    if previous is None or previous.kind != "number" or mistake.found is None:
        return None
    unit = mistake.word if mistake.word in _UNITS else _SPELT_UNITS.get(mistake.word.lower())
    if unit is None or mistake.found.start == previous.end:
        return None
    return mistake.error("a space stands before the unit", f"write `{previous.text}{unit}`", code="DRA204")


def block_after_expression(mistake: Mistake) -> Diagnostic | None:
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


def missing_where(mistake: Mistake) -> Diagnostic | None:
    """A condition without its word."""
    if mistake.found is None or mistake.around.in_expression or mistake.found.kind != "word":
        return None
    if "WHERE" not in mistake.expected or mistake.word in STATEMENTS:
        return None
    if re.match(r"[\w.`]+(\([^)]*\)|\.[?\w`]+)*\s*(==|!=|<|>|&&|\|\||\bin\b)|(has|size)\(|\w+\.[\w.]+\(", mistake.rest):
        return mistake.error("a condition stands here without its word", f"write `where {mistake.rest.rstrip(' }')}`")
    return None


def missing_expression(mistake: Mistake) -> Diagnostic | None:
    """An expression that is not there."""
    if not mistake.wants_operand:
        return None
    previous = mistake.previous
    after = f" after `{previous.text}`" if previous else ""
    return mistake.error(f"{found_words(mistake)}; an expression is missing{after}", code="DRA203")
