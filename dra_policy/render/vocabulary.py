"""Word what a fleet publishes: attributes by domain, with type, presence and frequent values."""

from __future__ import annotations

from itertools import groupby

from dra_policy.model import AttributeUse, Vocabulary
from dra_policy.render.measure import columns
from dra_policy.render.names import count
from dra_policy.render.style import Line, Role, Style

MOST_VALUES = 4


def render_vocabulary(vocabulary: Vocabulary, style: Style, domain: str | None = None) -> str:
    """A block for each domain (or for the one named); empty where nothing is published."""
    uses = [use for use in vocabulary.attributes if domain in (None, use.domain)]
    uses.sort(key=lambda use: (use.domain, use.is_capacity, use.name))
    lines: list[Line] = []
    for name, group in groupby(uses, key=lambda use: use.domain):
        lines += _domain(name, list(group), vocabulary, style)
    return "".join(line.painted(style) + "\n" for line in lines)


def _domain(name: str, uses: list[AttributeUse], vocabulary: Vocabulary, style: Style) -> list[Line]:
    rows = [(f"  {style.show(use.name)}", _type(use), _presence(use, vocabulary), use) for use in uses]
    shown = style.show(name) or "(no domain)"
    first = max(columns(text) for text in (shown, *(row[0] for row in rows))) + 2
    second = max(columns(text) for text in ("type", *(row[1] for row in rows))) + 2
    third = max(columns(text) for text in ("on", *(row[2] for row in rows))) + 2
    head = Line().add(shown, Role.TITLE).move_to(first).add("type", Role.DIM)
    lines = [head.move_to(first + second).add("on", Role.DIM).move_to(first + second + third).add("values", Role.DIM)]
    for text, kind, presence, use in rows:
        line = Line().add(text).move_to(first).add(kind).move_to(first + second).add(presence)
        line.move_to(first + second + third)
        lines.append(line.add(_values(use, style, style.width - first - second - third)))
    return lines


def _type(use: AttributeUse) -> str:
    return "capacity" if use.is_capacity else " or ".join(use.types)


def _presence(use: AttributeUse, vocabulary: Vocabulary) -> str:
    total = vocabulary.devices_of_driver.get(use.domain, vocabulary.devices)
    return f"{count(use.devices)} of {count(max(total, use.devices))}"


def _values(use: AttributeUse, style: Style, room: int) -> str:
    """As many values as there is room for, at least one."""
    most = MOST_VALUES if style.level < 2 else len(use.values)
    is_text = all(kind.endswith("string") for kind in use.types)
    text = ""
    for index, (value, devices) in enumerate(use.values[:most]):
        shown = f'"{style.show(value)}"' if is_text else style.show(value)
        part = f"{', ' if index else ''}{shown} ({count(devices)})"
        if index and columns(text) + columns(part) > room - 2:
            return text + style.symbols.ellipsis
        text += part
    return text + (f", {style.symbols.ellipsis}" if len(use.values) > most else "")
