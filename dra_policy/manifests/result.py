"""What reading gives: the objects, and what was wrong with the input."""

from __future__ import annotations

from dra_policy.model import Objects
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The objects that could be read and everything that was found wrong, in the order of the input."""

    objects: Objects
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether a diagnostic is an error: the command line then ends with 2."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)
