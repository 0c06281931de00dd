"""The quotas of a world's namespaces: which rules govern one, what its claims hold and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dra_policy.allocate import Account, Breach, Holding, Ledger
from dra_policy.allocate.quota import ONE_DEVICE
from dra_policy.allocate.quota_rules import Requirement
from dra_policy.allocate.requested import Admission, Charge, is_generated
from dra_policy.cel.device_lists import ListedDevice, ListedObject, ListProgram
from dra_policy.engine.extended_resources import wanted_resources
from dra_policy.engine.world import Existing, World
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.quota import amount_text, broken_rule, code_of
from dra_policy.explain.quota_evidence import BrokenRule, QuotaLimits, QuotaUse
from dra_policy.fleet.occupancy import held_devices
from dra_policy.ir import Condition
from dra_policy.model import (
    AdminAccessRule,
    AmountLimit,
    Claim,
    ClaimLimit,
    ClassRule,
    ClosedAdminAccess,
    DeviceLimit,
    Dialect,
    ExpressionRule,
    ExtendedResourceLimit,
    Pod,
    Quota,
    RequestedDeviceLimit,
)
from dra_policy.model.quota import REQUESTS, ExtendedNames
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Severity

# From which minor release on ResourceQuota knows extended resources of claims.
_COUNTS_EXTENDED = 35

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
    objects, labels, extended = world.objects, _labels(world, namespace), _extended(world)
    every = [*objects.quotas, *(each.as_quota(extended) for each in objects.resource_quotas)]
    return tuple(replace(each, namespace=namespace, scope=None) for each in every if each.governs(namespace, labels))


def _extended(world: World) -> ExtendedNames | None:
    """The extended resource of each class; None where ResourceQuota does not count claims by it."""
    if not world.features.extended_resource or world.rules.minor < _COUNTS_EXTENDED:
        return None
    return {each.name: each.extended_resource_name for each in world.objects.classes if each.dialect.is_kubernetes}


def _labels(world: World, namespace: str) -> Mapping[str, str] | None:
    """The labels of a namespace; None where its object is not loaded."""
    return next((each.labels for each in world.objects.namespaces if each.name == namespace), None)


def open_ledger(world: World, namespace: str, existing: Existing | None = None) -> OpenedLedger:
    """The rules of a namespace with what its claims hold; ``existing`` None: those that the world has."""
    if existing is not None:
        return _opened(world, namespace, existing)
    found = world.ledgers.get(namespace)
    if not isinstance(found, OpenedLedger):
        found = world.ledgers[namespace] = _opened(world, namespace, world.existing)
    return found


def _opened(world: World, namespace: str, existing: Existing) -> OpenedLedger:
    quotas = governing(world, namespace)
    if not any(quota.rules for quota in quotas):
        return OpenedLedger(None)
    own = [claim for claim in existing.claims if claim.namespace == namespace]
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
    ledger = Ledger(quotas, tuple(accounts), tuple(requirements), _admission(world, existing.pods, namespace, own))
    return OpenedLedger(ledger, tuple(diagnostics))


def _admission(world: World, existing: Iterable[Pod], namespace: str, claims: Sequence[Claim]) -> Admission:
    """What the claims and pods of a namespace are charged with when they are created."""
    pods = {each.full_name: each for each in existing if each.namespace == namespace and not each.workload}
    charged = {name: charge_of_pod(pod) for name, pod in pods.items()}
    by_itself = Admission(extended=_extended(world))
    with_pods = replace(by_itself, pods=charged)
    charges = {
        each.full_name: (with_pods if _is_of_pod(each, claims, pods) else by_itself).charge_of(each) for each in claims
    }
    return replace(with_pods, claims=charges)


def charge_of_pod(pod: Pod) -> Charge:
    """What a pod is charged with: its extended resources, until it has ended (QuotaV1Pod)."""
    amounts = {} if pod.has_ended else wanted_resources(pod)
    return Charge(pod.full_name, {REQUESTS + name: amount for name, amount in amounts.items()}, pod)


def asked_by(pod: Pod | None, ledger: Ledger | None) -> Ledger | None:
    """The limits of a namespace as one pod comes under them."""
    if ledger is None or pod is None:
        return ledger
    return replace(ledger, admission=replace(ledger.admission, asking=charge_of_pod(pod)))


def _is_of_pod(claim: Claim, claims: Sequence[Claim], pods: Mapping[str, Pod]) -> bool:
    """Whether a claim serves a pod's extended resources, so that these are charged once (getVerifiedPodUsage)."""
    pod = pods.get(f"{claim.namespace}/{claim.owner_pod}")
    if pod is None or not is_generated(claim) or not _is_owner(pod, claim):
        return False
    if pod.extended_claim_name is not None:
        return pod.extended_claim_name == claim.name
    owned = [each for each in claims if is_generated(each) and _is_owner(pod, each)]
    return min(owned, key=lambda each: (each.creation_timestamp or "", each.name)).name == claim.name


def _is_owner(pod: Pod, claim: Claim) -> bool:
    is_other = bool(pod.uid and claim.owner_uid) and pod.uid != claim.owner_uid
    return claim.owner_pod == pod.name and not is_other


