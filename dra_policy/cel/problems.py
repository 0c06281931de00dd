"""Mistakes in an expression: as Kubernetes words and places them, and as we do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity, Span

# cel-go stops listing here (common/errors.go) and leaves out the quotation of longer lines (common/error.go).
_MOST_ERRORS = 100
_LONGEST_QUOTATION = 16_384


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    ``kubernetes`` are cel-go's words and ``point`` the offset where its caret stands (None: it names no place; -1: the
    place before the first, which is its place of an empty text).
    ``message`` are our words where they say more; by default Kubernetes' own are shown.
    """

    code: str
    kubernetes: str
    point: int | None
    span: Span
    hint: str | None = None
    message: str | None = None
    notes: tuple[str, ...] = ()


def diagnostics(problems: Iterable[Problem]) -> tuple[Diagnostic, ...]:
    """The problems in the order of the text, each with Kubernetes' words first and our hint second."""
    ordered = sorted(problems, key=lambda problem: (problem.span.start, problem.span.end))
    return tuple(
        Diagnostic(
            problem.code,
            Severity.ERROR,
            problem.message or problem.kubernetes,
            problem.span,
            hint=problem.hint,
            notes=problem.notes,
        )
        for problem in ordered
    )


def kubernetes_text(text: str, problems: Sequence[Problem]) -> str:
    """The detail that the API server shows for these problems of an expression; empty without problems.

    Format: cel-go's common/error.go behind ``compilation failed: `` of the DRA compiler.
    """
    if not problems:
        return ""
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
    places = [(_line_and_column(starts, problem.point), problem) for problem in problems[:_MOST_ERRORS]]
    places.sort(key=lambda place: place[0])
    lines = text.split("\n")
    shown = [_display(lines, line, column, problem.kubernetes) for (line, column), problem in places]
    if len(problems) > _MOST_ERRORS:
        shown.append(f"{len(problems) - _MOST_ERRORS} more errors were truncated")
    return "compilation failed: " + "\n".join(shown)


def _line_and_column(starts: list[int], point: int | None) -> tuple[int, int]:
    if point is None:
        return -1, -1
    line = bisect_right(starts, max(point, 0))
    return line, point - starts[line - 1]


def _display(lines: list[str], line: int, column: int, message: str) -> str:
    head = f"ERROR: <input>:{line}:{column + 1}: {message}"
    if (
        lines == [""]
        or not 1 <= line <= len(lines)
        or len(lines[line - 1].encode(errors="surrogatepass")) > _LONGEST_QUOTATION
    ):
        return head
    quoted = lines[line - 1].replace("\t", " ")
    # Characters of more than one byte are taken to be wide, and the caret's line is made of wide dots there.
    dots = "".join("." if character.isascii() else "\uff0e" for character in quoted[:column])
    caret = "^" if column >= len(quoted) or quoted[column].isascii() else "\uff3e"
    return f"{head}\n | {quoted}\n | {dots}{caret}"
