"""Read YAML objects of one shape once: cut the simple scalars out, parse what is left, put their values back in.

Sound for this reason: a scalar is cut out only if it is one simple word or quoted text that ends its line, and the
template is used only if every placeholder came back from the parser as a whole value of its own, in order. Texts with
comments, block scalars over such lines, anchors or plain texts over several lines fail that test, or keep those parts
in the template, where they are parsed as ever.
"""

from __future__ import annotations

import json
import re

from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.scalars import plain_value
from dra_policy.manifests.yaml_values import Duplicate, load_yaml

_WORD = r"(?:[A-Za-z0-9_./+@%~()-]|:(?=[^\s:]))"
_SIMPLE = re.compile(
    rf"""(?<=[:-] )((?:[A-Za-z0-9/]|-(?=[0-9])){_WORD}*(?: {_WORD}+)*|"[^"\\\r\n]*"|'[^'\r\n]*')(?=\r?\n|\Z)"""
)
_HOLE = "\ue000"
_FILLED = re.compile(r'"\\ue000(\d+)\\ue000"(?!:)')
_REMEMBERED = 50_000


class Templates:
    """Shapes seen so far. ``read`` gives the JSON text of a YAML mapping or sequence."""

    def __init__(self) -> None:
        """Begin without shapes."""
        self._shapes: dict[str, list[str] | None] = {}
        self._literals: dict[str, str] = {}

    def read(self, text: str, duplicate: Duplicate | None = None) -> str:
        """The JSON text of the only document; raises MalformedError as ``load_yaml`` does."""
        if _HOLE in text:
            return _dump(load_yaml(text, duplicate))
        pieces = _SIMPLE.split(text)
        shape = _HOLE.join(pieces[::2])
        if shape not in self._shapes:
            self._shapes[shape] = _learn(pieces)
        template = self._shapes[shape]
        if template is None:
            return _dump(load_yaml(text, duplicate))
        filled = template.copy()
        filled[1::2] = [self._literals.get(scalar) or self._literal(scalar) for scalar in pieces[1::2]]
        return "".join(filled)

    def _literal(self, scalar: str) -> str:
        literal = _dump(scalar[1:-1] if scalar[0] in "\"'" else plain_value(scalar))
        if len(self._literals) < _REMEMBERED:
            self._literals[scalar] = literal
        return literal


def _learn(pieces: list[str]) -> list[str] | None:
    """The JSON text of a shape, cut at its placeholders; None where one of them is no value of its own."""
    numbered = [f"{_HOLE}{index}{_HOLE}" for index in range(len(pieces) // 2)]
    merged = [text for pair in zip(pieces[::2], [*numbered, ""], strict=True) for text in pair]
    twice: list[str] = []
    try:
        value = load_yaml("".join(merged), lambda key, _start, _end: twice.append(key))
    except MalformedError:
        return None
    parts = _FILLED.split(json.dumps(value, separators=(",", ":")))
    if twice or parts[1::2] != [str(index) for index in range(len(numbered))]:
        return None
    return parts


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
