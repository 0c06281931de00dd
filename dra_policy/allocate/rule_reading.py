"""What a rule over several devices reads, and what of its shape a search can use before all devices are chosen.

A *list* here is the devices chosen for one request: ``gpus``, ``requests["odd-name"]``, ``claims.fast.gpus``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, Literal, Select, children
from dra_policy.record import dataclass

ListName = tuple[str, ...]
"""How a rule names a list: ``("gpus",)``, ``("requests", "odd-name")``, ``("claims", "fast", "gpus")``."""

_ROOTS = frozenset(("requests", "claims"))
_MAPS = frozenset(("attributes", "capacity"))
# Macros and functions over a list whose answer does not depend on its order.
_FOLDS = frozenset(("all", "exists", "exists_one", "existsOne"))
_REDUCTIONS = frozenset(("size", "sum", "min", "max", "sort"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule reads: lists, and names of attributes, capacities and fields of devices.

    ``everything``: names that are not known before it runs. ``reads_node``: the node beside its devices.
    """

    lists: frozenset[ListName]
    names: frozenset[str]
    everything: bool
    reads_node: bool


def conjuncts(node: Expression) -> Iterator[Expression]:
    """The parts of which each must be true."""
    if isinstance(node, Call) and node.function == "_&&_" and node.target is None:
        for each in node.arguments:
            yield from conjuncts(each)
    else:
        yield node


def list_name(node: Expression, known: frozenset[str]) -> ListName | None:
    """The list that an expression names; ``known`` are the names of lists that are variables."""
    if isinstance(node, Ident):
        return (node.name,) if node.name in known else None
    steps: list[str] = []
    while not isinstance(node, Ident):
        match node:
            case Select(operand=operand, member=member, test_only=False):
                steps.append(member)
            case Call(function="_[_]", arguments=(operand, Literal(value=str() as key))):
                steps.append(key)
            case _:
                return None
        node = operand
    if node.name not in _ROOTS or len(steps) != (1 if node.name == "requests" else 2):
        return None
    return (node.name, *reversed(steps))


def reading_of(node: Expression, known: frozenset[str]) -> Reading:
    """What an expression reads."""
    found = _Reader(known)
    found.read(node)
    return Reading(frozenset(found.lists), frozenset(found.names), found.everything, found.reads_node)


class _Shape(Enum):
    """What a part of a rule is, as far as devices are concerned."""

    DEVICE = 1
    DEVICES = 2
    OTHER = 3