def _program(rule: ExpressionRule) -> tuple[ListProgram | None, list[Diagnostic]]:
    """The compiled rule, or what is wrong with it."""
    from dra_policy.cel.rules import QUOTA_VARIABLES, compile_rule

    compiled = compile_rule(rule, QUOTA_VARIABLES)
    return compiled.program, list(compiled.diagnostics)


def quotas_of(world: World, claims: Sequence[Claim], existing: Existing | None = None) -> Quotas:
    """What decides about some claims; ``existing`` None: what the world has."""
    namespaces = list(dict.fromkeys(claim.namespace for claim in claims))
    opened = {each: open_ledger(world, each, existing).ledger for each in namespaces}
    if any(opened.values()):
        return joint([ledger or Ledger(governing(world, name)) for name, ledger in opened.items()])
    is_prototype = any(claim.dialect is Dialect.EVOLUTION for claim in claims)
    return [quota for each in namespaces for quota in governing(world, each)] if is_prototype else None


def joint(ledgers: Sequence[Ledger]) -> Ledger:
    """The ledgers of several namespaces as one."""
    first = ledgers[0]
    if len(ledgers) == 1:
        return first
    admissions = [each.admission for each in ledgers]
    return Ledger(
        tuple(quota for each in ledgers for quota in each.quotas),
        tuple(account for each in ledgers for account in each.accounts),
        tuple(rule for each in ledgers for rule in each.requirements),
        replace(
            first.admission,
            claims={name: charge for each in admissions for name, charge in each.claims.items()},
            pods={name: charge for each in admissions for name, charge in each.pods.items()},
        ),
    )


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
                rules += _rule_uses(opened.ledger, name)
    return QuotaReport(tuple(rules), tuple(diagnostics))


def _rule_uses(ledger: Ledger, namespace: str) -> Iterable[RuleUse]:
    accounts = {(account.quota.name, id(account.rule)): account for account in ledger.accounts}
    for quota, rule in ledger.rules():
        match rule:
            case ClosedAdminAccess():
                yield RuleUse(namespace, broken_rule(Breach(quota, rule)), allowed=False)
            case AdminAccessRule(allowed=allowed) | ClassRule(allowed=allowed):
                shown = replace(broken_rule(Breach(quota, rule)), what="", classes=getattr(rule, "classes", ()))
                yield RuleUse(namespace, shown, allowed=allowed)
            case DeviceLimit() | AmountLimit():
                account = accounts.get((quota.name, id(rule)))
                if account is not None:
                    yield _limit_use(namespace, Breach(quota, rule, account.limit, account.used, 0, account))
            case RequestedDeviceLimit(most=most) | ExtendedResourceLimit(most=most) | ClaimLimit(most=most):
                used = ledger.admission.used(quota, rule)
                yield _limit_use(namespace, Breach(quota, rule, most * ONE_DEVICE, used * ONE_DEVICE))
            case ExpressionRule():
                yield RuleUse(namespace, broken_rule(Breach(quota, rule)))


def _limit_use(namespace: str, breach: Breach) -> RuleUse:
    uses = breach.account.uses if breach.account is not None else ()
    return RuleUse(
        namespace,
        broken_rule(breach),
        amount_text(breach.rule, -breach.short),
        breach.short > 0,
        None,
        tuple(QuotaUse(use.claim, (amount_text(breach.rule, use.amount),)) for use in uses),
        breach.account.unknown if breach.account is not None else 0,
    )


def broken_by(explanation: Explanation) -> tuple[str, BrokenRule] | None:
    """The first rule that keeps claims from devices which are there, with its code."""
    found = (one.rules[0] for one in explanation.evidence if isinstance(one, QuotaLimits) and one.rules)
    rule = next(found, None)
    return None if rule is None else (explanation.code, rule)


def closed_to(claims: Sequence[Claim], world: World) -> tuple[str, BrokenRule] | None:
    """What keeps admin access from claims of dra-evolution in a namespace none of whose quotas opens it."""
    for claim in claims:
        is_wanted = any(demand.admin_access for request in claim.requests for demand in request.demands)
        if not is_wanted or claim.dialect is not Dialect.EVOLUTION or claim.allocation is not None:
            continue
        quotas = governing(world, claim.namespace)
        if not any(quota.allows_admin_access for quota in quotas):
            rules = ((quota, rule) for quota in quotas for rule in quota.rules)
            written = (each for each in rules if isinstance(each[1], AdminAccessRule | ClosedAdminAccess))
            quota, rule = next(written, (Quota("", claim.namespace), ClosedAdminAccess()))
            return code_of(rule), broken_rule(Breach(quota, rule))
    return None


def broken_by_request(claims: Sequence[Claim], ledger: Ledger | None) -> tuple[str, BrokenRule] | None:
    """The first rule that claims break by what those of them without devices ask for, with its code."""
    waiting = [claim for claim in claims if claim.allocation is None]
    ledger = ledger if waiting else None
    breaches = ledger.breaches_of_request(waiting) if ledger is not None else ()
    return (code_of(breaches[0].rule), broken_rule(breaches[0])) if breaches else None
