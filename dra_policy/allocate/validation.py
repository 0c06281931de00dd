"""What Kubernetes checks before it searches: the first claim, request or constraint that it refuses outright.

The order is the allocator's (Allocate, validateDeviceRequest): claims, in each its requests, in each its alternatives;
then the claim's constraints.
"""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate.events import (
    FeatureDisabled,
    InvalidRequest,
    TooManyDevices,
    printed_claim,
    request_name,
    result_name,
)
from dra_policy.allocate.problem import MOST_RESULTS
from dra_policy.compiler import CompiledClaim, CompiledDemand
from dra_policy.model import AllocationMode, Claim, Dialect, MatchAttribute, Quota, UnknownConstraint
from dra_policy.model.features import Features
from dra_policy.record import replace

_MOST_COUNT = 2**63 - 1


def is_refused(claim: CompiledClaim, features: Features, quotas: Sequence[Quota] | None) -> bool:
    """Whether anything below is wrong with a claim whose demands all want a number of devices."""
    so_far = 0
    for request, compiled in enumerate(claim.requests):
        if refused_request(claim, request, features) is not None:
            return True
        for alternative in range(len(compiled.alternatives)):
            if refused_demand(claim, request, alternative, features, quotas) is not None:
                return True
            if refused_count(claim, request, alternative) is not None:
                return True
        least = min([each.demand.count for each in compiled.alternatives])
        if refused_sum(claim, request, least, so_far) is not None:
            return True
        so_far += least
    return refused_constraint(claim, features) is not None


def refused_request(claim: CompiledClaim, request: int, features: Features) -> InvalidRequest | None:
    """What is wrong with the kind of a request, before its alternatives are looked at."""
    written = claim.claim.requests[request]
    name = printed_claim(claim.claim)
    if written.prioritized and not features.prioritized_list:
        text = f"claim {name}, request {written.name}: has subrequests, but the DRAPrioritizedList feature is disabled"
        return FeatureDisabled(text, "alternatives", claim.claim.full_name, written.name, "DRAPrioritizedList")
    if not features.consumable_capacity:
        for number, demand in enumerate(written.demands):
            if demand.capacity_requests:
                kind = f"subrequest {demand.name}" if written.prioritized else f"request {written.name}"
                text = f"claim {name}, {kind}: has capacity requests, but the DRAConsumableCapacity feature is disabled"
                where = result_name(written, number)
                return FeatureDisabled(text, "capacity", claim.claim.full_name, where, "DRAConsumableCapacity")
    if not written.demands:
        text = f"claim {name}, request {written.name}: missing device class name (unsupported request type?)"
        return InvalidRequest(text, "no-class", claim.claim.full_name, written.name)
    return None


def refused_demand(
    claim: CompiledClaim, request: int, alternative: int, features: Features, quotas: Sequence[Quota] | None
) -> InvalidRequest | None:
    """What is wrong with one alternative, up to the question how many devices it wants."""
    compiled = claim.requests[request].alternatives[alternative]
    reason = _refusal(claim.claim, compiled, features, quotas)
    if reason is None:
        return None
    separator = "" if reason.text.startswith(",") else ": "
    name = request_name(claim.claim, request, alternative)
    return replace(
        reason,
        text=f"claim {printed_claim(claim.claim)}, request {name}{separator}{reason.text}",
        claim_name=claim.claim.full_name,
        request=result_name(claim.claim.requests[request], alternative),
    )


def _refusal(
    claim: Claim, compiled: CompiledDemand, features: Features, quotas: Sequence[Quota] | None
) -> InvalidRequest | None:
    """The refusal without the names of claim and request."""
    demand = compiled.demand
    if demand.derived_attributes and not features.derived_attributes:
        text = "cannot handle request with derived attributes, the feature is disabled"
        return FeatureDisabled(text, "derived-attributes", value="DRADerivedAttributes")
    for index, selector in enumerate(demand.selectors):
        if not selector.expression and claim.dialect.is_kubernetes:
            text = f", selector #{index}: CEL expression empty (unsupported selector type?)"
            return InvalidRequest(text, "empty-selector", value=str(index))
    if demand.admin_access is not None and not features.admin_access:
        text = "admin access is requested, but the feature is disabled"
        return FeatureDisabled(text, "admin-access", value="DRAAdminAccess")
    if demand.admin_access and not _is_admin_access_allowed(claim, quotas):
        text = f"admin access is not allowed in namespace {claim.namespace}: no Quota there permits it"
        return InvalidRequest(text, "admin-access", value=claim.namespace)
    if not demand.device_class_name:
        # In dra-evolution a request may do without a class.
        if claim.dialect is Dialect.EVOLUTION:
            return None
        return InvalidRequest("missing device class name (unsupported request type?)", "no-class")
    if compiled.device_class is None:
        name = demand.device_class_name
        missing = f'deviceclasses.resource.k8s.io "{name}" not found'
        return InvalidRequest(f"could not retrieve device class {name}: {missing}", "unknown-class", value=name)
    return None


def _is_admin_access_allowed(claim: Claim, quotas: Sequence[Quota] | None) -> bool:
    """dra-evolution denies admin access unless a Quota of the namespace allows it; None: quotas are not looked at."""
    if quotas is None or claim.dialect is not Dialect.EVOLUTION:
        return True
    return any(quota.allows_admin_access for quota in quotas if quota.governs(claim.namespace))


def refused_count(claim: CompiledClaim, request: int, alternative: int) -> InvalidRequest | None:
    """What is wrong with the mode or the count of an alternative that wants a number of devices."""
    demand = claim.requests[request].alternatives[alternative].demand
    mode = demand.allocation_mode
    if isinstance(mode, AllocationMode) and demand.count <= _MOST_COUNT:
        return None
    where = f"claim {printed_claim(claim.claim)}, request {request_name(claim.claim, request, alternative)}"
    place = claim.claim.full_name, result_name(claim.claim.requests[request], alternative)
    if not isinstance(mode, AllocationMode):
        return InvalidRequest(f"{where}: unsupported count mode {mode}", "mode", *place, mode)
    return InvalidRequest(f"{where}: exact count {demand.count} is too large", "count", *place, str(demand.count))


def refused_sum(claim: CompiledClaim, request: int, least: int, so_far: int) -> InvalidRequest | None:
    """Whether the claim's requests so far want more devices than one claim can hold."""
    if least <= MOST_RESULTS - so_far:
        return None
    name = claim.claim.requests[request].name
    text = (
        f"claim {printed_claim(claim.claim)}, request {name}: adding {least} devices exceeds the claim limit of "
        f"{MOST_RESULTS}, with {so_far} already accounted for"
    )
    return TooManyDevices(text, "sum", claim.claim.full_name, name, str(least + so_far))


def refused_constraint(claim: CompiledClaim, features: Features) -> InvalidRequest | None:
    """Whether a constraint is of no known kind, or of one that Kubernetes does not know with these features."""
    for index, constraint in enumerate(claim.claim.constraints):
        if isinstance(constraint, MatchAttribute):
            continue
        name = printed_claim(claim.claim)
        text = f"claim {name}, constraint #{index}: empty constraint (unsupported constraint type?)"
        if isinstance(constraint, UnknownConstraint):
            return InvalidRequest(text, "constraint", claim.claim.full_name, value=str(index))
        if claim.claim.dialect.is_kubernetes and not features.knows_distinct_attributes:
            # The field came with this gate; without it the API server drops the field.
            return FeatureDisabled(text, "distinct", claim.claim.full_name, value="DRAConsumableCapacity")
    return None
