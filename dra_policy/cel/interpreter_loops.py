"""Comprehensions, the loops that macros expand to, and the scopes of their variables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dra_policy.cel import syntax
from dra_policy.cel.data import (
    ABSENT,
    GO_NAMES,
    Failure,
    GrowingList,
    GrowingMap,
    MapValue,
    Value,
)
from dra_policy.cel.frame import Frame, Step


class Scope:
    """The loop variables that a node can see, innermost first."""

    __slots__ = ("_roots",)

    def __init__(self, roots: dict[str, Step] | None = None) -> None:
        self._roots = roots or {}

    def root(self, name: str) -> Step | None:
        """What reads a variable; None for a name that is no loop's variable."""
        return self._roots.get(name)

    def with_variables(self, added: dict[str, Step]) -> Scope:
        """This scope with more variables, which hide others of the same name."""
        return Scope({**self._roots, **added})


class StepMaker(Protocol):
    """What plans the parts of a loop (``interpreter.Planner``)."""

    def step(self, node: syntax.Expression, scope: Scope) -> Step:
        """A node as a step that charges all it costs."""

    def new_slot(self) -> int:
        """A place for a variable of a loop."""


def _slot(place: int) -> Step:
    return lambda frame: frame.slots[place]


def _accumulator(place: int, initial: Step) -> Step:
    """Reads the accumulator; its first value is computed when somebody asks for it (so that a binding is lazy)."""

    def root(frame: Frame) -> Value:
        value = frame.slots[place]
        if value is ABSENT:
            value = initial(frame)
            if isinstance(value, list) and not value:
                value = GrowingList()
            elif isinstance(value, MapValue) and not value.entries:
                value = GrowingMap({})
            frame.slots[place] = value
        return value

    return root


def loop_step(planner: StepMaker, node: syntax.Comprehension, scope: Scope) -> Step:
    """A comprehension as a step; it costs nothing of its own."""
    initial = planner.step(node.initial, scope)
    iteration_range = planner.step(node.iteration_range, scope)
    total, first, second = planner.new_slot(), planner.new_slot(), planner.new_slot()
    accumulated = {node.accumulator: _accumulator(total, initial)}
    variables = {node.iteration_variable: _slot(first)}
    if node.iteration_variable2:
        variables[node.iteration_variable2] = _slot(second)
    inside = scope.with_variables({**variables, **accumulated})
    condition = planner.step(node.condition, inside)
    step = planner.step(node.step, inside)
    result = planner.step(node.result, scope.with_variables(accumulated))
    is_double = bool(node.iteration_variable2)
    identity = node.id

    def run(frame: Frame) -> Value:
        source = iteration_range(frame)
        if source.__class__ is Failure:
            return source
        slots = frame.slots
        slots[total] = ABSENT
        items = _pairs(source) if is_double else _items(source)
        if items is None:
            return _not_iterable(source, identity, is_double=is_double)
        for key, value in items:
            slots[first] = key
            slots[second] = value
            if condition(frame) is False:
                break
            slots[total] = step(frame)
        return _settled(result(frame))

    return run


def _settled(value: Value) -> Value:
    """A list or map that no longer grows."""
    if value.__class__ is GrowingList:
        return list(value)
    if isinstance(value, GrowingMap):
        return MapValue(value.entries)
    return value


def _items(source: Value) -> Iterable[tuple[Value, Value]] | None:
    if isinstance(source, list):
        return ((item, None) for item in tuple(source))
    if isinstance(source, MapValue):
        return ((key, None) for key in tuple(source.all_keys()))
    return None


def _pairs(source: Value) -> Iterable[tuple[Value, Value]] | None:
    if isinstance(source, list):
        return enumerate(tuple(source))
    if isinstance(source, MapValue):
        return tuple(source.all_items())
    return None


def _not_iterable(source: Value, node: int, *, is_double: bool) -> Failure:
    name = GO_NAMES.get(source.__class__, "ref.Val")
    if is_double:
        return Failure(f"unsupported comprehension range type: {name}", node)
    return Failure(f"got '{name}', expected iterable type", node)
