"""The abstract syntax of CEL: small frozen nodes, each with an id for side tables and the span it came from.

Operators are calls of the functions that cel-spec names them after (``_&&_``, ``_==_``, ``_[_]``, ``_?_:_``, ``@in``,
``!_``, ``-_``); macros are expanded while the tree is built, comprehensions being the only loop. Types, overloads and
traced values are kept in tables beside the tree, keyed by ``id``.
"""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.record import dataclass, field, replace
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned literal (``5u``): Python has one int, CEL has two."""

    value: int


@dataclass(frozen=True, slots=True)
class SuffixedLiteral:
    """A quantity, version or duration literal of the policy language, as written (``40Gi``, ``v550.54``, ``300s``)."""

    kind: str
    text: str


LiteralValue = None | bool | int | Uint | float | str | bytes | SuffixedLiteral


@dataclass(frozen=True, slots=True, guarded=False)
class Literal:
    """A constant. The value's Python type is its CEL type (``Uint`` for uint)."""

    value: LiteralValue
    id: int = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True, guarded=False)
class Ident:
    """A name; with a leading dot it is looked up from the root container only."""

    name: str
    id: int = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True, guarded=False)
class Select:
    """``operand.member``; ``test_only`` inside ``has()``, ``optional`` for ``operand.?member``.

    ``point`` is the offset where Kubernetes points for a wrong selection: the dot, or the parenthesis of ``has()``.
    """

    operand: Expression
    member: str
    id: int = field(compare=False)
    span: Span = field(compare=False)
    member_span: Span = field(compare=False)
    test_only: bool = False
    optional: bool = False
    point: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, guarded=False)
class Call:
    """A function or operator applied to arguments; ``target`` is the receiver of a member call.

    ``name_span`` is where Kubernetes points for a wrong call: the operator, or the opening parenthesis.
    """

    function: str
    target: Expression | None
    arguments: tuple[Expression, ...]
    id: int = field(compare=False)
    span: Span = field(compare=False)
    name_span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, ?b]``; ``optional_indices`` are the positions of elements written with ``?``."""

    elements: tuple[Expression, ...]
    id: int = field(compare=False)
    span: Span = field(compare=False)
    optional_indices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` of a map literal, ``?key: value`` where ``optional``."""

    key: Expression
    value: Expression
    id: int = field(compare=False)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """``{key: value}``."""

    entries: tuple[Entry, ...]
    id: int = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One ``field: value`` of a message literal; ``point`` is the offset of the colon, where Kubernetes points."""

    name: str
    value: Expression
    id: int = field(compare=False)
    optional: bool = False
    point: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class MessageLiteral:
    """``Name{field: value}``: parsed, so that the checker can say that Kubernetes has no such messages.

    ``point`` is the offset of the brace, where Kubernetes points.
    """

    name: str
    entries: tuple[FieldEntry, ...]
    id: int = field(compare=False)
    span: Span = field(compare=False)
    point: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comprehension:
    """The fold that all loop macros expand to (cel-spec, Macros).

    ``macro`` is the call as the user wrote it: what explanations and messages quote.
    ``iteration_variable2`` is set for the two-variable forms only.
    """

    iteration_range: Expression
    iteration_variable: str
    iteration_variable2: str | None
    accumulator: str
    initial: Expression
    condition: Expression
    step: Expression
    result: Expression
    id: int = field(compare=False)
    span: Span = field(compare=False)
    macro: Call | None = field(default=None, compare=False)


Expression = Literal | Ident | Select | Call | ListLiteral | MapLiteral | MessageLiteral | Comprehension


def children(node: Expression) -> tuple[Expression, ...]:
    """The direct subexpressions in evaluation order."""
    match node:
        case Literal() | Ident():
            return ()
        case Select(operand=operand):
            return (operand,)
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case ListLiteral(elements=elements):
            return elements
        case MapLiteral(entries=entries):
            return tuple(part for entry in entries for part in (entry.key, entry.value))
        case MessageLiteral(entries=fields):
            return tuple(entry.value for entry in fields)
        case Comprehension():
            return (node.iteration_range, node.initial, node.condition, node.step, node.result)


def kubernetes_point(node: Expression) -> int:
    """The offset where Kubernetes' caret stands for a mistake in this node (cel-go: the node's start location)."""
    match node:
        case Call(name_span=name_span):
            return name_span.start
        case Select(point=point) | MessageLiteral(point=point):
            return point
        case Ident(name=name, span=span):
            return span.end - len(name.removeprefix(".")) if name.startswith(".") else span.start
        case Comprehension(macro=Call(name_span=name_span)):
            return name_span.start
        case _:
            return node.span.start


def qualified_name(node: Expression) -> str | None:
    """``a.b.c`` as one name; None if the node is anything but names and dots."""
    names: list[str] = []
    while isinstance(node, Select):
        if node.test_only or node.optional:
            return None
        names.append(node.member)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    return ".".join([node.name, *reversed(names)])


def map_children(
    node: Expression, change: Callable[[Expression], Expression], next_id: Callable[[], int]
) -> Expression:
    """The node again, its parts changed, with a new id."""
    match node:
        case Select(operand=operand):
            return replace(node, operand=change(operand), id=next_id())
        case Call(target=target, arguments=arguments):
            new_target = None if target is None else change(target)
            return replace(node, target=new_target, arguments=tuple([change(each) for each in arguments]), id=next_id())
        case ListLiteral(elements=elements):
            return replace(node, elements=tuple([change(each) for each in elements]), id=next_id())
        case MapLiteral(entries=entries):
            new = tuple([replace(each, key=change(each.key), value=change(each.value)) for each in entries])
            return replace(node, entries=new, id=next_id())
        case MessageLiteral(entries=fields):
            changed = tuple([replace(each, value=change(each.value)) for each in fields])
            return replace(node, entries=changed, id=next_id())
        case _:
            return replace(node, id=next_id())
