"""Compile the expressions of a policy to a target's CEL, with a map from its text back to the policy's."""

from __future__ import annotations

from dra_policy.cel.nesting import recursion_room
from dra_policy.cel.printer import SourceMap, print_with_map
from dra_policy.cel.syntax import Expression
from dra_policy.language.dialects import rewrite
from dra_policy.language.expand import expand
from dra_policy.language.inference import infer
from dra_policy.language.scope import Scope
from dra_policy.model import Dialect, Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Findings, Place, Source, Span, Step


@dataclass(frozen=True, slots=True)
class ExpandedText:
    """A document that is one expanded expression: it stands where the policy's own expression stands."""

    text: str
    where: Span
    source_map: SourceMap = field(repr=False)

    @property
    def name(self) -> str:
        """The policy file's name."""
        return self.where.source.name

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:  # noqa: ARG002
        """The policy's expression, whatever the path."""
        return self.where.outermost()

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:  # noqa: ARG002
        """The expanded text; its offsets map to what they came from in the policy."""
        return self.source() if text == self.text else Source.of(self.name, text, lambda *_: self.where)

    def source(self) -> Source:
        """The expanded text as a source."""
        return Source.of(self.name, self.text, self.locate)

    def locate(self, start: int, end: int) -> Span:
        """The part of the policy that a stretch of the expanded text came from."""
        found = self.source_map.locate(start, end) or self.where
        part = self.text[start:end]
        # A name inside a node stands as it is written inside the node's own text.
        if part and found.text.count(part) == 1:
            inside = found.start + found.text.index(part)
            return Span(found.source, inside, inside + len(part))
        return found


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a device, in a target's CEL."""

    expression: Expression
    dialect: Dialect
    where: Span = field(compare=False)

    def selector(self) -> Selector:
        """The condition as a selector of the model."""
        text, source_map = print_with_map(self.expression)
        return Selector(text, self.dialect, Place(ExpandedText(text, self.where, source_map)))


def compile_condition(
    expression: Expression,
    scope: Scope,
    dialect: Dialect,
    findings: Findings,
    *,
    requests: frozenset[str] = frozenset(),
) -> Condition:
    """Expand and rewrite an expression over ``device``; ``requests`` are names that it cannot use."""
    where = expression.span
    with recursion_room():
        expanded = expand(expression, scope, findings, requests=requests)
        rewritten = rewrite(infer(expanded), dialect, findings)
    return Condition(rewritten, dialect, where)
