"""The objects of a JSON dump of many megabytes: devices stay text, kinds of no interest unread.

The text is scanned three times at most, at about 1 GB/s, and nothing is made of what nobody asks for; where an object
stands is found out when a message needs it. Slices and nodes, which are nine of ten objects of a dump, are decoded into
types (``envelopes``) and checked no further where they are plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from dra_policy.manifests.document import ListedPlace, ManifestDocument
from dra_policy.manifests.files import InputFile
from dra_policy.manifests.pieces import Chunk
from dra_policy.manifests.raw import Found, Object, RawObject, RecordedFacts, Whole, inherit, name_kind
from dra_policy.model import DeviceSet, Dialect, Node, ResourceSlice
from dra_policy.text import Place
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    import msgspec

    from dra_policy.manifests import envelopes

    Members = Mapping[str, msgspec.Raw]
    Reader = Callable[[msgspec.Raw, Place], ResourceSlice | Node | None]

Plain = TypeVar("Plain")
Made = TypeVar("Made", ResourceSlice, Node)

# Smaller texts are parsed whole by the standard library: importing msgspec costs as much as parsing 3 MB.
LARGE = 500_000
SLICE_KINDS = ("ResourceSlice", "ResourcePool", "DevicePool")

_BRACE, _BRACKET = b"{["
_BETWEEN = re.compile(rb"[\s,]*")
_KEY = re.compile(rb'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*')


class LargeJson:
    """Cuts one text.

    ``interesting`` tells from apiVersion and kind whether an object is worth decoding. ``as_written`` says that an
    object's own apiVersion decides its dialect: plain slices and nodes then come as objects of the model (``Whole``).
    Raises msgspec.DecodeError for a text that is no single JSON value, ValueError (msgspec.ValidationError is one) for
    one that is no mapping or list of mappings.
    """

    def __init__(self, file: InputFile, interesting: Callable[[str, str], bool], *, as_written: bool) -> None:
        """Import the scanner, which only a large text pays for, and cut the text into its objects."""
        import msgspec

        from dra_policy.manifests import envelopes

        self._decode = msgspec.json.decode
        self._members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._envelopes = envelopes
        self._file = file
        self._interesting = interesting
        self._as_written = as_written
        self._checked: set[Dialect] = set()
        self._places = _Places(file)
        self._plain = self._plain_case() if as_written else None
        self._top = envelopes.cut(file.data) if self._plain is None else None

    def objects(self) -> Iterator[Found]:
        """The objects in order."""
        top = self._top
        if top is None:
            yield from self._plain or ()
        elif isinstance(top, list):
            yield from self._list(top, "", ("List", None))
        elif top.items is not None and top.kind is not None:
            yield from self._list(top.items, "items", (top.kind, top.api_version))
        elif top.kind is None and top.is_case:
            yield from self._case(top)
        else:
            yield self._object(self._members(self._file.data), self._whole, ("List", None), None)

    @property
    def _whole(self) -> ManifestDocument:
        return ManifestDocument(Chunk(self._file.source, self._places.whole, is_json=True))

    def _plain_case(self) -> list[Found] | None:
        """The objects of a recorded case that has nothing but plain nodes and slices."""
        case = self._envelopes.plain_case(self._file.data)
        if case is None:
            return None
        nodes = self._all_made(case.nodes, "nodes", self._envelopes.node_of)
        slices = None if nodes is None else self._all_made(case.slices, "slices", self._envelopes.slice_of)
        if nodes is None or slices is None:
            return None
        lists = {
            "classes": case.classes,
            "taintRules": case.taint_rules,
            "claims": case.claims,
            "namespaces": case.namespaces,
            "quotas": case.quotas,
        }
        classes, *others = (self._list(each or (), name, ("List", None), name) for name, each in lists.items())
        rest = [one for found in others for one in found]
        return [self._facts(case), Whole(nodes, True), *classes, Whole(slices, True), *rest]

    def _all_made(
        self, found: list[Plain], name: str, make: Callable[[Plain, Place], Made | None]
    ) -> list[Made] | None:
        """Plain objects as those of the model; None if one is not plain after all."""
        chunk_at = partial(self._places.chunk, name)
        made = [one for index, each in enumerate(found) if (one := make(each, ListedPlace(chunk_at, index)))]
        return made if len(made) == len(found) else None

    def _case(self, top: envelopes.Top) -> Iterator[Found]:
        yield self._facts(top)
        for name, items in top.lists.items():
            if items is not None:
                yield from self._list(items, name, ("List", None), name)

    def _facts(self, case: envelopes.RecordedParts) -> RecordedFacts:
        written = case.facts
        allocated = self._envelopes.read_allocated(written.get("allocatedDevices"))
        if allocated is not None:
            written.pop("allocatedDevices", None)
        facts = {name: self._decode(raw) for name, raw in written.items()}
        return RecordedFacts(facts, self._whole, allocated or DeviceSet())

    def _list(
        self, items: Sequence[msgspec.Raw], name: str, above: tuple[str, JsonValue], case_list: str | None = None
    ) -> Iterator[Found]:
        chunk_at = partial(self._places.chunk, name)
        read = self._reader(case_list)
        run: list[ResourceSlice | Node] = []
        for index, raw in enumerate(items):
            place = ListedPlace(chunk_at, index)
            made = read(raw, place)
            if made is not None:
                run.append(made)
                continue
            if run:
                yield Whole(run, case_list is not None)
                run = []
            yield self._object(self._members(raw), place.document, above, case_list)
        if run:
            yield Whole(run, case_list is not None)

    def _reader(self, case_list: str | None) -> Reader:
        """What reads the plain objects of a list straight into the model, and gives None for all others."""
        if not self._as_written:
            return _read_nothing
        readers: dict[str | None, Reader] = {
            None: self._slice_or_node,
            "slices": self._envelopes.read_slice,
            "nodes": self._envelopes.read_node,
        }
        return readers.get(case_list, _read_nothing)

    def _slice_or_node(self, raw: msgspec.Raw, place: Place) -> ResourceSlice | Node | None:
        found = self._envelopes.read_slice(raw, place)
        if found is None:
            return self._envelopes.read_node(raw, place)
        if found.dialect not in self._checked:
            # The first slice of a dump is looked into: the others are written by the same drivers.
            self._checked.add(found.dialect)
            return None
        return found

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
            if name == "spec" and kind in SLICE_KINDS and memoryview(raw)[0] == _BRACE:
                head["spec"], devices = self._slice_spec(raw)
            elif name not in head:
                head[name] = decode(raw)
        return RawObject(head, document, devices, recorded=case_list is not None)

    def _slice_spec(self, raw: msgspec.Raw) -> tuple[JsonValue, bytes | None]:
        members = dict(self._members(raw))
        is_list = "devices" in members and memoryview(members["devices"])[0] == _BRACKET
        devices = bytes(members.pop("devices")) if is_list else None
        return {name: self._decode(inner) for name, inner in members.items()}, devices


def _read_nothing(raw: msgspec.Raw, place: Place) -> None:
    """No object is read whole."""


class _Places:
    """Where the items of a text's lists stand, in characters; worked out at the first question.

    The scanner gives no offsets, but the very text of every value: walking over keys, separators and those texts gives
    the offsets back.
    """

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._starts: dict[str, list[tuple[int, int]]] = {}
        self._chunks: dict[tuple[str, int], Chunk] = {}

    def chunk(self, name: str, index: int) -> Chunk:
        """An item of the list under a key, as a chunk: the same one whenever it is asked for."""
        key = (name, index)
        if key not in self._chunks:
            self._chunks[key] = Chunk(self._file.source, partial(self.item, name, index), is_json=True)
        return self._chunks[key]

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
