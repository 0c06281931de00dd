"""Parse CEL on its own: text to tree, with the problems that Kubernetes and we report."""

from __future__ import annotations

from dra_policy.cel.builder import EVERYTHING, ExpressionBuilder, SyntaxOptions
from dra_policy.cel.grammar import cel_parser
from dra_policy.cel.nesting import DEEPEST, LONGEST, is_too_deep
from dra_policy.cel.problems import Problem, diagnostics, kubernetes_text
from dra_policy.cel.syntax import Expression
from dra_policy.cel.syntax_problems import syntax_problem
from dra_policy.cel.tables import Token, UnexpectedTextError
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Source, Span

# cel-go's parser stops here; the API server's own limit is far below.
_MOST_CODE_POINTS = 100_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of a text, or what is wrong with the text. ``expression`` is None exactly if there are problems."""

    expression: Expression | None
    problems: tuple[Problem, ...]


def parse(source: Source, options: SyntaxOptions = EVERYTHING) -> Parsed:
    """Parse a source as one expression."""
    text = source.text
    if len(text) > _MOST_CODE_POINTS:
        message = f"expression code point size exceeds limit: size: {len(text)}, limit {_MOST_CODE_POINTS}"
        hint = f"Kubernetes takes selectors of at most {LONGEST:,} bytes"
        return Parsed(None, (Problem("DRA203", message, None, Span(source, 0, len(text)), hint),))
    builder = ExpressionBuilder(source, options)
    tokens: list[Token] = []
    try:
        expression: Expression = cel_parser().run(text, builder, tokens)  # type: ignore[assignment]
    except UnexpectedTextError as error:
        if is_too_deep(error.tokens):
            return Parsed(None, (_too_deep(source),))
        builder.finish()
        # What stands right before a wrong token is not built any more; cel-go still looks at it.
        builder.refuse_reserved_words(error.tokens)
        return Parsed(None, (*builder.problems, syntax_problem(source, error)))
    builder.finish()
    if is_too_deep(tokens):
        return Parsed(None, (_too_deep(source),))
    if builder.problems:
        return Parsed(None, tuple(builder.problems))
    return Parsed(expression, ())


def parse_expression(
    source: Source, options: SyntaxOptions = EVERYTHING
) -> tuple[Expression | None, tuple[Diagnostic, ...], str]:
    """The tree (None with errors), our diagnostics, and the text that the API server would show (empty without errors).

    Trees are made of ``cel.syntax``; macros are expanded, as far as ``options`` has them.
    """
    parsed = parse(source, options)
    return parsed.expression, diagnostics(parsed.problems), kubernetes_text(source.text, parsed.problems)


def _too_deep(source: Source) -> Problem:
    """The problem of a text that is nested too deeply; cel-go reports it without a place and nothing else."""
    return Problem(
        "DRA203",
        f"expression recursion limit exceeded: {DEEPEST}",
        None,
        Span(source, 0, len(source.text)),
        "split the selector into several; all selectors of a request must hold",
        f"the expression nests more than {DEEPEST} levels",
    )
