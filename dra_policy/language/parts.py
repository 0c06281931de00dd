"""Read what the parser hands to a method of the builder: tokens, nodes, and groups of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from dra_policy.cel.syntax import Expression
from dra_policy.language import syntax
from dra_policy.text import Span

Node = TypeVar("Node")


class Group:
    """What a rule without a node of its own gathered: its rule's name and children."""

    __slots__ = ("children", "rule")

    def __init__(self, rule: str, children: list[object]) -> None:
        """Hold the children of a rule."""
        self.rule = rule
        self.children = children


def extent(part: object) -> tuple[int, int]:
    """Where a token, a node, or a tree of them starts and ends; (-1, -1) for nothing."""
    start = getattr(part, "start_pos", None)
    if start is not None:
        return int(start), int(part.end_pos)  # type: ignore[attr-defined]
    span = getattr(part, "span", None)
    if isinstance(span, Span):
        return span.start, span.end
    if isinstance(part, syntax.Entry):
        return extent(part.key)[0], extent(part.value)[1]
    extents = [extent(child) for child in getattr(part, "children", ())]
    extents = [each for each in extents if each != (-1, -1)]
    return (min(extents)[0], max(end for _, end in extents)) if extents else (-1, -1)


def word_of(token: object) -> str:
    """The text of a token."""
    return str(token)


def is_token(part: object, kind: str) -> bool:
    """Whether a part is a token of this kind."""
    return getattr(part, "type", None) == kind


def all_of(children: Iterable[object], kind: type[Node]) -> tuple[Node, ...]:
    """The parts of one kind."""
    return tuple(child for child in children if isinstance(child, kind))


def only(children: Iterable[object], kind: type[Node]) -> Node:
    """The first part of a kind, which is there by the grammar."""
    return next(child for child in children if isinstance(child, kind))


def groups_of(children: Iterable[object], rule: str) -> list[Group]:
    """What rules of this name gathered."""
    return [child for child in children if isinstance(child, Group) and child.rule == rule]


def namespace_of(children: Iterable[object]) -> syntax.Name | None:
    """The namespace that ``in NAMESPACE`` names."""
    group = next(iter(groups_of(children, "in_namespace")), None)
    return None if group is None else only(group.children, syntax.Name)


def expression_of(children: list[object]) -> Expression:
    """The expression that a statement ends with."""
    return cast("Expression", children[-1])
