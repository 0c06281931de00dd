"""Print how time grows with the fleet, and what changes cost: `make bench-large`.

`python -m benchmarks.large [NODES …]` chooses the sizes. Time follows what is different, not how much of it there is:
the nodes of these fleets are of some dozen kinds in some hundred states.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.fleets import GPU, write_claims, write_fleet
from benchmarks.measure import ENVIRONMENT, PROJECT, anonymous_mb, call_ms
from benchmarks.peer.ours import as_new, compiled, read_claim, warmed
from dra_policy import Claim, Cluster, LiveCluster, ResourceSlice, load, load_text
from dra_policy.allocate import allocate_claims, first_fit
from dra_policy.model import AllocatedDevice, Allocation, DeviceId
from dra_policy.record import replace

SIZES = (100, 1000, 5000, 20_000, 62_500)
CHANGES = 300
RUNS = 3
Figures = dict[str, float]

BOUNDS = {
    "load, s": "3 s at 62,500",
    "anonymous memory, MB": "250 at 62,500",
    "all nodes, slowest claim, ms": "20 at 62,500",
    "take five devices, µs": "20",
    "free them, µs": "20",
    "claim of five comes, µs": "20",
    "claim goes, µs": "20",
    "slice replaced, µs": "200",
    "slice of new content, µs": "200",
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description="How time grows with the fleet.")
    parser.add_argument("nodes", type=int, nargs="*", default=list(SIZES), help="sizes of fleets, in nodes")
    parser.add_argument("--fleet", nargs=2, metavar=("FLEET", "CLAIMS"), help="measure one file, print JSON")
    options = parser.parse_args(arguments)
    if options.fleet:
        print(json.dumps(measured(*options.fleet)))
    else:
        print_curve(options.nodes)


def print_curve(sizes: Sequence[int]) -> None:
    """Measure a fleet of each size in processes of its own, and print a column of medians for each."""
    columns = []
    with tempfile.TemporaryDirectory() as name:
        for nodes in sizes:
            fleet, claims = write_fleet(nodes, Path(name)), write_claims(Path(name))
            # What was written just now should not compete with what is measured.
            os.sync()
            command = [sys.executable, "-m", "benchmarks.large", "--fleet", str(fleet), str(claims)]
            columns.append(_medians([_run(command) for _ in range(RUNS)]))
            fleet.unlink()
    print("\nthe same questions to fleets of growing size; medians, a loaded fleet, compiling included")
    print(f"{'nodes':<34}{''.join(f'{nodes:>11,}' for nodes in sizes)}  at most")
    for what in columns[0]:
        cells = "".join(f"{_printed(column[what]):>11}" for column in columns)
        print(f"{what:<34}{cells}  {BOUNDS.get(what, '')}".rstrip(), flush=True)


def _run(command: Sequence[str]) -> Figures:
    run = subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(run.stdout)
    return figures


def _medians(runs: Sequence[Figures]) -> Figures:
    return {what: median([run[what] for run in runs]) for what in runs[0]}


def _printed(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"


def measured(fleet: str, questions: str) -> Figures:
    """The figures of one fleet, in the order in which they are printed."""
    warm_up()
    start = time.perf_counter()
    cluster = load(fleet)
    cluster.world.fleet  # noqa: B018 - computed at first use
    figures: Figures = {"load, s": time.perf_counter() - start, "anonymous memory, MB": anonymous_mb()}
    cases = [json.loads(line) for line in Path(questions).read_text(encoding="utf-8").splitlines()]
    pods = {case["name"]: [read_claim(document) for document in case["claims"]] for case in cases}
    first = next(iter(pods.values()))
    start = time.perf_counter()
    first_fit(cluster.world.fleet, compiled(cluster, first), evaluator=cluster.world.evaluator)
    figures["first question of all, ms"] = (time.perf_counter() - start) * 1000
    warmed(cluster.world)
    gc.collect()
    gc.freeze()
    groups = cluster.world.fleet.groups()
    figures |= {"devices": float(sum(group.layout.size * len(group.nodes) for group in groups))}
    figures |= {"kinds of nodes": float(len({group.layout.id for group in groups})), "states": float(len(groups))}
    figures |= _questions(cluster, pods)
    start = time.perf_counter()
    live = cluster.live()
    live.first_fit(*first)
    figures["live form, ms"] = (time.perf_counter() - start) * 1000
    figures["explained after a change, ms"] = _explained_ms(live, *list(pods.values())[-1])
    figures |= _changes(live, first[0])
    gc.unfreeze()
    return figures


def warm_up() -> None:
    """Import what is needed; the first expression of a process reads the grammar."""
    small = load("testdata/west/west.json")
    small.count(small.compile('device.driver == "warm.example.com"'))


def _questions(cluster: Cluster, pods: dict[str, list[Claim]]) -> Figures:
    figures: Figures = {}
    for name, claims in pods.items():
        figures[f"all nodes, {name}, ms"] = _asked(cluster, claims, allocate_claims)
    figures["all nodes, slowest claim, ms"] = max(figures.values())
    figures["first fit, slowest claim, ms"] = max(_asked(cluster, claims, first_fit) for claims in pods.values())
    return figures


def _asked(cluster: Cluster, claims: list[Claim], ask: Callable[..., object]) -> float:
    """A new plan on the loaded fleet each time, nothing kept of other questions."""

    def once() -> None:
        one = as_new(cluster)
        ask(one.world.fleet, compiled(one, claims), evaluator=one.world.evaluator)

    return call_ms(once, runs=5)


def _changes(live: LiveCluster, claim: Claim) -> Figures:
    """What changes cost, and the questions between them; nodes far from each other in turn."""
    nodes = live.nodes
    places = [nodes[number * 7919 % len(nodes)] for number in range(CHANGES)]
    five = [[DeviceId(GPU, node, f"gpu-{index}") for index in range(5)] for node in places]
    held = [
        replace(claim, name=f"c-{number}", allocation=Allocation(tuple(AllocatedDevice("r", each) for each in devices)))
        for number, devices in enumerate(five)
    ]
    slices = [each for each in live.world.objects.slices if each.driver == GPU][:CHANGES]
    likes = [replace(claim, name=f"p-{number}") for number in range(CHANGES)]
    figures = {
        "take five devices, µs": _each_us(live.take, five),
        "free them, µs": _each_us(live.free, five),
        "claim of five comes, µs": _each_us(live.put_claim, held),
        "claim goes, µs": _each_us(live.remove_claim, held),
        "slice replaced, µs": _each_us(live.put_slice, slices),
        "first fit like an earlier one, µs": _each_us(live.first_fit, likes),
        "first fit and hold, µs": _each_us(live.commit, likes),
        "all nodes after a change, ms": _each_us(_after_change(live, five), likes[:20]) / 1000,
    }
    return figures | {"slice of new content, µs": _each_us(live.put_slice, map(_renewed, enumerate(slices)))}


def _explained_ms(live: LiveCluster, *claims: Claim) -> float:
    """Why claims do not fit, each time after a device came into use."""
    live.explain(*claims)
    devices = [[DeviceId(GPU, node, "gpu-0")] for node in live.nodes[:3]]

    def changed(taken: list[DeviceId]) -> None:
        live.take(taken)
        live.explain(*claims)

    figure = _each_us(changed, devices) / 1000
    for taken in devices:
        live.free(taken)
    return figure


def _after_change(live: LiveCluster, devices: list[list[DeviceId]]) -> Callable[[Claim], object]:
    def ask(claim: Claim) -> object:
        live.take(devices[0])
        live.free(devices[0])
        return live.allocate(claim)

    return ask


def _renewed(numbered: tuple[int, ResourceSlice]) -> ResourceSlice:
    """The slice with devices as nobody has them yet."""
    number, old = numbered
    devices = json.loads(old.devices.text)
    for device in devices:
        device["attributes"]["batch"] = {"int": number}
    spec = {
        "driver": old.driver,
        "nodeName": old.node_name,
        "pool": {"name": old.pool, "generation": old.generation + 1, "resourceSliceCount": 1},
        "devices": devices,
    }
    document = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": old.name}}
    (renewed,) = load_text(json.dumps({**document, "spec": spec}), "slice.json").world.objects.slices
    return renewed


def _each_us(change: Callable[..., object], subjects: Iterable[object]) -> float:
    times = []
    for subject in subjects:
        start = time.perf_counter()
        change(subject)
        times.append(time.perf_counter() - start)
    return median(times) * 1e6


if __name__ == "__main__":
    main()
