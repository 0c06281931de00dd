"""Where text came from and what is wrong with it: sources, spans, diagnostics, the catalogue of codes."""

from dra_policy.text.diagnostic import (
    Diagnostic,
    Findings,
    Label,
    PolicyError,
    Severity,
    unreadable,
    without_echoes,
)
from dra_policy.text.errors import (
    AccessRefusedError,
    AlreadyAllocatedError,
    ClusterError,
    StaleAnswersError,
    UnknownObjectError,
    WatchEndedError,
    WrongArgumentError,
)
from dra_policy.text.nearest import nearest
from dra_policy.text.place import Document, Place, SpanDocument, Step
from dra_policy.text.source import STANDARD_INPUT, Position, Source, Span

__all__ = [
    "STANDARD_INPUT",
    "AccessRefusedError",
    "AlreadyAllocatedError",
    "ClusterError",
    "Diagnostic",
    "Document",
    "Findings",
    "Label",
    "Place",
    "PolicyError",
    "Position",
    "Severity",
    "Source",
    "Span",
    "SpanDocument",
    "StaleAnswersError",
    "Step",
    "UnknownObjectError",
    "WatchEndedError",
    "WrongArgumentError",
    "nearest",
    "unreadable",
    "without_echoes",
]
