"""Build CEL's tree while its text is parsed: precedence, signs, macros, literals, reserved words.

One method for each rule of ``grammar/cel.lark``, called with the list of its children. The policy language's parser
merges these methods into its own (``merge_transformers(policy, cel=builder)``), so both texts give identical trees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isinf
from typing import Protocol

from dra_policy.cel import literals
from dra_policy.cel.macros import MacroMisuseError, expand
from dra_policy.cel.problems import Problem
from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Entry,
    Expression,
    FieldEntry,
    Ident,
    ListLiteral,
    Literal,
    LiteralValue,
    MapLiteral,
    MessageLiteral,
    Select,
    SuffixedLiteral,
    Uint,
    kubernetes_point,
    qualified_name,
)
from dra_policy.cel.syntax_options import EVERYTHING, RESERVED, SyntaxOptions
from dra_policy.record import dataclass
from dra_policy.text import Source, Span

_FUNCTIONS = {
    "||": "_||_",
    "&&": "_&&_",
    "==": "_==_",
    "!=": "_!=_",
    "<": "_<_",
    "<=": "_<=_",
    ">": "_>_",
    ">=": "_>=_",
    "in": "@in",
    "+": "_+_",
    "-": "_-_",
    "*": "_*_",
    "/": "_/_",
    "%": "_%_",
}
_BINDING = {"_+_": 2, "_-_": 2, "_*_": 3, "_/_": 3, "_%_": 3}
# What can stand between two signs: comments begin with `#` in the policy language only.
_BLANK = re.compile(r"(?:\s|(?://|#)[^\n]*)*")
_NODES = (Literal, Ident, Select, Call, ListLiteral, MapLiteral, MessageLiteral, Comprehension)


class Token(Protocol):
    """What the builder needs of a token, whether Lark's or our own."""

    type: str
    value: str
    start_pos: int
    end_pos: int


@dataclass(frozen=True, slots=True)
class _Element:
    """An element written with ``?``."""

    expression: Expression


