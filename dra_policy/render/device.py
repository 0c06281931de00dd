"""One device before one request, as text."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.device_trees import DeviceTree
from dra_policy.explain.device_view import DeviceView
from dra_policy.render.measure import NARROWEST, columns, cut_middle, wrap
from dra_policy.render.names import count, place_text
from dra_policy.render.style import Line, Role, Style, paragraph

# `-v`: nothing is shortened; `-vv`: trees and steps.
_LEVEL_OF_WHOLE_TEXTS = 2
LEVEL_OF_TREES = 3
_NARROW = 80
_NARROWEST_TEXT = 20
# Columns before what is asked, and between it, what was found, and the place.
_MARKED = 4
_GAP = 2


def render_devices(views: Sequence[DeviceView], style: Style) -> str:
    """A device before several requests, one after the other."""
    return "\n".join(render_device(view, style) for view in views)


def render_device(view: DeviceView, style: Style) -> str:
    """The view as text, every line ended."""
    return "".join(f"{line.painted(style)}\n" for line in _lines(view, style))


def render_trees(trees: Sequence[DeviceTree], style: Style) -> str:
    """A condition on single devices, each with its tree; every line is ended."""
    edge = min(style.width, 160)
    lines: list[Line] = []
    for tree in trees:
        mark, role = _mark(tree.check.state, style)
        head = Line().add(f"{mark} ", role).add(style.show(tree.device), Role.TITLE)
        if tree.cost is not None:
            head.add(f"  costs {count(tree.cost)}", Role.DIM)
        lines += [Line(), head, *_part_lines((tree.check,), style, edge, "  ")]
    return "".join(f"{line.painted(style)}\n" for line in lines)


def _lines(view: DeviceView, style: Style) -> list[Line]:
    edge = min(style.width, 160)
    mark, role = _mark(CheckState.PASSED if view.fits else CheckState.FAILED, style)
    head = Line().add(f"{mark} ", role).add(style.show(view.device), Role.TITLE)
    if view.model:
        head.add(f"  {style.show(view.model)}")
    of_claim = f" of {style.show(view.claim)}" if view.claim else ""
    asked = f"for {style.show(view.subject)} request {style.show(view.request)}{of_claim}"
    lines = [head]
    if head.columns + 2 + columns(asked) <= edge:
        head.right(asked, edge)
    else:
        lines += [Line().right(part, edge) for part in wrap(asked, edge)]
    width = _text_width((*view.conditions, *view.across), style, edge)
    for check in view.conditions:
        lines.extend(_check_lines(check, style, width, edge))
        if style.level >= LEVEL_OF_TREES:
            lines.extend(_part_lines(check.parts, style, edge, "    "))
    lines.extend(_state_lines(view.state, style))
    lines.extend(line for check in view.across for line in _check_lines(check, style, width, edge))
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
        CheckState.OPEN: (marks.unknown, Role.UNKNOWN),
    }[state]


def _text_width(checks: Sequence[Check], style: Style, edge: int) -> int:
    """How wide the column of what is asked may be: what was found and its place stand beside it where they can."""
    widest = max((columns(style.show(check.text)) for check in checks), default=0)
    rooms = [edge - _MARKED - columns(style.show(one.finding)) - _GAP - _place_room(one, style) for one in checks]
    return min([widest, *(room for room in rooms if room >= _NARROWEST_TEXT)])


def _place_room(check: Check, style: Style) -> int:
    """What a place takes of the line; below 80 columns it stands on its own."""
    place = style.show(place_text(check.span, with_column=style.level >= _LEVEL_OF_WHOLE_TEXTS))
    return columns(place) + _GAP if place and style.width >= _NARROW else 0


def _check_lines(check: Check, style: Style, width: int, edge: int) -> list[Line]:
    """Mark, what is asked, what was found, the place at the right edge; what has no room stands below."""
    mark, role = _mark(check.state, style)
    place = style.show(place_text(check.span, with_column=style.level >= _LEVEL_OF_WHOLE_TEXTS))
    text, finding = style.show(check.text), style.show(check.finding)
    is_whole = style.level >= _LEVEL_OF_WHOLE_TEXTS or style.width < NARROWEST
    parts = wrap(text, edge - _MARKED) if is_whole else [cut_middle(text, width, style.symbols.ellipsis)]
    lines = [
        Line().add("    " if number else f"  {mark} ", Role.PLAIN if number else role).add(part)
        for number, part in enumerate(parts)
    ]
    start = _MARKED + width + _GAP
    if style.width >= NARROWEST and lines[-1].columns + _GAP <= start and start + columns(finding) <= edge:
        lines[-1].move_to(start if finding else 0).add(finding)
    else:
        lines += [Line().move_to(_MARKED + 2).add(part) for part in wrap(finding, edge - _MARKED - 2)]
    if not place:
        return lines
    if style.width >= _NARROW and lines[-1].columns + _GAP + columns(place) <= edge:
        lines[-1].right(place, edge, Role.OWN_PLACE)
        return lines
    return [*lines, *(Line().right(part, edge, Role.OWN_PLACE) for part in wrap(place, edge))]


def _part_lines(parts: tuple[Check, ...], style: Style, edge: int, indent: str) -> list[Line]:
    """The tree of a condition: a part a line, its own parts under it."""
    lines: list[Line] = []
    for part in parts:
        mark, role = _mark(part.state, style)
        start = columns(indent) + columns(mark) + 1
        text = style.show(part.text) + (f"  {style.show(part.finding)}" if part.finding else "")
        texts = [text] if start + columns(text) <= edge else wrap(text, max(edge - start, _NARROWEST_TEXT))
        own = [Line().add(f"{indent}{mark} ", role).add(texts[0]) if texts else Line()]
        own += [Line().move_to(start).add(each) for each in texts[1:]]
        place = style.show(place_text(part.span, with_column=True))
        if place and own[-1].columns + _GAP + columns(place) <= edge:
            own[-1].right(place, edge, Role.OWN_PLACE)
        lines += own
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
            start = 3 + columns(mark)
            for number, part in enumerate(wrap(text, min(style.width, 160) - start)):
                lines.append(Line().move_to(start) if number else Line().add("  ").add(f"{mark} ", role))
                lines[-1].add(part)
    return lines
