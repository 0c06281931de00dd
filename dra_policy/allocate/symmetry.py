"""Devices, and groups of devices, that can change places: of those that nobody took only the first has to be tried.

Two positions are *twins* if all that a search can tell of them is equal. A *block* is a group that belongs together: a
device's partitions with their counters, the devices of one value. Two blocks are equal if a renaming of what occurs
inside of one only, values and counters, makes their positions twins pair by pair. If a solution used something of the
second of two untouched blocks and nothing of the first, exchanging the two would give a smaller solution.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from dra_policy.allocate.constraints import Code, State, Unknown
from dra_policy.allocate.problem import Alternative, Constraint, Problem
from dra_policy.record import dataclass
from dra_policy.values import Quantity

Images = tuple[tuple[int, tuple[int, ...]], ...]
"""For one position its blocks, as bit sets, each with the equal blocks that come before it."""


def twins_of(problem: Problem) -> tuple[int, ...]:
    """For each position the bit set of those that are interchangeable with it, itself included."""
    facts = _Facts(problem)
    of_type: dict[Hashable, int] = {}
    types: list[Hashable] = []
    for position in range(facts.size):
        key = (facts.type(position), facts.codes(position), problem.counters.drawn.get(position))
        types.append(key)
        of_type[key] = of_type.get(key, 0) | 1 << position
    return tuple([of_type[key] for key in types])


def blocks_of(problem: Problem) -> tuple[Images, ...]:
    """For each position the equal blocks that must be untouched no longer before it is tried."""
    if problem.sharing.shareable:
        return ()
    facts = _Facts(problem)
    images: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(facts.size)]
    seen: set[int] = set()
    for partition in _partitions(facts):
        blocks = [block for block in partition if block.bit_count() > 1 and block not in seen]
        seen.update(blocks)
        classes: dict[Hashable, list[list[int]]] = {}
        for block in blocks:
            positions = facts.positions(block)
            classes.setdefault(facts.shape(positions, block), []).append(positions)
        for same in classes.values():
            for index, later in enumerate(same):
                before = [
                    facts.mask(earlier)
                    for earlier in same[:index]
                    if all(one < other for one, other in zip(earlier, later, strict=True))
                ]
                if before:
                    for position in later:
                        images[position].append((facts.mask(later), tuple(before)))
    return tuple(map(tuple, images)) if any(images) else ()


def is_image(images: Images, touched: int) -> bool:
    """Whether an earlier block does as well as the one that the position belongs to."""
    return any(not own & touched and any(not each & touched for each in earlier) for own, earlier in images)


@dataclass(frozen=True, slots=True)
class _Column:
    """A constraint with its values by position; those that an alternative derives stand apart."""

    codes: tuple[Code, ...]
    can_be_renamed: bool
    spread: dict[object, int]
    """For each single value the positions that have it."""


class _Facts:
    """What can be told of positions."""

    __slots__ = ("_alternatives", "_columns", "_drawers", "_problem", "size")

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._alternatives = [
            each for claim in problem.claims for request in claim.requests for each in request.alternatives
        ]
        every = 0
        for alternative in self._alternatives:
            every |= _looked_at(alternative)
        self.size = every.bit_length()
        constraints: list[tuple[Constraint, State]] = [
            (constraint, None) for claim in problem.claims for constraint in claim.constraints
        ]
        constraints += [(joint.constraint, joint.start) for joint in problem.joint]
        self._columns = [
            _column([constraint.codes.get(position) for position in range(self.size)], start)
            for constraint, start in constraints
        ]
        self._drawers: dict[int, int] = {}
        for position, amounts in problem.counters.drawn.items():
            for column, _ in amounts:
                self._drawers[column] = self._drawers.get(column, 0) | 1 << position

    @property
    def columns(self) -> Sequence[_Column]:
        """The constraints of all claims."""
        return self._columns

    @property
    def drawers(self) -> Iterable[int]:
        """For each counter the positions that draw from it."""
        return self._drawers.values()

    def type(self, position: int) -> Hashable:
        """All but values of constraints and counters."""
        problem = self._problem
        sharing = problem.sharing
        consumed = sharing.consumed.get(position)
        return (
            tuple([_of_alternative(each, position) for each in self._alternatives]),
            problem.in_use >> position & 1,
            sharing.shareable >> position & 1,
            _amounts(sharing.capacity.get(position, {})),
            None if consumed is None else _amounts(consumed),
            problem.counters.pools.get(position),
            problem.groups.joins.get(position),
            tuple([charged.get(position) for charged in problem.charges.drawn.values()]),
            tuple([rule.kinds.get(position) for rule in problem.rules]),
        )

    def codes(self, position: int) -> tuple[Code, ...]:
        """The values for all constraints."""
        return tuple([column.codes[position] for column in self._columns])

    def shape(self, positions: Sequence[int], block: int) -> Hashable:
        """What two blocks must have in common: values and counters that only this block has are numbered."""
        names: dict[object, int] = {}
        shape = []
        for position in positions:
            codes = []
            for index, column in enumerate(self._columns):
                code = column.codes[position]
                private = column.can_be_renamed and code is not None and not column.spread[code] & ~block
                codes.append(names.setdefault((index, code), len(names)) if private else ("exactly", code))
            drawn = []
            for number, amount in self._problem.counters.drawn.get(position, ()):
                left = self._problem.counters.left[number]
                if self._drawers[number] & ~block:
                    drawn.append(("exactly", number, amount, left))
                else:
                    drawn.append(("inside", names.setdefault(number, len(names)), amount, left))
            shape.append((self.type(position), tuple(codes), tuple(drawn)))
        return tuple(shape)

    def positions(self, block: int) -> list[int]:
        """The positions of a bit set."""
        return [position for position in range(self.size) if block >> position & 1]

    def mask(self, positions: Sequence[int]) -> int:
        """Positions as a bit set."""
        return sum(1 << position for position in positions)


def _partitions(facts: _Facts) -> list[list[int]]:
    """Ways to part the positions: by counters, by counters and one constraint each, by all together."""
    by_counter = _merged([1 << position for position in range(facts.size)], facts.drawers)
    found = [by_counter]
    everything = by_counter
    for column in facts.columns:
        if column.can_be_renamed and len(column.spread) > 1:
            found.append(_merged(by_counter, column.spread.values()))
            everything = _merged(everything, column.spread.values())
    found.append(everything)
    return found


def _merged(blocks: list[int], links: Iterable[int]) -> list[int]:
    """The blocks after those that a link touches have become one."""
    for link in links:
        apart, together = [], 0
        for block in blocks:
            if block & link:
                together |= block
            else:
                apart.append(block)
        blocks = [*apart, together] if together else apart
    return sorted(blocks, key=lambda block: block & -block)


def _column(codes: list[Code], start: State) -> _Column:
    """``start`` is what the values are compared with at first: they keep their names then."""
    are_single = not any(isinstance(code, Unknown) or (code is not None and len(code) != 1) for code in codes)
    can_be_renamed = are_single and start is None
    spread: dict[object, int] = {}
    for position, code in enumerate(codes):
        if code is not None:
            spread[code] = spread.get(code, 0) | 1 << position
    return _Column(tuple(codes), can_be_renamed, spread)


def _looked_at(alternative: Alternative) -> int:
    return alternative.candidates | alternative.failing | sum(1 << each for each in alternative.everything or ())


def _of_alternative(alternative: Alternative, position: int) -> Hashable:
    consumption = alternative.consumption.get(position)
    return (
        alternative.candidates >> position & 1,
        alternative.failing >> position & 1,
        alternative.everything is not None and position in alternative.everything,
        None if consumption is None else tuple(consumption),
        tuple([codes.get(position) for codes in alternative.derived.values()]),
    )


def _amounts(amounts: Mapping[str, Quantity]) -> Hashable:
    return tuple(sorted(amounts.items()))
