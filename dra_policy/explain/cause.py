"""What a cause is, and the devices that a single row keeps away."""

from __future__ import annotations

from dra_policy.explain.evidence import Evidence
from dra_policy.explain.explanation import Reason
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import Study
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something does not fit: the code, the reason, evidence of its own where a funnel does not show it."""

    code: str
    reason: Reason
    evidence: tuple[Evidence, ...] = ()


def blocked_only_by(found: Study, narrowed: Narrowed, row_id: str, text: str | None = None) -> tuple[int, ...]:
    """The devices that pass every row but one, which ``text`` names where several have its id."""
    masks = tuple(spot.all_devices for spot in found.spots)
    for each in narrowed.filters:
        passes = (
            each.passes if each.id != row_id or text not in (None, each.text) else tuple(~mask for mask in each.passes)
        )
        masks = tuple(left & right for left, right in zip(masks, passes, strict=True))
    return masks
