"""Our side of a measurement, in a process of its own: `python -m benchmarks.peer.ours allocate|cel FLEET QUESTIONS`.

It prints one JSON object of the same form as the Go program's.
"""

from __future__ import annotations

import gc
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import anonymous_mb
from dra_policy import load, load_text
from dra_policy.allocate import Allocated, Answers, FirstFit, NodeAnswer, allocate_claims, first_fit
from dra_policy.cel import compiling
from dra_policy.compiler import CompiledClaim, selector
from dra_policy.engine.library import Cluster
from dra_policy.engine.world import World
from dra_policy.model import Claim

RUNS = 5
# What is short is measured more often, here as in the Go program (timing.go).
MOST_RUNS, SHORT_SECONDS = 51, 0.05
WARM_UP = 'device.driver == "warm.example.com" && quantity("1Gi").isInteger() && semver("1.0.0").major() == 1'


def main(mode: str, fleet: str, questions: str) -> None:
    start = time.perf_counter()
    cluster = load(fleet)
    report: dict[str, Any] = {"load_ms": (time.perf_counter() - start) * 1000}
    loaded = warmed(cluster.world)
    report["fleet_ms"] = (time.perf_counter() - start) * 1000
    report["memory_mb"] = anonymous_mb()
    loaded.count(loaded.compile(WARM_UP))
    gc.collect()
    gc.freeze()
    if mode == "allocate":
        cases = [json.loads(line) for line in Path(questions).read_text(encoding="utf-8").splitlines()]
        for case in cases:
            # The interpreter adapts code to what it runs: it should have run all of it before anything is measured.
            _ask_first(as_new(cluster), [read_claim(document) for document in case["claims"]])
        report["claims"] = [_claims_report(cluster, case) for case in cases]
        report["nodes"] = len(cluster.nodes)
    else:
        expressions = json.loads(Path(questions).read_text(encoding="utf-8"))
        report["selectors"] = [_selector_report(cluster, each) for each in expressions]
    print(json.dumps(report))


def warmed(world: World) -> Cluster:
    """A cluster in its final form: fleet and vocabulary are made, and nothing was asked yet."""
    list(world.fleet.groups())
    world.published  # noqa: B018 - computed at first use
    return Cluster(world)


def as_new(cluster: Cluster) -> Cluster:
    """The same loaded cluster, with no answer and no compiled expression kept from another question."""
    compiling._COMPILED.clear()  # noqa: SLF001 - nobody else would want to
    selector._EXPRESSIONS.__init__()  # type: ignore[misc] # noqa: SLF001
    world = cluster.world
    fresh = World(world.objects, world.diagnostics, world.rules)
    vars(fresh).update(fleet=world.fleet, vocabulary=world.vocabulary, classes=world.classes)
    return Cluster(fresh)


def _claims_report(cluster: Cluster, case: dict[str, Any]) -> dict[str, Any]:
    claims = [read_claim(document) for document in case["claims"]]
    report: dict[str, Any] = {"name": case["name"]}
    first: list[FirstFit] = []
    every: list[Answers] = []

    def ask_first(fresh: Cluster) -> None:
        first.append(_ask_first(fresh, claims))

    def ask_all(fresh: Cluster) -> None:
        answers = allocate_claims(fresh.world.fleet, compiled(fresh, claims), evaluator=fresh.world.evaluator)
        every.append(answers)

    report["first_fit"] = {"ms": _timed(cluster, ask_first)}
    report["all_nodes"] = {"ms": _timed(cluster, ask_all)}
    deciding = first[-1].deciding
    report["first"] = _line(deciding) if deciding is not None else ""
    start = time.perf_counter()
    lines = [line for answer in every[-1] if (line := _line(answer))]
    report["named_ms"] = (time.perf_counter() - start) * 1000
    report["fits"] = len(lines)
    report["digest"] = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    return report


def _ask_first(fresh: Cluster, claims: Sequence[Claim]) -> FirstFit:
    return first_fit(fresh.world.fleet, compiled(fresh, claims), evaluator=fresh.world.evaluator)


def read_claim(document: dict[str, Any]) -> Claim:
    (claim,) = load_text(json.dumps(document), "claim.json").claims()
    return claim


def compiled(cluster: Cluster, claims: Sequence[Claim]) -> list[CompiledClaim]:
    return [cluster.compile_claim(each) for each in claims]


def _timed(cluster: Cluster, ask: Callable[[Cluster], None]) -> float:
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < RUNS or (len(times) < MOST_RUNS and time.perf_counter() - began < SHORT_SECONDS):
        fresh = as_new(cluster)
        start = time.perf_counter()
        ask(fresh)
        times.append(time.perf_counter() - start)
    return median(times) * 1000


def _line(answer: NodeAnswer) -> str:
    """The node with its devices, as the Go program writes it; nothing if the claims do not fit there."""
    if not isinstance(answer.outcome, Allocated):
        return ""
    return f"{answer.node}: {'; '.join(' '.join(result.devices) for result in answer.outcome.results)}"


def _selector_report(cluster: Cluster, expression: str) -> dict[str, Any]:
    """Compile included. First: on a cluster just loaded; warm: on one that answered selectors before, which together
    read the same attributes; unread: on one that answered a selector which reads no attribute.
    """
    matches = [0]

    def ask(fresh: Cluster) -> None:
        matches[0] = fresh.count(fresh.compile(expression))

    def asked_before(*others: str) -> float:
        fresh = as_new(cluster)
        for other in others:
            fresh.count(fresh.compile(other))
        start = time.perf_counter()
        ask(fresh)
        return time.perf_counter() - start

    first = _timed(cluster, ask)
    unread = median([asked_before(WARM_UP) for _ in range(RUNS)]) * 1000
    warm = median([asked_before(*OTHERS) for _ in range(RUNS)]) * 1000
    return {"expression": expression, "first_ms": first, "unread_ms": unread, "warm_ms": warm, "matches": matches[0]}


OTHERS = (
    WARM_UP,
    'device.attributes["gpu.example.com"].?uuid.orValue("") == "none"',
    'device.attributes["gpu.example.com"].?model.orValue("") == "none"',
    'device.attributes["gpu.example.com"].?productName.orValue("") == "none"',
    'device.attributes["gpu.example.com"].?driverVersion.orValue(semver("1.0.0")).isLessThan(semver("0.0.1"))',
    'device.attributes["gpu.example.com"].?ecc.orValue(false)',
    'device.attributes["gpu.example.com"].?numa.orValue(0) == 9',
    'device.attributes["gpu.example.com"].?index.orValue(0) == 99',
    'device.attributes["resource.kubernetes.io"].?pcieRoot.orValue("") == "none"',
    'device.capacity["gpu.example.com"].?memory.orValue(quantity("0")).isGreaterThan(quantity("9Ti"))',
)
"""Selectors that a warm cluster has answered before: together they have read what the measured ones read."""


if __name__ == "__main__":
    main(*sys.argv[1:4])
