"""A manifest object's text: where its parts stand, and its original form."""

from __future__ import annotations

from dra_policy.record import dataclass
from dra_policy.text import Place, Source, Span, Step
from dra_policy.values import JsonValue


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """One object of a file; the text is parsed again for positions, at first need."""

    source: Source

    @property
    def name(self) -> str:
        """The file's name."""
        return self.source.name

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:
        """Where the value (or key) at the path stands; the nearest enclosing value where it is not written."""
        raise NotImplementedError

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:
        """The string at the path as a source of its own whose offsets map back into the file."""
        raise NotImplementedError


def original_document(place: Place | None) -> dict[str, JsonValue] | None:
    """The object that a place lies in, as it was written, unknown fields included; None for one not from a manifest."""
    raise NotImplementedError
