"""What k8srm asks of a request's devices together: sums of capacities, and shares of devices.

"Requests allows the user to specify the minimum resource requirements that must be satisfied across all devices
allocated for this claim" (k8srm-prototype, DeviceClaimDetail). A device offers what it provides, less what others hold
of it; where sharing is allowed, it is asked only for what is still missing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from dra_policy.allocate.problem import Alternative, Claim, Picks, Problem
from dra_policy.allocate.proof import Place
from dra_policy.compiler import CompiledClaim
from dra_policy.model import Demand, Device
from dra_policy.record import dataclass, replace
from dra_policy.values import Quantity

Consumed = Mapping[str, Quantity]
Offered = tuple[Quantity, ...]

_NOTHING = Quantity.of(0)


def has_totals(claims: Iterable[CompiledClaim]) -> bool:
    """Whether any demand asks for a sum, or for shares, in the way of k8srm."""
    return any(demand.total_capacity or demand.allow_shared for demand in _demands(claims))


def with_totals(problem: Problem, claims: Sequence[CompiledClaim], device_at: Callable[[int], Device]) -> Problem:
    """The problem with the sums as rules; devices of which shares are held are for those only who share."""
    held = sum(1 << position for position in problem.sharing.consumed)
    rules = list(problem.rules)
    restricted = []
    for number, (compiled, claim) in enumerate(zip(claims, problem.claims, strict=True)):
        requests = []
        for index, (written, request) in enumerate(zip(compiled.claim.requests, claim.requests, strict=True)):
            alternatives = tuple(
                each if demand.allow_shared else replace(each, candidates=each.candidates & ~held)
                for demand, each in zip(written.demands, request.alternatives, strict=True)
            )
            requests.append(replace(request, alternatives=alternatives))
            if any(demand.total_capacity for demand in written.demands):
                consumed = problem.sharing.consumed
                rules.append(TotalOnNode((number, index), written.demands, alternatives, device_at, consumed))
        restricted.append(Claim(tuple(requests), claim.constraints))
    return replace(problem, claims=tuple(restricted), rules=tuple(rules), twins=())


@dataclass(frozen=True, slots=True)
class _Total:
    """What one alternative needs, and what each position offers of it."""

    needed: Offered
    offered: Mapping[int, Offered]
    most: int

    def largest(self) -> Offered:
        """The most that one device offers of each."""
        return tuple([max(column, default=_NOTHING) for column in zip(*self.offered.values(), strict=True)])


class TotalOnNode:
    """That the devices of a request offer enough together; fulfils ``problem.Rule``."""

    def __init__(
        self,
        place: Place,
        demands: Sequence[Demand],
        alternatives: Sequence[Alternative],
        device_at: Callable[[int], Device],
        consumed: Mapping[int, Consumed],
    ) -> None:
        self._place = place
        self._totals = [
            _Total(
                tuple(demand.total_capacity.values()),
                {
                    position: tuple(left_of(device_at(position), demand.total_capacity, consumed.get(position, {})))
                    for position in _positions(each.candidates)
                },
                each.greatest,
            )
            for demand, each in zip(demands, alternatives, strict=True)
        ]
        self._largest = [total.largest() or (_NOTHING,) * len(total.needed) for total in self._totals]
        positions = {position for total in self._totals for position in total.offered}
        self._kinds = {
            position: tuple([total.offered.get(position) for total in self._totals]) for position in positions
        }

    @property
    def requests(self) -> frozenset[Place]:
        """The one request that it is about."""
        return frozenset((self._place,))

    @property
    def kinds(self) -> Mapping[int, Hashable]:
        """By position what it offers."""
        return self._kinds

    def state(self, picks: Picks) -> Hashable:
        """Nothing: it is decided when its request is filled."""
        return tuple([pick.position for pick in picks[self._place[0]] if pick.request == self._place[1]])

    def can_hold(self, picks: Picks) -> bool:
        """Whether as many more devices as may be taken could offer what is missing."""
        return self._suffices(picks, may_take_more=True)

    def holds(self, picks: Picks) -> bool:
        """Whether the devices offer enough."""
        return self._suffices(picks, may_take_more=False)

    def _suffices(self, picks: Picks, *, may_take_more: bool) -> bool:
        own = [pick for pick in picks[self._place[0]] if pick.request == self._place[1]]
        if not own:
            return True
        index = own[0].alternative
        total = self._totals[index]
        more = total.most - len(own) if may_take_more else 0
        sums = list(total.offered[own[0].position])
        for pick in own[1:]:
            sums = [one.add(other) for one, other in zip(sums, total.offered[pick.position], strict=True)]
        for _ in range(more):
            sums = [one.add(other) for one, other in zip(sums, self._largest[index], strict=True)]
        return all(found >= needed for found, needed in zip(sums, total.needed, strict=True))


def left_of(device: Device, names: Iterable[str], consumed: Consumed) -> Iterator[Quantity]:
    """What a device offers of each capacity beside what others hold: a capacity, or an attribute that is an amount."""
    for name in names:
        capacity = device.capacity.get(name)
        amount = device.attributes.get(name) if capacity is None else capacity.value
        offered = amount if isinstance(amount, Quantity) else _NOTHING
        yield offered.sub(consumed[name]) if name in consumed else offered


def share_of(device: Device, missing: Consumed, consumed: Consumed) -> dict[str, Quantity]:
    """What a share of the device is asked for: all that is left of it, or what is still missing if that is less."""
    left = dict(zip(missing, left_of(device, missing, consumed), strict=True))
    return {name: min(amount, left[name]) for name, amount in missing.items()}


def _demands(claims: Iterable[CompiledClaim]) -> Iterator[Demand]:
    return (demand for claim in claims for request in claim.claim.requests for demand in request.demands)


def _positions(mask: int) -> list[int]:
    return [position for position in range(mask.bit_length()) if mask >> position & 1]
