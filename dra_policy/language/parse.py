"""Parse policy files: text to tree, with every mistake reported that can be told apart."""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, cast

from dra_policy.cel.grammar import load_lark
from dra_policy.cel.problems import diagnostics
from dra_policy.language.builder import PolicyBuilder
from dra_policy.language.expression_mistakes import leaves_alternatives
from dra_policy.language.mistake import Mistake
from dra_policy.language.mistakes import describe
from dra_policy.language.scanning import (
    CLAUSES,
    DECLARATIONS,
    STATEMENTS,
    Piece,
    Surroundings,
    begins_line,
    piece_at,
    pieces,
    surroundings,
)
from dra_policy.language.syntax import Comment, File
from dra_policy.text import Diagnostic, Severity, Source, Span

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedToken

_MOST_ROUNDS = 20
_MOST_CODE_POINTS = 1_000_000
# Blocks that belong to one statement, which is left out as a whole.
_BLOCKS_OF_ONE = frozenset(("first", "config", "driver", "domain", "counters", "device"))
_STOP_WORDS = frozenset((*STATEMENTS, *CLAUSES))


class _Parser:
    """Lark's parser of policies, the builder that it calls, and the comments that it skipped."""

    def __init__(self) -> None:
        from lark.visitors import merge_transformers

        self.builder = PolicyBuilder()
        self.comments: list[Token] = []
        merged = merge_transformers(self.builder, cel=self.builder.expressions)  # type: ignore[no-untyped-call]
        callbacks = {"COMMENT": self._comment}
        self.lark: Lark = load_lark("policy.lark", start="file", builder=merged, lexer_callbacks=callbacks)

    def _comment(self, token: Token) -> Token:
        self.comments.append(token)
        return token

    def run(self, source: Source, text: str) -> File:
        """Parse a text of the source's length; raises Lark's errors."""
        self.builder.begin(source)
        self.comments.clear()
        file = cast("File", self.lark.parse(text))
        self.builder.expressions.finish()
        return file


_DECLARED = re.compile(rf"^[ \t]*(?P<word>{'|'.join(sorted(DECLARATIONS))})\s+(?P<name>[^\s{{}}:=(]+)", re.MULTILINE)

# The builder holds the state of one parse: one at a time.
_RUNNING = Lock()


@lru_cache(maxsize=1)
def _parser() -> _Parser:
    return _Parser()


def parse_policy(source: Source) -> tuple[File, tuple[Diagnostic, ...]]:
    """The tree of what can be read of a file, and what is wrong with the rest, in the order of the text.

    A statement that does not parse is left out, and parsing goes on behind it, at most twenty times.
    """
    if len(source.text) > _MOST_CODE_POINTS:
        message = f"the file has {len(source.text):,} characters; a policy has at most {_MOST_CODE_POINTS:,}"
        return File(()), (Diagnostic("DRA105", Severity.ERROR, message, Span(source, 0, 0)),)
    with _RUNNING:
        try:
            file, found = _recovering(source)
        except RecursionError:
            message = "an expression of this file is nested too deeply"
            return File(()), (Diagnostic("DRA203", Severity.ERROR, message, Span(source, 0, 0)),)
    return file, tuple(sorted(found, key=lambda each: each.span.start if each.span else 0))


def _recovering(source: Source) -> tuple[File, list[Diagnostic]]:
    from lark.exceptions import UnexpectedInput

    parser = _parser()
    text = source.text
    found: list[Diagnostic] = []
    for _ in range(_MOST_ROUNDS):
        try:
            file = parser.run(source, text)
        except UnexpectedInput as error:
            mistake = _mistake(source, text, error)
            found.append(describe(mistake))
            blanked = _without_statement(text, mistake)
            if blanked == text:
                return File((), lost=_declared(source.text)), found
            text = blanked
            continue
        builder = parser.builder
        comments = tuple(_comment(source, token) for token in parser.comments)
        problems = diagnostics(builder.expressions.problems)
        lost = _declared(source.text) - _declared(text) if found else frozenset()
        return File(file.statements, comments, file.span, lost), [*found, *builder.findings.found, *problems]
    return File((), lost=_declared(source.text)), found


def _declared(text: str) -> frozenset[tuple[str, str]]:
    """The declarations that begin a line of a text: word and name."""
    return frozenset((each["word"], each["name"].strip("\"'")) for each in _DECLARED.finditer(text))


def _comment(source: Source, token: Token) -> Comment:
    start = token.start_pos or 0
    text = str(token).rstrip()
    return Comment(text, begins_line(source.text, start), Span(source, start, start + len(text)))


