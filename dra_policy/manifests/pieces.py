"""A stretch of a file that is parsed by itself: one document, or one item of a long list."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from dra_policy.text import Source, Span
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    from dra_policy.manifests.positions import Positions


class Chunk:
    """A stretch of a source, its form, and (lazily) the positions of everything in it.

    ``region`` gives start and end in code points of the source; it is asked for only when a position is needed, since
    a large file is cut in bytes. ``is_item`` says that the text begins with the ``-`` of a block sequence, which is
    read as a blank. Chunks are equal only if they are the same object.
    """

    def __init__(
        self, source: Source, region: Callable[[], tuple[int, int]], *, is_json: bool, is_item: bool = False
    ) -> None:
        """Keep where the stretch is and how to read it."""
        self.source = source
        self.is_json = is_json
        self.is_item = is_item
        self._find_region = region

    @cached_property
    def region(self) -> tuple[int, int]:
        """Start and end in the source."""
        return self._find_region()

    @property
    def text(self) -> str:
        """The text to be parsed; every offset in it is one of the source less the region's start."""
        start, end = self.region
        text = self.source.text[start:end]
        return text.replace("-", " ", 1) if self.is_item else text

    def span(self, start: int, end: int) -> Span:
        """Two offsets of the text as a span of the source."""
        shift = self.region[0]
        return Span(self.source, shift + start, shift + end)

    @cached_property
    def positions(self) -> Positions:
        """Where everything stands; the text is parsed again for it, once."""
        from dra_policy.manifests.positions import json_positions, yaml_positions

        return json_positions(self.text) if self.is_json else yaml_positions(self.text)

    def value(self) -> JsonValue:
        """The value of the text, parsed anew: the caller may change it."""
        if self.is_json:
            import json

            value: JsonValue = json.loads(self.text)
            return value
        from dra_policy.manifests.yaml_values import load_yaml

        return load_yaml(self.text)
