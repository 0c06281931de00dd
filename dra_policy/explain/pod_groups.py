"""Why a group of pods is placed or not: devices, quotas, or what it says across its pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from dra_policy.allocate import Breach, Ledger
from dra_policy.allocate.group_pods import GroupFit, GroupPod, GroupRules
from dra_policy.allocate.group_search import held_by
from dra_policy.allocate.together import listed_devices
from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import BrokenRules, Preferred
from dra_policy.explain.explanation import NodeGroup, Outcome, Reason, ReasonValue, Shortage
from dra_policy.explain.quota import broken_rule, code_of, uses_of
from dra_policy.explain.quota_evidence import QuotaLimits
from dra_policy.explain.rules import Rule, broken, wished
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, DistinctAttribute, MatchAttribute
from dra_policy.record import dataclass, replace
from dra_policy.values import Quantity, QuantityError


class Places(Protocol):
    """The allocator, asked where the pods of a group go: with nothing held, without limits, under other rules."""

    def __call__(self, *, is_idle: bool = False, is_limited: bool = True, rules: GroupRules | None = None) -> GroupFit:
        """Where they go then."""


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """A group with the allocator to ask about it. ``fleet`` is what its devices are published in.

    ``ledger`` has the limits of its namespace (None: there are none), ``charged`` gives it with more claims held.
    """

    places: Places
    pod: GroupPod
    count: int
    rules: GroupRules
    fleet: Fleet
    ledger: Ledger | None = None
    charged: Callable[[Sequence[Claim]], Ledger | None] = lambda _: None
    idle: bool = False


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """What is said of a group. ``fits_idle``: with nothing held; None where that was not asked."""

    outcome: Outcome
    cause: Cause
    fits_idle: bool | None = None


def group_verdict(asked: GroupQuestion, fit: GroupFit) -> GroupVerdict:
    """The verdict on a group of which so much fits now."""
    if fit.fits:
        return GroupVerdict(Outcome.FITS, Cause("DRA500", Reason("group-fits", _numbers(fit, fit, idle=asked.idle))))
    unknown = GroupVerdict(Outcome.UNKNOWN, Cause("DRA601", Reason("group-unknown", _numbers(fit, fit))))
    if not fit.is_proved:
        return unknown
    ledger = None if asked.idle else asked.ledger
    without = asked.places(is_limited=False) if ledger is not None else fit
    if ledger is not None and without.fits:
        return GroupVerdict(Outcome.OVER_QUOTA, _quota_cause(asked, ledger, fit, without, idle=False))
    free = fit if asked.idle else asked.places(is_idle=True)
    if free.fits:
        return GroupVerdict(Outcome.NOT_NOW, Cause("DRA537", Reason("group-pods", _numbers(fit, free))), fits_idle=True)
    if not free.is_proved:
        return unknown
    without = asked.places(is_idle=True, is_limited=False) if ledger is not None else free
    if ledger is not None and without.fits:
        cause = _quota_cause(asked, ledger, free, without, idle=True)
        return GroupVerdict(Outcome.OVER_QUOTA, cause, fits_idle=True)
    cause = _cause_of_rules(asked, without) or Cause("DRA537", Reason("group-pods", _numbers(fit, without)))
    return GroupVerdict(Outcome.NEVER, cause, fits_idle=False)


def _numbers(fit: GroupFit, free: GroupFit, *, idle: bool = False) -> dict[str, ReasonValue]:
    return {"served": fit.served, "wanted": fit.wanted, "free": free.served, "idle": idle}


def _quota_cause(asked: GroupQuestion, ledger: Ledger, fit: GroupFit, without: GroupFit, *, idle: bool) -> Cause:
    """The rules that all pods together would break, with the devices that they would get without limits."""
    breaches = tuple(_breaches(asked, ledger, without))
    rules = tuple([broken_rule(each) for each in breaches])
    limits = [each for each in breaches if each.account is not None]
    arguments: dict[str, ReasonValue] = {
        **_numbers(fit, without, idle=idle),
        "quotas": tuple(dict.fromkeys(each.quota for each in rules)),
        "rules": len(rules),
    }
    code = code_of(breaches[0].rule) if breaches else "DRA550"
    return Cause(code, Reason("group-over-quota", arguments), (QuotaLimits(rules, uses_of(limits), None, (), idle),))


def _breaches(asked: GroupQuestion, ledger: Ledger, fit: GroupFit) -> Iterator[Breach]:
    """What the group breaks by what it asks for, then by the devices of a placement."""
    own = [each.claim for each in asked.pod.claims]
    yield from ledger.breaches_of_request([*(each.claim for each in asked.pod.shared), *own * asked.count])
    held = [*fit.shared_claims, *(claim for each in fit.placements for claim in held_by(each))]
    charged = asked.charged(held)
    for account, after in zip(ledger.accounts, charged.accounts if charged is not None else (), strict=True):
        if after.used > account.used and after.used > account.limit:
            yield Breach(account.quota, account.rule, account.limit, account.used, after.used - account.used, account)
    devices = [device for claim in held for _, device in listed_devices(claim, asked.fleet)]
    for each in ledger.requirements:
        why = each.broken_by(devices, held)
        if why is not None:
            yield Breach(each.quota, each.rule, subject=why)


def _cause_of_rules(asked: GroupQuestion, fit: GroupFit) -> Cause | None:
    """The smallest set of rules across pods that cannot hold; None where the pods have no place without them either."""
    rules: list[Rule] = [*asked.rules.constraints, *asked.rules.requirements]
    if not rules or not _free(asked, []).fits:
        return None
    needed, errors = rules, fit.errors
    for each in rules:
        others = [rule for rule in needed if rule is not each]
        found = _free(asked, others) if others else None
        if found is not None and not found.fits and found.is_proved:
            needed, errors = others, found.errors
    shown = tuple(broken(rule, errors.get(id(rule))) for rule in needed)
    arguments = {**_numbers(fit, fit), "rules": len(shown), "text": shown[0].text}
    return Cause(_code(needed), Reason("group-rules", arguments), (BrokenRules(shown, None, ()),))


def _free(asked: GroupQuestion, rules: Sequence[Rule]) -> GroupFit:
    """Where the pods go with nothing held and no limits, under some of the rules."""
    return asked.places(is_idle=True, is_limited=False, rules=_only(asked.rules, rules))


def _code(rules: Sequence[Rule]) -> str:
    if len(rules) > 1:
        return "DRA525"
    match rules[0]:
        case MatchAttribute():
            return "DRA514"
        case DistinctAttribute():
            return "DRA515"
        case _:
            return "DRA525"


def _only(rules: GroupRules, kept: Sequence[Rule]) -> GroupRules:
    ids = set(map(id, kept))
    return replace(
        rules,
        constraints=tuple(each for each in rules.constraints if id(each) in ids),
        requirements=tuple(each for each in rules.requirements if id(each) in ids),
    )


def preferred_by_pods(pod: GroupPod, fit: GroupFit) -> Preferred:
    """What the places of a group are worth to its pods together, in the order in which the preferences count."""
    wishes = [wish for each in pod.claims for wish in each.claim.preferences]
    wishes += pod.rules.preferences if pod.rules is not None else ()
    said = [[each.said[at] for each in fit.placements] for at in range(len(fit.worth))]
    found = [
        wished(wish, _total(texts, number) if known else None, fit.errors.get(id(wish)))
        for wish, (known, number), texts in zip(wishes, fit.worth, said, strict=False)
    ]
    return Preferred(tuple(found), fit.is_best)


def _total(texts: Sequence[str], number: Fraction) -> str:
    """The sum of what was said on each node, written as the first of it."""
    said = [each for each in texts if each]
    if len(said) == 1:
        return said[0]
    total = Quantity.of(0)
    for each in said:
        try:
            total = Quantity.parse({"true": "1", "false": "0"}.get(each, each)).add(total)
        except QuantityError:
            # A double too large or small to be written as an amount.
            return f"{float(number):.6g}"
    return total.canonical()


def nodes_of_group(fit: GroupFit, alone: Sequence[NodeGroup]) -> tuple[NodeGroup, ...]:
    """How many of the pods each node serves by itself, those with most first; what the others lack for one pod.

    ``alone`` is what the nodes lack for a pod by itself, also one that would have the shared claims to itself.
    """
    by_number: dict[int, list[str]] = {}
    for node, pods in fit.most.items():
        by_number.setdefault(pods, []).append(node)
    found = [
        NodeGroup(tuple(sorted(nodes)), pods, fit.wanted, _room(fit.wanted - pods))
        for pods, nodes in sorted(by_number.items(), reverse=True)
    ]
    elsewhere = tuple(Shortage("node", "claim", wanted=each.claim.name) for each in fit.shared)
    for group in alone:
        nodes = tuple(node for node in group.nodes if node not in fit.most)
        if nodes:
            found.append(NodeGroup(nodes, 0, fit.wanted, group.missing or elsewhere))
    return tuple(found)


def _room(pods: int) -> tuple[Shortage, ...]:
    return (Shortage("pods", short=pods),) if pods else ()