class _Reader:
    """Walks an expression; ``everything`` is set where a device is used other than by a name that is read from it."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.lists: set[ListName] = set()
        self.names: set[str] = set()
        self.everything = False
        self.reads_node = False
        self._variables: dict[str, _Shape] = {}

    def read(self, node: Expression) -> _Shape:
        if isinstance(node, Ident) and node.name in self._variables:
            return self._variables[node.name]
        name = list_name(node, self.known)
        if name is not None:
            self.lists.add(name)
            return _Shape.DEVICES
        match node:
            case Ident(name=root):
                self._read_root(root)
            case Select(operand=operand, member=member):
                self._read_member(operand, member)
            case Call(function="_[_]" | "_[?_]", arguments=(operand, index)):
                return self._read_index(operand, index)
            case Call():
                return self._read_call(node)
            case Comprehension():
                return self._read_loop(node)
            case _:
                self._read_plainly(children(node))
        return _Shape.OTHER

    def _read_root(self, name: str) -> None:
        if name == "node":
            self.reads_node = True
        elif name in _ROOTS or name == "pods":
            # A list that is found out only when the rule runs may be any.
            self.lists.add((name,))
            self.everything = True

    def _read_member(self, operand: Expression, member: str) -> None:
        # The whole map, unless a name is read from it (``_read_name``).
        self.everything = self.everything or member in _MAPS
        self._read_name(operand, member)

    def _read_name(self, operand: Expression, name: str) -> None:
        """A name read from a device, from one of its maps, or from anything else."""
        self.names.add(name)
        match operand:
            case Select(operand=inner, member=member) if member in _MAPS:
                self.read(inner)
            case Call(
                function="_[_]" | "_[?_]", arguments=(Select(operand=inner, member=member), Literal(value=str()))
            ) if member in _MAPS:
                self.read(inner)
            case _:
                self.read(operand)

    def _read_index(self, operand: Expression, index: Expression) -> _Shape:
        if isinstance(index, Literal) and isinstance(index.value, str):
            self._read_name(operand, index.value)
            return _Shape.OTHER
        self.read(index)
        if self.read(operand) is _Shape.DEVICES:
            return _Shape.DEVICE
        # Which of a map's names it is stands in no text.
        self.everything = self.everything or not isinstance(index, Literal)
        return _Shape.OTHER

    def _read_call(self, call: Call) -> _Shape:
        operands = children(call)
        if call.function == "size" and len(operands) == 1:
            self.read(operands[0])
            return _Shape.OTHER
        if call.function == "_+_":
            shapes = [self.read(each) for each in operands]
            return _Shape.DEVICES if _Shape.DEVICES in shapes else _Shape.OTHER
        self._read_plainly(operands)
        return _Shape.OTHER

    def _read_plainly(self, parts: Iterable[Expression]) -> None:
        """Parts whose values are used as they are: of a device that is all there is to know."""
        for each in parts:
            if self.read(each) is not _Shape.OTHER:
                self.everything = True

    def _read_loop(self, loop: Comprehension) -> _Shape:
        macro = loop.macro
        shape = self.read(loop.iteration_range)
        if macro is None or macro.function not in (*_FOLDS, "map", "filter") or loop.iteration_variable2 is not None:
            self.everything = self.everything or shape is not _Shape.OTHER
            self._read_plainly([each for each in children(loop) if each is not loop.iteration_range])
            return _Shape.OTHER
        before = dict(self._variables)
        self._variables[loop.iteration_variable] = _Shape.DEVICE if shape is _Shape.DEVICES else _Shape.OTHER
        found = [self.read(each) for each in macro.arguments[1:]]
        self._variables = before
        if macro.function == "filter":
            return shape
        if macro.function == "map" and found[-1] is _Shape.DEVICE:
            return _Shape.DEVICES
        self.everything = self.everything or any(each is not _Shape.OTHER for each in found)
        return _Shape.OTHER


def is_order_free(node: Expression, known: frozenset[str], most: Mapping[ListName, int]) -> bool:
    """Whether the answer stays the same however the devices of each list are ordered.

    ``most`` is how many devices a list has at the most: one that has one is in order anyway.
    """
    try:
        _Order(known, most).is_ordered(node)
    except _OrderedError:
        return False
    return True


class _OrderedError(Exception):
    """The answer may depend on an order."""


class _Order:
    """Tells which parts of an expression have the order of a list; raises _OrderedError where it may be noticed."""

    def __init__(self, known: frozenset[str], most: Mapping[ListName, int]) -> None:
        self._known = known
        self._most = most

    def is_ordered(self, node: Expression) -> bool:
        name = list_name(node, self._known)
        if name is not None:
            return self._most.get(name, 2) > 1
        match node:
            case Comprehension(macro=Call() as macro):
                return self._of_macro(node, macro)
            case Call():
                return self._of_call(node)
            case _:
                return self._of_parts(children(node))

    def _of_parts(self, parts: Iterable[Expression]) -> bool:
        for each in parts:
            if self.is_ordered(each):
                raise _OrderedError
        return False

    def _of_macro(self, node: Comprehension, macro: Call) -> bool:
        if not self.is_ordered(node.iteration_range):
            return self._of_parts(children(node))
        if node.iteration_variable2 is not None or macro.function not in (*_FOLDS, "map", "filter"):
            raise _OrderedError
        self._of_parts(macro.arguments[1:])
        return macro.function in ("map", "filter")

    def _of_call(self, call: Call) -> bool:
        operands = children(call)
        ordered = [self.is_ordered(each) for each in operands]
        if not any(ordered):
            return False
        if call.function in _REDUCTIONS and len(operands) == 1:
            return False
        if call.function == "distinct" and len(operands) == 1:
            return True
        if call.function == "_+_":
            return True
        if call.function == "@in" and not ordered[0]:
            return False
        raise _OrderedError


@dataclass(frozen=True, slots=True)
class SumShape:
    """``LIST.map(v, AMOUNT).sum()`` against a constant: ``total`` is the sum's part, ``bound`` the constant's.

    ``is_least``: the sum must reach the bound; otherwise it must stay within it. ``is_strict``: without being equal.
    """

    list: ListName
    total: Expression
    bound: Expression
    is_least: bool
    is_strict: bool


_MIRRORED = {"_>=_": "_<=_", "_<=_": "_>=_", "_>_": "_<_", "_<_": "_>_"}


def sum_shape(node: Expression, known: frozenset[str]) -> SumShape | None:
    """The shape of a part that holds a sum against a bound; None for every other part."""
    if not isinstance(node, Call) or node.function not in _MIRRORED:
        return None
    left, right = node.arguments
    for operator, side, other in ((node.function, left, right), (_MIRRORED[node.function], right, left)):
        match side, other:
            case Call(function="compareTo", target=Call() as total, arguments=(bound,)), Literal(value=0):
                pass
            case Call() as total, bound:
                pass
            case _:
                continue
        name = summed_list(total, known)
        if name is not None and not any(reading_of(bound, known).lists):
            return SumShape(name, total, bound, operator in ("_>=_", "_>_"), operator in ("_>_", "_<_"))
    return None


def summed_list(node: Expression, known: frozenset[str]) -> ListName | None:
    """The list of ``LIST.map(v, AMOUNT).sum()`` where the amounts depend on their own device only."""
    if not isinstance(node, Call) or node.function != "sum":
        return None
    (operand,) = children(node) if len(children(node)) == 1 else (None,)
    if not isinstance(operand, Comprehension) or operand.macro is None or operand.macro.function != "map":
        return None
    if len(operand.macro.arguments) != 2:
        return None
    amount = reading_of(operand.macro.arguments[1], known)
    return None if amount.lists or amount.reads_node else list_name(operand.iteration_range, known)


def closing_list(node: Expression, known: frozenset[str]) -> ListName | None:
    """The list of which a part stays false when it has become so, whatever more devices the list gets.

    ``LIST.all(v, …)``, ``!LIST.exists(v, …)``, ``LIST.….size() <= N``: asked when all other lists are filled.
    """
    match node:
        case Comprehension(macro=Call(function="all")):
            name = list_name(node.iteration_range, known)
        case Call(function="!_", arguments=(Comprehension(macro=Call(function="exists")) as inner,)):
            name = list_name(inner.iteration_range, known)
        case Call(function="_<=_" | "_<_", arguments=(counted, Literal(value=int()))):
            name = _counted_list(counted, known)
        case Call(function="_>=_" | "_>_", arguments=(Literal(value=int()), counted)):
            name = _counted_list(counted, known)
        case _:
            return None
    return name if name is not None and stays(node, False, name, known) else None


def stays(node: Expression, value: bool, name: ListName, known: frozenset[str]) -> bool:
    """Whether a part that is of this value, or ends with an error, never comes to the other as a list gets longer."""
    if name not in reading_of(node, known).lists:
        return True
    match node:
        case Call(function="_&&_" | "_||_", arguments=operands):
            return all(stays(each, value, name, known) for each in operands)
        case Call(function="!_", arguments=(operand,)):
            return stays(operand, not value, name, known)
        case Comprehension(macro=Call(function="all" | "exists" as function, arguments=arguments)):
            of_list = list_name(node.iteration_range, known) == name
            is_own = function == ("exists" if value else "all")
            grows = of_list and is_own
            return (grows or name not in reading_of(node.iteration_range, known).lists) and stays(
                arguments[-1], value, name, known
            )
        case Call(function="_<=_" | "_<_", arguments=(counted, Literal(value=int()))):
            return not value and _counted_list(counted, known) == name
        case Call(function="_>=_" | "_>_", arguments=(Literal(value=int()), counted)):
            return not value and _counted_list(counted, known) == name
        case Call(function="_>=_" | "_>_", arguments=(counted, Literal(value=int()))):
            return value and _counted_list(counted, known) == name
        case Call(function="_<=_" | "_<_", arguments=(Literal(value=int()), counted)):
            return value and _counted_list(counted, known) == name
    return False


def _counted_list(node: Expression, known: frozenset[str]) -> ListName | None:
    """The list whose ``map``, ``filter`` or ``distinct`` is counted: the number only grows with it."""
    if not isinstance(node, Call) or node.function != "size" or len(children(node)) != 1:
        return None
    (inner,) = children(node)
    while True:
        name = list_name(inner, known)
        if name is not None:
            return name
        match inner:
            case Comprehension(macro=Call(function="map" | "filter", arguments=arguments)):
                if any(reading_of(each, known).lists for each in arguments[1:]):
                    return None
                inner = inner.iteration_range
            case Call(function="distinct") if len(children(inner)) == 1:
                (inner,) = children(inner)
            case _:
                return None
