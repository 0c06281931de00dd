"""The loops and bindings of an expression as they ran on one device: the rounds that decide, what the others gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dra_policy.cel import Program
from dra_policy.cel.data import Failure, MapValue, OptionalValue, Value
from dra_policy.cel.evaluations import Evaluation
from dra_policy.cel.macros import SORT_INPUT, UNUSED
from dra_policy.cel.printer import Macro, macro_of, optional_macro_of
from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, Literal, children
from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.shown_values import shown
from dra_policy.ir import CelLeaf, Predicate
from dra_policy.ir.reading import shorten
from dra_policy.model import Device
from dra_policy.record import dataclass

_MOST_ROUNDS = 3
_DECISIVE = {"all": False, "exists": True, "exists_one": True, "existsOne": True, "filter": True}
_ALIKE = {
    CheckState.PASSED: ("holds", "hold"),
    CheckState.FAILED: ("does not hold", "do not hold"),
    CheckState.ERROR: ("fails", "fail"),
    CheckState.UNSEEN: ("", ""),
}
_LOGICAL = frozenset(("_&&_", "_||_", "!_", "_?_:_"))


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop as its macro was written: the names of its variables, its parts, the answer that decides (None: none)."""

    names: tuple[str, ...]
    parts: tuple[Expression, ...]
    decisive: bool | None


def loop_checks(predicate: Predicate, device: Device) -> tuple[Check, ...]:
    """What the loops of a leaf did on a device; empty for what has none."""
    if not isinstance(predicate, CelLeaf) or not isinstance(predicate.program, Program):
        return ()
    return program_checks(predicate.program, device)


def program_checks(program: Program, device: Device) -> tuple[Check, ...]:
    """What the loops of a whole expression did on a device."""
    if not _has_loop(program.syntax):
        return ()
    evaluation = program.evaluation(device)
    return () if evaluation is None else _inside(program.syntax, evaluation)


def _has_loop(node: Expression) -> bool:
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Comprehension):
            return True
        pending.extend(children(part))
    return False


def _text(node: Expression) -> str:
    return shorten(node.span.text)


def _inside(node: Expression, evaluation: Evaluation) -> tuple[Check, ...]:
    """What there is to say of the loops of a node, which itself is told already."""
    if isinstance(node, Comprehension):
        return _binding(node, evaluation) if node.iteration_variable == UNUSED else _rounds(node, evaluation)
    if isinstance(node, Call) and (macro := optional_macro_of(node)) is not None:
        return _optional(macro, node, evaluation)
    return tuple(_value_check(part, evaluation) for part in children(node) if _has_loop(part))


def _value_check(node: Expression, around: Evaluation) -> Check:
    """A part that is a value, with the loops inside it."""
    evaluation = around.find(node.id)
    if evaluation is None:
        return Check(CheckState.UNSEEN, _text(node), "not reached", node.span)
    state, finding = _outcome(evaluation.value)
    return Check(state, _text(node), finding, node.span, _inside(node, evaluation))


def _outcome(value: Value) -> tuple[CheckState, str]:
    if isinstance(value, Failure):
        return CheckState.ERROR, f"fails: {value.text}"
    if isinstance(value, bool):
        return (CheckState.PASSED if value else CheckState.FAILED), ""
    return CheckState.PASSED, f"is {shown(value)}"


def _answer_check(node: Expression, around: Evaluation, hidden: frozenset[str] = frozenset(), name: str = "") -> Check:
    """A part that is asked, with its own parts; the values of the variables in ``hidden`` are told already."""
    text = f"{name}: {_text(node)}" if name else _text(node)
    evaluation = around.find(node.id)
    if evaluation is None:
        return Check(CheckState.UNSEEN, text, "not reached", node.span)
    state, finding = _outcome(evaluation.value)
    if isinstance(node, Call) and node.function in _LOGICAL and optional_macro_of(node) is None:
        parts = tuple(_answer_check(part, evaluation, hidden) for part in children(node))
        return Check(state, text, finding, node.span, parts)
    operands = ", ".join(_operands(node, evaluation, hidden))
    told = ", ".join(each for each in (operands, finding) if each)
    return Check(state, text, told, node.span, _inside(node, evaluation))


def _operands(node: Expression, evaluation: Evaluation, hidden: frozenset[str]) -> Iterable[str]:
    """The values that a comparison or call is made of, where they are not written out."""
    for part in children(node) if isinstance(node, Call) else ():
        is_told = isinstance(part, Literal) or (isinstance(part, Ident) and part.name in hidden)
        found = None if is_told or _has_loop(part) else evaluation.find(part.id)
        if found is not None and not isinstance(found.value, Failure) and _text(part) != shown(found.value):
            yield f"{_text(part)} is {shown(found.value)}"


