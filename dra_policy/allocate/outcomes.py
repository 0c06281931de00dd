"""What a node answers: devices for all claims, none, an error with Kubernetes' text, or an undecided search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.allocate.capacity import CapacityFailure
from dra_policy.allocate.events import (
    INVALID_POOLS_TEXT,
    BrokenPool,
    InvalidPools,
    InvalidRequest,
    broken_pool_text,
    derivation_text,
    failing_visit_text,
    request_name,
    violated_by_all_text,
)
from dra_policy.allocate.plan import Plan
from dra_policy.allocate.problem import (
    BudgetSpent,
    FailingDerivation,
    FailingVisit,
    NoSolution,
    Solution,
    ViolatedByAll,
)
from dra_policy.allocate.result import ClaimResult, UnsupportedSelector, claim_results
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import NodeView, UnreadableSlice
from dra_policy.model import AllocationMode, DeviceId
from dra_policy.record import dataclass

Event = (
    InvalidRequest
    | UnreadableSlice
    | BrokenPool
    | FailingVisit
    | ViolatedByAll
    | FailingDerivation
    | UnsupportedSelector
    | InvalidPools
)


@dataclass(frozen=True, slots=True)
class Allocated:
    """All claims get devices on the node."""

    results: tuple[ClaimResult, ...]


@dataclass(frozen=True, slots=True)
class NotAllocated:
    """The claims do not fit on the node; Kubernetes gives no reason."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Kubernetes answers with an error.

    ``is_node_local``: scheduling goes on on other nodes; otherwise it ends for the pod. ``device`` is the one that was
    visited, if the error is about one.
    """

    text: str
    event: Event
    device: DeviceId | None = None

    @property
    def is_node_local(self) -> bool:
        """Whether only this node is concerned."""
        return isinstance(self.event, InvalidPools)


@dataclass(frozen=True, slots=True)
class Undecided:
    """The search was stopped after its budget of steps."""

    budget: int


NodeOutcome = Allocated | NotAllocated | Failed | Undecided


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """The answer of one node, after so many steps of search (0 where nodes alike were searched before)."""

    node: str
    outcome: NodeOutcome
    steps: int


GroupEvent = Solution | NoSolution | Event | BudgetSpent
"""What claims meet on nodes that look alike to them."""


def outcome_of(
    event: GroupEvent, plan: Plan, claims: Sequence[CompiledClaim], view: Callable[[], NodeView]
) -> NodeOutcome:
    """What an event says of one node; ``claims`` may have other names than the plan's."""
    match event:
        case Solution() as solution:
            results = claim_results(solution, claims, view(), plan.demands.features)
            return Failed(results.text, results) if isinstance(results, UnsupportedSelector) else Allocated(results)
        case NoSolution():
            return NotAllocated()
        case BudgetSpent():
            return Undecided(plan.budget)
        case InvalidRequest(claim=claim):
            refusal = event.said_of(plan.claims[claim].claim, claims[claim].claim)
            return Failed(refusal.text, refusal)
        case UnreadableSlice() | UnsupportedSelector():
            return Failed(event.text, event)
        case InvalidPools():
            return Failed(INVALID_POOLS_TEXT, event)
        case BrokenPool(claim=claim):
            return Failed(broken_pool_text(event, claims[claim].claim, view()), event)
        case ViolatedByAll(claim=claim):
            device = view().device_id(event.position)
            name = request_name(claims[claim].claim, event.request, event.alternative)
            return Failed(violated_by_all_text(claims[claim].claim, name, str(device)), event, device)
        case FailingDerivation(failure=failure):
            device = view().device_id(event.position)
            return Failed(derivation_text(failure, str(device)), event, device)
        case FailingVisit():
            return _failed_visit(event, plan, claims, view())


def _failed_visit(event: FailingVisit, plan: Plan, claims: Sequence[CompiledClaim], view: NodeView) -> Failed:
    selection = plan.demands.selections[event.claim][event.request][event.alternative]
    failure = selection.failure(view.device(event.position), view.unreadable_selector(event.position))
    device = view.device_id(event.position)
    printed = str(device)
    if isinstance(failure, CapacityFailure) and selection.demand.allocation_mode is AllocationMode.ALL:
        # While mode All collects its devices, Kubernetes names them without driver and pool.
        printed = device.device
    claim = claims[event.claim].claim
    name = request_name(claim, event.request, event.alternative)
    return Failed(failing_visit_text(failure, claim, name, printed), event, device)
