"""Hold compiled expressions to what the target takes: types, the functions of its version, length, cost."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.cel.nesting import LONGEST, MOST_COST
from dra_policy.language.targets import Target
from dra_policy.model import Claim, DeviceClass, Selector
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, without_echoes


def selectors_of(classes: Iterable[DeviceClass], claims: Iterable[Claim]) -> list[Selector]:
    """All selectors of some objects."""
    of_classes = [selector for each in classes for selector in each.selectors]
    demands = [demand for claim in claims for request in claim.requests for demand in request.demands]
    return [*of_classes, *(selector for demand in demands for selector in demand.selectors)]


def check_selectors(selectors: Iterable[Selector], target: Target, kubernetes: str) -> None:
    """Report what the API server of that version would refuse in a new object; each mistake once."""
    from dra_policy.cel import compile_expression, environment_for

    environment = environment_for(target.dialect, kubernetes=kubernetes, stored=False)
    refused: list[Diagnostic] = []
    for selector in selectors:
        source = selector.place.embedded(selector.expression)
        compiled = compile_expression(source, environment)
        found = [each for each in compiled.diagnostics if each.severity is Severity.ERROR]
        if compiled.program is not None:
            found.extend(_over_limits(selector, compiled.program.estimated_cost))
        # A cluster may have the gate on: the manifest is right there.
        refused += [replace(each, severity=Severity.WARNING) if each.code == "DRA312" else each for each in found]
    target.findings.add(without_echoes(refused, target.findings.found))


def _over_limits(selector: Selector, cost: int) -> list[Diagnostic]:
    """The API's own limits: 10 KiB an expression, and a bound on the estimated cost."""
    length = len(selector.expression.encode())
    span = selector.place.span
    found: list[Diagnostic] = []
    if length > LONGEST:
        message = f"the expanded expression has {length:,} bytes; the API takes {LONGEST:,}"
        found.append(Diagnostic("DRA705", Severity.ERROR, message, span, hint="split it into several `where`"))
    if cost > MOST_COST:
        message = f"the estimated cost is {cost:,}; the API takes {MOST_COST:,}"
        found.append(Diagnostic("DRA705", Severity.ERROR, message, span, hint="compare fewer values"))
    return found
