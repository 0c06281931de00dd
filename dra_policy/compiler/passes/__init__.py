"""The passes over a lowered predicate, in order. None changes an answer, nor the part that is named as its reason.

A pass is one function in one module; its docstring shows input and output.
"""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.compiler.passes.flatten import flatten
from dra_policy.compiler.passes.fold_constants import fold_constants
from dra_policy.compiler.passes.merge_duplicates import merge_duplicates
from dra_policy.ir.nodes import AllOf, AnyOf, Leaf, Predicate

PASSES: tuple[Callable[[Predicate], Predicate], ...] = (
    fold_constants,
    # After folding: what a constant leaves of a conjunction may be a conjunction again.
    flatten,
    # After flattening: terms are compared with their neighbours of the same level.
    merge_duplicates,
)

_ROWS = (AllOf, AnyOf)


def simplify(predicate: Predicate) -> Predicate:
    """The predicate after all passes, again and again until they change nothing.

    A pass gives back the same object where it has nothing to do. Every change makes the predicate smaller, so it ends.
    """
    while True:
        before = predicate
        for run in PASSES:
            if _is_simple(predicate):
                return predicate
            predicate = run(predicate)
        if predicate is before:
            return predicate


def _is_simple(predicate: Predicate) -> bool:
    """Whether no pass has anything to do: the predicate reads something, or is a row of what reads different things."""
    if not isinstance(predicate, _ROWS):
        return isinstance(predicate, Leaf) and bool(predicate.paths)
    read = {term.paths for term in predicate.terms if isinstance(term, Leaf) and term.paths}
    return 1 < len(read) == len(predicate.terms)


__all__ = ["PASSES", "flatten", "fold_constants", "merge_duplicates", "simplify"]
