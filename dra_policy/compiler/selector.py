"""Compile one selector to a condition; each text is parsed and checked once, wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dra_policy.cel.syntax import Expression
from dra_policy.compiler.compiled import CompiledSelector
from dra_policy.compiler.lower import lower
from dra_policy.compiler.passes import simplify
from dra_policy.compiler.synthetic import always
from dra_policy.ir.nodes import CelProgram, Condition
from dra_policy.model import Dialect, Selector, Vocabulary
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Source, Span

if TYPE_CHECKING:
    from dra_policy.cel import Compilation, Environment

_NO_VOCABULARY = Vocabulary()
_MOST_EXPRESSIONS = 4096


class Expressions:
    """Checked expressions by text, environment and vocabulary, and their parts by text and environment.

    Masks are kept by program, so a condition that two selectors spell alike is also evaluated once. When there are too
    many expressions, all are forgotten: a cache that is full of one-time texts is of no use.
    """

    __slots__ = ("_checked", "_parts")

    def __init__(self) -> None:
        self._checked: dict[tuple[str, int, int], Checked] = {}
        self._parts: dict[tuple[str, int], CelProgram] = {}

    def check(self, source: Source, environment: Environment, vocabulary: Vocabulary) -> Checked:
        """The checked expression of a text, which may have been checked for another place."""
        # All empty vocabularies are one: nothing is compared with what nobody publishes.
        vocabulary = vocabulary if vocabulary.devices or vocabulary.attributes else _NO_VOCABULARY
        key = (source.text, id(environment), id(vocabulary))
        found = self._checked.get(key)
        if found is None:
            from dra_policy.cel import compile_expression

            if len(self._checked) >= _MOST_EXPRESSIONS:
                self._checked.clear()
                self._parts.clear()
            compilation = compile_expression(source, environment, vocabulary)
            found = self._checked[key] = Checked(compilation, source, environment, vocabulary, self._parts)
        return found


class Checked:
    """A compilation, and the source that its spans point into. It keeps alive what it is filed under.

    A part is shared under a text that has no other meaning: as it is written, or as printed where the body of a
    ``cel.bind`` may stand for something else than what it says.
    """

    __slots__ = ("_own", "_shared", "compilation", "environment", "source", "vocabulary")

    def __init__(
        self,
        compilation: Compilation,
        source: Source,
        environment: Environment,
        vocabulary: Vocabulary,
        shared: dict[tuple[str, int], CelProgram],
    ) -> None:
        self.compilation = compilation
        self.source = source
        self.environment = environment
        self.vocabulary = vocabulary
        self._shared = shared
        self._own: dict[int, CelProgram] = {}

    def part(self, node: Expression) -> CelProgram:
        """A part of the expression, as the one object that stands for its text in this environment."""
        found = self._own.get(node.id)
        if found is None:
            program = self.compilation.program
            assert program is not None, "only what compiles is lowered"
            part = program.part(node)
            text = part.text if "bind" in self.source.text else node.span.text
            found = self._own[node.id] = self._shared.setdefault((text, id(self.environment)), part)
        return found


_EXPRESSIONS = Expressions()


def compile_selector(
    selector: Selector,
    environment: Environment,
    vocabulary: Vocabulary = _NO_VOCABULARY,
    *,
    index: int = 0,
    expressions: Expressions = _EXPRESSIONS,
) -> CompiledSelector:
    """The selector's condition, or the error that Kubernetes gives for it; never raises.

    Spans and diagnostics point into the selector's own document. An empty expression of the prototypes matches every
    device (their ``MeetsConstraints``); Kubernetes has no empty expressions.
    """
    source = selector.place.embedded(selector.expression)
    if not selector.expression and not selector.dialect.is_kubernetes:
        return CompiledSelector(index, always(Span(source, 0, 0)), selector)
    checked = expressions.check(source, environment, vocabulary)
    compilation = checked.compilation
    condition = None if compilation.program is None else _condition(checked, selector.dialect, source)

    def diagnose() -> tuple[Diagnostic, ...]:
        return tuple(_moved(each, checked.source, source) for each in compilation.diagnostics)

    return CompiledSelector(index, condition, selector, compilation.kubernetes_text, diagnose)


def _condition(checked: Checked, dialect: Dialect, source: Source) -> Condition:
    program = checked.compilation.program
    assert program is not None, "only what compiles is lowered"
    return Condition(simplify(lower(program, dialect, source, checked.part)), program, source.text)


def _moved(diagnostic: Diagnostic, old: Source, new: Source) -> Diagnostic:
    """The diagnostic of another place with the same text, as one of this place."""
    if old is new:
        return diagnostic

    def move(span: Span) -> Span:
        return Span(new, span.start, span.end) if span.source is old else span

    return replace(
        diagnostic,
        span=None if diagnostic.span is None else move(diagnostic.span),
        labels=tuple(replace(label, span=move(label.span)) for label in diagnostic.labels),
    )
