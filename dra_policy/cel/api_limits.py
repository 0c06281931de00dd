"""Warn about an expression that compiles but that the API server would not take in a new object."""

from __future__ import annotations

from dra_policy.cel.environment import Environment
from dra_policy.cel.nesting import LONGEST, MOST_COST
from dra_policy.cel.syntax import Expression
from dra_policy.text import Diagnostic, Severity, Span

# Above this, the estimate is not large but missing: some value has no known size.
_NO_BOUND = 10**15


def has_limits(environment: Environment) -> bool:
    """Whether an API server stands before the expressions of an environment."""
    return environment.dialect is not None and environment.dialect.is_kubernetes


def check_limits(expression: Expression, text: str, environment: Environment, cost: int) -> list[Diagnostic]:
    """Length and estimated cost against the limits of the API (resource.k8s.io/v1, validation.go)."""
    if not has_limits(environment):
        return []
    found: list[Diagnostic] = []
    length = len(text.encode(errors="surrogatepass"))
    if length > LONGEST:
        message = f"the API server takes selectors of at most {LONGEST:,} bytes; this one has {length:,}"
        found.append(_warning("DRA105", message, expression.span, "split it: all selectors of a request must hold"))
    if cost > MOST_COST:
        found.append(_too_complex(expression.span, cost))
    return found


def _too_complex(span: Span, cost: int) -> Diagnostic:
    if cost > _NO_BOUND:
        message = "the API server refuses this as too complex: it sees no bound for the size of a value"
        hint = "compare parts whose size is known, such as strings and numbers"
    else:
        message = f"the API server refuses this as too complex: estimated cost {cost:,}, limit {MOST_COST:,}"
        hint = "nest fewer loops, or split it into several selectors"
    return _warning("DRA313", message, span, hint)


def _warning(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, hint=hint)
