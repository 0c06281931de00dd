"""Rules between devices that no solution meets, and what preferences made of the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dra_policy.compiler import CompiledClaim
from dra_policy.explain.causes import Cause
from dra_policy.explain.evidence import BrokenRule, BrokenRules, Preferred, Wished
from dra_policy.explain.explanation import ChosenDevices, Reason, ReasonValue
from dra_policy.model import Preference, Requirement
from dra_policy.record import replace

if TYPE_CHECKING:
    from fractions import Fraction

Fits = Callable[[Sequence[CompiledClaim]], ChosenDevices | None]
"""What claims would get; None if they fit nowhere."""


def cause_of_rules(claims: Sequence[CompiledClaim], fits: Fits, *, idle: bool) -> Cause | None:
    """The smallest set of rules that cannot hold together; None where the claims do not fit without them either.

    Each rule of the set is necessary: without it, the others hold on some node.
    """
    rules = [(number, rule) for number, claim in enumerate(claims) for rule in claim.claim.requirements]
    if not rules:
        return None
    without = fits(_with_rules(claims, []))
    if without is None:
        return None
    needed = list(rules)
    for each in rules:
        others = [rule for rule in needed if rule is not each]
        if others and fits(_with_rules(claims, others)) is None:
            needed = others
    shown = tuple(BrokenRule(_written(rule), rule.place.span if rule.place else None) for _, rule in needed)
    arguments: dict[str, ReasonValue] = {
        "rules": len(shown),
        "text": shown[0].text,
        "node": without.node,
        "now": not idle,
    }
    return Cause("DRA525", Reason("rules", arguments), (BrokenRules(shown, without.node, without.bare_names),))


def preferred(claims: Sequence[CompiledClaim], worth: Sequence[tuple[int, Fraction]], *, is_best: bool) -> Preferred:
    """What a choice is worth, in the order in which the preferences count."""
    wishes = [wish for claim in claims for wish in claim.claim.preferences]
    found = tuple(
        Wished(_written(wish), _number(value) if is_known else None, wish.place.span if wish.place else None)
        for wish, (is_known, value) in zip(wishes, worth, strict=False)
    )
    return Preferred(found, is_best)


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.6g}"


def _written(rule: Requirement | Preference) -> str:
    """The rule as its author wrote it, without its first word."""
    span = rule.place.span if rule.place else None
    text = rule.expression.expression if span is None else span.text
    return " ".join(text.removeprefix("require").removeprefix("prefer").split())


def _with_rules(claims: Sequence[CompiledClaim], rules: Sequence[tuple[int, Requirement]]) -> list[CompiledClaim]:
    """The claims with some of their rules only."""
    return [
        replace(each, claim=replace(each.claim, requirements=tuple(rule for at, rule in rules if at == number)))
        for number, each in enumerate(claims)
    ]
