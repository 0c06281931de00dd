"""What the API server says of a selector in a new object, beside what the scheduler makes of one that exists."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel import Environment, Program, compile_expression, environment_for
from dra_policy.cel.nesting import LONGEST, MOST_COST
from dra_policy.compiler import CompiledSelector
from dra_policy.engine.rules import Rules
from dra_policy.model import Dialect
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Severity, Span


@dataclass(frozen=True, slots=True)
class ExpressionCost:
    """What Kubernetes estimates that one evaluation costs at most, of ``limit`` (CELSelectorExpressionMaxCost)."""

    span: Span
    estimated: int
    limit: int = MOST_COST

    @property
    def share(self) -> float:
        """The part of the limit; above 1 the API server refuses the expression."""
        return self.estimated / self.limit


def cost_of(selector: CompiledSelector) -> ExpressionCost | None:
    """The estimated cost; None for what does not compile and for k8srm, which has no limit.

    dra-evolution's library stops an evaluation at the same limit; its API server does not look at the estimate.
    """
    if selector.condition is None or selector.selector is None or selector.selector.dialect is Dialect.K8SRM:
        return None
    program = selector.condition.program
    return ExpressionCost(selector.condition.span, program.estimated_cost) if isinstance(program, Program) else None


def refusals(selector: CompiledSelector, rules: Rules) -> Iterator[Diagnostic]:
    """Warnings where a stored selector works and a new one is refused: libraries of the version itself, gates.

    Kubernetes validates new objects with the libraries of the version before, so that a cluster can be rolled back.
    """
    stated = selector.selector
    if selector.condition is None or stated is None or not stated.dialect.is_kubernetes:
        return
    source = selector.condition.span.source
    if len(source.text.encode(errors="surrogatepass")) > LONGEST:
        # Refused whatever it says, which is told already.
        return
    for found in compile_expression(source, _environment(stated.dialect, rules), advises=False).diagnostics:
        if found.severity is Severity.ERROR:
            message = f"Kubernetes {rules.kubernetes} refuses this in new objects: {found.message}"
            yield replace(found, severity=Severity.WARNING, message=message, span=_moved(found.span, selector))


def _environment(dialect: Dialect, rules: Rules) -> Environment:
    return environment_for(dialect, kubernetes=rules.kubernetes, stored=False, features=rules.feature_gates)


def _moved(span: Span | None, selector: CompiledSelector) -> Span | None:
    """The same place in the selector's own text; the compilation may be that of an equal one elsewhere."""
    if span is None or selector.condition is None:
        return span
    return Span(selector.condition.span.source, span.start, span.end)
