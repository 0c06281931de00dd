"""Where two answers to the same question differ, and what does not count as a difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

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

# Kubernetes prints a device whole, with addresses in memory; ours has its name.
_WHOLE_DEVICE = re.compile(r"for device &Device\{Name:(.*?),Attributes:.*\} in slice ", re.DOTALL)
# What of an error's text may change without its being another error.
_PARTICULAR = re.compile(r'"[^"]*"|\b(?:claim|class|device|pool|request|slice)s? [^ ,:]*|\d+|&NodeSelector\{\S*')

_FIRST_SYNTAX_ERROR = re.compile(r"ERROR: <input>:[0-9:-]+ Syntax error")


class Difference(NamedTuple):
    """What two answers differ in.

    ``kind`` is ``outcome``, ``devices``, ``results``, ``text`` …; ``words`` are both sides; ``cause`` is what stays of
    them in a smaller case that shows the same difference: two cases with one cause most likely have one reason.
    """

    kind: str
    words: str
    cause: str


def allocation_difference(theirs: JsonObject, ours: JsonObject) -> Difference | None:
    """The first difference of two answers to a case of allocation; None if they agree or cannot be compared."""
    for answer, side in ((theirs, "Kubernetes"), (ours, "drapolicy")):
        if "crashed" in answer or "exception" in answer:
            return Difference("crash", f"{side}: {answer}", _general(str(answer)))
    if "panic" in theirs:
        return None
    if "invalid" in theirs or "invalid" in ours:
        return None if ("invalid" in theirs) == ("invalid" in ours) else _kinds("invalid", theirs, ours)
    if "unsupported" in ours:
        return Difference("unsupported", str(ours["unsupported"]), str(ours["unsupported"]))
    found = {node["node"]: node for node in ours["nodes"]}
    for node in theirs["nodes"]:
        difference = _node_difference(node, found.get(node["node"], {}))
        if difference is not None:
            return difference
    return None


def nodes_that_agree(theirs: JsonObject, ours: JsonObject) -> set[str]:
    """The nodes of which two answers to a case of allocation say the same."""
    found = {node["node"]: node for node in ours.get("nodes", ())}
    pairs = [(node, found[node["node"]]) for node in theirs.get("nodes", ()) if node["node"] in found]
    return {node["node"] for node, own in pairs if _node_difference(node, own) is None}


def is_undecided(theirs: JsonObject, ours: JsonObject) -> bool:
    """Whether one side gave up on a node: Kubernetes by time, we by steps."""
    nodes = [*theirs.get("nodes", ()), *ours.get("nodes", ())]
    return any("timed_out" in node or "undecided" in node for node in nodes)


def _node_difference(theirs: JsonObject, ours: JsonObject) -> Difference | None:
    if "timed_out" in theirs or "undecided" in ours:
        return None
    for name in ("allocated", "error", "error_node_local"):
        if bool(theirs.get(name)) != bool(ours.get(name)):
            cause = f"{_ending(theirs)}, {_ending(ours)}"
            return _kinds("outcome", _brief(theirs), _brief(ours), cause)
    if (theirs.get("devices") or []) != (ours.get("devices") or []):
        return _kinds("devices", theirs.get("devices"), ours.get("devices"), "")
    if comparable_text(theirs.get("error")) != comparable_text(ours.get("error")):
        return _kinds("text", theirs.get("error"), ours.get("error"), f"{_ending(theirs)}, {_ending(ours)}")
    left, right = _comparable(theirs.get("results") or []), _comparable(ours.get("results") or [])
    if left == right:
        return None
    return _kinds("results", left, right, " ".join(sorted(set(_differing_fields(left, right)))))


def _kinds(kind: str, theirs: Any, ours: Any, cause: str | None = None) -> Difference:
    words = f"Kubernetes: {theirs}\n drapolicy: {ours}"
    return Difference(kind, words, _general(words) if cause is None else cause)


def _ending(node: JsonObject) -> str:
    """How a node's answer ends, whatever the names and numbers in it."""
    if node.get("allocated"):
        return "allocated"
    return _general(comparable_text(node["error"])) if "error" in node else "does not fit"


def _general(text: str) -> str:
    return _PARTICULAR.sub("", text)


def _differing_fields(left: Any, right: Any, field: str = "") -> Iterator[str]:
    """The names of the fields in which two documents differ."""
    match left, right:
        case dict(), dict():
            for name in left.keys() | right.keys():
                if left.get(name) != right.get(name):
                    yield from _differing_fields(left.get(name), right.get(name), f"{field}.{name}")
        case list(), list() if len(left) == len(right):
            for one, other in zip(left, right, strict=True):
                if one != other:
                    yield from _differing_fields(one, other, field)
        case _:
            yield field


def _brief(node: JsonObject) -> JsonObject:
    return {name: value for name, value in node.items() if name != "results"}


def comparable_text(text: str | None) -> str:
    """An error text without what the two sides word differently on purpose."""
    named = _WHOLE_DEVICE.sub(r"for device \1 in slice ", text or "")
    return _SYNTAX_ERROR.sub("Syntax error", named)


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
        return _kinds("crash", theirs, ours)
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
