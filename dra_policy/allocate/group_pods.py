"""A group of pods as the allocator is asked about it, and its answer: all pods have a place, or so many of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from dra_policy.allocate.outcomes import NodeAnswer
from dra_policy.allocate.problem import RuleError, Solution
from dra_policy.allocate.quota import Ledger
from dra_policy.allocate.result import ClaimResult
from dra_policy.allocate.score import Strategy
from dra_policy.allocate.together import PodRules, Together
from dra_policy.allocate.wishes import Worth
from dra_policy.compiler import CompiledClaim
from dra_policy.model import Claim, DistinctAttribute, MatchAttribute, Quota, Requirement
from dra_policy.model.defaults import DEFAULT_BUDGET
from dra_policy.record import dataclass, field, replace

Limits = Callable[[Sequence[Claim]], Sequence[Quota] | Ledger | None]
"""What the quotas of the group's namespace leave when the given claims of the group hold their devices."""

Admit = Callable[[Sequence[Claim]], Container[str] | None]
"""The nodes that the pods may use when the given claims, which they share, have their devices; None: all."""

NamedClaims = tuple[tuple[str, Claim], ...]
"""Claims by the pods' names for them."""


@dataclass(frozen=True, slots=True)
class GroupPod:
    """One pod of a group: its claims, by the pod's own names, and what it says across them.

    ``claims`` are made for each pod anew; ``shared`` ones wait too, and get their devices once for all pods;
    ``allocated`` ones have them already.
    """

    names: tuple[str, ...]
    claims: tuple[CompiledClaim, ...]
    rules: PodRules | None = None
    shared_names: tuple[str, ...] = ()
    shared: tuple[CompiledClaim, ...] = ()
    allocated: NamedClaims = ()

    def together(self, names: tuple[str, ...], places: tuple[int, ...]) -> list[Together]:
        """What the pod says across its claims, those with these names standing at these places of a call."""
        rules = self.rules
        if rules is None:
            return []
        return [Together(names, rules.constraints, rules.requirements, rules.preferences, self.allocated, places)]


@dataclass(frozen=True, slots=True)
class GroupRules:
    """What a group says across its pods; ``own`` are the names of the claims that it has itself."""

    constraints: tuple[MatchAttribute | DistinctAttribute, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """What decides about a group beside its pods and the fleet.

    ``budget`` is the most steps for each pod. ``strategy``: of several ways to place all pods the best is looked for,
    by what the pods prefer and then by the strategy, summed over the pods.
    """

    budget: int = DEFAULT_BUDGET
    limits: Limits | None = None
    admit: Admit | None = None
    strategy: Strategy = Strategy.FIRST


@dataclass(frozen=True, slots=True)
class Placement:
    """Some pods of a group on one node; the results of each pod's claims follow each other in ``answer``.

    ``said`` is what each preference gives, summed over the pods; empty for an error.
    """

    pods: int
    answer: NodeAnswer
    solution: Solution
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupFit:
    """Where the pods go. ``served`` of the ``wanted`` find a place; ``is_proved``: no more can.

    ``order`` says which of the pods is which, by their places in ``placements``.
    ``shared`` are the shared claims with the devices that they got; the pods of the placements use them.
    ``worth``: what the pods prefer (``rules.Worth``). ``is_best``: nothing better exists, which is proved.
    ``errors`` are the run-time errors that rules were met with, by the ``id`` of the rule.
    ``most`` says of each node how many of the pods it serves by itself, whatever the others get.
    """

    placements: tuple[Placement, ...]
    served: int
    wanted: int
    is_proved: bool
    is_best: bool = True
    worth: Worth = ()
    shared: tuple[ClaimResult, ...] = ()
    order: tuple[int, ...] = ()
    errors: dict[int, RuleError] = field(default_factory=dict, compare=False, hash=False)
    most: dict[str, int] = field(default_factory=dict, compare=False, hash=False)

    @property
    def shared_claims(self) -> tuple[Claim, ...]:
        """The shared claims with their devices."""
        return held_claims(self.shared)

    @property
    def fits(self) -> bool:
        """Whether all of them are served."""
        return self.served >= self.wanted


def held_claims(results: Sequence[ClaimResult]) -> tuple[Claim, ...]:
    """Claims with what they got."""
    return tuple([replace(each.claim, allocation=each.allocation) for each in results])
