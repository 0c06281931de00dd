"""What is wrong, where, and what can be done about it: values without any rendering."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from dra_policy.record import dataclass, field
from dra_policy.text.source import Span


class Severity(Enum):
    """How much a diagnostic weighs: only an error makes an input wrong."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a diagnostic, with what is to be seen there."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code of the catalogue, a message, a place, and a hint that can be acted on.

    The message is lower case, without full stop, with the user's words in backticks.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    hint: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """Diagnostics collected by a stage that goes on after a mistake."""

    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span | None = None, *, hint: str | None = None) -> None:
        """Add an error."""
        self.found.append(Diagnostic(code, Severity.ERROR, message, span, hint=hint))

    def warning(self, code: str, message: str, span: Span | None = None, *, hint: str | None = None) -> None:
        """Add a warning."""
        self.found.append(Diagnostic(code, Severity.WARNING, message, span, hint=hint))

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add what another stage found."""
        self.found.extend(diagnostics)

    @property
    def has_errors(self) -> bool:
        """Whether any of them is an error."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.found)


class PolicyError(Exception):
    """Raised once by a public function, with every diagnostic that made its answer impossible."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep the diagnostics; the text lists their codes and messages."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.code} {d.message}" for d in self.diagnostics))
