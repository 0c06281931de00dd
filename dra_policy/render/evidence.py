"""Evidence blocks: what stands in place of a funnel, or beside it, where a cause has its own proof."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.evidence import (
    AllBlocked,
    AllOnNode,
    Alternative,
    Alternatives,
    BlockingTaints,
    CelStop,
    Choices,
    Counters,
    Evidence,
    IgnoredPool,
    IgnoredPools,
    LatentError,
    MatchGroup,
    MatchGroups,
    PassedOver,
    SharedCapacity,
    Unavailable,
    UnknownName,
    WrongObject,
)
from dra_policy.render.diagnostic import excerpt_of
from dra_policy.render.measure import columns, wrap
from dra_policy.render.names import count, fold, fold_in_order, listed, place_text, plural, short_attribute
from dra_policy.render.style import Line, Role, Style
from dra_policy.render.table import Cell, Column, table_lines
from dra_policy.text import Span

# Where the quoted line of a wrong object starts.
_OBJECT_COLUMN = 17
_VERDICT_WORDS = {"fits": ("FITS", Role.FITS), "not-now": ("NOT NOW", Role.NOT_NOW), "never": ("NEVER", Role.NEVER)}


def evidence_lines(evidence: Evidence, style: Style) -> list[Line]:  # noqa: C901 - one case per alternative
    """The block of one piece of evidence."""
    match evidence:
        case MatchGroups():
            return _match_groups(evidence, style)
        case UnknownName():
            return _unknown_name(evidence, style)
        case CelStop():
            return _cel_stop(evidence, style)
        case LatentError():
            return _latent_error(evidence, style)
        case WrongObject():
            return _wrong_object(evidence, style)
        case IgnoredPools():
            return _pools(evidence, style)
        case BlockingTaints():
            return _taints(evidence, style)
        case Counters():
            return _counters(evidence, style)
        case SharedCapacity():
            return _shared_capacity(evidence, style)
        case AllBlocked():
            return _all_blocked(evidence, style)
        case Alternatives():
            return _alternatives(evidence, style)
        case Choices():
            return _choices(evidence, style)


def is_table(evidence: Evidence) -> bool:
    """Whether a blank line stands before the block in a long answer."""
    return not isinstance(evidence, WrongObject | Alternatives | Choices | LatentError)


def paragraph(text: str, style: Style, *, indent: int = 0, role: Role = Role.PLAIN) -> list[Line]:
    """Text wrapped to the style's width, at most 160 columns."""
    width = min(style.width, 160) - indent
    return [Line().move_to(indent).add(part, role) for part in wrap(text, width)]


def _match_groups(evidence: MatchGroups, style: Style) -> list[Line]:
    requests = list(evidence.groups[0].demands) if evidence.groups else []
    header = [Column(short_attribute(style.show(evidence.attribute)), gap=0)]
    wide = 10 if len(requests) == 2 else 4
    header += [
        Column(f"{style.show(one.request)} ({count(one.wanted)} wanted)", gap=wide if number else 2)
        for number, one in enumerate(requests)
    ]
    header.append(Column(place_text(evidence.span), gap=4, wraps=True))
    several = len({group.node for group in evidence.groups}) > 1
    rows: list[list[Cell | str]] = []
    for group in evidence.groups:
        value = "(none published)" if group.value is None else style.show(group.value)
        where = f"{style.show(group.node)} " if several else ""
        counts: list[Cell | str] = [_free_and_held(one.free, one.held) for one in group.demands]
        rows.append([f"  {where}{value}", *counts, _lacks(group, style)])
    lines = table_lines(header, rows, style)
    if evidence.more:
        lines.append(Line().add(f"  {style.symbols.ellipsis} {count(evidence.more)} more", Role.DIM))
    return lines


def _free_and_held(free: int, held: int) -> str:
    return f"{count(free)}, {count(held)} held" if held else count(free)


