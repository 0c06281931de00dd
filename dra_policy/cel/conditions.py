"""Conditions that cannot hold or do not matter: constants beside `&&` and `||`, terms that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.check import Checked
from dra_policy.cel.hints import SYMBOLS
from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, Literal, Select, children
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Severity, Span


def nodes(expression: Expression) -> Iterator[Expression]:
    """All parts of a tree."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def constant_conditions(expression: Expression, checked: Checked) -> Iterator[Diagnostic]:
    """Terms of ``&&`` and ``||`` that read nothing of a device, and terms of a conjunction that exclude each other."""
    for node in nodes(expression):
        if not (isinstance(node, Call) and node.name_span.text in ("&&", "||")):
            continue
        for part in node.arguments:
            if isinstance(part, Literal):
                yield _constant_condition(node, part)
            elif not _is_logical(part):
                yield from _same_everywhere(part, checked)
    for row in _rows(expression):
        yield from _exclusive(row)
        yield from _empty_ranges(row)


def _warning(code: str, message: str, span: Span, hint: str | None) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, hint=hint)


def _same_everywhere(part: Expression, checked: Checked) -> Iterator[Diagnostic]:
    if not _reads_variable(part, frozenset(), checked):
        message = f"`{_shortened(part.span.text)}` is the same on every device"
        yield _warning("DRA314", message, part.span, "leave it out, or ask for something that a device publishes")


def _reads_variable(node: Expression, own: frozenset[str], checked: Checked) -> bool:
    """Whether a part reads a variable other than those of loops around it, ``own``, and in it."""
    match node:
        case Ident(name=name):
            # The first part of a function's name (`lists.range`) is no value, and so has no type.
            return node.id in checked.types and name not in own
        case Select() if (reference := checked.references.get(node.id)) is not None and not reference.overloads:
            # A name with dots.
            return True
        case Comprehension(iteration_range=over, initial=initial, result=result):
            inner = own | {node.accumulator}
            of_round = inner | {node.iteration_variable, *filter(None, (node.iteration_variable2,))}
            return (
                any(_reads_variable(part, own, checked) for part in (over, initial))
                or any(_reads_variable(part, of_round, checked) for part in (node.condition, node.step))
                or _reads_variable(result, inner, checked)
            )
    return any(_reads_variable(part, own, checked) for part in children(node))


def _constant_condition(node: Call, part: Literal) -> Diagnostic:
    text = part.span.text
    code = "DRA314" if part.value else "DRA315"
    if part.value is (node.name_span.text == "||"):
        return _warning(code, f"`{text}` alone decides this condition; the rest does not matter", part.span, None)
    return _warning(code, f"`{text}` changes nothing here", part.span, "leave it out")


def _is_logical(node: Expression) -> bool:
    return isinstance(node, Call) and node.name_span.text in ("&&", "||")


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _rows(expression: Expression) -> Iterator[list[Expression]]:
    """The terms of each conjunction that is no part of a larger one."""
    waiting: list[tuple[Expression, bool]] = [(expression, False)]
    while waiting:
        node, is_inner = waiting.pop()
        is_row = isinstance(node, Call) and node.name_span.text == "&&"
        if is_row and not is_inner:
            yield _terms(node)
        waiting.extend((child, is_row) for child in children(node))


def _terms(node: Expression) -> list[Expression]:
    if isinstance(node, Call) and node.name_span.text == "&&":
        return [term for part in node.arguments for term in _terms(part)]
    return [node]


def _exclusive(row: list[Expression]) -> Iterator[Diagnostic]:
    """``a == "x" && a == "y"`` is never true."""
    wanted: dict[Expression, Literal] = {}
    for term in row:
        match term:
            case (
                Call(function="_==_", arguments=(Literal() as value, part))
                | Call(function="_==_", arguments=(part, Literal() as value))
            ):
                first = wanted.setdefault(part, value)
                if type(first.value) is type(value.value) and first.value != value.value:
                    message = f"`{part.span.text}` cannot be `{first.span.text}` and `{value.span.text}` at once"
                    hint = f"for either of them write `{part.span.text} in [{first.span.text}, {value.span.text}]`"
                    yield _warning("DRA315", message, term.span, hint)


_MIRRORED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_"}


@dataclass(frozen=True, slots=True)
class _Bound:
    """One side of a range: ``is_open`` leaves the value itself out."""

    value: float
    is_open: bool
    text: str = field(compare=False)


def _empty_ranges(row: list[Expression]) -> Iterator[Diagnostic]:
    """``a > 5 && a < 3`` is never true."""
    lowest: dict[Expression, _Bound] = {}
    highest: dict[Expression, _Bound] = {}
    for term in row:
        found = _comparison(term)
        if found is None:
            continue
        part, function, value = found
        text = f"{SYMBOLS[function]} {value.span.text}"
        bound = _Bound(value.value, function in ("_<_", "_>_"), text)  # type: ignore[arg-type]
        is_lower, is_upper = function in ("_>_", "_>=_", "_==_"), function in ("_<_", "_<=_", "_==_")
        low, high = lowest.get(part), highest.get(part)
        other = high if is_lower and high is not None and _is_empty(bound, high) else None
        if other is None and is_upper and low is not None and _is_empty(low, bound):
            other = low
        if other is not None and not (function == "_==_" and other.text.startswith("==")):
            message = f"`{part.span.text}` cannot be `{other.text}` and `{text}` at once"
            yield _warning("DRA315", message, term.span, "for either of them write `||`")
        if is_lower and (low is None or (bound.value, bound.is_open) > (low.value, low.is_open)):
            lowest[part] = bound
        if is_upper and (high is None or (bound.value, not bound.is_open) < (high.value, not high.is_open)):
            highest[part] = bound


def _comparison(term: Expression) -> tuple[Expression, str, Literal] | None:
    """What is compared with a number, and how; None for any other condition."""
    match term:
        case Call(function=function, arguments=(part, Literal(value=int() | float()) as value)):
            pass
        case Call(function=written, arguments=(Literal(value=int() | float()) as value, part)):
            function = _MIRRORED.get(written, "")
        case _:
            return None
    is_comparison = function in _MIRRORED and not isinstance(value.value, bool)
    return (part, function, value) if is_comparison else None


def _is_empty(low: _Bound, high: _Bound) -> bool:
    return low.value > high.value or (low.value == high.value and (low.is_open or high.is_open))
