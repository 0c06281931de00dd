"""What is wrong, where, and what can be done about it: values without any rendering."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from dra_policy.record import dataclass, field, replace
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


def unreadable(
    name: str, why: OSError | ValueError | str, span: Span | None = None, *, hint: str | None = None
) -> Diagnostic:
    """What is said of a file that cannot be read (DRA101), with the operating system's reason."""
    reason = why if isinstance(why, str) else getattr(why, "strerror", None) or "not UTF-8"
    message = f"`{name}` cannot be read: {reason[:1].lower()}{reason[1:]}"
    return Diagnostic("DRA101", Severity.ERROR, message, span, hint=hint)


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


def without_echoes(found: Iterable[Diagnostic], earlier: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What a later stage found, each finding once, without errors at the very place of an error told before.

    A name that is not declared is an unknown identifier for the next stage: one mistake, one finding.
    """
    errors = {_place(each) for each in earlier if each.severity is Severity.ERROR and each.span is not None}
    kept: dict[object, Diagnostic] = {}
    for each in found:
        if each.severity is not Severity.ERROR or _place(each) not in errors:
            kept.setdefault((each.code, each.severity, each.message, _place(each)), each)
    return tuple(kept.values())


def _place(diagnostic: Diagnostic) -> tuple[int, int, int] | None:
    if diagnostic.span is None:
        return None
    span = diagnostic.span.outermost()
    return id(span.source), span.start, span.end


class PolicyError(Exception):
    """Raised once by a public function, with every diagnostic that made its answer impossible."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep the diagnostics; the text lists codes and messages of the errors."""
        self.diagnostics = tuple(diagnostics)
        errors = [each for each in self.diagnostics if each.severity is Severity.ERROR]
        super().__init__("; ".join(f"{each.code} {each.message}" for each in errors or self.diagnostics))

    def __str__(self) -> str:
        """Codes and messages, also where the error is a built-in one beside."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        """The same error in another process; places lead into the files that the user wrote."""
        return _restored, (type(self), tuple(map(_at_outermost, self.diagnostics)))


def _restored(kind: type[PolicyError], diagnostics: tuple[Diagnostic, ...]) -> PolicyError:
    error = kind.__new__(kind)
    PolicyError.__init__(error, diagnostics)
    return error


def _at_outermost(diagnostic: Diagnostic) -> Diagnostic:
    return replace(
        diagnostic,
        span=None if diagnostic.span is None else diagnostic.span.outermost(),
        labels=tuple([replace(each, span=each.span.outermost()) for each in diagnostic.labels]),
    )
