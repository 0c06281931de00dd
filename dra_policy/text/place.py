"""A place inside a document, found lazily: parsing for positions is paid for only where a message needs one."""

from __future__ import annotations

from typing import Protocol

from dra_policy.record import dataclass, field
from dra_policy.text.source import Source, Span

Step = str | int


class Document(Protocol):
    """A document that can say where its parts stand."""

    @property
    def name(self) -> str:
        """The file's name, or ``kind/name`` of a live object."""

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:
        """Where the value (or the key) at a path of keys and indices stands.

        The nearest enclosing value stands in for a path that is not there (a defaulted field); None only for a
        document without text.
        """

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:
        """``text``, the string at the path, as a source of its own whose offsets map back into the document."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path of keys and list indices in a document."""

    document: Document = field(compare=False, repr=False)
    path: tuple[Step, ...] = ()

    def child(self, *steps: Step) -> Place:
        """The place below this one."""
        return Place(self.document, self.path + steps)

    @property
    def span(self) -> Span | None:
        """Where the value stands, in the file that the user wrote."""
        return self.document.span(self.path)

    @property
    def key_span(self) -> Span | None:
        """Where the key of the value stands."""
        return self.document.span(self.path, key=True)

    def embedded(self, text: str) -> Source:
        """The string at this place as a source of its own."""
        return self.document.embedded(self.path, text)


@dataclass(frozen=True, slots=True)
class SpanDocument:
    """A document that is one span: what a statement of the policy language or a command-line argument has."""

    where: Span

    @property
    def name(self) -> str:
        """The source's name."""
        return self.where.source.name

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:  # noqa: ARG002
        """The span itself, whatever the path."""
        return self.where.outermost()

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:  # noqa: ARG002
        """The text; every offset of it maps to the whole span unless the text is the span's own."""
        where = self.where

        def locate(start: int, end: int) -> Span:
            if where.text == text:
                return Span(where.source, where.start + start, where.start + end)
            return where

        return Source.of(where.source.name, text, locate)
