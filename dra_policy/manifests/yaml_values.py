"""YAML text to values: libyaml's events put together without recursion, with limits on nesting and aliases."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.scalars import Scalar, key_text, plain_value, tagged_value
from dra_policy.record import dataclass
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    from yaml.error import MarkedYAMLError

MAXIMUM_DEPTH = 200
# Values that all aliases of a document may stand for; a manifest that needs a thousandth of it is unheard of.
MAXIMUM_ALIASED = 100_000

# What `.nan` and numbers of thousands of digits begin with: only those can be refused.
_UNUSUAL = frozenset("+-.0123456789")

Duplicate = Callable[[str, int, int], None]
"""Told of a key that is written twice: the key, its start and its end."""


class _Frame:
    """A collection that is not complete yet."""

    __slots__ = ("anchor", "key", "key_start", "merges", "size", "start", "value", "written")

    def __init__(self, value: dict[str, JsonValue] | list[JsonValue], anchor: str | None, start: int) -> None:
        self.value = value
        self.anchor = anchor
        self.start = start
        self.size = 1
        self.key: str | None = None
        self.key_start = 0
        self.written: set[str] = set()
        self.merges: list[JsonValue] = []


@dataclass(frozen=True, slots=True)
class _Anchored:
    value: JsonValue
    size: int


@cache
def event_source() -> Callable[[str], Any]:
    """The parser class of libyaml where PyYAML has it, else PyYAML's own; yaml is imported only here."""
    import yaml

    try:
        from yaml._yaml import CParser
    except ImportError:  # a PyYAML built without libyaml: the same events, thirty times slower
        return yaml.Loader

    class Events(CParser):
        """libyaml's parser; nothing is resolved, since only events are asked for."""

    return Events


def malformed(error: MarkedYAMLError | Exception, text: str) -> MalformedError:
    """What libyaml says, as an error with an offset."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None)
    if mark is not None and problem:
        context = getattr(error, "context", None)
        message = f"{problem} ({context})" if context else problem
        return MalformedError(message, min(mark.index, len(text)), _hint(problem, text, mark.index))
    position = getattr(error, "position", 0)
    if isinstance(position, int) and getattr(error, "character", None) is not None:
        offset = next((index for index, each in enumerate(text) if not _is_printable(each)), 0)
        return MalformedError(f"a character that YAML does not allow (U+{ord(text[offset]):04X})", offset)
    return MalformedError(str(error).splitlines()[0], 0)


def _is_printable(character: str) -> bool:
    return character in "\t\n\r\x85" or (character >= " " and not "\x7f" <= character < "\xa0")


def _hint(problem: str, text: str, offset: int) -> str | None:
    if "tab character" in problem or ("cannot start any token" in problem and text[offset : offset + 1] == "\t"):
        return "YAML is indented with spaces, never with tabs"
    if "mapping values are not allowed" in problem:
        return "a text with `: ` in it needs quotes; or the line is indented differently from its neighbours"
    if "could not find expected ':'" in problem:
        return "a key is followed by a colon and a space"
    return None


def load_yaml(text: str, duplicate: Duplicate | None = None) -> JsonValue:
    """The value of the only document of a text; None for an empty one.

    Raises MalformedError for what is no YAML, nested deeper than 200, or blown up by aliases. Of a key that is written
    twice the later value stands, as in kubectl; ``duplicate`` is told.
    """
    return _Builder(text, duplicate).build()


class _Builder:
    """Puts the events of one document together."""

    def __init__(self, text: str, duplicate: Duplicate | None) -> None:
        self._text = text
        self._duplicate = duplicate
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0
        self._stack: list[_Frame] = []
        self._result: JsonValue = None

    def build(self) -> JsonValue:
        from yaml import YAMLError

        try:
            parser = event_source()(self._text)
            return self._consume(parser)
        except YAMLError as error:
            raise malformed(error, self._text) from None

    def _consume(self, parser: Any) -> JsonValue:
        from yaml.events import (
            AliasEvent,
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
            StreamEndEvent,
        )

        next_event = parser.get_event
        while True:
            event = next_event()
            kind = event.__class__
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent:
                self._open({}, event)
            elif kind is SequenceStartEvent:
                self._open([], event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close()
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is StreamEndEvent:
                return self._result

    def _scalar(self, event: Any) -> None:
        text = event.value
        if event.implicit[1]:
            value: Scalar = text
        elif event.implicit[0] and text[:1] not in _UNUSUAL:
            value = plain_value(text)
        else:
            value = self._resolved(event)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, 1)
        self._add(value, 1, event.start_mark.index, event.end_mark.index, merge=text == "<<" and event.implicit[0])

    def _resolved(self, event: Any) -> Scalar:
        try:
            return plain_value(event.value) if event.implicit[0] else tagged_value(event.tag or "!", event.value)
        except MalformedError as error:
            raise MalformedError(error.message, event.start_mark.index, error.hint) from None

    def _open(self, value: dict[str, JsonValue] | list[JsonValue], event: Any) -> None:
        start = event.start_mark.index
        if len(self._stack) >= MAXIMUM_DEPTH:
            raise MalformedError(f"nested deeper than {MAXIMUM_DEPTH} levels", start)
        self._stack.append(_Frame(value, event.anchor, start))

    def _close(self) -> None:
        frame = self._stack.pop()
        value = frame.value
        if isinstance(value, dict):
            for merged in frame.merges:
                _merge(value, merged, frame.start)
        if frame.anchor:
            self._anchors[frame.anchor] = _Anchored(value, frame.size)
        self._add(value, frame.size, frame.start, frame.start)

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            raise MalformedError(f"alias `*{event.anchor}` stands for nothing that is complete before it", start)
        self._aliased += anchored.size
        if self._aliased > MAXIMUM_ALIASED:
            raise MalformedError(f"aliases stand for more than {MAXIMUM_ALIASED:,} values", start)
        self._add(anchored.value, anchored.size, start, event.end_mark.index)

    def _add(self, value: JsonValue, size: int, start: int, end: int, *, merge: bool = False) -> None:
        if not self._stack:
            self._result = value
            return
        frame = self._stack[-1]
        frame.size += size
        container = frame.value
        if isinstance(container, list):
            container.append(value)
        elif frame.key is None:
            self._take_key(frame, value, start, end, merge=merge)
        elif frame.key == "<<" and frame.key_start < 0:
            frame.merges.append(value)
            frame.key = None
        else:
            container[frame.key] = value
            frame.key = None

    def _take_key(self, frame: _Frame, value: JsonValue, start: int, end: int, *, merge: bool) -> None:
        if isinstance(value, dict | list):
            raise MalformedError("a key is a list or a mapping", start, "keys are texts")
        if merge:
            frame.key, frame.key_start = "<<", -1
            return
        try:
            key = key_text(value)
        except MalformedError as error:
            raise MalformedError(error.message, start, error.hint) from None
        frame.key, frame.key_start = key, start
        if self._duplicate is not None and key in frame.value:
            self._duplicate(key, start, end)


def _merge(target: dict[str, JsonValue], merged: JsonValue, start: int) -> None:
    """``<<``: what the mapping, or each of a list of mappings, says and the target does not."""
    for each in merged if isinstance(merged, list) else [merged]:
        if not isinstance(each, dict):
            raise MalformedError("`<<` takes a mapping or a list of mappings", start)
        for key, value in each.items():
            target.setdefault(key, value)
