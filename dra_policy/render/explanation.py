"""Explanations as text: verdict on top, proof in the middle, what to do at the bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dra_policy.explain.evidence import FailingRule, IgnoredPools, LatentError, MayAbort
from dra_policy.explain.explanation import Explanation, NodeGroup, Outcome, Reason, ReasonValue, Shortage
from dra_policy.explain.funnel import Funnel
from dra_policy.explain.quota_evidence import QuotaLimits
from dra_policy.render.evidence import evidence_lines, is_table
from dra_policy.render.funnel import funnel_lines, lost_lines, ok_lines
from dra_policy.render.measure import columns, cut_middle, joined, pad, wrap
from dra_policy.render.names import count, fold, fold_in_order, on_node, plural, short_attribute
from dra_policy.render.node_sentences import refusal_text
from dra_policy.render.sentences import gloss, reason_clause, reason_sentence
from dra_policy.render.style import Line, Role, Style, paragraph
from dra_policy.render.table import Cell, Column, table_lines

_WORDS = {
    Outcome.FITS: ("FITS", Role.FITS),
    Outcome.NOT_NOW: ("NOT NOW", Role.NOT_NOW),
    Outcome.NEVER: ("NEVER", Role.NEVER),
    Outcome.OVER_QUOTA: ("OVER QUOTA", Role.OVER_QUOTA),
    Outcome.BAD_POOL: ("BAD POOL", Role.ERROR),
    Outcome.CEL_ERROR: ("CEL ERROR", Role.ERROR),
    Outcome.BAD_INPUT: ("BAD INPUT", Role.ERROR),
    Outcome.UNKNOWN: ("UNKNOWN", Role.UNKNOWN),
}
_KINDS = {"ResourceClaim": "claim", "ResourceClaimTemplate": "template", "DeviceClaim": "claim", "DeviceClass": "class"}
# An answer of fewer lines reads without blank lines; ten where fixes follow, which take two lines at least.
_SHORT_ANSWER = 8
_TEXT_EDGE = 160
# What stands below an answer and does not change it.
_Warning = LatentError | MayAbort | FailingRule
# Reasons that no row of a funnel tells: the claim is refused whatever devices there are.
_NOT_OF_DEVICES = frozenset(("refused", "device-refused", "stopped"))


def render_explanation(explanation: Explanation, style: Style, by: str | None = None) -> str:
    """One explanation as text, every line ended.

    ``by="node"`` gives the table of nodes in place of the proof, where nodes have a part in it.
    """
    if style.level == 0:
        return _text([_one_line(explanation, style)], style)
    if by == "node" and explanation.closest:
        return _text([*_headline(explanation, style), *_nodes_table(explanation, style)], style)
    return _text(_answer(explanation, style), style)


def render_explanations(explanations: Sequence[Explanation], style: Style, by: str | None = None) -> str:
    """Several explanations: a list of verdicts at level 0, one answer after the other above it.

    The list ends with the number of each verdict and the exit code.
    """
    if len(explanations) == 1:
        return render_explanation(explanations[0], style, by)
    if style.level > 0:
        return "\n".join(render_explanation(one, style, by) for one in explanations)
    return _text([*_verdict_list(explanations, style), _summary(explanations, style)], style)


def verdict_mark(outcome: Outcome, style: Style) -> str:
    """The mark of a verdict in lists."""
    marks = style.symbols
    return {
        Outcome.FITS: marks.fits,
        Outcome.NOT_NOW: marks.wait,
        Outcome.NEVER: marks.never,
        Outcome.OVER_QUOTA: marks.quota,
        Outcome.UNKNOWN: marks.unknown,
    }.get(outcome, marks.alert)


def _text(lines: Sequence[Line], style: Style) -> str:
    return "".join(f"{line.painted(style)}\n" for line in lines)


def _page(style: Style) -> int:
    return min(style.width, _TEXT_EDGE)


def _shown_reason(explanation: Explanation, style: Style) -> Reason:
    """The reason with its texts fit to print, and the devices of a fit in words."""
    reason = explanation.reason
    arguments = {name: _shown(value, style) for name, value in reason.arguments.items()}
    chosen = explanation.chosen
    if chosen is not None:
        node = style.show(chosen.node or "")
        names_of = chosen.devices.values()
        by_request = [[style.show(name.partition("/")[2] if node else name) for name in names] for names in names_of]
        every = [name for names in by_request for name in names]
        place = on_node(node, every) if node else fold_in_order(every)
        arguments["node"] = node
        arguments["devices"] = tuple(fold_in_order(names) for names in by_request)
        arguments["place"] = f"idle {place}" if arguments.get("idle") else place
    return Reason(reason.template, arguments)


def _shown(value: ReasonValue, style: Style) -> ReasonValue:
    match value:
        case str():
            return style.show(value)
        case tuple():
            return tuple(style.show(item) for item in value if isinstance(item, str)) or value
        case _:
            return value


def _kind(explanation: Explanation) -> str:
    kind = explanation.subject.kind
    return _KINDS.get(kind, kind.lower())


def _headline(explanation: Explanation, style: Style) -> list[Line]:
    word, role = _WORDS[explanation.outcome]
    edge = _page(style)
    name = style.show(explanation.subject.full_name)
    beside = f"  ({gloss(explanation.outcome, explanation.reason)})"
    room = edge - columns(word) - 2 - columns(_kind(explanation)) - 1 - columns(beside) - 2 - columns(explanation.code)
    if style.level < 2:
        name = cut_middle(name, max(room, 12), style.symbols.ellipsis)
    line = Line().add(word, role).add(f"  {_kind(explanation)} ").add(name, Role.TITLE)
    lines = [line]
    if line.columns + columns(beside) <= edge:
        line.add(beside)
    else:
        lines += [Line().add("  ").add(part) for part in wrap(beside, edge - 2)]
    if lines[-1].columns + 2 + columns(explanation.code) > edge:
        lines.append(Line())
    lines[-1].right(explanation.code, edge, Role.DIM)
    return lines


def _reason(explanation: Explanation, style: Style) -> list[Line]:
    sentence = reason_sentence(_shown_reason(explanation, style))
    if not style.unicode:
        sentence = sentence.replace("→", "->").replace("≥", ">=").replace("…", "...")
    return [Line().add(part) for part in wrap(sentence, _page(style))]


def _kubernetes(explanation: Explanation, style: Style) -> list[Line]:
    text = explanation.kubernetes.text
    if text is None and not explanation.kubernetes.is_asked:
        return []
    if text is None:
        limits = next((one for one in explanation.evidence if isinstance(one, QuotaLimits)), None)
        if limits is None or limits.node is None:
            return []
        text = f"nothing: without the quota it fits {on_node(limits.node, limits.devices)}"
    parts = [part for line in text.split("\n") for part in wrap(style.show(line), _page(style) - 11)]
    return [
        Line().add("kube says  " if not number else " " * 11, Role.DIM).add(part, Role.DIM)
        for number, part in enumerate(parts)
    ]


def _answer(explanation: Explanation, style: Style) -> list[Line]:
    blocks: list[tuple[bool, list[Line]]] = [
        (False, _headline(explanation, style)),
        (False, _reason(explanation, style)),
    ]
    proof = _proof(explanation, style)
    says = _kubernetes(explanation, style)
    if explanation.outcome is Outcome.BAD_INPUT:
        blocks += [(False, lines) for _, lines in proof]
        blocks.append((False, says))
    else:
        blocks.append((False, says))
        blocks += proof
    blocks.append((False, _closest(explanation, style)))
    latent = [one for one in explanation.evidence if isinstance(one, _Warning)]
    blocks.append((False, [line for one in latent for line in evidence_lines(one, style)]))
    if style.level >= 3:
        blocks.append((False, _effort(explanation, style)))
    blocks.append((False, [line for note in explanation.notes for line in paragraph(style.show(note), style)]))
    present = [(spaced, lines) for spaced, lines in blocks if lines]
    length = sum(len(lines) + spaced for spaced, lines in present)
    answer: list[Line] = []
    for spaced, lines in present:
        if spaced and length >= _SHORT_ANSWER:
            answer.append(Line())
        answer.extend(lines)
    return answer


def _effort(explanation: Explanation, style: Style) -> list[Line]:
    """What the search took."""
    search = explanation.search
    if search is None:
        return []
    proved = "complete" if search.complete else "stopped at the budget"
    parts = wrap(f"{count(search.steps)} steps of at most {count(search.budget)} a node, {proved}", _page(style) - 9)
    return [Line().add(" " * 9 if number else "search   ", Role.DIM).add(part) for number, part in enumerate(parts)]


def _proof(explanation: Explanation, style: Style) -> list[tuple[bool, list[Line]]]:
    """Tables of the requests that block, one line for each other, and the evidence; True: a blank line before it."""
    funnels = _funnel_blocks(explanation.requests, style) if _shows_funnels(explanation, style) else []
    evidence = [one for one in explanation.evidence if not isinstance(one, _Warning)]
    return funnels + [(is_table(one) or bool(funnels), evidence_lines(one, style)) for one in evidence]


def _funnel_blocks(funnels: Sequence[Funnel], style: Style) -> list[tuple[bool, list[Line]]]:
    """Of a request with alternatives the nearest stands for all; its others take a line where none can be had."""
    blocks: list[tuple[bool, list[Line]]] = []
    of_claim = len({funnel.claim for funnel in funnels}) > 1
    served = {(funnel.claim, funnel.name) for funnel in funnels if funnel.ok}
    for funnel in funnels:
        if style.level >= 2 or (funnel.is_nearest and not funnel.ok):
            blocks.append((True, funnel_lines(funnel, style, of_claim=of_claim)))
        elif funnel.is_nearest:
            blocks.append((not blocks, ok_lines(funnel, style, of_claim=of_claim)))
        elif (funnel.claim, funnel.name) not in served:
            blocks.append((not blocks, lost_lines(funnel, style, of_claim=of_claim)))
    return blocks


def _shows_funnels(explanation: Explanation, style: Style) -> bool:
    if not explanation.requests:
        return False
    if style.level >= 2:
        return True
    if explanation.outcome in (Outcome.FITS, Outcome.CEL_ERROR, Outcome.BAD_INPUT):
        return False
    if explanation.reason.template in _NOT_OF_DEVICES:
        return False
    if any(not isinstance(one, IgnoredPools | _Warning) for one in explanation.evidence):
        return False
    return any(not funnel.ok for funnel in explanation.requests) or not explanation.evidence


def _closest(explanation: Explanation, style: Style) -> list[Line]:
    """Groups of like nodes, nearest first, on at most two lines; only where some node has a part of what is wanted."""
    groups = explanation.closest
    if not groups or not any(group.have for group in groups):
        return []
    if any(not isinstance(one, _Warning) for one in explanation.evidence):
        return []
    served = {(funnel.claim, funnel.name) for funnel in explanation.requests if funnel.ok}
    if all((funnel.claim, funnel.name) in served for funnel in explanation.requests):
        return []
    limit = None if style.level >= 2 else 4
    alike: dict[str, list[str]] = {}
    for group in groups:
        alike.setdefault(short_of(group, style), []).extend(group.nodes)
    parts = [f"{fold(map(style.show, nodes), limit=limit)} {text}" for text, nodes in alike.items()]
    width = _page(style) - 9
    if style.level < 2:
        parts = [cut_middle(part, width - 2, style.symbols.ellipsis) for part in parts]
    most = 2 if style.level < 2 else len(parts)
    shown = list(parts)
    lines = joined(shown, width)
    while len(lines) > most and len(shown) > 1:
        shown.pop()
        rest = sum(len(nodes) for nodes in list(alike.values())[len(shown) :])
        lines = joined([*shown, f"{plural(rest, 'more node')}"], width)
    return [Line().add("closest  " if not number else " " * 9).add(line) for number, line in enumerate(lines)]


def short_of(group: NodeGroup, style: Style) -> str:
    """What a group of nodes has, in two words: ``3 of 4``, ``48Gi``, ``no devices``."""
    for missing in group.missing:
        if missing.kind == "value" and missing.have is not None and not group.have:
            return style.show(missing.have)
        if missing.kind == "total":
            return f"{style.show(missing.have or '')} of {style.show(missing.wanted or '')}"
        if missing.kind == "nothing":
            return "no devices"
        if missing.kind == "node":
            return (
                "tainted" if missing.what == "taint" else refusal_text(missing.what, style.show(missing.wanted or ""))
            )
    return f"{count(group.have)} of {count(group.wanted)}"


def _nodes_table(explanation: Explanation, style: Style) -> list[Line]:
    nothing = "nothing but the quota's leave" if explanation.outcome is Outcome.OVER_QUOTA else "nothing"
    rows: list[list[Cell | str]] = [
        [
            _node_names(group, style),
            f"{count(group.have)} of {count(group.wanted)}",
            "; ".join(shortage_text(each, style) for each in group.missing) or nothing,
        ]
        for group in explanation.closest
    ]
    header = (Column("nodes", shrinks=True), Column("have", gap=2), Column("missing", gap=2, wraps=True))
    return table_lines(header, rows, style)


def _node_names(group: NodeGroup, style: Style) -> str:
    """The nodes of a group, on at most half the width: what is missing needs room too."""
    if style.level >= 2:
        return fold(map(style.show, group.nodes))
    names = list(map(style.show, group.nodes))
    shown = next((text for most in (4, 3, 2) if columns(text := fold(names, limit=most)) <= style.width // 2), None)
    return shown or cut_middle(fold(names, limit=1), style.width // 2, style.symbols.ellipsis)


def shortage_text(missing: Shortage, style: Style) -> str:
    """``1 GPU on either numaNode``, ``memory 48Gi, short by 32Gi``, ``4 GPUs and a nic``, ``nic: no device of …``."""
    text = _shortage_text(missing, style)
    return f"{_beside(missing.request, style)}: {text}" if missing.request else text


def _beside(request: str, style: Style) -> str:
    """Another request by its name, with its claim where that is another one."""
    claim, colon, name = request.rpartition(":")
    return style.show(f"{name} of {claim}" if colon else name)


def _shortage_text(missing: Shortage, style: Style) -> str:
    match missing.kind:
        case "nothing":
            return "no devices published"
        case "value":
            gap = f", short by {missing.gap}" if missing.gap else ""
            gap = f", {style.show(missing.wanted)} wanted" if missing.wanted and not gap else gap
            return f"{style.show(missing.what)} {style.show(missing.have or 'absent')}{gap}"
        case "total":
            have, wanted = style.show(missing.have or ""), style.show(missing.wanted or "")
            return f"{style.show(missing.what)} {have} together, {wanted} wanted"
        case "node":
            return refusal_text(missing.what, style.show(missing.wanted or ""))
        case "condition":
            return f"no device meets {style.show(missing.what)}"
        case "class":
            return f"no device of class {style.show(missing.what)}"
        case "pods":
            return f"room for {plural(missing.short, 'more pod')}"
        case "together":
            return f"{plural(missing.short, missing.what)} for all requests together"
        case "rule" | "choice" | "error" | "search":
            return _answer_text(missing)
        case _:
            return _devices_short(missing, style)


def _answer_text(missing: Shortage) -> str:
    """What only the allocator's answer says."""
    match missing.kind:
        case "rule":
            return f"a choice that meets {missing.what}" + (f" ({missing.wanted})" if missing.wanted else "")
        case "choice":
            return "a choice of devices that meets everything"
        case "error":
            return "an answer: an error ends the search"
        case _:
            return "an answer: it was not searched to the end"


