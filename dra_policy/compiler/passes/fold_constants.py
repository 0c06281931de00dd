"""Fold what no device changes."""

from __future__ import annotations

from dra_policy.ir.nodes import AllOf, AnyOf, CelFailure, CelLeaf, Choice, Constant, Predicate
from dra_policy.ir.walk import bottom_up, may_end_evaluation, negate
from dra_policy.model import Device

_ANY_DEVICE = Device(name="", driver="")


def fold_constants(predicate: Predicate) -> Predicate:
    """Fold constants; an error that every device gives (``1/0 == 1``) stays a leaf.

    1 < 2           -> true
    all(a, true)    -> a
    all(a, false)   -> false    (false absorbs an error of a, but for one that ends the evaluation before)
    true ? a : b    -> a
    """
    return bottom_up(predicate, _folded)


def _folded(node: Predicate) -> Predicate:
    match node:
        case CelLeaf(paths=(), program=program, negated=negated, span=span):
            found = program.evaluate(_ANY_DEVICE)
            value = negate(found) if negated else found
            return node if isinstance(value, CelFailure) else Constant(value, span)
        case AllOf(terms=terms, span=span):
            rest = _without_neutral(terms, neutral=True)
            return node if rest is None else rest if isinstance(rest, Constant) else _joined(AllOf(rest, span))
        case AnyOf(terms=terms, span=span):
            rest = _without_neutral(terms, neutral=False)
            return node if rest is None else rest if isinstance(rest, Constant) else _joined(AnyOf(rest, span))
        case Choice(condition=Constant(value=value), then=then, otherwise=otherwise):
            return then if value else otherwise
        case _:
            return node


def _without_neutral(terms: tuple[Predicate, ...], *, neutral: bool) -> tuple[Predicate, ...] | Constant | None:
    """The terms that matter, the constant that decides, or None where there is nothing to fold."""
    for index, term in enumerate(terms):
        if isinstance(term, Constant) and term.value is not neutral:
            before = terms[:index]
            if not any(map(may_end_evaluation, before)):
                return term
            # What stands behind the constant is never reached.
            return None if index == len(terms) - 1 and not _has_constants(before) else (*_variables(before), term)
    rest = _variables(terms)
    return None if len(rest) == len(terms) > 1 else rest


def _variables(terms: tuple[Predicate, ...]) -> tuple[Predicate, ...]:
    return tuple([term for term in terms if not isinstance(term, Constant)])


def _has_constants(terms: tuple[Predicate, ...]) -> bool:
    return any(isinstance(term, Constant) for term in terms)


def _joined(node: AllOf | AnyOf) -> Predicate:
    """The node, its only term, or what a conjunction or disjunction of nothing is."""
    if not node.terms:
        return Constant(isinstance(node, AllOf), node.span)
    return node.terms[0] if len(node.terms) == 1 else node
