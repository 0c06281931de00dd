"""Put lets, predicates and aliases into an expression: what is left speaks of the device only.

The result is an expression of plain CEL, but for literals with a suffix and for the selections that two tables name:
those in the table of attributes are ``DEVICE.NAME`` and stand for an attribute or capacity of one domain, those in the
table of views are ``DEVICE.ALIAS`` and stand for all of a domain (only rules over several devices have them).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from dra_policy.cel.nesting import recursion_room
from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Entry,
    Expression,
    FieldEntry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    MessageLiteral,
    Select,
    map_children,
)
from dra_policy.cel.syntax_options import RESERVED
from dra_policy.language.growth import Growth, TooLargeError
from dra_policy.language.scope import Attribute, Definition, Scope
from dra_policy.language.shapes import DEVICE, Shape, Shapes, key_of
from dra_policy.language.syntax import Alias, Let, Predicate
from dra_policy.language.unknown_names import (
    no_argument,
    no_device,
    unknown_entry,
    unknown_identifier,
    unknown_member,
)
from dra_policy.record import dataclass, field, replace
from dra_policy.text import Findings, Span, nearest

# Names of cel-spec's types, and the first words of functions whose names have dots.
_KNOWN = frozenset(
    (
        *("bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "dyn", "timestamp"),
        *("duration", "cel", "sets", "optional", "optional_type", "ip", "cidr", "format", "strings", "lists", "math"),
        *("base64", "google", "net", "kubernetes"),
    )
)

# Macros that bind names: (name, arguments) to how many of the first arguments are names.
_BINDERS: Mapping[tuple[str, int], int] = {
    **{(name, 2): 1 for name in ("all", "exists", "exists_one", "existsOne", "map", "filter", "optMap", "optFlatMap")},
    ("map", 3): 1,
    ("sortBy", 2): 1,
    **{(name, 3): 2 for name in ("all", "exists", "exists_one", "existsOne", "transformList", "transformMap")},
    ("transformMapEntry", 3): 2,
    **{(name, 4): 2 for name in ("transformList", "transformMap", "transformMapEntry")},
}

_INDEXES = frozenset(("_[_]", "_[?_]"))


# CEL's functions that a near name of a predicate must not be taken for.
_FUNCTIONS = frozenset(
    (
        *_KNOWN,
        "has",
        "size",
        "quantity",
        "isQuantity",
        "semver",
        "isSemver",
        "sign",
        "matches",
        "url",
        "isURL",
        "isIP",
        "isCIDR",
    )
)


@dataclass(frozen=True, slots=True)
class Argument:
    """What a parameter stands for at one use of its predicate."""

    value: Expression
    kind: str | None
    is_device: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression is read: its scope, its variables, and the uses of predicates around it.

    ``renamed`` are the names that macros bind, ``local`` what they stand for.
    """

    scope: Scope
    variables: Mapping[str, Shape | None]
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, Shape | None] = field(default_factory=dict)
    # Names that are bound around a predicate's use: its arguments may speak of them.
    taken: frozenset[str] = frozenset()
    uses: tuple[Definition, ...] = ()

    def shape(self, name: str) -> Shape | None:
        """What a name of this place is, as far as it matters here."""
        if name in self.renamed:
            return self.local[name]
        argument = self.arguments.get(name)
        if argument is not None:
            return DEVICE if argument.is_device else None
        return self.variables.get(name)

    @property
    def shapes(self) -> dict[str, Shape | None]:
        """What the names of this place are, loops' first."""
        return {name: self.shape(name) for name in (*self.local, *self.arguments, *self.variables)}


@dataclass(frozen=True, slots=True)
class Expanded:
    """An expanded expression; by node id its attributes, its views, and kinds that predicates' parameters declare."""

    expression: Expression
    attributes: Mapping[int, Attribute]
    kinds: Mapping[int, str]
    views: Mapping[int, Alias] = field(default_factory=dict)
    size: int = 1


