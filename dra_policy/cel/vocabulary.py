"""Compare the names in an expression with what a fleet publishes: attributes, capacities, domains, types, values."""

from __future__ import annotations

from dra_policy.cel.check import Checked
from dra_policy.cel.environment import Environment
from dra_policy.cel.syntax import Expression
from dra_policy.model import Vocabulary
from dra_policy.text import Diagnostic


def check_names(
    expression: Expression, checked: Checked, environment: Environment, vocabulary: Vocabulary
) -> tuple[Diagnostic, ...]:
    """Warnings about names that no loaded device publishes."""
    del expression, checked, environment, vocabulary
    return ()
