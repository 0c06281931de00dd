"""``prefer`` on one node: what a solution is worth, and that another one is worth more."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Protocol

from dra_policy.allocate.problem import Claim, Picks, RuleError
from dra_policy.allocate.proof import Place
from dra_policy.allocate.rule_reading import Reading
from dra_policy.allocate.rules import Board, candidates_of, kind_of, number_of, value_of
from dra_policy.cel.data import ComputedQuantity, Failure, Value
from dra_policy.cel.device_lists import failing_device
from dra_policy.cel.program import Program
from dra_policy.model import Device, Preference
from dra_policy.record import dataclass
from dra_policy.values import Quantity


@dataclass(frozen=True, slots=True)
class Wish:
    """A preference, compiled: the larger its value, the better. Values of one ``rank`` are added up.

    Such are those of the pods of a group, which are asked for together on a node.
    """

    owner: Preference
    program: Program
    reading: Reading
    is_order_free: bool
    rank: Hashable


Worth = tuple[tuple[int, Fraction], ...]
"""What a solution is worth: for each wish in order (1, value), or (0, 0) where the wish has an error.

Of wishes of one rank, the sums of both.
"""

_NOTHING = (0, Fraction(0))


class Goal(Protocol):
    """What solutions on a node are compared by."""

    @property
    def requests(self) -> frozenset[Place]:
        """All requests."""
        ...

    @property
    def kinds(self) -> Mapping[int, Hashable]:
        """By position what can be told of a device."""
        ...

    def state(self, picks: Picks) -> Hashable:
        """All of the picks that the worth depends on."""
        ...

    def worth(self, picks: Picks) -> Worth:
        """What a solution is worth."""
        ...

    def can_beat(self, picks: Picks, worth: Worth) -> bool:
        """Whether a solution with these picks may be worth more."""
        ...

    def said(self, picks: Picks) -> tuple[str, ...]:
        """What each wish gives."""
        ...

    def errors(self, picks: Picks) -> tuple[RuleError, ...]:
        """The errors of wishes."""
        ...


class Objective:
    """The wishes on the positions of a node, each with the board of its scope."""

    def __init__(
        self, wishes: Sequence[tuple[Wish, Board]], claims: Sequence[Claim], device: Callable[[int], Device]
    ) -> None:
        self._wishes = tuple(wishes)
        self.requests = frozenset(
            (number, index) for number, claim in enumerate(claims) for index in range(len(claim.requests))
        )
        every = [(number, index, None) for number, index in self.requests]
        kinds = [kind_of(wish.reading, is_order_free=wish.is_order_free, device=device) for wish, _ in wishes]
        self.kinds: Mapping[int, Hashable] = {
            position: tuple([kind(position) for kind in kinds]) for position in candidates_of(claims, every)
        }
        self._ranks: dict[Hashable, list[int]] = {}
        for index, (wish, _) in enumerate(self._wishes):
            self._ranks.setdefault(wish.rank, []).append(index)
        self._known: dict[Hashable, Worth] = {}
        self._failed: dict[int, Picks] = {}

    def state(self, picks: Picks) -> Hashable:
        """The kinds of all picks."""
        return tuple(
            [tuple([(each.request, each.alternative, self.kinds[each.position]) for each in claim]) for claim in picks]
        )

    def worth(self, picks: Picks) -> Worth:
        """What a solution is worth."""
        key = self.state(picks)
        found = self._known.get(key)
        if found is None:
            every = [self._of_wish(index, picks) for index in range(len(self._wishes))]
            if len(self._ranks) < len(every):
                every = [_sum([every[index] for index in same]) for same in self._ranks.values()]
            found = self._known[key] = tuple(every)
        return found

    def can_beat(self, picks: Picks, worth: Worth) -> bool:  # noqa: ARG002 - nothing is known before the end
        """Whether a solution with these picks may be worth more."""
        return True

    def said(self, picks: Picks) -> tuple[str, ...]:
        """What each wish gives, as it is written; empty for an error. Of one rank the sum."""
        every = [[self._value(index, picks) for index in same] for same in self._ranks.values()]
        return tuple([text_of(same[0] if len(same) == 1 else _total(same)) for same in every])

    def errors(self, picks: Picks) -> tuple[RuleError, ...]:
        """For each wish that has one its error: for these picks, else for the first that met one."""
        return tuple(self._errors(picks))

    def _errors(self, picks: Picks) -> Iterator[RuleError]:
        for index, (wish, board) in enumerate(self._wishes):
            failed = picks if number_of(self._value(index, picks)) is None else self._failed.get(index)
            if failed is not None:
                text, device = _failure(wish.program, board.variables(wish.reading.lists, failed))
                yield RuleError(wish.owner, text, tuple(pick for claim in failed for pick in claim), device)

    def _value(self, index: int, picks: Picks) -> Value:
        wish, board = self._wishes[index]
        return value_of(wish.program, board.variables(wish.reading.lists, picks))

    def _of_wish(self, index: int, picks: Picks) -> tuple[int, Fraction]:
        number = number_of(self._value(index, picks))
        if number is None:
            # The picks of a search go on changing.
            self._failed.setdefault(index, tuple(tuple(claim) for claim in picks))
            return _NOTHING
        return 1, number


def _sum(worths: Sequence[tuple[int, Fraction]]) -> tuple[int, Fraction]:
    return sum(known for known, _ in worths), sum((value for _, value in worths), Fraction(0))


def _total(values: Sequence[Value]) -> Value:
    """The sum of what several pods wish, as far as there is a number: a quantity where one is a quantity."""
    amounts = [each.quantity if isinstance(each, ComputedQuantity) else each for each in values]
    quantities = [each for each in amounts if isinstance(each, Quantity)]
    numbers = [each for each in map(number_of, values) if each is not None]
    if not quantities:
        total = sum(numbers, Fraction(0))
        return int(total) if total.denominator == 1 else float(total)
    found = quantities[0]
    for each in quantities[1:]:
        found = found.add(each)
    return found


class BetterThan:
    """That a solution is worth more than another; fulfils ``problem.Rule``. Asked when the solution is whole."""

    def __init__(self, objective: Goal, worth: Worth) -> None:
        self._objective = objective
        self._worth = worth

    @property
    def requests(self) -> frozenset[Place]:
        """All requests."""
        return self._objective.requests

    @property
    def kinds(self) -> Mapping[int, Hashable]:
        """By position what the wishes can tell of a device."""
        return self._objective.kinds

    def state(self, picks: Picks) -> Hashable:
        """The kinds of all picks."""
        return self._objective.state(picks)

    def can_hold(self, picks: Picks) -> bool:
        """Whether it may still come true."""
        return self._objective.can_beat(picks, self._worth)

    def holds(self, picks: Picks) -> bool:
        """Whether the solution is worth more."""
        return self._objective.worth(picks) > self._worth


def text_of(value: Value) -> str:
    """A value as it is written, quantities in the form of those that they were made of; empty for what is no number."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}" if isfinite(value) else ""
        case ComputedQuantity(quantity=amount):
            return str(amount)
        case int() | Quantity():
            return str(value)
        case _:
            return ""


def _failure(program: Program, variables: Mapping[str, Value]) -> tuple[str, str]:
    """Why an expression gives no number, and the device that it is about."""
    value = value_of(program, variables)
    if isinstance(value, Failure):
        return value.text, failing_device(program, variables)
    return f"the value is {'no finite number' if isinstance(value, float) else 'no number, quantity or bool'}", ""
