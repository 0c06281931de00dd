"""The quotas of a world's namespaces: which rules govern one, what its claims hold and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dra_policy.allocate import Account, Breach, Holding, Ledger
from dra_policy.allocate.quota import ONE_DEVICE, requested_devices
from dra_policy.allocate.quota_rules import Requirement
from dra_policy.cel.device_lists import ListedDevice, ListedObject, ListProgram
from dra_policy.engine.extended_resources import claim_of_extended_resources
from dra_policy.engine.world import World
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.quota import amount_text, broken_rule, code_of
from dra_policy.explain.quota_evidence import BrokenRule, QuotaLimits, QuotaUse
from dra_policy.fleet.occupancy import held_devices
from dra_policy.ir import Condition
from dra_policy.model import (
    EXTENDED_CLAIM,
    AdminAccessRule,
    AmountLimit,
    Claim,
    ClaimLimit,
    ClassRule,
    DeviceLimit,
    Dialect,
    ExpressionRule,
    ExtendedResourceLimit,
    Quota,
    RequestedDeviceLimit,
)
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Severity

Quotas = Sequence[Quota] | Ledger | None
"""What the allocator takes: a ledger, or where no quota governs the claims, what decides about admin access."""


@dataclass(frozen=True, slots=True)
class OpenedLedger:
    """The ledger of a namespace (None: no quota governs it), and the errors in its rules."""

    ledger: Ledger | None
    diagnostics: tuple[Diagnostic, ...] = ()


def governing(world: World, namespace: str) -> tuple[Quota, ...]:
    """The quotas of all dialects that govern a namespace, in the order of reading, as quotas of this namespace alone.

    One for namespaces with a label governs those whose Namespace object is known and has it.
    """
    objects, labels = world.objects, _labels(world, namespace)
    every = [*objects.quotas, *(each.as_quota(world.serving_classes) for each in objects.resource_quotas)]
    return tuple(replace(each, namespace=namespace, scope=None) for each in every if each.governs(namespace, labels))


def _labels(world: World, namespace: str) -> Mapping[str, str] | None:
    """The labels of a namespace; None where its object is not loaded."""
    return next((each.labels for each in world.objects.namespaces if each.name == namespace), None)


def open_ledger(world: World, namespace: str, claims: Iterable[Claim] | None = None) -> OpenedLedger:
    """The rules of a namespace with what its claims hold; ``claims`` None: those of the world."""
    if claims is not None:
        return _opened(world, namespace, claims)
    found = world.ledgers.get(namespace)
    if not isinstance(found, OpenedLedger):
        found = world.ledgers[namespace] = _opened(world, namespace, world.objects.claims)
    return found


def _opened(world: World, namespace: str, claims: Iterable[Claim]) -> OpenedLedger:
    quotas = governing(world, namespace)
    if not any(quota.rules for quota in quotas):
        return OpenedLedger(None)
    own = [claim for claim in claims if claim.namespace == namespace]
    holdings = tuple(_holdings(own, world))
    listed = tuple(ListedDevice(each.device, each.fields) for each in holdings if each.device is not None)
    place = ListedObject(namespace, _labels(world, namespace))
    accounts: list[Account] = []
    requirements: list[Requirement] = []
    diagnostics: list[Diagnostic] = []
    for quota in quotas:
        for rule in quota.rules:
            if isinstance(rule, DeviceLimit | AmountLimit):
                condition, errors = _condition(rule, world)
                diagnostics += errors
                if not errors:
                    accounts.append(Account(quota, rule, condition).with_holdings(holdings))
            elif isinstance(rule, ExpressionRule):
                program, errors = _program(rule)
                diagnostics += errors
                if program is not None:
                    requirements.append(Requirement(quota, rule, program, listed, place))
    requested = {claim.full_name: requested_devices(claim) for claim in own}
    by_pods = {each.full_name: requested_devices(each) for each in _unmade(world, namespace, own)}
    ledger = Ledger(namespace, quotas, tuple(accounts), requested, tuple(requirements), by_pods)
    return OpenedLedger(ledger, tuple(diagnostics))


def _unmade(world: World, namespace: str, claims: Sequence[Claim]) -> Iterable[Claim]:
    """What pods of a namespace ask for as extended resources, for which no claim is made yet."""
    made = {claim.owner_pod for claim in claims if EXTENDED_CLAIM in claim.annotations}
    for pod in world.objects.pods:
        if pod.namespace == namespace and pod.workload is None and pod.name not in made:
            claim = claim_of_extended_resources(pod, world.serving_classes)
            if claim is not None:
                yield claim


def _program(rule: ExpressionRule) -> tuple[ListProgram | None, list[Diagnostic]]:
    """The compiled rule, or what is wrong with it."""
    from dra_policy.cel.rules import QUOTA_VARIABLES, compile_rule

    compiled = compile_rule(rule, QUOTA_VARIABLES)
    return compiled.program, list(compiled.diagnostics)


def quotas_of(world: World, claims: Sequence[Claim], known: Iterable[Claim] | None = None) -> Quotas:
    """What decides about some claims of one namespace; ``known`` are all claims there are (None: the world's)."""
    ledger = open_ledger(world, claims[0].namespace, known).ledger if claims else None
    if ledger is not None:
        return ledger
    is_prototype = any(claim.dialect is Dialect.EVOLUTION for claim in claims)
    return [each for claim in claims[:1] for each in governing(world, claim.namespace)] if is_prototype else None


def namespaces_with_quotas(world: World) -> tuple[str, ...]:
    """The namespaces that some quota with rules governs, as far as they are known, in alphabetical order."""
    objects = world.objects
    known = {each.namespace for each in objects.claims} | {each.namespace for each in objects.pods}
    known |= {each.namespace for each in objects.quotas} | {each.namespace for each in objects.resource_quotas}
    known |= {each.name for each in objects.namespaces}
    return tuple(sorted(name for name in known if name and any(each.rules for each in governing(world, name))))


def _condition(rule: DeviceLimit | AmountLimit, world: World) -> tuple[Condition | None, list[Diagnostic]]:
    """The compiled ``where`` of a limit, or what is wrong with it."""
    if rule.where is None:
        return None, []
    compiled = world.compile_selector(rule.where)
    errors = [each for each in compiled.diagnostics if each.severity is Severity.ERROR]
    if compiled.condition is None and not errors:
        span = rule.place.span if rule.place else None
        errors = [Diagnostic("DRA203", Severity.ERROR, "the limit's `where` does not compile", span)]
    return compiled.condition, errors if compiled.condition is None else []


def _holdings(claims: Iterable[Claim], world: World) -> Iterable[Holding]:
    """What the claims hold; admin access holds nothing."""
    knows_shares = world.features.consumable_capacity
    for claim in claims:
        if claim.allocation is None:
            continue
        reading = world.fleet.structure.reading
        classes = _classes_by_request(claim)
        for device, result in held_devices(claim, reading):
            consumed = dict(result.consumed_capacity) if knows_shares and result.share_id is not None else None
            device_class = classes.get(result.request, "")
            request = result.request.partition("/")[0]
            yield Holding(claim.name, device_class, world.fleet.device(device), consumed, request)


def _classes_by_request(claim: Claim) -> Mapping[str, str]:
    """The class that each request, or ``request/alternative``, names."""
    found = {}
    for request in claim.requests:
        for demand in request.demands:
            found[f"{request.name}/{demand.name}" if request.prioritized else request.name] = demand.device_class_name
    return found


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule of a namespace with what is used of it.

    ``rule`` has the limit and the use as texts (None for permissions); ``left`` is negative where more is held than the
    limit allows. ``allowed`` is what a permission says, None for a limit. ``unknown`` devices are published by nobody.
    """

    namespace: str
    rule: BrokenRule
    left: str | None = None
    is_exceeded: bool = False
    allowed: bool | None = None
    uses: tuple[QuotaUse, ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class QuotaReport:
    """The rules of all namespaces that have any, in their order, and the errors in them."""

    rules: tuple[RuleUse, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def quota_report(world: World, namespace: str | None = None) -> QuotaReport:
    """What is used and left of every rule, by namespace; of one namespace where it is named."""
    rules: list[RuleUse] = []
    diagnostics: dict[Diagnostic, None] = {}
    for name in namespaces_with_quotas(world):
        if namespace in (None, name):
            opened = open_ledger(world, name)
            diagnostics.update(dict.fromkeys(opened.diagnostics))
            if opened.ledger is not None:
                rules += _rule_uses(opened.ledger)
    return QuotaReport(tuple(rules), tuple(diagnostics))


def _rule_uses(ledger: Ledger) -> Iterable[RuleUse]:
    accounts = {(account.quota.name, id(account.rule)): account for account in ledger.accounts}
    for quota, rule in ledger.rules():
        match rule:
            case AdminAccessRule(allowed=allowed) | ClassRule(allowed=allowed):
                shown = replace(broken_rule(Breach(quota, rule)), what="", classes=getattr(rule, "classes", ()))
                yield RuleUse(ledger.namespace, shown, allowed=allowed)
            case DeviceLimit() | AmountLimit():
                account = accounts.get((quota.name, id(rule)))
                if account is not None:
                    yield _limit_use(ledger, Breach(quota, rule, account.limit, account.used, 0, account))
            case RequestedDeviceLimit(most=most) | ExtendedResourceLimit(most=most):
                used = ledger.requested_under(rule)
                yield _limit_use(ledger, Breach(quota, rule, most * ONE_DEVICE, used * ONE_DEVICE))
            case ExpressionRule():
                yield RuleUse(ledger.namespace, broken_rule(Breach(quota, rule)))
            case ClaimLimit(most=most):
                yield _limit_use(ledger, Breach(quota, rule, most * ONE_DEVICE, len(ledger.requested) * ONE_DEVICE))


def _limit_use(ledger: Ledger, breach: Breach) -> RuleUse:
    uses = breach.account.uses if breach.account is not None else ()
    return RuleUse(
        ledger.namespace,
        broken_rule(breach),
        amount_text(breach.rule, -breach.short),
        breach.short > 0,
        None,
        tuple(QuotaUse(use.claim, (amount_text(breach.rule, use.amount),)) for use in uses),
        breach.account.unknown if breach.account is not None else 0,
    )


def broken_by(explanation: Explanation, claims: Sequence[Claim], world: World) -> tuple[str, BrokenRule] | None:
    """The first rule that claims would break, with its code: by what they ask for, or by every choice of devices.

    What does not fit even without quotas is held against the rules about what is asked for only.
    """
    found = (one.rules[0] for one in explanation.evidence if isinstance(one, QuotaLimits) and one.rules)
    rule = next(found, None)
    if rule is not None:
        return explanation.code, rule
    waiting = [claim for claim in claims if claim.allocation is None]
    ledger = open_ledger(world, waiting[0].namespace).ledger if waiting else None
    breaches = ledger.breaches_of_request(waiting) if ledger is not None else ()
    return (code_of(breaches[0].rule), broken_rule(breaches[0])) if breaches else None
