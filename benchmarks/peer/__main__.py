"""Measure Kubernetes' own code and drapolicy on the same fleets in the same minutes: `make bench-peer`.

`python -m benchmarks.peer [cel] [allocate] [curve] [--nodes N …] [--different N …] [--curve N …]` chooses what is
measured. The curve is drapolicy's alone; `make bench-large` draws it up to 62,500 nodes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.fleets import SELECTORS, write_claims, write_different_fleet, write_fleet, write_selector_fleet
from benchmarks.large import print_curve
from benchmarks.measure import ENVIRONMENT, PROJECT
from benchmarks.peer.program import build, report

Report = dict[str, Any]


def main() -> int:
    options = _options()
    build()
    is_equal = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        claims = write_claims(folder)
        if "cel" in options.what:
            for mixed, kind in ((False, "on nodes of one model"), (True, "each drawn by itself")):
                fleet = write_selector_fleet(folder, 12_500, mixed=mixed)
                is_equal &= _selectors(f"8,000 distinct devices, {kind}", fleet, folder)
            for nodes in options.nodes[-1:]:
                is_equal &= _selectors(f"the fleet of {nodes:,} nodes", write_fleet(nodes, folder), folder)
        if "allocate" in options.what:
            for nodes in options.nodes:
                is_equal &= _claims(f"{nodes:,} nodes", write_fleet(nodes, folder), claims)
            for nodes in options.different:
                fleet = write_different_fleet(folder, nodes)
                is_equal &= _claims(f"{nodes:,} nodes, all different, random devices in use", fleet, claims)
    if "curve" in options.what:
        print_curve(options.curve)
    return 0 if is_equal else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", metavar="cel|allocate|curve", help="what to measure; all by default")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1000, 5000], help="fleets with nodes that are alike")
    parser.add_argument("--different", type=int, nargs="*", default=[300, 3000], help="fleets with all nodes different")
    parser.add_argument("--curve", type=int, nargs="*", default=[100, 1000, 5000], help="fleets for the curve")
    options = parser.parse_args()
    options.what = options.what or ["cel", "allocate", "curve"]
    return options


def _ours(mode: str, fleet: Path, questions: Path) -> Report:
    command = [sys.executable, "-m", "benchmarks.peer.ours", mode, str(fleet), str(questions)]
    run = subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    found: Report = json.loads(run.stdout)
    return found


def _selectors(title: str, fleet: Path, folder: Path) -> bool:
    questions = folder / "selectors.json"
    questions.write_text(json.dumps(SELECTORS), encoding="utf-8")
    theirs, ours = report("cel", str(fleet), str(questions)), _ours("cel", fleet, questions)
    print(f"\nselectors on {title} ({theirs['devices']:,} devices); milliseconds with compiling, medians of 5")
    print(_circumstances(theirs, ours))
    print(f"{'Go':>9}{'first':>9}{'ratio':>7}{'unread':>9}{'ratio':>7}{'warm':>8}{'ratio':>8}  matches  selector")
    is_equal = True
    for their, our in zip(theirs["selectors"], ours["selectors"], strict=True):
        full = their["compile"]["ms"] + their["all"]["ms"]
        columns = [f"{full:>9.0f}"]
        for name, width in (("first_ms", 9), ("unread_ms", 9), ("warm_ms", 8)):
            columns.append(f"{our[name]:>{width}.2f}{full / our[name]:>{7 if width == 9 else 8}.0f}")
        is_same = their["matches"] == our["matches"]
        is_equal &= is_same
        number = f"{our['matches']:>9,}" if is_same else f"DIFFER: {their['matches']:,} and {our['matches']:,}"
        print(f"{''.join(columns)}{number}  {their['expression'][:70]}", flush=True)
    return is_equal


def _claims(title: str, fleet: Path, claims: Path) -> bool:
    theirs, ours = report("allocate", str(fleet), str(claims)), _ours("allocate", fleet, claims)
    print(f"\nclaims on {title}; milliseconds with compiling and NewAllocator, medians")
    print("of 5 runs, of up to 51 of what is short, and of fewer of what takes over 20 s")
    print(_circumstances(theirs, ours))
    both = f"{'Go':>10}{'ours':>9}"
    print(f"{'first fit':>41}{'all nodes':>28}")
    print(f"{'claim':<22}{both}{'ratio':>7}{both}{'ratio':>9}{'named':>8}  fits")
    is_equal = True
    for their, our in zip(theirs["claims"], ours["claims"], strict=True):
        is_same = (their["first"], their["digest"]) == (our["first"], our["digest"])
        is_equal &= is_same
        fits = f"{our['fits']:,}" if is_same else f"DIFFER: {their['fits']:,} and {our['fits']:,}"
        print(f"{their['name']:<22}{_pair(their, our, 'first_fit', 7)}{_pair(their, our, 'all_nodes', 9)}", end="")
        print(f"{our['named_ms']:>8.1f}  {fits}", flush=True)
    return is_equal


def _pair(their: Report, our: Report, what: str, width: int) -> str:
    go, py = their[what]["ms"], our[what]["ms"]
    return f"{go:>10.2f}{py:>9.2f}{go / py:>{width}.1f}"


def _circumstances(theirs: Report, ours: Report) -> str:
    loading = f"loading {ours['load_ms']:.0f} ms, then tables {ours['fleet_ms'] - ours['load_ms']:.0f} ms"
    return f"{theirs['go']}, GOMAXPROCS={theirs['gomaxprocs']}; ours: {loading}, {ours['memory_mb']:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
