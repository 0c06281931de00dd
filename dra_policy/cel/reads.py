"""Which attributes and capacities an expression reads, and what guards each read (resource.k8s.io selectors)."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.macros import UNUSED
from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, ListLiteral, Literal, Select, children
from dra_policy.record import dataclass
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class Facts:
    """What a condition makes sure of.

    ``present`` are attributes and capacities that the device has: (``attributes`` or ``capacity``, domain, name).
    ``drivers`` are those of which one has published it; None: any.
    """

    present: frozenset[tuple[str, str, str]] = frozenset()
    drivers: frozenset[str] | None = None

    def __and__(self, other: Facts) -> Facts:
        """What holds where both conditions are true."""
        if self.drivers is None or other.drivers is None:
            drivers = other.drivers if self.drivers is None else self.drivers
        else:
            drivers = self.drivers & other.drivers
        return Facts(self.present | other.present, drivers)

    def __or__(self, other: Facts) -> Facts:
        """What holds where one of the conditions is true."""
        is_any = self.drivers is None or other.drivers is None
        drivers = None if is_any else (self.drivers or frozenset()) | (other.drivers or frozenset())
        return Facts(self.present & other.present, drivers)


_NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Read:
    """One use of an attribute or capacity.

    ``fails`` says that the expression has a run-time error where the device lacks it: the read is neither optional nor
    a question of presence, and no condition around it makes sure of it. ``drivers`` are those to which conditions
    around it restrict the device; None: any.
    """

    node: Expression
    is_capacity: bool
    domain: str
    name: str
    name_span: Span
    fails: bool
    drivers: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Domain:
    """``device.attributes[domain]`` or ``device.capacity[domain]``; ``kind`` is the map's name."""

    kind: str
    name: str
    span: Span


def reads(expression: Expression) -> tuple[Read, ...]:
    """All uses with a domain and a name that are written as constants, in the order of the text."""
    found = {read.node.id: read for read in _reads(expression, {}, _NOTHING)}
    return tuple(sorted(found.values(), key=lambda read: read.name_span.start))


def domains(expression: Expression) -> tuple[Domain, ...]:
    """All domains that are written as constants, in the order of the text."""
    found: dict[int, Domain] = {}
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        domain = _domain(node, {})
        if domain is not None:
            found[node.id] = domain
        waiting.extend(children(node))
    return tuple(sorted(found.values(), key=lambda domain: domain.span.start))


def _reads(node: Expression, names: dict[str, Domain], facts: Facts) -> Iterator[Read]:
    read = _read(node, names, facts)
    if read is not None:
        yield read
        return
    match node:
        case Call(function="_&&_", arguments=(left, right)):
            # A side that fails does not matter where the other one is false, so each guards the other.
            yield from _reads(left, names, facts & facts_of(right, names))
            yield from _reads(right, names, facts & facts_of(left, names))
        case Call(function="_||_", arguments=(left, right)):
            yield from _reads(left, names, facts & facts_of(right, names, negated=True))
            yield from _reads(right, names, facts & facts_of(left, names, negated=True))
        case Call(function="_?_:_", arguments=(condition, yes, no)):
            yield from _reads(condition, names, facts)
            yield from _reads(yes, names, facts & facts_of(condition, names))
            yield from _reads(no, names, facts & facts_of(condition, names, negated=True))
        case Comprehension(iteration_variable="#unused", accumulator=variable, initial=value, result=body):
            yield from _reads(value, names, facts)
            domain = _domain(value, names)
            inner = {name: known for name, known in names.items() if name != variable}
            yield from _reads(body, inner | ({variable: domain} if domain is not None else {}), facts)
        case _:
            for child in children(node):
                yield from _reads(child, names, facts)


def _read(node: Expression, names: dict[str, Domain], facts: Facts) -> Read | None:
    match node:
        case Select(operand=operand, member=name, member_span=span):
            is_safe = node.optional or node.test_only
        case Call(function="_[_]" | "_[?_]" as function, arguments=(operand, Literal(value=str() as name, span=span))):
            is_safe = function == "_[?_]"
        case Call(function="@in", arguments=(Literal(value=str() as name, span=span), operand)):
            is_safe = True
        case _:
            return None
    domain = _domain(operand, names)
    if domain is None:
        return None
    return Read(
        node,
        domain.kind == "capacity",
        domain.name,
        name,
        span,
        fails=not is_safe and (domain.kind, domain.name, name) not in facts.present,
        drivers=facts.drivers,
    )


def _domain(node: Expression, names: dict[str, Domain]) -> Domain | None:
    match node:
        case Ident(name=name):
            return names.get(name)
        case Select(
            operand=Select(operand=Ident(name="device"), member="attributes" | "capacity" as kind),
            member=name,
            member_span=span,
        ):
            return Domain(kind, name, span)
        case Call(
            function="_[_]" | "_[?_]",
            arguments=(
                Select(operand=Ident(name="device"), member="attributes" | "capacity" as kind),
                Literal(value=str() as name, span=span),
            ),
        ):
            return Domain(kind, name, span)
        case _:
            return None


def facts_of(node: Expression, names: dict[str, Domain], *, negated: bool = False) -> Facts:
    """What holds where a condition is true, or false if ``negated``."""
    match node:
        case Call(function="!_", arguments=(inner,)):
            return facts_of(inner, names, negated=not negated)
        case Call(function="_&&_" | "_||_" as function, arguments=(left, right)):
            first, second = facts_of(left, names, negated=negated), facts_of(right, names, negated=negated)
            return first | second if (function == "_&&_") is negated else first & second
        case Call(function="_!=_", arguments=(left, right)) if negated:
            return _driver(left, right) & _driver(right, left)
    if negated:
        return _NOTHING
    match node:
        case Select(test_only=True, operand=operand, member=name):
            return _presence(operand, name, names)
        case Call(function="@in", arguments=(Literal(value=str() as name), operand)):
            return _presence(operand, name, names)
        case Call(function="@in", arguments=(own, ListLiteral(elements=elements))) if _is_driver(own):
            return _one_of(elements)
        case Call(function="_==_", arguments=(left, right)):
            return _driver(left, right) & _driver(right, left)
        case Comprehension(iteration_variable=variable, result=body) if variable == UNUSED:
            return facts_of(body, names)
        case _:
            return _NOTHING


def _presence(operand: Expression, name: str, names: dict[str, Domain]) -> Facts:
    domain = _domain(operand, names)
    return Facts(frozenset({(domain.kind, domain.name, name)})) if domain is not None else _NOTHING


def _driver(left: Expression, right: Expression) -> Facts:
    return _one_of((right,)) if _is_driver(left) else _NOTHING


def _is_driver(node: Expression) -> bool:
    return (
        isinstance(node, Select)
        and isinstance(node.operand, Ident)
        and node.operand.name == "device"
        and (node.member == "driver")
    )


def _one_of(values: tuple[Expression, ...]) -> Facts:
    """The driver is one of the values, if all of them are constants."""
    texts = [each.value for each in values if isinstance(each, Literal) and isinstance(each.value, str)]
    return Facts(drivers=frozenset(texts)) if len(texts) == len(values) else _NOTHING
