"""The search without anything that spares it steps, which tests compare with it."""

from __future__ import annotations

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
