"""Explain subjects: claims, templates and pods of a world."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.engine.questions import question_of
from dra_policy.engine.subjects import Subject, variants_of
from dra_policy.engine.world import World
from dra_policy.explain.answer import explain
from dra_policy.explain.device_question import explain_device
from dra_policy.explain.device_view import DeviceView
from dra_policy.explain.explanation import Explanation, Outcome
from dra_policy.explain.objects import admin_note, labels_note
from dra_policy.record import replace


def explain_subjects(subjects: Sequence[Subject], world: World, *, idle: bool = False) -> tuple[Explanation, ...]:
    """The explanations in the order of the subjects; each is asked alone, as if the others did not wait.

    ``idle`` asks about the hardware only, as if nothing were held.
    """
    return tuple(_explain(subject, world, idle=idle) for subject in subjects)


def explain_subject_device(
    subject: Subject, world: World, device: str, request: str | None = None, *, idle: bool = False
) -> tuple[DeviceView, ...]:
    """What each request of the subject, or one, makes of one device (``node/device`` or ``driver/pool/device``).

    Nothing if there is no such device or request.
    """
    return explain_device(question_of(subject, world, idle=idle), world.fleet, world.evaluator, device, request)


def nearest_devices(subject: Subject, world: World, *, idle: bool = False) -> tuple[DeviceView, ...]:
    """For each request of the subject that no device meets, the device that comes nearest, condition by condition."""
    from dra_policy.explain.nearest_device import explain_nearest

    return tuple(explain_nearest(question_of(subject, world, idle=idle), world.fleet, world.evaluator))


def _explain(subject: Subject, world: World, *, idle: bool) -> Explanation:
    if subject.group is not None:
        from dra_policy.engine.groups import explain_group

        return explain_group(subject, world, idle=idle)
    found = [_explain_variant(each, world, idle=idle) for each in variants_of(subject, world)]
    fitting = [each for each in found if each.outcome is Outcome.FITS]
    return min(fitting, key=_node) if fitting else found[0]


def _node(explanation: Explanation) -> str:
    return explanation.reason.text("node")


def _explain_variant(subject: Subject, world: World, *, idle: bool) -> Explanation:
    question = question_of(subject, world, idle=idle)
    explanation = explain(question, world.fleet, world.evaluator, world.objects, world.kept_spots)
    notes: list[str | None] = []
    if explanation.outcome is Outcome.FITS:
        notes.append(admin_note(question.claims, world.objects, question.admin_label))
    if explanation.outcome is Outcome.FITS and subject.pod is not None and subject.pod.workload and not idle:
        from dra_policy.engine.replica_notes import replicas_note

        notes.append(replicas_note(subject, question, world))
    if subject.pod is not None and explanation.outcome is not Outcome.BAD_INPUT:
        notes.append(labels_note(subject.pod, world.objects))
    if subject.by_plugin and explanation.outcome is Outcome.FITS:
        notes.append(f"A device plugin of the node serves {', '.join(sorted(subject.by_plugin))}: no claim is made.")
    found = tuple(note for note in notes if note is not None)
    return replace(explanation, notes=(*explanation.notes, *found)) if found else explanation
