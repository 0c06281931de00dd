"""JSON as this project writes it: keys in the order of the values, UTF-8."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.values import JsonValue


def to_json(value: JsonValue) -> str:
    """The value on several lines, two spaces a level, without a line end after the last."""
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)


def to_json_line(value: Mapping[str, JsonValue]) -> str:
    """The value on one line, with its line end."""
    import msgspec

    return msgspec.json.encode(value).decode() + "\n"
