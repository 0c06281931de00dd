"""`drapolicy quota`: what namespaces use of their quotas, what is left, and the first rule that a claim would break."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.cli.subjects import read_asked

if TYPE_CHECKING:
    from dra_policy.engine.quotas import QuotaReport
    from dra_policy.engine.subjects import Subject
    from dra_policy.engine.world import World
    from dra_policy.explain.explanation import Explanation
    from dra_policy.explain.quota_evidence import BrokenRule
    from dra_policy.render import Style
    from dra_policy.values import JsonValue

    Answer = tuple[Explanation, tuple[str, BrokenRule] | None]

EXAMPLES = """
  drapolicy quota -f cluster.json --policy quota.dra
  drapolicy quota claim.yaml -f cluster.json --policy quota.dra
  drapolicy quota claim/train -n team-a -f cluster.json
  drapolicy quota -n team-a -f cluster.json -o json
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0; 1 if a limit is exceeded or a claim would break a rule; 2 if the input is wrong."""
    command = parser("quota", "Say what namespaces use of their quotas, and what a claim would break.", EXAMPLES)
    command.add_argument(
        "subjects",
        nargs="*",
        metavar="CLAIM",
        help="files, or KIND/NAME of the world: what is held against the rules; none: the rules only",
    )
    add_world(command)
    add_output(command, ("text", "json"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    world, subjects = _read(options, streams)
    from dra_policy.engine.quotas import quota_report

    report = quota_report(world, options.namespace)
    diagnostics = [*world.findings, *report.diagnostics]
    inputs.print_diagnostics(diagnostics, style, streams)
    answers = _answers(subjects, world)
    is_empty = bool(options.subjects) and not subjects
    if options.output == "json":
        from dra_policy.render.json_text import to_json

        streams.print(to_json(_document(report, answers)))
    elif not is_empty:
        _print(report, answers, style, streams)
    if is_empty:
        return _say_nothing(options, world, streams)
    if inputs.has_errors(diagnostics):
        return 2
    is_broken = any(broken for _, broken in answers) if subjects else any(each.is_exceeded for each in report.rules)
    return 1 if is_broken and not options.exit_zero else 0


def _read(options: argparse.Namespace, streams: Streams) -> tuple[World, Sequence[Subject]]:
    """The world, and what is held against its rules: without a word nothing."""
    if not options.subjects:
        return inputs.read_world(options, streams)[0], ()
    asked = read_asked(options, options.subjects, streams)
    return asked.world, asked.subjects


def _say_nothing(options: argparse.Namespace, world: World, streams: Streams) -> int:
    """Say that no file has anything to hold against the rules, unless it was said why."""
    if not inputs.has_errors(world.diagnostics):
        files = " ".join(options.subjects)
        streams.warn(f"nothing to hold against quotas: no claim, template or pod in {files} asks for devices")
    return 2


def _answers(subjects: Sequence[Subject], world: World) -> list[Answer]:
    """Each claim, template or pod with the first rule that it would break, and its code."""
    from dra_policy.engine.explaining import explain_subjects
    from dra_policy.engine.groups import every_claim
    from dra_policy.engine.quotas import asked_by, broken_by, broken_by_request, closed_to, open_ledger

    explanations = explain_subjects(subjects, world)
    answers: list[Answer] = []
    for subject, explanation in zip(subjects, explanations, strict=True):
        # What does not fit even without quotas is held against the rules about what is asked for only.
        ledger = asked_by(subject.pod, open_ledger(world, subject.namespace).ledger)
        claims = every_claim(subject, world)
        broken = closed_to(claims, world) or broken_by(explanation) or broken_by_request(claims, ledger)
        answers.append((explanation, broken))
    return answers


def _print(report: QuotaReport, answers: Sequence[Answer], style: Style, streams: Streams) -> None:
    from dra_policy.render import wrap
    from dra_policy.render.quota import broken_text, quota_tables

    if not report.rules:
        streams.warn("no quota governs a namespace that is known here")
    elif not answers or style.level > 1:
        streams.print(quota_tables(report.rules, style))
    for explanation, broken in answers:
        name = f"{explanation.subject.kind} {explanation.subject.full_name}"
        if broken is None:
            streams.print(f"{style.symbols.fits} {style.show(name)}  breaks no rule")
        else:
            text = f"{style.show(name)}: {style.show(broken_text(broken[1]))}  {broken[0]}"
            parts = wrap(text, style.width - 2)
            streams.print(
                "\n".join(f"{'  ' if number else f'{style.symbols.quota} '}{part}" for number, part in enumerate(parts))
            )


def _document(report: QuotaReport, answers: Sequence[Answer]) -> JsonValue:
    from dra_policy.render.document import span_document

    rules: list[JsonValue] = [
        {
            "namespace": each.namespace,
            "quota": each.rule.quota,
            "kind": each.rule.kind,
            "allowed": each.allowed,
            "what": each.rule.what or None,
            "classes": list(each.rule.classes),
            "condition": each.rule.condition,
            "limit": each.rule.limit,
            "used": each.rule.used,
            "left": each.left,
            "exceeded": each.is_exceeded,
            "unknownDevices": each.unknown,
            "usedBy": [{"claim": use.claim, "amount": use.amounts[0]} for use in each.uses],
            "span": span_document(each.rule.span),
        }
        for each in report.rules
    ]
    claims: list[JsonValue] = [_claim_document(*each) for each in answers]
    return {"apiVersion": "drapolicy.dev/v1", "kind": "QuotaList", "rules": rules, "claims": claims}


def _claim_document(explanation: Explanation, broken: tuple[str, BrokenRule] | None) -> JsonValue:
    from dra_policy.render.document import span_document

    subject = explanation.subject
    breaks: JsonValue = None
    if broken is not None:
        code, rule = broken
        breaks = {
            "code": code,
            "quota": rule.quota or None,
            "kind": rule.kind,
            "what": rule.what or None,
            "classes": list(rule.classes),
            "limit": rule.limit,
            "used": rule.used,
            "asked": rule.asked,
            "short": rule.short,
            "span": span_document(rule.span),
        }
    return {
        "kind": subject.kind,
        "namespace": subject.namespace or None,
        "name": subject.name,
        "verdict": explanation.outcome.value,
        "breaks": breaks,
    }
