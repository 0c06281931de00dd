"""Nodes that look alike to the claims, whatever they look like otherwise: one search for one signature.

A position's *type* is all that the claims can tell of a device: which alternatives may take it, which fail on it, its
value for every constraint. A node's *signature* is the types of its usable positions in visiting order; the answer is
found on positions 0, 1, 2 … and says the same of every node with that signature.

Of one type only as many positions count as the claims can take together: devices of one type are interchangeable, so
the first solution uses the first ones of each type, and an error is met at the first one of its type.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from typing import cast

from dra_policy.allocate.constraints import UNKNOWN, Code, Unknown
from dra_policy.allocate.layout_plan import Demands, LayoutPlan, plan_without_devices
from dra_policy.allocate.problem import (
    Alternative,
    Claim,
    Constraint,
    FailingVisit,
    Outcome,
    Pick,
    Problem,
    Request,
    Searched,
    Solution,
)
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.fleet import Fleet, Frame, Layout
from dra_policy.record import dataclass, replace
from dra_policy.values import bit_sets

Signature = tuple[int, ...]
Types = tuple[int, ...]


@dataclass(frozen=True, slots=True, guarded=False)
class _Type:
    """Bit ``i`` of ``taking`` and ``failing`` is the i-th alternative; ``codes`` are those of all constraints."""

    taking: int
    failing: int
    codes: tuple[Code, ...]


class Signatures:
    """The types of one plan, and the answers found so far by signature."""

    __slots__ = (
        "_contents",
        "_demands",
        "_fleet",
        "_frames",
        "_is_wanted_known",
        "_known",
        "_new_frames",
        "_no_codes",
        "_plans",
        "_rows",
        "_shortcuts",
        "_types",
        "_wanted",
        "answers",
        "may_fail",
    )

    def __init__(self, demands: Demands, fleet: Fleet, shortcuts: Shortcuts = ALL_SHORTCUTS) -> None:
        self._demands = demands
        self._fleet = fleet
        self._shortcuts = shortcuts
        # Made when the first layout is looked at.
        self._wanted: LayoutPlan | None = None
        self._is_wanted_known = False
        self._frames: dict[Frame, Types | None] = {}
        self._contents: dict[Frame, Sequence[int | None]] = {}
        self._new_frames = 0
        self._known: dict[Hashable, int] = {}
        self._rows: dict[Types, Types] = {}
        self._plans: dict[tuple[int, ...], LayoutPlan] = {}
        # A device that only fails has no values, as many as there are constraints.
        self._no_codes: tuple[Code, ...] = (None,) * sum(len(claim.claim.constraints) for claim in demands.claims)
        self._types: list[_Type] = []
        # Whether some device was seen on which a selector or a capacity fails.
        self.may_fail = False
        self.answers: dict[Signature, Searched] = {}

    def begin_call(self) -> None:
        """Another call: its frames are looked at one by one until there are many."""
        self._new_frames = 0

    def quick_plan(self, layout: Layout) -> LayoutPlan | None:
        """The claims on a layout by the types of its frames alone; None where more than that decides.

        No mask over the layout is made: with many layouts that would be most of the work. Layouts with the same types
        in the same order share one plan, and so its answers: ``LayoutPlan.layout`` is the first of them.
        """
        if not self._is_wanted_known:
            self._is_wanted_known = True
            self._wanted = plan_without_devices(self._demands) if self._demands.has_fixed_counts else None
        wanted = self._wanted
        if wanted is None or wanted.refusal is not None:
            return None if wanted is None else replace(wanted, layout=layout)
        found = []
        for part in layout.slices:
            frame = part.frame
            types = self._frames[frame] if frame in self._frames else self._types_of(frame, wanted.claims)
            if types is None or part.usable != frame.all_devices or part.is_refused:
                return None
            found.append(types)
        key = tuple(map(id, found))
        plan = self._plans.get(key)
        if plan is None:
            by_position = {at: number for at, number in enumerate(itertools.chain(*found)) if number >= 0}
            relevant = bit_sets.union([1 << position for position in by_position])
            plan = self._plans[key] = LayoutPlan(layout, None, wanted.claims, relevant, types=by_position)
        return plan

    def _types_of(self, frame: Frame, claims: Sequence[Claim]) -> Types | None:
        """The types of a frame's devices, -1 for those that concern no claim; None where more decides."""
        self._new_frames += 1
        found = self._by_contents(frame, claims) if self._new_frames > self._shortcuts.few_frames else None
        found = self._of_devices(frame, claims) if found is None else found
        if None in found:
            self._frames[frame] = None
            return None
        row = cast("Types", tuple(found))
        # Equal rows of types are one object.
        row = self._frames[frame] = self._rows.setdefault(row, row)
        return row

    def _by_contents(self, frame: Frame, claims: Sequence[Claim]) -> Sequence[int | None] | None:
        """The types by those of all different devices of the fleet; None for a frame that it does not have."""
        for contents in self._fleet.contents:
            numbers = contents.numbers_of(frame)
            if numbers is not None:
                types = self._contents.get(contents.frame)
                if types is None:
                    types = self._contents[contents.frame] = self._of_devices(contents.frame, claims)
                return list(map(types.__getitem__, numbers))
        return None

    def _of_devices(self, frame: Frame, claims: Sequence[Claim]) -> Sequence[int | None]:
        """Device by device the type, -1 where no claim is concerned, None where more than a type decides."""
        demands = self._demands
        selections = [demand.of_frame(frame) for claim in demands.selections for request in claim for demand in request]
        taking = [each.roomy & ~each.barred for each in selections]
        failing = [each.failing | each.capacity_failing if demands.errors_are_fatal else 0 for each in selections]
        types: list[int | None] = [-1] * len(frame.devices)
        taken = bit_sets.union(taking)
        concerned = taken | bit_sets.union(failing)
        if not concerned:
            return types
        columns = self._columns(frame, claims, taking) if taken and self._no_codes else []
        rows = list(zip(*columns, strict=True))
        for takes, fails, mask in _alike(taking, failing, concerned):
            same = None if rows else self._number(takes, fails, self._no_codes)
            for offset in bit_sets.positions(mask):
                types[offset] = self._number(takes, fails, rows[offset]) if same is None else same
        for offset in bit_sets.positions(taken & demands.more_decides(frame)):
            types[offset] = None
        for column in columns:
            if UNKNOWN in column:
                types = [None if code is UNKNOWN else each for each, code in zip(types, column, strict=True)]
        return types

    def _columns(self, frame: Frame, claims: Sequence[Claim], taking: Sequence[int]) -> list[tuple[Code, ...]]:
        """The devices' values for every constraint; None for those that no concerned alternative may take."""
        columns: list[tuple[Code, ...]] = []
        first = 0
        for claim, relations in zip(claims, self._demands.relations, strict=True):
            alternatives = _alternatives((claim,))
            for number, (relation, _) in enumerate(relations):
                concerned = 0
                for index, alternative in enumerate(alternatives, first):
                    if number in alternative.constraints:
                        concerned |= taking[index]
                codes: tuple[Code, ...] = (None,) * len(frame.devices)
                if concerned:
                    codes = self._demands.codes_of_frame(relation, frame)
                if concerned and concerned != frame.all_devices:
                    codes = tuple([code if concerned >> at & 1 else None for at, code in enumerate(codes)])
                columns.append(codes)
            first += len(alternatives)
        return columns

    def types(self, plan: LayoutPlan) -> Mapping[int, int] | None:
        """The types of a layout's relevant positions; None where more than the type decides.

        That is so for mode All (devices in use count), admin access, shares, counters, and for devices whose value has
        no comparable type: the order in which these are picked decides.
        """
        alternatives = _alternatives(plan.claims)
        if plan.shareable or plan.drawing:
            return None
        if any(each.everything is not None or each.is_admin or each.derived for each in alternatives):
            return None
        constraints = [constraint for claim in plan.claims for constraint in claim.constraints]
        if any(isinstance(code, Unknown) for each in constraints for code in each.codes.values()):
            return None
        types = {}
        for position in range(plan.relevant.bit_length()):
            if plan.relevant >> position & 1:
                taking = sum((each.candidates >> position & 1) << index for index, each in enumerate(alternatives))
                failing = sum((each.failing >> position & 1) << index for index, each in enumerate(alternatives))
                codes = tuple([constraint.codes.get(position) for constraint in constraints])
                types[position] = self._number(taking, failing, codes)
        return types

    def _number(self, taking: int, failing: int, codes: tuple[Code, ...]) -> int:
        key = (taking, failing, codes)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self._types)
            self._types.append(_Type(taking, failing, codes))
            self.may_fail |= bool(failing)
        return number

    def signature(self, plan: LayoutPlan, free: int) -> tuple[Signature, tuple[int, ...]]:
        """The types of the free positions that count, and the positions themselves."""
        assert plan.types is not None
        # One is kept even where nothing is to be taken: it may fail.
        most = max(_most(plan.claims), 1) if self._shortcuts.cut else len(plan.types)
        seen: dict[int, int] = {}
        types, positions = [], []
        for position, number in plan.types.items():
            if free >> position & 1:
                count = seen.get(number, 0)
                if count < most:
                    seen[number] = count + 1
                    types.append(number)
                    positions.append(position)
        return tuple(types), tuple(positions)

    def problem(self, signature: Signature, claims: Sequence[Claim]) -> Problem:
        """The claims on the positions 0, 1, 2 … of a signature."""
        places: dict[int, int] = {}
        for position, number in enumerate(signature):
            places[number] = places.get(number, 0) | 1 << position
        types = [(self._types[number], mask) for number, mask in places.items()]
        columns = iter(zip(*[self._types[number].codes for number in signature], strict=True))
        alternatives = itertools.count()
        compact = []
        for claim in claims:
            requests = [
                Request(tuple([_on_types(each, next(alternatives), types) for each in request.alternatives]))
                for request in claim.requests
            ]
            constraints = [Constraint(each.relation, dict(enumerate(next(columns, ())))) for each in claim.constraints]
            compact.append(Claim(tuple(requests), tuple(constraints)))
        return Problem(tuple(compact), 0, twins=tuple([places[number] for number in signature]))


