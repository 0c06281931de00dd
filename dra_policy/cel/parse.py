"""Parse CEL on its own: text to tree, with the problems that Kubernetes and we report."""

from __future__ import annotations

from dra_policy.cel.builder import ExpressionBuilder
from dra_policy.cel.grammar import cel_parser
from dra_policy.cel.nesting import DEEPEST, LONGEST, is_too_deep, is_too_long_a_chain
from dra_policy.cel.problems import Problem
from dra_policy.cel.syntax import Expression
from dra_policy.cel.syntax_options import EVERYTHING, SyntaxOptions
from dra_policy.cel.syntax_problems import MOST_SKIPPED, earlier_mistake, loses_its_way, syntax_problem
from dra_policy.cel.tables import Token, UnexpectedTextError
from dra_policy.record import dataclass, replace
from dra_policy.text import Source, Span

# cel-go's parser stops here; the API server's own limit is far below.
_MOST_CODE_POINTS = 100_000
_QUOTED, _NUMBERS = frozenset(("STRING", "BYTES")), frozenset(("INT", "UINT", "FLOAT"))


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
        return Parsed(None, _refused(source, builder, error, options))
    builder.finish()
    if is_too_deep(tokens):
        return Parsed(None, (_too_deep(source, _PARSER_LIMIT),))
    if len(tokens) > DEEPEST and _is_too_long_a_chain(source, options):
        return Parsed(None, (_too_deep(source, _TREE_LIMIT), *builder.problems))
    if builder.problems:
        return Parsed(None, tuple(builder.problems))
    return Parsed(expression, ())


def _refused(
    source: Source, builder: ExpressionBuilder, error: UnexpectedTextError, options: SyntaxOptions
) -> tuple[Problem, ...]:
    """The problems of a text that is no CEL."""
    if is_too_deep(error.tokens):
        return (_too_deep(source, _PARSER_LIMIT),)
    _read_what_was_not_built(builder, error)
    builder.finish()
    earlier = earlier_mistake(source, error)
    found = earlier or syntax_problem(source, error)
    if not source.text and not options.is_of_130:
        found = replace(found, point=-1)
    # What the builder said of the same place, cel-go does not say as well.
    built = [each for each in builder.problems if earlier is None or each.point != earlier.point]
    problems = (*built, found)
    return (_lost(source), *problems) if loses_its_way(source.text, error, cel_parser()) else problems


def _read_what_was_not_built(builder: ExpressionBuilder, error: UnexpectedTextError) -> None:
    """What stands right before a wrong token is not built any more, nor is the token; cel-go still looks at both."""
    builder.refuse_reserved_words(error.tokens)
    reported = {problem.point for problem in builder.problems}
    is_signed = error.tokens[-2:-1] != [] and error.tokens[-2].type == "MINUS"
    kinds = _QUOTED if is_signed else _QUOTED | _NUMBERS
    for token, read in ((error.tokens[-1] if error.tokens else None, kinds), (error.found, _QUOTED)):
        if token is not None and token.type in read and token.start_pos not in reported:
            builder.literal([token])


# The words of cel-go for what its parser stops at, and for what the tree that it makes is too deep for.
_PARSER_LIMIT = f"expression recursion limit exceeded: {DEEPEST}"
_TREE_LIMIT = "max recursion depth exceeded"


def _is_too_long_a_chain(source: Source, options: SyntaxOptions) -> bool:
    """Whether the tree as it is written, before macros are expanded, is too deep for Kubernetes."""
    builder = ExpressionBuilder(source, SyntaxOptions(frozenset(), options.backticks, options.optionals))
    written: Expression = cel_parser().run(source.text, builder)  # type: ignore[assignment]
    return is_too_long_a_chain(written)


def _too_deep(source: Source, kubernetes: str) -> Problem:
    """The problem of a text that is nested too deeply; cel-go reports it without a place."""
    return Problem(
        "DRA203",
        kubernetes,
        None,
        Span(source, 0, len(source.text)),
        "split the selector into several; all selectors of a request must hold",
        f"the expression nests more than {DEEPEST} levels",
    )


def _lost(source: Source) -> Problem:
    """What cel-go adds, without a place, where it finds no point to go on at after a mistake."""
    text = f"error recovery token lookahead limit exceeded: {MOST_SKIPPED}"
    message = f"Kubernetes reads no more than {MOST_SKIPPED} words and signs behind the mistake"
    return Problem("DRA203", text, None, Span(source, 0, len(source.text)), None, message)
