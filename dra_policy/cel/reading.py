"""What of a device an expression reads, from its tree alone."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.syntax import Call, Expression, Ident, Literal, Select, children
from dra_policy.ir.path import WHOLE_DEVICE, Path
from dra_policy.model import Dialect


def references(expression: Expression, dialect: Dialect | None) -> frozenset[Path]:
    """The paths that the expression reads; whole maps where keys are computed, the whole device in the worst case."""
    return frozenset(_paths(expression, dialect))


def _keys(node: Expression) -> tuple[str, ...] | None:
    """The constant keys from ``device`` to what a node selects; None if it selects nothing of the device."""
    match node:
        case Ident(name="device" | ".device"):
            return ()
        case Select(operand=operand, member=key):
            before = _keys(operand)
        case Call(function="_[_]" | "_[?_]", arguments=(operand, Literal(value=str() as key))):
            before = _keys(operand)
        case _:
            return None
    return None if before is None else (*before, key)


def _paths(node: Expression, dialect: Dialect | None) -> Iterator[Path]:
    keys = _keys(node)
    if keys is not None:
        yield _path(keys, dialect)
        return
    for part in children(node):
        yield from _paths(part, dialect)


def _path(keys: tuple[str, ...], dialect: Dialect | None) -> Path:
    if not keys:
        return Path("attributes") if dialect is Dialect.K8SRM else WHOLE_DEVICE
    if dialect is Dialect.K8SRM:
        return Path("attributes", None, keys[0])
    first = "driver" if keys[0] == "driverName" else keys[0]
    if first in ("driver", "allowMultipleAllocations"):
        return Path(first)
    if dialect is Dialect.EVOLUTION:
        return Path(first, None, keys[1] if len(keys) > 1 else None)
    return Path(first, keys[1] if len(keys) > 1 else None, keys[2] if len(keys) > 2 else None)
