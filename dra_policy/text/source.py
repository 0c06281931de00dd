"""Say where a piece of text came from: a file, or text embedded in a file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property

from dra_policy.record import dataclass, field

STANDARD_INPUT = "<stdin>"
"""What standard input (`-`) is called in messages."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place for readers: line and column count from 1, columns in code points."""

    line: int
    column: int


@dataclass(eq=False)
class Source:
    """A text with a name that a reader can find again.

    ``read`` gives the text at first use, so that a large file costs nothing until a message quotes it.
    ``locate`` is set for a text embedded in another one (CEL inside YAML): it maps offsets of this text to a span of
    the outer text. A source without file behind it (a live object, an argument) has ``locate`` None and a name that
    says so (``deviceclass/accel selector 0``, ``<argument>``).

    Two sources are equal only if they are the same object.
    """

    name: str
    read: Callable[[], str]
    locate: Callable[[int, int], Span] | None = None

    @classmethod
    def of(cls, name: str, text: str, locate: Callable[[int, int], Span] | None = None) -> Source:
        """Wrap a text that is in memory already."""
        return cls(name, lambda: text, locate)

    def __reduce__(self) -> tuple[object, ...]:
        """The text by itself: that it is embedded in another one is not kept."""
        return Source.of, (self.name, self.text)

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return self.read()

    @cached_property
    def _line_starts(self) -> list[int]:
        # A dump has half a million lines: finding them must not look at every character in Python.
        text, starts = self.text, [0]
        end = text.find("\n")
        while end >= 0:
            starts.append(end + 1)
            end = text.find("\n", end + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of an offset (code points from 0) of this text."""
        starts = self._line_starts
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of a line (from 1) without its line end; empty past the last line."""
        starts = self._line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r")

    def part(self, start: int, end: int) -> Source:
        """A stretch of this text as a source of its own, whose spans are shown where they stand here."""
        return Source.of(self.name, self.text[start:end], lambda first, last: Span(self, start + first, start + last))

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column (both from 1); past the end it is the end of the text."""
        starts = self._line_starts
        if line > len(starts):
            return len(self.text)
        return min(starts[line - 1] + column - 1, len(self.text))


@dataclass(frozen=True, slots=True, guarded=False)
class Span:
    """A stretch of a source: offsets in code points from 0, end exclusive."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        """The text that the span covers."""
        return self.source.text[self.start : self.end]

    def outermost(self) -> Span:
        """The same place in the file that the user wrote; itself where the source is no embedded text."""
        span = self
        while span.source.locate is not None:
            span = span.source.locate(span.start, span.end)
        return span

    @property
    def position(self) -> Position:
        """Line and column of the first character, in the span's own source."""
        return self.source.position(self.start)

    @property
    def end_position(self) -> Position:
        """Line and column just after the last character, in the span's own source."""
        return self.source.position(self.end)

    def cover(self, other: Span) -> Span:
        """The smallest span of the same source that holds both."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))
