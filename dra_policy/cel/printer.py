"""Print a tree as CEL: one canonical text, which parses to an equal tree, and where each node stands in it."""

from __future__ import annotations

from bisect import bisect_right

from dra_policy.cel.macros import SORT_INPUT, UNUSED
from dra_policy.cel.nesting import recursion_room
from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Expression,
    Ident,
    ListLiteral,
    Literal,
    LiteralValue,
    MapLiteral,
    MessageLiteral,
    Select,
    SuffixedLiteral,
    Uint,
)
from dra_policy.record import dataclass
from dra_policy.text import Span

_BINARY = {
    "_||_": ("||", 1),
    "_&&_": ("&&", 2),
    "_==_": ("==", 3),
    "_!=_": ("!=", 3),
    "_<_": ("<", 3),
    "_<=_": ("<=", 3),
    "_>_": (">", 3),
    "_>=_": (">=", 3),
    "@in": ("in", 3),
    "_+_": ("+", 4),
    "_-_": ("-", 4),
    "_*_": ("*", 5),
    "_/_": ("/", 5),
    "_%_": ("%", 5),
}
_UNARY = {"!_": "!", "-_": "-"}
# Binding strength: a ternary binds weakest, a selector strongest.
_TERNARY, _SIGN, _MEMBER, _PARENTHESES = 0, 6, 7, 8


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Which stretch of a printed text came from where: (start, end, span) in the order of their starts, outer first."""

    stretches: tuple[tuple[int, int, Span], ...]

    def locate(self, start: int, end: int) -> Span | None:
        """The span of the innermost node whose text holds a stretch; None outside of the text."""
        place = bisect_right(self.stretches, start, key=lambda stretch: stretch[0])
        for first, last, span in reversed(self.stretches[:place]):
            if first <= start and end <= last:
                return span
        return None


def print_expression(expression: Expression) -> str:
    """The canonical text: single spaces, double quotes, parentheses only where they matter, macros as calls.

    ``parse(print_expression(tree))`` is equal to ``tree``, and printing that again gives the same text.
    """
    return _printed(_Printer(), expression)


def print_with_map(expression: Expression) -> tuple[str, SourceMap]:
    """The canonical text, and which part of it stands for which span of the tree's own source."""
    printer = _MappingPrinter()
    text = _printed(printer, expression)
    printer.stretches.sort(key=lambda stretch: (stretch[0], -stretch[1]))
    return text, SourceMap(tuple(printer.stretches))


def _printed(printer: _Printer, expression: Expression) -> str:
    # A short text of a policy may stand for a tree that is put together of many definitions.
    with recursion_room():
        printer.put(expression, _TERNARY)
    return "".join(printer.parts)


