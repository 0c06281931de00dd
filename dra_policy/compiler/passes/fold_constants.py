"""Fold what no device changes."""

from __future__ import annotations

from dra_policy.ir.nodes import AllOf, AnyOf, CelFailure, CelLeaf, Choice, Constant, Predicate
from dra_policy.ir.walk import bottom_up, negate
from dra_policy.model import Device
from dra_policy.text import Span

_ANY_DEVICE = Device(name="", driver="")


def fold_constants(predicate: Predicate) -> Predicate:
    """Fold constants; an error that every device gives (``1/0 == 1``) stays a leaf.

    1 < 2           -> true
    all(a, true)    -> a
    all(a, false)   -> false    (false absorbs an error of a)
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
            rest = _without(terms, neutral=True)
            return rest if isinstance(rest, Constant) else _joined(AllOf, rest, span, neutral=True)
        case AnyOf(terms=terms, span=span):
            rest = _without(terms, neutral=False)
            return rest if isinstance(rest, Constant) else _joined(AnyOf, rest, span, neutral=False)
        case Choice(condition=Constant(value=value), then=then, otherwise=otherwise):
            return then if value else otherwise
        case _:
            return node


def _without(terms: tuple[Predicate, ...], *, neutral: bool) -> tuple[Predicate, ...] | Constant:
    """The terms that matter, or the constant that decides."""
    for term in terms:
        if isinstance(term, Constant) and term.value is not neutral:
            return term
    return tuple(term for term in terms if not isinstance(term, Constant))


def _joined(node: type[AllOf | AnyOf], terms: tuple[Predicate, ...], span: Span, *, neutral: bool) -> Predicate:
    if not terms:
        return Constant(neutral, span)
    return terms[0] if len(terms) == 1 else node(terms, span)
