"""Lower a checked CEL expression to the predicate IR: negation normal form over leaves with exact programs.

The IR's answer on every device is the program's: true, false or error. That rests on three facts: a leaf is answered by
its own exact program; ``AllOf``, ``AnyOf`` and ``Choice`` treat errors as CEL does, whatever the operands' types (an
operand that is no bool is an error for CEL and for the leaf alike); negation keeps errors, so it may be pushed down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dra_policy.cel.syntax import Call, Comprehension, Expression, Literal
from dra_policy.compiler.bindings import inlined
from dra_policy.compiler.leaves import leaf_of
from dra_policy.compiler.paths import paths_read
from dra_policy.ir.nodes import AllOf, AnyOf, CelLeaf, CelProgram, Choice, Constant, Predicate
from dra_policy.model import Dialect
from dra_policy.text import Source, Span

_BOOLEAN_OPERATORS = frozenset(("_&&_", "_||_", "!_", "_?_:_"))


class CheckedProgram(CelProgram, Protocol):
    """A checked expression with its tree, as ``cel`` offers it."""

    @property
    def syntax(self) -> Expression:
        """The tree, macros expanded."""

    @property
    def may_exceed_limit(self) -> bool:
        """Whether an evaluation may cost more than Kubernetes allows."""


class _Lowering:
    """One lowering: what all its steps need. ``source`` is the text that spans are to point into."""

    __slots__ = ("dialect", "part", "source")

    def __init__(self, dialect: Dialect, source: Source, part: Callable[[Expression], CelProgram]) -> None:
        self.dialect = dialect
        self.source = source
        self.part = part

    def span(self, node: Expression) -> Span:
        """The node's place in the source asked for, whose text is the one that was parsed."""
        found = node.span
        return found if found.source is self.source else Span(self.source, found.start, found.end)

    def predicate(self, node: Expression, *, negated: bool) -> Predicate:
        """The node, or its negation, as a predicate."""
        if isinstance(node, Call):
            if node.function in _BOOLEAN_OPERATORS and node.target is None:
                return self._compound(node, negated=negated)
        elif isinstance(node, Literal):
            if isinstance(node.value, bool):
                return Constant(node.value is not negated, self.span(node))
        elif isinstance(node, Comprehension):
            body = inlined(node, self.dialect)
            if body is not None:
                return self.predicate(body, negated=negated)
        return leaf_of(node, self.part(node), self.dialect, self.span(node), negated=negated)

    def _compound(self, node: Call, *, negated: bool) -> Predicate:
        """The call of a boolean operator, or its negation."""
        if node.function == "!_":
            (argument,) = node.arguments
            return self.predicate(argument, negated=not negated)
        if node.function == "_?_:_":
            condition, then, otherwise = node.arguments
            return Choice(
                self.predicate(condition, negated=False),
                self.predicate(then, negated=negated),
                self.predicate(otherwise, negated=negated),
                self.span(node),
            )
        terms = tuple([self.predicate(argument, negated=negated) for argument in node.arguments])
        # De Morgan's laws hold with errors: negation swaps what decides and keeps what fails.
        is_conjunction = (node.function == "_&&_") is not negated
        return AllOf(terms, self.span(node)) if is_conjunction else AnyOf(terms, self.span(node))


def lower(
    program: CheckedProgram, dialect: Dialect, source: Source, part: Callable[[Expression], CelProgram]
) -> Predicate:
    """The program's predicate, its spans in ``source`` (whose text the program was made of), before any pass.

    ``part`` gives the exact program of a subexpression. Equal to the program on every device whose values can be read;
    where a value is unreadable, Kubernetes fails every expression, so masks and verdicts of a condition ask the whole
    program there.
    """
    lowering = _Lowering(dialect, source, part)
    root = program.syntax
    # A program that may cost more could be aborted as a whole where its parts, with limits of their own, would not.
    if program.may_exceed_limit:
        return CelLeaf(program, paths_read(root, dialect), lowering.span(root), negated=False)
    return lowering.predicate(root, negated=False)
