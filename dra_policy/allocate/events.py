"""Why Kubernetes refuses claims with an error, as values; and its texts for them."""

from __future__ import annotations

from dra_policy.allocate.capacity import CapacityFailure
from dra_policy.allocate.constraints import DerivationFailure
from dra_policy.allocate.selection import SelectorFailure
from dra_policy.fleet import NodeView, PoolState, UnreadableSelector
from dra_policy.model import Claim, Request
from dra_policy.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """A claim that no node can change anything about; ``text`` is the whole error, which may begin with its name.

    ``kind`` says what is refused: ``alternatives``, ``capacity``, ``derived-attributes``, ``admin-access``,
    ``empty-selector``, ``no-class``, ``unknown-class``, ``mode``, ``count``, ``sum`` or ``constraint``. ``request`` is
    ``request`` or ``request/alternative``, empty for a constraint; ``value`` the feature gate, class, mode or number.
    ``claim`` is the claim's place among those that are asked for.
    """

    text: str
    kind: str
    claim_name: str = ""
    request: str = ""
    value: str = ""
    claim: int = 0

    def said_of(self, named: Claim, claim: Claim) -> InvalidRequest:
        """The same of a claim that asks for what the named one does."""
        beginning = f"claim {printed_claim(named)}, "
        text = f"claim {printed_claim(claim)}, {self.text.removeprefix(beginning)}"
        return replace(self, text=text, claim_name=claim.full_name)


@dataclass(frozen=True, slots=True)
class FeatureDisabled(InvalidRequest):
    """A claim that uses a feature which is off."""


@dataclass(frozen=True, slots=True)
class TooManyDevices(InvalidRequest):
    """A claim that wants more devices than one can hold."""


@dataclass(frozen=True, slots=True)
class BrokenPool:
    """Mode All meets a pool (index in the layout) that is incomplete or invalid."""

    claim: int
    request: int
    alternative: int
    pool: int


@dataclass(frozen=True, slots=True)
class InvalidPools:
    """Nothing was found, and a pool of the node is invalid: an error that concerns this node only."""


def request_name(claim: Claim, request: int, alternative: int) -> str:
    """The name that errors print: the alternative's own where a request has several."""
    written = claim.requests[request]
    return written.demands[alternative].name if written.prioritized else written.name


def result_name(request: Request, alternative: int) -> str:
    """The name that results print: ``request``, or ``request/alternative``."""
    return f"{request.name}/{request.demands[alternative].name}" if request.prioritized else request.name


def printed_claim(claim: Claim) -> str:
    """``namespace/name``, or the name alone where there is no namespace (klog.KObj)."""
    return claim.full_name if claim.namespace else claim.name


def broken_pool_text(event: BrokenPool, claim: Claim, view: NodeView) -> str:
    """Kubernetes' text for mode All with a broken pool."""
    state = view.layout.pools[event.pool].state
    what = "currently being updated" if state is PoolState.INCOMPLETE else "currently invalid"
    name = request_name(claim, event.request, event.alternative)
    pool = view.pools[event.pool]
    return f"claim {printed_claim(claim)}, request {name}: asks for all devices, but resource pool {pool} is {what}"


def violated_by_all_text(claim: Claim, request: str, device: str) -> str:
    """Kubernetes' text for mode All with a device that a constraint refuses."""
    return (
        f"claim {printed_claim(claim)}, request {request}: cannot add device {device} "
        "because a claim constraint would not be satisfied"
    )


def failing_visit_text(
    failure: SelectorFailure | UnreadableSelector | CapacityFailure, claim: Claim, request: str, device: str
) -> str:
    """Kubernetes' text for a device on which a selector, its node selector or the arithmetic of a capacity fails."""
    if isinstance(failure, UnreadableSelector):
        return failure.text
    if isinstance(failure, CapacityFailure):
        return f"claim {printed_claim(claim)}, request {request}: checking capacity for device {device}: {failure.text}"
    owner = f"claim {printed_claim(claim)}" if failure.class_name is None else f"class {failure.class_name}"
    selector = f"{owner}: selector #{failure.selector.index}"
    if failure.failure is None:
        return f"{selector}: CEL compile error: {failure.selector.compile_error}"
    return f"{selector} on device {device}: CEL runtime error: {failure.failure.kubernetes_text}"


def derivation_text(failure: DerivationFailure, device: str) -> str:
    """Kubernetes' text for a derived attribute that cannot be computed; it names neither claim nor request."""
    return failure.text if failure.detail is None else f"{failure.text} {device} failed: {failure.detail}"


INVALID_POOLS_TEXT = "invalid resource pools were encountered"
