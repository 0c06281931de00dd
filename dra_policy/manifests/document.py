"""A manifest object's text: where its parts stand, and its original form."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.manifests.pieces import Chunk
from dra_policy.text import Place, Source, Span, Step
from dra_policy.values import JsonValue


class ManifestDocument:
    """One object of a file; the text is parsed again for positions, at first need.

    ``prefix`` is the path of the object inside its chunk: of an item of a list, ``("items", 3)``.
    """

    __slots__ = ("chunk", "prefix")

    def __init__(self, chunk: Chunk, prefix: tuple[Step, ...] = ()) -> None:
        """Keep where the object stands."""
        self.chunk = chunk
        self.prefix = prefix

    @property
    def name(self) -> str:
        """The file's name."""
        return self.chunk.source.name

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:
        """Where the value (or key) at the path stands; the nearest enclosing value where it is not written."""
        return self.chunk.span(*self.chunk.positions.find(self.prefix + path, key=key))

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:
        """The string at the path as a source of its own whose offsets map back into the file, character by character.

        A text that is not the one written there (a default) maps to the whole value.
        """
        full = self.prefix + path

        def locate(start: int, end: int) -> Span:
            return self.chunk.span(*self.chunk.positions.find_within(full, text, start, end))

        return Source.of(self.name, text, locate)

    def value(self) -> JsonValue:
        """The object as it is written, unknown fields included; made anew at each call."""
        value = self.chunk.value()
        for step in self.prefix:
            match value, step:
                case dict(), str():
                    value = value[step]
                case list(), int():
                    value = value[step]
        return value


class ListedPlace(Place):
    """The place of one of many thousand objects of a list as a whole: its document is made when it is asked for."""

    __slots__ = ("_chunk_at", "_index")

    _chunk_at: Callable[[int], Chunk]
    _index: int
    path = ()

    def __init__(self, chunk_at: Callable[[int], Chunk], index: int) -> None:
        """Name the object by its place in a list of chunks."""
        object.__setattr__(self, "_chunk_at", chunk_at)
        object.__setattr__(self, "_index", index)

    @property
    def document(self) -> ManifestDocument:
        """The object's document: at each call a new one, about the same chunk."""
        return ManifestDocument(self._chunk_at(self._index))


def original_document(place: Place | None) -> dict[str, JsonValue] | None:
    """The object that a place lies in, as it was written, unknown fields included; None for one not from a manifest.

    Made anew at each call: the caller may change it.
    """
    if place is None or not isinstance(place.document, ManifestDocument):
        return None
    value = place.document.value()
    return value if isinstance(value, dict) else None
