"""``require`` and ``prefer`` on one node: rules of a problem, each asked as early as its shape allows.

A rule is parted at its top-level ``&&``. Of a part the search learns, beside its answer: when all lists that it reads
are filled; which devices are alike to it; and, before that, that it can no longer come true (``rule_reading``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite

from dra_policy.allocate.problem import Claim, Pick, Picks, Problem, RuleError
from dra_policy.allocate.proof import Place
from dra_policy.allocate.rule_reading import ListName, Reading, SumShape
from dra_policy.cel.data import ComputedQuantity, Failure, Interruption, Value
from dra_policy.cel.device_lists import failing_device
from dra_policy.cel.program import Program
from dra_policy.model import Device, Requirement
from dra_policy.record import dataclass
from dra_policy.values import Quantity
from dra_policy.values.bit_sets import positions

Source = tuple[int, int, int | None]
"""Where a list comes from: claim, request, and the alternative where only that counts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rule that must be true by itself, compiled, with what its shape tells.

    ``sum`` and ``closing`` are shapes of ``rule_reading``. ``is_order_free``: its lists may stand in any order.
    """

    owner: Requirement
    program: Program
    reading: Reading
    is_order_free: bool
    sum: SumShape | None = None
    closing: ListName | None = None


class Board:
    """What rules see of one node while it is searched: the devices at its positions, by the lists of the claims.

    ``lists`` say where each list comes from, ``fixed`` those that are filled already (claims that are allocated);
    ``shown`` makes the value of a pick, ``others`` the variables that are no lists.
    """

    def __init__(
        self,
        lists: Mapping[ListName, Source],
        shown: Callable[[int, Pick], Value],
        fixed: Mapping[ListName, Sequence[Value]],
        others: Callable[[Picks], Mapping[str, Value]],
    ) -> None:
        self.lists = lists
        self._show = shown
        self._fixed = fixed
        self._others = others
        self._values: dict[tuple[int, int, int, int], Value] = {}

    def is_filled(self, name: ListName) -> bool:
        """Whether a list has its devices before the search begins."""
        return name in self._fixed

    def read_by(self, names: frozenset[ListName]) -> list[ListName]:
        """The lists that a rule with these names reads: of one that is found out when the rule runs, all there are."""
        return [name for name in self.lists if name in names or name[:1] in names]

    def picks_of(self, name: ListName, picks: Picks) -> list[tuple[int, Pick]]:
        """The picks of a list, each with its claim."""
        source = self.lists[name]
        return [(source[0], pick) for pick in picks_from(source, picks)]

    def value(self, claim: int, pick: Pick) -> Value:
        """A pick as rules see it."""
        key = claim, pick.request, pick.alternative, pick.position
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._show(claim, pick)
        return found

    def variables(self, names: frozenset[ListName], picks: Picks) -> dict[str, Value]:
        """The variables of a rule that reads some lists."""
        filled: dict[ListName, Value] = {
            name: [self.value(*each) for each in self.picks_of(name, picks)] for name in self.read_by(names)
        }
        filled |= {name: list(values) for name, values in self._fixed.items()}
        return {**self._others(picks), **nested(filled)}


def picks_from(source: Source, picks: Picks) -> list[Pick]:
    """The picks of a request, or of one of its alternatives."""
    claim, request, alternative = source
    return [pick for pick in picks[claim] if pick.request == request and alternative in (None, pick.alternative)]


def nested(lists: Mapping[ListName, Value]) -> dict[str, Value]:
    """Lists as the variables by which rules name them."""
    from dra_policy.cel.data import PublishedMap

    found: dict[str, Value] = {}
    below: dict[str, dict[ListName, Value]] = {}
    for (first, *rest), value in lists.items():
        if rest:
            below.setdefault(first, {})[tuple(rest)] = value
        else:
            found[first] = value
    found.update((name, PublishedMap(dict(nested(inner).items()))) for name, inner in below.items())
    return found


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each position adds to a sum, and what the sum is held against."""

    by_position: Mapping[int, Fraction]
    bound: Fraction
    most: int
    """How many devices the list has at the most."""


