"""Evidence that quotes what somebody wrote: names, expressions, objects."""

from __future__ import annotations

from dra_policy.explain.evidence import (
    CelStop,
    FailingRule,
    LatentError,
    MayAbort,
    UnknownName,
    WrongObject,
)
from dra_policy.render.diagnostic import excerpt_of
from dra_policy.render.measure import columns
from dra_policy.render.names import count, fold, place_text, plural
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.text import Span

# Where the quoted line of a wrong object starts.
_OBJECT_COLUMN = 17


def quoted_line(span: Span, wrong: Span | None, style: Style, *, column: int = 0) -> list[Line]:
    """``file:line  the line`` without its indent, and carets under the part that is wrong."""
    outer = span.outermost()
    place = f"  {style.show(outer.source.name)}:{outer.position.line}"
    marked = (wrong or span).outermost()
    gap = max(2, column - columns(place))
    start = columns(place) + gap
    lines = [Line().add(place, Role.OWN_PLACE)]
    if start > style.width // 2:
        # A long path takes lines of its own, so that the quoted line keeps its room.
        lines, start = paragraph(place, style, indent=2, role=Role.OWN_PLACE), 4
        lines.append(Line())
    excerpt = excerpt_of(marked, style, room=max(style.width - start, 20), indented=False)
    if excerpt is None:
        return lines
    lines[-1].move_to(start).add(excerpt.text)
    return [*lines, Line().move_to(start + excerpt.before).add(excerpt.carets, Role.CARET)]


def unknown_name_lines(evidence: UnknownName, style: Style) -> list[Line]:
    """The line with a name that nobody publishes, and the nearest published one."""
    lines = quoted_line(evidence.span, evidence.wrong, style) if evidence.span is not None else []
    text = f"on 0 of {plural(evidence.devices, 'device')}."
    if evidence.nearest is not None:
        near = style.show(evidence.nearest)
        text += f" Nearest: {near}, on {count(evidence.published)} of {count(evidence.devices)}"
    elif evidence.known:
        text += f" There {'are' if len(evidence.known) > 1 else 'is'}: {style.show(', '.join(evidence.known))}"
    return lines + paragraph(text, style, indent=2)


def cel_stop_lines(evidence: CelStop, style: Style) -> list[Line]:
    """The expression that stops the pod, what fails in it, and how far that reaches."""
    *before, head = paragraph(style.show(evidence.place), style, indent=2)
    place = style.show(place_text(evidence.part or evidence.span, with_column=style.level >= 2))
    if place and place.partition(":")[0] not in evidence.place and head.columns + columns(place) + 2 <= style.width:
        head.right(place, min(style.width, 80), Role.DIM)
    lines = [*before, head, *_expression(evidence, style)]
    if evidence.presence:
        parts = [
            f"on {count(one.published)} of {plural(one.devices, 'device')} of {style.show(one.driver)}"
            for one in evidence.presence[:1]
        ]
        parts += [
            f"on {count(one.published)} of {count(one.devices)} of {style.show(one.driver)}"
            for one in evidence.presence[1:]
        ]
        text = ", ".join(parts)
        if evidence.nearest is not None:
            name, published, devices = evidence.nearest
            text += f". Nearest: {style.show(name)}, on {count(published)} of {count(devices)}"
        lines.extend(paragraph(text, style, indent=2))
    noun = plural(evidence.reached, evidence.reached_noun)
    text = f"reached on {plural(evidence.nodes, 'node')} ({noun} not held)"
    if evidence.held:
        text += f"; {plural(evidence.held, f'held {evidence.reached_noun}')} would do the same later"
    return lines + paragraph(text, style, indent=2)


def latent_error_lines(evidence: LatentError, style: Style) -> list[Line]:
    """A warning that stands below the answer: it changes nothing now."""
    devices = plural(evidence.devices, evidence.noun)
    text = f"! {style.show(evidence.place)} fails on {devices} ({style.show(evidence.error)}): the first one that is "
    return paragraph(text + "visited will stop the pod (DRA402)", style)


def may_abort_lines(evidence: MayAbort, style: Style) -> list[Line]:
    """A warning below the answer: the scheduler looks at some nodes only, and may look at one that ends it."""
    text = f"! if Kubernetes looks at {style.show(evidence.node)}, it may abort the pod: {style.show(evidence.error)}"
    return paragraph(f"{text} (DRA402)", style)


def failing_rule_lines(evidence: FailingRule, style: Style) -> list[Line]:
    """A warning below the answer: the claims fit elsewhere, and not where the rule has no answer."""
    about = f" on {style.show(evidence.device)}" if evidence.device else ""
    where = fold(map(style.show, evidence.nodes), limit=None if style.level >= 2 else 4)
    text = f"! {style.show(evidence.text)} fails on {where} ({style.show(evidence.error)}{about}): nothing fits there"
    return paragraph(text, style)


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


def wrong_object_lines(evidence: WrongObject, style: Style) -> list[Line]:
    """What is wrong with an object, where it stands, and what there is instead."""
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
    if evidence.hint:
        lines.extend(paragraph(f"hint: {style.show(evidence.hint)}", style))
    for detail in evidence.details:
        lines.extend(paragraph(style.show(detail), style, indent=2))
    return lines


def _with_place(message: str, span: Span, style: Style) -> str:
    """The message with the place behind the word that stands there: ``the file says v1 (old.yaml:1) and …``."""
    place = f"({style.show(place_text(span))})"
    word = span.text.strip("\"'").rpartition("/")[2]
    if word and f" {word} " in message:
        return message.replace(f" {word} ", f" {word} {place} ", 1)
    return f"{message} {place}"
