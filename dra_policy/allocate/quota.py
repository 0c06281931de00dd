"""Quotas at allocation: what a namespace holds, what a claim would add, and solutions that stay within the limits.

A ``Ledger`` has the rules of the namespaces concerned with what their claims hold already. The search first runs
without it; only a solution that breaks a limit is searched for again, with every limit as a number that devices draw
from. Limits of ResourceQuota concern what is asked for, so they need no search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dra_policy.allocate.counters import billionths
from dra_policy.allocate.problem import Alternative, Charges, Picks, Problem, Request, Solution
from dra_policy.allocate.quota_rules import Requirement, RequirementOnNode, asked_devices, own_claims
from dra_policy.allocate.requested import Admission, Refusal
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import reads_unique
from dra_policy.fleet import Frame
from dra_policy.ir import Condition
from dra_policy.model import (
    AdminAccessRule,
    AmountLimit,
    Claim,
    ClaimLimit,
    ClassRule,
    Demand,
    Device,
    DeviceLimit,
    ExtendedResourceLimit,
    HeldLimit,
    Quota,
    QuotaRule,
    RequestedDeviceLimit,
)
from dra_policy.model import Request as ModelRequest
from dra_policy.record import dataclass, field, replace
from dra_policy.values import Quantity

ONE_DEVICE = 10**9
"""A device in billionths, the unit of all accounts."""

Consumed = Mapping[str, Quantity]


@dataclass(frozen=True, slots=True)
class Holding:
    """One device or share that a claim of the namespace holds (never by admin access).

    ``device`` is None where nothing publishes it now; ``device_class`` is the class that its request named.
    ``consumed`` is what a share takes, None for a whole device.
    """

    claim: str
    device_class: str
    device: Device | None
    consumed: Consumed | None = None
    request: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What rules in CEL can read beside what the driver publishes."""
        return {"claim": self.claim, "request": self.request, "class": self.device_class}


@dataclass(frozen=True, slots=True)
class Use:
    """What one claim has of an account, in billionths; ``devices`` is the number of its devices that count."""

    claim: str
    amount: int
    devices: int