class ExpressionBuilder:
    """Makes one tree after another; ``begin`` starts a text, ``problems`` are what was wrong in it."""

    def __init__(self, source: Source | None = None, options: SyntaxOptions = EVERYTHING) -> None:
        """Build for a text; without one, ``begin`` must be called first."""
        self.problems: list[Problem] = []
        self._options = options
        if source is not None:
            self.begin(source, options)

    def begin(self, source: Source, options: SyntaxOptions = EVERYTHING) -> None:
        """Start a new text and forget the problems of the last one."""
        self._source = source
        self._options = options
        self.problems = []
        self._last_id = 0
        # Where a node in parentheses starts and ends with them, by id.
        self._enclosed: dict[int, tuple[int, int]] = {}
        # Numbers that are too large as they stand; a sign can come before, and makes the smallest int one that is not.
        self._unsigned: dict[int, Literal] = {}
        # Where the last minus that is an operator ended; the minus behind one, which is no number's sign then, by that.
        self._last_minus: int | None = None
        self._second_signs: dict[int, Token] = {}

    def finish(self) -> None:
        """Add the problems that only the end of the text settles."""
        for number in self._unsigned.values():
            self._invalid_number(number.span, "int" if isinstance(number.value, int) else "double")

    def refuse_reserved_words(self, tokens: Sequence[Token]) -> None:
        """Report reserved words among tokens that became no node; those that did are reported already."""
        reported = {problem.span.start for problem in self.problems}
        before = ""
        for token in tokens:
            if token.type == "IDENT" and before not in (".", "?") and token.start_pos not in reported:
                self._refuse_reserved(token, token)
            before = token.value

    def next_id(self) -> int:
        """A fresh node id."""
        self._last_id += 1
        return self._last_id

    # Operators

    def conditional(self, children: list[Expression | Token]) -> Expression:
        """``condition ? yes : no``."""
        condition, mark, yes, _, no = children
        return self._operation("_?_:_", mark, (condition, yes, no))  # type: ignore[arg-type]

    def chain(self, children: list[Expression | Token]) -> Expression:
        """Operands and operators in turn, as written: brings in precedence."""
        return self._relation(children) if len(children) == 3 else self._joined(children, "||", "_||_")

    def _joined(self, parts: list[Expression | Token], symbol: str, function: str) -> Expression:
        terms: list[Expression] = []
        operators: list[Token] = []
        start = 0
        for place in range(1, len(parts), 2):
            operator = parts[place]
            if operator.value == symbol:  # type: ignore[union-attr]
                terms.append(self._term(parts[start:place], symbol))
                operators.append(operator)  # type: ignore[arg-type]
                start = place + 1
        terms.append(self._term(parts[start:], symbol))
        return self._balanced(function, terms, operators, 0, len(operators) - 1)

    def _term(self, parts: list[Expression | Token], symbol: str) -> Expression:
        if len(parts) == 1:
            return parts[0]  # type: ignore[return-value]
        return self._joined(parts, "&&", "_&&_") if symbol == "||" else self._relation(parts)

    def _balanced(
        self, function: str, terms: list[Expression], operators: list[Token], low: int, high: int
    ) -> Expression:
        """A tree of a logical operator with short branches, as cel-go makes it: long conditions stay shallow."""
        if low > high:
            return terms[low]
        middle = (low + high + 1) // 2
        left = self._balanced(function, terms, operators, low, middle - 1)
        right = self._balanced(function, terms, operators, middle + 1, high)
        return self._operation(function, operators[middle], (left, right))

    def _relation(self, parts: list[Expression | Token]) -> Expression:
        """Comparisons, sums and products, which bind to the left; or one operator of any kind."""
        if len(parts) == 3:
            left, sign, right = parts
            return self._operation(_FUNCTIONS[sign.value], sign, (left, right))  # type: ignore[arg-type, index, union-attr]
        operands: list[Expression] = [parts[0]]  # type: ignore[list-item]
        waiting: list[tuple[int, str, Token]] = []
        for place in range(1, len(parts), 2):
            operator: Token = parts[place]  # type: ignore[assignment]
            function = _FUNCTIONS[operator.value]
            binding = _BINDING.get(function, 1)
            while waiting and waiting[-1][0] >= binding:
                self._apply(waiting.pop(), operands)
            waiting.append((binding, function, operator))
            operands.append(parts[place + 1])  # type: ignore[arg-type]
        while waiting:
            self._apply(waiting.pop(), operands)
        return operands[0]

    def _apply(self, waiting: tuple[int, str, Token], operands: list[Expression]) -> None:
        right = operands.pop()
        operands[-1] = self._operation(waiting[1], waiting[2], (operands[-1], right))

    def _operation(self, function: str, operator: Token, arguments: tuple[Expression, ...]) -> Call:
        start, end = self._start(arguments[0]), self._end(arguments[-1])
        name_span = self._span(operator)
        return Call(
            function,
            None,
            arguments,
            self.next_id(),
            Span(self._source, min(start, name_span.start), end),
            name_span,
        )

    # Signs and selectors

    def signed(self, children: list[object]) -> Expression:
        """Signs before an operand: ``-a.b[c]``, ``!!a``, ``--5``."""
        signs: list[Token] = children[:-1]  # type: ignore[assignment]
        node: Expression = children[-1]  # type: ignore[assignment]
        if signs[-1].end_pos in self._second_signs:
            signs.append(self._second_signs[signs[-1].end_pos])
        other = next((sign for sign in signs if sign.value != signs[0].value), None)
        if other is not None:
            # Kubernetes takes the minus after `!` for a number's sign and so misses a digit behind it.
            behind = next((sign.start_pos for sign in signs if sign.start_pos > other.start_pos), self._start(node))
            point = other.start_pos if other.value == "!" else behind
            self._unexpected(other, point, "`!` and `-` cannot follow each other", "put the second in parentheses")
        if len(signs) % 2 == 0:
            return node
        return self._operation("!_" if signs[0].value == "!" else "-_", signs[0], (node,))

    def sign(self, children: list[Token]) -> Token:
        """A sign that belongs to no number."""
        if children[0].value == "-":
            self._last_minus = children[0].end_pos
        return children[0]

    def negative(self, children: list[Token]) -> Expression:
        """A number with its sign, ``-5``; without it where another minus stands before: ``--5`` has two signs."""
        sign, token = children
        number: Literal = self.literal([token])  # type: ignore[assignment]
        if self._last_minus is not None and _BLANK.fullmatch(self._source.text, self._last_minus, sign.start_pos):
            self._second_signs[self._last_minus] = sign
            return number
        node = Literal(-number.value, number.id, Span(self._source, sign.start_pos, token.end_pos))  # type: ignore[operator]
        if self._unsigned.pop(node.id, None) is not None and node.value != literals.INT_MINIMUM:
            self._unsigned[node.id] = node
        return node

    def select(self, children: list[object]) -> Expression:
        """``operand.name``."""
        operand: Expression = children[0]  # type: ignore[assignment]
        dot: Token = children[1]  # type: ignore[assignment]
        name: Token = children[-1]  # type: ignore[assignment]
        is_optional = len(children) == 4
        if is_optional:
            self._use_optional(dot, ".?")
        return Select(
            operand,
            self._field_name(name),
            self.next_id(),
            Span(self._source, self._start(operand), name.end_pos),
            self._span(name),
            False,
            is_optional,
            dot.start_pos,
        )

    optional_select = select

    def index(self, children: list[object]) -> Expression:
        """``operand[key]``."""
        operand: Expression = children[0]  # type: ignore[assignment]
        bracket: Token = children[1]  # type: ignore[assignment]
        is_optional = len(children) == 5
        if is_optional:
            self._use_optional(bracket, "[?")
        return Call(
            "_[?_]" if is_optional else "_[_]",
            None,
            (operand, children[-2]),  # type: ignore[arg-type]
            self.next_id(),
            Span(self._source, self._start(operand), children[-1].end_pos),  # type: ignore[attr-defined]
            self._span(bracket),
        )

    optional_index = index

    def member_call(self, children: list[object]) -> Expression:
        """``operand.name(arguments)``."""
        operand: Expression = children[0]  # type: ignore[assignment]
        name: Token = children[2]  # type: ignore[assignment]
        call = Call(
            name.value,
            operand,
            tuple(children[4:-1:2]),  # type: ignore[arg-type]
            self.next_id(),
            Span(self._source, self._start(operand), children[-1].end_pos),  # type: ignore[attr-defined]
            self._span(children[3]),  # type: ignore[arg-type]
        )
        return self._expanded(call)

    def message(self, children: list[object]) -> Expression:
        """``Name{field: value}``."""
        operand: Expression = children[0]  # type: ignore[assignment]
        brace: Token = children[1]  # type: ignore[assignment]
        name = qualified_name(operand)
        if name is None or operand.id in self._enclosed:
            hint = "an operator is missing before the map"
            self._unexpected(brace, brace.start_pos, "`{` follows an expression", hint)
        return MessageLiteral(
            name or "",
            tuple([part for part in children if isinstance(part, FieldEntry)]),
            self.next_id(),
            Span(self._source, self._start(operand), children[-1].end_pos),  # type: ignore[attr-defined]
            brace.start_pos,
        )

    # Primaries

    def ident(self, children: list[Token]) -> Expression:
        """``name`` or ``.name``."""
        name = children[-1]
        span = Span(self._source, children[0].start_pos, name.end_pos)
        if self._refuse_reserved(name, children[0]):
            # No name for a macro either, which then has something to say of its own.
            return Literal(None, self.next_id(), span)
        text = name.value if len(children) == 1 else f".{name.value}"
        return Ident(text, self.next_id(), span)

    def call(self, children: list[object]) -> Expression:
        """``name(arguments)`` or ``.name(arguments)``."""
        first: Token = children[0]  # type: ignore[assignment]
        is_rooted = first.value == "."
        place = 1 if is_rooted else 0
        name: Token = children[place]  # type: ignore[assignment]
        closing: Token = children[-1]  # type: ignore[assignment]
        if name.value in RESERVED:
            self._forget_problems(name.end_pos, closing.end_pos)
            self._refuse_reserved(name, first)
            return Literal(None, self.next_id(), Span(self._source, first.start_pos, closing.end_pos))
        call = Call(
            f".{name.value}" if is_rooted else name.value,
            None,
            tuple(children[place + 2 : -1 : 2]),  # type: ignore[arg-type]
            self.next_id(),
            Span(self._source, first.start_pos, closing.end_pos),
            self._span(children[place + 1]),  # type: ignore[arg-type]
        )
        return self._expanded(call)

    def parenthesised(self, children: list[object]) -> Expression:
        """``(expression)``: only its extent is remembered."""
        opening, node, closing = children
        self._enclosed[node.id] = opening.start_pos, closing.end_pos  # type: ignore[attr-defined]
        return node  # type: ignore[return-value]

    def list_literal(self, children: list[object]) -> Expression:
        """``[elements]``."""
        elements = [part for part in children[1:-1] if isinstance(part, (*_NODES, _Element))]
        return ListLiteral(
            tuple(part.expression if isinstance(part, _Element) else part for part in elements),
            self.next_id(),
            self._between(children),
            tuple(place for place, part in enumerate(elements) if isinstance(part, _Element)),
        )

    def optional_element(self, children: list[object]) -> _Element:
        """``?element``."""
        self._use_optional(children[0], "?")  # type: ignore[arg-type]
        return _Element(children[1])  # type: ignore[arg-type]

    def map_literal(self, children: list[object]) -> Expression:
        """``{key: value}``."""
        entries = tuple(part for part in children if isinstance(part, Entry))
        return MapLiteral(entries, self.next_id(), self._between(children))

    def entry(self, children: list[Expression]) -> Entry:
        """``key: value``."""
        return Entry(children[0], children[2], self.next_id())

    def optional_entry(self, children: list[Expression]) -> Entry:
        """``?key: value``."""
        self._use_optional(children[0], "?")  # type: ignore[arg-type]
        return Entry(children[1], children[3], self.next_id(), optional=True)

    def message_field(self, children: list[object]) -> FieldEntry:
        """``field: value``."""
        name, colon, value = children
        point: int = colon.start_pos  # type: ignore[attr-defined]
        return FieldEntry(self._field_name(name), value, self.next_id(), point=point)  # type: ignore[arg-type]

    def optional_message_field(self, children: list[object]) -> FieldEntry:
        """``?field: value``."""
        _, name, colon, value = children
        point: int = colon.start_pos  # type: ignore[attr-defined]
        return FieldEntry(self._field_name(name), value, self.next_id(), optional=True, point=point)  # type: ignore[arg-type]

    def literal(self, children: list[Token]) -> Expression:
        """A constant."""
        token = children[0]
        span = self._span(token)
        # The policy language's own terminals may carry the prefix of an imported grammar.
        kind = token.type.rpartition("__")[2]
        node = Literal(self._value(kind, token.value, span), self.next_id(), span)
        if (kind == "INT" and node.value > literals.INT_MAXIMUM) or (kind == "FLOAT" and isinf(node.value)):  # type: ignore[operator, arg-type]
            self._unsigned[node.id] = node
        return node

    def _value(self, kind: str, text: str, span: Span) -> LiteralValue:
        match kind:
            case "INT":
                return literals.read_integer(text)
            case "STRING" | "BYTES":
                return self._quoted(kind, text, span)
            case "TRUE" | "FALSE":
                return kind == "TRUE"
            case "NULL":
                return None
            case "FLOAT":
                return float(text)
            case "UINT":
                value = literals.read_integer(text[:-1])
                if value > literals.UINT_MAXIMUM:
                    self._invalid_number(span, "uint")
                return Uint(value)
            case _:
                return SuffixedLiteral(kind.lower(), text)

    def _quoted(self, kind: str, text: str, span: Span) -> LiteralValue:
        try:
            return (
                literals.read_string(text, is_of_130=self._options.is_of_130)
                if kind == "STRING"
                else literals.read_bytes(text)
            )
        except literals.LiteralError as error:
            wrong = Span(self._source, span.start + error.start, span.start + error.end)
            kubernetes = error.kubernetes or f"Syntax error: token recognition error at: '{text[: error.end]}'"
            hint = "write `\\\\` for a backslash, or put `r` before the string"
            self.problems.append(Problem("DRA203", kubernetes, span.start, wrong, hint, str(error)))
            return text if kind == "STRING" else text.encode(errors="surrogatepass")

    # What all of them need

    def _expanded(self, call: Call) -> Expression:
        key = (call.function, call.target is not None, len(call.arguments))
        if key not in self._options.macros:
            return call
        try:
            return expand(call, self.next_id, is_of_130=self._options.is_of_130) or call
        except MacroMisuseError as error:
            point = kubernetes_point(error.argument)
            self.problems.append(Problem("DRA206", str(error), point, error.argument.span, error.hint))
            return Literal(None, call.id, call.span)

    def _span(self, token: Token) -> Span:
        return Span(self._source, token.start_pos, token.end_pos)

    def _between(self, children: list[object]) -> Span:
        return Span(self._source, children[0].start_pos, children[-1].end_pos)  # type: ignore[attr-defined]

    def _start(self, node: Expression) -> int:
        enclosed = self._enclosed.get(node.id)
        return node.span.start if enclosed is None else enclosed[0]

    def _end(self, node: Expression) -> int:
        enclosed = self._enclosed.get(node.id)
        return node.span.end if enclosed is None else enclosed[1]

    def _field_name(self, name: Token) -> str:
        text = name.value
        if text[0] != "`":
            return text
        if not self._options.backticks:
            hint = 'write the name in brackets: `["' + text[1:-1] + '"]`; backticks need Kubernetes 1.37'
            said = (
                "Syntax error: token recognition error at: '`'"
                if self._options.is_of_130
                else "unsupported syntax: '`'"
            )
            self.problems.append(Problem("DRA306", said, name.start_pos, self._span(name), hint))
        return text[1:-1]

    def _use_optional(self, token: Token, form: str) -> None:
        if not self._options.optionals:
            text, hint = f"unsupported syntax '{form}'", "ask with `has()` first; this dialect has no optional values"
            self.problems.append(Problem("DRA306", text, token.start_pos, self._span(token), hint))

    def _refuse_reserved(self, name: Token, first: Token) -> bool:
        if name.value not in RESERVED or name.value in self._options.variables:
            return False
        text, hint = f"reserved identifier: {name.value}", "CEL keeps this word; it can only name a field"
        self.problems.append(Problem("DRA203", text, first.start_pos, self._span(name), hint))
        return True

    def _forget_problems(self, start: int, end: int) -> None:
        """Drop what was found in a part that Kubernetes does not look at."""
        self.problems = [each for each in self.problems if not start <= each.span.start < end]
        self._unsigned = {node: number for node, number in self._unsigned.items() if number.span.start < start}

    def _unexpected(self, token: Token, point: int, message: str, hint: str) -> None:
        kubernetes = f"Syntax error: no viable alternative at input '{token.value}'"
        self.problems.append(Problem("DRA203", kubernetes, point, self._span(token), hint, message))

    def _invalid_number(self, span: Span, kind: str) -> None:
        limits = {
            "int": "an int is from -9223372036854775808 to 9223372036854775807",
            "uint": "a uint is at most 18446744073709551615",
            "double": "a double is less than 1.8e308",
        }
        self.problems.append(Problem("DRA203", f"invalid {kind} literal", span.start, span, limits[kind]))
