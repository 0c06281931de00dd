"""Walk a predicate on one device in source order: what each part answers, what it found, what was never reached.

Every part is evaluated, also where Kubernetes stops: "would pass" and "would fail too" are answers that people ask for.
``TracedPart.reached`` tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.evaluate.verdict import Found
from dra_policy.ir import (
    AllOf,
    Answer,
    AnyLeaf,
    AnyOf,
    CelFailure,
    Choice,
    Condition,
    Constant,
    Predicate,
    is_unreadable,
    read,
)
from dra_policy.ir.walk import negate
from dra_policy.model import Device
from dra_policy.record import dataclass, replace
from dra_policy.text import Span

Question = Condition | Predicate


@dataclass(frozen=True, slots=True)
class TracedPart:
    """One part of a predicate on one device.

    ``reached`` is False for what CEL does not evaluate, because a part before it decides or another branch is taken.
    ``found`` are a leaf's values, ``parts`` a compound's parts in source order.
    """

    predicate: Predicate
    answer: Answer
    reached: bool
    found: tuple[Found, ...] = ()
    parts: tuple[TracedPart, ...] = ()

    def leaves(self) -> Iterator[TracedPart]:
        """The leaves and constants in source order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Trace:
    """A question on one device.

    ``failure`` is the error of the whole, as its program states it; ``is_readable`` is False where the device has a
    value that cannot be used, which fails everything.
    """

    root: TracedPart
    failure: CelFailure | None
    is_readable: bool


def trace(question: Question, device: Device) -> Trace:
    """The whole walk on one device. Its answer is that of the question's program."""
    root = _walk(predicate_of(question), device, reached=True)
    if isinstance(question, Condition):
        failure = failure_of(question, device) if isinstance(root.answer, CelFailure) or is_unreadable(device) else None
    else:
        failure = root.answer if isinstance(root.answer, CelFailure) else None
    return Trace(root, failure, not is_unreadable(device))


def predicate_of(question: Question) -> Predicate:
    """The predicate of a condition, or the predicate itself."""
    return question.predicate if isinstance(question, Condition) else question


def failure_of(condition: Condition, device: Device) -> CelFailure | None:
    """The error of a condition on a device, its span in the condition's own text; None if it gives an answer.

    One program serves all places with one text, and its failures point into the first.
    """
    found = condition.program.evaluate(device)
    if not isinstance(found, CelFailure):
        return None
    return replace(found, span=None if found.span is None else _moved(found.span, condition.span))


def _moved(span: Span, own: Span) -> Span:
    same_text = span.source is not own.source and span.source.text == own.source.text
    return Span(own.source, span.start, span.end) if same_text else span


def _walk(predicate: Predicate, device: Device, *, reached: bool) -> TracedPart:
    match predicate:
        case AllOf(terms=terms):
            return _terms(predicate, terms, device, reached=reached, decisive=False)
        case AnyOf(terms=terms):
            return _terms(predicate, terms, device, reached=reached, decisive=True)
        case Choice():
            return _choice(predicate, device, reached=reached)
        case Constant(value=value):
            return TracedPart(predicate, value, reached)
        case leaf:
            found = tuple(Found(path, read(path, device)) for path in leaf.paths if not path.is_whole)
            return TracedPart(leaf, _leaf_answer(leaf, device), reached, found)


def _leaf_answer(leaf: AnyLeaf, device: Device) -> Answer:
    answer = leaf.program.evaluate(device)
    return negate(answer) if leaf.negated else answer


def _terms(
    predicate: Predicate, terms: tuple[Predicate, ...], device: Device, *, reached: bool, decisive: bool
) -> TracedPart:
    """A conjunction (false decides) or a disjunction (true decides)."""
    parts: list[TracedPart] = []
    failure: CelFailure | None = None
    decided: Answer | None = None
    for term in terms:
        part = _walk(term, device, reached=reached and decided is None)
        parts.append(part)
        if decided is not None:
            continue
        if isinstance(part.answer, CelFailure):
            failure = failure or part.answer
            decided = part.answer if part.answer.ends_evaluation else None
        elif part.answer is decisive:
            decided = decisive
    answer = decided if decided is not None else (not decisive if failure is None else failure)
    return TracedPart(predicate, answer, reached, parts=tuple(parts))


def _choice(predicate: Choice, device: Device, *, reached: bool) -> TracedPart:
    condition = _walk(predicate.condition, device, reached=reached)
    then = _walk(predicate.then, device, reached=reached and condition.answer is True)
    otherwise = _walk(predicate.otherwise, device, reached=reached and condition.answer is False)
    answer = condition.answer
    if not isinstance(answer, CelFailure):
        answer = then.answer if answer else otherwise.answer
    return TracedPart(predicate, answer, reached, parts=(condition, then, otherwise))
