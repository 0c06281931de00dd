"""What a call costs at run time (cel-go interpreter/runtimecost.go, k8s.io/apiserver pkg/cel/library/cost.go).

A unit is one simple step; texts cost a tenth of a unit a character. The cost of a call is known once its arguments
and its result are.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from dra_policy.cel.data import (
    GO_NAMES,
    TYPE_NAMES,
    Duration,
    Interruption,
    MapValue,
    OptionalValue,
    Timestamp,
    Value,
    size_of,
)

CallCost = Callable[[list[Value], Value], int]
STRING_FACTOR = 0.1
REGEX_FACTOR = 0.25
LIST_BASE = 10
MAP_BASE = 30
MESSAGE_BASE = 40


def one(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    """A call that takes the same time whatever its arguments are."""
    return 1


def _size(value: Value) -> int:
    """The size that Kubernetes counts: 1 for what has none."""
    size = size_of(value)
    return 1 if size is None else size


def _open_size(value: Value) -> int:
    """The size that cel-go counts: of an optional its content's."""
    while isinstance(value, OptionalValue) and value.has_value:
        value = value.value
    return _size(value)


def _first(factor: float) -> CallCost:
    return lambda arguments, _: ceil(_size(arguments[0]) * factor)


def _pattern(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    return ceil((1.0 + _size(arguments[0])) * STRING_FACTOR) * ceil(_size(arguments[1]) * REGEX_FACTOR)


def _traversal(value: Value) -> int:
    match value:
        case str():
            return int(len(value.encode("utf-8", "surrogatepass")) * STRING_FACTOR)
        case bytes():
            return int(len(value) * STRING_FACTOR)
        case list():
            return sum(_traversal(item) for item in value)
        case MapValue():
            return sum(_traversal(key) + _traversal(inner) for key, inner in value.all_items())
    return 1


def _contains_ip(arguments: list[Value], overload: str) -> int:
    network, other = _size(arguments[0]), _size(arguments[1])
    cost = ceil((network + network) * STRING_FACTOR)
    return cost + ceil(other * STRING_FACTOR) if overload.endswith("_string") else cost


def _contains_network(arguments: list[Value], overload: str) -> int:
    network, other = _size(arguments[0]), _size(arguments[1])
    cost = ceil((network + network) * STRING_FACTOR) + ceil(network * STRING_FACTOR) + 1
    return cost + ceil(other * STRING_FACTOR) if overload.endswith("_string") else cost


def _validate(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    from dra_policy.cel.library.formats import Format

    form = arguments[0]
    if not isinstance(form, Format):
        return 1
    return ceil((1.0 + _size(arguments[1])) * STRING_FACTOR) * ceil(form.pattern_size * REGEX_FACTOR)


# Where the names of Kubernetes' own types begin.
_KUBERNETES = ("kubernetes.", "net.")


def _same_size(arguments: list[Value]) -> int:
    return ceil(min(_open_size(arguments[0]), _open_size(arguments[1])) * STRING_FACTOR)


def equality(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    """``==``: a tenth of the smaller size; 1 for Kubernetes' own types."""
    return 1 if TYPE_NAMES.get(arguments[0].__class__, "").startswith(_KUBERNETES) else _same_size(arguments)


def smaller_operand(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    """``!=``, and ``<`` and its kin on texts: a tenth of the smaller size."""
    return _same_size(arguments)


# By function name: what Kubernetes says, whatever the overload.
_BY_NAME: dict[str, CallCost] = {
    **dict.fromkeys(
        ("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes"),
        lambda arguments, _: _traversal(arguments[0]),
    ),
    **dict.fromkeys(
        (
            *("url", "lowerAscii", "upperAscii", "substring", "trim", "cidr", "isIP", "isCIDR", "ip"),
            *("quantity", "isQuantity", "semver", "isSemver"),
        ),
        _first(STRING_FACTOR),
    ),
    **dict.fromkeys(("replace", "split", "ip.isCanonical"), _first(2 * STRING_FACTOR)),
    "join": lambda _, result: ceil(_size(result) * 2 * STRING_FACTOR),
    "find": _pattern,
    "findAll": _pattern,
    "validate": _validate,
    "_==_": equality,
    **dict.fromkeys(
        (
            *("masked", "prefixLength", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast"),
            *("isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger", "isInteger"),
            *("asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major", "minor"),
            *("patch", "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery"),
        ),
        one,
    ),
}


def _allocating(size: float) -> int:
    # What Go's conversion gives for a double that is too large.
    return (int(size) if size < 2.0**64 else 2**63) + 1 + LIST_BASE


def _go_name(value: Value) -> str:
    return GO_NAMES.get(value.__class__, "*types.Err")


def _no_lister(value: Value) -> str:
    """How Go ends the evaluation where cel-go's count of costs takes a value for a list."""
    missing = "Contains" if isinstance(value, _ADDERS) and not isinstance(value, bool) else "Add"
    return f"internal error: interface conversion: {_go_name(value)} is not traits.Lister: missing method {missing}"


_ADDERS = (int, float, str, bytes, Duration, Timestamp)


def _self_comparing(place: int) -> CallCost:
    def cost(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
        items = arguments[place]
        if not isinstance(items, list):
            raise Interruption(_no_lister(items))
        if not items:
            return _allocating(0)
        factor = 2.0 + STRING_FACTOR if isinstance(items[0], str | bytes) else 2.0
        return _allocating(len(items) ** 2 * factor)

    return cost


def _flatten(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    depth = arguments[1] if len(arguments) == 2 else 1
    if depth.__class__ is not int or not isinstance(depth, int):
        raise Interruption(f"internal error: interface conversion: ref.Val is {_go_name(depth)}, not types.Int")
    return _allocating(_size(arguments[0]) * float(depth if depth >= 0 else 1))


def _flatten_before_137(arguments: list[Value], result: Value) -> int:
    depth = arguments[1]
    if isinstance(depth, int) and depth < 0:
        return 1 + LIST_BASE + _size(arguments[0]) * depth
    return _flatten(arguments, result)


def _sets(factor: int) -> CallCost:
    return lambda arguments, _: 1 + _size(arguments[0]) * _size(arguments[1]) * factor


def _contains(arguments: list[Value], result: Value) -> int:  # noqa: ARG001
    return ceil(_open_size(arguments[0]) * STRING_FACTOR) * ceil(_open_size(arguments[1]) * STRING_FACTOR)


_TEXT_ORDER = [
    f"{name}_{kind}" for name in ("less", "less_equals", "greater", "greater_equals") for kind in ("string", "bytes")
]
# By overload: the libraries' own counts come before Kubernetes', cel-go's defaults after them.
_BEFORE: dict[str, CallCost] = {
    "list_sets_contains_list": _sets(1),
    "list_sets_intersects_list": _sets(1),
    "list_sets_equivalent_list": _sets(2),
}
_LIST_EXTENSION: dict[str, CallCost] = {
    **dict.fromkeys(("list_slice", "lists_range", "list_reverse"), lambda _, result: _allocating(_size(result))),
    "list_flatten": _flatten,
    "list_flatten_int": _flatten,
    "list_distinct": _self_comparing(0),
}
_AFTER: dict[str, CallCost] = {
    "starts_with_string": lambda arguments, _: ceil(_open_size(arguments[1]) * STRING_FACTOR),
    "ends_with_string": lambda arguments, _: ceil(_open_size(arguments[1]) * STRING_FACTOR),
    **dict.fromkeys(
        ("string_to_bytes", "bytes_to_string", "strings_quote", "string_format"),
        lambda arguments, _: ceil(_open_size(arguments[0]) * STRING_FACTOR),
    ),
    "in_list": lambda arguments, _: _open_size(arguments[1]),
    **dict.fromkeys(_TEXT_ORDER, smaller_operand),
    "add_string": lambda arguments, _: ceil((_open_size(arguments[0]) + _open_size(arguments[1])) * STRING_FACTOR),
    "add_bytes": lambda arguments, _: ceil((_open_size(arguments[0]) + _open_size(arguments[1])) * STRING_FACTOR),
    "matches": _pattern,
    "matches_string": _pattern,
    "contains_string": _contains,
}


# What the cel-go and the API server of Kubernetes before 1.37 counted instead.
_BEFORE_137: dict[str, CallCost] = {
    "dra_includes_dyn_dyn": one,
    "list_flatten_int": _flatten_before_137,
    "starts_with_string": lambda arguments, _: ceil(_open_size(arguments[0]) * STRING_FACTOR),
    "ends_with_string": lambda arguments, _: ceil(_open_size(arguments[0]) * STRING_FACTOR),
}


def call_cost(function: str, overload: str, *, kubernetes: int = 37) -> CallCost:
    """How a call of a function is charged in Kubernetes 1.x.

    ``overload`` is the only one that the checker found, or empty.
    """
    if kubernetes < 37 and overload in _BEFORE_137:
        return _BEFORE_137[overload]
    found = _BEFORE.get(overload) or _LIST_EXTENSION.get(overload)
    if found is not None:
        return found
    if function == "@sortByAssociatedKeys" and overload:
        return _self_comparing(1)
    if function == "sort" and overload:
        return _self_comparing(0)
    if overload == "cidr_ip":
        return one
    if function == "containsIP":
        return lambda arguments, _: _contains_ip(arguments, overload)
    if function == "containsCIDR":
        return lambda arguments, _: _contains_network(arguments, overload)
    if function == "_!=_":
        return smaller_operand
    return _BY_NAME.get(function) or _AFTER.get(overload, one)
