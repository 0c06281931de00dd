"""Functions on lists: Kubernetes' own (``sum``, ``includes``, …) and cel-go's ext.Lists and ext.Sets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key

from dra_policy.cel.arithmetic import add
from dra_policy.cel.data import NO_OVERLOAD, Duration, Failure, Interruption, UInt, Value, type_name
from dra_policy.cel.equality import compare, contains, equals
from dra_policy.cel.frame import COST_EXCEEDED
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.weights import check_size

DURATION = "google.protobuf.Duration"
TIMESTAMP = "google.protobuf.Timestamp"
# The names in overload ids, and the types; in the order in which cel-go tries them.
COMPARABLE = {
    "int": "int",
    "uint": "uint",
    "double": "double",
    "bool": "bool",
    "duration": DURATION,
    "timestamp": TIMESTAMP,
    "string": "string",
    "bytes": "bytes",
}
_ORDERED = frozenset(COMPARABLE.values())
_ZEROS: dict[str, Value] = {"int": 0, "uint": UInt(0), "double": 0.0, "duration": Duration(0)}


def _has_order(value: Value) -> bool:
    return type_name(value) in _ORDERED


def _is_sorted(items: list[Value]) -> Value:
    for index, item in enumerate(items):
        if not _has_order(item):
            return Failure(NO_OVERLOAD)
        if index and compare(items[index - 1], item) == 1:
            return False
    return True


def _sum_from(zero: Value) -> Callable[[list[Value]], Value]:
    def total(items: list[Value]) -> Value:
        so_far = zero
        for item in items:
            so_far = add(so_far, item)
            if isinstance(so_far, Failure):
                return so_far
        return so_far

    return total


def _extreme(name: str, preferred: int) -> Callable[[list[Value]], Value]:
    def find(items: list[Value]) -> Value:
        if not items:
            return Failure(f"{name} called on empty list")
        best = items[0]
        for item in items:
            if not _has_order(item):
                return Failure(NO_OVERLOAD)
            if compare(best, item) == preferred:
                best = item
        return best

    return find


def _index_of(items: list[Value], wanted: Value) -> Value:
    return next((index for index, item in enumerate(items) if equals(item, wanted) is True), -1)


def _last_index_of(items: list[Value], wanted: Value) -> Value:
    return next((index for index in range(len(items) - 1, -1, -1) if equals(items[index], wanted) is True), -1)


def _includes(target: Value, wanted: Value) -> Value:
    if isinstance(target, list):
        return any(equals(item, wanted) is True for item in target)
    return equals(target, wanted) is True


def _includes_of_136(target: Value, wanted: Value) -> Value:
    """``includes`` of Kubernetes 1.36: it looks at no more than 48 values."""
    if isinstance(target, list) and len(target) > 48:
        if any(equals(item, wanted) is True for item in target[:48]):
            return True
        return Failure("'includes' function cannot be applied to lists longer than 48 values")
    return _includes(target, wanted)


def _of_each(name: str, template: str, compute: Callable[[str], Callable[[list[Value]], Value]]) -> Function:
    """A function with one overload for each comparable type that ``compute`` knows."""
    names = _ZEROS if name == "sum" else COMPARABLE
    return Function(
        name, tuple(Overload(template.format(kind), (f"list({COMPARABLE[kind]})",), compute(kind)) for kind in names)
    )


FUNCTIONS = (
    _of_each("isSorted", "list_{0}_is_sorted_bool", lambda _: _is_sorted),
    _of_each("sum", "list_{0}_sum_{0}", lambda kind: _sum_from(_ZEROS[kind])),
    _of_each("max", "list_{0}_max_{0}", lambda _: _extreme("max", -1)),
    _of_each("min", "list_{0}_min_{0}", lambda _: _extreme("min", 1)),
    Function("indexOf", (Overload("list_a_index_of_int", ("list(<A>)", "<A>"), _index_of),)),
    Function("lastIndexOf", (Overload("list_a_last_index_of_int", ("list(<A>)", "<A>"), _last_index_of),)),
)
INCLUDES = Function("includes", (Overload("list_includes_dyn_dyn", ("dyn", "dyn"), _includes),))
INCLUDES_OF_136 = Function("includes", (Overload("dra_includes_dyn_dyn", ("dyn", "dyn"), _includes_of_136),))


def _slice(items: list[Value], start: int, end: int) -> Value:
    said = f"cannot slice({start}, {end}), "
    if start < 0 or end < 0:
        return Failure(said + "negative indexes not supported")
    if start > end:
        return Failure(said + "start index must be less than or equal to end index")
    if end > len(items):
        return Failure(f"{said}list is length {len(items)}")
    return items[start:end]


_TYPES_WITH_PARAMETERS = {"list": "list(dyn)", "map": "map(dyn, dyn)", "optional_type": "optional_type(dyn)"}


def _type_text(value: Value) -> str:
    return _TYPES_WITH_PARAMETERS.get(type_name(value), type_name(value))


def _flatten_once(items: Value) -> Value:
    return (
        _flatten(items, 1) if isinstance(items, list) else Failure(f"no such overload: {_type_text(items)}.flatten()")
    )


def _flatten(items: Value, depth: Value) -> Value:
    if not isinstance(items, list) or depth.__class__ is not int or not isinstance(depth, int):
        return Failure(f"no such overload: {_type_text(items)}.flatten({_type_text(depth)})")
    if depth < 0:
        return Failure("level must be non-negative")
    flat: list[Value] = []
    for item in items:
        if isinstance(item, list) and depth > 0:
            inner = _flatten(item, depth - 1)
            flat.extend(inner if isinstance(inner, list) else [])
        else:
            flat.append(item)
    return flat


def _sort(items: list[Value]) -> Value:
    return _sort_by(items, items)


def _sort_by(items: list[Value], keys: Value) -> Value:
    if not isinstance(keys, list):
        return Failure(NO_OVERLOAD)
    if len(items) != len(keys):
        return Failure(
            "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, "
            f"but got {len(items)} and {len(keys)} elements respectively"
        )
    if not items:
        return items
    kind = type_name(keys[0])
    if kind not in _ORDERED:
        return Failure("list elements must be comparable")
    if any(type_name(key) != kind for key in keys):
        return Failure("list elements must have the same type")

    def order(one: int, other: int) -> int:
        found = compare(keys[one], keys[other])
        return 0 if isinstance(found, Failure) else found

    return [items[index] for index in sorted(range(len(items)), key=cmp_to_key(order))]


LONGEST_RANGE = 1_000_000


def _range_of_136(size: int) -> Value:
    """``lists.range`` before Kubernetes 1.37: nothing for a negative size, and no limit but that of the cost."""
    if size > LONGEST_RANGE:
        raise Interruption(COST_EXCEEDED, cost=size + 11)
    return list(range(size))


def _range(size: int) -> Value:
    if size < 0:
        return Failure(f"lists.range: size must be non-negative, got {size}")
    if size > LONGEST_RANGE:
        return Failure(f"lists.range: size {size} exceeds maximum allowed ({LONGEST_RANGE})")
    return list(range(size))


def _reverse(items: list[Value]) -> Value:
    return items[::-1]


def _distinct(items: list[Value]) -> Value:
    check_size(len(items), _MOST_COMPARED)
    found: list[Value] = []
    for item in items:
        if not contains(found, item):
            found.append(item)
    return found


_LIST = frozenset({"list"})
# Kubernetes charges the square of the size, after the work is done: nobody waits for what is refused in the end.
_MOST_COMPARED = 5_000
# ext.Lists, version 3.
EXTENSIONS = (
    Function("slice", (Overload("list_slice", ("list(<T>)", "int", "int"), _slice),)),
    Function(
        "flatten",
        (
            Overload("list_flatten", ("list(list(<T>))",), _flatten_once),
            Overload("list_flatten_int", ("list(dyn)", "int"), _flatten),
        ),
        unguarded=True,
    ),
    Function("sort", operator=_sort, operands=_LIST),
    Function("@sortByAssociatedKeys", operator=_sort_by, operands=_LIST),
    Function("lists.range", (Overload("lists_range", ("int",), _range),)),
    Function("reverse", (Overload("list_reverse", ("list(<T>)",), _reverse),)),
    Function("distinct", (Overload("list_distinct", ("list(<T>)",), _distinct),)),
)

_OF_136 = {"lists.range": Function("lists.range", (Overload("lists_range", ("int",), _range_of_136),))}
# The same library with the cel-go of Kubernetes 1.34 to 1.36.
EXTENSIONS_OF_136 = tuple(_OF_136.get(function.name, function) for function in EXTENSIONS)


def _is_of_one_class(one: list[Value], other: list[Value]) -> bool:
    """Whether equality is Python's own, so that sets can answer instead of comparing each with each."""
    classes = {each.__class__ for items in (one, other) for each in items}
    return classes in ({str}, {int}, {bool})


def _contains_all(items: list[Value], wanted: list[Value]) -> bool:
    check_size(len(items) * len(wanted), _MOST_COMPARED**2)
    if _is_of_one_class(items, wanted):
        return set(wanted) <= set(items)
    return all(contains(items, item) for item in wanted)


def _intersects(one: list[Value], other: list[Value]) -> bool:
    check_size(len(one) * len(other), _MOST_COMPARED**2)
    if _is_of_one_class(one, other):
        return not set(one).isdisjoint(other)
    return any(contains(other, item) for item in one)


def _set_test(test: Callable[[list[Value], list[Value]], bool], name: str) -> Function:
    return Function(f"sets.{name}", (Overload(f"list_sets_{name}_list", ("list(<T>)", "list(<T>)"), test),))


SETS = (
    _set_test(_contains_all, "contains"),
    _set_test(lambda one, other: _contains_all(one, other) and _contains_all(other, one), "equivalent"),
    _set_test(_intersects, "intersects"),
)
