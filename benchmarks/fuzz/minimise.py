"""Make a case smaller for as long as it still shows what it shows."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.fuzz.dice import JsonObject

Path = tuple[Any, ...]

# Without these an object is another or none at all, and what it then shows is no finding.
REQUIRED = frozenset(
    {
        "allocationMode",
        "apiVersion",
        "cel",
        "claims",
        "consumedCapacity",
        "count",
        "counterSet",
        "counters",
        "default",
        "device",
        "deviceClassName",
        "driver",
        "effect",
        "exactly",
        "expression",
        "features",
        "generation",
        "key",
        "kind",
        "metadata",
        "min",
        "name",
        "namespace",
        "nodeSelectorTerms",
        "nodes",
        "opaque",
        "operator",
        "parameters",
        "pool",
        "requestPolicy",
        "requests",
        "resourceSliceCount",
        "shareID",
        "spec",
        "value",
        "values",
    }
)


def minimised(case: JsonObject, still_shows: Callable[[JsonObject], bool], *, seconds: float = 30) -> JsonObject:
    """The case without any part that it can spare; ``still_shows`` says whether a smaller one will do."""
    end = time.monotonic() + seconds
    has_shrunk = True
    while has_shrunk and time.monotonic() < end:
        has_shrunk = False
        for path in list(_parts(case)):
            smaller = _without(case, path)
            if smaller is not None and time.monotonic() < end and still_shows(smaller):
                case, has_shrunk = smaller, True
    return case


def _parts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every list entry and every object member, outer ones first, later entries before earlier ones."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = [key for key in value if key not in REQUIRED]
    elif isinstance(value, list):
        keys = list(range(len(value) - 1, -1, -1))
    yield from ((*path, key) for key in keys)
    members = value.items() if isinstance(value, dict) else ((key, value[key]) for key in keys)
    for key, member in members:
        yield from _parts(member, (*path, key))


def _without(case: JsonObject, path: Path) -> JsonObject | None:
    """The case without one part; None if that part is gone already."""
    smaller = copy.deepcopy(case)
    holder: Any = smaller
    try:
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return smaller
