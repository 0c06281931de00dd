"""JSON as this project writes it: keys in the order of the values, two spaces, UTF-8."""

from __future__ import annotations

from dra_policy.values import JsonValue


def to_json(value: JsonValue) -> str:
    """The value on several lines, without a line end after the last."""
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)