class _Printer:
    """Collects pieces of text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._write = self.parts.append

    def put(self, node: Expression, strength: int) -> None:
        """Print a node where something that binds with ``strength`` stands around it."""
        if strength > _TERNARY and _strength(node) < strength:
            self._write("(")
            self._node(node)
            self._write(")")
        else:
            self._node(node)

    def _node(self, node: Expression) -> None:
        match node:
            case Literal(value=value):
                self._write(literal_text(value))
            case Ident(name=name):
                self._write(name)
            case Select():
                self._select(node)
            case Call():
                self._call(node)
            case ListLiteral():
                self._list(node)
            case MapLiteral():
                self._map(node)
            case MessageLiteral():
                self._message(node)
            case Comprehension():
                self._macro(macro_of(node))

    def _select(self, node: Select) -> None:
        if node.test_only:
            self._write("has(")
        self.put(node.operand, _MEMBER)
        self._write(".?" if node.optional else ".")
        self._write(field_text(node.member))
        if node.test_only:
            self._write(")")

    def _call(self, node: Call) -> None:
        optional = optional_macro_of(node)
        if optional is not None:
            self._macro(optional)
        elif node.function in _BINARY and node.target is None and len(node.arguments) == 2:
            self._binary(node)
        elif node.function in _UNARY and node.target is None and len(node.arguments) == 1:
            self._write(_UNARY[node.function])
            self._signed(node.arguments[0])
        elif node.function == "_?_:_" and node.target is None and len(node.arguments) == 3:
            self._ternary(node)
        elif node.function in ("_[_]", "_[?_]") and node.target is None and len(node.arguments) == 2:
            self.put(node.arguments[0], _MEMBER)
            self._write("[?" if node.function == "_[?_]" else "[")
            self.put(node.arguments[1], _TERNARY)
            self._write("]")
        else:
            self._plain_call(node.function, node.target, node.arguments)

    def _signed(self, operand: Expression) -> None:
        self.put(operand, _PARENTHESES if _starts_with_number_or_sign(operand) else _SIGN)

    def _binary(self, node: Call) -> None:
        symbol, strength = _BINARY[node.function]
        left, right = node.arguments
        # The parser makes balanced trees of a row of equal logical operators; all others bind to the left.
        is_row = strength <= 2 and _terms_in_row(node, node.function) > 0
        self.put(left, strength if strength > 2 or is_row else strength + 1)
        self._write(f" {symbol} ")
        self.put(right, strength if is_row else strength + 1)

    def _ternary(self, node: Call) -> None:
        condition, yes, no = node.arguments
        self.put(condition, _TERNARY + 1)
        self._write(" ? ")
        self.put(yes, _TERNARY + 1)
        self._write(" : ")
        self.put(no, _TERNARY)

    def _plain_call(self, function: str, target: Expression | None, arguments: tuple[Expression, ...]) -> None:
        if target is not None:
            self.put(target, _MEMBER)
            self._write(".")
        self._write(function)
        self._write("(")
        self._row(arguments)
        self._write(")")

    def _row(self, nodes: tuple[Expression, ...], optional: tuple[int, ...] = ()) -> None:
        for place, node in enumerate(nodes):
            if place:
                self._write(", ")
            if place in optional:
                self._write("?")
            self.put(node, _TERNARY)

    def _list(self, node: ListLiteral) -> None:
        self._write("[")
        self._row(node.elements, node.optional_indices)
        self._write("]")

    def _map(self, node: MapLiteral) -> None:
        self._write("{")
        for place, entry in enumerate(node.entries):
            self._write(", " * (place > 0) + "?" * entry.optional)
            self.put(entry.key, _TERNARY)
            self._write(": ")
            self.put(entry.value, _TERNARY)
        self._write("}")

    def _message(self, node: MessageLiteral) -> None:
        self._write(f"{node.name}{{")
        for place, entry in enumerate(node.entries):
            self._write(", " * (place > 0) + "?" * entry.optional + field_text(entry.name) + ": ")
            self.put(entry.value, _TERNARY)
        self._write("}")

    def _macro(self, call: Macro) -> None:
        self._plain_call(call.name, call.target, call.arguments)


class _MappingPrinter(_Printer):
    """Remembers the stretches of nodes as well."""

    def __init__(self) -> None:
        super().__init__()
        self.stretches: list[tuple[int, int, Span]] = []
        self._write = self._write_counted
        self._length = 0

    def _write_counted(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)

    def put(self, node: Expression, strength: int) -> None:
        """Print a node and note where it stands."""
        start = self._length
        super().put(node, strength)
        self.stretches.append((start, self._length, node.span))


@dataclass(frozen=True, slots=True)
class Macro:
    """A call of a macro as it is written."""

    name: str
    target: Expression
    arguments: tuple[Expression, ...]


def _strength(node: Expression) -> int:
    """How strongly the outermost operator of a node binds."""
    if isinstance(node, Literal):
        return _SIGN if _is_negative(node.value) else _MEMBER
    if not isinstance(node, Call) or node.target is not None or optional_macro_of(node) is not None:
        return _MEMBER
    if node.function in _BINARY and len(node.arguments) == 2:
        return _BINARY[node.function][1]
    if node.function in _UNARY:
        return _SIGN
    return _TERNARY if node.function == "_?_:_" else _MEMBER


def _terms_in_row(node: Expression, function: str) -> int:
    """How many terms a row of one logical operator has that the parser makes into this tree; 0 if there is none."""
    if not (isinstance(node, Call) and node.function == function and len(node.arguments) == 2):
        return 1
    left, right = (_terms_in_row(argument, function) for argument in node.arguments)
    is_balanced = left > 0 and right > 0 and left == (left + right - 1) // 2 + 1
    return left + right if is_balanced else 0


def _is_negative(value: LiteralValue) -> bool:
    return type(value) in (int, float) and str(value).startswith("-")


def _starts_with_number_or_sign(node: Expression) -> bool:
    """Whether a sign before the node's text would become a part of its number, or follow another sign."""
    match node:
        case Literal(value=value):
            return type(value) in (int, float)
        case Call(target=None, function="!_" | "-_"):
            return True
    receiver = _receiver(node)
    return receiver is not None and _starts_with_number_or_sign(receiver)


def _receiver(node: Expression) -> Expression | None:
    """The part that a node's text begins with, before its first dot or index; None if it begins otherwise."""
    match node:
        case Comprehension():
            return macro_of(node).target
        case Call() if (macro := optional_macro_of(node)) is not None:
            return macro.target
        case (
            Select(operand=receiver, test_only=False)
            | Call(target=None, function="_[_]" | "_[?_]", arguments=(receiver, _))
        ):
            return receiver
        case Call(target=target):
            return target
        case _:
            return None


# Macros, read back from what they expand to: a tree that was changed after parsing prints as it is now.


