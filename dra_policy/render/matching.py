"""Word the answer of a condition over a fleet: how many match, where, and what the others have instead."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.explain.matching import DevicesOfNode, Failure, Matching, Rejection
from dra_policy.render.measure import NARROWEST, cut_middle, wrap
from dra_policy.render.names import count, fold, plural
from dra_policy.render.style import Line, Role, Style
from dra_policy.values import JsonValue

# Lines that one block may take before it says how many more there are.
MOST_LINES = 8
MOST_VALUES = 4
WIDEST_VALUE = 60


def render_matching(matching: Matching, style: Style) -> str:
    """The answer as text; every line is ended. At the lowest level it is the headline."""
    lines = [_headline(matching)]
    if not style.level:
        return f"{lines[0].painted(style)}\n"
    lines += _devices(matching.matched, style, indent=2)
    for failure in matching.failures:
        lines += _failure(failure, style)
    if matching.rejections and matching.devices + matching.errors < matching.total:
        lines += _rejections(matching.rejections, style)
    return "".join(line.painted(style) + "\n" for line in lines)


def _headline(matching: Matching) -> Line:
    nodes = plural(len(matching.matched), "node")
    text = f"{count(matching.devices)} of {plural(matching.total, 'device')}"
    line = Line().add(text, Role.FITS if matching.devices else Role.NEVER)
    if matching.devices:
        line.add(f" on {nodes}")
    if matching.errors:
        line.add(f", {plural(matching.errors, 'error')}", Role.ERROR)
    if not matching.total:
        line.add(": no devices are loaded", Role.DIM)
    return line


def _devices(matched: Sequence[DevicesOfNode], style: Style, *, indent: int) -> list[Line]:
    """Nodes with the same devices share a line."""
    alike: dict[str, list[str]] = {}
    for each in matched:
        alike.setdefault(fold(each.devices), []).append(each.node)
    most = MOST_LINES if style.level < 2 else len(alike)
    lines = [
        Line().add(" " * indent + style.show(f"{fold(nodes)}: {devices}"))
        for devices, nodes in list(alike.items())[:most]
    ]
    hidden = sum(len(nodes) for nodes in list(alike.values())[most:])
    if hidden:
        lines.append(Line().add(f"{' ' * indent}and {plural(hidden, 'more node')} (-v shows all)", Role.DIM))
    return lines


def _failure(failure: Failure, style: Style) -> list[Line]:
    alert = style.symbols.alert
    text = style.show(failure.text)
    end = f" on {plural(failure.number, 'device')}: Kubernetes stops the whole pod where it visits one"
    lines = [Line().add(f"{alert} ", Role.ERROR).add(text, Role.ERROR).add(end)]
    if lines[0].columns > style.width:
        first, *others = wrap(text + end, style.width - 2)
        lines = [Line().add(f"{alert} ", Role.ERROR).add(first, Role.ERROR)]
        lines += [Line().add("  ").add(other) for other in others]
    return [*lines, *_devices(failure.devices, style, indent=4)]


def _rejections(rejections: Sequence[Rejection], style: Style) -> list[Line]:
    most = MOST_LINES if style.level < 2 else len(rejections)
    shown = rejections[:most]
    width = min(max(len(each.reading) for each in shown), style.width // 2)
    number = max(len(count(each.devices)) for each in shown)
    lines = [Line().add("not matched, because it must be", Role.DIM)]
    for each in shown:
        if style.width < NARROWEST:
            lines += _in_few_columns(each, style)
            continue
        line = Line().add(f"  {style.show(each.reading)}")
        line.move_to(max(width + 4, line.columns + 2)).add(f"{count(each.devices):>{number}} fail", Role.CULPRIT)
        line.add(f"  {_values(each, style)}" if each.values or each.absent else "")
        lines.append(line)
    if len(rejections) > most:
        lines.append(Line().add(f"  and {plural(len(rejections) - most, 'more part')} (-v shows all)", Role.DIM))
    return lines


def _in_few_columns(rejection: Rejection, style: Style) -> list[Line]:
    """What a condition wants, and below it who fails and what they have."""
    lines = [Line().add("  ").add(part) for part in wrap(f"{style.show(rejection.reading)}:", style.width - 2)]
    text = f"{count(rejection.devices)} fail, {_values(rejection, style)}".removesuffix(", ")
    return lines + [Line().add("    ").add(part) for part in wrap(text, style.width - 4)]


def _values(rejection: Rejection, style: Style) -> str:
    most = MOST_VALUES if style.level < 2 else len(rejection.values)
    texts = [style.show(each.text) for each in rejection.values[:most]]
    if style.level < 2:
        texts = [cut_middle(text, WIDEST_VALUE, style.symbols.ellipsis) for text in texts]
    parts = [f"{text} ({count(each.devices)})" for text, each in zip(texts, rejection.values, strict=False)]
    if len(rejection.values) > most:
        parts.append(style.symbols.ellipsis)
    have = f"have {', '.join(parts)}" if parts else ""
    absent = f"absent on {count(rejection.absent)}" if rejection.absent else ""
    return "; ".join(part for part in (have, absent) if part)


def refused_document(expression: str, error: str) -> JsonValue:
    """An expression that does not compile, among others that do; ``error`` is Kubernetes' text."""
    return {"apiVersion": "drapolicy.dev/v1", "kind": "Matching", "expression": expression, "error": error}


def matching_document(matching: Matching) -> JsonValue:
    """The answer as JSON-like values (``kind: Matching``)."""
    return {
        "apiVersion": "drapolicy.dev/v1",
        "kind": "Matching",
        "expression": matching.condition.text,
        "total": matching.total,
        "devices": matching.devices,
        "errors": matching.errors,
        "matched": [{"node": each.node, "devices": list(each.devices)} for each in matching.matched],
        "failures": [
            {
                "text": failure.text,
                "kubernetesText": failure.kubernetes_text,
                "devices": failure.number,
                "on": [{"node": each.node, "devices": list(each.devices)} for each in failure.devices],
            }
            for failure in matching.failures
        ],
        "rejections": [
            {
                "condition": each.reading,
                "devices": each.devices,
                "absent": each.absent,
                "values": [{"value": v.text, "type": v.type, "devices": v.devices} for v in each.values],
            }
            for each in matching.rejections
        ],
    }
