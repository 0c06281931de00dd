"""Raise what the library cannot go on with: errors of an input, claims with features that are not supported yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from dra_policy.allocate import Unsupported
from dra_policy.text import Diagnostic, PolicyError, Severity

Answer = TypeVar("Answer")


def raise_errors(diagnostics: Sequence[Diagnostic]) -> None:
    """Raise PolicyError with everything that was found if there is an error among it."""
    if any(each.severity is Severity.ERROR for each in diagnostics):
        raise PolicyError(diagnostics)


def supported(answer: Answer | Unsupported) -> Answer:
    """The allocator's answer; raises PolicyError (DRA312) if it has none yet to claims with such features."""
    if isinstance(answer, Unsupported):
        message = f"not supported yet: {', '.join(answer.features)}"
        raise PolicyError([Diagnostic("DRA312", Severity.ERROR, message)])
    return answer