class PartOnNode:
    """A part on the positions of a node; fulfils ``problem.Rule``."""

    def __init__(self, part: Part, board: Board, claims: Sequence[Claim], kind: Callable[[int], Hashable]) -> None:
        self.part = part
        self._board = board
        self._sources = _sources(part.reading, board, claims)
        self._requests = frozenset((claim, request) for claim, request, _ in self._sources)
        self._kinds = {position: kind(position) for position in candidates_of(claims, self._sources)}
        self._answers: dict[Hashable, bool] = {}
        self._amounts = self._summed(claims)
        self._closes = self._is_closing()
        self.error: RuleError | None = None
        """The run-time error that it met first, if any."""

    @property
    def requests(self) -> frozenset[Place]:
        """The requests whose picks it reads."""
        return self._requests

    @property
    def kinds(self) -> Mapping[int, Hashable]:
        """By position what the part can tell of a device."""
        return self._kinds

    def state(self, picks: Picks) -> Hashable:
        """The kinds of each list, in order where that may matter."""
        return tuple([self._state_of(source, picks) for source in self._sources])

    def _state_of(self, source: Source, picks: Picks) -> Hashable:
        found = [(pick.alternative, self._kinds[pick.position]) for pick in picks_from(source, picks)]
        if not self.part.is_order_free:
            return tuple(found)
        counts: dict[Hashable, int] = {}
        for each in found:
            counts[each] = counts.get(each, 0) + 1
        return frozenset(counts.items())

    def can_hold(self, picks: Picks) -> bool:
        """Whether it may still come true."""
        if self._amounts is not None:
            return self._may_sum_up(self._amounts, picks)
        if self._closes and self.part.closing is not None and self._board.picks_of(self.part.closing, picks):
            return self.holds(picks)
        return True

    def holds(self, picks: Picks) -> bool:
        """Whether it is true; an error is no yes."""
        key = self.state(picks)
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._ask(picks)
        return found

    def _ask(self, picks: Picks) -> bool:
        variables = self._board.variables(self.part.reading.lists, picks)
        value = value_of(self.part.program, variables)
        if isinstance(value, Failure) and self.error is None:
            read = tuple([pick for source in self._sources for pick in picks_from(source, picks)])
            device = failing_device(self.part.program, variables)
            self.error = RuleError(self.part.owner, value.text, read, device)
        return value is True

    def _may_sum_up(self, amounts: Amounts, picks: Picks) -> bool:
        shape = self.part.sum
        assert shape is not None
        found = [amounts.by_position[pick.position] for _, pick in self._board.picks_of(shape.list, picks)]
        total = sum(found, Fraction(0))
        if shape.is_least:
            largest = max(amounts.by_position.values(), default=Fraction(0))
            total += (amounts.most - len(found)) * max(largest, Fraction(0))
            return total > amounts.bound if shape.is_strict else total >= amounts.bound
        return total < amounts.bound if shape.is_strict else total <= amounts.bound

    def _summed(self, claims: Sequence[Claim]) -> Amounts | None:
        """What the sum is made of; None where an amount is none, or one below zero makes a bound useless."""
        shape = self.part.sum
        if shape is None or shape.list not in self._board.lists:
            return None
        claim, request, alternative = self._board.lists[shape.list]
        alternatives = claims[claim].requests[request].alternatives
        if any(each.everything is not None for each in alternatives):
            return None
        bound = number_of(value_of(self.part.program.part(shape.bound), self._board.variables(frozenset(), ())))
        by_position: dict[int, Fraction] = {}
        total = self.part.program.part(shape.total)
        for index, each in enumerate(alternatives):
            if alternative not in (None, index):
                continue
            for position in positions(each.candidates):
                one = [self._board.value(claim, Pick(request, index, position))]
                amount = number_of(value_of(total, nested({shape.list: one})))
                if amount is None or (amount < 0 and not shape.is_least):
                    return None
                by_position[position] = amount
        most = max(each.greatest for each in alternatives)
        return None if bound is None else Amounts(by_position, bound, most)

    def _is_closing(self) -> bool:
        """Whether all other lists are filled before the one that closes the part."""
        closing, lists = self.part.closing, self._board.lists
        if closing is None or closing not in lists:
            return False
        # The same list may be read by another of its names, or by one that is known only when the rule runs.
        others = self.part.reading.lists - {closing}
        own = lists[closing][:2]
        return all(self._board.is_filled(each) or lists.get(each, lists[closing])[:2] < own for each in others)


def value_of(program: Program, variables: Mapping[str, Value]) -> Value:
    """The value of an expression; a Failure also where its costs are too high."""
    try:
        return program.value(variables)
    except Interruption as end:
        return Failure(end.text)


def number_of(value: Value) -> Fraction | None:
    """A value as an exact number: true is more than false; None for what is no number."""
    match value:
        case bool() | int():
            return Fraction(int(value))
        case float():
            return Fraction(value) if isfinite(value) else None
        case ComputedQuantity(quantity=amount):
            return number_of(amount)
        case Quantity():
            return Fraction(value.unscaled) * Fraction(10) ** value.scale
        case _:
            return None


def kind_of(reading: Reading, *, is_order_free: bool, device: Callable[[int], Device]) -> Callable[[int], Hashable]:
    """What of the device at a position a rule can tell: all that it reads of it, or the very position."""
    if reading.everything or not is_order_free:
        return lambda position: position
    names = reading.names
    reads_free = reading.reads_node and "free" in names

    def kind(position: int) -> Hashable:
        found = device(position)
        if "pool" in names or "node" in names:
            return position
        if reads_free and (found.allow_multiple_allocations or found.consumes_counters):
            # Two shares leave more free if they are of one device, two partitions if they are of one card.
            return position
        name = found.name if "name" in names else None
        return found.driver, name, found.allow_multiple_allocations, tuple(_read(found, names))

    return kind


def _read(device: Device, names: frozenset[str]) -> Iterator[Hashable]:
    for name, value in device.attributes.items():
        if name in names or name.rpartition("/")[2] in names:
            yield name, type(value).__name__, value
    for name, capacity in device.capacity.items():
        if name in names or name.rpartition("/")[2] in names:
            yield name, "capacity", capacity.value


def _sources(reading: Reading, board: Board, claims: Sequence[Claim]) -> list[Source]:
    """Where what a part reads comes from; what a node has left depends on all requests."""
    if reading.reads_node and (reading.everything or "free" in reading.names):
        return [(number, index, None) for number, claim in enumerate(claims) for index in range(len(claim.requests))]
    return list(dict.fromkeys(board.lists[name] for name in sorted(board.read_by(reading.lists))))


def candidates_of(claims: Sequence[Claim], sources: Sequence[Source]) -> list[int]:
    """The positions that any request or alternative of some sources may take."""
    mask = 0
    for claim, request, _ in sources:
        for alternative in claims[claim].requests[request].alternatives:
            mask |= alternative.candidates | sum(1 << each for each in alternative.everything or ())
    return positions(mask)


def errors_of(problem: Problem) -> tuple[RuleError, ...]:
    """The errors that rules of a problem have met in its search; preferences have their own."""
    found = [getattr(rule, "error", None) for rule in problem.rules]
    return tuple([error for error in found if error is not None])
