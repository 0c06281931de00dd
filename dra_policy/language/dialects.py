"""Rewrite an expanded expression as a target's own CEL: comparisons as calls, names as the target's maps.

Kubernetes' dialect has ``device.attributes`` and ``device.capacity`` by domain; dra-evolution's has one map for each
type. What is written in plain CEL is left alone.
"""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.cel.syntax import (
    Call,
    Entry,
    Expression,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    MessageLiteral,
    Select,
    SuffixedLiteral,
    Uint,
)
from dra_policy.language.inference import COMPARISONS, QUANTITY, VERSION, Kinds
from dra_policy.language.scope import Attribute
from dra_policy.language.syntax import Alias, Choice
from dra_policy.model import Dialect
from dra_policy.record import replace
from dra_policy.text import Findings, Span, nearest

_EVOLUTION_MAPS = {
    "string": "stringAttributes",
    "bool": "boolAttributes",
    QUANTITY: "quantityAttributes",
    VERSION: "versionAttributes",
}

ViewNames = Callable[[Alias], str]
"""The field under which a device of a rule shows what an alias stands for."""


def rewrite(kinds: Kinds, dialect: Dialect, findings: Findings, view_name: ViewNames | None = None) -> Expression:
    """The expression in the target's CEL; what the target cannot say, or nobody can, is reported.

    With ``view_name`` the expression is a rule over several devices, which show their attributes and capacities by
    these names.
    """
    return _Rewriter(kinds, dialect, findings, view_name).expression(kinds.expanded.expression)


