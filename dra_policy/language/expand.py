"""Put lets, predicates and aliases into an expression: what is left speaks of the device only.

The result is an expression of plain CEL, but for literals with a suffix and for the selections that the table of
attributes names: each of these is ``device.NAME`` and stands for an attribute or capacity of one domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dra_policy.cel.builder import RESERVED
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
)
from dra_policy.language.scope import DEVICE_FIELDS, Attribute, Definition, Scope
from dra_policy.language.syntax import Alias, Let, Predicate
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

_Change = Callable[[Expression], Expression]
_Ids = Callable[[], int]

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

_MOST_NODES = 20_000
_DEEPEST_USE = 50


@dataclass(frozen=True, slots=True)
class Argument:
    """What a parameter stands for at one use of its predicate."""

    value: Expression
    kind: str | None
    is_device: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression is read: its scope, its variables, and the uses of predicates around it."""

    scope: Scope
    variables: frozenset[str]
    devices: frozenset[str] = frozenset()
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    # Names that are bound around a predicate's use: its arguments may speak of them.
    taken: frozenset[str] = frozenset()
    uses: tuple[Definition, ...] = ()

    @property
    def has_device(self) -> bool:
        argument = self.arguments.get("device")
        return "device" in self.devices or (argument is not None and argument.is_device)


@dataclass(frozen=True, slots=True)
class Expanded:
    """An expanded expression, its attributes, and kinds that predicates' parameters declare, by node id."""

    expression: Expression
    attributes: Mapping[int, Attribute]
    kinds: Mapping[int, str]


def expand(
    expression: Expression,
    scope: Scope,
    findings: Findings,
    *,
    variables: frozenset[str] = frozenset(),
    devices: frozenset[str] = frozenset(("device",)),
    requests: frozenset[str] = frozenset(),
) -> Expanded:
    """Expand an expression that may use the given variables and devices; what cannot be is reported and left.

    ``requests`` are the names of the claim's requests, which a condition on one device cannot see.
    """
    expander = _Expander(findings, requests)
    expanded = expander.expression(expression, _Place(scope, variables | devices, devices))
    return Expanded(expanded, expander.attributes, expander.kinds)


