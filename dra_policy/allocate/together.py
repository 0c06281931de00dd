"""What a policy says across the claims of a pod, and of which claims of a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from dra_policy.allocate.constraints import State
from dra_policy.allocate.problem import Claim as ProblemClaim
from dra_policy.allocate.problem import Pick, Rule
from dra_policy.cel.device_lists import ListedDevice
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Fleet, Frame
from dra_policy.model import Claim, DistinctAttribute, MatchAttribute, Pod, Preference, Requirement, UnknownConstraint
from dra_policy.record import dataclass

Listed = Callable[[int, Pick], ListedDevice]
"""A pick of a claim (by its place in the call) as rules see it."""


class NodeRules(Protocol):
    """Rules that are made for the problem of each node."""

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether nodes whose slices have the frame may differ to them."""
        ...

    def on(self, claims: Sequence[ProblemClaim], listed: Listed) -> Iterable[Rule]:
        """The rules over the claims of a call on a node."""
        ...


@dataclass(frozen=True, slots=True)
class Together:
    """What a pod or group says across claims (``pod`` and ``group`` of a policy).

    It is about the claims at some ``places`` of a call (none given: the first ones): ``names`` are their names in the
    pod. ``allocated`` are claims that have their devices already, by name: they take part as they are. A constraint
    names ``CLAIM/REQUEST``, ``CLAIM`` for all requests of one, or nothing for all; ``start`` is, for each constraint,
    what devices elsewhere have in common (or together). ``rules`` concern all claims of the call.
    """

    names: tuple[str, ...]
    constraints: tuple[MatchAttribute | DistinctAttribute, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    preferences: tuple[Preference, ...] = ()
    allocated: tuple[tuple[str, Claim], ...] = ()
    places: tuple[int, ...] = ()
    start: tuple[State, ...] = ()
    rules: tuple[NodeRules, ...] = ()

    def claims_of(self, claims: Sequence[CompiledClaim]) -> list[tuple[int, str, CompiledClaim]]:
        """The claims that it is about: index, name, claim."""
        places = self.places or range(len(self.names))
        return [(place, name, claims[place]) for place, name in zip(places, self.names, strict=True)]


@dataclass(frozen=True, slots=True)
class PodRules:
    """What a pod says across its claims, whichever of them are asked for.

    ``names`` are the pod's names of its claims, by ``namespace/name``; ``allocated`` those that have their devices.
    """

    names: tuple[tuple[str, str], ...]
    constraints: tuple[MatchAttribute | DistinctAttribute, ...]
    requirements: tuple[Requirement, ...]
    preferences: tuple[Preference, ...]
    allocated: tuple[tuple[str, Claim], ...]

    def over(self, claims: Iterable[CompiledClaim]) -> tuple[Together, ...]:
        """What holds across some of the pod's claims: rules only where none of those that wait is left out."""
        names = dict(self.names)
        asked = tuple(names.get(each.claim.full_name, each.claim.name) for each in claims)
        is_whole = set(asked) | {name for name, _ in self.allocated} >= set(names.values())
        requirements, preferences = (self.requirements, self.preferences) if is_whole else ((), ())
        return (Together(asked, self.constraints, requirements, preferences, self.allocated),)


def pod_rules(pod: Pod | None, claims: Sequence[Claim]) -> PodRules | None:
    """The rules of a pod whose entries are these claims, in its order; None for one without any, as nearly all are."""
    if pod is None or not (pod.constraints or pod.requirements or pod.preferences):
        return None
    # A claim for extended resources comes after those of the entries, and no rule can name it.
    named = [(entry.name, claim) for entry, claim in zip(pod.claims, claims, strict=False)]
    return PodRules(
        tuple((claim.full_name, name) for name, claim in named),
        tuple(each for each in pod.constraints if not isinstance(each, UnknownConstraint)),
        pod.requirements,
        pod.preferences,
        tuple((name, claim) for name, claim in named if claim.allocation is not None),
    )


def listed_devices(claim: Claim, fleet: Fleet, node: str | None = None) -> Iterator[tuple[str, ListedDevice]]:
    """What an allocated claim holds, as far as it is published, with the request (or ``request/alternative``).

    ``node`` is the one that its pod runs on, where that is known.
    """
    classes = {
        f"{request.name}/{demand.name}" if request.prioritized else request.name: demand.device_class_name
        for request in claim.requests
        for demand in request.demands
    }
    for each in claim.allocation.devices if claim.allocation is not None else ():
        found = fleet.find(each.device)
        if found is not None:
            loaded, index = found
            fields = {
                "claim": claim.name,
                "request": each.request.partition("/")[0],
                "class": classes.get(each.request, ""),
                "pool": each.device.pool,
                "node": node or loaded.envelope.node_name or "",
            }
            yield each.request, ListedDevice(loaded.device(index), fields)
