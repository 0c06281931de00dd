"""Calls, logical operators and literals as steps: arguments first, then the function, then its cost."""

from __future__ import annotations

from dra_policy.cel.data import (
    ABSENT,
    NO_OVERLOAD,
    UNHASHABLE,
    Failure,
    MapValue,
    OptionalValue,
    Value,
    map_key,
    refuse_hash,
)
from dra_policy.cel.equality import equals
from dra_policy.cel.frame import Frame, Step, stop
from dra_policy.cel.functions import Binding, OfIntegers
from dra_policy.cel.printing import quoted_value
from dra_policy.cel.runtime_cost import LIST_BASE, MAP_BASE, CallCost, equality, one, smaller_operand
from dra_policy.cel.weights import check_nested
from dra_policy.values import Quantity, Version


def labelled(value: Value, node: int) -> Value:
    """The value; a Failure that has no node yet gets this one."""
    if isinstance(value, Failure) and value.node is None:
        value.node = node
    return value


def charge(frame: Frame, cost: int) -> None:
    """Add to the cost; raises Interruption past the limit."""
    frame.cost += cost
    if frame.cost > frame.limit:
        stop(frame)


def call_step(node: int, arguments: tuple[Step, ...], binding: Binding, cost: CallCost) -> Step:
    """A call of a function."""
    if not binding.stops_early and len(arguments) == 1:
        return _unary_step(node, arguments[0], binding, cost)
    if not binding.stops_early and len(arguments) == 2:
        return _binary_step(node, arguments, binding, cost)
    implementation, accepts_errors = binding.implementation, binding.accepts_errors

    def step(frame: Frame) -> Value:
        values: list[Value] = []
        for place, argument in enumerate(arguments, start=1):
            value = argument(frame)
            values.append(value)
            if value.__class__ is Failure and not accepts_errors:
                # cel-go misses the arguments that it did not evaluate and then counts nothing for the call.
                if place == len(arguments):
                    charge(frame, cost(values, value))
                return value
        result = implementation(*values)
        charge(frame, cost(values, result))
        return labelled(result, node) if result.__class__ is Failure else result

    return step


# What may be handed out twice even where equal objects are told apart: these have no identity there.
_SHAREABLE = frozenset((bool, int, float, str))
# What is kept lives as long as the program: nothing large is, and what is large costs much.
_MOST_KEPT_COST = 2_000


def repeated_step(call: Step, *, is_apart: bool) -> Step:
    """A call or list of constant parts (``quantity("40Gi")``): computed once, charged each time.

    ``is_apart``: an expression that can tell equal objects apart gets a new one each time, as keys of maps are.
    """
    kept = _SHAREABLE if is_apart else _SHAREABLE | {Quantity, Version, list}
    known: tuple[Value, int] | None = None

    def step(frame: Frame) -> Value:
        nonlocal known
        # Past the limit it is computed again, which stops where Kubernetes does.
        if known is not None and frame.cost + known[1] <= frame.limit:
            frame.cost += known[1]
            return known[0]
        before = frame.cost
        value = call(frame)
        if value.__class__ in kept and frame.cost - before <= _MOST_KEPT_COST:
            known = value, frame.cost - before
        return value

    return step


def _unary_step(node: int, argument: Step, binding: Binding, cost: CallCost) -> Step:
    implementation, accepts_errors = binding.implementation, binding.accepts_errors
    is_unit = cost is one

    def step(frame: Frame) -> Value:
        value = argument(frame)
        result = implementation(value) if value.__class__ is not Failure or accepts_errors else value
        frame.cost += 1 if is_unit else cost([value], result)
        if frame.cost > frame.limit:
            stop(frame)
        return labelled(result, node) if result.__class__ is Failure else result

    return step


def _binary_step(node: int, arguments: tuple[Step, ...], binding: Binding, cost: CallCost) -> Step:
    implementation = binding.implementation
    first, second = arguments
    is_unit = cost is one

    def step(frame: Frame) -> Value:
        left = first(frame)
        right = second(frame)
        result: Value
        if left.__class__ is Failure:
            result = left
        elif right.__class__ is Failure:
            result = right
        else:
            result = implementation(left, right)
        frame.cost += 1 if is_unit else cost([left, right], result)
        if frame.cost > frame.limit:
            stop(frame)
        return labelled(result, node) if result.__class__ is Failure else result

    return step


def comparison_step(node: int, argument: Step, constant: int, binding: Binding, of_integers: OfIntegers) -> Step:
    """A value compared with a constant of type int, as loops over numbers do."""
    general = binding.implementation

    def step(frame: Frame) -> Value:
        value = argument(frame)
        result: Value
        if value.__class__ is int:
            result = of_integers(value, constant)
        else:
            result = value if value.__class__ is Failure else general(value, constant)
        frame.cost += 1
        if frame.cost > frame.limit:
            stop(frame)
        return labelled(result, node) if result.__class__ is Failure else result

    return step


def _not_equals(left: Value, right: Value) -> Value:
    # A refusal to compare is "different" here, and an error for ``==``: so does cel-go.
    return equals(left, right) is not True


