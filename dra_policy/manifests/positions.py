"""Where every key and value of a YAML or JSON text stands, and where in the text each character of a string is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dra_policy.manifests.scalar_offsets import Character, characters_of
from dra_policy.manifests.yaml_values import Duplicate
from dra_policy.text import Step


class Part:
    """A value in the text: its stretch, and what it is made of.

    ``style`` is that of a YAML scalar (empty: plain), ``json`` for a JSON string, ``mapping``, ``sequence`` or
    ``alias``. ``members``
    maps a key to the stretch of the key and the value's part.
    """

    __slots__ = ("end", "items", "members", "start", "style", "text")

    def __init__(self, start: int, end: int, style: str, text: str = "") -> None:
        """Begin with a value without children."""
        self.start = start
        self.end = end
        self.style = style
        self.text = text
        self.members: dict[str, tuple[int, int, Part]] = {}
        self.items: list[Part] = []

    def child(self, step: Step) -> tuple[int, int, Part] | None:
        """The stretch of the key and the value below a key or an index."""
        if isinstance(step, str):
            return self.members.get(step)
        if 0 <= step < len(self.items):
            item = self.items[step]
            return item.start, item.end, item
        return None


class Positions:
    """The parts of one text; offsets are code points of it."""

    def __init__(self, text: str, root: Part | None) -> None:
        """Keep the text and its tree; None for a text without a value, or one that cannot be parsed."""
        self._text = text
        self._root = root or Part(0, len(text), "alias")
        self._offsets: dict[int, list[Character] | None] = {}

    def _walk(self, path: Sequence[Step]) -> tuple[tuple[int, int], Part, bool]:
        """The key's stretch and the part of the deepest step that is there, and whether that is the whole path."""
        part, key = self._root, (self._root.start, self._root.end)
        for step in path:
            found = part.child(step)
            if found is None:
                return key, part, False
            key, part = found[:2], found[2]
        return key, part, True

    def find(self, path: Sequence[Step], *, key: bool = False) -> tuple[int, int]:
        """The stretch of a value, or of its key; of the nearest enclosing value where the path ends early."""
        key_stretch, part, complete = self._walk(path)
        if key and complete:
            return key_stretch
        if part.style in ("|", ">"):
            return self._content(part)
        return part.start, part.end

    def _content(self, part: Part) -> tuple[int, int]:
        """A block scalar's stretch without its header and the line ends after it."""
        characters = self._characters(part)
        written = [each for each in characters or () if not each.text.isspace()]
        return (written[0].start, written[-1].end) if written else (part.start, part.end)

    def find_within(self, path: Sequence[Step], text: str, start: int, end: int) -> tuple[int, int]:
        """The stretch that stands for characters start to end of the string at the path.

        The whole value's where the string there is another one.
        """
        _, part, complete = self._walk(path)
        characters = self._characters(part) if complete and part.text == text else None
        if characters is None:
            return self.find(path)
        if not characters:
            return part.start, part.end
        if start >= len(characters):
            return characters[-1].end, characters[-1].end
        first = characters[start].start
        return first, max(first, characters[min(end, len(characters)) - 1].end) if end > start else first

    def _characters(self, part: Part) -> list[Character] | None:
        if part.start not in self._offsets:
            raw = self._text[part.start : part.end]
            self._offsets[part.start] = characters_of(raw, part.start, part.style, part.text)
        return self._offsets[part.start]


def yaml_positions(text: str) -> Positions:
    """Positions in the only document of a YAML text; of one whole where it is malformed."""
    from yaml import YAMLError

    from dra_policy.manifests.yaml_values import event_source

    try:
        return Positions(text, _YamlParts().build(event_source()(text)))
    except YAMLError:
        return Positions(text, None)


