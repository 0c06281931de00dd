"""Refuse values that are small in memory but endless to walk: ``[v, v]`` of ``[u, u]`` of … doubles with each level.

cel-go charges such a value by its outer size, and would compare or print it for years. Nothing that a selector needs is
near the bounds; what is past them ends like an evaluation that is past its cost.
"""

from __future__ import annotations

from dra_policy.cel.data import Interruption, MapValue, OptionalValue, Value
from dra_policy.cel.frame import COST_EXCEEDED

MOST_VALUES = 2_000_000
MOST_CHARACTERS = 50_000_000


def check_size(size: int, most: int = MOST_VALUES) -> None:
    """End the evaluation if something about to be made is larger than that."""
    if size > most:
        raise Interruption(COST_EXCEEDED)


def check_nested(values: list[Value]) -> None:
    """End the evaluation if the parts of a new list or map hold too many values, shared ones counted each time."""
    known: dict[int, int] = {}
    check_size(sum(_weight(value, known) for value in values if isinstance(value, _CONTAINERS)))


_CONTAINERS = (list, MapValue, OptionalValue)


def _weight(value: Value, known: dict[int, int]) -> int:
    if not isinstance(value, _CONTAINERS):
        return 1
    found = known.get(id(value))
    if found is None:
        parts: list[Value]
        match value:
            case list():
                parts = value
            case MapValue():
                parts = [inner for _, inner in value.all_items()]
            case OptionalValue():
                parts = [value.value]
        # Most lists hold no others, which their few types tell faster than all their items.
        is_flat = not any(issubclass(kind, _CONTAINERS) for kind in set(map(type, parts)))
        nested = [] if is_flat else [part for part in parts if isinstance(part, _CONTAINERS)]
        found = known[id(value)] = 1 + len(parts) + sum(_weight(part, known) for part in nested)
    return found
