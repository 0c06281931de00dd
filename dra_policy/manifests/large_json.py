"""The objects of a JSON dump of many megabytes: devices stay text, kinds of no interest unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dra_policy.manifests.chunk import Chunk
from dra_policy.manifests.document import ManifestDocument
from dra_policy.manifests.files import InputFile
from dra_policy.manifests.raw import CASE_FACTS, CASE_LISTS, Found, Object, RawObject, RecordedFacts, inherit, name_kind
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    import msgspec

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
        self._items = msgspec.json.Decoder(list[msgspec.Raw]).decode
        self._file = file
        self._is_ascii = file.is_ascii
        self._interesting = interesting
        self._texts: dict[bytes, bytes] = {}

    def objects(self) -> Iterator[Found]:
        """The objects in order. Raises msgspec.DecodeError for a text that is no single JSON value."""
        data = self._file.data
        start = len(data) - len(data.lstrip())
        if data[start : start + 1] == b"[":
            yield from self._list(data, start, ("List", None), None)
            return
        members = self._members(data)
        offsets = self._offsets(data, start, members)
        if "items" in members and "kind" in members:
            above = self._decode(members["kind"]), self._decode(members.get("apiVersion", b"null"))
            yield from self._list(members["items"], offsets.get("items"), above, None)
        elif "kind" not in members and not set(members).isdisjoint((*CASE_LISTS, *CASE_FACTS)):
            yield from self._case(members, offsets)
        else:
            found = self._object(data, start, ("List", None), None)
            yield from [found] if found else []

    def _case(self, members: dict[str, msgspec.Raw], offsets: dict[str, int]) -> Iterator[Found]:
        facts: Object = {name: self._decode(members[name]) for name in CASE_FACTS if name in members}
        yield RecordedFacts(facts, self._document(0, len(self._file.data)))
        for name in CASE_LISTS:
            if name in members:
                yield from self._list(members[name], offsets.get(name), ("List", None), name)

    def _offsets(self, data: bytes, start: int, members: dict[str, msgspec.Raw]) -> dict[str, int]:
        """Where each member's value begins: keys and values are walked over, the values by their known lengths."""
        offsets: dict[str, int] = {}
        position = start + 1
        for name, value in members.items():
            key = _KEY.match(data, position)
            if key is None or key[1] != name.encode():
                # A key that is written twice: places are then those of the whole text.
                return {}
            offsets[name] = key.end()
            position = key.end() + memoryview(value).nbytes
        return offsets

    def _list(
        self, raw: msgspec.Raw | bytes, start: int | None, above: tuple[str, JsonValue], case_list: str | None
    ) -> Iterator[Found]:
        data = self._file.data
        position = None if start is None else start + 1
        for item in self._items(raw):
            if position is not None:
                between = _BETWEEN.match(data, position)
                position = between.end() if between else position
            found = self._object(item, position, above, case_list)
            if position is not None:
                position += memoryview(item).nbytes
            if found is not None:
                yield found

    def _object(
        self, raw: msgspec.Raw | bytes, start: int | None, above: tuple[str, JsonValue], case_list: str | None
    ) -> RawObject | None:
        try:
            members = self._members(raw)
        except ValueError:
            # No mapping: said where the text is parsed whole.
            return None
        head: Object = {name: self._decode(members[name]) for name in ("kind", "apiVersion") if name in members}
        inherit(head, *above)
        if case_list is not None:
            name_kind(head, case_list)
        kind, version = head.get("kind"), head.get("apiVersion")
        devices: bytes | None = None
        if isinstance(kind, str) and isinstance(version, str) and not self._interesting(version, kind):
            value: Object = head
        elif kind in SLICE_KINDS and "spec" in members:
            value, devices = self._slice(members)
        else:
            value = self._decode(raw)
        size = memoryview(raw).nbytes
        document = self._document(start, start + size) if start is not None else self._document(0, len(self._file.data))
        return RawObject(value | head, document, devices, recorded=case_list is not None)

    def _slice(self, members: dict[str, msgspec.Raw]) -> tuple[Object, bytes | None]:
        spec = self._members(members["spec"])
        devices = spec.pop("devices", None)
        value: Object = {name: self._decode(raw) for name, raw in members.items() if name not in ("spec", "metadata")}
        value["spec"] = {name: self._decode(raw) for name, raw in spec.items()}
        if "metadata" in members:
            value["metadata"] = self._decode(members["metadata"])
        if devices is None:
            return value, None
        text = bytes(devices)
        # Slices that say the same share one text.
        return value, self._texts.setdefault(text, text)

    def _document(self, start: int, end: int) -> ManifestDocument:
        file, is_ascii = self._file, self._is_ascii

        def region() -> tuple[int, int]:
            return (
                file.character_offset(start, is_ascii=is_ascii),
                file.character_offset(end, is_ascii=is_ascii),
            )

        return ManifestDocument(Chunk(file.source, region, is_json=True))
