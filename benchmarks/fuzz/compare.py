"""Where two answers to the same question differ, and what does not count as a difference."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from benchmarks.fuzz.dice import JsonObject

UNITS = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{unit: Fraction(1000 ** (i + 1)) for i, unit in enumerate("kMGTPE")},
    **{f"{unit}i": Fraction(1024 ** (i + 1)) for i, unit in enumerate("KMGTPE")},
}
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkKMGTPE]i?)?)")
# What a syntax error expects is a list of Kubernetes' parser's tokens: only its place is compared.
_SYNTAX_ERROR = re.compile(r"Syntax error: .*", re.DOTALL)

_FIRST_SYNTAX_ERROR = re.compile(r"ERROR: <input>:[0-9:-]+ Syntax error")

Difference = tuple[str, str]
"""The kind of a difference (``outcome``, ``devices``, ``results``, ``text`` …) and both sides in words."""


def allocation_difference(theirs: JsonObject, ours: JsonObject) -> Difference | None:
    """The first difference of two answers to a case of allocation; None if they agree or cannot be compared."""
    for answer, side in ((theirs, "Kubernetes"), (ours, "drapolicy")):
        if "crashed" in answer or "exception" in answer:
            return "crash", f"{side}: {answer}"
    if "panic" in theirs:
        return None
    if "invalid" in theirs or "invalid" in ours:
        return None if ("invalid" in theirs) == ("invalid" in ours) else _kinds("invalid", theirs, ours)
    if "unsupported" in ours:
        return "unsupported", str(ours["unsupported"])
    found = {node["node"]: node for node in ours["nodes"]}
    for node in theirs["nodes"]:
        difference = _node_difference(node, found.get(node["node"], {}))
        if difference is not None:
            return difference
    return None


def is_undecided(theirs: JsonObject, ours: JsonObject) -> bool:
    """Whether one side gave up on a node: Kubernetes by time, we by steps."""
    nodes = [*theirs.get("nodes", ()), *ours.get("nodes", ())]
    return any("timed_out" in node or "undecided" in node for node in nodes)


def _node_difference(theirs: JsonObject, ours: JsonObject) -> Difference | None:
    if "timed_out" in theirs or "undecided" in ours:
        return None
    for name, kind in (("allocated", "outcome"), ("error", "outcome"), ("error_node_local", "outcome")):
        if bool(theirs.get(name)) != bool(ours.get(name)):
            return _kinds(kind, _brief(theirs), _brief(ours))
    if (theirs.get("devices") or []) != (ours.get("devices") or []):
        return _kinds("devices", theirs.get("devices"), ours.get("devices"))
    if comparable_text(theirs.get("error")) != comparable_text(ours.get("error")):
        return _kinds("text", theirs.get("error"), ours.get("error"))
    left, right = _comparable(theirs.get("results") or []), _comparable(ours.get("results") or [])
    return None if left == right else _kinds("results", left, right)


def _kinds(kind: str, theirs: Any, ours: Any) -> Difference:
    return kind, f"Kubernetes: {theirs}\n drapolicy: {ours}"


def _brief(node: JsonObject) -> JsonObject:
    return {name: value for name, value in node.items() if name != "results"}


def comparable_text(text: str | None) -> str:
    """An error text without what the two sides word differently on purpose."""
    return _SYNTAX_ERROR.sub("Syntax error", text or "")


def _comparable(value: Any, key: str = "") -> Any:
    """JSON without shares' random names, quantities as numbers, requirements in one order, nothing empty."""
    match value:
        case dict() if key == "consumedCapacity":
            return {name: amount(text) for name, text in value.items()}
        case dict():
            parts = {name: _comparable(each, name) for name, each in value.items()}
            return {name: each for name, each in parts.items() if each not in (None, "", [], {})}
        case str() if key == "shareID":
            return "a share"
        case list():
            entries = [_comparable(each, key) for each in value]
            return sorted(entries, key=str) if key in {"matchExpressions", "matchFields", "values"} else entries
        case _:
            return value


def amount(text: str) -> Fraction | str:
    """The number that a quantity stands for; the text itself if it is none."""
    found = _QUANTITY.fullmatch(str(text))
    if found is None:
        return text
    number, exponent, unit = found.groups()
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else UNITS[unit or ""])


def cel_difference(theirs: JsonObject, ours: JsonObject) -> Difference | None:
    """The first difference of two answers to an expression."""
    if "crashed" in theirs or "exception" in ours:
        return "crash", f"Kubernetes: {theirs}\n drapolicy: {ours}"
    if "panic" in theirs:
        return None
    if "invalid" in theirs or "invalid" in ours:
        return None if ("invalid" in theirs) == ("invalid" in ours) else _kinds("invalid", theirs, ours)
    for name in ("compileError", "result", "error"):
        left, right = theirs.get(name), ours.get(name)
        if (left is None) != (right is None):
            return _kinds("outcome", theirs, ours)
        if left == right:
            continue
        if name == "compileError":
            left, right = _first_error(str(left)), _first_error(str(right))
        if left != right:
            return _kinds("text" if name != "result" else "result", left, right)
    for name in ("outputType", "estimatedMaxCost", "actualCost"):
        if name in theirs and theirs[name] != ours.get(name):
            return _kinds(name, theirs, ours)
    return None


def _first_error(text: str) -> str:
    """Place and words of the first error; where the syntax is wrong, the place of the first such error.

    Kubernetes expands macros of what its parser made of wrong syntax, and may complain of those first.
    """
    found = _FIRST_SYNTAX_ERROR.search(text)
    return found.group() if found else text.split("\n", 1)[0]