def expand(
    expression: Expression,
    scope: Scope,
    findings: Findings,
    *,
    variables: Mapping[str, Shape | None] = {"device": DEVICE},
    requests: frozenset[str] = frozenset(),
    in_rule: bool = False,
) -> Expanded:
    """Expand an expression that may use the given variables; what cannot be is reported and left.

    ``requests`` are the names of the claim's requests, which a condition on one device cannot see. ``in_rule``: several
    devices are spoken of, which have more fields than ``device``. An expression that becomes too large is reported as a
    whole (DRA203), and ``true`` stands in its place.
    """
    own = Findings()
    try:
        return _Expander(own, requests, in_rule=in_rule).run(expression, _Place(scope, variables))
    except TooLargeError as error:
        # What the part that was read says of itself may be wrong only because the rest is missing.
        own.found.clear()
        own.error("DRA203", str(error), expression.span, hint=error.hint)
        return Expanded(Literal(True, 1, expression.span), {}, {})
    finally:
        findings.add(own.found)


def check_definition(definition: Let | Predicate, scope: Scope, findings: Findings) -> None:
    """Expand a definition by itself, so that its mistakes are told also where nothing uses it.

    One that is too large only because of another that it uses is not reported: the other one is.
    """
    own = Findings()
    body, variables = _parts(definition)
    # Rules over several devices may use a predicate too: it may read what only these have.
    expander = _Expander(own, frozenset(), in_rule=isinstance(definition, Predicate))
    try:
        scope.sizes[definition.name.text] = expander.run(body, _Place(scope, variables)).size
        findings.add(own.found)
    except TooLargeError as error:
        scope.sizes[definition.name.text] = math.inf
        if error.known is None:
            findings.error("DRA203", str(error), body.span, hint=error.hint)


def _parts(definition: Let | Predicate) -> tuple[Expression, dict[str, Shape | None]]:
    """A definition's expression, and the variables that it may use."""
    if isinstance(definition, Let):
        return definition.expression, {}
    types = {each.name.text: each.type for each in definition.parameters}
    return definition.body, {
        name: DEVICE if kind is None or kind.name == "device" else None for name, kind in types.items()
    }


