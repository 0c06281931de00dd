"""The string extensions of cel-go (ext.Strings, version 2, with ``reverse`` of version 3)."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.cel.data import Failure, Value
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.library.formatting import format_text
from dra_policy.cel.printing import quoted_value
from dra_policy.cel.weights import MOST_CHARACTERS, check_size
from dra_policy.values.go_text import ESCAPES

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_ASCII_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
# What Go's strings.TrimSpace removes: Unicode's White_Space property.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_ESCAPES = str.maketrans(ESCAPES)


def _out_of_range(index: int) -> Failure:
    return Failure(f"index out of range: {index}")


def _char_at(text: str, index: int) -> Value:
    if not 0 <= index <= len(text):
        return _out_of_range(index)
    return text[index : index + 1]


def _index_of(text: str, part: str, offset: int = 0) -> Value:
    if offset < 0:
        return _out_of_range(offset)
    if not part:
        return min(offset, len(text))
    return text.find(part, offset)


def _last_index_of(text: str, part: str, offset: int | None = None) -> Value:
    if not part:
        return len(text) if offset is None else _index_of(text, part, offset)
    if offset is None:
        return text.rfind(part)
    if offset < 0:
        return _out_of_range(offset)
    return -1 if offset >= len(text) else text.rfind(part, 0, offset + len(part))


def _strict_index_of(text: str, part: str, offset: int = 0) -> Value:
    """``indexOf`` as cel-spec wants it: an offset outside of the text is an error."""
    if not part or not offset:
        return offset if not part else text.find(part)
    return text.find(part, offset) if 0 <= offset < len(text) else _out_of_range(offset)


def _strict_last_index_of(text: str, part: str, offset: int | None = None) -> Value:
    if offset is None:
        return text.rfind(part)
    if not part:
        return offset
    return text.rfind(part, 0, offset + len(part)) if 0 <= offset < len(text) else _out_of_range(offset)


def _index_of_136(text: str, part: str, offset: int = 0) -> Value:
    return _index_of(text, part, offset) if part else offset


def _last_index_of_136(text: str, part: str, offset: int | None = None) -> Value:
    return _last_index_of(text, part, offset) if part or offset is None else offset


def _index_of_130(text: str, part: str, offset: int = 0) -> Value:
    if not part:
        return offset
    return text.find(part, offset) if 0 <= offset < len(text) else _out_of_range(offset)


def _last_index_of_130(text: str, part: str, offset: int | None = None) -> Value:
    if not part:
        return len(text) if offset is None else offset
    last = len(text) - 1 if offset is None else offset
    return text.rfind(part, 0, last + len(part)) if 0 <= last < len(text) else _out_of_range(last)


def _replace(text: str, old: str, new: str, limit: int = -1) -> Value:
    check_size(len(text) + text.count(old) * len(new), MOST_CHARACTERS)
    return text.replace(old, new, limit if limit >= 0 else -1)


def _split(text: str, separator: str, limit: int = -1) -> Value:
    if limit == 0:
        return []
    if not separator:
        parts: list[Value] = list(text)
        return parts if limit < 0 or limit >= len(parts) else [*parts[: limit - 1], text[limit - 1 :]]
    return list(text.split(separator, limit - 1 if limit > 0 else -1))


def _substring(text: str, start: int, end: int | None = None) -> Value:
    if end is not None and start > end:
        return Failure(f"invalid substring range. start: {start}, end: {end}")
    for index in (start, end):
        if index is not None and not 0 <= index <= len(text):
            return _out_of_range(index)
    return text[start:end]


def _join(items: list[Value], separator: str = "") -> Value:
    for item in items:
        if not isinstance(item, str):
            return Failure(f"join: invalid input: {quoted_value(item)}")
    texts = [item for item in items if isinstance(item, str)]
    check_size(sum(map(len, texts)) + len(texts) * len(separator), MOST_CHARACTERS)
    return separator.join(texts)


def _quote(text: str) -> Value:
    return f'"{text.translate(_ESCAPES)}"'


# Version 0: Kubernetes since its first CEL.
FUNCTIONS = (
    Function("charAt", (Overload("string_char_at_int", ("string", "int"), _char_at),)),
    Function(
        "indexOf",
        (
            Overload("string_index_of_string", ("string", "string"), _index_of),
            Overload("string_index_of_string_int", ("string", "string", "int"), _index_of),
        ),
    ),
    Function(
        "lastIndexOf",
        (
            Overload("string_last_index_of_string", ("string", "string"), _last_index_of),
            Overload("string_last_index_of_string_int", ("string", "string", "int"), _last_index_of),
        ),
    ),
    Function("lowerAscii", (Overload("string_lower_ascii", ("string",), lambda text: text.translate(_ASCII_LOWER)),)),
    Function("upperAscii", (Overload("string_upper_ascii", ("string",), lambda text: text.translate(_ASCII_UPPER)),)),
    Function(
        "replace",
        (
            Overload("string_replace_string_string", ("string", "string", "string"), _replace),
            Overload("string_replace_string_string_int", ("string", "string", "string", "int"), _replace),
        ),
    ),
    Function(
        "split",
        (
            Overload("string_split_string", ("string", "string"), _split),
            Overload("string_split_string_int", ("string", "string", "int"), _split),
        ),
    ),
    Function(
        "substring",
        (
            Overload("string_substring_int", ("string", "int"), _substring),
            Overload("string_substring_int_int", ("string", "int", "int"), _substring),
        ),
    ),
    Function("trim", (Overload("string_trim", ("string",), lambda text: text.strip(_SPACES)),)),
    Function(
        "join",
        (
            Overload("list_join", ("list(string)",), _join),
            Overload("list_join_string", ("list(string)", "string"), _join),
        ),
    ),
    Function("format", (Overload("string_format", ("string", "list(dyn)"), format_text, stops_early=True),)),
    Function("strings.quote", (Overload("strings_quote", ("string",), _quote),)),
)


def _search(first: Callable[..., Value], last: Callable[..., Value]) -> dict[str, Function]:
    return {
        name: Function(
            name,
            (
                Overload(f"string_{identifier}_of_string", ("string", "string"), search),
                Overload(f"string_{identifier}_of_string_int", ("string", "string", "int"), search),
            ),
        )
        for name, identifier, search in (("indexOf", "index", first), ("lastIndexOf", "last_index", last))
    }


STRICT_SEARCH = _search(_strict_index_of, _strict_last_index_of)
SEARCH_OF_130 = _search(_index_of_130, _last_index_of_130)
SEARCH_OF_136 = _search(_index_of_136, _last_index_of_136)
# Version 3, which Kubernetes does not have.
REVERSE = Function("reverse", (Overload("string_reverse", ("string",), lambda text: text[::-1]),))
