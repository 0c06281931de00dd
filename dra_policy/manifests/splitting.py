"""Cut YAML text into documents, list items and devices without parsing it.

A cut is only ever made at a line that can begin nothing else in block style. The one exception, a quoted text or a flow
collection that runs on at a smaller indentation, leaves a half that cannot be parsed: whoever uses a cut parses the
whole where a piece is malformed.
"""

from __future__ import annotations

import re
from functools import cache

from dra_policy.record import dataclass

Region = tuple[int, int]

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_EMPTY = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*[ \t]*(?:[#%][^\n]*)?\Z")
_CONTENT = re.compile(r"^([ \t]*)(?=[^\s#])", re.MULTILINE)
_SLICES = "(?:ResourceSlice|ResourcePool|DevicePool)"


def document_regions(text: str) -> list[Region]:
    """The documents of a YAML text, without their markers and without those that are empty."""
    regions: list[Region] = []
    start = 1 if text.startswith("\ufeff") else 0
    for marker in _MARKER.finditer(text):
        regions.append((start, marker.start()))
        start = marker.end()
    regions.append((start, len(text)))
    return [(start, end) for start, end in regions if not _EMPTY.match(text, start, end)]


@cache
def _patterns(indent: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What begins an item at an indentation, and what ends the sequence."""
    item = re.compile(rf"^ {{{indent}}}-(?=[ \t\r\n])", re.MULTILINE)
    other = re.compile(rf"^(?! {{{indent}}}(?: |-[ \t\r\n])|[ \t]*(?:#|\r?$))", re.MULTILINE)
    return item, other


def _items(text: str, start: int, end: int, indent: int) -> tuple[list[Region], int]:
    """The items of the block sequence at ``start`` (a line's start), and where it ends; none: no sequence is there."""
    item, other = _patterns(indent)
    stopped = other.search(text, start, end)
    stop = stopped.start() if stopped else end
    starts = [found.start() for found in item.finditer(text, start, stop)]
    if not starts:
        return [], start
    return list(zip(starts, [*starts[1:], stop], strict=True)), stop


@dataclass(frozen=True, slots=True)
class CutList:
    """A document that is a list: the items, and the text around them (empty for a bare list)."""

    items: list[Region]
    rest: str


def cut_list(text: str, start: int, end: int) -> CutList | None:
    """Cut a bare list, or an object with ``items``, into its items; None for any other document."""
    first = _CONTENT.search(text, start, end)
    if first is None or first[1]:
        return None
    if text.startswith("-", first.end()):
        items, stop = _items(text, first.start(), end, 0)
        return CutList(items, "") if items and _EMPTY.match(text, stop, end) else None
    header = re.compile(r"^items:[ \t]*\r?\n", re.MULTILINE).search(text, first.start(), end)
    if header is None:
        return None
    inner = _CONTENT.search(text, header.end(), end)
    if inner is None or not text.startswith("-", inner.end()) or "\t" in inner[1]:
        return None
    items, stop = _items(text, inner.start(), end, len(inner[1]))
    if not items:
        return None
    return CutList(items, text[start : header.start()] + text[stop:end])


@dataclass(frozen=True, slots=True)
class CutSlice:
    """A slice's text without its devices, and the text of each device as a mapping."""

    envelope: str
    devices: list[str]


@cache
def _slice_patterns(indent: int) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    kind = re.compile(rf"^ {{{indent}}}kind:[ \t]*{_SLICES}[ \t]*\r?$", re.MULTILINE)
    spec = re.compile(rf"^ {{{indent}}}spec:[ \t]*\r?\n", re.MULTILINE)
    after = re.compile(rf"^ {{0,{indent}}}(?=[^\s#])", re.MULTILINE)
    return kind, spec, after


@cache
def _devices_pattern(indent: int) -> re.Pattern[str]:
    return re.compile(rf"^ {{{indent}}}devices:[ \t]*\r?\n", re.MULTILINE)


def cut_slice(text: str) -> CutSlice | None:
    """Cut the devices out of a ResourceSlice, ResourcePool or DevicePool; None where there is nothing to cut."""
    first = _CONTENT.search(text)
    if first is None or "\t" in first[1]:
        return None
    kind, spec, after = _slice_patterns(len(first[1]))
    opened = spec.search(text) if kind.search(text) else None
    child = _CONTENT.search(text, opened.end()) if opened else None
    if opened is None or child is None or len(child[1]) <= len(first[1]):
        return None
    ended = after.search(text, opened.end())
    end = ended.start() if ended else len(text)
    header = _devices_pattern(len(child[1])).search(text, opened.end(), end)
    inner = _CONTENT.search(text, header.end(), end) if header else None
    if header is None or inner is None or not text.startswith("-", inner.end()) or len(inner[1]) < len(child[1]):
        return None
    devices, stop = _items(text, inner.start(), end, len(inner[1]))
    if not devices:
        return None
    return CutSlice(
        text[: header.start()] + text[stop:], [text[begin:finish].replace("-", " ", 1) for begin, finish in devices]
    )