def _lacks(group: MatchGroup, style: Style) -> str:
    if group.value is None:
        return f"{fold([style.show(name) for name in group.unusable], limit=4)}: not usable"
    short = [
        f"{count(one.wanted - one.free)} {style.show(one.request)}" for one in group.demands if one.free < one.wanted
    ]
    if not short and group.lack:
        return f"short of {count(group.lack)} in all"
    return f"short of {listed(short)}" if short else "enough of each"


def quoted_line(span: Span, wrong: Span | None, style: Style, *, column: int = 0) -> list[Line]:
    """``file:line  the line`` without its indent, and carets under the part that is wrong."""
    outer = span.outermost()
    place = f"  {style.show(outer.source.name)}:{outer.position.line}"
    marked = (wrong or span).outermost()
    gap = max(2, column - columns(place))
    room = max(style.width - columns(place) - gap, 20)
    excerpt = excerpt_of(marked, style, room=room, indented=False)
    if excerpt is None:
        return [Line().add(place, Role.OWN_PLACE)]
    line = Line().add(place, Role.OWN_PLACE).add(" " * gap).add(excerpt.text)
    return [line, Line().move_to(columns(place) + gap + excerpt.before).add(excerpt.carets, Role.CARET)]


def _unknown_name(evidence: UnknownName, style: Style) -> list[Line]:
    lines = quoted_line(evidence.span, evidence.wrong, style) if evidence.span is not None else []
    text = f"on 0 of {plural(evidence.devices, 'device')}."
    if evidence.nearest is not None:
        near = style.show(evidence.nearest)
        text += f" Nearest: {near}, on {count(evidence.published)} of {count(evidence.devices)}"
    return lines + paragraph(text, style, indent=2)


def _cel_stop(evidence: CelStop, style: Style) -> list[Line]:
    head = Line().add(f"  {style.show(evidence.place)}")
    place = style.show(place_text(evidence.span, with_column=style.level >= 2))
    if place and place.partition(":")[0] not in evidence.place and head.columns + columns(place) + 2 <= style.width:
        head.right(place, min(style.width, 80), Role.DIM)
    lines = [head, *_expression(evidence, style)]
    if evidence.presence:
        parts = [
            f"on {count(one.published)} of {plural(one.devices, 'device')} of {style.show(one.driver)}"
            for one in evidence.presence[:1]
        ]
        parts += [
            f"on {count(one.published)} of {count(one.devices)} of {style.show(one.driver)}"
            for one in evidence.presence[1:]
        ]
        lines.extend(paragraph(", ".join(parts), style, indent=2))
    noun = plural(evidence.reached, evidence.reached_noun)
    text = f"reached on {plural(evidence.nodes, 'node')} ({noun} not held)"
    if evidence.held:
        text += f"; {plural(evidence.held, f'held {evidence.reached_noun}')} would do the same later"
    return lines + paragraph(text, style, indent=2)


def _latent_error(evidence: LatentError, style: Style) -> list[Line]:
    """A warning that stands below the answer: it changes nothing now."""
    devices = plural(evidence.devices, evidence.noun)
    text = f"! {style.show(evidence.place)} fails on {devices} ({style.show(evidence.error)}): the first one that is "
    return paragraph(text + "visited will stop the pod (DRA402)", style)


def _expression(evidence: CelStop, style: Style) -> list[Line]:
    """The expression with carets under what fails; cut around it where it is too long."""
    from dra_policy.text import Source, Span

    source = Source.of("", " ".join(evidence.expression.split("\n")))
    start, end = evidence.failing or (0, len(source.text))
    excerpt = excerpt_of(Span(source, start, end), style, room=style.width - 2)
    if excerpt is None:
        return []
    lines = [Line().add("  ").add(excerpt.text)]
    if evidence.failing is not None:
        lines.append(Line().move_to(2 + excerpt.before).add(excerpt.carets, Role.CARET))
    return lines


