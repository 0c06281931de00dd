"""One device before one request, as text."""

from __future__ import annotations

from dra_policy.explain.device_view import Check, CheckState, DeviceView
from dra_policy.render.measure import columns, cut_middle
from dra_policy.render.names import place_text
from dra_policy.render.style import Line, Role, Style, paragraph

# `-vv`: trees and steps.
_LEVEL_OF_TREES = 3


def render_device(view: DeviceView, style: Style) -> str:
    """The view as text, every line ended."""
    return "".join(f"{line.painted(style)}\n" for line in _lines(view, style))


def _lines(view: DeviceView, style: Style) -> list[Line]:
    edge = min(style.width, 160)
    mark, role = _mark(CheckState.PASSED if view.fits else CheckState.FAILED, style)
    head = Line().add(f"{mark} ", role).add(style.show(view.device), Role.TITLE)
    if view.model:
        head.add(f"  {style.show(view.model)}")
    asked = f"for {style.show(view.subject)} request {style.show(view.request)}"
    lines = [head]
    if head.columns + 2 + columns(asked) <= edge:
        head.right(asked, edge)
    else:
        lines.append(Line().right(asked, edge) if columns(asked) < edge else Line().add(asked))
    width = max((columns(style.show(check.text)) for check in view.conditions), default=0)
    for check in view.conditions:
        lines.extend(_check_lines(check, style, width, edge))
        if style.level >= _LEVEL_OF_TREES:
            lines.extend(_part_lines(check.parts, style, edge, "    "))
    lines.extend(_state_lines(view.state, style))
    if any(check.state is CheckState.UNSEEN for check in view.conditions):
        marks = style.symbols
        text = f"{marks.unseen} Kubernetes stops at the first {marks.never} and does not look"
        lines.extend(paragraph(text, style, role=Role.DIM))
    return lines


def _mark(state: CheckState, style: Style) -> tuple[str, Role]:
    marks = style.symbols
    return {
        CheckState.PASSED: (marks.fits, Role.FITS),
        CheckState.FAILED: (marks.never, Role.NEVER),
        CheckState.ERROR: (marks.alert, Role.ERROR),
        CheckState.UNSEEN: (marks.unseen, Role.DIM),
    }[state]


def _check_lines(check: Check, style: Style, width: int, edge: int) -> list[Line]:
    """Mark, what is asked, what was found, the place at the right edge; on two lines where it does not fit one."""
    mark, role = _mark(check.state, style)
    place = style.show(place_text(check.span, with_column=style.level >= 2))
    text, finding = style.show(check.text), style.show(check.finding)
    room = edge - 6 - columns(finding) - columns(place) - 2
    text_width = width if width <= room else max(room, 20)
    shown = text if style.level >= 2 else cut_middle(text, text_width, style.symbols.ellipsis)
    line = Line().add(f"  {mark} ", role).add(shown)
    if finding:
        line.move_to(4 + text_width).add("  ").add(finding)
    if not place:
        return [line]
    if line.columns + 2 + columns(place) <= edge:
        return [line.right(place, edge, Role.OWN_PLACE)]
    return [line, Line().right(place, edge, Role.OWN_PLACE)]


def _part_lines(parts: tuple[Check, ...], style: Style, edge: int, indent: str) -> list[Line]:
    """The tree of a condition: a part a line, its own parts under it."""
    lines: list[Line] = []
    for part in parts:
        mark, role = _mark(part.state, style)
        line = Line().add(f"{indent}{mark} ", role).add(style.show(part.text))
        if part.finding:
            line.add("  ").add(style.show(part.finding), Role.DIM)
        place = style.show(place_text(part.span, with_column=True))
        if place and line.columns + 2 + columns(place) <= edge:
            line.right(place, edge, Role.OWN_PLACE)
        lines.append(line)
        lines.extend(_part_lines(part.parts, style, edge, f"{indent}  "))
    return lines


def _state_lines(state: tuple[Check, ...], style: Style) -> list[Line]:
    """Short answers share a line."""
    lines: list[Line] = []
    for check in state:
        mark, role = _mark(check.state, style)
        text = style.show(check.text)
        if lines and lines[-1].columns + columns(mark) + columns(text) + 4 <= min(style.width, 160):
            lines[-1].add("   ").add(f"{mark} ", role).add(text)
        else:
            lines.append(Line().add("  ").add(f"{mark} ", role).add(text))
    return lines
