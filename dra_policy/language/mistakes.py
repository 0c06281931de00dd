"""Say what is wrong with a text that does not follow the grammar: mistakes known by name, tried in order."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.language import expression_mistakes as expressions
from dra_policy.language import statement_mistakes as statements
from dra_policy.language.mistake import Mistake, concepts_of, found_words, shortened
from dra_policy.text import Diagnostic

Rule = Callable[[Mistake], Diagnostic | None]

# In this order: what a character alone tells, then what brackets tell, then expressions, then statements.
RULES: tuple[Rule, ...] = (
    expressions.characters,
    expressions.open_text,
    expressions.extra_close,
    expressions.open_bracket,
    expressions.open_block,
    expressions.open_alternatives,
    expressions.equals,
    expressions.logic,
    expressions.conditional,
    statements.counting,
    expressions.number,
    expressions.detached_unit,
    statements.yaml_dash,
    statements.config_word,
    statements.empty_first,
    statements.trailing_comma,
    expressions.block_after_expression,
    expressions.missing_where,
    statements.yaml_pair,
    statements.missing_colon,
    statements.dotted_range,
    statements.bad_name,
    statements.missing_name,
    statements.unquoted,
    statements.clause_alone,
    statements.wrong_block,
    statements.misspelt,
    expressions.missing_expression,
)


def describe(mistake: Mistake) -> Diagnostic:
    """The diagnostic of a mistake: the first rule that knows it, else what was found and what could have come."""
    for rule in RULES:
        diagnostic = rule(mistake)
        if diagnostic is not None:
            return diagnostic
    return _general(mistake)


def _general(mistake: Mistake) -> Diagnostic:
    previous = mistake.previous
    after = f"after `{shortened(previous.text)}` comes" if previous else "a file begins with"
    concepts = concepts_of(mistake.expected)
    code = "DRA202" if mistake.found is None else "DRA203" if mistake.around.in_expression else "DRA201"
    message = f"{found_words(mistake)}; {after} {concepts}" if concepts else found_words(mistake)
    return mistake.error(message, code=code)
