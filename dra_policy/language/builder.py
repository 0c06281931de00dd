"""Build the tree of a policy while its text is parsed: one method for each rule of ``grammar/policy.lark``.

Expressions are built by CEL's own builder, whose methods the parser merges into this one; macros stay calls here,
because they are expanded only after aliases and predicates are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar, cast

from dra_policy.cel.builder import ExpressionBuilder, SyntaxOptions
from dra_policy.cel.literals import LiteralError, read_integer, read_string
from dra_policy.cel.syntax import Expression
from dra_policy.language import syntax
from dra_policy.text import Findings, Source, Span

if TYPE_CHECKING:
    from lark import Token

    Part = Token | syntax.Name | syntax.Statement | Expression

Node = TypeVar("Node")

UNEXPANDED = SyntaxOptions(macros=frozenset())
"""CEL whose macros stay calls."""


class Group:
    """What a rule without a node of its own gathered: its rule's name and children."""

    __slots__ = ("children", "rule")

    def __init__(self, rule: str, children: list[object]) -> None:
        """Hold the children of a rule."""
        self.rule = rule
        self.children = children


class PolicyBuilder:
    """Makes the nodes of one text after another; ``begin`` starts a text."""

    def __init__(self) -> None:
        """Build for no text yet."""
        self.expressions = ExpressionBuilder(None)
        self.findings = Findings()

    def begin(self, source: Source) -> None:
        """Start a new text."""
        self._source = source
        self.findings = Findings()
        self.expressions.begin(source, UNEXPANDED)

    def literal(self, children: list[Token]) -> Expression:
        """A constant of CEL or of the policy language."""
        return self.expressions.literal(children)  # type: ignore[arg-type]

    def conditional(self, children: list[object]) -> Expression:
        """``condition ? yes : no``: an alternative of the imported rule ``expr``."""
        return self.expressions.conditional(children)  # type: ignore[arg-type]

    # Files and names

    def file(self, children: list[object]) -> syntax.File:
        """All statements."""
        statements = tuple(child for child in children if isinstance(child, _STATEMENTS))
        return syntax.File(statements, span=Span(self._source, 0, len(self._source.text)))

    def name(self, children: list[Token]) -> syntax.Name:
        """A name, bare or in quotes."""
        return self._text(children[0])

    description = name

    def namespace(self, children: list[object]) -> syntax.Namespace:
        """``namespace NAME``."""
        return syntax.Namespace(_only(children, syntax.Name), self._span(children))

    def import_(self, children: list[object]) -> syntax.Import:
        """``import [NAMES from] "path"``."""
        path = self._text(cast("Token", children[-1]))
        return syntax.Import(path, _all(children, syntax.Name), self._span(children))

    # Drivers, lets, predicates

    def driver(self, children: list[object]) -> syntax.Alias:
        """``driver NAME = STRING [schema]``; ``domain`` likewise."""
        fields = next((child for child in children if isinstance(child, Group)), None)
        return syntax.Alias(
            _word(children[0]),
            _only(children, syntax.Name),
            self._text(cast("Token", children[3])),
            None if fields is None else _all(fields.children, syntax.SchemaField),
            self._span(children),
        )

    domain = driver

    def schema(self, children: list[object]) -> Group:
        """The fields between braces."""
        return Group("schema", children)

    def schema_field(self, children: list[object]) -> syntax.SchemaField:
        """``name[?]: type``."""
        perhaps_absent = _is_token(children[1], "QUESTION")
        kind = cast("syntax.TypeName | syntax.Choice", children[-1])
        return syntax.SchemaField(self._text(cast("Token", children[0])), kind, perhaps_absent, self._span(children))

    def type_name(self, children: list[object]) -> syntax.TypeName:
        """``int`` or ``list(string)``."""
        first = cast("Token", children[0])
        item = next((child for child in children if isinstance(child, syntax.TypeName)), None)
        return syntax.TypeName(str(first), item, self._span(children))

    def choice(self, children: list[Token]) -> syntax.Choice:
        """``"a" | "b"``."""
        values = tuple(self._text(token).text for token in children[::2])
        return syntax.Choice(values, self._span(children))

    def let(self, children: list[object]) -> syntax.Let:
        """``let NAME = expr``."""
        return syntax.Let(_only(children, syntax.Name), _expression(children), self._span(children))

    def predicate(self, children: list[object]) -> syntax.Predicate:
        """``predicate NAME(parameters) = expr``."""
        parameters = _all(children, syntax.Parameter)
        return syntax.Predicate(_only(children, syntax.Name), parameters, _expression(children), self._span(children))

    def parameter(self, children: list[object]) -> syntax.Parameter:
        """``NAME [: type]``."""
        kind = next((child for child in children if isinstance(child, syntax.TypeName)), None)
        return syntax.Parameter(_only(children, syntax.Name), kind, self._span(children))

    # Classes

    def device_class(self, children: list[object]) -> syntax.ClassDeclaration:
        """``class NAME head { statements }``."""
        name = cast("syntax.Name", children[1])
        drivers = [each for group in _groups(children, "from_drivers") for each in _all(group.children, syntax.Name)]
        bases = [each for group in _groups(children, "extends") for each in _all(group.children, syntax.Name)]
        descriptions = _all(children[2:], syntax.Name)
        for extra in (*bases[1:], *descriptions[1:]):
            self.findings.error("DRA201", f"class `{name.text}` has this twice", extra.span, hint="keep one")
        return syntax.ClassDeclaration(
            name,
            tuple(drivers),
            bases[0] if bases else None,
            descriptions[0] if descriptions else None,
            tuple(child for child in children if isinstance(child, _CLASS_STATEMENTS)),
            self._span(children),
        )

    def from_drivers(self, children: list[object]) -> Group:
        """``from a, b``."""
        return Group("from_drivers", children)

    def extends(self, children: list[object]) -> Group:
        """``extends c``."""
        return Group("extends", children)

    def extended_resource(self, children: list[object]) -> syntax.ExtendedResource:
        """``extended resource NAME``."""
        return syntax.ExtendedResource(_only(children, syntax.Name), self._span(children))

    def any_of(self, children: list[object]) -> syntax.AnyOf:
        """``any of a, b``."""
        return syntax.AnyOf(_all(children, syntax.Name), self._span(children))

    def any_with_label(self, children: list[object]) -> syntax.AnyWithLabel:
        """``any with label k=v``."""
        return syntax.AnyWithLabel(_only(children, syntax.Label), self._span(children))

    def where(self, children: list[object]) -> syntax.Where:
        """``where expr``."""
        return syntax.Where(_expression(children), self._span(children))

    def label(self, children: list[object]) -> syntax.Label:
        """``label k=v, …``."""
        pairs = tuple(
            (cast("syntax.Name", group.children[0]), cast("syntax.Name", group.children[2]))
            for group in _groups(children, "pair")
        )
        return syntax.Label(pairs, self._span(children))

    def pair(self, children: list[object]) -> Group:
        """``k=v``."""
        return Group("pair", children)

    def config(self, children: list[object]) -> syntax.Config:
        """``config DRIVER [for REQUESTS] { … }``."""
        driver, *requests = _all(children, syntax.Name)
        return syntax.Config(driver, tuple(requests), _only(children, syntax.Object), self._span(children))

    def config_object(self, children: list[object]) -> syntax.Object:
        """``{ key: value }``."""
        return syntax.Object(_all(children, syntax.Entry), self._span(children))

    def entry(self, children: list[object]) -> syntax.Entry:
        """``key: value``."""
        return syntax.Entry(self._text(cast("Token", children[0])), cast("syntax.ConfigValue", children[2]))

    def array(self, children: list[object]) -> syntax.Array:
        """``[value, …]``."""
        items = tuple(child for child in children if isinstance(child, syntax.ConfigValue))
        return syntax.Array(items, self._span(children))

    def scalar(self, children: list[Token]) -> syntax.Scalar:
        """A plain value; one with a suffix is a text in JSON."""
        span = self._span(children)
        sign, token = ("-" if len(children) == 2 else ""), children[-1]
        value: bool | int | float | str | None = str(token)
        match token.type:
            case "STRING":
                value = self._text(token).text
            case "INT":
                value = int(f"{sign}{read_integer(token)}")
            case "FLOAT":
                value = float(f"{sign}{token}")
            case "TRUE" | "FALSE":
                value = token.type == "TRUE"
            case "NULL":
                value = None
        return syntax.Scalar(value, f"{sign}{token}", span)

    # Claims

    def claim(self, children: list[object]) -> syntax.ClaimDeclaration:
        """``claim NAME [in NAMESPACE] [STRING] { … }``; ``template`` likewise."""
        namespace = next(iter(_groups(children, "in_namespace")), None)
        descriptions = _all(children[2:], syntax.Name)
        return syntax.ClaimDeclaration(
            _word(children[0]),
            cast("syntax.Name", children[1]),
            None if namespace is None else _only(namespace.children, syntax.Name),
            descriptions[0] if descriptions else None,
            tuple(child for child in children if isinstance(child, _CLAIM_STATEMENTS)),
            self._span(children),
        )

    template = claim

    def in_namespace(self, children: list[object]) -> Group:
        """``in NAMESPACE``."""
        return Group("in_namespace", children)

    def shareable(self, children: list[object]) -> syntax.Shareable:
        """``shareable``."""
        return syntax.Shareable(self._span(children))

    def request(self, children: list[object]) -> syntax.Request:
        """``request NAME: demand`` or ``request NAME: first of { … } clauses``."""
        name = cast("syntax.Name", children[1])
        first = next((child for child in children if isinstance(child, syntax.FirstOf)), None)
        clauses = tuple(child for child in children if isinstance(child, _CLAUSES))
        if first is not None:
            demand = syntax.FirstOf(first.alternatives, clauses, self._span(children[3:]))
            return syntax.Request(name, demand, self._span(children))
        return syntax.Request(name, self._made_demand(children[3:]), self._span(children))

    def first_of(self, children: list[object]) -> syntax.FirstOf:
        """``first of { alternatives }``."""
        return syntax.FirstOf(_all(children, syntax.Alternative), (), self._span(children))

    def alternative(self, children: list[object]) -> syntax.Alternative:
        """``NAME: demand``."""
        return syntax.Alternative(
            cast("syntax.Name", children[0]), self._made_demand(children[2:]), self._span(children)
        )

    def _made_demand(self, children: list[object]) -> syntax.Demand:
        return syntax.Demand(
            _only(children, syntax.Count),
            _only(children, syntax.Name),
            tuple(child for child in children if isinstance(child, _CLAUSES)),
            self._span(children),
        )

    def count(self, children: list[Token]) -> syntax.Count:
        """``4``, ``1 to 8``, ``at least 2``, ``all``."""
        span = self._span(children)
        numbers = [read_integer(token) for token in children if token.type == "INT"]
        if not numbers:
            return syntax.Count(None, None, False, span)
        return syntax.Count(numbers[0], numbers[1] if len(numbers) > 1 else None, children[0].type == "AT", span)

    def tolerate(self, children: list[object]) -> syntax.Tolerate:
        """``tolerate TAINT [for DURATION]``."""
        last = children[-1]
        duration = self._text(cast("Token", last)) if _is_token(last, "DURATION") else None
        taint = next((child for child in children if isinstance(child, syntax.Taint)), None)
        return syntax.Tolerate(taint, duration, self._span(children))

    def taint(self, children: list[Token]) -> syntax.Taint:
        """``key[=value][:Effect]``."""
        parts = {mark.type: self._text(text) for mark, text in zip(children[1::2], children[2::2], strict=True)}
        return syntax.Taint(self._text(children[0]), parts.get("EQUALS"), parts.get("COLON"), self._span(children))

    def admin_access(self, children: list[object]) -> syntax.AdminAccess:
        """``with admin access``."""
        return syntax.AdminAccess(self._span(children))

    def shared(self, children: list[object]) -> syntax.Shared:
        """``shared``."""
        return syntax.Shared(self._span(children))

    def take(self, children: list[object]) -> syntax.Take:
        """``take AMOUNT of NAME [and …]``."""
        amounts = tuple(
            (self._text(cast("Token", group.children[0])), _only(group.children, syntax.Name))
            for group in _groups(children, "taken")
        )
        return syntax.Take(amounts, self._span(children))

    def taken(self, children: list[object]) -> Group:
        """``AMOUNT of NAME``."""
        return Group("taken", children)

    def match(self, children: list[object]) -> syntax.Constraint:
        """``match ATTRIBUTE [across NAMES]``; ``distinct`` likewise."""
        across = next(iter(_groups(children, "across")), None)
        names = None if across is None else _all(across.children, syntax.Name)
        return syntax.Constraint(_word(children[0]), _only(children, syntax.Name), names, self._span(children))

    distinct = match

    def across(self, children: list[object]) -> Group:
        """``across NAMES``."""
        return Group("across", children)

    def attribute(self, children: list[Token]) -> syntax.Name:
        """``alias.name``, ``domain/name`` or ``name``; the last part may stand in backticks."""
        parts = [self._text(token).text for token in children if token.type != "DOT"]
        return syntax.Name(".".join(parts), self._span(children))

    def require(self, children: list[object]) -> syntax.Rule:
        """``require expr``; ``prefer`` likewise."""
        return syntax.Rule(_word(children[0]), _expression(children), self._span(children))

    prefer = require

    # Quotas

    def quota(self, children: list[object]) -> syntax.QuotaDeclaration:
        """``quota NAME in SCOPE [STRING] { rules }``."""
        label = next((child for child in children if isinstance(child, syntax.Label)), None)
        is_named = isinstance(children[3], syntax.Name)
        descriptions = _all(children[4 if is_named else 3 :], syntax.Name)
        return syntax.QuotaDeclaration(
            cast("syntax.Name", children[1]),
            cast("syntax.Name", children[3]) if is_named else None,
            label,
            descriptions[0] if descriptions else None,
            tuple(child for child in children if isinstance(child, _QUOTA_STATEMENTS)),
            self._span(children),
        )

    def permission(self, children: list[object]) -> syntax.Permission:
        """``allow`` or ``deny`` of ``admin access`` or ``class NAMES``."""
        return syntax.Permission(_word(children[0]), _all(children, syntax.Name), self._span(children))

    def limit(self, children: list[object]) -> syntax.Limit:
        """``limit N devices …`` or ``limit AMOUNT of ATTRIBUTE …``."""
        names = _all(children, syntax.Name)
        counts_devices = _is_token(children[2], "DEVICES")
        return syntax.Limit(
            self._text(cast("Token", children[1])),
            None if counts_devices else names[0],
            names if counts_devices else names[1:],
            next((child for child in children if isinstance(child, syntax.Where)), None),
            self._span(children),
        )

    # What later slices build

    def pod(self, children: list[object]) -> syntax.Later:
        """A declaration that is kept as text."""
        span = self._span(children)
        names = (child.text for child in children if isinstance(child, syntax.Name))
        name = next(names, "")
        if _is_token(children[1], "STRING"):
            name = self._text(cast("Token", children[1])).text
        return syntax.Later(_word(children[0]), name, " ".join(span.text.split()), span)

    group = pool = test = pod

    # What all of them need

    def _text(self, token: Token) -> syntax.Name:
        span = Span(self._source, token.start_pos or 0, token.end_pos or 0)
        text = str(token)
        if token.type.endswith("STRING"):
            try:
                return syntax.Name(read_string(text), span)
            except LiteralError as error:
                where = Span(self._source, span.start + error.start, span.start + error.end)
                self.findings.error("DRA201", str(error), where, hint="write `\\\\` for a backslash")
        elif text.startswith("`"):
            text = text[1:-1]
        return syntax.Name(text, span)

    def _span(self, children: Iterable[object]) -> Span:
        starts, ends = zip(*(_extent(child) for child in children if _extent(child) != (-1, -1)), strict=True)
        return Span(self._source, min(starts), max(ends))


