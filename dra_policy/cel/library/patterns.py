"""Regular expressions: ``matches``, ``find`` and ``findAll``, all with RE2 (k8s.io/apiserver regex library)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from dra_policy.cel.data import NO_OVERLOAD, Failure, Value
from dra_policy.cel.functions import Function, Overload


class Match(Protocol):
    """A match of a pattern."""

    def group(self) -> str:
        """The text that the whole pattern covers."""

    def end(self) -> int:
        """Where it ends."""

    def start(self) -> int:
        """Where it begins."""


class Pattern(Protocol):
    """A compiled regular expression."""

    def search(self, text: str, pos: int = 0) -> Match | None:
        """The leftmost match from a position on."""


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern | Failure:
    """The pattern ready for use; a Failure where RE2 refuses it."""
    import re2

    refusal = _problem_of_go(pattern)
    if refusal is not None:
        return Failure(f"error parsing regexp: {refusal}")
    options = re2.Options()
    options.log_errors = False
    # Go takes `\\pL{1000}`, whose program in C++ is large.
    options.max_mem = 64 << 20
    try:
        found: Pattern = re2.compile(pattern, options)
    except re2.error as problem:
        return Failure(_refusal(pattern, problem))
    return found


# What the pattern consists of, as far as nesting and names are concerned: quoted text, escapes, classes, groups.
_PIECES = re.compile(
    r"\\Q.*?(?:\\E|$)|(?P<byte>\\C)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|\(\?P?<(?P<name>[^>]*)>|(?P<open>\()|(?P<close>\))",
    re.DOTALL,
)
_GROUP_NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_DEEPEST = 1000


def _problem_of_go(pattern: str) -> str | None:
    """What Go refuses although RE2 (C++) takes it: single bytes, names of groups in other scripts, deep nesting."""
    if "\\C" not in pattern and "(?" not in pattern and len(pattern) < _DEEPEST:
        return None
    depth = 0
    for piece in _PIECES.finditer(pattern):
        depth += (piece["open"] is not None or piece["name"] is not None) - (piece["close"] is not None)
        if depth >= _DEEPEST:
            return f"expression nests too deeply: `{pattern}`"
        if piece["byte"]:
            return "invalid escape sequence: `\\C`"
        if piece["name"] is not None and not _GROUP_NAME.fullmatch(piece["name"]):
            return f"invalid named capture: `{piece[0]}`"
    return None


# RE2's reasons (C++) in the words of Go's regexp/syntax.
_REASONS = {
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "unexpected )": "unexpected )",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid escape sequence": "invalid escape sequence",
    "invalid character class range": "invalid character class range",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "trailing \\": "trailing backslash at end of expression",
    "invalid repetition size": "invalid repeat count",
    "invalid named capture group": "invalid named capture",
}


def _refusal(pattern: str, problem: Exception) -> str:
    reason = problem.args[0] if problem.args else ""
    text = reason.decode() if isinstance(reason, bytes) else str(reason)
    kind, _, part = text.partition(": ")
    if kind in ("missing )", "missing ]") and not part:
        part = pattern
    return f"error parsing regexp: {_REASONS.get(kind, kind)}: `{part}`"


def search(text: Value, pattern: Value) -> Value:
    """``text.matches(pattern)``: whether it matches anywhere."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        return Failure(NO_OVERLOAD)
    expression = compiled(pattern)
    return expression if isinstance(expression, Failure) else expression.search(text) is not None


def find(text: str, pattern: str) -> Value:
    """``text.find(pattern)``: the leftmost match, or the empty string."""
    expression = compiled(pattern)
    if isinstance(expression, Failure):
        return Failure("Illegal regex: " + expression.text)
    found = expression.search(text)
    return "" if found is None else found.group()


def find_all(text: str, pattern: str, limit: int = -1) -> Value:
    """``text.findAll(pattern, limit)``: successive matches, all of them for a negative limit."""
    expression = compiled(pattern)
    if isinstance(expression, Failure):
        return Failure("Illegal regex: " + expression.text)
    found: list[Value] = []
    position, previous_end = 0, -1
    while position <= len(text) and (limit < 0 or len(found) < limit):
        match = expression.search(text, position)
        if match is None:
            break
        # An empty match beside the match before it does not count (Go's FindAllString).
        if match.end() > match.start() or match.start() != previous_end:
            found.append(match.group())
        previous_end = match.end()
        position = match.end() if match.end() > match.start() else match.end() + 1
    return found


def _bare(compute: Callable[..., Value]) -> Callable[..., Value]:
    """A function of a text that refuses anything else with the bare text."""
    return lambda text, *rest: compute(text, *rest) if isinstance(text, str) else Failure(NO_OVERLOAD)


def constant_pattern(function: str, pattern: str) -> Callable[..., Value] | Failure | None:
    """The function with its pattern compiled beforehand; a Failure for a bad pattern, None for other functions."""
    if function not in ("matches", "find", "findAll"):
        return None
    expression = compiled(pattern)
    if isinstance(expression, Failure):
        return expression
    matches = expression.search
    if function == "matches":
        return _bare(lambda text, _: matches(text) is not None)
    return _bare(find) if function == "find" else _find_all_bare


def _find_all_bare(text: Value, pattern: str, limit: Value = -1) -> Value:
    if not isinstance(text, str) or limit.__class__ is not int:
        return Failure(NO_OVERLOAD)
    assert isinstance(limit, int)
    return find_all(text, pattern, limit)


FUNCTIONS = (
    Function("find", (Overload("string_find_string", ("string", "string"), find),)),
    Function(
        "findAll",
        (
            Overload("string_find_all_string", ("string", "string"), find_all),
            Overload("string_find_all_string_int", ("string", "string", "int"), find_all),
        ),
    ),
)
