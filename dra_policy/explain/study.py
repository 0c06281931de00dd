"""One question with everything computed for it: spots, narrowed requests, what is held by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.compiler.compiled import CompiledClaim, CompiledDemand, CompiledSelector
from dra_policy.evaluate import Evaluator, reads_unique
from dra_policy.explain.filters import Ground
from dra_policy.explain.groups import ValueIndex
from dra_policy.explain.kept_spots import KeptSpots
from dra_policy.explain.narrowing import Narrowed, narrow
from dra_policy.explain.spots import Spot
from dra_policy.fleet import Fleet, Frame, NodeAdmission
from dra_policy.model import Claim, Dialect, DistinctAttribute, MatchAttribute
from dra_policy.record import dataclass, field, replace
from dra_policy.values.bit_sets import union


@dataclass(frozen=True, slots=True)
class StudiedRequest:
    """A request with each of its alternatives counted."""

    claim: Claim
    name: str
    alternatives: tuple[Narrowed, ...]
    prioritized: bool = False

    @property
    def ok(self) -> tuple[bool, ...]:
        """Per spot: whether some alternative alone can be served there."""
        return tuple(any(flags) for flags in zip(*(one.ok for one in self.alternatives), strict=True))

    @property
    def least(self) -> int:
        """The least number of devices that serve it."""
        return min((one.wanted for one in self.alternatives), default=0)

    @property
    def left(self) -> tuple[int, ...]:
        """Per spot the devices that are left to some alternative."""
        return tuple(union(masks) for masks in zip(*(one.left for one in self.alternatives), strict=True))

    def is_ok_on(self, number: int) -> bool:
        """Whether some alternative alone can be served on a spot."""
        return any(one.ok[number] for one in self.alternatives)

    def left_on(self, number: int) -> int:
        """The devices of a spot that are left to some alternative."""
        return union(one.left[number] for one in self.alternatives)

    @property
    def nearest(self) -> Narrowed:
        """The alternative that comes nearest to being served, the first of those that come equally near."""
        return max(self.alternatives, key=nearness)

    def nearest_on(self, number: int) -> Narrowed:
        """The alternative that comes nearest on a spot."""
        return max(self.alternatives, key=lambda one: (one.ok[number], share_of(one, number, one.left[number])))

    @property
    def is_ok(self) -> bool:
        """Whether it can be served on some node, taken alone."""
        return any(one.funnel.ok for one in self.alternatives)


def nearness(narrowed: Narrowed) -> tuple[bool, float, float]:
    """How near a demand comes to being served on its best spot; larger is nearer.

    What can be had decides, then what matches, whether or not it can be had.
    """
    numbers = range(len(narrowed.left))
    left = max((share_of(narrowed, number, narrowed.left[number]) for number in numbers), default=0.0)
    matching = max((share_of(narrowed, number, narrowed.matching[number]) for number in numbers), default=0.0)
    return narrowed.funnel.ok, left, matching


def share_of(narrowed: Narrowed, number: int, mask: int) -> float:
    """Which share of the wanted devices of a spot a mask has; mode All wants every matching one."""
    wanted = max(narrowed.matching[number].bit_count(), 1) if narrowed.is_all else narrowed.wanted
    return min(mask.bit_count() / wanted, 1.0) if wanted else 1.0


@dataclass(frozen=True, slots=True)
class Study:
    """The requests of the claims over one state of the fleet; ``idle`` counts held devices as free."""

    fleet: Fleet = field(repr=False)
    ground: Ground = field(repr=False)
    claims: tuple[CompiledClaim, ...]
    requests: tuple[StudiedRequest, ...]
    index: ValueIndex = field(repr=False)

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where devices can be had."""
        return self.ground.spots

    @property
    def idle(self) -> bool:
        """Whether held devices count as free."""
        return self.ground.idle

    def shareable(self, number: int) -> int:
        """The devices of a spot that several requests can have."""
        if not self.ground.features.consumable_capacity:
            return 0
        found = 0
        for each in self.spots[number].slices:
            for index, device in enumerate(each.frame.devices):
                found |= bool(device.allow_multiple_allocations) << each.start + index
        return found


def study(
    claims: Sequence[CompiledClaim],
    fleet: Fleet,
    evaluator: Evaluator,
    admission: NodeAdmission | None = None,
    kept: KeptSpots | None = None,
) -> Study:
    """Count every request of the claims over the fleet as it is; ``admission`` are the nodes that their pod may use.

    ``kept`` is what questions before this one found out about the fleet, which did not change since.
    """
    spots, known = (kept or KeptSpots()).of(fleet, _reads_own_values(claims), admission)
    ground = Ground(spots, evaluator, fleet.features, admission=admission, known=known)
    return _studied(tuple(claims), fleet, ground, ValueIndex(_dialect(claims)))


def _dialect(claims: Sequence[CompiledClaim]) -> Dialect:
    return claims[0].claim.dialect if claims else Dialect.V1


def as_if_idle(found: Study) -> Study:
    """The same question with nothing held."""
    return _studied(found.claims, found.fleet, replace(found.ground, idle=True), found.index)


def of_claim(found: Study, claim: CompiledClaim) -> Study:
    """The part of a study that is about one claim."""
    requests = tuple(request for request in found.requests if request.claim is claim.claim)
    return replace(found, claims=(claim,), requests=requests)


def _studied(claims: tuple[CompiledClaim, ...], fleet: Fleet, ground: Ground, index: ValueIndex) -> Study:
    requests = tuple(
        StudiedRequest(
            each.claim,
            request.request.name,
            tuple(narrow(each.claim, request.request.name, demand, ground, index) for demand in request.alternatives),
            request.request.prioritized,
        )
        for each in claims
        for request in each.requests
    )
    return Study(fleet, ground, claims, requests, index)


def _reads_own_values(claims: Sequence[CompiledClaim]) -> Callable[[Frame], bool]:
    """Whether a frame's slices differ in something that the claims ask about."""
    selectors = [selector for demand in demands_of(claims) for selector in selectors_of(demand)]
    conditions = [selector.condition for selector in selectors if selector.condition is not None]
    attributes = {
        constraint.attribute
        for each in claims
        for constraint in each.claim.constraints
        if isinstance(constraint, MatchAttribute | DistinctAttribute)
    }
    attributes |= {name.rpartition("/")[2] for name in attributes}

    def reads_own_values(frame: Frame) -> bool:
        if not frame.unique:
            return False
        return bool(attributes & frame.unique) or any(reads_unique(condition, frame) for condition in conditions)

    return reads_own_values


def demands_of(claims: Sequence[CompiledClaim]) -> list[CompiledDemand]:
    """All demands of some claims, alternatives included."""
    return [demand for each in claims for request in each.requests for demand in request.alternatives]


def selectors_of(demand: CompiledDemand) -> tuple[CompiledSelector, ...]:
    """The selectors of a demand in the order of evaluation: its class's first."""
    return (*(demand.device_class.selectors if demand.device_class else ()), *demand.selectors)
