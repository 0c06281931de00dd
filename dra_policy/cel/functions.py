"""How a call finds the implementation for its arguments: overloads, guards on run-time types, cel-go's refusals.

cel-go binds functions in two ways. Operators and some others have one implementation for all argument types, which
refuses with a bare ``no such overload``. The rest have one implementation for each overload behind a check of the
arguments' types, which refuses with ``no such overload: name(type, type)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dra_policy.cel.data import TYPE_NAMES, Failure, GrowingList, MapValue, Value, type_name
from dra_policy.record import dataclass

Implementation = Callable[..., Value]
Matcher = Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function and what computes it; ``parameters`` are written as in cel-go (``list(int)``).

    ``stops_early``: it is bound as cel-go binds functions of three arguments, though it has two (see ``Binding``).
    """

    id: str
    parameters: tuple[str, ...]
    implementation: Implementation
    accepts_errors: bool = False
    stops_early: bool = False


OfIntegers = Callable[[Any, Any], bool]
"""An operator between two values of type int."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its overloads in the order in which they are tried, or one ``operator`` for all of them.

    ``operands`` are the CEL types whose values may stand first (None: any); ``of_integers`` is the operator between two
    values of type int. ``unguarded`` overloads are entered whatever the arguments are, and refuse for themselves.
    """

    name: str
    overloads: tuple[Overload, ...] = ()
    operator: Implementation | None = None
    operands: frozenset[str] | None = None
    of_integers: OfIntegers | None = None
    unguarded: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """What a call runs.

    ``implementation`` answers for any arguments, refusals included. ``stops_early``: cel-go evaluates arguments only
    up to the first failing one (which shows in the cost).
    """

    implementation: Implementation
    stops_early: bool
    accepts_errors: bool = False


def refuse(name: str, *arguments: Value) -> Failure:
    """``no such overload: name(type, type)``."""
    return Failure(f"no such overload: {name}({', '.join(type_name(argument) for argument in arguments)})")


# The types whose values answer a call themselves where no implementation takes them: their refusal is the bare one.
RECEIVERS = frozenset({"string", "google.protobuf.Timestamp", "google.protobuf.Duration"})


def unbound(name: str) -> Binding:
    """What a call of a function without implementation runs: it refuses whatever the arguments are."""

    def refused(*arguments: Value) -> Value:
        kind = TYPE_NAMES[arguments[0].__class__]
        return Failure("no such overload" if kind in RECEIVERS else f"no such overload: {name}")

    return Binding(refused, stops_early=False)


def bind(function: Function, overload: str, arity: int) -> Binding:
    """Choose what a call with ``arity`` arguments (receiver included) runs.

    ``overload`` is the id of the only overload that the checker found, or empty.
    """
    if function.operator is not None:
        operator = _operator_of_two if arity == 2 else _operator
        return Binding(operator(function, function.operator), stops_early=arity > 2)
    chosen = [candidate for candidate in function.overloads if candidate.id == overload]
    if not chosen and len(function.overloads) == 1:
        chosen = list(function.overloads)
    if chosen:
        return _only(function, chosen[0], arity)
    return Binding(_dispatch(function), True, any(candidate.accepts_errors for candidate in function.overloads))


def _operator(function: Function, operator: Implementation) -> Implementation:
    operands = function.operands
    if operands is None:
        return operator
    name = function.name

    def guarded(*arguments: Value) -> Value:
        kind = TYPE_NAMES[arguments[0].__class__]
        if kind in operands:
            return operator(*arguments)
        return Failure("no such overload" if kind in RECEIVERS else f"no such overload: {name}")

    return guarded


def _operator_of_two(function: Function, operator: Implementation) -> Implementation:
    """As ``_operator``, for the operators between two values, which loops run most."""
    operands = function.operands
    if operands is None:
        return operator
    refused = _operator(function, operator)
    classes = frozenset(each for each, name in TYPE_NAMES.items() if name in operands)
    of_integers = function.of_integers

    def guarded(left: Value, right: Value) -> Value:
        if left.__class__ is int and right.__class__ is int and of_integers is not None:
            return of_integers(left, right)
        return operator(left, right) if left.__class__ in classes else refused(left, right)

    return guarded


def _only(function: Function, overload: Overload, arity: int) -> Binding:
    implementation, name = overload.implementation, function.name
    stops_early = overload.stops_early or arity > 2
    if function.unguarded or all(parameter.startswith(("<", "dyn")) for parameter in overload.parameters):
        return Binding(implementation, stops_early, overload.accepts_errors)
    matches = signature(overload.parameters)

    def guarded(*arguments: Value) -> Value:
        return implementation(*arguments) if matches(arguments) else refuse(name, *arguments)

    return Binding(guarded, stops_early, overload.accepts_errors)


def _dispatch(function: Function) -> Implementation:
    name = function.name
    candidates = tuple((signature(overload.parameters), overload.implementation) for overload in function.overloads)
    if function.unguarded:
        sizes = {len(overload.parameters): overload.implementation for overload in reversed(function.overloads)}
        return lambda *arguments: sizes[len(arguments)](*arguments)

    def dispatch(*arguments: Value) -> Value:
        for matches, implementation in candidates:
            if matches(arguments):
                return implementation(*arguments)
        return refuse(name, *arguments)

    return dispatch


def signature(parameters: tuple[str, ...]) -> Callable[[tuple[Value, ...]], bool]:
    """A test of arguments against parameter types, as cel-go makes it at run time (``IsAssignableRuntimeType``)."""
    matchers = tuple(matcher(parameter) for parameter in parameters)
    size = len(matchers)
    if size == 1:
        only = matchers[0]
        return lambda arguments: len(arguments) == 1 and only(arguments[0])
    if size == 2:
        first, second = matchers
        return lambda arguments: len(arguments) == 2 and first(arguments[0]) and second(arguments[1])
    return lambda arguments: (
        len(arguments) == size and all(matches(argument) for matches, argument in zip(matchers, arguments, strict=True))
    )


def matcher(parameter: str) -> Matcher:
    """A test for one parameter type: names are compared, of lists and maps the first element's too."""
    if parameter == "dyn" or parameter.startswith("<"):
        return lambda _: True
    if parameter.startswith("list("):
        element = matcher(parameter[5:-1])
        return lambda value: isinstance(value, list) and (not value or element(value[0]))
    if parameter.startswith("map("):
        return _map_matcher(*(part.strip() for part in parameter[4:-1].split(",", 1)))
    name = parameter.partition("(")[0]
    return lambda value: TYPE_NAMES.get(value.__class__) == name


def _map_matcher(key: str, value: str) -> Matcher:
    matches_key, matches_value = matcher(key), matcher(value)

    def matches(candidate: Value) -> bool:
        if not isinstance(candidate, MapValue):
            return False
        first = next(candidate.all_keys(), GrowingList)
        return first is GrowingList or (matches_key(first) and matches_value(candidate.find(first)))

    return matches


def table(functions: Iterable[Function]) -> Mapping[str, Function]:
    """Functions by name; overloads of functions of the same name are joined in order."""
    found: dict[str, Function] = {}
    for function in functions:
        known = found.get(function.name)
        if known is not None:
            function = Function(  # noqa: PLW2901
                function.name,
                known.overloads + function.overloads,
                known.operator,
                known.operands,
                unguarded=known.unguarded,
            )
        found[function.name] = function
    return found