_CLASS_STATEMENTS = (
    syntax.Where,
    syntax.Config,
    syntax.Label,
    syntax.ExtendedResource,
    syntax.AnyOf,
    syntax.AnyWithLabel,
)
_CLAUSES = (syntax.Where, syntax.Tolerate, syntax.AdminAccess, syntax.Shared, syntax.Take)
_CLAIM_STATEMENTS = (
    syntax.Request,
    syntax.Constraint,
    syntax.Rule,
    syntax.Config,
    syntax.Label,
    syntax.Shareable,
)
_QUOTA_STATEMENTS = (syntax.Permission, syntax.Limit, syntax.Rule)
_STATEMENTS = (
    syntax.Namespace,
    syntax.Import,
    syntax.Alias,
    syntax.Let,
    syntax.Predicate,
    syntax.ClassDeclaration,
    syntax.ClaimDeclaration,
    syntax.QuotaDeclaration,
    syntax.Later,
)


def _extent(part: object) -> tuple[int, int]:
    """Where a token, a node, or a tree of them starts and ends; (-1, -1) for nothing."""
    start = getattr(part, "start_pos", None)
    if start is not None:
        return int(start), int(part.end_pos)  # type: ignore[attr-defined]
    span = getattr(part, "span", None)
    if isinstance(span, Span):
        return span.start, span.end
    if isinstance(part, syntax.Entry):
        return _extent(part.key)[0], _extent(part.value)[1]
    extents = [_extent(child) for child in getattr(part, "children", ())]
    extents = [extent for extent in extents if extent != (-1, -1)]
    return (min(extents)[0], max(end for _, end in extents)) if extents else (-1, -1)


def _word(token: object) -> str:
    return str(token)


def _is_token(part: object, kind: str) -> bool:
    return getattr(part, "type", None) == kind


def _all(children: Iterable[object], kind: type[Node]) -> tuple[Node, ...]:
    return tuple(child for child in children if isinstance(child, kind))


def _only(children: Iterable[object], kind: type[Node]) -> Node:
    return next(child for child in children if isinstance(child, kind))


def _groups(children: Iterable[object], rule: str) -> list[Group]:
    return [child for child in children if isinstance(child, Group) and child.rule == rule]


def _expression(children: list[object]) -> Expression:
    return cast("Expression", children[-1])
