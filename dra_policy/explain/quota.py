"""The verdict OVER QUOTA: devices exist, and rules of quotas forbid the claim to have them."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import Allocated, Answers, Breach, Ledger, NodeAnswer
from dra_policy.allocate.problem import Solution
from dra_policy.allocate.quota import ONE_DEVICE
from dra_policy.allocate.requested import Refusal
from dra_policy.explain.cause import Cause
from dra_policy.explain.explanation import ChosenDevices, Reason, ReasonValue
from dra_policy.explain.quota_evidence import BrokenRule, QuotaLimits, QuotaUse
from dra_policy.explain.study import Study
from dra_policy.explain.wording import noun_of
from dra_policy.model import (
    AdminAccessRule,
    AmountLimit,
    ClaimLimit,
    ClassRule,
    ClosedAdminAccess,
    DeviceLimit,
    ExpressionRule,
    ExtendedResourceLimit,
    QuotaRule,
    RequestedDeviceLimit,
)
from dra_policy.values import Quantity
from dra_policy.values.quantity import DECIMAL_SI

_NOTHING = "–"
_BILLIONTH = -9


def cause_of_quota(found: Study, ledger: Ledger, answers: Answers, fit: NodeAnswer, chosen: ChosenDevices) -> Cause:
    """Why the first fit, found without the limits, is not to be had. ``found`` says whether held devices count."""
    breaches = breaches_of_fit(ledger, answers, fit)
    rules = tuple([broken_rule(each) for each in breaches])
    limits = [each for each in breaches if each.account is not None]
    node, names = fit.node, chosen.bare_names
    evidence = QuotaLimits(rules, uses_of(limits), node, names, found.idle)
    arguments: dict[str, ReasonValue] = {
        "kind": rules[0].kind if rules else "",
        "what": rules[0].what if rules else "",
        "only": rules[0].classes if rules else (),
        "namespace": breaches[0].quota.namespace if breaches else "",
        "node": node,
        "idle": found.idle,
        "free": _free_on(found, node),
        "wanted": len(names),
        "noun": noun_of(names),
        "rules": len(rules),
        "quotas": tuple(dict.fromkeys(each.quota for each in rules)),
        "more": more_devices(ledger, answers, fit, limits) if limits else 0,
        "limit": (rules[0].limit or "") if rules else "",
        "asked": (rules[0].asked or "") if rules else "",
        "used": (rules[0].used or "") if rules else "",
        "answer": (rules[0].answer or "") if rules else "",
    }
    return Cause(code_of(breaches[0].rule) if breaches else "DRA550", Reason("over-quota", arguments), (evidence,))


def breaches_of_fit(ledger: Ledger, answers: Answers, fit: NodeAnswer) -> tuple[Breach, ...]:
    """All rules that the claims would break with the devices of an answer: by what they ask for, then by devices."""
    claims = answers.claims
    asked = ledger.breaches_of_request([each.claim for each in claims])
    solution = _solution(answers, fit)
    got = () if solution is None else ledger.breaches_of_solution(claims, solution, answers.fleet.view(fit.node).device)
    return (*asked, *(each for each in got if each not in asked))


def _solution(answers: Answers, fit: NodeAnswer) -> Solution | None:
    assert isinstance(fit.outcome, Allocated)
    event = next(group.event for group in answers.groups if fit.node in group.nodes)
    return event if isinstance(event, Solution) else None


def more_devices(ledger: Ledger, answers: Answers, fit: NodeAnswer, breaches: Sequence[Breach]) -> int:
    """How many of the answer's devices each of the broken limits still allows, those that add least first."""
    solution = _solution(answers, fit)
    if solution is None:
        return 0
    device_at = answers.fleet.view(fit.node).device
    rows = [amounts for _, _, amounts in ledger.charges_of(answers.claims, solution, device_at)]
    columns = [ledger.accounts.index(each.account) for each in breaches if each.account is not None]
    return min(_most_within([row[each] for row in rows], ledger.accounts[each].left) for each in columns)


def _most_within(amounts: Sequence[int], left: int) -> int:
    """The most of some amounts whose sum is no more than what is left."""
    number = 0
    for amount in sorted(amounts):
        left -= amount
        if left < 0:
            break
        number += 1
    return number


