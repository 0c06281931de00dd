"""What Kubernetes finds wrong with a node selector, in its words (k8s.io/component-helpers nodeaffinity).

The allocator parses every selector that it comes across; one that cannot be parsed ends the whole call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from dra_policy.model import NodeRequirement, NodeSelector, NodeSelectorTerm
from dra_policy.values import parse_int64
from dra_policy.values.go_text import go_quote
from dra_policy.values.label_names import label_key_complaints, label_value_complaints

_FIELD_OPERATORS = ("In", "NotIn")
_OPERATORS = (*_FIELD_OPERATORS, "Exists", "DoesNotExist", "Gt", "Lt")


def complaint_of(selector: NodeSelector) -> str | None:
    """What cannot be parsed; None where the selector can be."""
    found = [complaint for index, term in enumerate(selector.terms) for complaint in _complaints_of_term(term, index)]
    if not found:
        return None
    different = list(dict.fromkeys(found))
    return different[0] if len(different) == 1 else f"[{', '.join(different)}]"


def printed(selector: NodeSelector) -> str:
    """The selector as its Go type prints itself."""
    terms = "".join(
        f"NodeSelectorTerm{{MatchExpressions:{_printed(term.match_expressions)},"
        f"MatchFields:{_printed(term.match_fields)},}},"
        for term in selector.terms
    )
    return f"&NodeSelector{{NodeSelectorTerms:[]NodeSelectorTerm{{{terms}}},}}"


def _printed(requirements: tuple[NodeRequirement, ...]) -> str:
    inner = "".join(
        f"NodeSelectorRequirement{{Key:{each.key},Operator:{each.operator},Values:[{' '.join(each.values)}],}},"
        for each in requirements
    )
    return f"[]NodeSelectorRequirement{{{inner}}}"


def _complaints_of_term(term: NodeSelectorTerm, number: int) -> Iterator[str]:
    path = f"nodeSelectorTerms[{number}]"
    for index, each in enumerate(term.match_expressions):
        yield from _complaints(each, f"{path}.matchExpressions[{index}]")
    for index, each in enumerate(term.match_fields):
        yield from _complaints_of_field(each, f"{path}.matchFields[{index}]")


def _complaints(requirement: NodeRequirement, path: str) -> Iterator[str]:
    """The complaints about a requirement of labels; one of an unknown operator has no others."""
    if requirement.operator not in _OPERATORS:
        yield _unsupported(requirement, path, _OPERATORS)
        return
    wrong_key = label_key_complaints(requirement.key)
    if wrong_key:
        yield f"{path}.key: Invalid value: {go_quote(requirement.key)}: {'; '.join(wrong_key)}"
    yield from _complaints_of_values(requirement, f"{path}.values")
    for index, value in enumerate(requirement.values):
        wrong_value = label_value_complaints(value)
        if wrong_value:
            where = f"{path}.values[{index}][{requirement.key}]"
            yield f"{where}: Invalid value: {go_quote(value)}: {'; '.join(wrong_value)}"


def _complaints_of_values(requirement: NodeRequirement, path: str) -> Iterator[str]:
    values = requirement.values
    match requirement.operator:
        case "In" | "NotIn" if not values:
            yield f"{path}: {_invalid(requirement)}: for 'in', 'notin' operators, values set can't be empty"
        case "Exists" | "DoesNotExist" if values:
            yield f"{path}: {_invalid(requirement)}: values set must be empty for exists and does not exist"
        case "Gt" | "Lt":
            if len(values) != 1:
                yield f"{path}: {_invalid(requirement)}: for 'Gt', 'Lt' operators, exactly one value is required"
            for index, value in enumerate(values):
                if parse_int64(value) is None:
                    reason = "for 'Gt', 'Lt' operators, the value must be an integer"
                    yield f"{path}[{index}]: Invalid value: {go_quote(value)}: {reason}"


def _complaints_of_field(requirement: NodeRequirement, path: str) -> Iterator[str]:
    if requirement.operator not in _FIELD_OPERATORS:
        yield _unsupported(requirement, path, _FIELD_OPERATORS)
    elif len(requirement.values) != 1:
        yield f"{path}.values: {_invalid(requirement)}: must have one element"


def _unsupported(requirement: NodeRequirement, path: str, known: tuple[str, ...]) -> str:
    supported = ", ".join(f'"{each}"' for each in known)
    # The operator is no plain string to Go, so it is printed as JSON.
    return f"{path}.operator: Unsupported value: {_json(requirement.operator)}: supported values: {supported}"


def _invalid(requirement: NodeRequirement) -> str:
    """The values as the message shows them: a list that is not written is null."""
    is_listed = requirement.values or requirement.has_empty_values
    return f"Invalid value: {_json(list(requirement.values) if is_listed else None)}"


def _json(value: object) -> str:
    """JSON as Go writes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate({ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