def _mistake(source: Source, text: str, error: Exception) -> Mistake:
    """What the parser's error says, without the parser's words."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    expected: frozenset[str] = frozenset()
    offset = len(text)
    if isinstance(error, UnexpectedToken):
        if error.token.type != "$END":
            offset = error.token.start_pos or 0
        expected = _accepted(error)
    elif isinstance(error, UnexpectedCharacters):
        offset = error.pos_in_stream or 0
        expected = frozenset(_plain(each) for each in error.allowed or ())
    found = piece_at(text, offset) if offset < len(text) else None
    if found is not None and found.start < offset and found.kind in ("string", "space"):
        found = Piece("mark", text[offset], offset, offset + 1)
    return Mistake(source, offset, found, surroundings(text, offset), expected)


def _accepted(error: UnexpectedToken) -> frozenset[str]:
    """The terminals that could have come; the error's own set also has some that reductions then refuse."""
    interactive = error.interactive_parser
    accepted = interactive.accepts() if interactive is not None else error.expected  # type: ignore[no-untyped-call]
    return frozenset(_plain(each) for each in accepted)


def _plain(terminal: str) -> str:
    """A terminal's name without the prefix of the grammar that it is imported from."""
    return terminal.rpartition("__")[2]


# Blanking the part that failed


def _without_statement(text: str, mistake: Mistake) -> str:
    """The text with the failing statement turned into blanks, so that positions stay what they are."""
    around = mistake.around
    if leaves_alternatives(mistake) and around.request is not None:
        start, end = around.request.start, mistake.offset
    else:
        start = _failing_start(mistake)
        end = _failing_end(text, start, _resume(mistake), around)
    if not text[start:end].strip():
        # Nothing but the found character is left to take away.
        start, end = mistake.offset, min(mistake.offset + max(len(mistake.word), 1), len(text))
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _resume(mistake: Mistake) -> int:
    """Where the next statement can begin: at the found text, or at the word that was taken for a missing name."""
    before = mistake.around.before[-2:]
    if len(before) == 2 and before[0].text == "," and before[1].text in STATEMENTS:
        return before[1].start - 1 if begins_line(mistake.source.text, before[1].start) else mistake.offset
    return mistake.offset


def _failing_start(mistake: Mistake) -> int:
    around, offset = mistake.around, mistake.offset
    statement, declaration = around.statement, around.declaration
    if mistake.found is not None and "$END" in mistake.expected:
        return offset
    if declaration is not None and (_is_open(mistake) or (statement is declaration and mistake.word != "}")):
        return declaration.start
    inside = next((each for each in around.open if each.block in _BLOCKS_OF_ONE and each.statement is not None), None)
    if inside is not None and inside.statement is not None:
        return inside.statement.start
    at_line_start = mistake.found is not None and begins_line(mistake.source.text, offset)
    if statement is None or (at_line_start and _ended(mistake)):
        return offset
    return statement.start


def _is_open(mistake: Mistake) -> bool:
    """Whether the whole declaration has to go: the text ends inside it, or the next one begins."""
    if mistake.found is None:
        return True
    text = mistake.source.text
    in_column_one = mistake.offset == 0 or text[mistake.offset - 1] == "\n"
    return bool(mistake.around.open) and in_column_one and mistake.word in DECLARATIONS


def _ended(mistake: Mistake) -> bool:
    """Whether the statement before the offset could end there."""
    return bool(mistake.expected & {"RBRACE", "$END"})


def _failing_end(text: str, start: int, offset: int, around: Surroundings) -> int:
    """The end of the failing part: the next statement of the block, or the end of the block."""
    is_whole = around.declaration is not None and start == around.declaration.start
    open_braces = 0
    for piece in pieces(text, start):
        if piece.start >= offset and is_whole and piece.start > start and _begins_declaration(text, piece):
            return piece.start
        if piece.text == "{" and piece.kind == "mark":
            open_braces += 1
        elif piece.text == "}" and piece.kind == "mark":
            if open_braces == 0 and start < piece.start >= offset:
                return piece.start
            open_braces = max(open_braces - 1, 0)
            if is_whole and open_braces == 0 and piece.end > offset:
                return piece.end
        elif not is_whole and piece.start > offset and open_braces == 0 and _begins_statement(text, piece):
            return piece.start
    return len(text)


def _begins_declaration(text: str, piece: Piece) -> bool:
    in_column_one = piece.start == 0 or text[piece.start - 1] == "\n"
    return in_column_one and piece.kind == "word" and piece.text in DECLARATIONS


def _begins_statement(text: str, piece: Piece) -> bool:
    if not begins_line(text, piece.start):
        return False
    return (piece.kind == "word" and piece.text in _STOP_WORDS) or piece.text == "-"
