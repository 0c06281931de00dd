"""Evidence about rules between devices and preferences: what was written, where, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.explain.evidence import BrokenRule, BrokenRules, Preferred, Undecided, Wished
from dra_policy.explain.pod_places import PodPlaces
from dra_policy.render.measure import columns, wrap
from dra_policy.render.names import fold, fold_in_order, on_node, place_text
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.text import Span

# A list of devices with less room than this starts a line of its own.
_NARROWEST_TEXT = 20


def broken_rule_lines(evidence: BrokenRules, style: Style) -> list[Line]:
    """The rules that cannot hold together, and what the claim would get without them."""
    lines = [Line().add("rule" if len(evidence.rules) == 1 else "rules, of which each is needed for that")]
    for rule in evidence.rules:
        lines += _written(rule.text, rule.span, style)
        if rule.error is not None:
            lines += paragraph(f"has an error: {_error(rule, style)}", style, indent=4)
    if evidence.node is None:
        # All pods of a group, which may go to several nodes.
        return lines
    place = on_node(style.show(evidence.node), [style.show(name) for name in evidence.devices])
    return [*lines, *paragraph(f"without {'it' if len(evidence.rules) == 1 else 'them'}, {place} would do", style)]


def pod_place_lines(evidence: PodPlaces, style: Style) -> list[Line]:
    """What the pods of a group share, then the pods, one a line; those without a place are told once."""
    lines: list[Line] = []
    for claim in evidence.shared:
        names = [style.show(name) for name in claim.devices]
        place = fold_in_order(names) if claim.node is None else on_node(style.show(claim.node), names)
        lines += _placed(f"claim {style.show(claim.claim)}, shared by all", place, style)
    missing = [style.show(each.pod) for each in evidence.pods if each.node is None]
    for each in evidence.pods:
        if each.node is not None:
            # A pod that has nothing for itself goes to a node all the same.
            devices = [style.show(name) for name in each.devices]
            place = on_node(style.show(each.node), devices) if devices else style.show(each.node)
            lines += _placed(f"{style.symbols.fits} {style.show(each.pod)}", place, style)
    if missing:
        lines += paragraph(f"{style.symbols.wait} {fold(missing)}: no place beside the others", style, indent=2)
    return lines


def _placed(start: str, place: str, style: Style) -> list[Line]:
    start += "  "
    room = style.width - 2 - columns(start)
    if room < _NARROWEST_TEXT:
        return paragraph(start + place, style, indent=2)
    parts = wrap(place, room)
    return [
        Line().add("  ").add(" " * columns(start) if number else start).add(part) for number, part in enumerate(parts)
    ]


def preferred_lines(evidence: Preferred, style: Style) -> list[Line]:
    """What is preferred, and its value for the choice."""
    lines = [Line().add("preferred" if evidence.is_best else "preferred; the search ended before the best was proved")]
    for wish in evidence.wishes:
        value = "an error" if wish.value is None else wish.value
        lines += _written(f"{value} for {wish.text}", wish.span, style)
        if wish.error is not None:
            others = "" if wish.value is None else "other choices have an error and count as worst: "
            lines += paragraph(f"{others}{_error(wish, style)}", style, indent=4)
    return lines


def preference_errors(wishes: Iterable[Wished], style: Style) -> list[str]:
    """A clause for each preference that is an error: for the choice, or only for others."""
    found = []
    for wish in wishes:
        if wish.error is not None:
            where = "" if wish.value is None else " for other choices"
            found.append(f"{_named(wish, style)} is an error{where}: {_error(wish, style)}")
    return found


def _named(wish: Wished, style: Style) -> str:
    """A preference by its place; that of a flag by the flag."""
    name = "" if wish.span is None else wish.span.outermost().source.name
    place = place_text(wish.span, with_column=style.level >= 2)
    return style.show(name if name.startswith("--") else f"the preference at {place}")


def _error(rule: BrokenRule | Wished, style: Style) -> str:
    """The run-time error of a rule, and the device that it is about: ``gpu-3: no such key: memory``."""
    device = f"{style.show(rule.device)}: " if rule.device else ""
    return f"{device}{style.show(rule.error or '')}"


def undecided_lines(evidence: Undecided, style: Style) -> list[Line]:
    """What is proved of a search that was stopped, what is open, and how it goes on."""
    limit = None if style.level >= 2 else 4
    is_open = fold(map(style.show, evidence.open), limit=limit)
    rows = [("open", f"{is_open}: not searched to the end")] if evidence.open else []
    if evidence.proved:
        proved = fold(map(style.show, evidence.proved), limit=limit)
        free = " with every device free" if evidence.is_idle else ""
        verb = "does not serve it" if len(evidence.proved) == 1 else "do not serve it"
        rows.insert(0, ("proved", f"{proved} {verb}{free}"))
    if evidence.is_idle:
        rows.insert(0, ("proved", "no node serves it now"))
    rows.append(("next", f"--steps {10 * evidence.budget}"))
    return [
        Line().add("        " if number else f"{word:<8}").add(part)
        for word, text in rows
        for number, part in enumerate(wrap(text, style.width - 8))
    ]


def _written(text: str, span: Span | None, style: Style) -> list[Line]:
    """A rule with its place at the right edge, where there is room for it."""
    edge = min(style.width, 80)
    place = style.show(place_text(span, with_column=style.level >= 2))
    parts = wrap(style.show(text), edge - 2)
    lines = [Line().add("  ").add(part) for part in parts]
    if place and columns(parts[-1]) + columns(place) + 4 <= edge:
        lines[-1].right(place, edge, Role.OWN_PLACE)
        return lines
    return [*lines, *(Line().right(part, edge, Role.OWN_PLACE) for part in wrap(place, edge))]
