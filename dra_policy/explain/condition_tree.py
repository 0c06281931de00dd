"""The tree of a condition on one device: its parts as CEL evaluates them, with the rounds of their loops."""

from __future__ import annotations

from dra_policy.evaluate import Found, TracedPart
from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.loops import loop_checks
from dra_policy.explain.shown_values import short_value
from dra_policy.ir import AllOf, AnyOf, CelFailure, Choice, Constant, Predicate, reading
from dra_policy.ir.reading import shorten
from dra_policy.model import Device


def part_check(part: TracedPart, device: Device) -> Check:
    """One part of a condition as CEL evaluates it: its value, or the error that Kubernetes would have of it."""
    text = _COMPOUNDS.get(part.predicate.__class__) or _reading(part.predicate)
    state = CheckState.PASSED if part.answer is True else CheckState.FAILED
    finding = ", ".join(_found_text(each, alone=len(part.found) == 1) for each in part.found)
    if isinstance(part.answer, CelFailure):
        state, finding = CheckState.ERROR, f"fails: {part.answer.text}"
    if not part.reached:
        state, finding = CheckState.UNSEEN, f"{finding}, not reached" if finding else "not reached"
    inside = tuple(part_check(each, device) for each in part.parts) or loop_checks(part.predicate, device)
    return Check(state, text, finding, part.predicate.span, inside)


def _reading(predicate: Predicate) -> str:
    """What is asked; for what no device changes the text itself."""
    return shorten(predicate.span.text) if isinstance(predicate, Constant) else reading(predicate)


_COMPOUNDS: dict[type, str] = {AllOf: "all of", AnyOf: "one of", Choice: "if, then, else"}


def _found_text(found: Found, *, alone: bool) -> str:
    value = "none" if found.value is None else short_value(found.value)
    return f"has {value}" if alone else f"{found.path.short_name} {value}"