def _wrong_object(evidence: WrongObject, style: Style) -> list[Line]:
    lines: list[Line] = []
    message = style.show(evidence.message)
    if evidence.span is not None:
        lines = quoted_line(evidence.span, None, style, column=_OBJECT_COLUMN)
        if message:
            last = lines[-1]
            if last.columns + 1 + columns(message) <= style.width:
                last.add(f" {message}")
            else:
                lines.extend(paragraph(message, style, indent=2))
    elif message:
        lines = paragraph(message, style)
    if evidence.there_are:
        where = f" ({style.show(evidence.where)})" if evidence.where else ""
        names = ", ".join(style.show(name) for name in evidence.there_are)
        lines.extend(paragraph(f"there are: {names}{where}", style, indent=2))
    for label, span in evidence.labels:
        lines.extend(paragraph(_with_place(style.show(label), span, style), style, indent=2))
    for detail in evidence.details:
        lines.extend(paragraph(style.show(detail), style, indent=2))
    if evidence.hint:
        lines.extend(paragraph(f"hint: {style.show(evidence.hint)}", style))
    return lines


def _with_place(message: str, span: Span, style: Style) -> str:
    """The message with the place behind the word that stands there: ``the file says v1 (old.yaml:1) and …``."""
    place = f"({style.show(place_text(span))})"
    word = span.text.strip("\"'").rpartition("/")[2]
    if word and f" {word} " in message:
        return message.replace(f" {word} ", f" {word} {place} ", 1)
    return f"{message} {place}"


def _pools(evidence: IgnoredPools, style: Style) -> list[Line]:
    lines: list[Line] = []
    for pool in evidence.pools:
        text = f"pool {style.show(pool.pool)}  {pool.state}: {style.show(_pool_problem(pool))}"
        edge = min(style.width, 80)
        parts = wrap(text.replace("  ", "\x00 "), edge, last=edge - columns(pool.code) - 2)
        parts = [part.replace("\x00", " ") for part in parts]
        lines.extend(Line().move_to(2 if number else 0).add(part) for number, part in enumerate(parts))
        lines[-1].right(pool.code, edge, Role.DIM)
        lines.extend(paragraph(style.show(_pool_places(pool)), style, indent=2))
    return lines


def _pool_problem(pool: IgnoredPool) -> str:
    match pool.code:
        case "DRA120":
            return f"generation {pool.generation} has {pool.found} of {pool.expected} slices"
        case "DRA122":
            return f"device {pool.device} is listed twice"
        case "DRA123":
            return f"counter set {pool.counter_set} is listed twice"
        case _:
            what = (
                f"counter {pool.counter} of {pool.counter_set}" if pool.counter else f"counter set {pool.counter_set}"
            )
            return f"device {pool.device} draws from {what}, which is not there"


def _pool_places(pool: IgnoredPool) -> str:
    """``resourceslice/n3-a device 3, resourceslice/n3-b device 0``: the objects that show the problem."""
    places = [(place.slice, place.index) for place in pool.places]
    names = [f"resourceslice/{name}" + ("" if at is None else f" device {at}") for name, at in places]
    if pool.state != "incomplete" or not names:
        return ", ".join(names)
    others = f"with it there are {', '.join(names[1:])}" if names[1:] else "no other slice names it"
    return f"{names[0]} says resourceSliceCount {pool.expected}; {others}"


def _taints(evidence: BlockingTaints, style: Style) -> list[Line]:
    header = (Column("taint"), Column("devices", gap=5), Column("set by", gap=4, wraps=True))
    rows: list[list[Cell | str]] = []
    for taint in evidence.taints:
        shown = taint.devices if style.level >= 2 else taint.devices[:3]
        places = " | ".join(f"{style.show(one.node)}: {fold_in_order(map(style.show, one.devices))}" for one in shown)
        more = len(taint.devices) - len(shown)
        rows.append(
            [
                f"  {style.show(taint.taint)}",
                places + (f" | {count(more)} more nodes" if more else ""),
                style.show(taint.owner),
            ]
        )
    return table_lines(header, rows, style)


