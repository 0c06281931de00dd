"""What of a device a CEL expression reads: the path that a node stands for, and all paths of a subtree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, Literal, Select, children
from dra_policy.ir.path import DRIVER, WHOLE_DEVICE, Path
from dra_policy.model import Dialect

_INDICES = frozenset(("_[_]", "_[?_]"))
_DEVICE = frozenset(("device", ".device"))


class Access(NamedTuple):
    """A chain of constant keys from the variable ``device``; ``optional`` if one of them is looked up with ``?``."""

    keys: tuple[str, ...]
    optional: bool


class Reading(NamedTuple):
    """The path that a node stands for; ``optional`` if its value is a CEL optional."""

    path: Path
    optional: bool


def _access(node: Expression) -> Access | None:
    keys: list[str] = []
    optional = False
    while not isinstance(node, Ident):
        if isinstance(node, Select):
            keys.append(node.member)
            optional |= node.optional
            node = node.operand
        elif isinstance(node, Call) and node.function in _INDICES and node.target is None:
            optional |= node.function == "_[?_]"
            node, key = node.arguments
            if not isinstance(key, Literal) or not isinstance(key.value, str):
                return None
            keys.append(key.value)
        else:
            return None
    return Access(tuple(keys[::-1]), optional) if node.name in _DEVICE else None


def _path(keys: tuple[str, ...], dialect: Dialect) -> tuple[Path, int]:
    """The path that the keys lead to, whole where they end early, and how many of the keys it uses."""
    first = keys[0] if keys else None
    if first in ("attributes", "capacity") and dialect.is_kubernetes:
        if len(keys) > 2:
            return Path(first, keys[1], keys[2]), 3
        return Path(first, keys[1] if len(keys) > 1 else None), len(keys)
    match dialect:
        case Dialect.K8SRM:
            # The variable is the map of the attributes itself.
            return (Path("attributes"), 0) if first is None else (Path("attributes", None, first), 1)
        case _ if first is None:
            return WHOLE_DEVICE, 0
        case Dialect.EVOLUTION:
            if first == "driverName":
                return DRIVER, 1
            return (Path(first), 1) if len(keys) == 1 else (Path(first, None, keys[1]), 2)
        case _:
            return Path(first), 1


def whole_reading(node: Expression, dialect: Dialect) -> Path | None:
    """The whole map that a node stands for (``device.attributes["gpu.nvidia.com"]``); None if it stands for none."""
    access = _access(node)
    if access is None or _tests_only(node):
        return None
    path, used = _path(access.keys, dialect)
    return path if path.is_whole and used == len(access.keys) else None


def value_reading(node: Expression, dialect: Dialect) -> Reading | None:
    """The single value that a node stands for; None for everything else."""
    access = _access(node)
    if access is None or _tests_only(node):
        return None
    path, used = _path(access.keys, dialect)
    return None if path.is_whole or used < len(access.keys) else Reading(path, access.optional)


def presence_reading(node: Expression, dialect: Dialect) -> Path | None:
    """The path whose presence a node tests: ``has(M.x)``, ``"x" in M``, ``M.?x.hasValue()``."""
    match node:
        case Select(operand=operand, member=member, test_only=True):
            return _member(operand, member, dialect)
        case Call(function="@in", target=None, arguments=(Literal(value=str() as member), container)):
            return _member(container, member, dialect)
        case Call(function="hasValue", target=Select() | Call() as target, arguments=()):
            found = value_reading(target, dialect)
            return found.path if found is not None and found.optional else None
    return None


def _member(container: Expression, member: str, dialect: Dialect) -> Path | None:
    access = _access(container)
    if access is None or access.optional or _tests_only(container) or whole_reading(container, dialect) is None:
        return None
    path, used = _path((*access.keys, member), dialect)
    return path if used == len(access.keys) + 1 else None


def _tests_only(node: Expression) -> bool:
    return isinstance(node, Select) and node.test_only


def paths_read(node: Expression, dialect: Dialect) -> tuple[Path, ...]:
    """All that the subtree reads, each path once, in source order.

    A variable of a macro may be called ``device`` too; its uses are then counted as reads, which is only too much.
    """
    return tuple(dict.fromkeys(_reads(node, dialect)))


def _reads(node: Expression, dialect: Dialect) -> Iterator[Path]:
    path = presence_reading(node, dialect)
    if path is not None and not path.is_whole:
        yield path
        return
    access = _access(node)
    if access is not None:
        yield _path(access.keys, dialect)[0]
        return
    names, rest = _names_read(node, dialect)
    if names is not None:
        yield names._replace(names_only=True)
    for child in rest:
        yield from _reads(child, dialect)


def _names_read(node: Expression, dialect: Dialect) -> tuple[Path | None, tuple[Expression, ...]]:
    """A whole map of which the node itself reads only the names, and the children that read on their own."""
    rest: tuple[Expression, ...] = ()
    match node:
        case Comprehension(iteration_range=container, iteration_variable2=None):
            # A loop with one variable over a map is a loop over its keys.
            rest = (node.initial, node.condition, node.step, node.result)
        case Call(function="@in", target=None, arguments=(Literal() as element, container)):
            rest = (element,)
        case Call(function="size", target=None, arguments=(container,)):
            pass
        case Call(function="size", target=Select() | Call() | Ident() as container, arguments=()):
            pass
        case _:
            return None, children(node)
    whole = whole_reading(container, dialect)
    # In dra-evolution, what a typed map shows depends on the values' types.
    return (whole, rest) if whole is not None and dialect.is_kubernetes else (None, children(node))
