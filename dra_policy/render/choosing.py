"""Evidence about choices: alternatives of a request, and why it got these devices."""

from __future__ import annotations

from dra_policy.explain.evidence import (
    Alternative,
    Alternatives,
    Choices,
    PassedOver,
)
from dra_policy.render.measure import wrap
from dra_policy.render.names import count, fold, fold_in_order, listed, plural, short_attribute
from dra_policy.render.quota import broken_text
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.render.table import Cell, Column, table_lines

_VERDICT_WORDS = {
    "fits": ("FITS", Role.FITS),
    "over-quota": ("OVER QUOTA", Role.OVER_QUOTA),
    "not-now": ("NOT NOW", Role.NOT_NOW),
    "never": ("NEVER", Role.NEVER),
}


def _note(one: Alternative) -> str:
    """``8 left on 2 nodes, 4 on one numaNode: l3``; ``most on one numaNode: 3 of 4 (h4), 19 held``."""
    if one.rule is not None:
        return broken_text(one.rule)
    where = f"on one {short_attribute(one.attribute)}" if one.attribute else "on one node"
    if one.outcome == "fits":
        return f"{count(one.left)} left on {plural(one.nodes, 'node')}, {count(one.wanted)} {where}: {one.node}"
    if not one.best and one.most:
        had = f"{fold(one.most_nodes, limit=4)} {'has' if len(one.most_nodes) == 1 else 'have'} {count(one.most)}"
        after = "" if one.lost_after == "published" else f" after {one.lost_after}"
        return f"{count(one.wanted)} wanted on one node; {had}{after}"
    if not one.best:
        return f"none left after {one.lost_after}" if one.lost_after else "none left"
    held = f", {count(one.held)} held" if one.held else ""
    return f"most {where}: {count(one.best)} of {count(one.wanted)} ({one.node}){held}"


def alternative_lines(evidence: Alternatives, style: Style) -> list[Line]:
    """How each alternative fares."""
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
        if not evidence.of_kubernetes:
            rule = "Earlier alternatives come first, unless something else is preferred."
        lines.extend(paragraph(rule, style))
    return lines


def _passed_over(one: PassedOver, style: Style) -> str:
    """``gpu-0..5 held (finetune-1, eval-1)``."""
    devices = fold_in_order(map(style.show, one.devices))
    if one.why == "short":
        return f"{devices} short of {listed(one.owners)}"
    if one.why == "constraint":
        return f"{devices} left out by the constraint on {listed([short_attribute(style.show(o)) for o in one.owners])}"
    why = {"taken": "taken by a request before", "unusable": "not usable here"}.get(one.why, one.why)
    owners = f" ({', '.join(map(style.show, one.owners))})" if one.owners else ""
    return f"{devices} {why}{owners}"


def choice_lines(evidence: Choices, style: Style) -> list[Line]:
    """Why these devices, and what would be nearer."""
    rows: list[list[Cell | str]] = []
    for choice in evidence.choices:
        devices = fold_in_order(map(style.show, choice.devices))
        before = [_passed_over(one, style) for one in choice.passed_over]
        text = "first that fits" + (f"; before it: {', '.join(before)}" if before else "")
        rows.append([style.show(choice.request), devices, text])
    lines = table_lines((Column(), Column(gap=3), Column(gap=2, wraps=True)), rows, style)
    text = "Kubernetes takes the first fit and does not score devices."
    if not evidence.of_kubernetes:
        text = "The first choice that meets everything is taken."
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