class _Expander:
    """One expansion: new ids, and the tables that belong to them."""

    def __init__(self, findings: Findings, requests: frozenset[str]) -> None:
        self.findings = findings
        self.requests = requests
        self.attributes: dict[int, Attribute] = {}
        self.kinds: dict[int, str] = {}
        self._last_id = 0

    def _id(self) -> int:
        self._last_id += 1
        if self._last_id == _MOST_NODES:
            self.findings.error("DRA313", f"an expanded expression has more than {_MOST_NODES:,} parts")
        return self._last_id

    def expression(self, node: Expression, place: _Place) -> Expression:
        """The node with every name of the policy language put in."""
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
        copied = _map_children(node, self._copy, self._id)
        if node.id in self.attributes:
            self.attributes[copied.id] = self.attributes[node.id]
        if node.id in self.kinds:
            self.kinds[copied.id] = self.kinds[node.id]
        return copied

    def _let(self, node: Ident, definition: Let, scope: Scope, place: _Place) -> Expression:
        if self._is_circular(definition, node.span, place):
            return Literal(True, self._id(), node.span)
        inner = _Place(scope, frozenset(), taken=place.taken, uses=(*place.uses, definition))
        return self.expression(definition.expression, inner)

    def _is_circular(self, definition: Let | Predicate, span: Span, place: _Place) -> bool:
        word = "let" if isinstance(definition, Let) else "predicate"
        if any(each is definition for each in place.uses):
            self.findings.error(
                "DRA317", f"{word} `{definition.name.text}` uses itself", span, hint="write it without recursion"
            )
            return True
        return self._last_id > _MOST_NODES or len(place.uses) > _DEEPEST_USE

    def _unknown(self, node: Ident, place: _Place) -> Expression:
        name = node.name
        if name not in _KNOWN | RESERVED:
            candidates = [*place.variables, *place.arguments, *place.scope.names]
            near = nearest(name, candidates)
            hint = f"did you mean `{near}`?" if near else f'a driver is named first: `driver {name} = "…"`'
            if name in self.requests:
                hint = f"`{name}` is a request; what holds between devices is said by `match`, `distinct` or `require`"
            self.findings.error("DRA303", f"`{name}` is not declared", node.span, hint=hint)
        return replace(node, id=self._id())

    # Selections

    def _select(self, node: Select, place: _Place) -> Expression:
        view = self._view(node.operand, place)
        if view is None:
            self._check_field(node, place)
            return replace(node, id=self._id(), operand=self.expression(node.operand, place))
        alias, device = view
        if device is None:
            self._no_device(alias, node, place)
            return replace(node, id=self._id(), operand=Ident("device", self._id(), node.operand.span))
        selected = replace(node, id=self._id(), operand=device)
        attribute = Attribute(alias, node.member, node.member_span)
        self.attributes[selected.id] = attribute
        self._check_declared(attribute)
        return selected

    def _view(self, operand: Expression, place: _Place) -> tuple[Alias, Expression | None] | None:
        """The alias that an operand names (``gpu``, ``d.gpu``), and the device that it is a view of; None: no alias."""
        match operand:
            case Ident(name=name, span=span) if not _is_bound(name, place):
                alias = place.scope.alias(name)
                if alias is None:
                    return None
                device = Ident("device", 0, span)
                return alias, self._ident(device, place) if place.has_device else None
            case Select(operand=device, member=member, optional=False) if self._is_device(device, place):
                alias = place.scope.alias(member)
                return None if alias is None else (alias, self.expression(device, place))
        return None

    def _is_device(self, node: Expression, place: _Place) -> bool:
        if not isinstance(node, Ident) or node.name in place.renamed:
            return False
        argument = place.arguments.get(node.name)
        if argument is not None:
            return argument.is_device
        return node.name in place.devices

    def _check_field(self, node: Select, place: _Place) -> None:
        """A member of a device that is neither a field nor an alias."""
        if not self._is_device(node.operand, place) or node.member in DEVICE_FIELDS:
            return
        candidates = [*DEVICE_FIELDS, *(name for name in place.scope.names if place.scope.alias(name))]
        near = nearest(node.member, candidates)
        hint = (
            f"did you mean `{near}`?"
            if near
            else "a device has driver, attributes, capacity, and the drivers declared here"
        )
        self.findings.error("DRA303", f"a device has no `{node.member}`", node.member_span, hint=hint)

    def _no_device(self, alias: Alias, node: Select, place: _Place) -> None:
        devices = [*place.devices, *(name for name, argument in place.arguments.items() if argument.is_device)]
        name = alias.name.text
        hint = f"write `{devices[0]}.{name}.{node.member}`" if devices else "a let is the same for every device"
        self.findings.error(
            "DRA303", f"`{name}.{node.member}` speaks of a device, and none is here", node.span, hint=hint
        )

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
        if node.target is None:
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

    def _check_function(self, node: Call, place: _Place) -> None:
        predicates = [
            name for name in place.scope.names if isinstance((place.scope.find(name) or (None,))[0], Predicate)
        ]
        near = nearest(node.function, predicates)
        if near is not None and node.function not in _FUNCTIONS and node.function.isidentifier():
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
            is_device = self._is_device(given_argument, place)
            if kind == "device" and not is_device:
                self.findings.error(
                    "DRA304",
                    f"`{given_argument.span.text}` is no device",
                    given_argument.span,
                    hint=f"`{parameter.name.text}` of `{predicate.name.text}` is a device",
                )
            value = self.expression(given_argument, place)
            arguments[parameter.name.text] = Argument(value, None if kind == "device" else kind, is_device)
        bound = frozenset(place.renamed.values()) | place.variables | place.taken
        inner = _Place(scope, frozenset(), arguments=arguments, taken=bound, uses=(*place.uses, predicate))
        return self.expression(predicate.body, inner)

    def _binder(self, node: Call, count: int, place: _Place) -> Expression:
        """A macro that binds its first arguments; names that arguments of a predicate may mean are changed."""
        assert node.target is not None
        target = self.expression(node.target, place)
        names = node.arguments[:count]
        inner = place
        bound: list[Expression] = []
        for name in names:
            if not isinstance(name, Ident):
                bound.append(replace(name, id=self._id()))
                continue
            fresh = _fresh(name.name, place.taken)
            inner = _with_variable(inner, name.name, fresh)
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
        new_body = self.expression(body, _with_variable(place, name.name, fresh))
        return replace(node, id=self._id(), target=target, arguments=(new_name, new_value, new_body))


def _map_children(node: Expression, change: _Change, next_id: _Ids) -> Expression:
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


def _is_bound(name: str, place: _Place) -> bool:
    return name in place.renamed or name in place.arguments or name in place.variables


def _with_variable(place: _Place, name: str, fresh: str) -> _Place:
    return replace(place, renamed={**place.renamed, name: fresh}, taken=place.taken)


def _fresh(name: str, taken: frozenset[str]) -> str:
    """The name itself, unless it would catch a name that an argument uses."""
    if name not in taken:
        return name
    return next(f"{name}_{number}" for number in range(1, 1000) if f"{name}_{number}" not in taken | RESERVED)


def _use(predicate: Predicate) -> str:
    parameters = ", ".join(parameter.name.text for parameter in predicate.parameters)
    return f"write `{predicate.name.text}({parameters})`"
