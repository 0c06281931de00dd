"""Keep one of several equal terms."""

from __future__ import annotations

from dra_policy.ir.nodes import AllOf, AnyOf, Predicate
from dra_policy.ir.walk import bottom_up


def merge_duplicates(predicate: Predicate) -> Predicate:
    """Keep the first of equal terms.

    all(a, b, a) -> all(a, b)
    any(a, a)    -> a
    """
    return bottom_up(predicate, _merged)


def _merged(node: Predicate) -> Predicate:
    match node:
        case AllOf(terms=terms, span=span):
            different = tuple(dict.fromkeys(terms))
            return node if len(different) == len(terms) else _one_or(AllOf(different, span))
        case AnyOf(terms=terms, span=span):
            different = tuple(dict.fromkeys(terms))
            return node if len(different) == len(terms) else _one_or(AnyOf(different, span))
        case _:
            return node


def _one_or(node: AllOf | AnyOf) -> Predicate:
    return node.terms[0] if len(node.terms) == 1 else node
