"""From the text of an expression to a program: parse, check, estimate, plan; each text once per environment."""

from __future__ import annotations

from collections import OrderedDict

from dra_policy.cel.environment import Environment
from dra_policy.cel.interpreter import PlanningError
from dra_policy.cel.nesting import MOST_COST
from dra_policy.cel.program import Program, Run
from dra_policy.cel.static import Advice, analyse
from dra_policy.model import Device, Vocabulary
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity, Source

_NO_VOCABULARY = Vocabulary()
_MOST_COMPILATIONS = 2048
# A tree takes about a hundred bytes for each character of its text.
_MOST_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True)
class Compilation:
    """What became of a text: a program, or the reason why there is none.

    ``program`` is None exactly if the text does not compile; ``kubernetes_text`` is then the detail of the API
    server's error, else it is empty.
    """

    program: Program | None
    errors: tuple[Diagnostic, ...]
    kubernetes_text: str
    advice: Advice | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Errors, or warnings of a text that compiles."""
        return (*self.errors, *(() if self.advice is None else self.advice.warnings))


_COMPILED: OrderedDict[tuple[str, int, int, bool], tuple[Compilation, Source, Environment, Vocabulary]] = OrderedDict()


class _Held:
    """How long the texts of all compilations are that are kept."""

    characters = 0


_HELD = _Held()


def compile_expression(
    source: Source, environment: Environment, vocabulary: Vocabulary = _NO_VOCABULARY, *, advises: bool = True
) -> Compilation:
    """Compile a text in an environment; the answer for a text seen before is kept.

    Spans point into the source that the text was first seen in. Without ``advises`` nobody looks for warnings.
    """
    key = (source.text, id(environment), id(vocabulary), advises)
    kept = _COMPILED.get(key)
    if kept is not None:
        _COMPILED.move_to_end(key)
        return kept[0]
    compilation = compile_anew(source, environment, vocabulary if advises else None)
    # The environment and the vocabulary are kept too, so that their ids stay theirs.
    _COMPILED[key] = compilation, source, environment, vocabulary
    _HELD.characters += len(source.text)
    while len(_COMPILED) > _MOST_COMPILATIONS or _HELD.characters > _MOST_CHARACTERS:
        (text, *_), _ = _COMPILED.popitem(last=False)
        _HELD.characters -= len(text)
    return compilation


def compile_anew(
    source: Source, environment: Environment, vocabulary: Vocabulary | None = _NO_VOCABULARY
) -> Compilation:
    """Compile a text whether or not it was seen before: all spans point into this source."""
    analysis = analyse(source, environment, vocabulary)
    expression, checked = analysis.expression, analysis.checked
    if analysis.kubernetes_text or expression is None or checked is None:
        return Compilation(None, analysis.errors, analysis.kubernetes_text, analysis.advice)
    program = Program(expression, source.text, environment, checked, is_elementary=analysis.is_elementary)
    try:
        if not program.is_elementary:
            program.plan()
    except PlanningError as problem:
        text = f"program instantiation failed: {problem}"
        place = program.span_of(problem.node) or expression.span
        found = Diagnostic("DRA305", Severity.ERROR, str(problem), place)
        return Compilation(None, (found,), text)
    return Compilation(program, (), "", analysis.advice)


def run_record(
    expression: str, device: Device, environment: Environment, *, cost_limit: int | None = None, suffix: str = ""
) -> Compilation | Run:
    """One line of the ``batch cel`` protocol: the Compilation where the expression does not compile, else the Run.

    ``suffix`` is the prototype's ``CELSuffix``; it counts in an environment with ``strict_prototype`` only.
    """
    compilation = compile_expression(Source.of("<input>", expression), environment)
    program = compilation.program
    if program is None:
        return compilation
    limit = MOST_COST if cost_limit is None else cost_limit
    if suffix and environment.strict_prototype:
        return program.run_prototype(device, suffix, limit)
    return program.run(device, limit)
