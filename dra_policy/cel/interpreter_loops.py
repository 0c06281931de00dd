"""Comprehensions, the loops that macros expand to, and the scopes of their variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Protocol

from dra_policy.cel import syntax
from dra_policy.cel.data import (
    ABSENT,
    GO_NAMES,
    NO_OVERLOAD,
    Failure,
    GrowingList,
    GrowingMap,
    MapValue,
    Value,
)
from dra_policy.cel.frame import Frame, SlotReader, Step, stop
from dra_policy.cel.macros import ACCUMULATOR
from dra_policy.cel.weights import check_nested


class Scope:
    """The loop variables that a node can see, innermost first."""

    __slots__ = ("_roots",)

    def __init__(self, roots: dict[str, Step] | None = None) -> None:
        self._roots = roots or {}

    @property
    def is_empty(self) -> bool:
        """Whether no loop is around."""
        return not self._roots

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

    @property
    def is_watched(self) -> bool:
        """Whether the value of every part is asked for."""


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
    variables = {node.iteration_variable: SlotReader(first)}
    if node.iteration_variable2:
        variables[node.iteration_variable2] = SlotReader(second)
    inside = scope.with_variables({**accumulated, **variables})
    is_hidden = node.accumulator == node.iteration_variable
    search = None if planner.is_watched or is_hidden else _search(node)
    if search is not None:
        rounds = _searching(search, planner.step(search.body, inside), (total, first, second))
    else:
        rounds = _rounds(planner.step(node.condition, inside), planner.step(node.step, inside), (total, first, second))
    result = planner.step(node.result, scope.with_variables(accumulated))
    is_double = bool(node.iteration_variable2)
    identity = node.id

    def run(frame: Frame) -> Value:
        source = iteration_range(frame)
        if source.__class__ is Failure:
            return source
        items = _pairs(source) if is_double else _items(source)
        if items is None:
            return _not_iterable(source, identity, is_double=is_double)
        frame.slots[total] = ABSENT
        rounds(frame, iter(items))
        return _settled(result(frame))

    if scope.is_empty or not _is_independent(node, scope):
        return run
    return _remembered(run, planner.new_slot())


Slots = tuple[int, int, int]
"""Where a loop keeps its accumulator and its variables."""
Rounds = Callable[[Frame, Iterator[tuple[Value, Value]]], None]


def _rounds(condition: Step, step: Step, places: Slots) -> Rounds:
    """The rounds of any loop."""
    total, first, second = places

    def run(frame: Frame, items: Iterator[tuple[Value, Value]]) -> None:
        slots = frame.slots
        for slots[first], slots[second] in items:
            if condition(frame) is False:
                break
            slots[total] = step(frame)

    return run


class _Search:
    """A loop that looks for one ``decisive`` answer of its body: ``all`` for false, ``exists`` for true.

    ``charge`` is what a round costs besides the body: the accumulator is read for the condition and for the step.
    """

    __slots__ = ("body", "charge", "decisive", "node")

    def __init__(self, body: syntax.Expression, node: int, *, decisive: bool) -> None:
        self.body = body
        self.node = node
        self.decisive = decisive
        self.charge = 4 if decisive else 3


def _search(node: syntax.Comprehension) -> _Search | None:
    match node:
        case syntax.Comprehension(
            accumulator=name,
            initial=syntax.Literal(value=bool() as initial),
            condition=syntax.Call(function="@not_strictly_false", arguments=(going_on,)),
            step=syntax.Call(function="_&&_" | "_||_" as operator, arguments=(syntax.Ident(name=left), body), id=step),
        ) if left == name and initial is (operator == "_&&_"):
            pass
        case _:
            return None
    match going_on:
        case syntax.Ident(name=read) if initial and read == name:
            return _Search(body, step, decisive=False)
        case syntax.Call(function="!_", arguments=(syntax.Ident(name=read),)) if not initial and read == name:
            return _Search(body, step, decisive=True)
    return None


def _searching(search: _Search, body: Step, places: Slots) -> Rounds:
    """The rounds of ``all`` and ``exists``; after an error they go on, because a decisive answer absorbs it."""
    total, first, second = places
    decisive, node, charge = search.decisive, search.node, search.charge

    def run(frame: Frame, items: Iterator[tuple[Value, Value]]) -> None:
        slots, limit = frame.slots, frame.limit
        found: Value = not decisive
        for slots[first], slots[second] in items:
            if found is decisive:
                # The condition notices only in the next round, if there is one.
                frame.cost += charge - 1
                if frame.cost > limit:
                    stop(frame, charge - 1)
                break
            frame.cost += charge
            if frame.cost > limit:
                stop(frame, charge)
            value = body(frame)
            if value is decisive or found.__class__ is not Failure:
                is_answer = value is True or value is False or value.__class__ is Failure
                found = value if is_answer else Failure(NO_OVERLOAD, node)
        slots[total] = found

    return run


def _is_independent(node: syntax.Comprehension, scope: Scope) -> bool:
    """Whether no variable of a loop or binding around the node occurs in it (by name, so rather too seldom)."""
    pending: list[syntax.Expression] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, syntax.Ident) and scope.root(part.name) is not None and part.name != ACCUMULATOR:
            return False
        pending.extend(syntax.children(part))
    return True


def _remembered(run: Step, place: int) -> Step:
    """A loop inside another one that does not depend on it: each round gives the same answer for the same cost."""

    def step(frame: Frame) -> Value:
        known = frame.slots[place]
        if known.__class__ is tuple:
            value, cost = known
            if frame.cost + cost <= frame.limit:
                frame.cost += cost
                return value
            # It will be stopped somewhere inside: let it.
            return run(frame)
        before = frame.cost
        value = run(frame)
        if value is True or value is False:
            frame.slots[place] = value, frame.cost - before
        return value

    return step


def _settled(value: Value) -> Value:
    """A list or map that no longer grows."""
    if value.__class__ is GrowingList:
        return list(value)
    if isinstance(value, GrowingMap):
        check_nested(list(value.entries.values()))
        return MapValue(value.entries)
    return value


def _items(source: Value) -> Iterable[tuple[Value, Value]] | None:
    if isinstance(source, list):
        return zip(tuple(source), repeat(None))
    if isinstance(source, MapValue):
        return zip(tuple(source.all_keys()), repeat(None))
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