def _binding(node: Comprehension, evaluation: Evaluation) -> tuple[Check, ...]:
    """``cel.bind``: what the name stands for, then what is made of it."""
    if node.accumulator == SORT_INPUT:
        keys = next(part for part in children(node.result) if isinstance(part, Comprehension))
        return _rounds(keys, evaluation)
    value = evaluation.find(node.initial.id)
    text = f"{node.accumulator} = {_text(node.initial)}"
    if value is None:
        bound = Check(CheckState.UNSEEN, text, "not used", node.initial.span)
    else:
        state, finding = _outcome(value.value)
        bound = Check(state, text, finding, node.initial.span, _inside(node.initial, value))
    return bound, _answer_check(node.result, evaluation)


def _optional(macro: Macro, node: Call, evaluation: Evaluation) -> tuple[Check, ...]:
    """``optMap``: the value that the name stands for, then what is made of it; nothing is made of no value."""
    name, body = macro.arguments
    assert isinstance(name, Ident)
    text = f"{name.name} = {_text(macro.target)}"
    receivers = [part for part in evaluation.walk() if part.node == macro.target.id]
    found = next((each.value for each in receivers), None)
    if not isinstance(found, OptionalValue) or not found.has_value:
        finding = f"fails: {found.text}" if isinstance(found, Failure) else "has no value"
        return (Check(CheckState.ERROR if isinstance(found, Failure) else CheckState.UNSEEN, text, finding),)
    bound = Check(CheckState.PASSED, text, f"is {shown(found.value)}", node.span)
    return bound, _answer_check(body, evaluation, frozenset((name.name,)))


def _loop_of(node: Comprehension) -> _Loop:
    macro = macro_of(node)
    count = 1 if node.iteration_variable2 is None else 2
    names = tuple(name.name for name in macro.arguments[:count] if isinstance(name, Ident))
    return _Loop(names, macro.arguments[count:], _DECISIVE.get(macro.name))


def _rounds(node: Comprehension, evaluation: Evaluation) -> tuple[Check, ...]:
    """The rounds that decide, at most three, and how many others there are."""
    source = evaluation.find(node.iteration_range.id)
    before = (_value_check(node.iteration_range, evaluation),) if _has_loop(node.iteration_range) else ()
    if source is None or isinstance(source.value, Failure):
        return before
    loop = _loop_of(node)
    elements = _elements(source.value, len(loop.names))
    whole = evaluation.find(node.id) or evaluation
    steps = [part for part in whole.parts if part.node == node.step.id]
    checks = [_round(loop, element, step) for element, step in zip(elements, steps, strict=False)]
    chosen = _chosen(checks, loop.decisive)
    shown_checks = [checks[number] for number in chosen]
    rest = [check for number, check in enumerate(checks) if number not in chosen]
    return (*before, *shown_checks, *_others(rest, len(elements) - len(checks), loop))


def _elements(value: Value, names: int) -> list[tuple[Value, ...]]:
    if isinstance(value, MapValue):
        return list(value.all_items()) if names == 2 else [(key,) for key in value.all_keys()]
    items = value if isinstance(value, list) else []
    return list(enumerate(items)) if names == 2 else [(item,) for item in items]


def _round(loop: _Loop, element: tuple[Value, ...], step: Evaluation) -> Check:
    name = ", ".join(f"{name} = {shown(value)}" for name, value in zip(loop.names, element, strict=True))
    if len(loop.parts) == 2:
        wanted = step.find(loop.parts[0].id)
        if wanted is None or wanted.value is not True:
            return _answer_check(loop.parts[0], step, frozenset(loop.names), name)
    return _answer_check(loop.parts[-1], step, frozenset(loop.names), name)


def _chosen(checks: Sequence[Check], decisive: bool | None) -> list[int]:
    """The rounds that made the answer what it is; without such rounds the first ones."""
    state = {True: CheckState.PASSED, False: CheckState.FAILED, None: CheckState.ERROR}[decisive]
    deciding = [number for number, check in enumerate(checks) if check.state in (state, CheckState.ERROR)]
    return (deciding or list(range(len(checks))))[:_MOST_ROUNDS]


def _others(rest: Sequence[Check], missing: int, loop: _Loop) -> tuple[Check, ...]:
    """One row for the rounds that are not shown, and one for those that were never begun."""
    found: list[Check] = []
    states = {check.state for check in rest}
    if rest:
        said = _ALIKE[states.pop()][len(rest) > 1] if len(states) == 1 and loop.decisive is not None else ""
        found.append(Check(rest[0].state if said else CheckState.UNSEEN, f"{len(rest):,} more", said))
    if missing > 0:
        found.append(Check(CheckState.UNSEEN, f"{missing:,} more", "not reached"))
    return tuple(found)
