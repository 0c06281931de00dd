"""Quotas in words: the broken rules as a table, and the sentences of the verdict OVER QUOTA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dra_policy.explain.explanation import Reason
from dra_policy.explain.quota_evidence import BrokenRule, QuotaLimits, QuotaUse
from dra_policy.render.holdings import used_by_lines
from dra_policy.render.names import count, listed, place_text, plural, plural_noun
from dra_policy.render.shortage_sentences import every_pod
from dra_policy.render.style import Line, Style
from dra_policy.render.table import Cell, Column, table_lines
from dra_policy.render.wording import Wording, are, from_sentence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# A rule or a place that is cut further cannot be told from others.
_NARROWEST_RULE = 24


class RuleUse(Protocol):
    """A rule with what is used of it, as ``engine.quotas`` gives it."""

    @property
    def namespace(self) -> str:
        """The namespace that it governs."""

    @property
    def rule(self) -> BrokenRule:
        """The rule with its limit and use."""

    @property
    def left(self) -> str | None:
        """What is left."""

    @property
    def allowed(self) -> bool | None:
        """What a permission says."""

    @property
    def uses(self) -> tuple[QuotaUse, ...]:
        """Who uses what."""


def quota_lines(evidence: QuotaLimits, style: Style) -> list[Line]:
    """The rules that would be broken, and who uses what of their limits; nothing where all rules are denials."""
    limits = [each for each in evidence.rules if each.limit is not None]
    if not limits:
        return []
    header = (
        Column("rule", shrinks=True, least=_NARROWEST_RULE),
        Column("", gap=2, shrinks=True, least=_NARROWEST_RULE),
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
    uses = [f"{style.show(use.claim)} {', '.join(use.amounts)}" for use in evidence.uses]
    return [*table_lines(header, rows, style), *used_by_lines(uses, style)]


def rule_text(rule: BrokenRule) -> str:
    """``devices of gpu.nvidia.com``, ``sum of gpu.memory``: what a limit counts."""
    match rule.kind:
        case "amount":
            text = f"sum of {rule.what}" + (f" in devices of {', '.join(rule.classes)}" if rule.classes else "")
        case "requested":
            text = f"devices asked for of {rule.what}"
        case "extended":
            text = f"{rule.what} asked for"
        case "claims":
            text = "claims"
        case "rule":
            text = rule.what
        case _:
            text = "devices" + (f" of {', '.join(rule.classes)}" if rule.classes else "")
    return f"{text} where {rule.condition}" if rule.condition else text


def quota_tables(rules: Sequence[RuleUse], style: Style) -> str:
    """The rules of each quota of each namespace with what is used and left, and by whom; every line ended."""
    groups: dict[tuple[str, str], list[RuleUse]] = {}
    for each in rules:
        groups.setdefault((each.namespace, each.rule.quota), []).append(each)
    blocks = [_table_of_quota(*names, found, style) for names, found in groups.items()]
    return "\n".join("".join(f"{line.painted(style)}\n" for line in block) for block in blocks)


def _table_of_quota(namespace: str, quota: str, rules: Sequence[RuleUse], style: Style) -> list[Line]:
    header = [Column(f"namespace {style.show(namespace)}, quota {style.show(quota)}", shrinks=True)]
    header.append(Column("", gap=2, shrinks=True, least=_NARROWEST_RULE))
    header += [Column(name, right=True, gap=2 + (name != "limit")) for name in ("limit", "used", "left")]
    nothing = style.symbols.nothing
    rows: list[list[Cell | str]] = []
    for each in rules:
        text = rule_text(each.rule) if each.allowed is None else permission_text(each.rule, allowed=each.allowed)
        place = style.show(place_text(each.rule.span))
        amounts = [each.rule.limit or nothing, each.rule.used or nothing, each.left or nothing]
        rows.append([f"  {style.show(text)}", place, *amounts])
    amounts_of: dict[str, list[str]] = {}
    for each in rules:
        for use in each.uses:
            amounts_of.setdefault(use.claim, []).append(use.amounts[0])
    uses = [f"{style.show(claim)} {', '.join(amounts)}" for claim, amounts in amounts_of.items()]
    return [*table_lines(header, rows, style), *used_by_lines(uses, style)]


def permission_text(rule: BrokenRule, *, allowed: bool) -> str:
    """``deny admin access``, ``allow class a100, h100``."""
    if rule.kind == "closed":
        return "no admin access by this quota"
    word = "allow" if allowed else "deny"
    return f"{word} admin access" if rule.kind == "admin" else f"{word} class {', '.join(rule.classes)}"


def broken_text(rule: BrokenRule) -> str:
    """One broken rule in one clause: what is used, what is wanted, the limit."""
    place = place_text(rule.span)
    quota = f"quota {rule.quota}" + (f" ({place})" if place else "")
    if rule.kind == "admin":
        return f"{quota} denies admin access"
    if rule.kind == "closed":
        named = f"{quota} does not allow admin access, and no other does"
        return named if rule.quota else f"adminAccess needs a Quota of namespace {rule.what} that allows it; none does"
    if rule.kind == "rule":
        return _rule_answer(rule.answer or "false", quota, rule.what)
    if rule.kind == "class":
        only = f" allows class {', '.join(rule.classes)} only" if rule.classes else " denies it"
        return f"class {rule.what} is wanted; {quota}{only}"
    return f"{quota}, {rule_text(rule)}: {rule.used} used, {rule.asked} wanted, limit {rule.limit}"


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
            used = int(reason.text("used") or 0)
            may = f"may ask for {_at_most(reason, 'device')} of class {reason.text('what')}"
            may += f" and asks for {count(used)} already" if used else ""
            return f"Namespace {reason.text('namespace')} {may}; this claim asks for {reason.text('asked')}."
        case "extended":
            limit, used = reason.text("limit"), int(reason.text("used") or 0)
            may = f"may ask for {count(int(limit))} {reason.text('what')}"
            may += f" and asks for {count(used)} already" if used else ""
            return f"Namespace {reason.text('namespace')} {may}; this asks for {reason.text('asked')}."
        case "claims":
            return f"Namespace {reason.text('namespace')} may have {_at_most(reason, 'claim')}{_claims_had(reason)}."
        case "rule":
            return f"{_on_node(reason)}; {_rule_answer(reason.text('answer'), quota, reason.text('what'))}."
    return f"{_on_node(reason)}; {_allowed(reason, quota)}."


def _group_over_quota(reason: Reason) -> str:
    """``There are devices for all 6 pods; quota gpus allows 4 of them, …``: how many the limits leave."""
    quotas = reason.texts("quotas")
    quota = f"quota {quotas[0]} allows" if len(quotas) == 1 else f"the quotas {listed(quotas)} allow"
    when = "With every device free there are" if reason.arguments.get("idle") else "There are"
    served = count(reason.number("served")) if reason.number("served") else "none"
    wanted = every_pod(reason.number("wanted"))
    return f"{when} devices for {wanted}; {quota} {served} of them, and a group is placed whole or not at all."


def _at_most(reason: Reason, noun: str) -> str:
    """``8 devices``, ``no claims``: what a limit allows."""
    limit = int(reason.text("limit"))
    return plural(limit, noun) if limit else f"no {plural_noun(noun)}"


def _claims_had(reason: Reason) -> str:
    limit, used, asked = (int(reason.text(name) or 0) for name in ("limit", "used", "asked"))
    if not limit:
        return f"; it has {count(used)}" if used else ""
    if used == limit:
        return f", and has {'it' if limit == 1 else 'them'}"
    return f" and has {count(used)}; {count(asked)} more {are(asked)} wanted"


def _rule_answer(answer: str, quota: str, rule: str) -> str:
    said = "does not hold" if answer == "false" else f"ends with an error ({answer})"
    return f"a rule of {quota} {said}: {rule}"


def _on_node(reason: Reason) -> str:
    """``n1 has 8 free GPUs``, ``h2 has the 4 GPUs``."""
    free, wanted, noun = reason.number("free"), reason.number("wanted"), reason.text("noun")
    wanted_devices = f"the {plural(wanted, noun)}" if wanted != 1 else f"the {noun}"
    if reason.arguments.get("idle"):
        return f"An idle {reason.text('node')} has {wanted_devices}"
    if free <= wanted:
        return f"{reason.text('node')} has {wanted_devices}"
    return f"{reason.text('node')} has {count(free)} free {plural_noun(noun)}"


def _allowed(reason: Reason, quota: str) -> str:
    rules, more = reason.number("rules"), reason.number("more")
    allowed = "no more" if not more else f"{count(more)} more"
    if rules == 1:
        return f"{quota} allows {allowed}"
    number = _NUMBERS[rules] if rules < len(_NUMBERS) else count(rules)
    return f"{number} rules of {quota} allow {allowed}"


QUOTAS: Mapping[str, Wording] = {
    "over-quota": from_sentence(_over_quota),
    "group-over-quota": from_sentence(_group_over_quota),
}
