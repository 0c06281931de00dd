"""Send random questions to both sides and stop at the first difference.

`python -m benchmarks.fuzz [allocate|first-fit|cel …] [--cases N] [--seed N] [--seconds N] …`; --help has the rest.
DRAPOLICY_FUZZ_CASES, DRAPOLICY_FUZZ_SEED and DRAPOLICY_FUZZ_MINUTES set the first three for `make fuzz-peer`.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.fuzz.worker import Finding, Findings, Job, run, share_stop
from benchmarks.measure import PROJECT
from benchmarks.peer.program import build

MODES = ("allocate", "first-fit", "cel")


def main() -> int:
    options = _options()
    build()
    is_different = False
    for mode in options.modes or MODES:
        is_different |= _fuzz(mode, options)
    return int(is_different)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("modes", nargs="*", metavar="allocate|first-fit|cel", help="what to ask; all by default")
    parser.add_argument("--cases", type=int, default=int(os.environ.get("DRAPOLICY_FUZZ_CASES", "100000")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("DRAPOLICY_FUZZ_SEED", "0")) or None)
    minutes = float(os.environ.get("DRAPOLICY_FUZZ_MINUTES", "inf"))
    parser.add_argument("--seconds", type=float, default=minutes * 60, help="for each of them; no limit by default")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ignore", action="append", default=[], help="a kind of difference to count only, as `text`")
    parser.add_argument("--keep-going", action="store_true", help="gather differences instead of stopping")
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "fuzz", help="where small cases are put")
    options = parser.parse_args()
    if unknown := [each for each in options.modes if each not in MODES]:
        parser.error(f"unknown: {unknown[0]}; there are {', '.join(MODES)}")
    if options.seed is None:
        options.seed = random.randrange(1, 10**6)
    return options


def _fuzz(mode: str, options: argparse.Namespace) -> bool:
    limit = f", at most {options.seconds:.0f} s" if math.isfinite(options.seconds) else ""
    print(f"{mode}: {options.cases:,} cases, seed {options.seed}{limit}", flush=True)
    jobs = [
        Job(
            mode,
            options.seed,
            first,
            options.workers,
            options.cases,
            options.seconds,
            frozenset(options.ignore),
            options.keep_going,
        )
        for first in range(options.workers)
    ]
    start = time.monotonic()
    stop = multiprocessing.Event()
    with ProcessPoolExecutor(options.workers, initializer=share_stop, initargs=(stop,)) as pool:
        findings = list(pool.map(run, jobs))
    _print_counts(findings, time.monotonic() - start)
    for each in findings:
        for finding in each.differences:
            _report(options.folder, f"{mode}-{options.seed}-{finding.number}", finding)
    return any(each.differences for each in findings)


def _print_counts(findings: list[Findings], seconds: float) -> None:
    counts = sum((each.counts for each in findings), Counter[str]())
    for name, count in counts.items():
        print(f"  {name:<28}{count:>10,}")
    differences = sum(count for name, count in counts.items() if name.startswith("different"))
    print(f"  {counts['cases'] / seconds:,.0f} cases a second; {differences} differ", flush=True)


def _report(folder: Path, name: str, finding: Finding) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kind, words, cause = finding.difference
    path = folder / f"{name}-{kind}.json"
    path.write_text(json.dumps(finding.case) + "\n", encoding="utf-8")
    print(f"\n{name} {kind}: {cause}\n{words}\nthe smallest case that shows it: {path}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
