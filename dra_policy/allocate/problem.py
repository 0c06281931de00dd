"""An allocation problem on one node: bit sets, numbers and tuples; no names, no CEL, no manifests."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dra_policy.allocate.capacity import Consumption
from dra_policy.allocate.constraints import Code, DerivationFailure, Relation, State
from dra_policy.allocate.proof import Bound, Place
from dra_policy.model import Preference, Requirement
from dra_policy.record import dataclass, field
from dra_policy.values import Quantity

if TYPE_CHECKING:
    from fractions import Fraction

MOST_RESULTS = 32
"""AllocationResultsMaxSize: the most devices that one claim can hold."""


@dataclass(frozen=True, slots=True, guarded=False)
class Alternative:
    """One demand. Masks are over the positions of the node's layout.

    ``candidates`` pass everything that does not depend on other picks; devices in use are among them.
    ``failing``: visiting one of them (not in use, or with admin access) is a fatal error.
    ``everything``: the devices of mode All in order, of which each must be had; None for a count.
    ``constraints`` are indices into the claim's constraints that concern it.
    ``consumption``: what it takes of shareable devices, and of devices of which shares are in use.
    ``derived``: by constraint, the values of positions where the request derives the attribute itself.
    ``most``: of a range of counts the greatest; ``count`` is then the least, and fewer devices come first. 0: no range.
    """

    candidates: int
    failing: int
    count: int
    everything: tuple[int, ...] | None = None
    is_admin: bool = False
    constraints: tuple[int, ...] = ()
    consumption: Mapping[int, Consumption] = field(default_factory=dict)
    derived: Mapping[int, Mapping[int, Code | DerivationFailure]] = field(default_factory=dict)
    most: int = 0

    @property
    def greatest(self) -> int:
        """The most devices that it may get."""
        return max(self.count, self.most)


@dataclass(frozen=True, slots=True, guarded=False)
class Request:
    """Alternatives in the order in which they are tried."""

    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, guarded=False)
class Constraint:
    """A relation, with the value of each position that some candidate has."""

    relation: Relation
    codes: Mapping[int, Code]


@dataclass(frozen=True, slots=True, guarded=False)
class Claim:
    """The requests of a claim in order, and what must hold between their devices."""

    requests: tuple[Request, ...]
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Joint:
    """A constraint across claims: ``concerned`` are the (claim, request, alternative) that come under it.

    ``start`` is what the devices of claims that are allocated already have in common (or together).
    """

    constraint: Constraint
    concerned: frozenset[tuple[int, int, int]]
    start: State = None


@dataclass(frozen=True, slots=True)
class Counters:
    """Shared counters as one row of numbers (billionths).

    ``left`` is what claims leave of each; ``drawn`` what a position draws, as (column, amount); ``pools`` the columns
    of the pool that a position belongs to: all of them are looked at when one of its devices is taken.
    """

    left: tuple[int, ...] = ()
    drawn: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    pools: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompatibilityGroups:
    """Which devices may draw from one counter set: ``joins`` maps a position to its (counter set, groups).

    ``common`` are the groups that the allocated devices of a set have in common; see ``fleet.Usage.peers``.
    """

    common: Mapping[int, frozenset[str] | None] = field(default_factory=dict)
    joins: Mapping[int, tuple[tuple[int, frozenset[str]], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Devices of which shares are given: the ``shareable`` ones, and what is consumed of any.

    ``capacity`` has the devices that some alternative's ``consumption`` names; ``consumed`` those of which existing
    claims have shares. The counters of a shareable device in use are paid for.
    """

    shareable: int = 0
    capacity: Mapping[int, Mapping[str, Quantity]] = field(default_factory=dict)
    consumed: Mapping[int, Mapping[str, Quantity]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charges:
    """Limits of quotas: ``left`` of each, and what a position adds to each, by (claim, request, alternative)."""

    left: tuple[int, ...] = ()
    drawn: Mapping[tuple[int, int, int], Mapping[int, tuple[int, ...]]] = field(default_factory=dict)


class Rule(Protocol):
    """What must be true of the picks of some requests together; Kubernetes has nothing like it.

    ``picks`` are those of every claim so far, in order. A rule never ends the search with an error.
    """

    @property
    def requests(self) -> frozenset[Place]:
        """The requests whose picks it reads."""
        ...

    @property
    def kinds(self) -> Mapping[int, Hashable]:
        """By position all that it can tell of a device: of one kind one is as good as another."""
        ...

    def state(self, picks: Picks) -> Hashable:
        """All of the picks so far that its answer will still depend on."""
        ...

    def can_hold(self, picks: Picks) -> bool:
        """Whether it may still come true with more picks."""
        ...

    def holds(self, picks: Picks) -> bool:
        """Whether it is true; asked when all its requests are filled."""
        ...


@dataclass(frozen=True, slots=True, guarded=False)
class Problem:
    """All claims of one call on one node; devices ``in_use`` are held by existing claims.

    ``is_violation_fatal``: whether mode All ends everything where a constraint refuses one of its devices.
    ``twins`` has for each position the bit set of those that are interchangeable with it, itself included; empty where
    that is not known. ``joint`` constraints and ``rules`` concern requests of several claims.
    """

    claims: tuple[Claim, ...]
    in_use: int
    sharing: Sharing = Sharing()
    counters: Counters = Counters()
    groups: CompatibilityGroups = CompatibilityGroups()
    is_violation_fatal: bool = True
    twins: tuple[int, ...] = ()
    charges: Charges = Charges()
    joint: tuple[Joint, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, guarded=False)
class Pick:
    """One device of a solution: indices of request and alternative in the claim, and the position.

    ``consumed`` is what the pick takes of a shareable device's capacities.
    """

    request: int
    alternative: int
    position: int
    consumed: Consumption = ()


Picks = Sequence[Sequence[Pick]]
"""The picks of each claim."""


@dataclass(frozen=True, slots=True, guarded=False)
class Solution:
    """The first solution in Kubernetes' order: the picks of each claim, in order."""

    claims: tuple[tuple[Pick, ...], ...]
    chosen: tuple[tuple[int, ...], ...]
    """Per claim and request the alternative that was chosen."""


@dataclass(frozen=True, slots=True)
class NoSolution:
    """Nothing fits. ``bound`` says how that was proved without search, if it was."""

    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class FailingVisit:
    """A selector, or the arithmetic of a capacity, failed on a device that the search visited."""

    claim: int
    request: int
    alternative: int
    position: int


@dataclass(frozen=True, slots=True)
class ViolatedByAll:
    """A constraint refuses a device that mode All must have."""

    claim: int
    request: int
    alternative: int
    position: int


@dataclass(frozen=True, slots=True)
class FailingDerivation:
    """A constraint compares a derived attribute that could not be computed for the device."""

    claim: int
    request: int
    alternative: int
    position: int
    failure: DerivationFailure


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """The search was stopped: nothing is known."""


Outcome = Solution | NoSolution | FailingVisit | ViolatedByAll | FailingDerivation | BudgetSpent


@dataclass(frozen=True, slots=True)
class RuleError:
    """A run-time error of a rule: the first picks that met it, and the device that it is about (empty: none).

    It rejected the solution, or, of a preference, made it worth least.
    """

    rule: Requirement | Preference
    text: str
    picks: tuple[Pick, ...]
    device: str = ""


@dataclass(frozen=True, slots=True, guarded=False)
class Searched:
    """What a search found, and how many steps (devices or requests looked at) it took.

    ``worth``, where there was something to choose by: what the solution is worth, as a tuple to be compared; ``said``:
    the same as it is written (empty for an error);
    ``is_best``: that no other solution of the problem is worth more, which may also be unknown (False). ``errors`` are
    those of rules between devices, and those of preferences: of the solution that was found where it has one.
    """

    outcome: Outcome
    steps: int
    worth: tuple[tuple[int, Fraction], ...] = ()
    is_best: bool = True
    errors: tuple[RuleError, ...] = ()
    said: tuple[str, ...] = ()
