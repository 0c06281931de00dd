"""The objects of a YAML text: documents apart, long lists item by item, devices of slices by their shape."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.manifests.document import ManifestDocument
from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.pieces import Chunk
from dra_policy.manifests.raw import Found, RawObject, inherit, spread
from dra_policy.manifests.splitting import Region, cut_list, cut_slice, document_regions
from dra_policy.manifests.templates import Templates
from dra_policy.manifests.yaml_values import Duplicate, load_yaml
from dra_policy.text import Findings, Source

# Smaller documents are parsed whole: cutting pays from some hundred lines on.
CUT_FROM = 16_000


class YamlReader:
    """Reads one text; ``templates`` are the shapes seen in this and other texts."""

    def __init__(self, source: Source, findings: Findings, templates: Templates) -> None:
        """Keep what reading needs."""
        self._source = source
        self._findings = findings
        self._templates = templates

    def objects(self) -> Iterator[Found]:
        """The objects in order; a document that is malformed is reported (DRA207), the others are still read."""
        text = self._source.text
        for start, end in document_regions(text):
            yield from self._document(text, start, end)

    def _chunk(self, start: int, end: int, *, is_item: bool = False, is_json: bool = False) -> Chunk:
        return Chunk(self._source, lambda: (start, end), is_json=is_json, is_item=is_item)

    def _document(self, text: str, start: int, end: int) -> Iterator[Found]:
        chunk = self._chunk(start, end)
        try:
            if end - start >= CUT_FROM:
                pieces = self._pieces(text, start, end, chunk)
                if pieces is not None:
                    yield from pieces
                    return
            value = load_yaml(text[start:end], self._duplicate(chunk))
        except MalformedError as error:
            self._malformed(error, chunk)
            yield from self._salvage(text, start, end)
            return
        yield from spread(value, chunk, self._findings)

    def _salvage(self, text: str, start: int, end: int) -> Iterator[Found]:
        """The items of a malformed list that are well formed by themselves."""
        listed = cut_list(text, start, end)
        for begin, finish in listed.items if listed else ():
            chunk = self._chunk(begin, finish, is_item=True)
            try:
                value = load_yaml(chunk.text)
            except MalformedError:
                continue
            # A piece that was cut inside a quoted text is no object.
            if isinstance(value, dict) and "kind" in value and "apiVersion" in value:
                yield from spread(value, chunk, self._findings)

    def _pieces(self, text: str, start: int, end: int, chunk: Chunk) -> list[Found] | None:
        """The objects of a long document read piece by piece; None where only the whole can be read."""
        try:
            listed = cut_list(text, start, end)
            if listed is None:
                return self._cut_object(chunk)
            return self._list(listed.items, listed.rest)
        except MalformedError:
            # Either the text is wrong, or a piece was cut inside a quoted text: the whole tells.
            return None

    def _list(self, items: list[Region], rest: str) -> list[Found] | None:
        above = load_yaml(rest) if rest else None
        kind = above.get("kind", "") if isinstance(above, dict) else "List"
        if not str(kind).endswith("List"):
            return None
        found: list[Found] = []
        for start, end in items:
            chunk = self._chunk(start, end, is_item=True)
            cut = self._cut_object(chunk)
            if cut is None:
                value = load_yaml(chunk.text, self._duplicate(chunk))
                inherit(value, kind, above.get("apiVersion") if isinstance(above, dict) else None)
                cut = list(spread(value, chunk, self._findings))
            found += cut
        return found

    def _cut_object(self, chunk: Chunk) -> list[Found] | None:
        import json

        cut = cut_slice(chunk.text)
        if cut is None:
            return None
        read, twice = self._templates.read, self._duplicate(chunk)
        value = json.loads(read(cut.envelope, twice))
        # Each piece of the list is one item: a text that turns out to be several documents or none is not taken.
        devices = [read(device, twice) for device in cut.devices]
        if not isinstance(value, dict):
            return None
        text = f"[{','.join(devices)}]".encode()
        return [RawObject(value, ManifestDocument(chunk), text)]

    def _duplicate(self, chunk: Chunk) -> Duplicate:
        def report(key: str, start: int, end: int) -> None:
            message = f"key `{key}` is written twice in one mapping; the later one counts"
            self._findings.warning("DRA208", message, chunk.span(start, end))

        return report

    def _malformed(self, error: MalformedError, chunk: Chunk) -> None:
        # A text that ends too early is reported at its end, not where the next document begins.
        offset = min(error.offset, len(chunk.text.rstrip()))
        self._findings.error("DRA207", error.message, chunk.span(offset, offset + 1), hint=error.hint)
