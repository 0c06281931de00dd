"""Explanations as JSON: the contract of which every text is a rendering (``explanation.schema.json`` beside this file).

Lists are ordered as printed; what is unknown is null, never absent; numbers of devices are integers, quantities the
published text; lines and columns count from 1 in code points, ends are exclusive. Keys are only ever added within v1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.explain.checks import Check
from dra_policy.explain.device_view import DeviceView
from dra_policy.explain.evidence import Evidence
from dra_policy.explain.explanation import Explanation, NodeGroup, Shortage
from dra_policy.explain.funnel import Funnel, Row
from dra_policy.text import Diagnostic, Severity, Span
from dra_policy.values import JsonValue

API_VERSION = "drapolicy.dev/v1"

Object = dict[str, JsonValue]


def explanation_json(explanations: Sequence[Explanation], diagnostics: Sequence[Diagnostic] = ()) -> str:
    """An ``ExplanationList`` as text, ended by a line end."""
    import json

    return json.dumps(explanation_list(explanations, diagnostics), indent=2, ensure_ascii=False) + "\n"


def explanation_list(explanations: Sequence[Explanation], diagnostics: Sequence[Diagnostic] = ()) -> Object:
    """Several explanations as one object, with the findings that are not told in one of them.

    ``exit`` is the exit code of all.
    """
    codes = [each.outcome.exit_code for each in explanations]
    codes += [2 for each in diagnostics if each.severity is Severity.ERROR]
    items: list[JsonValue] = [explanation_document(each) for each in explanations]
    return {
        "apiVersion": API_VERSION,
        "kind": "ExplanationList",
        "exit": max(codes, key=(0, 1, 4, 2).index, default=0),
        "items": items,
        "diagnostics": [diagnostic_document(each) for each in diagnostics],
    }


def diagnostic_document(diagnostic: Diagnostic) -> Object:
    """A finding as plain values."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "span": span_document(diagnostic.span),
        "hint": diagnostic.hint,
        "notes": list(diagnostic.notes),
    }


def explanation_document(explanation: Explanation) -> Object:
    """One explanation as plain values."""
    subject, search, reason = explanation.subject, explanation.search, explanation.reason
    chosen = explanation.chosen
    return {
        "apiVersion": API_VERSION,
        "kind": "Explanation",
        "subject": {
            "kind": subject.kind,
            "namespace": subject.namespace or None,
            "name": subject.name,
            "file": subject.file,
        },
        "verdict": explanation.outcome.value,
        "code": explanation.code,
        "fitsNow": explanation.fits_now,
        "fitsIdle": explanation.fits_idle,
        "exit": explanation.outcome.exit_code,
        "reason": {"template": reason.template, "args": _values(reason.arguments, in_camel_case=True)},
        "kubernetes": {
            "text": explanation.kubernetes.text,
            "nodes": explanation.kubernetes.nodes,
            "stopsPod": explanation.kubernetes.stops_pod,
            "isAsked": explanation.kubernetes.is_asked,
        },
        "fleet": {
            "digest": explanation.fleet.digest,
            "nodes": explanation.fleet.nodes,
            "devices": explanation.fleet.devices,
            "feature": _values(explanation.fleet.features),
        },
        "allocation": None
        if chosen is None
        else {"node": chosen.node, "devices": {name: list(names) for name, names in chosen.devices.items()}},
        "requests": [_funnel(each) for each in explanation.requests],
        "evidence": [_evidence(each) for each in explanation.evidence],
        "conflicts": None,
        "fixes": None,
        "closest": [_node_group(each) for each in explanation.closest],
        "search": None
        if search is None
        else {"steps": search.steps, "budget": search.budget, "complete": search.complete},
        "notes": list(explanation.notes),
    }


def device_json(views: Sequence[DeviceView]) -> str:
    """The views of one device as text, ended by a line end."""
    import json

    document: Object = {
        "apiVersion": API_VERSION,
        "kind": "DeviceExplanationList",
        "items": [_device_view(view) for view in views],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _device_view(view: DeviceView) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": "DeviceExplanation",
        "device": view.device,
        "model": view.model,
        "subject": view.subject,
        "claim": view.claim or None,
        "request": view.request,
        "fits": view.fits,
        "conditions": [_check(check) for check in view.conditions],
        "state": [_check(check) for check in view.state],
        "across": [_check(check) for check in view.across],
    }