def _counters(evidence: Counters, style: Style) -> list[Line]:
    title = f"counters of {style.show(evidence.node)}/{style.show(evidence.counter_set)}"
    needs = f"{style.show(evidence.device)} needs"
    header = (
        Column(title),
        Column("total", right=True, gap=5),
        Column("used", right=True, gap=3),
        Column("left", right=True, gap=3),
        Column(needs, right=True, gap=3),
        Column("", gap=3, wraps=True),
    )
    rows: list[list[Cell | str]] = [
        [
            f"  {style.show(one.name)}",
            one.total,
            one.used,
            one.left,
            one.needed,
            f"short by {one.short}" if one.short else "",
        ]
        for one in evidence.counters
    ]
    lines = table_lines(header, rows, style)
    if evidence.uses:
        uses = [f"{style.show(use.claim)} {' '.join(use.amounts)} ({style.show(use.device)})" for use in evidence.uses]
        lines.extend(_used_by(uses, style))
    return lines


def _used_by(uses: Sequence[str], style: Style) -> list[Line]:
    parts = wrap(" | ".join(uses), min(style.width, 160) - 9)
    return [Line().add("used by  " if not number else " " * 9).add(part) for number, part in enumerate(parts)]


def _shared_capacity(evidence: SharedCapacity, style: Style) -> list[Line]:
    text = (
        f"{style.show(evidence.capacity)} of {style.show(evidence.device)}    total {evidence.total}   "
        f"used {evidence.used}   left {evidence.left}   charged {evidence.charged}"
    )
    lines = [Line().add(text)] if columns(text) <= style.width else paragraph(text, style)
    if evidence.uses:
        lines.extend(_used_by([f"{style.show(use.claim)} {use.amount}" for use in evidence.uses], style))
    return lines


def _all_blocked(evidence: AllBlocked, style: Style) -> list[Line]:
    header = (Column("node"), Column("all", right=True, gap=2), Column("cannot be had", gap=2, wraps=True))
    shown = evidence.nodes if style.level >= 2 else evidence.nodes[:6]
    rows: list[list[Cell | str]] = []
    for each in shown:
        number = sum(len(one.devices) for one in each.blocked)
        blocked = f"{count(number)}   " if each.demanded else f"{style.symbols.nothing}   "
        reasons = ", ".join(_unavailable(each.blocked, style))
        rows.append(
            [
                fold(map(style.show, each.nodes), limit=4),
                count(each.demanded),
                blocked + (reasons or style.show(_lacking(each))),
            ]
        )
    lines = table_lines(header, rows, style)
    more = len(evidence.nodes) - len(shown)
    if more:
        lines.append(Line().add(f"{style.symbols.ellipsis} {count(more)} more groups of nodes", Role.DIM))
    return lines


_WITHOUT = {
    "pool": "in a pool that Kubernetes ignores",
    "node": "not for this node",
    "feature": "needs a feature that is off",
    "counters": "has too few counters left",
    "capacity": "has too little capacity left",
}


def _unavailable(blocked: Sequence[Unavailable], style: Style) -> list[str]:
    """``gpu-0..3 held by team-b/finetune-1``, ``gpu-4,5 by team-b/eval-1``: a verb is not said twice in a row."""
    texts = []
    before: str | None = None
    for one in blocked:
        if one.row == "not-held":
            why = f"{'' if before == 'not-held' else 'held '}by {one.claim}" if one.claim else "held"
        else:
            why = f"tainted {one.taint}" if one.taint else _WITHOUT.get(one.row, "cannot be had")
        texts.append(f"{fold(map(style.show, one.devices))} {style.show(why)}{' (yours)' if one.is_own else ''}")
        before = one.row
    return texts


