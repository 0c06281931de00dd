"""What shared counters cannot give: devices that draw more than is left, and demands that draw more together."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate.matching import Demand
from dra_policy.allocate.problem import Problem
from dra_policy.values import bit_sets


class CounterTables:
    """The counters of a problem, seen from the bounds.

    Columns that devices draw from together are a *component* (a partitioned device with its counter set); the n-th
    columns of all components are added up with each other, so that amounts of one kind mostly meet.
    """

    __slots__ = ("_components", "_drawn", "_free", "_pools")

    def __init__(self, problem: Problem) -> None:
        shared = problem.sharing.shareable
        # A further share of a device is not charged again: shareable devices count as free.
        self._drawn = {
            position: amounts for position, amounts in problem.counters.drawn.items() if not shared >> position & 1
        }
        self._pools = problem.counters.pools
        self._free = ~sum(1 << position for position, amounts in self._drawn.items() if amounts)
        self._components = self._linked()

    def _linked(self) -> list[tuple[tuple[int, ...], int]]:
        """The components: their columns, and the bit set of their positions."""
        parent: dict[int, int] = {}

        def root(column: int) -> int:
            while parent.setdefault(column, column) != column:
                column = parent[column]
            return column

        for amounts in self._drawn.values():
            for column, _ in amounts:
                parent[root(column)] = root(amounts[0][0])
        columns: dict[int, list[int]] = {}
        for column in sorted(parent):
            columns.setdefault(root(column), []).append(column)
        positions: dict[int, int] = {}
        for position, amounts in self._drawn.items():
            if amounts:
                found = root(amounts[0][0])
                positions[found] = positions.get(found, 0) | 1 << position
        return [(tuple(same), positions[found]) for found, same in columns.items()]

    def dry(self, left: tuple[int, ...]) -> int:
        """The positions that draw more than is left of a counter, or whose pool has less than nothing of one."""
        dry = 0
        overdrawn: dict[tuple[int, int], bool] = {}
        for position, amounts in self._drawn.items():
            pool = self._pools[position]
            if pool not in overdrawn:
                overdrawn[pool] = min(left[slice(*pool)], default=0) < 0
            totals: dict[int, int] = {}
            for column, amount in amounts:
                totals[column] = totals.get(column, 0) + amount
            if overdrawn[pool] or any(amount > left[column] for column, amount in totals.items()):
                dry |= 1 << position
        return dry

    def shortage(self, demands: Sequence[Demand], left: tuple[int, ...]) -> tuple[int, int] | None:
        """(needed, available) where the demands draw more than is left; None if that is not so."""
        for mask, count in demands:
            if count and not mask & self._free:
                most = self._most(mask, left)
                if most < count:
                    return count, most
        deepest = max((len(columns) for columns, _ in self._components), default=0)
        for depth in range(deepest):
            found = self._sum_at(depth, demands, left)
            if found is not None:
                return found
        return None

    def _most(self, mask: int, left: tuple[int, ...]) -> int:
        """The most devices of a bit set that the counters admit, each component by itself."""
        most = 0
        for columns, positions in self._components:
            inside = mask & positions
            if inside:
                room = inside.bit_count()
                for column in columns:
                    least = min(self._amount(position, column) for position in bit_sets.positions(inside))
                    if least > 0:
                        room = min(room, max(left[column], 0) // least)
                most += room
        return most

    def _sum_at(self, depth: int, demands: Sequence[Demand], left: tuple[int, ...]) -> tuple[int, int] | None:
        """What the demands draw at least from the columns of one depth, against what is left of them."""
        column_of = {
            position: columns[depth] if depth < len(columns) else -1
            for columns, positions in self._components
            for position in bit_sets.positions(positions)
        }
        needed = 0
        for mask, count in demands:
            if count and mask and not mask & self._free:
                needed += count * min(
                    self._amount(position, column_of.get(position, -1)) for position in bit_sets.positions(mask)
                )
        # What was overdrawn gives nothing, and must not spoil the sum.
        available = sum(max(left[columns[depth]], 0) for columns, _ in self._components if depth < len(columns))
        return (needed, available) if needed > available else None

    def _amount(self, position: int, column: int) -> int:
        return sum(amount for each, amount in self._drawn[position] if each == column)
