"""Selectors that would stop the pod on a device that is not visited now: one that is held, or behind a fitting one."""

from __future__ import annotations

from dra_policy.compiler.compiled import CompiledDemand, CompiledSelector
from dra_policy.explain.evidence import LatentError
from dra_policy.explain.filters import predicate_masks
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Masks, count_devices
from dra_policy.explain.study import Study, selectors_of
from dra_policy.explain.wording import noun_of_masks
from dra_policy.ir import CelFailure
from dra_policy.values.bit_sets import positions

_MOST = 2


def latent_errors(found: Study) -> tuple[LatentError, ...]:
    """The first selector of each request that fails on some device of a usable pool which those before it pass."""
    errors: list[LatentError] = []
    for request in found.requests:
        for narrowed in request.alternatives:
            error = _latent_error(found, narrowed)
            if error is not None and all(error.place != other.place for other in errors):
                errors.append(error)
    return tuple(errors[:_MOST])


def stopping_devices(found: Study, demand: CompiledDemand, failing: CompiledSelector | None = None) -> Masks:
    """The devices on which a selector fails and all before it hold; no devices if none fails.

    ``failing`` None: the first selector that fails on any.
    """
    # Of a node that the pod cannot use nothing is visited.
    masks = tuple(0 if spot.refusal else spot.all_devices & ~spot.ignored for spot in found.spots)
    for selector in selectors_of(demand):
        if selector.condition is None:
            break
        passes, errors = predicate_masks(selector.condition, found.ground)
        stopping = tuple(left & right for left, right in zip(masks, errors, strict=True))
        if selector is failing or (failing is None and any(stopping)):
            return stopping
        masks = tuple(left & right for left, right in zip(masks, passes, strict=True))
    return tuple(0 for _ in found.spots)


def _latent_error(found: Study, narrowed: Narrowed) -> LatentError | None:
    masks = stopping_devices(found, narrowed.demand)
    number = next((index for index, mask in enumerate(masks) if mask), None)
    if number is None:
        return None
    spot = found.spots[number]
    device = spot.device(positions(masks[number])[0])
    for selector in selectors_of(narrowed.demand):
        outcome = selector.condition.program.evaluate(device) if selector.condition is not None else False
        if isinstance(outcome, CelFailure):
            place = selector_place(narrowed, selector)
            return LatentError(
                place, count_devices(found.spots, masks), noun_of_masks(found.spots, masks), outcome.text
            )
    return None


def selector_place(narrowed: Narrowed, selector: CompiledSelector) -> str:
    """A selector as kubectl names its object: ``deviceclass/accel selector 0``, ``request gpu selector 1``."""
    of_class = narrowed.demand.device_class
    if of_class is not None and any(selector is one for one in of_class.selectors):
        return f"deviceclass/{of_class.device_class.name} selector {selector.index}"
    return f"request {narrowed.request} selector {selector.index}"
