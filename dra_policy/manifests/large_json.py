"""The objects of a JSON dump of many megabytes: devices stay text, kinds of no interest unread.

The text is scanned three times at most, at about 1 GB/s, and nothing is made of what nobody asks for; where an object
stands is found out when a message needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

from dra_policy.manifests.document import ManifestDocument
from dra_policy.manifests.files import InputFile
from dra_policy.manifests.pieces import Chunk
from dra_policy.manifests.raw import CASE_FACTS, CASE_LISTS, Found, Object, RawObject, RecordedFacts, inherit, name_kind
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    import msgspec

    Members = Mapping[str, msgspec.Raw]

# Smaller texts are parsed whole by the standard library: importing msgspec costs as much as parsing 3 MB.
LARGE = 500_000
SLICE_KINDS = ("ResourceSlice", "ResourcePool", "DevicePool")

_BETWEEN = re.compile(rb"[\s,]*")
_KEY = re.compile(rb'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*')


class LargeJson:
    """Cuts one text. ``interesting`` tells from apiVersion and kind whether an object is worth decoding."""

    def __init__(self, file: InputFile, interesting: Callable[[str, str], bool]) -> None:
        """Import the scanner, which only a large text pays for."""
        import msgspec

        self._decode = msgspec.json.decode
        self._members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._list_members = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
        self._file = file
        self._interesting = interesting
        self._texts: dict[bytes, bytes] = {}
        self._places = _Places(file)

    def objects(self) -> Iterator[Found]:
        """The objects in order.

        Raises msgspec.DecodeError for a text that is no single JSON value, msgspec.ValidationError for one that is no
        mapping or list of mappings; both are ValueErrors.
        """
        data = self._file.data
        if data.lstrip()[:1] == b"[":
            yield from self._list(self._list_members(data), "", ("List", None))
            return
        members = self._members(data)
        if "items" in members and "kind" in members:
            above = self._decode(members["kind"]), self._decode(members.get("apiVersion", b"null"))
            yield from self._list(self._list_members(members["items"]), "items", above)
        elif "kind" not in members and not set(members).isdisjoint((*CASE_LISTS, *CASE_FACTS)):
            yield from self._case(members)
        else:
            document = ManifestDocument(Chunk(self._file.source, self._places.whole, is_json=True))
            yield self._object(members, document, ("List", None), None)

    def _case(self, members: Members) -> Iterator[Found]:
        facts: Object = {name: self._decode(members[name]) for name in CASE_FACTS if name in members}
        yield RecordedFacts(facts, ManifestDocument(Chunk(self._file.source, self._places.whole, is_json=True)))
        for name in CASE_LISTS:
            if name in members:
                yield from self._list(self._list_members(members[name]), name, ("List", None), name)

    def _list(
        self, items: list[dict[str, msgspec.Raw]], name: str, above: tuple[str, JsonValue], case_list: str | None = None
    ) -> Iterator[Found]:
        source, item_region = self._file.source, self._places.item
        for index, members in enumerate(items):
            chunk = Chunk(source, partial(item_region, name, index), is_json=True)
            yield self._object(members, ManifestDocument(chunk), above, case_list)

    def _object(
        self, members: Members, document: ManifestDocument, above: tuple[str, JsonValue], case_list: str | None
    ) -> RawObject:
        decode = self._decode
        head: Object = {name: decode(members[name]) for name in ("apiVersion", "kind") if name in members}
        inherit(head, *above)
        if case_list is not None:
            name_kind(head, case_list)
        kind, version = head.get("kind"), head.get("apiVersion")
        devices: bytes | None = None
        if isinstance(kind, str) and isinstance(version, str) and not self._interesting(version, kind):
            return RawObject(head, document, recorded=case_list is not None)
        for name, raw in members.items():
            if name == "spec" and kind in SLICE_KINDS:
                head["spec"], devices = self._slice_spec(raw)
            elif name not in head:
                head[name] = decode(raw)
        return RawObject(head, document, devices, recorded=case_list is not None)

    def _slice_spec(self, raw: msgspec.Raw) -> tuple[JsonValue, bytes | None]:
        members = self._members(raw)
        devices = members.pop("devices", None)
        spec: Object = {name: self._decode(inner) for name, inner in members.items()}
        if devices is None:
            return spec, None
        text = bytes(devices)
        # Slices that say the same share one text.
        return spec, self._texts.setdefault(text, text)


class _Places:
    """Where the items of a text's lists stand, in characters; worked out at the first question.

    The scanner gives no offsets, but the very text of every value: walking over keys, separators and those texts gives
    the offsets back.
    """

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._starts: dict[str, list[tuple[int, int]]] = {}

    def whole(self) -> tuple[int, int]:
        return 0, len(self._file.source.text)

    @cached_property
    def _data(self) -> bytes:
        """The text again as the scanner saw it; other than at first where the file has changed since."""
        return self._file.source.text.encode("utf-8", "surrogatepass")

    def item(self, name: str, index: int) -> tuple[int, int]:
        """The stretch of an item of the list under a key (empty: of the text itself)."""
        try:
            if name not in self._starts:
                self._starts[name] = self._walk(name)
            start, end = self._starts[name][index]
        except (ValueError, LookupError):
            return self.whole()
        data = self._data
        if data.isascii():
            return start, end
        before = len(data[:start].decode(errors="ignore"))
        return before, before + len(data[start:end].decode(errors="ignore"))

    def _walk(self, name: str) -> list[tuple[int, int]]:
        import msgspec

        data = self._data
        raw: bytes | msgspec.Raw = data
        position = len(data) - len(data.lstrip())
        if name:
            position, raw = self._member(name, position)
        found: list[tuple[int, int]] = []
        position += 1
        for item in msgspec.json.decode(raw, type=list[msgspec.Raw]):
            between = _BETWEEN.match(data, position)
            position = between.end() if between else position
            size = memoryview(item).nbytes
            found.append((position, position + size))
            position += size
        return found

    def _member(self, name: str, position: int) -> tuple[int, msgspec.Raw]:
        """Where the value of a key of the whole text begins; LookupError where keys are written twice."""
        import msgspec

        data = self._data
        position += 1
        for key, value in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items():
            written = _KEY.match(data, position)
            if written is None or written[1] != key.encode():
                break
            if key == name:
                return written.end(), value
            position = written.end() + memoryview(value).nbytes
        raise LookupError(name)