def _alike(taking: Sequence[int], failing: Sequence[int], concerned: int) -> list[tuple[int, int, int]]:
    """The devices that the same alternatives take and fail on: both as bit sets of alternatives, and the devices."""
    parts = [(0, 0, concerned)] if concerned else []
    for index, (takes, fails) in enumerate(zip(taking, failing, strict=True)):
        bit = 1 << index
        split = []
        for so_far, failed, mask in parts:
            # Nobody both passes and fails.
            for more, worse, inside in ((bit, 0, takes), (0, bit, fails), (0, 0, ~(takes | fails))):
                if mask & inside:
                    split.append((so_far | more, failed | worse, mask & inside))
        parts = split
    return parts


def _most(claims: Sequence[Claim]) -> int:
    """How many devices the claims can take together."""
    wanted = [[each.greatest for each in request.alternatives] for claim in claims for request in claim.requests]
    return sum(map(max, wanted))


def _on_types(alternative: Alternative, index: int, types: Sequence[tuple[_Type, int]]) -> Alternative:
    """The alternative on the positions of some types, which stand beside them."""
    candidates = bit_sets.union([mask for each, mask in types if each.taking >> index & 1])
    failing = bit_sets.union([mask for each, mask in types if each.failing >> index & 1])
    # Not `replace`: this is done for every alternative of every signature.
    return Alternative(
        candidates,
        failing,
        alternative.count,
        alternative.everything,
        alternative.is_admin,
        alternative.constraints,
        alternative.consumption,
        alternative.derived,
        alternative.most,
    )


def _alternatives(claims: Sequence[Claim]) -> list[Alternative]:
    return [each for claim in claims for request in claim.requests for each in request.alternatives]


def on_positions(outcome: Outcome, positions: Sequence[int]) -> Outcome:
    """An answer about a signature, said of a node's own positions."""
    match outcome:
        case Solution(claims=claims):
            picks = tuple(
                tuple([Pick(pick.request, pick.alternative, positions[pick.position]) for pick in claim])
                for claim in claims
            )
            return Solution(picks, outcome.chosen)
        case FailingVisit(position=position):
            return replace(outcome, position=positions[position])
        case _:
            return outcome
