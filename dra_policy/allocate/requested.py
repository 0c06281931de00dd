"""What claims and pods ask for, as ResourceQuota counts it when they are created: amounts by the names of resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dra_policy.allocate.problem import MOST_RESULTS
from dra_policy.model import (
    EXTENDED_CLAIM,
    AllocationMode,
    Claim,
    ClaimLimit,
    ExtendedResourceLimit,
    Pod,
    Quota,
    RequestedDeviceLimit,
    RequestedLimit,
)
from dra_policy.model.quota import CLAIMS, DEVICES_OF_CLASS, IMPLICIT_EXTENDED_RESOURCE, REQUESTS, ExtendedNames
from dra_policy.record import dataclass, field

Amounts = Mapping[str, int]
"""Names of resources as ResourceQuota writes them, with how much is asked for."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What one object is charged with: a claim, or (``pod``) a pod."""

    name: str
    amounts: Amounts
    pod: Pod | None = None

    def under(self, rule: RequestedLimit) -> int:
        """How much of it a limit counts."""
        if isinstance(rule, ExtendedResourceLimit):
            is_counted = rule.counts_claims if self.pod is None else rule.counts(self.pod)
            return self.amounts.get(rule.resource_name, 0) if is_counted else 0
        return self.amounts.get(rule.resource_name, 0) if self.pod is None else 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the API server refuses to create: a claim, or the pod, and of the first quota what that would exceed.

    ``exceeded`` has the resource's name with what is requested, used, and allowed.
    """

    name: str
    is_pod: bool
    quota: Quota
    exceeded: tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """What the objects of some namespaces are charged with already, and how new ones are.

    ``claims`` and ``pods`` are the objects there are, by full name; ``asking`` is the pod that is asked about, whether
    it is one of them or not. ``extended`` None: claims are not counted as extended resources.
    """

    claims: Mapping[str, Charge] = field(default_factory=dict)
    pods: Mapping[str, Charge] = field(default_factory=dict)
    extended: ExtendedNames | None = None
    asking: Charge | None = None

    def asked(self, claims: Sequence[Claim]) -> tuple[Charge, ...]:
        """What is charged when the claims and their pods are created, one object after the other, pods first."""
        generated = [claim for claim in claims if is_generated(claim)]
        pods = [pod for claim in generated if (pod := self._pod_of(claim)) is not None]
        if self.asking is not None and not generated:
            pods = [self.asking]
        return (*pods, *(self.charge_of(claim) for claim in claims))

    def charge_of(self, claim: Claim) -> Charge:
        """What a claim is charged with."""
        pod = self._pod_of(claim) if is_generated(claim) else None
        return Charge(claim.full_name, claim_amounts(claim, self.extended, pod.amounts if pod is not None else {}))

    def _pod_of(self, claim: Claim) -> Charge | None:
        """The pod whose extended resources a generated claim serves."""
        name = f"{claim.namespace}/{claim.owner_pod}"
        is_asking = self.asking is not None and self.asking.name == name
        # Pods of a group do not exist yet; what one of them asks for is what the pod asked about does.
        return self.asking if is_asking else self.pods.get(name, self.asking)

    def used(self, quota: Quota, rule: RequestedLimit, without: Sequence[Charge] = ()) -> int:
        """How much of a limit the objects there are use, but for some that are asked about."""
        own, pods = {each.name for each in without if each.pod is None}, {each.name for each in without if each.pod}
        prefix = f"{quota.namespace}/"
        return sum(
            each.under(rule)
            for found, left_out in ((self.claims, own), (self.pods, pods))
            for name, each in found.items()
            if name not in left_out and name.startswith(prefix)
        )

    def refusal(self, claims: Sequence[Claim], quotas: Sequence[Quota]) -> Refusal | None:
        """The first object that the API server refuses; None if it takes all."""
        asked = self.asked(claims)
        for number, each in enumerate(asked):
            for quota in quotas:
                exceeded = tuple(sorted(self._exceeded(quota, asked, number)))
                if exceeded:
                    return Refusal(each.name.partition("/")[2], each.pod is not None, quota, exceeded)
        return None

    def _exceeded(self, quota: Quota, asked: Sequence[Charge], number: int) -> Iterator[tuple[str, int, int, int]]:
        """What one of the objects exceeds of a quota once those before it are created."""
        if not asked[number].name.startswith(f"{quota.namespace}/"):
            return
        for rule in quota.rules:
            if isinstance(rule, RequestedDeviceLimit | ExtendedResourceLimit | ClaimLimit):
                wanted = asked[number].under(rule)
                used = self.used(quota, rule, asked) + sum(each.under(rule) for each in asked[:number])
                if wanted and used + wanted > rule.most:
                    yield rule.resource_name, wanted, used, rule.most


def is_generated(claim: Claim) -> bool:
    """Whether the scheduler makes, or made, a claim for a pod's extended resources."""
    return claim.annotations.get(EXTENDED_CLAIM) == "true"


def claim_amounts(claim: Claim, extended: ExtendedNames | None, of_pod: Amounts) -> dict[str, int]:
    """What a claim is charged with; ``of_pod`` is what its pod is charged with for the same devices."""
    devices = requested_devices(claim)
    amounts = {CLAIMS: 1, **{name + DEVICES_OF_CLASS: count for name, count in devices.items()}}
    if extended is None:
        return amounts
    found: dict[str, int] = {}
    for name, count in devices.items():
        found[REQUESTS + IMPLICIT_EXTENDED_RESOURCE + name] = count
        resource = extended.get(name)
        if resource is not None:
            # Of several classes with one resource Kubernetes counts any one; the greatest number is the safe answer.
            found[REQUESTS + resource] = max(count, found.get(REQUESTS + resource, 0))
    left = {name: count - of_pod.get(name, 0) for name, count in found.items()}
    return {**amounts, **{name: count for name, count in left.items() if count > 0}}


def requested_devices(claim: Claim) -> dict[str, int]:
    """The devices that a claim asks for, by class, as ResourceQuota counts them (KEP-4381).

    Mode All counts as the most that a claim can hold; of the alternatives of a request each class counts once, with its
    greatest number; an unknown mode counts nothing.
    """
    counts: dict[str, int] = {}
    for request in claim.requests:
        greatest: dict[str, int] = {}
        for demand in request.demands:
            match demand.allocation_mode:
                case AllocationMode.ALL:
                    number = MOST_RESULTS
                case AllocationMode.EXACT_COUNT:
                    number = demand.count
                case _:
                    number = 0
            greatest[demand.device_class_name] = max(number, greatest.get(demand.device_class_name, 0))
        for name, number in greatest.items():
            counts[name] = counts.get(name, 0) + number
    return counts