class _Rewriter:
    """One rewriting."""

    def __init__(self, kinds: Kinds, dialect: Dialect, findings: Findings, view_name: ViewNames | None) -> None:
        self.kinds = kinds
        self.dialect = dialect
        self.findings = findings
        self.view_name = view_name
        # Literals whose type is wrong by the schema: nothing else is said about them.
        self.reported: set[int] = set()

    def expression(self, node: Expression) -> Expression:
        """The node in the target's words."""
        match node:
            case Literal():
                return _literal(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)
            case ListLiteral(elements=elements):
                return replace(node, elements=tuple([self.expression(each) for each in elements]))
            case MapLiteral(entries=entries):
                return replace(node, entries=tuple([self._entry(each) for each in entries]))
            case MessageLiteral(entries=fields):
                new = tuple([replace(each, value=self.expression(each.value)) for each in fields])
                return replace(node, entries=new)
            case _:
                return node

    def _entry(self, entry: Entry) -> Entry:
        return replace(entry, key=self.expression(entry.key), value=self.expression(entry.value))

    # Attributes

    def _select(self, node: Select) -> Expression:
        attribute = self.kinds.expanded.attributes.get(node.id)
        if attribute is not None:
            return self._attribute(node, attribute)
        if self.dialect is Dialect.EVOLUTION and node.operand == Ident("device", 0, node.span):
            return self._evolution_field(node)
        alias = self.kinds.expanded.views.get(node.id)
        member = node.member if alias is None or self.view_name is None else self.view_name(alias)
        return replace(node, operand=self.expression(node.operand), member=member)

    def _attribute(self, node: Select, attribute: Attribute) -> Expression:
        if self.dialect is Dialect.EVOLUTION:
            return self._evolution_attribute(node, attribute)
        return _member(self._domain_map(node, attribute), attribute.name, node, optional=node.optional)

    def _domain_map(self, node: Select, attribute: Attribute) -> Expression:
        device = self.expression(node.operand)
        if self.view_name is not None:
            return Select(device, self.view_name(attribute.alias), 0, node.span, node.span)
        field = "capacity" if self.kinds.is_capacity(attribute) else "attributes"
        maps = Select(device, field, 0, node.span, node.span)
        return Call("_[_]", None, (maps, _text(attribute.domain, node.span)), 0, node.span, node.span)

    def _presence(self, node: Select, attribute: Attribute) -> Expression:
        """``has(...)`` of an attribute; where its name is no identifier, ``in``."""
        if self.dialect is Dialect.EVOLUTION:
            maps = self._evolution_map(node, attribute)
            return Call("@in", None, (_text(_evolution_key(attribute), node.span), maps), 0, node.span, node.span)
        maps = self._domain_map(node, attribute)
        if not _is_identifier(attribute.name):
            return Call("@in", None, (_text(attribute.name, node.span), maps), 0, node.span, node.span)
        return Call("has", None, (_member(maps, attribute.name, node, optional=False),), 0, node.span, node.span)

    def _evolution_attribute(self, node: Select, attribute: Attribute) -> Expression:
        function = "_[?_]" if node.optional else "_[_]"
        key = _text(_evolution_key(attribute), node.span)
        return Call(function, None, (self._evolution_map(node, attribute), key), 0, node.span, node.span)

    def _evolution_map(self, node: Select, attribute: Attribute) -> Expression:
        kind = self.kinds.of_attribute(attribute)
        field = _EVOLUTION_MAPS.get(kind or "")
        if field is None:
            alias = attribute.alias.name.text
            what = (
                f"has no attributes of type {kind}"
                if kind
                else f"keeps attributes by type, and that of `{alias}.{attribute.name}` is unknown"
            )
            hint = None if kind else f"declare it: `{attribute.alias.word} {alias} = … {{ {attribute.name}: string }}`"
            self.findings.error("DRA701", f"dra-evolution {what}", attribute.span, hint=hint)
            field = "attributes"
        return Select(self.expression(node.operand), field, 0, node.span, node.span)

    def _evolution_field(self, node: Select) -> Expression:
        if node.member == "driver":
            return replace(node, member="driverName")
        if node.member in ("capacity", "allowMultipleAllocations"):
            self.findings.error("DRA701", f"dra-evolution's devices have no `{node.member}`", node.member_span)
        return node

    # Calls

    def _call(self, node: Call) -> Expression:
        arguments = node.arguments
        if node.target is None and node.function in COMPARISONS and len(arguments) == 2:
            return self._comparison(node, arguments[0], arguments[1])
        if node.target is None and node.function in ("_+_", "_-_") and len(arguments) == 2:
            return self._sum(node, arguments[0], arguments[1])
        if node.target is None and node.function == "-_" and self.kinds.of(arguments[0]) == QUANTITY:
            return Call(
                "sub",
                _maker("quantity", "0", node.span),
                (self.expression(arguments[0]),),
                0,
                node.span,
                node.name_span,
            )
        if node.target is None and node.function == "_*_" and QUANTITY in map(self.kinds.of, arguments):
            self._no_product(node)
        if node.target is None and node.function == "has" and len(arguments) == 1:
            return self._has(node, arguments[0])
        if node.target is None and node.function == "_&&_":
            return _joined("_&&_", [self.expression(each) for each in arguments], node)
        target = None if node.target is None else self.expression(node.target)
        return replace(node, target=target, arguments=tuple([self.expression(each) for each in arguments]))

    def _has(self, node: Call, argument: Expression) -> Expression:
        if isinstance(argument, Select):
            attribute = self.kinds.expanded.attributes.get(argument.id)
            if attribute is not None and not argument.optional:
                present = self._presence(argument, attribute)
                return replace(present, span=node.span) if isinstance(present, Call) else present
        return replace(node, arguments=(self.expression(argument),))

    def _sum(self, node: Call, left: Expression, right: Expression) -> Expression:
        if QUANTITY not in (self.kinds.of(left), self.kinds.of(right)):
            return replace(node, arguments=(self.expression(left), self.expression(right)))
        function = "add" if node.function == "_+_" else "sub"
        return replace(node, function=function, target=self._as_quantity(left), arguments=(self._as_quantity(right),))

    def _no_product(self, node: Call) -> None:
        hint = "add it several times, or compare with the product"
        self.findings.error("DRA305", "a quantity cannot be multiplied in Kubernetes' CEL", node.span, hint=hint)

    def _as_quantity(self, node: Expression) -> Expression:
        """The node; a plain number beside a quantity is one."""
        if isinstance(node, Literal) and type(node.value) in (int, float, Uint):
            number = node.value.value if isinstance(node.value, Uint) else node.value
            return _maker("quantity", str(number), node.span)
        return self.expression(node)

    def _comparison(self, node: Call, left: Expression, right: Expression) -> Expression:
        self._check_values(left, right)
        guard = next((each for each in (left, right) if self._is_perhaps(each)), None)
        if guard is not None and not (self._is_perhaps(left) and self._is_perhaps(right)):
            return self._guarded(node, guard, left, right)
        return self._compared(node, left, right)

    def _is_perhaps(self, node: Expression) -> bool:
        return isinstance(node, Select) and node.optional and node.id in self.kinds.expanded.attributes

    def _guarded(self, node: Call, guard: Expression, left: Expression, right: Expression) -> Expression:
        """``gpu.?x == 1``: false where the attribute is absent."""
        assert isinstance(guard, Select)
        attribute = self.kinds.expanded.attributes[guard.id]
        if node.function == "_!=_":
            name = f"{attribute.alias.name.text}.{attribute.name}"
            self.findings.error(
                "DRA304",
                f"`!=` says nothing about a device without `{name}`",
                node.span,
                hint=f"`!({name.replace('.', '.?', 1)} == …)` if absent counts, else `has({name}) && {name} != …`",
            )
        plain_left, plain_right = (replace(each, optional=False) if each is guard else each for each in (left, right))
        compared = self._compared(node, plain_left, plain_right)
        return _joined("_&&_", [self._presence(guard, attribute), compared], node)

    def _compared(self, node: Call, left: Expression, right: Expression) -> Expression:
        kinds = {self.kinds.of(left), self.kinds.of(right)}
        if QUANTITY in kinds:
            return self._by_call(node, self._as_quantity(left), self._as_quantity(right))
        if VERSION in kinds:
            return self._by_call(node, self._as_version(left), self._as_version(right))
        return replace(node, arguments=(self.expression(left), self.expression(right)))

    def _as_version(self, node: Expression) -> Expression:
        value = node.value if isinstance(node, Literal) else None
        if isinstance(value, str) and value[:1].isdigit() and node.id not in self.reported:
            self.findings.error("DRA304", "a version is compared with a text", node.span, hint=f"write `v{value}`")
        return self.expression(node)

    def _by_call(self, node: Call, left: Expression, right: Expression) -> Expression:
        compared = Call("compareTo", left, (right,), 0, node.span, node.name_span)
        return replace(node, arguments=(compared, Literal(0, 0, node.span)))

    # What a schema says about values

    def _check_values(self, left: Expression, right: Expression) -> None:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Select) and isinstance(other, Literal) and one.id in self.kinds.expanded.attributes:
                self._check_value(self.kinds.expanded.attributes[one.id], other)

    def _check_value(self, attribute: Attribute, literal: Literal) -> None:
        declared = attribute.declared
        name = f"{attribute.alias.name.text}.{attribute.name}"
        if declared is None:
            return
        found = self.kinds.of(literal)
        wanted = attribute.declared_type or ""
        if isinstance(declared.type, Choice) and isinstance(literal.value, str):
            if literal.value not in declared.type.values:
                near = nearest(literal.value, declared.type.values)
                values = ", ".join(f'"{value}"' for value in declared.type.values)
                hint = f'did you mean "{near}"?' if near else f"it is one of {values}"
                self.findings.error("DRA316", f'`{name}` is never "{literal.value}"', literal.span, hint=hint)
        elif found is not None and found != wanted and (wanted, found) not in _COMPARABLE:
            self.reported.add(literal.id)
            message = f"`{name}` is declared as {wanted} and compared with a value of type {found}"
            self.findings.error("DRA304", message, literal.span, hint=_value_hint(wanted, literal))


