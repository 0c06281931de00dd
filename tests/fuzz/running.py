"""Run a target for some time: cases from seeds, a wall guard for each, findings kept instead of raised."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.fuzz import devices, targets

# An evaluation of a million units takes about a second; what takes this long does not end by its cost.
LONGEST_SECONDS = 20


class HangError(Exception):
    """A case that took longer than any may."""


@dataclass
class Report:
    """What came of a run; ``findings`` name the case by target and number, which make it again."""

    target: str
    cases: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_case: str = ""
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = "".join(f"\n{finding}" for finding in self.findings)
        rate = self.cases / self.seconds if self.seconds else 0
        return (
            f"{self.target}: {self.cases:,} cases in {self.seconds:.0f} s ({rate:,.0f} a second), "
            f"slowest {self.slowest:.2f} s (case {self.slowest_case}), {len(self.findings)} findings{found}"
        )


def expressions(random: Random) -> object:
    """One case over expression text."""
    text = targets.expression_case(random)
    targets.check_expression(text, random)
    return text


def slices(random: Random) -> object:
    """One case over device content."""
    text = devices.slices_text(random)
    targets.check_devices(text, random)
    return text


TARGETS: dict[str, Callable[[Random], object]] = {"expressions": expressions, "devices": slices}


def _hang(signum: int, frame: object) -> None:
    raise HangError(f"more than {LONGEST_SECONDS} s")


def run(target: str, seconds: float, seed: str = "0", *, most_findings: int = 20) -> Report:
    """Cases ``seed:0``, ``seed:1``, … for so many seconds. Only in a main thread, where alarms arrive."""
    report, check = Report(target), TARGETS[target]
    before = signal.signal(signal.SIGALRM, _hang)
    start = time.perf_counter()
    try:
        while time.perf_counter() - start < seconds and len(report.findings) < most_findings:
            _case(report, check, f"{seed}:{report.cases}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    report.seconds = time.perf_counter() - start
    return report


def _case(report: Report, check: Callable[[Random], object], name: str) -> None:
    random = Random(f"{report.target} {name}")
    start = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        check(random)
    except (Exception, RecursionError) as error:
        last = "".join(traceback.format_exception(error)[-3:])[-1500:]
        report.findings.append(f"case {name}: {type(error).__name__}: {str(error)[:300]}\n{last}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took = time.perf_counter() - start
    report.cases += 1
    if took > report.slowest:
        report.slowest, report.slowest_case = took, name
