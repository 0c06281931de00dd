"""Rules between devices that no solution meets, and what preferences made of the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.problem import RuleError
from dra_policy.allocate.together import PodRules
from dra_policy.compiler import CompiledClaim
from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import BrokenRule, BrokenRules, FailingRule, Preferred, Wished
from dra_policy.explain.explanation import ChosenDevices, Reason, ReasonValue
from dra_policy.model import DistinctAttribute, MatchAttribute, Preference, Request, Requirement
from dra_policy.record import replace

Rule = Requirement | MatchAttribute | DistinctAttribute
"""What may not hold: a rule between devices, or a constraint across the claims of a pod."""


class Fits(Protocol):
    """The allocator, asked about claims under the rules of their pod."""

    def __call__(self, claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> ChosenDevices | None:
        """What they would get; None if they fit nowhere."""

    def errors(self, claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> Mapping[int, RuleError]:
        """By the ``id`` of a rule the run-time error that it was met with first."""


def only_a_policy_says(claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> bool:
    """Whether what is wanted is more than any claim of Kubernetes can say."""
    if pod_rules is not None:
        return True
    return any(
        each.claim.requirements
        or each.claim.preferences
        or (each.claim.dialect.is_kubernetes and any(_is_range(one) for one in each.claim.requests))
        for each in claims
    )


def _is_range(request: Request) -> bool:
    return any(each.maximum_count not in (None, each.count) for each in request.demands)


def cause_of_rules(
    claims: Sequence[CompiledClaim], pod_rules: PodRules | None, fits: Fits, *, idle: bool
) -> Cause | None:
    """The smallest set of rules that cannot hold together; None where the claims do not fit without them either.

    Each rule of the set is necessary: without it, the others hold on some node.
    """
    rules = rules_of(claims, pod_rules)
    without = fits(*with_rules(claims, pod_rules, [])) if rules else None
    if without is None:
        return None
    needed = rules
    for each in rules:
        others = [rule for rule in needed if rule is not each]
        if others and fits(*with_rules(claims, pod_rules, others)) is None:
            needed = others
    errors = fits.errors(*with_rules(claims, pod_rules, needed))
    shown = tuple(broken(rule, errors.get(id(rule))) for rule in needed)
    arguments: dict[str, ReasonValue] = {
        "rules": len(shown),
        "text": shown[0].text,
        "node": without.node,
        "now": not idle,
    }
    return Cause("DRA525", Reason("rules", arguments), (BrokenRules(shown, without.node, without.bare_names),))


def rules_of(claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> list[Rule]:
    """The rules of the claims, then those of their pod."""
    rules: list[Rule] = [rule for claim in claims for rule in claim.claim.requirements]
    return [*rules, *((*pod_rules.constraints, *pod_rules.requirements) if pod_rules is not None else ())]


def broken(rule: Rule, error: RuleError | None) -> BrokenRule:
    """A rule that cannot hold, as evidence."""
    span = rule.place.span if rule.place else None
    if error is None:
        return BrokenRule(written(rule), span=span)
    return BrokenRule(written(rule), error.text, span, error.device or None)


def failing_rules(answers: Answers) -> tuple[FailingRule, ...]:
    """The rules that meet an error on nodes without a solution, each once, with all of these nodes."""
    found: dict[int, tuple[RuleError, list[str]]] = {}
    for group in answers.groups:
        for error in () if group.is_allocated else group.errors:
            found.setdefault(id(error.rule), (error, []))[1].extend(group.nodes)
    return tuple(
        FailingRule(written(error.rule), error.text, error.device or None, tuple(sorted(nodes)))
        for error, nodes in found.values()
    )


def preferred(answers: Answers, chosen: GroupAnswer, pod_rules: PodRules | None, *, is_best: bool) -> Preferred:
    """What the choice of some nodes is worth, in the order in which the preferences count."""
    wishes = [wish for claim in answers.claims for wish in claim.claim.preferences]
    wishes += pod_rules.preferences if pod_rules is not None else ()
    # What a preference says of the choice itself comes before what it says of others.
    groups = (*reversed(answers.groups), chosen)
    errors = {id(error.rule): error for group in groups for error in group.errors}
    found = tuple(
        wished(wish, said or None, errors.get(id(wish))) for wish, said in zip(wishes, chosen.said, strict=False)
    )
    return Preferred(found, is_best)


def wished(wish: Preference, value: str | None, error: RuleError | None) -> Wished:
    """A preference, and what it came to, as evidence."""
    span = wish.place.span if wish.place else None
    if error is None:
        return Wished(written(wish), value, span)
    return Wished(written(wish), value, span, error.text, error.device or None)


def written(rule: Rule | Preference) -> str:
    """The rule as its author wrote it; of an expression without the word before it."""
    span = rule.place.span if rule.place else None
    if span is not None:
        text = span.text
    else:
        text = rule.expression.expression if isinstance(rule, Requirement | Preference) else rule.attribute
    return " ".join(text.removeprefix("require").removeprefix("prefer").split())


def with_rules(
    claims: Sequence[CompiledClaim], pod_rules: PodRules | None, rules: Sequence[Rule]
) -> tuple[list[CompiledClaim], PodRules | None]:
    """The claims and their pod with some of their rules only."""
    kept = set(map(id, rules))

    def only(found: Sequence[Requirement]) -> tuple[Requirement, ...]:
        return tuple(rule for rule in found if id(rule) in kept)

    fewer = [replace(each, claim=replace(each.claim, requirements=only(each.claim.requirements))) for each in claims]
    if pod_rules is None:
        return fewer, None
    constraints = tuple(each for each in pod_rules.constraints if id(each) in kept)
    return fewer, replace(pod_rules, constraints=constraints, requirements=only(pod_rules.requirements))
