"""Documents as YAML and JSON text, in kubectl's key order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.values import JsonValue


def to_yaml(documents: Iterable[Mapping[str, JsonValue]]) -> str:
    """YAML documents with ``---`` between them; strings that YAML 1.1 would read as something else are quoted."""
    raise NotImplementedError


def to_json(documents: Iterable[Mapping[str, JsonValue]]) -> str:
    """One JSON object, or a ``kind: List`` of several, indented by four as kubectl does."""
    raise NotImplementedError
