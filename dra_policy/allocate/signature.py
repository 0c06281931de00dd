"""Nodes that look alike to the claims, whatever they look like otherwise: one search for one signature.

A position's *type* is all that the claims can tell of a device: which alternatives may take it, which fail on it, its
value for every constraint. A node's *signature* is the types of its usable positions in visiting order; the answer is
found on positions 0, 1, 2 … and says the same of every node with that signature.

Of one type only as many positions count as the claims can take together: devices of one type are interchangeable, so
the first solution uses the first ones of each type, and an error is met at the first one of its type.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from dra_policy.allocate.constraints import Code, Unknown
from dra_policy.allocate.layout_plan import LayoutPlan
from dra_policy.allocate.problem import (
    Alternative,
    Claim,
    Constraint,
    FailingVisit,
    Outcome,
    Problem,
    Request,
    Searched,
    Solution,
)
from dra_policy.record import dataclass, replace

Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Type:
    """Bit ``i`` of ``taking`` and ``failing`` is the i-th alternative; ``codes`` are those of all constraints."""

    taking: int
    failing: int
    codes: tuple[Code, ...]


class Signatures:
    """The types of one plan, and the answers found so far by signature."""

    __slots__ = ("_known", "_types", "answers")

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._types: list[_Type] = []
        self.answers: dict[Signature, Searched] = {}

    def types(self, plan: LayoutPlan) -> Mapping[int, int] | None:
        """The types of a layout's relevant positions; None where more than the type decides.

        That is so for mode All (devices in use count), admin access, shares, counters, and for devices whose value has
        no comparable type: the order in which these are picked decides.
        """
        alternatives = _alternatives(plan.claims)
        if plan.shareable or plan.drawing or any(each.everything is not None or each.is_admin for each in alternatives):
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
                types[position] = self._number(_Type(taking, failing, codes))
        return types

    def _number(self, found: _Type) -> int:
        key = (found.taking, found.failing, found.codes)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self._types)
            self._types.append(found)
        return number

    def signature(self, plan: LayoutPlan, free: int) -> tuple[Signature, tuple[int, ...]]:
        """The types of the free positions that count, and the positions themselves."""
        assert plan.types is not None
        most = sum(
            max(each.count for each in request.alternatives) for claim in plan.claims for request in claim.requests
        )
        seen: dict[int, int] = {}
        types, positions = [], []
        for position, number in plan.types.items():
            if free >> position & 1:
                count = seen.get(number, 0)
                # One is kept even where nothing is to be taken: it may fail.
                if count < max(most, 1):
                    seen[number] = count + 1
                    types.append(number)
                    positions.append(position)
        return tuple(types), tuple(positions)

    def problem(self, signature: Signature, claims: Sequence[Claim]) -> Problem:
        """The claims on the positions 0, 1, 2 … of a signature."""
        types = [self._types[number] for number in signature]
        taking = iter(range(sum(len(request.alternatives) for claim in claims for request in claim.requests)))
        column = 0
        compact = []
        for claim in claims:
            requests = tuple(
                Request(tuple(_on_types(each, next(taking), types) for each in request.alternatives))
                for request in claim.requests
            )
            constraints = []
            for constraint in claim.constraints:
                codes = {position: each.codes[column] for position, each in enumerate(types)}
                constraints.append(Constraint(constraint.relation, codes))
                column += 1
            compact.append(Claim(requests, tuple(constraints)))
        return Problem(tuple(compact), 0)


def _on_types(alternative: Alternative, index: int, types: Sequence[_Type]) -> Alternative:
    candidates = sum((each.taking >> index & 1) << position for position, each in enumerate(types))
    failing = sum((each.failing >> index & 1) << position for position, each in enumerate(types))
    return replace(alternative, candidates=candidates, failing=failing)


def _alternatives(claims: Sequence[Claim]) -> list[Alternative]:
    return [each for claim in claims for request in claim.requests for each in request.alternatives]


def on_positions(outcome: Outcome, positions: Sequence[int]) -> Outcome:
    """An answer about a signature, said of a node's own positions."""
    match outcome:
        case Solution(claims=claims):
            picks = tuple(
                tuple([replace(pick, position=positions[pick.position]) for pick in claim]) for claim in claims
            )
            return replace(outcome, claims=picks)
        case FailingVisit(position=position):
            return replace(outcome, position=positions[position])
        case _:
            return outcome