def _devices_short(missing: Shortage, style: Style) -> str:
    parts = [plural(missing.short, missing.what)] if missing.short else []
    parts += [
        f"a {_beside(name, style)}" if short == 1 else f"{count(short)} of {_beside(name, style)}"
        for name, short in missing.others
    ]
    text = " and ".join(parts)
    if missing.attribute is None or not missing.values:
        return text
    short = short_attribute(style.show(missing.attribute))
    if len(missing.values) == 1:
        return f"{text} on {short} {style.show(missing.values[0])}"
    return f"{text} on {'either' if len(missing.values) == 2 else 'any'} {short}"


def _one_line(explanation: Explanation, style: Style) -> Line:
    word, role = _WORDS[explanation.outcome]
    clause = reason_clause(_shown_reason(explanation, style))
    name = style.show(explanation.subject.full_name)
    return Line().add(word, role).add(f"  {name}  ").add(clause).add(f"  {explanation.code}", Role.DIM)


def _verdict_list(explanations: Sequence[Explanation], style: Style) -> list[Line]:
    marks = [verdict_mark(one.outcome, style) for one in explanations]
    mark_width = max(map(columns, marks))
    word_width = max(columns(_WORDS[one.outcome][0]) for one in explanations)
    names = [style.show(one.subject.full_name) for one in explanations]
    name_width = max(map(columns, names))
    edge = _page(style)
    lines: list[Line] = []
    for one, mark, name in zip(explanations, marks, names, strict=True):
        word, role = _WORDS[one.outcome]
        start = mark_width + 1 + word_width + 2
        clause = reason_clause(_shown_reason(one, style))
        first = edge - start - name_width - 2 - columns(one.code) - 2
        parts = wrap(clause, edge - start - columns(one.code) - 2, first=max(first, 10)) or [""]
        line = Line().add(pad(mark, mark_width), role).add(" ").add(pad(word, word_width), role)
        line.add("  ").add(pad(name, name_width)).add("  ").add(parts[0])
        lines.append(line)
        lines.extend(Line().move_to(start).add(part) for part in parts[1:])
        lines[-1].right(one.code, edge, Role.DIM)
    return lines


def _summary(explanations: Sequence[Explanation], style: Style) -> Line:
    counted = Counter(one.outcome for one in explanations)
    parts = [_in_summary(outcome, counted[outcome]) for outcome in Outcome if counted[outcome]]
    kinds = {_kind(one) for one in explanations}
    noun = kinds.pop() if len(kinds) == 1 else "object"
    code = max(one.outcome.exit_code for one in explanations)
    line = Line().add(f"{plural(len(explanations), noun)}: {', '.join(parts)}")
    return line.add(" ").right(f"exit {code}", _page(style))


def _in_summary(outcome: Outcome, number: int) -> str:
    words = {Outcome.BAD_POOL: "in bad pools", Outcome.CEL_ERROR: "with a CEL error"}
    if outcome is Outcome.FITS:
        return f"{count(number)} {'fits' if number == 1 else 'fit'}"
    return f"{count(number)} {words.get(outcome, _WORDS[outcome][0].lower())}"
