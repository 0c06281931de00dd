"""Decide by the text alone which expressions are quantities or versions, and so which names are capacities.

In this order: the schema of the alias; the use in this expression (compared with or added to a quantity, argument or
receiver of a function on quantities); else an attribute. All uses of a name in one expression agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.syntax import Call, Expression, ListLiteral, Literal, Select, SuffixedLiteral, children
from dra_policy.language.expand import Expanded
from dra_policy.language.scope import Attribute
from dra_policy.record import dataclass

QUANTITY = "quantity"
VERSION = "version"

COMPARISONS = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_SUMS = ("_+_", "_-_")
_QUANTITY_RECEIVERS = frozenset(("asInteger", "isInteger", "asApproximateFloat", "add", "sub"))
_SHARED_RECEIVERS = frozenset(("isGreaterThan", "isLessThan", "compareTo"))
_VERSION_RECEIVERS = frozenset(("major", "minor", "patch"))
_MAKERS = {"quantity": QUANTITY, "semver": VERSION}


@dataclass(slots=True, eq=False)
class Kinds:
    """What is known of the parts of one expanded expression."""

    expanded: Expanded
    by_use: dict[tuple[str, str], str]

    def of(self, node: Expression) -> str | None:
        """``quantity``, ``version``, another type that a schema or parameter declares, or None for unknown."""
        declared = self.expanded.kinds.get(node.id)
        if declared is not None:
            return declared
        match node:
            case Literal(value=SuffixedLiteral(kind=kind)):
                return kind
            case Literal(value=value):
                return _LITERAL_KINDS.get(type(value))
            case Select():
                attribute = self.expanded.attributes.get(node.id)
                return None if attribute is None else self.of_attribute(attribute)
            case Call():
                return self._of_call(node)
        return None

    def of_attribute(self, attribute: Attribute) -> str | None:
        """What the schema says; without a line there, what the use in this expression says."""
        return attribute.declared_type or self.by_use.get((attribute.domain, attribute.name))

    def is_capacity(self, attribute: Attribute) -> bool:
        """Whether the name is a capacity."""
        return self.of_attribute(attribute) == QUANTITY

    def _of_call(self, node: Call) -> str | None:
        match node.function, node.arguments:
            case ("quantity" | "semver") as maker, _ if node.target is None:
                return _MAKERS[maker]
            case (("_+_" | "_-_"), (left, right)):
                return QUANTITY if QUANTITY in (self.of(left), self.of(right)) else None
            case "-_", (operand,):
                return self.of(operand)
            case (("sum" | "min" | "max"), ()) if node.target is not None:
                return self.of_elements(node.target)
            case (("add" | "sub"), _) if node.target is not None:
                return QUANTITY
            case "_?_:_", (_, yes, no):
                return self.of(yes) or self.of(no)
            case (("orValue" | "value"), arguments) if node.target is not None:
                return self.of(node.target) or next((self.of(each) for each in arguments), None)
        return None

    def of_elements(self, node: Expression) -> str | None:
        """The kind of the elements of a list, as far as its own text says it."""
        match node:
            case ListLiteral(elements=elements):
                return next((kind for each in elements if (kind := self.of(each)) is not None), None)
            case Call(function="map", arguments=arguments) if node.target is not None and arguments:
                return self.of(arguments[-1])
            case Call(function=name, target=target) if target is not None and name in _SAME_ELEMENTS:
                return self.of_elements(target)
            case Call(function="_+_", arguments=(left, right)):
                return self.of_elements(left) or self.of_elements(right)
        return None


_SAME_ELEMENTS = frozenset(("filter", "distinct", "sort", "slice", "reverse"))
_LITERAL_KINDS: dict[type, str] = {bool: "bool", int: "int", str: "string", float: "double"}


def infer(expanded: Expanded) -> Kinds:
    """The kinds of an expanded expression's parts."""
    kinds = Kinds(expanded, {})
    if not expanded.attributes:
        return kinds
    nodes = list(_all_nodes(expanded.expression))
    known = -1
    while known != len(kinds.by_use):
        known = len(kinds.by_use)
        for node in nodes:
            _learn(node, kinds)
    return kinds


def _learn(node: Expression, kinds: Kinds) -> None:
    """What one node says about the names in it."""
    declared = kinds.expanded.kinds.get(node.id)
    if declared in (QUANTITY, VERSION):
        _set(node, declared, kinds)
    if not isinstance(node, Call):
        return
    match node.function, node.arguments:
        case name, (left, right) if node.target is None and (name in COMPARISONS or name in _SUMS):
            _agree(left, right, kinds, is_sum=name in _SUMS)
        case "@in", (left, right):
            for element in children(right):
                _agree(left, element, kinds)
        case "_?_:_", (_, yes, no):
            _agree(yes, no, kinds)
        case "sign", (argument,) if node.target is None:
            _set(argument, QUANTITY, kinds)
        case name, arguments if node.target is not None:
            _learn_receiver(name, node.target, arguments, kinds)


def _learn_receiver(name: str, target: Expression, arguments: tuple[Expression, ...], kinds: Kinds) -> None:
    if name in _QUANTITY_RECEIVERS:
        _set(target, QUANTITY, kinds)
        if name in ("add", "sub"):
            for argument in arguments:
                _set(argument, QUANTITY, kinds)
    elif name in _VERSION_RECEIVERS and not arguments:
        _set(target, VERSION, kinds)
    elif (name in _SHARED_RECEIVERS or name == "orValue") and len(arguments) == 1:
        _agree(target, arguments[0], kinds)


def _agree(left: Expression, right: Expression, kinds: Kinds, *, is_sum: bool = False) -> None:
    for one, other in ((left, right), (right, left)):
        kind = kinds.of(other)
        if kind == QUANTITY or (kind == VERSION and not is_sum):
            _set(one, kind, kinds)


def _set(node: Expression, kind: str, kinds: Kinds) -> None:
    """The name that a node is, or gets its value from, is of this kind."""
    match node:
        case Select():
            attribute = kinds.expanded.attributes.get(node.id)
            if attribute is not None and attribute.declared_type is None:
                # What is a quantity anywhere stays one: the mistake is then reported at the other use.
                kinds.by_use.setdefault((attribute.domain, attribute.name), kind)
        case Call(function="orValue" | "value", target=target) if target is not None:
            _set(target, kind, kinds)
        case Call(function="_?_:_", arguments=(_, yes, no)):
            _set(yes, kind, kinds)
            _set(no, kind, kinds)
        case Call(function="_+_" | "_-_" | "-_", arguments=arguments) if kind == QUANTITY:
            for argument in arguments:
                _set(argument, kind, kinds)
        case Call(function="sum" | "min" | "max", target=target, arguments=()) if target is not None:
            _set_elements(target, kind, kinds)


def _set_elements(node: Expression, kind: str, kinds: Kinds) -> None:
    """The elements of a list are of this kind."""
    match node:
        case ListLiteral(elements=elements):
            for element in elements:
                _set(element, kind, kinds)
        case Call(function="map", arguments=arguments) if arguments:
            _set(arguments[-1], kind, kinds)
        case Call(function=name, target=target) if target is not None and name in _SAME_ELEMENTS:
            _set_elements(target, kind, kinds)


def _all_nodes(root: Expression) -> Iterator[Expression]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
