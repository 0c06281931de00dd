"""Take times and memory: medians of fresh processes and of repeated calls."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from subprocess import DEVNULL

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


# Byte code is what a user's second run has; a machine may be set up not to write it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def process_ms(command: Sequence[str], *, cwd: Path = PROJECT, runs: int = 15) -> float:
    """Median wall time of a whole process, in milliseconds; its exit code does not matter."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, env=ENVIRONMENT, stdout=DEVNULL, stderr=DEVNULL, check=False)
        times.append(time.perf_counter() - start)
    return median(times) * 1000


def call_ms(function: Callable[[], object], *, runs: int = 7) -> float:
    """Median time of a call in this process, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times) * 1000


def in_fresh_process(code: str, *, runs: int = 5) -> tuple[float, ...]:
    """Medians of the numbers that a program prints on its last line, over some runs of it."""
    results = []
    for _ in range(runs):
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        results.append(tuple(map(float, run.stdout.splitlines()[-1].split())))
    return tuple(median(column) for column in zip(*results, strict=True))


def anonymous_mb() -> float:
    """Anonymous memory of this process, in MB: what stays when the page cache is taken away."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1000
