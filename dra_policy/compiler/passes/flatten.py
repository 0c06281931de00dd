"""Join nested conjunctions and nested disjunctions."""

from __future__ import annotations

from dra_policy.ir.nodes import AllOf, AnyOf, Predicate
from dra_policy.ir.walk import bottom_up


def flatten(predicate: Predicate) -> Predicate:
    """Join nested conjunctions, and nested disjunctions.

    all(a, all(b, c)) -> all(a, b, c)
    any(any(a, b), c) -> any(a, b, c)
    """
    return bottom_up(predicate, _joined)


def _joined(node: Predicate) -> Predicate:
    match node:
        case AllOf(terms=terms, span=span) if any(isinstance(term, AllOf) for term in terms):
            return AllOf(tuple(p for term in terms for p in (term.terms if isinstance(term, AllOf) else (term,))), span)
        case AnyOf(terms=terms, span=span) if any(isinstance(term, AnyOf) for term in terms):
            return AnyOf(tuple(p for term in terms for p in (term.terms if isinstance(term, AnyOf) else (term,))), span)
        case _:
            return node
