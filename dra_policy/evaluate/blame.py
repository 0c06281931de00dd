"""Which parts make a condition false or an error on a device, in whatever order CEL evaluates them."""

from __future__ import annotations

from dra_policy.evaluate.tracing import Trace, TracedPart
from dra_policy.evaluate.verdict import DeviceVerdict, EvaluationFailed, Matched, Rejected
from dra_policy.ir import AllOf, AnyOf, CelFailure, Choice, Constant, Leaf, Predicate
from dra_policy.ir.walk import negate
from dra_policy.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Blame:
    """Leaves and constants, each list in source order.

    ``parts`` make the answer what it is. ``also`` would have to hold as well (the false alternatives beside an error).
    ``masked`` fail without consequence here, and would matter where the false parts beside them hold.
    """

    parts: tuple[TracedPart, ...] = ()
    also: tuple[TracedPart, ...] = ()
    masked: tuple[TracedPart, ...] = ()


_NOBODY = Blame()


def blame(part: TracedPart) -> Blame:
    """Why the part does not hold; nobody is to blame for a part that holds.

    A false conjunction is its false parts' doing, a false disjunction that of all its parts; an error is that of the
    parts that fail; a conditional is its condition's doing if that fails or leads to a constant, else that of the
    branch taken.
    """
    if part.answer is True:
        return _NOBODY
    failed = isinstance(part.answer, CelFailure)
    errors = [each for each in part.parts if isinstance(each.answer, CelFailure)]
    false = [each for each in part.parts if each.answer is False]
    match part.predicate:
        case AllOf():
            return _failed(part, errors, false) if failed else _with_masked(_joined(false), errors)
        case AnyOf():
            return _failed(part, errors, false) if failed else _joined(false)
        case Choice():
            condition, then, otherwise = part.parts
            if isinstance(condition.answer, CelFailure):
                return blame(condition)
            taken = then if condition.answer else otherwise
            if isinstance(taken.predicate, Constant):
                return blame(_opposite(condition) if condition.answer else condition)
            return blame(taken)
        case _:
            return Blame((part,))


def _opposite(part: TracedPart) -> TracedPart:
    """The part negated: what has to hold for the part to be false."""
    parts = tuple(map(_opposite, part.parts))
    inner = tuple(each.predicate for each in parts)
    predicate: Predicate
    match part.predicate:
        case AllOf(span=span):
            predicate = AnyOf(inner, span)
        case AnyOf(span=span):
            predicate = AllOf(inner, span)
        case Choice(span=span):
            # The condition chooses the same branch as before.
            parts = (part.parts[0], *parts[1:])
            predicate = Choice(part.parts[0].predicate, inner[1], inner[2], span)
        case Constant(value=value, span=span):
            predicate = Constant(not value, span)
        case leaf:
            predicate = replace(leaf, negated=not leaf.negated)
    return replace(part, predicate=predicate, answer=negate(part.answer), parts=parts)


def _failed(part: TracedPart, errors: list[TracedPart], false: list[TracedPart]) -> Blame:
    """The parts that fail, the one whose error stands first."""
    errors.sort(key=lambda each: each.answer is not part.answer)
    found = _joined(errors)
    return Blame(found.parts, found.also + _joined(false).parts, found.masked)


def _with_masked(found: Blame, errors: list[TracedPart]) -> Blame:
    # An error that ends the evaluation hides the false parts behind it: they are told with it.
    masked = _joined(errors)
    return Blame(found.parts, found.also + masked.also, found.masked + masked.parts + masked.masked)


def _joined(parts: list[TracedPart]) -> Blame:
    blames = [blame(part) for part in parts]
    return Blame(
        tuple(leaf for each in blames for leaf in each.parts),
        tuple(leaf for each in blames for leaf in each.also),
        tuple(leaf for each in blames for leaf in each.masked),
    )


def verdict(traced: Trace) -> DeviceVerdict:
    """The answer of a traced question with its reason."""
    if not traced.is_readable and traced.failure is not None:
        return EvaluationFailed(traced.failure, None, ())
    parts = blame(traced.root).parts
    reasons = tuple(dict.fromkeys(part.predicate for part in parts if isinstance(part.predicate, Leaf | Constant)))
    if traced.failure is not None:
        return EvaluationFailed(traced.failure, reasons[0], parts[0].found)
    return Rejected(reasons[0], parts[0].found, reasons) if reasons else Matched()
