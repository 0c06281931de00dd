"""`python -m tests.fuzz [expressions|devices] [--case SEED:NUMBER]`, for DRAPOLICY_FUZZ_MINUTES (5) in all."""

from __future__ import annotations

import os
import sys
import time
from random import Random

from tests.fuzz.running import TARGETS, run


def main() -> int:
    arguments = sys.argv[1:]
    if "--case" in arguments:
        target, case = arguments[0], arguments[-1]
        print(repr(TARGETS[target](Random(f"{target} {case}"))))
        return 0
    chosen = [name for name in arguments if name in TARGETS] or list(TARGETS)
    seconds = float(os.environ.get("DRAPOLICY_FUZZ_MINUTES", "5")) * 60 / len(chosen)
    seed = os.environ.get("DRAPOLICY_FUZZ_SEED", str(int(time.time())))
    reports = [run(name, seconds, seed) for name in chosen]
    for report in reports:
        print(report)
    return 1 if any(report.findings for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
