"""Print the figures that the project promises, each beside its bound."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.fleets import write_fleet
from benchmarks.measure import PROJECT, SHARED, in_fresh_process, process_ms

DRAPOLICY = str(Path(sys.executable).with_name("drapolicy"))
PROTOTYPE_POOLS = SHARED / "manifests/dra-evolution/pools-two-nodes-dgxa100.yaml"

LOAD = """
import time
import dra_policy
load = dra_policy.load
load("testdata/west/west.json").world.fleet  # imports what loading needs
start = time.perf_counter()
cluster = load({path!r})
cluster.world.fleet
loaded = time.perf_counter() - start
from benchmarks.measure import anonymous_mb
print(loaded * 1000, anonymous_mb())
"""

SELECTOR = """
import time
import dra_policy
cluster = dra_policy.load({path!r})
cluster.count(cluster.compile('device.driver == "warm.example.com"'))
cluster.count(cluster.compile('device.attributes["gpu.example.com"].index == 1 && quantity("1Gi").isInteger()'))
text = ('device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "A100" && '
        'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0')
start = time.perf_counter()
condition = cluster.compile(text)
number = cluster.count(condition)
print((time.perf_counter() - start) * 1000, number)
"""

EXPLAIN = """
import time
import dra_policy
cluster = dra_policy.load({path!r})
claim = cluster.claim({claim!r})
cluster.world.fleet
start = time.perf_counter()
text = dra_policy.as_text(cluster.explain(claim))
print((time.perf_counter() - start) * 1000)
"""


def main() -> None:
    bare = process_ms([sys.executable, "-c", "pass"])
    print("Each figure is a median of runs with byte code and grammar tables cached; a call is timed without imports.")
    print(f"{'what':<58}{'measured':>14}{'at most':>12}")
    _row("bare python -c pass", f"{bare:.1f} ms", "")
    process_ms([DRAPOLICY, "--version"], runs=1)
    version = process_ms([DRAPOLICY, "--version"])
    _row("drapolicy --version, whole process", f"{version / bare:.1f}x", "4x")
    example = PROJECT / "examples" / "waiting-for-another-claim"
    command = [DRAPOLICY, "explain", "train.yaml"]
    process_ms(command, cwd=example, runs=1)
    _row("drapolicy explain on an example, second run", f"{process_ms(command, cwd=example) / bare:.1f}x", "15x")
    if PROTOTYPE_POOLS.exists():
        (ms, _) = in_fresh_process(LOAD.format(path=str(PROTOTYPE_POOLS)))
        _row("load the prototype's two DGX A100 nodes (12,661 lines)", f"{ms:.0f} ms", "250 ms")
    with tempfile.TemporaryDirectory() as folder:
        _fleet_rows(Path(folder))


def _fleet_rows(folder: Path) -> None:
    fleet = str(write_fleet(1000, folder))
    ms, memory = in_fresh_process(LOAD.format(path=fleet))
    _row("load 1,000 nodes, 16,000 devices as JSON", f"{ms:.0f} ms", "150 ms")
    _row("  memory of the process in all", f"{memory:.0f} MB", "80 MB")
    ms, _ = in_fresh_process(SELECTOR.format(path=fleet))
    _row("one new selector over them, compile included", f"{ms:.1f} ms", "10 ms")
    for name in ("unsat-selector", "unsat-3-pcie"):
        claim = str(folder / f"{name}.json")
        (ms,) = in_fresh_process(EXPLAIN.format(path=fleet, claim=claim))
        _row(f"explain {name} over them", f"{ms:.0f} ms", "300 ms")


def _row(what: str, measured: str, bound: str) -> None:
    print(f"{what:<58}{measured:>14}{bound:>12}", flush=True)


if __name__ == "__main__":
    main()