def _check(check: Check) -> Object:
    return {
        "state": check.state.value,
        "text": check.text,
        "finding": check.finding or None,
        "span": span_document(check.span),
        "parts": [_check(part) for part in check.parts],
    }


def span_document(span: Span | None) -> Object | None:
    """A place in the file that the user wrote; ``line`` is that of the start, ``endLine`` that of the end."""
    if span is None:
        return None
    outer = span.outermost()
    start, end = outer.position, outer.end_position
    return {
        "file": outer.source.name,
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _values(arguments: Mapping[str, object], *, in_camel_case: bool = False) -> Object:
    return {_camel(name) if in_camel_case else name: _plain(value) for name, value in arguments.items()}


def _plain(value: object) -> JsonValue:
    """A value of a reason or of evidence: records become objects with their fields in camel case."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Span):
        return span_document(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    names: Sequence[str] = type(value).__match_args__  # type: ignore[attr-defined]
    return {_camel(name): _plain(getattr(value, name)) for name in names}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _evidence(evidence: Evidence) -> Object:
    """``kind`` is the class's name in kebab case, the other keys are its fields."""
    fields = _plain(evidence)
    assert isinstance(fields, dict)
    return {"kind": _kebab(type(evidence).__name__), **fields}


def _funnel(funnel: Funnel) -> Object:
    return {
        "claim": funnel.claim,
        "name": funnel.name,
        "alternative": funnel.alternative,
        "mode": funnel.mode,
        "count": funnel.count,
        "ok": funnel.ok,
        "left": funnel.left,
        "nodes": funnel.nodes,
        "funnelOn": "idle" if funnel.is_idle else "now",
        "lostAt": funnel.lost_at,
        "rows": [_row(row) for row in funnel.rows],
    }


def _row(row: Row) -> Object:
    """Every row has the counts; further keys by what it is about."""
    document: Object = {"id": row.id}
    match row.id:
        case "class":
            document["class"] = row.name
        case "node":
            refused: list[JsonValue] = [
                {"kind": each.kind, "what": each.what or None, "nodes": list(each.nodes)} for each in row.refused
            ]
            document |= {"span": span_document(row.span), "refused": refused}
        case "condition":
            document |= {"text": row.text, "exact": row.exact, "class": row.name or None}
            document |= {"owner": row.owner, "span": span_document(row.span)}
        case "same-attribute" | "distinct-attribute":
            document |= {"attribute": row.name, "with": list(row.partners), "span": span_document(row.span)}
        case "total" | "capacity":
            document |= {"text": row.text, "capacity": row.name, "span": span_document(row.span)}
    document |= {"left": row.left, "alone": row.alone, "nodes": row.nodes, "ifDropped": _dropped(row)}
    if row.id == "condition":
        values: list[JsonValue] = [
            {"value": each.text, "type": each.type, "devices": each.devices} for each in row.values
        ]
        document |= {"values": values, "absent": row.absent, "errors": row.errors}
    return document


def _dropped(row: Row) -> Object | None:
    if row.if_dropped_nodes is not None:
        return {"nodes": row.if_dropped_nodes}
    return None if row.if_dropped is None else {"devices": row.if_dropped}


def _node_group(group: NodeGroup) -> Object:
    missing: list[JsonValue] = [_shortage(each) for each in group.missing]
    return {"nodes": list(group.nodes), "have": group.have, "wanted": group.wanted, "missing": missing}


def _shortage(missing: Shortage) -> Object:
    return {
        "kind": missing.kind,
        "what": missing.what or None,
        # Where the nearest devices fail a condition, nobody counted how many there would have to be.
        "short": missing.short if missing.kind in ("devices", "together", "none") else None,
        "attribute": missing.attribute,
        "values": list(missing.values),
        "have": missing.have,
        "gap": missing.gap,
        "wanted": missing.wanted,
        "request": missing.request or None,
        "others": [{"request": name, "short": short} for name, short in missing.others],
    }
