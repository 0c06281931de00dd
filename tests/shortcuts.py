"""The search without anything that spares it steps, which tests compare with it."""

from __future__ import annotations

from dra_policy.allocate import Undecided
from dra_policy.allocate.shortcuts import Shortcuts

NO_SHORTCUTS = Shortcuts(
    counts=False,
    values=False,
    distinct=False,
    matching=False,
    counters=False,
    twins=False,
    blocks=False,
    memory=False,
    parts=False,
    look_ahead=False,
    signatures=False,
    cut=False,
    eager=False,
)

THRESHOLDS = ("patience", "few_frames", "greedy")
SWITCHES = tuple(name for name in Shortcuts.__annotations__ if name not in THRESHOLDS)
AT_ONCE = {"patience": 0, "few_frames": 0}
"""Every shortcut from the first step on, and whatever the number of device lists."""
GREEDY = {"greedy": 1000}
"""Everywhere the walk first that never goes back."""


def assert_same_answers(found: dict[str, object], expected: dict[str, object]) -> None:
    """Nodes on which either search gave up cannot be compared."""
    assert found.keys() == expected.keys()
    for node, outcome in found.items():
        if not isinstance(outcome, Undecided) and not isinstance(expected[node], Undecided):
            assert outcome == expected[node], node
