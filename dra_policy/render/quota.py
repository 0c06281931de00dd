"""Quotas in words: the broken rules as a table, and the sentences of the verdict OVER QUOTA."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.explain.explanation import Reason
from dra_policy.explain.quota_evidence import BrokenRule, QuotaLimits
from dra_policy.render.measure import wrap
from dra_policy.render.names import count, listed, place_text
from dra_policy.render.style import Line, Style
from dra_policy.render.table import Cell, Column, table_lines
from dra_policy.render.wording import Wording, from_sentence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def quota_lines(evidence: QuotaLimits, style: Style) -> list[Line]:
    """The rules that would be broken, and who uses what of their limits; nothing where all rules are denials."""
    limits = [each for each in evidence.rules if each.limit is not None]
    if not limits:
        return []
    header = (
        Column("rule", shrinks=True),
        Column("", gap=2, shrinks=True),
        Column("limit", right=True, gap=2),
        Column("used", right=True, gap=3),
        Column("+ this", right=True, gap=2),
        Column("short by", right=True, gap=2),
    )
    rows: list[list[Cell | str]] = [
        [
            f"  {style.show(rule_text(each))}",
            style.show(place_text(each.span)),
            each.limit or "",
            each.used or "",
            each.asked or "",
            each.short or "",
        ]
        for each in limits
    ]
    lines = table_lines(header, rows, style)
    uses = [f"{style.show(use.claim)} {', '.join(use.amounts)}" for use in evidence.uses]
    if uses:
        parts = wrap(" | ".join(uses), min(style.width, 160) - 9)
        lines += [Line().add("used by  " if not number else " " * 9).add(part) for number, part in enumerate(parts)]
    return lines


def rule_text(rule: BrokenRule) -> str:
    """``devices of gpu.nvidia.com``, ``sum of gpu.memory``: what a limit counts."""
    match rule.kind:
        case "amount":
            text = f"sum of {rule.what}" + (f" in devices of {', '.join(rule.classes)}" if rule.classes else "")
        case "requested":
            text = f"devices asked for of {rule.what}"
        case "claims":
            text = "claims"
        case _:
            text = "devices" + (f" of {', '.join(rule.classes)}" if rule.classes else "")
    return f"{text} where {rule.condition}" if rule.condition else text


def _over_quota(reason: Reason) -> str:
    quotas = reason.texts("quotas")
    quota = f"quota {quotas[0]}" if len(quotas) == 1 else f"the quotas {listed(quotas)}"
    match reason.text("kind"):
        case "admin":
            return f"Admin access is wanted; {quota} denies it."
        case "class" if reason.texts("only"):
            only = listed(reason.texts("only"))
            return f"Class {reason.text('what')} is wanted; {quota} allows {only} only."
        case "class":
            return f"Class {reason.text('what')} is wanted; {quota} denies it."
        case "requested":
            may = f"Namespace {reason.text('namespace')} may ask for {reason.text('limit')} devices"
            return f"{may} of class {reason.text('what')}; this claim asks for {reason.text('asked')}."
        case "claims":
            return f"Namespace {reason.text('namespace')} may have {reason.text('limit')} claims, and has them."
    return f"{_on_node(reason)}; {_allowed(reason, quota)}."


def _on_node(reason: Reason) -> str:
    """``n1 has 8 free GPUs``, ``h2 has the 4 GPUs``."""
    free, wanted, noun = reason.number("free"), reason.number("wanted"), reason.text("noun")
    plural = noun if wanted == 1 else f"{noun}s"
    if reason.arguments.get("idle"):
        return f"An idle {reason.text('node')} has the {count(wanted)} {plural}"
    if free <= wanted:
        return f"{reason.text('node')} has the {count(wanted)} {plural}"
    return f"{reason.text('node')} has {count(free)} free {noun}s"


def _allowed(reason: Reason, quota: str) -> str:
    rules, more = reason.number("rules"), reason.number("more")
    allowed = "no more" if not more else f"{count(more)} more"
    if rules == 1:
        return f"{quota} allows {allowed}"
    number = _NUMBERS[rules] if rules < len(_NUMBERS) else count(rules)
    return f"{number} rules of {quota} allow {allowed}"


QUOTAS: Mapping[str, Wording] = {"over-quota": from_sentence(_over_quota)}