def _lacking(each: AllOnNode) -> str:
    """Why mode All asks for nothing on a node, where it needs at least one device."""
    row, text = each.lacking or ("", "")
    if row == "class":
        what = f"no device of {text}"
    elif row == "condition":
        what = (
            f"no {each.noun} {'has' if any(f' {sign} ' in text for sign in ('<', '<=', '>', '>=')) else 'meets'} {text}"
        )
    else:
        what = f"no device is {text}" if text else "no device matches"
    return f"{what} (All needs at least one)"


def _note(one: Alternative) -> str:
    """``8 left on 2 nodes, 4 on one numaNode: l3``; ``most on one numaNode: 3 of 4 (h4), 19 held``."""
    where = f"on one {short_attribute(one.attribute)}" if one.attribute else "on one node"
    if one.outcome == "fits":
        return f"{count(one.left)} left on {plural(one.nodes, 'node')}, {count(one.wanted)} {where}: {one.node}"
    if not one.best:
        return f"none left after {one.lost_after}" if one.lost_after else "none left"
    held = f", {count(one.held)} held" if one.held else ""
    return f"most {where}: {count(one.best)} of {count(one.wanted)} ({one.node}){held}"


def _alternatives(evidence: Alternatives, style: Style) -> list[Line]:
    rows: list[list[Cell | str]] = []
    several = len({one.request for one in evidence.alternatives}) > 1
    for one in evidence.alternatives:
        word, role = _VERDICT_WORDS[one.outcome]
        request = f"{style.show(one.request)} " if several else ""
        note = style.show(_note(one))
        rows.append([f"{request}alternative {one.index}", style.show(one.name), Cell(word, role), note])
    lines = table_lines((Column(), Column(gap=2), Column(gap=2), Column(gap=2, wraps=True)), rows, style)
    if any(one.outcome == "fits" for one in evidence.alternatives):
        rule = "Kubernetes takes the first alternative that fits on a node and prefers nodes with earlier ones."
        lines.extend(paragraph(rule, style))
    return lines


def _passed_over(one: PassedOver, style: Style) -> str:
    """``gpu-0..5 held (finetune-1, eval-1)``."""
    why = {"taken": "taken by a request before", "unusable": "not usable here"}.get(one.why, one.why)
    owners = f" ({', '.join(map(style.show, one.owners))})" if one.owners else ""
    return f"{fold_in_order(map(style.show, one.devices))} {why}{owners}"


def _choices(evidence: Choices, style: Style) -> list[Line]:
    rows: list[list[Cell | str]] = []
    for choice in evidence.choices:
        devices = fold_in_order(map(style.show, choice.devices))
        before = [_passed_over(one, style) for one in choice.passed_over]
        text = "first that fits" + (f"; before it: {', '.join(before)}" if before else "")
        rows.append([style.show(choice.request), devices, text])
    lines = table_lines((Column(), Column(gap=3), Column(gap=2, wraps=True)), rows, style)
    text = "Kubernetes takes the first fit and does not score devices."
    apart = evidence.apart
    if apart is not None:
        short = short_attribute(style.show(apart.attribute))
        text += (
            f" They are apart: {style.show(apart.first.device)} is on {short} {style.show(apart.first.value)}, "
            f"{style.show(apart.second.device)} on {style.show(apart.second.value)}"
        )
        if apart.better_device is not None and apart.better_attribute is not None:
            better = short_attribute(style.show(apart.better_attribute))
            text += f"; {style.show(apart.better_device)} is on {style.show(apart.first.device)}'s {better}"
        text += "."
    lines += paragraph(text, style)
    if apart is not None and apart.better_node is not None:
        devices = fold_in_order(map(style.show, apart.better_devices))
        attribute, node = style.show(apart.better_attribute or ""), style.show(apart.better_node)
        hint = f"matchAttribute {attribute} gives {node}: {devices}"
        parts = wrap(hint, style.width - 6)
        lines.extend(Line().add("hint: " if not n else " " * 6, Role.HINT).add(part) for n, part in enumerate(parts))
    return lines
