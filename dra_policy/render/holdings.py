"""Evidence about who has what: groups of like devices, pools, taints, counters, shares, mode All."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.evidence import (
    AllBlocked,
    AllOnNode,
    BlockingTaints,
    Counters,
    IgnoredPool,
    IgnoredPools,
    MatchGroup,
    MatchGroups,
    SharedCapacity,
    Unavailable,
    ValuesOfAll,
)
from dra_policy.render.measure import columns, joined, wrap
from dra_policy.render.names import count, fold, fold_in_order, listed, place_text, short_attribute
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.render.table import Cell, Column, table_lines

_MOST_ROWS = 6


def match_group_lines(evidence: MatchGroups, style: Style) -> list[Line]:
    """The values of an attribute and what each request has of them."""
    requests = list(evidence.groups[0].demands) if evidence.groups else []
    header = [Column(short_attribute(style.show(evidence.attribute)), gap=0)]
    wide = 10 if len(requests) == 2 else 4
    header += [
        Column(f"{style.show(one.request)} ({count(one.wanted)} wanted)", gap=wide if number else 2)
        for number, one in enumerate(requests)
    ]
    header.append(Column(style.show(place_text(evidence.span)), gap=4, wraps=True, remark=True))
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


def values_of_all_lines(evidence: ValuesOfAll, style: Style) -> list[Line]:
    """The values that the devices of mode All have, nearest rows first, and whose devices they are."""
    header = (
        Column(short_attribute(style.show(evidence.attribute)), shrinks=True),
        Column("request", gap=4, shrinks=True),
        Column("devices", gap=4, shrinks=True),
        Column(style.show(place_text(evidence.span)), gap=4, remark=True, wraps=True),
    )
    shown = evidence.rows if style.level >= 2 else evidence.rows[:_MOST_ROWS]
    rows: list[list[Cell | str]] = [
        [
            "  (none published)" if one.value is None else f"  {style.show(one.value)}",
            style.show(one.request),
            fold(map(style.show, one.devices)),
            "",
        ]
        for one in shown
    ]
    lines = table_lines(header, rows, style)
    more = len(evidence.rows) - len(shown)
    if more:
        lines.append(Line().add(f"  {style.symbols.ellipsis} {count(more)} more", Role.DIM))
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


def pool_lines(evidence: IgnoredPools, style: Style) -> list[Line]:
    """Pools that Kubernetes ignores, and why."""
    lines: list[Line] = []
    for pool in evidence.pools:
        text = f"pool {style.show(pool.pool)}  {pool.state}: {style.show(_pool_problem(pool))}"
        edge = min(style.width, 80)
        # Two spaces stand behind the name on purpose; words are wrapped with one.
        room = edge - columns(pool.code) - 4
        parts = wrap(text.replace("  ", "\x00 "), edge - 2, first=edge, last=room)
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


def taint_lines(evidence: BlockingTaints, style: Style) -> list[Line]:
    """Taints, the devices that have them, who set them."""
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


def counter_lines(evidence: Counters, style: Style) -> list[Line]:
    """What a device would draw from its counters, what is left, who has the rest."""
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
        lines.extend(used_by_lines(uses, style))
    return lines


def used_by_lines(uses: Sequence[str], style: Style) -> list[Line]:
    """Who uses what, with bars between them; nothing where nobody does."""
    parts = joined(uses, min(style.width, 160) - 9)
    return [Line().add("used by  " if not number else " " * 9).add(part) for number, part in enumerate(parts)]


def shared_capacity_lines(evidence: SharedCapacity, style: Style) -> list[Line]:
    """A shared capacity: all, used, left, charged, and who has shares."""
    name = f"{style.show(evidence.capacity)} of {style.show(evidence.device)}"
    amounts = f"total {evidence.total}   used {evidence.used}   left {evidence.left}   charged {evidence.charged}"
    if evidence.most is not None:
        amounts += f"   at most {evidence.most}"
    lines = [Line().add(f"{name}    {amounts}")]
    if lines[0].columns > style.width:
        lines = paragraph(name, style)
        lines += [Line().add(f"  {amounts}")] if columns(amounts) + 2 <= style.width else paragraph(amounts, style)
    if evidence.uses:
        lines.extend(used_by_lines([f"{style.show(use.claim)} {use.amount}" for use in evidence.uses], style))
    return lines


_WITHOUT = {
    "pool": "in a pool that Kubernetes ignores",
    "node": "not for this node",
    "feature": "needs a feature that is off",
    "counters": "has too few counters left",
    "capacity": "has too little capacity",
    "shares": "has too little capacity left",
}


def all_blocked_lines(evidence: AllBlocked, style: Style) -> list[Line]:
    """What mode All asks for on each node, and what of it cannot be had."""
    header = (Column("node"), Column("all", right=True, gap=2), Column("cannot be had", gap=2, wraps=True))
    shown = evidence.nodes if style.level >= 2 else evidence.nodes[:6]
    rows: list[list[Cell | str]] = []
    for each in shown:
        number = sum(len(one.devices) for one in each.blocked)
        blocked = f"{count(number) if each.demanded else style.symbols.nothing}   "
        reasons = ", ".join(_unavailable(each.blocked, style))
        rows.append(
            [
                fold(map(style.show, each.nodes), limit=4),
                count(each.demanded),
                Cell(reasons or style.show(_lacking(each)), lead=blocked),
            ]
        )
    lines = table_lines(header, rows, style)
    more = len(evidence.nodes) - len(shown)
    if more:
        lines.append(Line().add(f"{style.symbols.ellipsis} {count(more)} more groups of nodes", Role.DIM))
    return lines


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
    elif row == "capacity":
        what = f"no {each.noun} has {text}"
    elif row == "condition":
        what = (
            f"no {each.noun} {'has' if any(f' {sign} ' in text for sign in ('<', '<=', '>', '>=')) else 'meets'} {text}"
        )
    else:
        what = f"no device is {text}" if text else "no device matches"
    return f"{what} (All needs at least one)"
