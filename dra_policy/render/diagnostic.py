"""Print diagnostics: code and message, the place, the source line with a caret, the hint."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.record import dataclass
from dra_policy.render.measure import columns
from dra_policy.render.style import Line, Role, Style
from dra_policy.text import Diagnostic, Severity, Span

_GUTTER = 5
_TAB = "    "


def render_diagnostic(diagnostic: Diagnostic, style: Style) -> str:
    """One diagnostic as text, every line ended.

    An error is headed by its code alone, a warning or note says so after the code. A place in text that is embedded
    in a file (CEL in YAML) is shown in the file that the user wrote.
    """
    lines = [_headline(diagnostic, style)]
    gutter = _gutter_width(diagnostic)
    if diagnostic.span is not None:
        lines.extend(span_lines(diagnostic.span, style, gutter=gutter))
    for label in diagnostic.labels:
        lines.extend(span_lines(label.span, style, gutter=gutter, message=style.show(label.message)))
    for note in diagnostic.notes:
        lines.extend(_remark("note: ", note, style))
    if diagnostic.hint is not None:
        lines.extend(_remark("hint: ", diagnostic.hint, style))
    return "".join(f"{line.painted(style)}\n" for line in lines)


def render_diagnostics(diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """Several diagnostics, one after the other without a line between them."""
    return "".join(render_diagnostic(diagnostic, style) for diagnostic in diagnostics)


def _headline(diagnostic: Diagnostic, style: Style) -> Line:
    role, word = {
        Severity.ERROR: (Role.ERROR, ""),
        Severity.WARNING: (Role.WARNING, "warning: "),
        Severity.INFO: (Role.HINT, "note: "),
    }[diagnostic.severity]
    return Line().add(diagnostic.code, role).add(f" {word}", role).add(style.show(diagnostic.message), Role.TITLE)


def _remark(word: str, text: str, style: Style) -> list[Line]:
    """A hint or note; its further lines (a text to paste) stand under its first."""
    first, *others = text.split("\n")
    lines = [Line().add("  ").add(word, Role.HINT).add(style.show(first))]
    lines.extend(Line().move_to(2 + len(word)).add(style.show(other)) for other in others)
    return lines


def _gutter_width(diagnostic: Diagnostic) -> int:
    spans = [diagnostic.span, *(label.span for label in diagnostic.labels)]
    return max([_GUTTER, *(len(str(span.outermost().position.line)) for span in spans if span is not None)])


def span_lines(span: Span, style: Style, *, gutter: int = _GUTTER, message: str = "") -> list[Line]:
    """The place, the source line and the caret under it, with a message (escaped already) behind the caret.

    The line is cut in the middle around the caret where it is wider than the style; a span over several lines is
    underlined to the end of its first line.
    """
    outer = span.outermost()
    position = outer.position
    where = f"{style.show(outer.source.name)}:{position.line}:{position.column}"
    lines = [Line().add("  --> ", Role.DIM).add(where, Role.DIM)]
    excerpt = excerpt_of(outer, style, room=max(style.width - gutter - 3, 20))
    if excerpt is None:
        return lines
    number = str(position.line).rjust(gutter)
    lines.append(Line().add(f"{number} |", Role.DIM).add(" ").add(excerpt.text))
    caret = Line().add(" " * gutter + " |", Role.DIM).add(" " * (1 + excerpt.before)).add(excerpt.carets, Role.CARET)
    lines.append(caret.add(f" {message}" if message else ""))
    return lines


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A source line as shown, how many columns stand before the caret, and the carets."""

    text: str
    before: int
    carets: str


def excerpt_of(span: Span, style: Style, *, room: int, indented: bool = True) -> Excerpt | None:
    """The first line of a span in at most ``room`` columns, without its indent where that is not wanted.

    None where there is no text to show.
    """
    position = span.position
    line = span.source.line_text(position.line)
    start = position.column - 1
    if not line and not start and span.start == span.end:
        return None
    end_position = span.end_position
    end = end_position.column - 1 if end_position.line == position.line else len(line)
    first = 0 if indented else min(len(line) - len(line.lstrip()), start)
    shown = [_shown(part, style) for part in (line[first:start], line[start:end], line[end:])]
    before, marked = columns(shown[0]), max(columns(shown[1]), 1)
    return _cut(shown, before, marked, style.symbols.ellipsis, room)


def _shown(text: str, style: Style) -> str:
    return _TAB.join(style.show(part) for part in text.split("\t"))


def _cut(shown: list[str], before: int, marked: int, ellipsis: str, room: int) -> Excerpt:
    text = "".join(shown)
    if columns(text) <= room:
        return Excerpt(text, before, "^" * marked)
    dots = columns(ellipsis)
    marked = min(marked, room - 2 * dots)
    # The marked part stands in the middle; what is left of the line's own edges is used for text.
    start = max(min(before - (room - marked) // 2, columns(text) - room + dots), 0)
    window = _window(text, start, room, dots)
    left = ellipsis if start else ""
    right = ellipsis if start + columns(window) < columns(text) else ""
    return Excerpt(left + window + right, before - start + columns(left), "^" * marked)


def _window(text: str, start: int, room: int, dots: int) -> str:
    """The characters from column ``start`` on that fit between the ellipses that are needed."""
    room -= dots if start else 0
    rest = columns(text) - start
    room -= dots if rest > room else 0
    if text.isascii():
        return text[start : start + room]
    taken: list[str] = []
    at = used = 0
    for character in text:
        size = columns(character)
        if at >= start:
            if used + size > room:
                break
            taken.append(character)
            used += size
        elif at + size > start:
            # Half of a wide character stands at the edge: a space keeps the caret in place.
            taken.append(" ")
            used += 1
        at += size
    return "".join(taken)
