"""Which shortcuts a search takes: each can be left out alone, none changes the answer."""

from __future__ import annotations

from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """The switches. The first five are bounds, which prove that nothing fits; see ``bounds``.

    ``counts``: a request has fewer candidates than it needs. ``values``: a matchAttribute's value is kept only if all
    its requests have enough devices with it. ``distinct``: fewer values than devices. ``matching``: no assignment of
    different devices to all demands. ``counters``: shared counters do not suffice. ``twins`` and ``blocks``: of equal
    devices, or equal groups of devices, that nobody took only the first is tried. ``memory``: what failed once fails
    again. ``parts``: requests that have nothing in common are solved apart. ``look_ahead``: the bounds are asked again
    at the start of each request. ``signatures``: nodes that look alike to the claims are searched once; ``cut``: of
    devices of one type only as many are looked at as can be taken.

    ``eager``: where there are several requests, some steps are tried before the bounds: most solutions are easy.
    ``greedy``: on so many layouts of a plan a walk that never goes back comes before all else, for the same reason;
    with ``eager`` only, whose steps it takes.
    ``patience``: blocks, twins that are not known beforehand, and looking ahead cost more than an easy search; they
    begin after that many steps. ``few_frames``: where a call meets more device lists than these, the different devices
    of the whole fleet are looked at instead, each once.
    """

    counts: bool = True
    values: bool = True
    distinct: bool = True
    matching: bool = True
    counters: bool = True
    twins: bool = True
    blocks: bool = True
    memory: bool = True
    parts: bool = True
    look_ahead: bool = True
    signatures: bool = True
    cut: bool = True
    eager: bool = True
    greedy: int = 0
    patience: int = 60
    few_frames: int = 32


ALL_SHORTCUTS = Shortcuts()
HOPEFUL = Shortcuts(greedy=4)
"""For the first node that fits."""
