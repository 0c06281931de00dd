"""Explain subjects: claims, templates and pods of a world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dra_policy.engine.quotas import open_ledger
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.explain import explanation as values
from dra_policy.explain.answer import Question, explain, explain_device
from dra_policy.explain.device_view import DeviceView
from dra_policy.explain.explanation import Explanation, Outcome
from dra_policy.explain.objects import admin_note
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, Span


def explain_subjects(subjects: Sequence[Subject], world: World, *, idle: bool = False) -> tuple[Explanation, ...]:
    """The explanations in the order of the subjects; each is asked alone, as if the others did not wait.

    ``idle`` asks about the hardware only, as if nothing were held.
    """
    return tuple(_explain(subject, world, idle=idle) for subject in subjects)


def explain_subject_device(
    subject: Subject, world: World, device: str, request: str | None = None, *, idle: bool = False
) -> DeviceView | None:
    """What a request of the subject makes of one device (``node/device`` or ``driver/pool/device``).

    None if there is no such device or request.
    """
    return explain_device(_question(subject, world, idle=idle), world.fleet, world.evaluator, device, request)


def nearest_devices(subject: Subject, world: World, *, idle: bool = False) -> tuple[DeviceView, ...]:
    """For each request of the subject that no device meets, the device that comes nearest, condition by condition."""
    from dra_policy.explain.nearest_device import explain_nearest

    return tuple(explain_nearest(_question(subject, world, idle=idle), world.fleet, world.evaluator))


def _explain(subject: Subject, world: World, *, idle: bool) -> Explanation:
    question = _question(subject, world, idle=idle)
    explanation = explain(question, world.fleet, world.evaluator, world.objects)
    note = admin_note(question.claims, world.objects) if explanation.outcome is Outcome.FITS else None
    return explanation if note is None else replace(explanation, notes=(*explanation.notes, note))


def _question(subject: Subject, world: World, *, idle: bool) -> Question:
    place = subject.place
    span = place.span if place else None
    named = values.Subject(subject.kind, subject.namespace, subject.name, span.source.name if span else None, span)
    claims = tuple(world.compile_claim(claim) for claim in subject.claims)
    opened = open_ledger(world, subject.namespace)
    problems = (*subject.problems, *_of_subject(subject, world.diagnostics), *opened.diagnostics)
    return Question(named, claims, problems, idle, world.rules.steps, opened.ledger)


def _of_subject(subject: Subject, diagnostics: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """The errors that were found in the subject's own objects."""
    errors = [each for each in diagnostics if each.severity is Severity.ERROR and each.span is not None]
    if not errors:
        return
    places = [subject.place, *(claim.place for claim in subject.claims)]
    spans = [place.span for place in dict.fromkeys(places) if place is not None]
    for error in errors:
        assert error.span is not None
        if any(span is not None and _holds(span, error.span.outermost()) for span in spans):
            yield error


def _holds(outer: Span, inner: Span) -> bool:
    return outer.source.name == inner.source.name and outer.start <= inner.start and inner.end <= outer.end
