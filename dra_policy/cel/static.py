"""Everything about an expression that needs no device: tree, types, mistakes, and Kubernetes' text for them."""

from __future__ import annotations

from dra_policy.cel import hints
from dra_policy.cel.api_limits import check_limits, has_limits
from dra_policy.cel.check import Checked, check
from dra_policy.cel.elementary import is_elementary
from dra_policy.cel.environment import Environment
from dra_policy.cel.estimate import estimate_cost
from dra_policy.cel.kinds import declared_name
from dra_policy.cel.literal_checks import check_literals
from dra_policy.cel.nesting import recursion_room
from dra_policy.cel.parse import parse
from dra_policy.cel.problems import Problem, diagnostics, kubernetes_text
from dra_policy.cel.syntax import Expression
from dra_policy.cel.vocabulary import check_names
from dra_policy.model import Vocabulary
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Source

_NO_VOCABULARY = Vocabulary()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text analysed in an environment.

    ``expression`` and ``checked`` are None if the text does not parse. ``kubernetes_text`` is the detail of the API
    server's error; it is empty exactly if the expression compiles, and then there are no ``errors``.
    """

    expression: Expression | None
    checked: Checked | None
    errors: tuple[Diagnostic, ...]
    kubernetes_text: str
    advice: Advice | None = None
    is_elementary: bool = False

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Errors, or warnings of a text that compiles."""
        return (*self.errors, *(() if self.advice is None else self.advice.warnings))


class Advice:
    """Warnings of an expression, looked for when somebody wants to read them: an allocator does not."""

    __slots__ = ("_checked", "_environment", "_expression", "_source", "_vocabulary", "_warnings")

    def __init__(
        self,
        source: Source,
        expression: Expression,
        checked: Checked,
        environment: Environment,
        vocabulary: Vocabulary,
    ) -> None:
        self._source = source
        self._expression = expression
        self._checked = checked
        self._environment = environment
        self._vocabulary = vocabulary
        self._warnings: tuple[Diagnostic, ...] | None = None

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Names that nobody publishes, conditions that cannot be meant, limits of the API."""
        if self._warnings is None:
            with recursion_room(self._source.text):
                self._warnings = (*self._of_names(), *self._of_limits())
        return self._warnings

    def _of_names(self) -> tuple[Diagnostic, ...]:
        return check_names(self._expression, self._checked, self._environment, self._vocabulary)

    def _of_limits(self) -> list[Diagnostic]:
        if not has_limits(self._environment) or _wrong_result(self._expression, self._checked, self._environment):
            return []
        cost = estimate_cost(self._expression, self._checked, self._environment)
        return check_limits(self._expression, self._source.text, self._environment, cost)


def analyse(source: Source, environment: Environment, vocabulary: Vocabulary | None = _NO_VOCABULARY) -> Analysis:
    """Parse and check an expression in an environment, and its names against what a fleet publishes.

    With None for a vocabulary there are no warnings.
    """
    with recursion_room(source.text):
        return _analyse(source, environment, vocabulary)


def _analyse(source: Source, environment: Environment, vocabulary: Vocabulary | None) -> Analysis:
    parsed = parse(source, environment.syntax)
    expression = parsed.expression
    if expression is None:
        return _refused(source, None, None, parsed.problems)
    checked = check(expression, environment)
    is_plain = not checked.problems and is_elementary(expression, environment)
    problems = checked.problems or (() if is_plain else check_literals(expression, checked, environment))
    if problems:
        return _refused(source, expression, checked, _in_words_of(environment, problems))
    advice = None if vocabulary is None else Advice(source, expression, checked, environment, vocabulary)
    wrong = _wrong_result(expression, checked, environment)
    if wrong is not None:
        return Analysis(expression, checked, diagnostics((wrong,)), wrong.kubernetes, advice)
    return Analysis(expression, checked, (), "", advice, is_plain)


def _refused(
    source: Source, expression: Expression | None, checked: Checked | None, problems: tuple[Problem, ...]
) -> Analysis:
    return Analysis(expression, checked, diagnostics(problems), kubernetes_text(source.text, problems))


def _wrong_result(expression: Expression, checked: Checked, environment: Environment) -> Problem | None:
    """The whole expression must be a condition (dynamic-resource-allocation, cel/compile.go, validateOutputType)."""
    output = checked.output_type
    if not environment.results or output in environment.results:
        return None
    text = environment.wrong_result.format(declared_name(output))
    return Problem("DRA307", text, None, expression.span, hints.wrong_result(expression, output, environment))


def _in_words_of(environment: Environment, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Problems of types; the cel-go of Kubernetes 1.30 calls optional values by another name."""
    if environment.kubernetes > 30:
        return problems
    return tuple(replace(each, kubernetes=each.kubernetes.replace("optional_type(", "optional(")) for each in problems)
