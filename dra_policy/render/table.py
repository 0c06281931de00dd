"""Lay out tables as kubectl does: no frames, words left, numbers right, the widest column gives way first."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.record import dataclass
from dra_policy.render.measure import columns, cut_middle, cut_pairs, wrap
from dra_policy.render.style import Line, Role, Style

_NARROWEST = 8
_HANGING = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title (empty: none), the side its cells keep to, the gap before it.

    One that ``shrinks`` may be cut in the middle, or between its ``pairs`` (``a=1 b=2 +3``), not below ``least``
    columns; the last one may have its words wrapped below each other (``wraps``). A title that is a ``remark`` on the
    table names no cell of its column.
    """

    title: str = ""
    right: bool = False
    gap: int = 3
    shrinks: bool = False
    wraps: bool = False
    pairs: bool = False
    remark: bool = False
    least: int = _NARROWEST


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table. The text is escaped already.

    Words that are wrapped stay behind ``lead``.
    """

    text: str
    role: Role = Role.PLAIN
    lead: str = ""

    @property
    def whole(self) -> str:
        """The text behind its lead."""
        return self.lead + self.text


def table_lines(
    header: Sequence[Column],
    rows: Sequence[Sequence[Cell | str]],
    style: Style,
    *,
    indent: int = 0,
    width: int | None = None,
) -> list[Line]:
    """The lines of a table with its titles, where any column has one.

    ``width`` is the most that a line may take; columns that may shrink are cut in the middle for it, never at level 2.
    Below 60 columns, and where the columns have no room beside each other, each row becomes lines ``title: value``.
    Where only a word of the last column has no room in it, the cells of that column stand in lines of their own.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    room = style.width if width is None else width
    if room < 60:
        return _as_fields(header, cells, indent, room)
    widths = [
        max([columns(column.title), *(columns(row[i].whole) for row in cells)]) for i, column in enumerate(header)
    ]
    before_last = indent + sum(widths[:-1]) + sum(column.gap for column in header[1:])
    if header[-1].wraps:
        widths[-1] = min(widths[-1], max(room - before_last, _NARROWEST, columns(header[-1].title)))
    if style.level < 2:
        _shrink(header, widths, room - indent)
    is_too_wide = sum(widths) + sum(column.gap for column in header[1:]) + indent > room
    if is_too_wide and (header[-1].wraps or _longest_word(cells) + indent <= room):
        return _as_fields(header, cells, indent, room)
    ellipsis = style.symbols.ellipsis
    lines = []
    if any(column.title for column in header):
        lines.append(_line([Cell(column.title, Role.TITLE) for column in header], header, widths, indent, ellipsis))
    hangs = _hangs(header, cells, widths)
    for row in cells:
        if hangs:
            lines.extend(_hanging_lines(row, header, widths, indent, style, room))
        else:
            lines.extend(_row_lines(row, header, widths, indent, ellipsis))
    return lines


def _row_lines(
    row: Sequence[Cell], header: Sequence[Column], widths: Sequence[int], indent: int, ellipsis: str
) -> list[Line]:
    """One line; more where the words of the last cell are wrapped."""
    last = row[-1]
    room = widths[-1] - columns(last.lead)
    parts = wrap(last.text, room) if header[-1].wraps and columns(last.text) > room else []
    if not parts:
        return [_line(row, header, widths, indent, ellipsis)]
    role = last.role
    lines = [_line([*row[:-1], Cell(last.lead + parts[0], role)], header, widths, indent, ellipsis)]
    start = indent + sum(widths[:-1]) + sum(column.gap for column in header[1:]) + columns(last.lead)
    return lines + [Line().move_to(start).add(part, role) for part in parts[1:]]


def _longest_word(rows: Sequence[Sequence[Cell]]) -> int:
    return max((columns(word) for row in rows for cell in row for word in cell.text.split()), default=0)


def _hangs(header: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> bool:
    """Whether a word of the last column would be broken: names are not."""
    words = ((row[-1].lead, word) for row in rows for word in row[-1].text.split()) if header[-1].wraps else ()
    return any(columns(lead) + columns(word) > widths[-1] for lead, word in words)


def _hanging_lines(
    row: Sequence[Cell], header: Sequence[Column], widths: Sequence[int], indent: int, style: Style, room: int
) -> list[Line]:
    """The row without its last cell, which follows below it."""
    last = row[-1]
    lines = [_line(row[:-1], header[:-1], widths[:-1], indent, style.symbols.ellipsis)]
    below = indent + _HANGING
    return lines + [Line().move_to(below).add(part, last.role) for part in wrap(last.whole, room - below)]


def render_table(
    header: Sequence[Column], rows: Sequence[Sequence[Cell | str]], style: Style, *, indent: int = 0
) -> str:
    """A table as text, every line ended; empty for no rows."""
    if not rows:
        return ""
    return "".join(f"{line.painted(style)}\n" for line in table_lines(header, rows, style, indent=indent))


def _cell(cell: Cell | str) -> Cell:
    return Cell(cell) if isinstance(cell, str) else cell


def _shrink(header: Sequence[Column], widths: list[int], room: int) -> None:
    """Take columns away from the widest that may give way, down to a width that still reads."""
    excess = sum(widths) + sum(column.gap for column in header[1:]) - room
    able = [index for index, column in enumerate(header) if column.shrinks]
    while excess > 0 and able:
        widest = max(able, key=lambda index: widths[index])
        if widths[widest] <= max(header[widest].least, columns(header[widest].title)):
            return
        widths[widest] -= 1
        excess -= 1


def _line(row: Sequence[Cell], header: Sequence[Column], widths: Sequence[int], indent: int, ellipsis: str) -> Line:
    line = Line().move_to(indent)
    at = indent
    for index, (cell, column) in enumerate(zip(row, header, strict=True)):
        if index:
            at += column.gap
        cut = cut_pairs if column.pairs else cut_middle
        text = cut(cell.whole, widths[index], ellipsis) if column.shrinks else cell.whole
        line.move_to(at + widths[index] - columns(text) if column.right else at)
        line.add(text, cell.role)
        at += widths[index]
    return line


def _as_fields(header: Sequence[Column], rows: Sequence[Sequence[Cell]], indent: int, room: int) -> list[Line]:
    """A line for each cell, after its title; remarks stand above all."""
    remarks = [part for column in header if column.remark for part in wrap(column.title, max(room - indent, 20))]
    lines = [Line().move_to(indent).add(part, Role.TITLE) for part in remarks]
    for number, row in enumerate(rows):
        if number and len(row) > 1:
            lines.append(Line())
        for cell, column in zip(row, header, strict=True):
            title = "" if column.remark or not column.title else f"{_label(column.title)}: "
            parts = wrap(title + cell.whole.strip(), max(room - indent, 20)) if cell.text else []
            lines.extend(Line().move_to(indent).add(part, cell.role) for part in parts)
    return lines


def _label(title: str) -> str:
    """A title as it stands before a cell; one in capitals is a word of ours, others are names."""
    return title.lower() if title.isupper() else title