class _YamlParts:
    """Puts libyaml's events together into parts."""

    def __init__(self) -> None:
        self._stack: list[Part] = []
        self._keys: list[Part | None] = []
        self._anchors: dict[str, Part] = {}
        self._root: Part | None = None

    def build(self, parser: Any) -> Part | None:
        from yaml.events import (
            AliasEvent,
            CollectionEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceStartEvent,
            StreamEndEvent,
        )

        while True:
            event = parser.get_event()
            match event:
                case ScalarEvent():
                    self._add(self._anchor(event, _scalar_part(event)))
                case MappingStartEvent():
                    self._open(event, "mapping")
                case SequenceStartEvent():
                    self._open(event, "sequence")
                case CollectionEndEvent():
                    self._close(event)
                case AliasEvent():
                    self._add(self._alias(event))
                case StreamEndEvent():
                    return self._root

    def _open(self, event: Any, style: str) -> None:
        start = event.start_mark.index
        self._stack.append(self._anchor(event, Part(start, start, style)))
        self._keys.append(None)

    def _anchor(self, event: Any, part: Part) -> Part:
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = part
        return part

    def _alias(self, event: Any) -> Part:
        part = Part(event.start_mark.index, event.end_mark.index, "alias")
        meant = self._anchors.get(event.anchor)
        if meant is not None:
            part.members, part.items = meant.members, meant.items
        return part

    def _close(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        part = self._stack.pop()
        self._keys.pop()
        # A block collection ends, for libyaml, where the next token begins; for a reader, with its last value.
        children = [*part.items, *(each[2] for each in part.members.values())]
        part.end = end if end > start else max((child.end for child in children), default=part.start)
        self._add(part)

    def _add(self, part: Part) -> None:
        if not self._stack:
            self._root = self._root or part
            return
        above = self._stack[-1]
        key = self._keys[-1]
        if above.style == "sequence":
            above.items.append(part)
        elif key is None:
            self._keys[-1] = part
        else:
            above.members[key.text] = (key.start, key.end, part)
            self._keys[-1] = None


def _scalar_part(event: Any) -> Part:
    start, end = event.start_mark.index, event.end_mark.index
    return Part(start, end, event.style or "", event.value)


_TOKEN = re.compile(r'[ \t\r\n]*(?:([{}\[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}\[\],:"]+))', re.DOTALL)


def json_positions(text: str, duplicate: Duplicate | None = None) -> Positions:
    """Positions in the first value of a JSON text; of what can be read where it is malformed.

    ``duplicate`` is told of keys that are written twice in one object.
    """
    root: Part | None = None
    stack: list[Part] = []
    key: Part | None = None
    keys: list[Part | None] = []
    for token in _TOKEN.finditer(text):
        mark, string, other = token.groups()
        if mark in ("{", "["):
            opened = Part(token.start(1), len(text), "mapping" if mark == "{" else "sequence")
            _add_json(stack, key, opened)
            root = root or opened
            keys.append(key)
            stack.append(opened)
            key = None
        elif mark in ("}", "]"):
            if not stack:
                break
            stack.pop().end = token.end(1)
            key = keys.pop()
            if not stack:
                break
            key = None
        elif mark == ",":
            key = None
        elif mark is None:
            part = _json_scalar(token, string, other)
            if stack and stack[-1].style == "mapping" and key is None:
                key = part
            else:
                _add_json(stack, key, part)
            root = root or part
        elif mark == ":" and duplicate is not None and key is not None and key.text in stack[-1].members:
            duplicate(key.text, key.start, key.end)
    return Positions(text, root)


def _json_scalar(token: re.Match[str], string: str | None, other: str) -> Part:
    if string is None:
        return Part(token.start(3), token.end(3), "", other)
    import json

    try:
        value = json.loads(string, strict=False)
    except ValueError:
        value = string[1:-1]
    return Part(token.start(2), token.end(2), "json", value)


def _add_json(stack: list[Part], key: Part | None, part: Part) -> None:
    if not stack:
        return
    if stack[-1].style == "sequence":
        stack[-1].items.append(part)
    elif key is not None:
        stack[-1].members[key.text] = (key.start, key.end, part)
