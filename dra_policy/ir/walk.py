"""Ways through a predicate: its direct parts, its leaves, the paths that it reads, its answer on one device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import is_

from dra_policy.ir.nodes import AllOf, AnyLeaf, AnyOf, CelFailure, Choice, Constant, Leaf, Membership, Predicate
from dra_policy.ir.path import Path
from dra_policy.model import Device

Answer = bool | CelFailure


def children(predicate: Predicate) -> tuple[Predicate, ...]:
    """The direct parts in the order of evaluation; none for a leaf or a constant."""
    if isinstance(predicate, Leaf):
        # Most nodes are leaves, and a match asks one class after the other.
        return ()
    match predicate:
        case AllOf(terms=terms) | AnyOf(terms=terms):
            return terms
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return condition, then, otherwise
        case _:
            return ()


def rebuild(predicate: Predicate, parts: tuple[Predicate, ...]) -> Predicate:
    """The same node over other direct parts; the node itself if they are the same objects."""
    before = children(predicate)
    if len(parts) == len(before) and all(map(is_, parts, before)):
        return predicate
    match predicate:
        case AllOf(span=span):
            return AllOf(parts, span)
        case AnyOf(span=span):
            return AnyOf(parts, span)
        case Choice(span=span):
            condition, then, otherwise = parts
            return Choice(condition, then, otherwise, span)
        case _:
            return predicate


def bottom_up(predicate: Predicate, change: Callable[[Predicate], Predicate]) -> Predicate:
    """The predicate with ``change`` applied to every node, parts first, but for leaves that read something."""
    if isinstance(predicate, Leaf) and predicate.paths:
        return predicate
    parts = children(predicate)
    if parts:
        predicate = rebuild(predicate, tuple([bottom_up(part, change) for part in parts]))
    return change(predicate)


def leaves(predicate: Predicate) -> Iterator[AnyLeaf]:
    """The leaves in source order, repeated ones repeatedly."""
    if isinstance(predicate, Leaf):
        yield predicate
    else:
        for part in children(predicate):
            yield from leaves(part)


def paths(predicate: Predicate) -> tuple[Path, ...]:
    """All that the predicate reads, each path once, in source order."""
    return tuple(dict.fromkeys(path for leaf in leaves(predicate) for path in leaf.paths))


def may_end_evaluation(predicate: Predicate) -> bool:
    """Whether a leaf may fail so that nothing absorbs it; only membership in a list of constants can."""
    return any(isinstance(leaf, Membership) or " in [" in leaf.text for leaf in leaves(predicate))


def negate(answer: Answer) -> Answer:
    """True and false swapped; an error stays."""
    return (not answer) if isinstance(answer, bool) else answer


def answer(predicate: Predicate, device: Device) -> Answer:
    """The predicate's answer on one device by CEL's rules, every leaf asked of its exact program.

    Of several errors the first in source order stands, as in cel-go.
    """
    match predicate:
        case AllOf(terms=terms):
            return _decide(terms, device, decisive=False)
        case AnyOf(terms=terms):
            return _decide(terms, device, decisive=True)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            chosen = answer(condition, device)
            return chosen if isinstance(chosen, CelFailure) else answer(then if chosen else otherwise, device)
        case Constant(value=value):
            return value
        case leaf:
            found = leaf.program.evaluate(device)
            return negate(found) if leaf.negated else found


def _decide(terms: tuple[Predicate, ...], device: Device, *, decisive: bool) -> Answer:
    failure: CelFailure | None = None
    for term in terms:
        found = answer(term, device)
        if isinstance(found, CelFailure):
            if found.ends_evaluation:
                return found
            failure = failure or found
        elif found is decisive:
            return decisive
    return not decisive if failure is None else failure