@dataclass(frozen=True, slots=True)
class Account:
    """A limit of a quota over what the namespace holds, in billionths, with the claims that use it.

    ``condition`` is the compiled ``where``. ``unknown`` are holdings of which nothing publishes the device now: they
    count as devices where nothing but their class is asked, else as nothing (DRA555).
    """

    quota: Quota
    rule: HeldLimit
    condition: Condition | None = None
    used: int = 0
    uses: tuple[Use, ...] = ()
    unknown: int = 0

    @property
    def limit(self) -> int:
        """The most that may be held, in billionths."""
        return self.rule.most * ONE_DEVICE if isinstance(self.rule, DeviceLimit) else billionths(self.rule.most)

    @property
    def left(self) -> int:
        """What may still be taken, in billionths; below zero where the limit came after the claims."""
        return self.limit - self.used

    def charge(self, device: Device | None, device_class: str, consumed: Consumed | None) -> int:
        """What one device, or a share that takes ``consumed``, adds to the account."""
        if self.rule.classes and device_class not in self.rule.classes:
            return 0
        if device is None:
            return ONE_DEVICE if isinstance(self.rule, DeviceLimit) and self.condition is None else 0
        if self.condition is not None and self.condition.program.evaluate(device) is not True:
            return 0
        if isinstance(self.rule, DeviceLimit):
            return ONE_DEVICE
        amount = _amount(self.rule, device, consumed)
        return 0 if amount is None else max(billionths(amount), 0)

    def with_holdings(self, holdings: Iterable[Holding]) -> Account:
        """The account after what is held was charged to it."""
        of_claim: dict[str, tuple[int, int]] = {}
        unknown = 0
        for each in holdings:
            unknown += each.device is None and (not self.rule.classes or each.device_class in self.rule.classes)
            amount = self.charge(each.device, each.device_class, each.consumed)
            if amount:
                had, devices = of_claim.get(each.claim, (0, 0))
                of_claim[each.claim] = had + amount, devices + 1
        uses = tuple(Use(claim, *found) for claim, found in of_claim.items())
        largest_first = tuple(sorted(uses, key=lambda use: (-use.amount, use.claim)))
        return replace(self, used=sum(use.amount for use in uses), uses=largest_first, unknown=unknown)

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether devices of one frame may be charged differently from slice to slice."""
        if not frame.unique:
            return False
        if isinstance(self.rule, AmountLimit) and not frame.unique.isdisjoint((self.rule.name, self.rule.label)):
            return True
        return self.condition is not None and reads_unique(self.condition, frame)


def _amount(rule: AmountLimit, device: Device, consumed: Consumed | None) -> Quantity | None:
    """The capacity that a rule sums: of the whole device, or what a share takes of it; None if it has none.

    A name without a domain is in the driver's own; in the prototypes a quantity is an attribute.
    """
    names = [f"{rule.domain}/{rule.name}", *([rule.name] if device.driver == rule.domain else [])]
    for name in names:
        if consumed is not None:
            if name in consumed:
                return consumed[name]
        elif name in device.capacity:
            return device.capacity[name].value
        elif isinstance(value := device.attributes.get(name), Quantity):
            return value
    return None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a claim would break.

    For limits ``limit``, ``used`` and ``asked`` in billionths, with the account if there is one; otherwise all are
    zero. ``subject`` is the class that is denied, or what a rule in CEL answers (``false``, or an error's text).
    """

    quota: Quota
    rule: QuotaRule
    limit: int = 0
    used: int = 0
    asked: int = 0
    account: Account | None = None
    subject: str = ""

    @property
    def short(self) -> int:
        """By how much the limit is too low."""
        return self.used + self.asked - self.limit


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rules of the namespaces of some claims, with what these hold and have asked for. It does not change.

    Each of the ``quotas`` names the one namespace whose claims it is about here. ``admission`` has what claims and pods
    ask for.
    """

    quotas: tuple[Quota, ...]
    accounts: tuple[Account, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    admission: Admission = field(default_factory=Admission)

    def breaches_of_request(self, claims: Sequence[Claim]) -> tuple[Breach, ...]:
        """The rules that the claims break by what they ask for, whatever devices they get.

        A class or admin access that only some alternatives ask for is no breach: the search takes others.
        """
        return (*self._denials(claims), *self._admissions(claims))

    def refusal(self, claims: Sequence[Claim]) -> Refusal | None:
        """What the API server refuses to create for the claims; None if it takes all."""
        return self.admission.refusal(claims, self.quotas)

    def _denials(self, claims: Sequence[Claim]) -> Iterator[Breach]:
        seen: set[tuple[int, str]] = set()
        for namespace, request in ((claim.namespace, request) for claim in claims for request in claim.requests):
            found = [self.denial(demand, namespace) for demand in request.demands]
            first = found[0] if found else None
            if first is not None and None not in found and (id(first.rule), first.subject) not in seen:
                seen.add((id(first.rule), first.subject))
                yield first

    def denial(self, demand: Demand, namespace: str) -> Breach | None:
        """The rule that denies the class or the admin access of a demand: denials come first, then lists of classes."""
        name = demand.device_class_name
        listing: tuple[Quota, ClassRule] | None = None
        is_listed = False
        for quota, rule in self.rules(namespace):
            match rule:
                case AdminAccessRule(allowed=False) if demand.admin_access:
                    return Breach(quota, rule)
                case ClassRule(allowed=False, classes=classes) if name in classes:
                    return Breach(quota, rule, subject=name)
                case ClassRule(allowed=True, classes=classes):
                    listing = listing or (quota, rule)
                    is_listed |= name in classes
        return None if listing is None or is_listed else Breach(*listing, subject=name)

    def _admissions(self, claims: Sequence[Claim]) -> Iterator[Breach]:
        """The limits of ResourceQuota, which count claims by their specification when they are created."""
        asked = self.admission.asked(claims)
        for quota, rule in self.rules():
            if isinstance(rule, RequestedDeviceLimit | ExtendedResourceLimit | ClaimLimit):
                own = [each for each in asked if each.name.startswith(f"{quota.namespace}/")]
                wanted, used = sum(each.under(rule) for each in own), self.admission.used(quota, rule, asked)
                if wanted and used + wanted > rule.most:
                    yield Breach(quota, rule, rule.most * ONE_DEVICE, used * ONE_DEVICE, wanted * ONE_DEVICE)

    def rules(self, namespace: str | None = None) -> Iterator[tuple[Quota, QuotaRule]]:
        """All rules with their quotas, or those about one namespace."""
        quotas = (quota for quota in self.quotas if namespace in (None, quota.namespace))
        return ((quota, rule) for quota in quotas for rule in quota.rules)

    def breaches_of_solution(
        self, claims: Sequence[CompiledClaim], solution: Solution, device_at: Callable[[int], Device]
    ) -> tuple[Breach, ...]:
        """The limits that the devices of a solution would exceed, and the denials that its alternatives meet."""
        asked = [0] * len(self.accounts)
        denied: list[Breach] = []
        for namespace, demand, amounts in self.charges_of(claims, solution, device_at):
            asked = [total + amount for total, amount in zip(asked, amounts, strict=True)]
            denial = self.denial(demand, namespace)
            if denial is not None and denial not in denied:
                denied.append(denial)
        limits = [
            Breach(account.quota, account.rule, account.limit, account.used, amount, account)
            for account, amount in zip(self.accounts, asked, strict=True)
            if amount and account.used + amount > account.limit
        ]
        return (*denied, *limits, *self._broken_requirements(claims, solution.claims, device_at))

    def _broken_requirements(
        self, claims: Sequence[CompiledClaim], picks: Picks, device_at: Callable[[int], Device]
    ) -> Iterator[Breach]:
        """The rules in CEL that do not hold with the picks of each claim."""
        for each in self.requirements:
            namespace = each.quota.namespace
            asked = asked_devices(claims, picks, device_at, namespace)
            why = each.broken_by(asked, own_claims(claims, namespace))
            if why is not None:
                yield Breach(each.quota, each.rule, subject=why)

    def charges_of(
        self, claims: Sequence[CompiledClaim], solution: Solution, device_at: Callable[[int], Device]
    ) -> Iterator[tuple[str, Demand, tuple[int, ...]]]:
        """What each device of a solution adds to each account, in order, with its claim's namespace and its demand.

        Admin access adds nothing.
        """
        for compiled, picks in zip(claims, solution.claims, strict=True):
            namespace = compiled.claim.namespace
            for pick in picks:
                demand = compiled.claim.requests[pick.request].demands[pick.alternative]
                device = device_at(pick.position)
                consumed = dict(pick.consumed) if device.allow_multiple_allocations else None
                yield namespace, demand, self._amounts(namespace, demand, device, consumed)

    def _amounts(self, namespace: str, demand: Demand, device: Device, consumed: Consumed | None) -> tuple[int, ...]:
        name = demand.device_class_name
        return tuple(
            [
                each.charge(device, name, consumed)
                if each.quota.namespace == namespace and not demand.admin_access
                else 0
                for each in self.accounts
            ]
        )

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether nodes whose slices have the frame may be charged differently."""
        if frame.unique and any(each.depends_on_node(frame) for each in self.requirements):
            return True
        return any(account.depends_on_node(frame) for account in self.accounts)

    def restrict(
        self, problem: Problem, claims: Sequence[CompiledClaim], device_at: Callable[[int], Device]
    ) -> Problem | None:
        """The problem with the limits as charges, and without denied alternatives; None if the least is too much."""
        drawn: dict[tuple[int, int, int], Mapping[int, tuple[int, ...]]] = {}
        least = [0] * len(self.accounts)
        restricted = []
        for number, (compiled, claim) in enumerate(zip(claims, problem.claims, strict=True)):
            requests, namespace = [], compiled.claim.namespace
            for at, (written, request) in enumerate(zip(compiled.claim.requests, claim.requests, strict=True)):
                alternatives, amounts = self._of_request(namespace, written, request, device_at)
                drawn.update({(number, at, index): found for index, found in amounts.items()})
                requests.append(Request(alternatives))
                lowest = [
                    _least(found, alternatives[index].count, len(self.accounts)) for index, found in amounts.items()
                ]
                if lowest:
                    columns = zip(*lowest, strict=True)
                    least = [total + min(column) for total, column in zip(least, columns, strict=True)]
            restricted.append(replace(claim, requests=tuple(requests)))
        left = tuple([account.left for account in self.accounts])
        if any(amount and amount > rest for amount, rest in zip(least, left, strict=True)):
            return None
        restrained = replace(problem, claims=tuple(restricted), charges=Charges(left, drawn), twins=())
        rules = tuple(
            [RequirementOnNode(each, each.quota.namespace, claims, restrained, device_at) for each in self.requirements]
        )
        return replace(restrained, rules=(*problem.rules, *rules))

    def _of_request(
        self, namespace: str, written: ModelRequest, request: Request, device_at: Callable[[int], Device]
    ) -> tuple[tuple[Alternative, ...], dict[int, Mapping[int, tuple[int, ...]]]]:
        """The alternatives, denied ones without devices, and what the devices of the others add, by alternative."""
        alternatives = []
        amounts: dict[int, Mapping[int, tuple[int, ...]]] = {}
        for index, (demand, each) in enumerate(zip(written.demands, request.alternatives, strict=True)):
            if self.denial(demand, namespace) is not None:
                alternatives.append(replace(each, candidates=0, failing=0, everything=()))
            else:
                alternatives.append(each)
                amounts[index] = self._of_alternative(namespace, demand, each, device_at)
        return tuple(alternatives), amounts

    def _of_alternative(
        self, namespace: str, demand: Demand, alternative: Alternative, device_at: Callable[[int], Device]
    ) -> Mapping[int, tuple[int, ...]]:
        found = {}
        for position in range(alternative.candidates.bit_length()):
            if alternative.candidates >> position & 1:
                device = device_at(position)
                share = dict(alternative.consumption.get(position, ()))
                consumed = share if device.allow_multiple_allocations else None
                found[position] = self._amounts(namespace, demand, device, consumed)
        return found


def _least(amounts: Mapping[int, tuple[int, ...]], count: int, columns: int) -> tuple[int, ...]:
    """The least that so many of the devices add to each account."""
    if not amounts:
        return (0,) * columns
    return tuple([sum(sorted(column)[:count]) for column in zip(*amounts.values(), strict=True)])