EQUALS = Binding(equals, stops_early=False)
NOT_EQUALS = Binding(_not_equals, stops_early=False)


def and_step(node: int, left: Step, right: Step) -> Step:
    """``left && right``: false on either side decides, then an error, the left one first."""
    return _logical_step(node, left, right, decisive=False)


def or_step(node: int, left: Step, right: Step) -> Step:
    """``left || right``: true on either side decides, then an error, the left one first."""
    return _logical_step(node, left, right, decisive=True)


def _logical_step(node: int, left: Step, right: Step, *, decisive: bool) -> Step:
    otherwise = not decisive

    def step(frame: Frame) -> Value:
        first = left(frame)
        if first is decisive:
            return decisive
        second = right(frame)
        if second is decisive:
            return decisive
        if first is otherwise and second is otherwise:
            return otherwise
        value = second if first is otherwise else first
        return value if value.__class__ is Failure else Failure(NO_OVERLOAD, node)

    return step


def optional_or_step(node: int, left: Step, right: Step, *, unwraps: bool, is_lenient: bool) -> Step:
    """``left.or(right)``, or ``left.orValue(right)`` where it ``unwraps``; the right side only if it is needed.

    ``is_lenient``: what is no optional stands for itself, as before Kubernetes 1.37.
    """

    def step(frame: Frame) -> Value:
        value = left(frame)
        if isinstance(value, OptionalValue):
            if value.has_value:
                return value.value if unwraps else value
            return right(frame)
        return value if is_lenient or value.__class__ is Failure else Failure(NO_OVERLOAD, node)

    return step


def member_step(argument: Step, items: list[Value]) -> Step:
    """``argument in [constants]``: a look-up, free of charge.

    Go cannot hash versions and bytes: they end the evaluation.
    """
    members = {_member(item) for item in items}
    numbers = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
    members.update(float(item) for item in numbers if int(float(item)) == item)

    def step(frame: Frame) -> Value:
        value = argument(frame)
        if isinstance(value, str | int | float):
            return _member(value) in members
        if value.__class__ is Failure:
            return value
        if value.__class__ in UNHASHABLE:
            refuse_hash(value)
        return False

    return step


def _member(item: Value) -> Value:
    """Equal numbers of different types are one member, in Python as in CEL; a bool is no number."""
    return map_key(item) if isinstance(item, bool) else item


def list_step(node: int, elements: tuple[Step, ...], optional: frozenset[int]) -> Step:
    """``[a, b, ?c]``."""

    def step(frame: Frame) -> Value:
        values: list[Value] = []
        result: Value = values
        for place, element in enumerate(elements):
            value = element(frame)
            if value.__class__ is Failure:
                result = value
                break
            if place in optional:
                if not isinstance(value, OptionalValue):
                    text = f"cannot initialize optional list element from non-optional value {quoted_value(value)}"
                    result = Failure(text, node)
                    break
                if not value.has_value:
                    continue
                value = value.value
            values.append(value)
        charge(frame, LIST_BASE)
        check_nested(values)
        return result

    return step


def map_step(node: int, entries: tuple[tuple[Step, Step, bool], ...], *, checks_keys: bool = False) -> Step:
    """``{a: b, ?c: d}``; with ``checks_keys`` keys that are no keys and repeated ones are errors (cel-spec)."""

    def step(frame: Frame) -> Value:
        result = _entries(frame, node, entries, checks_keys=checks_keys)
        charge(frame, MAP_BASE)
        if isinstance(result, MapValue):
            check_nested(list(result.entries.values()))
        return result

    return step


def _entries(frame: Frame, node: int, entries: tuple[tuple[Step, Step, bool], ...], *, checks_keys: bool) -> Value:
    found: dict[Value, Value] = {}
    for key_step, value_step, is_optional in entries:
        key = key_step(frame)
        if key.__class__ is Failure:
            return key
        value = value_step(frame)
        if value.__class__ is Failure:
            return value
        if checks_keys and not isinstance(key, str | int):
            return Failure("unsupported key type", node)
        if checks_keys and MapValue(found).find(key) is not ABSENT:
            return Failure("Failed with repeated key", node)
        if is_optional:
            if not isinstance(value, OptionalValue):
                said = f"optional entry '{quoted_value(key)}' from non-optional value {quoted_value(value)}"
                return Failure(f"cannot initialize {said}", node)
            if not value.has_value:
                found.pop(map_key(key), None)
                continue
            value = value.value
        found[map_key(key)] = value
    return MapValue(found)


def operator_step(node: int, name: str, steps: tuple[Step, ...], *, is_older: bool) -> Step | None:
    """The functions that cel-go plans by themselves, whatever their overloads."""
    if len(steps) != 2:
        return None
    match name:
        case "_&&_":
            return and_step(node, *steps)
        case "_||_":
            return or_step(node, *steps)
        case "_==_":
            return call_step(node, steps, EQUALS, equality)
        case "_!=_":
            return call_step(node, steps, NOT_EQUALS, smaller_operand)
        case "or":
            return optional_or_step(node, *steps, unwraps=False, is_lenient=is_older)
        case "orValue":
            return optional_or_step(node, *steps, unwraps=True, is_lenient=is_older)
    return None
