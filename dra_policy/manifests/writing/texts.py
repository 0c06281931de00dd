"""Documents as YAML and JSON text, in kubectl's form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from dra_policy.cel.nesting import recursion_room
from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.scalars import plain_value
from dra_policy.values import JsonValue

_FIRST = ("apiVersion", "kind", "metadata", "spec")
# What begins a plain text, and what it may be made of; `: `, ` #` and a blank at an end are excluded apart.
_PLAIN = re.compile(r"[A-Za-z0-9_./(\\$^+;=<~-][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")
_UNSAFE = re.compile(r":(?:\s|\Z)|\s#|\A-(?:\s|\Z)|\A(?:---|\.\.\.)|\s\Z")
# Texts, to kubectl, that other readers of YAML 1.1 take for dates and sexagesimal numbers.
_AMBIGUOUS = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|=|<<")
_PRINTABLE = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def ordered(document: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """An object with apiVersion, kind, metadata and spec first and status last."""
    first = {name: document[name] for name in _FIRST if name in document}
    last = {"status": document["status"]} if "status" in document else {}
    return first | {name: value for name, value in document.items() if name not in first and name != "status"} | last


def to_yaml(documents: Iterable[Mapping[str, JsonValue]]) -> str:
    """YAML documents with ``---`` between them; strings that YAML 1.1 would read as something else are quoted."""
    with recursion_room():
        return "---\n".join("".join(_block(ordered(document), 0)) or "{}\n" for document in documents)


def to_json(documents: Iterable[Mapping[str, JsonValue]]) -> str:
    """One JSON object, or a ``kind: List`` of several, indented by four as kubectl does."""
    objects: list[JsonValue] = [ordered(document) for document in documents]
    whole: JsonValue = objects[0] if len(objects) == 1 else {"apiVersion": "v1", "kind": "List", "items": objects}
    with recursion_room():
        return json.dumps(whole, indent=4, ensure_ascii=False) + "\n"


def _block(value: dict[str, JsonValue] | list[JsonValue], indent: int) -> Iterator[str]:
    margin = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{margin}{_scalar(key, -1)}:"
            # kubectl does not indent a list below its key.
            yield from _inner(inner, indent if isinstance(inner, list) else indent + 2, indent)
    else:
        for item in value:
            yield from _item(item, indent)


def _inner(value: JsonValue, below: int, indent: int) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield "\n"
        yield from _block(value, below)
    else:
        yield f" {_scalar(value, indent)}\n"


def _item(item: JsonValue, indent: int) -> Iterator[str]:
    if isinstance(item, dict | list) and item:
        first, *others = _block(item, indent + 2)
        yield " " * indent + "- " + first[indent + 2 :]
        yield from others
    else:
        yield f"{' ' * indent}- {_scalar(item, indent)}\n"


def _scalar(value: JsonValue, indent: int) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value, indent)
        case dict():
            return "{}"
        case list():
            return "[]"
        case int() | float():
            return json.dumps(value)


def _text(text: str, indent: int) -> str:
    """A text in the plainest style that reads back as itself; ``indent`` -1 is a key's, which takes one line."""
    if _is_plain(text):
        return text
    if "\n" in text and indent >= 0 and _can_be_literal(text):
        return _literal(text, indent + 2)
    if _PRINTABLE.fullmatch(text) and not _is_ambiguous(text) and not re.search(r"[\n\t]", text):
        return "'" + text.replace("'", "''") + "'"
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and not _UNSAFE.search(text) and not _is_ambiguous(text)


def _is_ambiguous(text: str) -> bool:
    if _AMBIGUOUS.fullmatch(text):
        return True
    try:
        return not isinstance(plain_value(text), str)
    except MalformedError:
        return True


def _can_be_literal(text: str) -> bool:
    """Whether ``|`` can hold the text: its first line shows the indentation, no line has blanks at its end."""
    lines = text.split("\n")
    has_end_blanks = any(line != line.rstrip(" \t") for line in lines)
    return bool(lines[0]) and lines[0][0] not in " \t" and not has_end_blanks and bool(_PRINTABLE.fullmatch(text))


def _literal(text: str, indent: int) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    header = "|-" if ends == 0 else "|" if ends == 1 else "|+"
    margin = " " * indent
    lines = [f"{margin}{line}" if line else "" for line in (body + "\n" * max(0, ends - 1)).split("\n")]
    return "\n".join([header, *lines])
