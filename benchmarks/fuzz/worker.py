"""Ask both sides one question after the other until they differ or the time is over."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fuzz.cases import random_case
from benchmarks.fuzz.compare import Difference, allocation_difference, cel_difference, is_undecided
from benchmarks.fuzz.dice import JsonObject
from benchmarks.fuzz.expressions import random_question
from benchmarks.fuzz.minimise import minimised
from benchmarks.peer.program import Server
from dra_policy.engine.batch import InvalidCaseError, allocate_case, cel_case
from dra_policy.engine.rules import Rules

STEPS = 100_000
"""Our budget of a search, smaller than the default so that a hopeless one does not hold up the others."""
REPEATS = 60
"""How often Kubernetes is asked again before a difference counts."""


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


@dataclass
class Findings:
    """What a worker counted and the differences that it met, as (number, kind, words, smallest case)."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[int, str, str, JsonObject]] = field(default_factory=list)


@dataclass(frozen=True)
class _Mode:
    make: Callable[[int, int], JsonObject]
    answer: Callable[[bytes, Rules], dict[str, Any]]
    difference: Callable[[JsonObject, JsonObject], Difference | None]


_MODES = {
    "allocate": _Mode(random_case, allocate_case, allocation_difference),
    "cel": _Mode(random_question, cel_case, cel_difference),
}


def run(job: Job) -> Findings:
    """Work through the cases of a job."""
    os.nice(5)
    mode, server, found = _MODES[job.mode], Server(), Findings()
    end = time.monotonic() + job.seconds
    for number in range(job.first, job.end, job.step):
        if time.monotonic() > end:
            break
        case = mode.make(job.seed, number)
        theirs, ours = _both(mode, server, case)
        _count(found.counts, theirs, ours)
        difference = mode.difference(theirs, ours)
        if difference is None:
            continue
        if "'crashed'" not in difference[1] and _has_other_answer(mode, server, case, ours):
            found.counts["Kubernetes' answer varies"] += 1
            continue
        kind, _ = difference
        found.counts[f"different: {kind}"] += 1
        if kind in job.ignored:
            continue
        found.differences.append(_finding(mode, server, number, case, difference))
        if "crashed" in theirs:
            server = Server()
        if not job.keep_going:
            break
    server.close()
    return found


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


def _has_other_answer(mode: _Mode, server: Server, case: JsonObject, ours: JsonObject) -> bool:
    """Whether Kubernetes, asked again, sometimes answers as we do: what follows Go's maps is random there."""
    line = json.dumps(case).encode()
    return any(mode.difference(server.ask(line), ours) is None for _ in range(REPEATS))


def _finding(
    mode: _Mode, server: Server, number: int, case: JsonObject, difference: Difference
) -> tuple[int, str, str, JsonObject]:
    kind, words = difference
    if "'crashed'" in words:
        return number, kind, words, case
    smallest = _smallest(mode, server, case, kind)
    again = mode.difference(*_both(mode, server, smallest))
    return number, kind, (again or difference)[1], smallest


def _smallest(mode: _Mode, server: Server, case: JsonObject, kind: str) -> JsonObject:
    def still_shows(smaller: JsonObject) -> bool:
        theirs, ours = _both(mode, server, smaller)
        found = mode.difference(theirs, ours)
        return found is not None and found[0] == kind and not _has_other_answer(mode, server, smaller, ours)

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
