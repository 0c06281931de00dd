"""CEL as device selectors use it: text to checked program, environments by dialect and version, exact evaluation.

Names are imported at first use, so that a command that compiles no expression pays for none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dra_policy.cel.environment import Environment, environment_for
    from dra_policy.cel.parse import parse_expression

__all__ = [
    "Environment",
    "environment_for",
    "parse_expression",
]

_HOMES = {
    "Compilation": "program",
    "Environment": "environment",
    "Program": "program",
    "Run": "program",
    "Trace": "program",
    "compile_expression": "program",
    "environment_for": "environment",
    "parse_expression": "parse",
    "print_expression": "printer",
}


def __getattr__(name: str) -> object:
    """Import a public name from the module that owns it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
