"""Ask both sides one question after the other until they differ or the time is over."""

from __future__ import annotations

import gc
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from benchmarks.fuzz.cases import random_case
from benchmarks.fuzz.compare import Difference, allocation_difference, cel_difference, is_undecided, nodes_that_agree
from benchmarks.fuzz.dice import JsonObject
from benchmarks.fuzz.expressions import random_question
from benchmarks.fuzz.minimise import minimised
from benchmarks.peer.program import Server
from dra_policy.allocate.shortcuts import HOPEFUL
from dra_policy.engine.batch import InvalidCaseError, allocate_case, cel_case
from dra_policy.engine.rules import Rules
from dra_policy.record import replace

STEPS = 100_000
"""Our budget of a call, smaller than the default so that a hopeless one does not hold up the others."""
REPEATS, REPEATS_FOR_SMALLER = 400, 60
"""How often Kubernetes is asked again before a difference counts: in a case as it came, and in smaller ones of it."""
SECONDS_BETWEEN_NEWS = 60


@dataclass(frozen=True)
class Job:
    """Cases ``first``, ``first + step`` … below ``end`` of a run."""

    mode: str
    seed: int
    first: int
    step: int
    end: int
    seconds: float
    ignored: frozenset[str] = frozenset()
    keep_going: bool = False


@dataclass(frozen=True)
class Finding:
    """A difference, and the smallest case that shows it."""

    number: int
    difference: Difference
    case: JsonObject


@dataclass
class Findings:
    """What a worker counted and the differences that it met."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class _Mode:
    make: Callable[[int, int], JsonObject]
    answer: Callable[[bytes, Rules], dict[str, Any]]
    difference: Callable[[JsonObject, JsonObject], Difference | None]


# A first fit tries its walk on a few nodes only.
_ON_EVERY_NODE = replace(HOPEFUL, greedy=1_000_000)

_MODES = {
    "allocate": _Mode(random_case, allocate_case, allocation_difference),
    "first-fit": _Mode(random_case, partial(allocate_case, shortcuts=_ON_EVERY_NODE), allocation_difference),
    "cel": _Mode(random_question, cel_case, cel_difference),
}

_stops: list[Event] = []


def share_stop(stop: Event) -> None:
    """Make this process end its work when the event is set."""
    _stops.append(stop)


def _is_over(end: float) -> bool:
    return time.monotonic() > end or any(stop.is_set() for stop in _stops)


def run(job: Job) -> Findings:
    """Work through the cases of a job; the first difference of any job ends all, unless told to keep going."""
    os.nice(5)
    # The modules stay; without them there is less to look through for garbage.
    gc.freeze()
    mode, server, found = _MODES[job.mode], Server(), Findings()
    start = told = time.monotonic()
    for number in range(job.first, job.end, job.step):
        if _is_over(start + job.seconds):
            break
        finding = _asked(mode, server, (job.seed, number), found.counts, job.ignored)
        if finding is not None:
            found.differences.append(finding)
            # At once: who keeps going wants to begin to look.
            print(f"  case {number:,} differs ({finding.difference.kind}): {finding.difference.cause}", flush=True)
            if "'crashed'" in finding.difference.words:
                server = Server()
            if not job.keep_going:
                for stop in _stops:
                    stop.set()
                break
        if job.first == 0 and time.monotonic() > told + SECONDS_BETWEEN_NEWS:
            told = time.monotonic()
            rate = (number + 1) / (told - start)
            print(f"  case {number:,}, {rate:,.0f} a second, {len(found.differences)} differ", flush=True)
    server.close()
    return found


def _asked(
    mode: _Mode, server: Server, place: tuple[int, int], counts: Counter[str], ignored: frozenset[str]
) -> Finding | None:
    """Ask both sides; a difference that counts, with the smallest case that shows it."""
    case = mode.make(*place)
    theirs, ours = _both(mode, server, case)
    _count(counts, theirs, ours)
    difference = mode.difference(theirs, ours)
    if difference is None:
        return None
    is_crash = "'crashed'" in difference.words
    varies = "" if is_crash else _varies(mode, server, case, ours, REPEATS)
    if varies:
        counts[varies] += 1
        return None
    counts[f"different: {difference.kind}"] += 1
    if difference.kind in ignored:
        return None
    if is_crash:
        return Finding(place[1], difference, case)
    smallest = _smallest(mode, server, case, difference)
    return Finding(place[1], mode.difference(*_both(mode, server, smallest)) or difference, smallest)


def _both(mode: _Mode, server: Server, case: JsonObject) -> tuple[JsonObject, JsonObject]:
    line = json.dumps(case).encode()
    server.send(line)
    ours = _ours(mode, line)
    return server.receive(), ours


def _ours(mode: _Mode, line: bytes) -> JsonObject:
    try:
        return mode.answer(line, Rules(steps=STEPS))
    except InvalidCaseError as error:
        return {"invalid": str(error)}
    except Exception as error:
        return {"exception": f"{type(error).__name__}: {error}"}


def _varies(mode: _Mode, server: Server, case: JsonObject, ours: JsonObject, repeats: int) -> str:
    """How Kubernetes, asked again, changes its answer, if it does: what follows Go's maps is random there.

    Each node by itself: on many nodes at once chance seldom falls as we decide. An expression over a map with many
    entries has so many answers that ours may not come up; that counts as varying too, under a name of its own.
    """
    line = json.dumps(case).encode()
    nodes = {node["node"] for node in ours.get("nodes", ())}
    agreed: set[str] = set()
    first = server.ask(line)
    has_others = False
    for _ in range(repeats):
        theirs = server.ask(line)
        agreed |= nodes_that_agree(theirs, ours)
        if mode.difference(theirs, ours) is None or (nodes and agreed == nodes):
            return "Kubernetes' answer varies"
        has_others |= not nodes and theirs != first
    return "Kubernetes' answer varies, not seen as ours" if has_others else ""


def _smallest(mode: _Mode, server: Server, case: JsonObject, difference: Difference) -> JsonObject:
    """A smaller case with a difference of the same kind and cause."""

    def still_shows(smaller: JsonObject) -> bool:
        theirs, ours = _both(mode, server, smaller)
        found = mode.difference(theirs, ours)
        return (
            found is not None
            and (found.kind, found.cause) == (difference.kind, difference.cause)
            and not _varies(mode, server, smaller, ours, REPEATS_FOR_SMALLER)
        )

    return minimised(case, still_shows)


def _count(counts: Counter[str], theirs: JsonObject, ours: JsonObject) -> None:
    counts["cases"] += 1
    if is_undecided(theirs, ours):
        counts["given up by one side"] += 1
    for node in theirs.get("nodes", ()):
        counts["nodes"] += 1
        counts["  allocated" if node["allocated"] else "  error" if "error" in node else "  does not fit"] += 1
    for name in ("result", "error", "compileError", "invalid", "panic"):
        if name in theirs:
            counts[f"  {name}"] += 1
