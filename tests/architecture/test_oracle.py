"""The plain walk, which the search is compared with, shares no shortcut with it."""

from __future__ import annotations

import ast

from tests.shared_data import PROJECT

ALLOCATE = "dra_policy.allocate."
# What one device does to a claim's constraints, counters and capacities, and the problem itself. Beside the plain walk
# these are held to Kubernetes' own code (benchmarks.fuzz) and to the documents (tests/property/test_allocated.py).
SHARED = {"capacity", "constraints", "counters", "problem", "proof"}


def imported(module: str) -> set[str]:
    """The modules of the allocator that a module of it imports."""
    tree = ast.parse((PROJECT / "dra_policy" / "allocate" / f"{module}.py").read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.removeprefix(ALLOCATE) for name in names if name.startswith(ALLOCATE)}


def test_the_plain_walk_reaches_neither_bounds_nor_search() -> None:
    reached, waiting = set[str](), {"reference"}
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= imported(module) - reached

    assert reached - {"reference"} <= SHARED