class _Expander:
    """One expansion: new ids, and the tables that belong to them."""

    def __init__(self, findings: Findings, requests: frozenset[str], *, in_rule: bool) -> None:
        self.findings = findings
        self.requests = requests
        self.in_rule = in_rule
        self.attributes: dict[int, Attribute] = {}
        self.views: dict[int, Alias] = {}
        self.kinds: dict[int, str] = {}
        self.growth = Growth()
        self._id = self.growth.add_node
        self._shapes = Shapes()

    def run(self, expression: Expression, place: _Place) -> Expanded:
        """The expansion of a whole expression. Raises TooLargeError."""
        self.growth.measure(expression)
        with recursion_room():
            expanded = self.expression(expression, place)
        return Expanded(expanded, self.attributes, self.kinds, self.views, self.growth.nodes)

    def expression(self, node: Expression, place: _Place) -> Expression:
        """The node with every name of the policy language put in. Raises TooLargeError."""
        self.growth.descend()
        expanded = self._expanded(node, place)
        self.growth.ascend()
        return expanded

    def _expanded(self, node: Expression, place: _Place) -> Expression:
        match node:
            case Ident():
                return self._ident(node, place)
            case Select():
                return self._select(node, place)
            case Call():
                return self._call(node, place)
            case Literal():
                return replace(node, id=self._id())
            case ListLiteral(elements=elements):
                return replace(node, id=self._id(), elements=tuple([self.expression(each, place) for each in elements]))
            case MapLiteral(entries=entries):
                return replace(node, id=self._id(), entries=tuple([self._entry(each, place) for each in entries]))
            case MessageLiteral(entries=fields):
                return replace(node, id=self._id(), entries=tuple([self._field(each, place) for each in fields]))
            case Comprehension():
                raise AssertionError("macros of a policy stay calls until Kubernetes' text is compiled")

    def _entry(self, entry: Entry, place: _Place) -> Entry:
        key, value = self.expression(entry.key, place), self.expression(entry.value, place)
        return replace(entry, id=self._id(), key=key, value=value)

    def _field(self, entry: FieldEntry, place: _Place) -> FieldEntry:
        return replace(entry, id=self._id(), value=self.expression(entry.value, place))

    # Names

    def _ident(self, node: Ident, place: _Place) -> Expression:
        name = node.name
        if name in place.renamed:
            return replace(node, id=self._id(), name=place.renamed[name])
        if name in place.arguments:
            return self._argument(place.arguments[name])
        if name.startswith(".") or name in place.variables:
            return replace(node, id=self._id())
        found = place.scope.find(name)
        if found is None:
            return self._unknown(node, place)
        definition, scope = found
        match definition:
            case Alias(domain=domain):
                return Literal(domain.text, self._id(), node.span)
            case Let():
                return self._let(node, definition, scope, place)
            case Predicate():
                self.findings.error(
                    "DRA305", f"predicate `{name}` is used without arguments", node.span, hint=_use(definition)
                )
                return replace(node, id=self._id())

    def _argument(self, argument: Argument) -> Expression:
        copy = self._copy(argument.value)
        if argument.kind is not None:
            self.kinds[copy.id] = argument.kind
        return copy

    def _copy(self, node: Expression) -> Expression:
        """The same expression once more: arguments may be used twice, and tables are by id."""
        self.growth.descend()
        copied = map_children(node, self._copy, self._id)
        self.growth.ascend()
        if node.id in self.attributes:
            self.attributes[copied.id] = self.attributes[node.id]
        if node.id in self.views:
            self.views[copied.id] = self.views[node.id]
        if node.id in self.kinds:
            self.kinds[copied.id] = self.kinds[node.id]
        return copied

    def _let(self, node: Ident, definition: Let, scope: Scope, place: _Place) -> Expression:
        if self._is_circular(definition, node.span, place):
            return Literal(True, self._id(), node.span)
        inner = _Place(scope, {}, taken=place.taken, uses=(*place.uses, definition))
        return self._put_in(definition, definition.expression, inner, is_plain=True)

    def _put_in(self, definition: Let | Predicate, body: Expression, place: _Place, *, is_plain: bool) -> Expression:
        """A definition's expression. ``is_plain``: its size is the same at every such use."""
        self.growth.check(definition, place.scope)
        if not is_plain:
            return self.expression(body, place)
        use = self.growth.begin(definition, place.scope)
        expanded = self.expression(body, place)
        self.growth.end(use)
        return expanded

    def _is_circular(self, definition: Let | Predicate, span: Span, place: _Place) -> bool:
        word = "let" if isinstance(definition, Let) else "predicate"
        if any(each is definition for each in place.uses):
            self.findings.error(
                "DRA317", f"{word} `{definition.name.text}` uses itself", span, hint="write it without recursion"
            )
            return True
        return False

    def _unknown(self, node: Ident, place: _Place) -> Expression:
        if node.name not in _KNOWN | RESERVED or node.name == "namespace":
            self.findings.add((unknown_identifier(node, place.shapes, place.scope, self.requests),))
        return replace(node, id=self._id())

    # Selections

    def _shape(self, node: Expression, place: _Place) -> Shape | None:
        return self._shapes.of(node, place.shape)

    def _select(self, node: Select, place: _Place) -> Expression:
        view = self._view(node.operand, place)
        if view is None:
            return self._plain_select(node, place)
        alias, device = view
        if device is None:
            self.findings.add((no_device(node, alias.name.text, place.shapes),))
            return replace(node, id=self._id(), operand=Ident("device", self._id(), node.operand.span))
        selected = replace(node, id=self._id(), operand=device)
        attribute = Attribute(alias, node.member, node.member_span)
        self.attributes[selected.id] = attribute
        self._check_declared(attribute)
        return selected

    def _plain_select(self, node: Select, place: _Place) -> Expression:
        shape = self._shape(node.operand, place)
        selected = replace(node, id=self._id(), operand=self.expression(node.operand, place))
        alias = place.scope.alias(node.member) if shape == DEVICE and self.in_rule else None
        if alias is not None:
            self.views[selected.id] = alias
            return selected
        problem = unknown_member(node, shape, place.scope, in_rule=self.in_rule)
        if problem is not None:
            self.findings.add((problem,))
        return selected

    def _view(self, operand: Expression, place: _Place) -> tuple[Alias, Expression | None] | None:
        """The alias that an operand names (``gpu``, ``d.gpu``), and the device that it is a view of; None: no alias."""
        match operand:
            case Ident(name=name, span=span) if not _is_bound(name, place):
                alias = place.scope.alias(name)
                if alias is None:
                    return None
                device = Ident("device", 0, span)
                return alias, self._ident(device, place) if place.shape("device") == DEVICE else None
            case Select(operand=device, member=member, optional=False) if self._shape(device, place) == DEVICE:
                alias = place.scope.alias(member)
                return None if alias is None else (alias, self.expression(device, place))
        return None

    def _check_declared(self, attribute: Attribute) -> None:
        fields = attribute.alias.fields
        if fields is None or attribute.declared is not None:
            return
        near = nearest(attribute.name, [each.name.text for each in fields])
        hint = f"did you mean `{near}`?" if near else f"add `{attribute.name}: …` to the {attribute.alias.word}"
        message = f"{attribute.alias.word} `{attribute.alias.name.text}` declares no `{attribute.name}`"
        self.findings.error("DRA301", message, attribute.span, hint=hint)

    # Calls

    def _call(self, node: Call, place: _Place) -> Expression:
        if node.function in _INDEXES:
            self._check_index(node, place)
        elif node.target is None:
            found = place.scope.find(node.function) if node.function not in place.arguments else None
            if found is not None and isinstance(found[0], Predicate):
                return self._use(node, found[0], found[1], place)
            self._check_function(node, place)
        elif (node.function, len(node.arguments)) in _BINDERS:
            return self._binder(node, _BINDERS[node.function, len(node.arguments)], place)
        elif node.function == "bind" and len(node.arguments) == 3 and node.target == Ident("cel", 0, node.span):
            return self._bind(node, place)
        target = None if node.target is None else self.expression(node.target, place)
        arguments = tuple([self.expression(each, place) for each in node.arguments])
        return replace(node, id=self._id(), target=target, arguments=arguments)

    def _check_index(self, node: Call, place: _Place) -> None:
        """A claim or request by name that is not there."""
        operand, index = node.arguments
        key, shape = key_of(index), self._shape(operand, place)
        problem = None if key is None or shape is None else unknown_entry(key, shape, index.span, operand.span.text)
        if problem is not None:
            self.findings.add((problem,))

    def _check_function(self, node: Call, place: _Place) -> None:
        if node.function in _FUNCTIONS or not node.function.isidentifier():
            return
        predicates = [
            name for name in place.scope.names if isinstance((place.scope.find(name) or (None,))[0], Predicate)
        ]
        near = nearest(node.function, predicates)
        if near is not None:
            span = Span(node.span.source, node.span.start, node.span.start + len(node.function))
            self.findings.error(
                "DRA310", f"there is no predicate `{node.function}`", span, hint=f"did you mean `{near}`?"
            )

    def _use(self, node: Call, predicate: Predicate, scope: Scope, place: _Place) -> Expression:
        """A predicate's body with the arguments put in."""
        wanted, given = len(predicate.parameters), len(node.arguments)
        if wanted != given:
            message = (
                f"predicate `{predicate.name.text}` has {wanted} parameter{'s' * (wanted != 1)}, and {given} given"
            )
            self.findings.error("DRA305", message, node.span, hint=_use(predicate))
            return Literal(True, self._id(), node.span)
        if self._is_circular(predicate, node.span, place):
            return Literal(True, self._id(), node.span)
        arguments: dict[str, Argument] = {}
        for parameter, given_argument in zip(predicate.parameters, node.arguments, strict=True):
            kind = parameter.type.name if parameter.type else "device"
            if kind == "device" and not self._may_be_device(given_argument, place):
                shape = self._shape(given_argument, place)
                problem = no_argument(given_argument, shape, parameter.name.text, predicate.name.text)
                self.findings.add((problem,))
            value = self.expression(given_argument, place)
            is_device = kind == "device"
            arguments[parameter.name.text] = Argument(value, None if is_device else kind, is_device)
        bound = frozenset((*place.renamed.values(), *place.variables)) | place.taken
        inner = _Place(scope, {}, arguments=arguments, taken=bound, uses=(*place.uses, predicate))
        is_plain = all(isinstance(each.value, Ident) for each in arguments.values())
        return self._put_in(predicate, predicate.body, inner, is_plain=is_plain)

    def _may_be_device(self, node: Expression, place: _Place) -> bool:
        """In a rule what is not known may be a device: its attributes are then found when it is evaluated."""
        shape = self._shape(node, place)
        return shape == DEVICE or (shape is None and self.in_rule and not isinstance(node, Literal))

    def _binder(self, node: Call, count: int, place: _Place) -> Expression:
        """A macro that binds its first arguments; names that arguments of a predicate may mean are changed."""
        assert node.target is not None
        target = self.expression(node.target, place)
        names = node.arguments[:count]
        inner = place
        bound: list[Expression] = []
        for name, shape in zip(names, self._shapes.loop_items(node, place.shape), strict=True):
            if not isinstance(name, Ident):
                bound.append(replace(name, id=self._id()))
                continue
            fresh = _fresh(name.name, place.taken)
            inner = _with_variable(inner, name.name, fresh, shape)
            bound.append(replace(name, id=self._id(), name=fresh))
        rest = [self.expression(each, inner) for each in node.arguments[count:]]
        return replace(node, id=self._id(), target=target, arguments=(*bound, *rest))

    def _bind(self, node: Call, place: _Place) -> Expression:
        name, value, body = node.arguments
        new_value = self.expression(value, place)
        assert node.target is not None
        target = replace(node.target, id=self._id())
        if not isinstance(name, Ident):
            return replace(
                node, id=self._id(), target=target, arguments=(name, new_value, self.expression(body, place))
            )
        fresh = _fresh(name.name, place.taken)
        new_name = replace(name, id=self._id(), name=fresh)
        shape = self._shape(value, place)
        new_body = self.expression(body, _with_variable(place, name.name, fresh, shape))
        return replace(node, id=self._id(), target=target, arguments=(new_name, new_value, new_body))


def _is_bound(name: str, place: _Place) -> bool:
    return name in place.renamed or name in place.arguments or name in place.variables


def _with_variable(place: _Place, name: str, fresh: str, shape: Shape | None) -> _Place:
    return replace(place, renamed={**place.renamed, name: fresh}, local={**place.local, name: shape})


def _fresh(name: str, taken: frozenset[str]) -> str:
    """The name itself, unless it would catch a name that an argument uses."""
    if name not in taken:
        return name
    return next(f"{name}_{number}" for number in range(1, 1000) if f"{name}_{number}" not in taken | RESERVED)


def _use(predicate: Predicate) -> str:
    parameters = ", ".join(parameter.name.text for parameter in predicate.parameters)
    return f"write `{predicate.name.text}({parameters})`"