def code_of(rule: QuotaRule) -> str:
    """The code of a claim that would break the rule."""
    match rule:
        case AdminAccessRule():
            return "DRA553"
        case ClosedAdminAccess():
            return "DRA116"
        case ClassRule():
            return "DRA552"
        case ExpressionRule():
            return "DRA554"
        case AmountLimit():
            return "DRA551"
        case DeviceLimit() | RequestedDeviceLimit() | ExtendedResourceLimit() | ClaimLimit():
            return "DRA550"


def broken_rule(breach: Breach) -> BrokenRule:
    """A breach as evidence."""
    rule, quota = breach.rule, breach.quota.name
    span = rule.place.span if rule.place is not None else None
    match rule:
        case AdminAccessRule():
            return BrokenRule("admin", quota, span=span)
        case ClosedAdminAccess():
            return BrokenRule("closed", quota, breach.quota.namespace, span=span)
        case ClassRule(allowed=allowed, classes=classes):
            return BrokenRule("class", quota, breach.subject, classes if allowed else (), span=span)
        case ExpressionRule(expression=expression):
            text = span.text if span is not None else expression.expression
            return BrokenRule("rule", quota, " ".join(text.split()), answer=breach.subject or None, span=span)
        case DeviceLimit(classes=classes):
            kind, what, condition = "devices", "", rule.where
        case AmountLimit(classes=classes, label=what):
            kind, condition = "amount", rule.where
        case RequestedDeviceLimit(device_class=what):
            kind, classes, condition = "requested", (), None
        case ExtendedResourceLimit(resource=what):
            kind, classes, condition = "extended", (), None
        case ClaimLimit():
            kind, what, classes, condition = "claims", "", (), None
    shown = None if condition is None else condition.expression
    limit, used = amount_text(rule, breach.limit), amount_text(rule, breach.used)
    asked, short = amount_text(rule, breach.asked), amount_text(rule, breach.short)
    return BrokenRule(kind, quota, what, classes, shown, limit, used, asked, short, span)


def amount_text(rule: QuotaRule, billionths: int) -> str:
    """An amount of an account in the unit of its rule: a number of devices, or a quantity as the limit is written."""
    if not isinstance(rule, AmountLimit):
        return str(billionths // ONE_DEVICE)
    return Quantity(billionths, _BILLIONTH, rule.most.format, is_decimal=True).canonical()


def uses_of(breaches: Sequence[Breach]) -> tuple[QuotaUse, ...]:
    """The claims that use the limits, those with the most first."""
    names: dict[str, None] = {}
    for breach in breaches:
        assert breach.account is not None
        names.update(dict.fromkeys(use.claim for use in breach.account.uses))
    return tuple(QuotaUse(name, tuple(_amount_of(name, breach) for breach in breaches)) for name in names)


def _amount_of(name: str, breach: Breach) -> str:
    assert breach.account is not None
    use = next((each for each in breach.account.uses if each.claim == name), None)
    return _NOTHING if use is None else amount_text(breach.rule, use.amount)


def _free_on(found: Study, node: str) -> int:
    """How many devices of a node some request could take."""
    number = next((index for index, spot in enumerate(found.spots) if node in spot.nodes), None)
    if number is None:
        return 0
    left = 0
    for request in found.requests:
        for each in request.alternatives:
            left |= each.left[number]
    return left.bit_count()


def admission_text(refusal: Refusal) -> str:
    """What the API server says when it refuses to create a claim or a pod for a ResourceQuota."""
    requested, used, limited = (
        ",".join(f"{name}={Quantity(amount, 0, DECIMAL_SI).canonical()}" for name, amount in amounts)
        for amounts in (
            [(name, requested) for name, requested, _, _ in refusal.exceeded],
            [(name, used) for name, _, used, _ in refusal.exceeded],
            [(name, limited) for name, _, _, limited in refusal.exceeded],
        )
    )
    kind = "pods" if refusal.is_pod else "resourceclaims.resource.k8s.io"
    text = f"exceeded quota: {refusal.quota.name}, requested: {requested}, used: {used}, limited: {limited}"
    return f'{kind} "{refusal.name}" is forbidden: {text}'
