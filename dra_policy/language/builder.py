"""Build the tree of a policy while its text is parsed: one method for each rule of ``grammar/policy.lark``.

Expressions are built by CEL's own builder, whose methods the parser merges into this one; macros stay calls here,
because they are expanded only after aliases and predicates are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from dra_policy.cel.builder import ExpressionBuilder
from dra_policy.cel.literals import LiteralError, read_integer, read_string
from dra_policy.cel.syntax import Expression
from dra_policy.cel.syntax_options import SyntaxOptions
from dra_policy.language import syntax
from dra_policy.language.parts import (
    Group,
    all_of,
    expression_of,
    extent,
    groups_of,
    is_token,
    namespace_of,
    only,
    word_of,
)
from dra_policy.text import Findings, Source, Span

if TYPE_CHECKING:
    from lark import Token

    Part = Token | syntax.Name | syntax.Statement | Expression

UNEXPANDED = SyntaxOptions(macros=frozenset(), variables=frozenset(("namespace",)))
"""CEL whose macros stay calls; `namespace` is a variable of quotas."""


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
        return syntax.Namespace(only(children, syntax.Name), self._span(children))

    def import_(self, children: list[object]) -> syntax.Import:
        """``import [NAMES from] "path"``."""
        path = self._text(cast("Token", children[-1]))
        return syntax.Import(path, all_of(children, syntax.Name), self._span(children))

    # Drivers, lets, predicates

    def driver(self, children: list[object]) -> syntax.Alias:
        """``driver NAME = STRING [schema]``; ``domain`` likewise."""
        fields = next((child for child in children if isinstance(child, Group)), None)
        return syntax.Alias(
            word_of(children[0]),
            only(children, syntax.Name),
            self._text(cast("Token", children[3])),
            None if fields is None else all_of(fields.children, syntax.SchemaField),
            self._span(children),
        )

    domain = driver

    def schema(self, children: list[object]) -> Group:
        """The fields between braces."""
        return Group("schema", children)

    def schema_field(self, children: list[object]) -> syntax.SchemaField:
        """``name[?]: type``."""
        perhaps_absent = is_token(children[1], "QUESTION")
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
        return syntax.Let(only(children, syntax.Name), expression_of(children), self._span(children))

    def predicate(self, children: list[object]) -> syntax.Predicate:
        """``predicate NAME(parameters) = expr``."""
        parameters = all_of(children, syntax.Parameter)
        return syntax.Predicate(only(children, syntax.Name), parameters, expression_of(children), self._span(children))

    def parameter(self, children: list[object]) -> syntax.Parameter:
        """``NAME [: type]``."""
        kind = next((child for child in children if isinstance(child, syntax.TypeName)), None)
        return syntax.Parameter(only(children, syntax.Name), kind, self._span(children))

    # Classes

    def device_class(self, children: list[object]) -> syntax.ClassDeclaration:
        """``class NAME head { statements }``."""
        name = cast("syntax.Name", children[1])
        drivers = [
            each for group in groups_of(children, "from_drivers") for each in all_of(group.children, syntax.Name)
        ]
        bases = [each for group in groups_of(children, "extends") for each in all_of(group.children, syntax.Name)]
        descriptions = all_of(children[2:], syntax.Name)
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
        return syntax.ExtendedResource(only(children, syntax.Name), self._span(children))

    def any_of(self, children: list[object]) -> syntax.AnyOf:
        """``any of a, b``."""
        return syntax.AnyOf(all_of(children, syntax.Name), self._span(children))

    def any_with_label(self, children: list[object]) -> syntax.AnyWithLabel:
        """``any with label k=v``."""
        return syntax.AnyWithLabel(only(children, syntax.Label), self._span(children))

    def where(self, children: list[object]) -> syntax.Where:
        """``where expr``."""
        return syntax.Where(expression_of(children), self._span(children))

    def label(self, children: list[object]) -> syntax.Label:
        """``label k=v, …``."""
        pairs = tuple(
            (cast("syntax.Name", group.children[0]), cast("syntax.Name", group.children[2]))
            for group in groups_of(children, "pair")
        )
        return syntax.Label(pairs, self._span(children))

    def pair(self, children: list[object]) -> Group:
        """``k=v``."""
        return Group("pair", children)

    def config(self, children: list[object]) -> syntax.Config:
        """``config DRIVER [for REQUESTS] { … }``."""
        driver, *requests = all_of(children, syntax.Name)
        return syntax.Config(driver, tuple(requests), only(children, syntax.Object), self._span(children))

    def config_object(self, children: list[object]) -> syntax.Object:
        """``{ key: value }``."""
        return syntax.Object(all_of(children, syntax.Entry), self._span(children))

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
        descriptions = all_of(children[2:], syntax.Name)
        return syntax.ClaimDeclaration(
            word_of(children[0]),
            cast("syntax.Name", children[1]),
            namespace_of(children),
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
        return syntax.FirstOf(all_of(children, syntax.Alternative), (), self._span(children))

    def alternative(self, children: list[object]) -> syntax.Alternative:
        """``NAME: demand``."""
        return syntax.Alternative(
            cast("syntax.Name", children[0]), self._made_demand(children[2:]), self._span(children)
        )

    def _made_demand(self, children: list[object]) -> syntax.Demand:
        return syntax.Demand(
            only(children, syntax.Count),
            only(children, syntax.Name),
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
        duration = self._text(cast("Token", last)) if is_token(last, "DURATION") else None
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
            (self._text(cast("Token", group.children[0])), only(group.children, syntax.Name))
            for group in groups_of(children, "taken")
        )
        return syntax.Take(amounts, self._span(children))

    def taken(self, children: list[object]) -> Group:
        """``AMOUNT of NAME``."""
        return Group("taken", children)

    def match(self, children: list[object]) -> syntax.Constraint:
        """``match ATTRIBUTE [across NAMES]``; ``distinct`` likewise."""
        across = next(iter(groups_of(children, "across")), None)
        names = None if across is None else all_of(across.children, syntax.Name)
        return syntax.Constraint(word_of(children[0]), only(children, syntax.Name), names, self._span(children))

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
        return syntax.Rule(word_of(children[0]), expression_of(children), self._span(children))

    prefer = require

    # Pods

    def pod(self, children: list[object]) -> syntax.PodDeclaration:
        """``pod NAME [in NAMESPACE] [STRING] { … }``."""
        descriptions = all_of(children[2:], syntax.Name)
        return syntax.PodDeclaration(
            cast("syntax.Name", children[1]),
            namespace_of(children),
            descriptions[0] if descriptions else None,
            tuple(child for child in children if isinstance(child, _POD_STATEMENTS)),
            self._span(children),
        )

    def group(self, children: list[object]) -> syntax.GroupDeclaration:
        """``group NAME [in NAMESPACE]: COUNT of POD [{ … }]``."""
        name, pod = all_of(children, syntax.Name)
        count = next(child for child in children if is_token(child, "INT"))
        statements = tuple(child for child in children if isinstance(child, _POD_STATEMENTS))
        return syntax.GroupDeclaration(
            name,
            namespace_of(children),
            self._text(cast("Token", count)),
            pod,
            cast("tuple[syntax.GroupStatement, ...]", statements),
            self._span(children),
        )

    def pod_claim(self, children: list[object]) -> syntax.PodClaim:
        """``claim NAME from claim NAME``, ``… from template NAME``, ``claim NAME { … }``."""
        name, *references = all_of(children, syntax.Name)
        return syntax.PodClaim(
            name,
            word_of(children[3]) if references else "",
            references[0] if references else None,
            tuple(child for child in children if isinstance(child, _CLAIM_STATEMENTS)),
            self._span(children),
        )

    def container(self, children: list[object]) -> syntax.Container:
        """``[init] container NAME [image STRING] [uses NAMES] [limits N of NAME]``."""
        parts = {child.rule: child.children for child in children if isinstance(child, Group)}
        image, limits = parts.get("image"), parts.get("limits")
        return syntax.Container(
            only(children, syntax.Name),
            is_token(children[0], "INIT"),
            None if image is None else self._text(cast("Token", image[1])),
            all_of(parts.get("uses", ()), syntax.Name),
            None if limits is None else (self._text(cast("Token", limits[1])), only(limits, syntax.Name)),
            self._span(children),
        )

    def image(self, children: list[object]) -> Group:
        """``image STRING``."""
        return Group("image", children)

    def uses(self, children: list[object]) -> Group:
        """``uses NAMES``."""
        return Group("uses", children)

    def limits(self, children: list[object]) -> Group:
        """``limits N of NAME``."""
        return Group("limits", children)

    # Quotas

    def quota(self, children: list[object]) -> syntax.QuotaDeclaration:
        """``quota NAME in SCOPE [STRING] { rules }``."""
        label = next((child for child in children if isinstance(child, syntax.Label)), None)
        is_named = isinstance(children[3], syntax.Name)
        descriptions = all_of(children[4 if is_named else 3 :], syntax.Name)
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
        return syntax.Permission(word_of(children[0]), all_of(children, syntax.Name), self._span(children))

    def limit(self, children: list[object]) -> syntax.Limit:
        """``limit N devices …`` or ``limit AMOUNT of ATTRIBUTE …``."""
        names = all_of(children, syntax.Name)
        counts_devices = is_token(children[2], "DEVICES")
        return syntax.Limit(
            self._text(cast("Token", children[1])),
            None if counts_devices else names[0],
            names if counts_devices else names[1:],
            next((child for child in children if isinstance(child, syntax.Where)), None),
            self._span(children),
        )

    # What later slices build

    def pool(self, children: list[object]) -> syntax.Later:
        """A declaration that is kept as text."""
        span = self._span(children)
        names = (child.text for child in children if isinstance(child, syntax.Name))
        name = next(names, "")
        if is_token(children[1], "STRING"):
            name = self._text(cast("Token", children[1])).text
        return syntax.Later(word_of(children[0]), name, " ".join(span.text.split()), span)

    test = pool

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
        starts, ends = zip(*(extent(child) for child in children if extent(child) != (-1, -1)), strict=True)
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
_POD_STATEMENTS = (syntax.PodClaim, syntax.Container, syntax.Constraint, syntax.Rule, syntax.Label)
_QUOTA_STATEMENTS = (syntax.Permission, syntax.Limit, syntax.Rule)
_STATEMENTS = (
    syntax.Namespace,
    syntax.Import,
    syntax.Alias,
    syntax.Let,
    syntax.Predicate,
    syntax.ClassDeclaration,
    syntax.ClaimDeclaration,
    syntax.PodDeclaration,
    syntax.GroupDeclaration,
    syntax.QuotaDeclaration,
    syntax.Later,
)
