"""CEL as Kubernetes uses it: parse, check, estimate and evaluate selectors, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dra_policy.cel.compiling import Compilation, compile_expression, run_record
    from dra_policy.cel.environment import Environment, environment_for
    from dra_policy.cel.printer import print_expression
    from dra_policy.cel.program import Program, Run, Trace

__all__ = [
    "Compilation",
    "Environment",
    "Program",
    "Run",
    "Trace",
    "compile_expression",
    "environment_for",
    "print_expression",
    "run_record",
]

_HOMES = {
    "Compilation": "compiling",
    "Environment": "environment",
    "Program": "program",
    "Run": "program",
    "Trace": "program",
    "compile_expression": "compiling",
    "environment_for": "environment",
    "print_expression": "printer",
    "run_record": "compiling",
}


def __getattr__(name: str) -> object:
    """Import a public name at its first use: the evaluator and its libraries cost start-up time otherwise."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
