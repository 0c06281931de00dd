"""Names: what a dotted chain spells, which full names it may stand for, how a variable is read."""

from __future__ import annotations

from dra_policy.cel import syntax
from dra_policy.cel.data import Failure, Value
from dra_policy.cel.frame import Frame, Step


def dotted_name(node: syntax.Expression) -> str | None:
    """``a.b.c`` for a chain of plain selections from a name; None for anything else."""
    match node:
        case syntax.Ident(name=name):
            return name
        case syntax.Select(test_only=False, optional=False):
            prefix = dotted_name(node.operand)
            return None if prefix is None else f"{prefix}.{node.member}"
    return None


def candidates_of(container: str, name: str) -> tuple[str, ...]:
    """The full names that a name may stand for, the innermost container first (cel-spec, Name Resolution)."""
    if name.startswith("."):
        return (name[1:],)
    parts = container.split(".") if container else []
    return tuple(".".join((*parts[:size], name)) for size in range(len(parts), -1, -1))


def variable_root(name: str, node: int) -> Step:
    """Reads a variable of the frame, without charge."""
    missing = f"no such attribute(s): {name}"

    def root(frame: Frame) -> Value:
        try:
            return frame.variables[name]
        except KeyError:
            return Failure(missing, node)

    return root


def unknown_root(names: str, node: int) -> Step:
    """Fails for names that stand for nothing."""
    return lambda _: Failure(f"no such attribute(s): {names}", node)