def optional_macro_of(node: Call) -> Macro | None:
    """The ``optMap`` or ``optFlatMap`` that expanded to a choice; None for any other call."""
    match node:
        case Call(
            function="_?_:_",
            target=None,
            arguments=(
                Call(function="hasValue", target=receiver),
                body,
                Call(function="optional.none", target=None, arguments=()),
            ),
        ) if receiver is not None:
            return _optional_body(receiver, body)
        case _:
            return None


def _optional_body(target: Expression, body: Expression) -> Macro | None:
    match body:
        case Call(function="optional.of", target=None, arguments=(Comprehension() as inner,)):
            name = "optMap"
        case Comprehension() as inner:
            name = "optFlatMap"
        case _:
            return None
    match inner:
        case Comprehension(
            iteration_variable="#unused",
            initial=Call(function="value", target=bound, arguments=()),
            accumulator=variable,
        ) if bound == target:
            return Macro(name, target, (Ident(variable, 0, inner.span), inner.result))
        case _:
            return None


def macro_of(node: Comprehension) -> Macro:
    """The macro call that a loop stands for. Raises ValueError for a loop that no macro makes."""
    if node.iteration_variable == UNUSED:
        return _binding_macro(node)
    written = node.macro.function if node.macro is not None else ""
    names: list[Expression] = [Ident(node.iteration_variable, 0, node.span)]
    if node.iteration_variable2 is not None:
        names.append(Ident(node.iteration_variable2, 0, node.span))
    match node.initial, node.step:
        case Literal(value=True), Call(function="_&&_", arguments=(_, predicate)):
            return Macro("all", node.iteration_range, (*names, predicate))
        case Literal(value=False), Call(function="_||_", arguments=(_, predicate)):
            return Macro("exists", node.iteration_range, (*names, predicate))
        case Literal(value=int()), Call(function="_?_:_", arguments=(predicate, _, _)):
            name = written if written in ("exists_one", "existsOne") else "exists_one"
            return Macro(name, node.iteration_range, (*names, predicate))
        case _, step:
            return _collecting_macro(node, names, step, written)


def _collecting_macro(node: Comprehension, names: list[Expression], step: Expression, written: str) -> Macro:
    """``map``, ``filter`` and the transforming macros: a step that adds, perhaps under a condition."""
    wanted: tuple[Expression, ...] = ()
    match step:
        case Call(function="_?_:_", arguments=(condition, chosen, _)):
            wanted, step = (condition,), chosen
    match step:
        case Call(function="_+_", arguments=(_, ListLiteral(elements=(element,)))):
            if node.iteration_variable2 is not None:
                return Macro("transformList", node.iteration_range, (*names, *wanted, element))
            is_filter = written != "map" and wanted and element == names[0]
            parts = wanted if is_filter else (*wanted, element)
            return Macro("filter" if is_filter else "map", node.iteration_range, (*names, *parts))
        case Call(function="cel.@mapInsert", arguments=(_, _, value)):
            return Macro("transformMap", node.iteration_range, (*names, *wanted, value))
        case Call(function="cel.@mapInsert", arguments=(_, entry)):
            return Macro("transformMapEntry", node.iteration_range, (*names, *wanted, entry))
        case _:
            raise ValueError("this loop is not the expansion of a macro")


def _binding_macro(node: Comprehension) -> Macro:
    if node.accumulator != SORT_INPUT:
        cel = Ident("cel", 0, node.span)
        return Macro("bind", cel, (Ident(node.accumulator, 0, node.span), node.initial, node.result))
    match node.result:
        case Call(
            arguments=(Comprehension(step=Call(arguments=(_, ListLiteral(elements=(key,))))) as keys,),
        ):
            return Macro("sortBy", node.initial, (Ident(keys.iteration_variable, 0, node.span), key))
        case _:
            raise ValueError("this loop is not the expansion of a macro")


# Constants


def literal_text(value: LiteralValue) -> str:
    """A constant as CEL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Uint(value=number):
            return f"{number}u"
        case float():
            return _double_text(value)
        case str():
            return f'"{value.translate(_ESCAPED)}"'
        case bytes():
            return f'b"{"".join(_escaped_byte(byte) for byte in value)}"'
        case SuffixedLiteral(text=text):
            return text


def field_text(name: str) -> str:
    """A field's name, in backticks where it is no identifier."""
    is_plain = name.isidentifier() and name.isascii() and name not in ("in", "true", "false", "null")
    return name if is_plain else f"`{name}`"


def _double_text(value: float) -> str:
    text = repr(value)
    return text if any(mark in text for mark in ".e") else f"{text}.0"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127)} | {ord(each): text for each, text in _ESCAPES.items()}


def _escaped_byte(byte: int) -> str:
    return chr(byte).translate(_ESCAPED) if byte < 0x7F else f"\\x{byte:02x}"
