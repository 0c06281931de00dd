"""Evidence about rules between devices and preferences: what was written, where, and what it came to."""

from __future__ import annotations

from dra_policy.explain.evidence import BrokenRules, Preferred
from dra_policy.render.measure import columns, wrap
from dra_policy.render.names import on_node, place_text
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.text import Span


def broken_rule_lines(evidence: BrokenRules, style: Style) -> list[Line]:
    """The rules that cannot hold together, and what the claim would get without them."""
    lines = [Line().add("rule" if len(evidence.rules) == 1 else "rules, of which each is needed for that")]
    for rule in evidence.rules:
        lines += _written(rule.text, rule.span, style)
    place = on_node(style.show(evidence.node or ""), [style.show(name) for name in evidence.devices])
    return [*lines, *paragraph(f"without {'it' if len(evidence.rules) == 1 else 'them'}  {place}", style)]


def preferred_lines(evidence: Preferred, style: Style) -> list[Line]:
    """What is preferred, and its value for the choice."""
    lines = [Line().add("preferred" if evidence.is_best else "preferred; the search ended before the best was proved")]
    for wish in evidence.wishes:
        value = "an error" if wish.value is None else wish.value
        lines += _written(f"{wish.text}  is {value}", wish.span, style)
    return lines


def _written(text: str, span: Span | None, style: Style) -> list[Line]:
    """A rule with its place at the right edge, where there is room for it."""
    edge = min(style.width, 80)
    place = style.show(place_text(span, with_column=style.level >= 2))
    parts = wrap(style.show(text), edge - 2)
    lines = [Line().add("  ").add(part) for part in parts]
    if place and columns(parts[-1]) + columns(place) + 4 > edge:
        lines.append(Line())
    if place:
        lines[-1].right(place, edge, Role.OWN_PLACE)
    return lines
