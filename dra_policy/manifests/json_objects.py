"""The objects of a JSON text: one value, several after each other (JSON Lines), or a dump of many megabytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.pieces import Chunk
from dra_policy.manifests.positions import json_positions
from dra_policy.manifests.raw import Found, spread
from dra_policy.manifests.yaml_values import Duplicate
from dra_policy.text import Findings, Source, Span
from dra_policy.values import JsonValue


def looks_like_json(data: bytes) -> bool:
    """Whether a text begins as JSON does; YAML in flow style does too."""
    return data[:200].lstrip()[:1] in (b"{", b"[") or data.lstrip()[:1] in (b"{", b"[")


def _refuse(constant: str) -> JsonValue:
    raise MalformedError(f"`{constant}` is no JSON value", 0)


class _TwiceError(Exception):
    """A key occurs twice: the text is decoded again without looking for that, and its places are looked up."""


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _TwiceError
    return made


_STRICT = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique)
_ENDLESS = r"(?<=[\s:,\[])-?[0-9]{4001}"
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def decode_at(text: str, start: int, duplicate: Duplicate | None = None) -> tuple[JsonValue, int]:
    """The JSON value at an offset, and where it ends; raises MalformedError.

    Of a key that is written twice the later value stands, as in Kubernetes; ``duplicate`` is told.
    """
    value: JsonValue
    try:
        try:
            value, end = _STRICT.raw_decode(text, start)
        except _TwiceError:
            value, end = _DECODER.raw_decode(text, start)
            if duplicate is not None:
                tell = duplicate
                json_positions(text[start:end], lambda key, first, last: tell(key, first + start, last + start))
    except json.JSONDecodeError as error:
        raise MalformedError(_lower(error.msg), error.pos) from None
    except RecursionError:
        raise MalformedError("nested too deeply", start) from None
    except MalformedError as error:
        raise MalformedError(error.message, start) from None
    except ValueError:
        # Python's own limit for numbers, whose message speaks of Python.
        found = re.compile(_ENDLESS).search(text, start)
        offset = found.start() if found else start
        raise MalformedError("a number of more than 4,000 digits", offset, "write it as a quoted text") from None
    return value, end


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def json_values(
    text: str, duplicate: Duplicate | None = None
) -> tuple[list[tuple[JsonValue, int, int]], list[MalformedError]]:
    """All values of a text with their stretches, and what is malformed; after an error reading goes on a line later."""
    values: list[tuple[JsonValue, int, int]] = []
    errors: list[MalformedError] = []
    position = _skip_blanks(text, 0)
    while position < len(text):
        try:
            value, end = decode_at(text, position, duplicate)
            values.append((value, position, end))
        except MalformedError as error:
            errors.append(error)
            end = _next_line(text, error.offset)
        position = _skip_blanks(text, end)
    return values, errors


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _next_line(text: str, position: int) -> int:
    """The start of the next line that begins a mapping in the first column: the next record of JSON Lines."""
    found = text.find("\n{", position)
    return len(text) if found < 0 else found + 1


def small_objects(source: Source, findings: Findings, report: Callable[[MalformedError], None]) -> Iterator[Found]:
    """The objects of a JSON text that is parsed whole; ``report`` is told of what is malformed."""

    def twice(key: str, start: int, end: int) -> None:
        message = f"key `{key}` is written twice in one object; the later one counts"
        findings.warning("DRA208", message, Span(source, start, end))

    values, errors = json_values(source.text, twice)
    for error in errors:
        report(error)
    for value, start, end in values:
        region = (start, end)
        yield from spread(value, Chunk(source, lambda region=region: region, is_json=True), findings)  # type: ignore[misc]
