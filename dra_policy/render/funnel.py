"""Funnels as tables: left, nodes with enough, what each row alone keeps out, the row where the last node is lost."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.funnel import Funnel, Row, ValueCount
from dra_policy.record import dataclass
from dra_policy.render.measure import columns, cut_middle, wrap
from dra_policy.render.names import count, listed, place_text, plural, short_attribute
from dra_policy.render.node_sentences import refused_text
from dra_policy.render.style import Line, Role, Style

_MOST_VALUES = 4
_WIDE = 120
_NARROW = 80
_NARROWEST = 60
_NARROWEST_TEXT = 18
_LONGEST_NUMBER = 7


@dataclass(frozen=True, slots=True)
class _Edges:
    """The columns at which the cells of a funnel end; ``alone`` is 0 where that column is not shown."""

    place: int
    left: int
    nodes: int
    dropped: int
    alone: int
    values: int


def _edges(style: Style) -> _Edges:
    shift = min(style.width - _NARROW, 0)
    if style.level >= 2:
        return _Edges(42 + shift, 49 + shift, 58 + shift, 70 + shift, 77 + shift, 80)
    return _Edges(48 + shift, 56 + shift, 65 + shift, 77 + shift, 0, 80)


def funnel_lines(funnel: Funnel, style: Style, *, of_claim: bool = False) -> list[Line]:
    """The table of a request that blocks; ``of_claim`` names its claim too."""
    if style.width < _NARROWEST:
        return _as_fields(funnel, style, of_claim=of_claim)
    edges = _edges(style)
    lines = _head(funnel, style, edges, of_claim=of_claim)
    for index, row in enumerate(funnel.rows):
        lines.extend(_row_lines(funnel, index, row, style, edges))
    return lines


def ok_lines(funnel: Funnel, style: Style, *, of_claim: bool = False) -> list[Line]:
    """The one line of a request that is fine."""
    nodes = plural(funnel.nodes, "node")
    left = f" on {nodes}" if funnel.left is None else f": {count(funnel.left)} left on {nodes}"
    return _short_lines(funnel, f"{_wanted(funnel)}, ok{left}", style, of_claim=of_claim)


def lost_lines(funnel: Funnel, style: Style, *, of_claim: bool = False) -> list[Line]:
    """The one line of an alternative that does not come nearest: the row after which no node is left."""
    row = "" if funnel.lost_at is None else row_text(funnel.rows[funnel.lost_at], style)
    tail = f"{_wanted(funnel)}, no node after {row}" if row else _wanted(funnel)
    return _short_lines(funnel, tail, style, of_claim=of_claim)


def _short_lines(funnel: Funnel, tail: str, style: Style, *, of_claim: bool) -> list[Line]:
    """A request in one line; in more where a terminal is narrow."""
    title = _title(funnel, style, style.width - columns(tail) - 2, of_claim=of_claim)
    line = Line().add(title, Role.TITLE)
    if line.columns + 2 + columns(tail) <= style.width:
        return [line.add("  ").add(tail)]
    return [line, *(Line().add("  ").add(part) for part in wrap(tail, style.width - 2))]


def _title(funnel: Funnel, style: Style, room: int, *, of_claim: bool) -> str:
    """``request gpu``, with the alternative and, where several claims are told, the claim; cut to the room there is."""
    name = style.show(funnel.name + (f"/{funnel.alternative}" if funnel.alternative else ""))
    if of_claim:
        name += f" of {style.show(funnel.claim)}"
    title = f"request {name}"
    return title if style.level >= 2 else cut_middle(title, max(room, 16), style.symbols.ellipsis)


def _wanted(funnel: Funnel) -> str:
    return "all of a node" if funnel.count is None else f"{count(funnel.count)} on one node"


def _at_least(funnel: Funnel, style: Style) -> str:
    number = count(1 if funnel.count is None else funnel.count)
    return f"nodes{style.symbols.at_least}{number if columns(number) <= _LONGEST_NUMBER else 'n'}"


def _head(funnel: Funnel, style: Style, edges: _Edges, *, of_claim: bool) -> list[Line]:
    """The request and the titles of the columns; on two lines where a name that is not cut takes their place."""
    wanted = f"  {_wanted(funnel)}"
    title = _title(funnel, style, edges.left - 6 - columns(wanted), of_claim=of_claim)
    lines = [Line().add(title, Role.TITLE).add(wanted)]
    if lines[0].columns > edges.left - 6:
        lines.append(Line())
    line = lines[-1]
    line.right("left", edges.left).add(" ").right(_at_least(funnel, style), edges.nodes)
    line.add(" ").right("if dropped", edges.dropped)
    if edges.alone:
        line.add(" ").right("alone", edges.alone)
    return lines


def row_text(row: Row, style: Style) -> str:
    """What a row says: the condition in its short reading, or the constraint with the requests that it ties."""
    if row.id in ("same-attribute", "distinct-attribute"):
        word = "same" if row.id == "same-attribute" else "different"
        partners = f" as {listed([style.show(name) for name in row.partners])}" if row.partners else ""
        return f"{word} {style.show(short_attribute(row.name))}{partners}"
    of_class = f"class {row.name}: " if row.id == "condition" and row.name else ""
    return style.show(f"{of_class}{row.text}")


def _row_lines(funnel: Funnel, index: int, row: Row, style: Style, edges: _Edges) -> list[Line]:
    is_lost, is_culprit = index == funnel.lost_at, index == funnel.culprit
    text = row_text(row, style)
    place = style.show(place_text(row.span, with_column=style.level >= 2)) if _has_place(row) else ""
    inline = place if style.width >= _NARROW else ""
    longest = edges.place - _NARROWEST_TEXT
    if columns(inline) > longest:
        inline = "" if style.level >= 2 else cut_middle(inline, longest, style.symbols.ellipsis)
    role = Role.CULPRIT if is_culprit else Role.DIM if row.id == "published" else Role.PLAIN
    room = (edges.place - columns(inline) - 2 if inline else edges.left - 7) - 2
    lines: list[Line] = []
    line = Line().add("  ")
    if columns(text) > room and style.level >= 2:
        lines.extend(Line().add("  ").add(part, role) for part in wrap(text, style.width - 2))
    else:
        line.add(cut_middle(text, room, style.symbols.ellipsis), role)
    if inline:
        line.right(inline, edges.place, Role.OWN_PLACE if row.owner == "you" else Role.DIM)
    _numbers(line, row, style, edges, is_culprit=is_culprit)
    if is_lost:
        line.add(" ").add(style.symbols.lost, Role.LOST)
    beside = style.width >= _WIDE and style.level < 2
    if beside and row.values and row.id == "condition":
        line.move_to(edges.values).add(_have_beside(row, style, style.width - edges.values - 1), Role.DIM)
    lines.append(line)
    if place and not inline:
        lines.extend(Line().add("    ").add(part, Role.OWN_PLACE) for part in wrap(place, style.width - 4))
    if style.level >= 2 and row.exact and row.exact != row.text:
        lines.extend(Line().add("    ").add(part, Role.DIM) for part in wrap(style.show(row.exact), style.width - 4))
    tells = is_lost or (style.level >= 2 and row.id == "condition")
    if tells and not (beside and row.values and row.id == "condition") and (row.values or row.absent or row.detail):
        lines.extend(_have_lines(row, style))
    if row.refused and (is_lost or style.level >= 2):
        lines.extend(Line().add("    ").add(part) for part in wrap(refused_text(row.refused, style), style.width - 4))
    return lines


def _have_beside(row: Row, style: Style, room: int) -> str:
    """The values found, as many as there is room for."""
    for most in range(_MOST_VALUES, 0, -1):
        text = f"have {values_text(row.values, style, most=most)}"
        if columns(text) <= room:
            return text
    return cut_middle(f"have {style.show(row.values[0].text)}", room, style.symbols.ellipsis)


def _has_place(row: Row) -> bool:
    return row.id in ("node", "condition", "same-attribute", "distinct-attribute", "total", "capacity")


def _numbers(line: Line, row: Row, style: Style, edges: _Edges, *, is_culprit: bool) -> None:
    nothing = style.symbols.nothing
    line.add(" ").right(nothing if row.left is None else count(row.left), edges.left)
    line.add(" ").right(count(row.nodes), edges.nodes)
    dropped = dropped_text(row)
    line.add(" ").right(dropped, edges.dropped, Role.CULPRIT if is_culprit else Role.PLAIN)
    if edges.alone:
        line.add(" ").right(nothing if row.alone is None else count(row.alone), edges.alone)


def dropped_text(row: Row) -> str:
    """``+19``, ``+2 nodes``; empty for the first row."""
    if row.if_dropped_nodes is not None:
        return f"+{plural(row.if_dropped_nodes, 'node')}"
    return "" if row.if_dropped is None else f"+{count(row.if_dropped)}"


def values_text(values: Sequence[ValueCount], style: Style, *, most: int | None = _MOST_VALUES) -> str:
    """``560.35.3 (16), 550.54.15 (16)``, with ``and 3 others`` where there are more."""
    shown = values if most is None else values[:most]
    text = ", ".join(f"{style.show(each.text)} ({count(each.devices)})" for each in shown)
    more = len(values) - len(shown)
    return f"{text} and {plural(more, 'other value')}" if more else text


def _have(row: Row, style: Style) -> str:
    text = f"have {values_text(row.values, style, most=None if style.level >= 2 else _MOST_VALUES)}"
    return f"{text}, absent on {count(row.absent)}" if row.absent else text


def _have_lines(row: Row, style: Style) -> list[Line]:
    text = _have(row, style) if row.values else f"absent on {count(row.absent)}" if row.absent else ""
    if row.id == "class" and row.detail:
        text = f"asks for {style.show(row.detail)}{': ' if text else ''}{text}"
    return [Line().add("    ").add(part) for part in wrap(text, style.width - 4)]


def _as_fields(funnel: Funnel, style: Style, *, of_claim: bool) -> list[Line]:
    """``name: value`` lines, for narrow terminals."""
    wanted = f"  {_wanted(funnel)}"
    title = _title(funnel, style, style.width - columns(wanted), of_claim=of_claim)
    lines = [Line().add(title, Role.TITLE).add(wanted)]
    for index, row in enumerate(funnel.rows):
        lost = f" {style.symbols.lost}" if index == funnel.lost_at else ""
        text = row_text(row, style)
        lines.extend(Line().add("  ").add(part) for part in wrap(text + lost, style.width - 2))
        fields = [("place", style.show(place_text(row.span)) if _has_place(row) else "")]
        fields += [("left", "" if row.left is None else count(row.left)), (_at_least(funnel, style), count(row.nodes))]
        fields.append(("if dropped", dropped_text(row)))
        if style.level >= 2:
            fields.append(("alone", "" if row.alone is None else count(row.alone)))
        if row.refused and index == funnel.lost_at:
            fields.append(("refused", refused_text(row.refused, style)))
        if row.values and index == funnel.lost_at:
            fields.append(("have", values_text(row.values, style)))
        for name, value in fields:
            if value:
                lines.extend(Line().add("    ").add(part) for part in wrap(f"{name}: {value}", style.width - 4))
    return lines
