"""Raise what the library cannot go on with: errors of an input."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.text import Diagnostic, PolicyError, Severity


def raise_errors(diagnostics: Sequence[Diagnostic]) -> None:
    """Raise PolicyError with everything that was found if there is an error among it."""
    if any(each.severity is Severity.ERROR for each in diagnostics):
        raise PolicyError(diagnostics)