_COMPARABLE = frozenset(((QUANTITY, "int"), (QUANTITY, "double"), ("int", "double")))


def _value_hint(wanted: str, literal: Literal) -> str | None:
    if isinstance(literal.value, str):
        return {
            QUANTITY: f"write `{literal.value}` without quotes",
            VERSION: f"write `v{literal.value}`",
            "int": f"write `{literal.value}` without quotes",
            "bool": f"write `{literal.value}` without quotes",
        }.get(wanted)
    return f'write `"{literal.span.text}"`' if wanted == "string" else None


def _literal(node: Literal) -> Expression:
    value = node.value
    if not isinstance(value, SuffixedLiteral):
        return node
    match value.kind:
        case "quantity":
            return _maker("quantity", value.text, node.span)
        case "version":
            return _maker("semver", full_version(value.text), node.span)
        case _:
            return _maker("duration", value.text, node.span)


def full_version(text: str) -> str:
    """``v550.54`` as a strict version: three parts without leading zeros."""
    numbers, mark, rest = text.removeprefix("v").partition("-")
    parts = [str(int(part)) for part in numbers.split(".")]
    return ".".join([*parts, "0", "0"][:3]) + mark + rest


def _maker(function: str, text: str, span: Span) -> Call:
    return Call(function, None, (_text(text, span),), 0, span, span)


def _text(text: str, span: Span) -> Literal:
    return Literal(text, 0, span)


def _is_identifier(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name not in ("in", "true", "false", "null")


def _member(operand: Expression, name: str, node: Select, *, optional: bool) -> Expression:
    """``operand.name``, or ``operand["odd-name"]``: backticks would need Kubernetes 1.37."""
    if _is_identifier(name):
        return Select(operand, name, 0, node.span, node.member_span, optional=optional, point=node.point)
    function = "_[?_]" if optional else "_[_]"
    return Call(function, None, (operand, _text(name, node.member_span)), 0, node.span, node.member_span)


def _evolution_key(attribute: Attribute) -> str:
    """The name as published: a driver's own is bare, one of a shared vocabulary has its domain."""
    return attribute.name if attribute.alias.word == "driver" else f"{attribute.domain}/{attribute.name}"


def _joined(function: str, terms: list[Expression], node: Call) -> Expression:
    """One row of a logical operator, in the balanced form that the parser makes of it."""
    flat: list[Expression] = []
    for term in terms:
        flat.extend(terms_of(function, term))
    return balanced(function, flat, node)


def terms_of(function: str, node: Expression) -> list[Expression]:
    """The terms of a row of a logical operator."""
    if isinstance(node, Call) and node.function == function and node.target is None and len(node.arguments) == 2:
        return [*terms_of(function, node.arguments[0]), *terms_of(function, node.arguments[1])]
    return [node]


def balanced(function: str, terms: list[Expression], node: Expression) -> Expression:
    """A tree of a logical operator over some terms, with short branches."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2 + len(terms) % 2
    left, right = balanced(function, terms[:middle], node), balanced(function, terms[middle:], node)
    span = left.span.cover(right.span) if left.span.source is right.span.source else node.span
    return Call(function, None, (left, right), 0, span, span)
