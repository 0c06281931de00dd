"""The first solution where it is found at once: every pick is the first device that will do, and none is taken back.

Kubernetes' walk looks at nothing else then, so the solution is its first one, whatever else there is. Nothing is made
of a node but the candidates of each demand and the values that constraints compare; where more than that decides, or
a pick would have to be taken back, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate.constraints import Code, State
from dra_policy.allocate.layout_plan import Demands
from dra_policy.allocate.problem import MOST_RESULTS, Pick, Searched, Solution
from dra_policy.allocate.search import easy_steps
from dra_policy.allocate.selection import DemandSelection
from dra_policy.allocate.validation import is_refused
from dra_policy.fleet import Layout, Usage
from dra_policy.values import bit_sets


class Greedy:
    """The claims of one call, where each demand wants just a number of devices and nothing is refused."""

    __slots__ = ("_demands", "_room", "_steps")

    def __init__(self, demands: Demands) -> None:
        self._demands = demands
        wanted = [
            max([max(each.demand.count, each.demand.maximum_count or 0) for each in request], default=0)
            for claim in demands.selections
            for request in claim
        ]
        taken = sum([request[0].demand.count for claim in demands.selections for request in claim if request])
        # A step for each device and each request, each end of a request and of a claim, and the end of all.
        self._steps = taken + 2 * len(wanted) + len(demands.claims) + 1
        # A search for several requests goes another way, and takes other steps, where so few do not suffice.
        self._room = self._steps if len(wanted) == 1 else easy_steps(wanted)

    @classmethod
    def of(cls, demands: Demands) -> Greedy | None:
        """None where more is wanted than numbers of devices, or something is refused."""
        features, quotas = demands.features, demands.quotas
        if not demands.has_fixed_counts or any(is_refused(each, features, quotas) for each in demands.claims):
            return None
        return cls(demands)

    def on(self, layout: Layout, usage: Usage, budget: int) -> Searched | None:
        """The first solution, with the steps of a search that finds it; None where it is not found at once.

        No claim may read what differs on nodes of the layout.
        """
        if usage.shares or not self._steps <= self._room < budget:
            return None
        for part in layout.slices:
            if part.is_refused or part.usable != part.frame.all_devices:
                return None
        picks = _Walk(self._demands, layout, usage.in_use).picks()
        if picks is None:
            return None
        chosen = tuple([(0,) * len(claim) for claim in self._demands.selections])
        return Searched(Solution(picks, chosen), self._steps)


class _Walk:
    """One walk on one node; ``_taken`` are the positions that cannot be had any more."""

    __slots__ = ("_candidates", "_codes", "_demands", "_is_alone", "_layout", "_taken")

    def __init__(self, demands: Demands, layout: Layout, in_use: int) -> None:
        self._demands = demands
        self._layout = layout
        self._taken = in_use
        self._is_alone = [[len(request) for request in claim] for claim in demands.selections] == [[1]]
        # By the identity of what demands that choose alike share.
        self._candidates: dict[int, int] = {}
        self._codes: dict[tuple[int, int], list[Code]] = {}

    def picks(self) -> tuple[tuple[Pick, ...], ...] | None:
        """The picks of each claim; None if one has to be taken back."""
        found = []
        for claim in range(len(self._demands.claims)):
            picks = self._of_claim(claim)
            if picks is None:
                return None
            found.append(tuple(picks))
        return tuple(found)

    def _of_claim(self, claim: int) -> list[Pick] | None:
        picks: list[Pick] = []
        states: list[State] = [None] * len(self._demands.relations[claim])
        for request, (first, *_) in enumerate(self._demands.selections[claim]):
            count = first.demand.count
            opened = self._candidates_of(first) & ~self._taken
            if opened.bit_count() < count or count > MOST_RESULTS - len(picks):
                return None
            concerned = self._demands.concerned(claim, request, first)
            if self._is_alone:
                opened = self._with_enough_alike(claim, concerned, opened, count)
            while count:
                if not opened:
                    return None
                lowest = opened & -opened
                opened ^= lowest
                position = lowest.bit_length() - 1
                if not concerned or self._joins(claim, concerned, position, states):
                    picks.append(Pick(request, 0, position))
                    self._taken |= lowest
                    count -= 1
        return picks

    def _candidates_of(self, selection: DemandSelection) -> int:
        """The positions that a demand may take; none where more decides than that, or one of them fails."""
        found = self._candidates.get(selection.likeness)
        if found is None:
            found = 0
            for part in self._layout.slices:
                each = selection.of_frame(part.frame)
                taking = each.roomy & ~each.barred
                if each.failing | each.capacity_failing | taking & self._demands.more_decides(part.frame):
                    found = 0
                    break
                found |= taking << part.start
            self._candidates[selection.likeness] = found
        return found

    def _with_enough_alike(self, claim: int, concerned: Sequence[int], opened: int, count: int) -> int:
        """The open positions whose values enough of them share: a search for one request leaves out the others."""
        for number in concerned:
            codes = self._codes_of(claim, number)
            alike: dict[Code, int] = {}
            for position in bit_sets.positions(opened):
                alike[codes[position]] = alike.get(codes[position], 0) | 1 << position
            is_comparable = all(isinstance(code, frozenset) and len(code) == 1 for code in alike)
            if is_comparable and not self._demands.relations[claim][number][0].must_differ:
                opened = bit_sets.union(mask for mask in alike.values() if mask.bit_count() >= count)
        return opened

    def _joins(self, claim: int, concerned: Sequence[int], position: int, states: list[State]) -> bool:
        """Whether all constraints that are concerned admit the device; their states are then those after it."""
        joined = []
        for number in concerned:
            relation = self._demands.relations[claim][number][0]
            state = relation.joined(states[number], self._codes_of(claim, number)[position])
            if state is None:
                return False
            joined.append(state)
        for number, state in zip(concerned, joined, strict=True):
            states[number] = state
        return True

    def _codes_of(self, claim: int, number: int) -> list[Code]:
        """The values of all positions for a constraint."""
        found = self._codes.get((claim, number))
        if found is None:
            relation = self._demands.relations[claim][number][0]
            frames = [part.frame for part in self._layout.slices]
            found = [code for frame in frames for code in self._demands.codes_of_frame(relation, frame)]
            self._codes[claim, number] = found
        return found
