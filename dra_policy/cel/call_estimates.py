"""What calls of functions cost at most, by the sizes of their arguments (k8s.io/apiserver cel/library/cost.go)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Protocol

from dra_policy.cel.kinds import Type
from dra_policy.cel.sizes import UNBOUNDED, UNKNOWN, Range, exactly
from dra_policy.cel.syntax import Call, Expression, Literal
from dra_policy.record import dataclass

STRING_FACTOR = 0.1
"""Cost of reading one character (cel-go, common/cost.go)."""

REGEX_FACTOR = 0.25
"""Cost of one character of a pattern for each character of text."""

# ResourceSliceMaxAttributeValuesPerDevice of resource.k8s.io.
_MOST_VALUES = 48
# k8s.io/apiserver pkg/cel/format.go.
_LONGEST_PATTERN = 128
_LONGEST_FORMAT = 64


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """The cost of a call without its arguments, and the size of its result where that is known."""

    cost: Range
    result_size: Range | None = None


class Argument(Protocol):
    """An argument or receiver of a call, as far as its size is concerned."""

    @property
    def type(self) -> Type:
        """Its type."""

    @property
    def node(self) -> Expression:
        """Its expression."""

    def size(self) -> Range:
        """How long it is; UNKNOWN where nothing bounds it."""

    def element_size(self) -> Range:
        """How long each of its elements is."""


@dataclass(frozen=True, slots=True)
class _Sized:
    target: Argument | None
    arguments: Sequence[Argument]
    overload: str


_ONE = CallEstimate(exactly(1))
_NOMINAL = frozenset(
    (
        *("serviceAccount", "path", "group", "resource", "subresource", "namespace", "name", "allowed", "reason"),
        *("error", "errored", "masked", "prefixLength", "family", "isUnspecified", "isLoopback"),
        *("isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger"),
        *("isInteger", "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major"),
        *("minor", "patch", "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery"),
    )
)


def estimate_call(
    function: str, overload: str, target: Argument | None, arguments: Sequence[Argument]
) -> CallEstimate | None:
    """What Kubernetes estimates for a call of its own functions; None leaves it to CEL's own rule."""
    if function in _NOMINAL:
        return _ONE
    estimator = _LIST_ESTIMATORS.get(function) or _ESTIMATORS.get(function)
    return estimator(_Sized(target, arguments, overload)) if estimator else None


def _traversal(call: _Sized) -> CallEstimate | None:
    """Functions that look at every element of a list, or at every character of a text."""
    target = call.target
    if target is None:
        return None
    if target.type.parameters:
        each = exactly(1)
        if target.type.parameters[0].kind in ("string", "bytes"):
            each = each.plus(target.element_size().scaled(STRING_FACTOR))
        return CallEstimate(target.size().times(each))
    return CallEstimate(target.size().scaled(STRING_FACTOR))


def _includes(call: _Sized) -> CallEstimate | None:
    target = call.target
    if call.overload == "dra_includes_dyn_dyn":
        return CallEstimate(Range(0, _MOST_VALUES))
    if target is None or target.type.parameters:
        return _traversal(call)
    return CallEstimate(target.size().times(exactly(1)))


def _read_first(call: _Sized) -> CallEstimate | None:
    """Functions that read their first argument once."""
    return CallEstimate(call.arguments[0].size().scaled(STRING_FACTOR)) if call.arguments else None


def _read_first_twice(call: _Sized) -> CallEstimate | None:
    return CallEstimate(call.arguments[0].size().scaled(2 * STRING_FACTOR)) if call.arguments else None


def _url(call: _Sized) -> CallEstimate | None:
    if len(call.arguments) != 1:
        return None
    size = call.arguments[0].size()
    return CallEstimate(size.scaled(STRING_FACTOR), size)


def _same_length(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    size = call.target.size()
    return CallEstimate(size.scaled(STRING_FACTOR), size)


def _replace(call: _Sized) -> CallEstimate | None:
    if call.target is None or len(call.arguments) < 2:
        return None
    text, old, new = call.target.size(), call.arguments[0].size(), call.arguments[1].size()
    low_count, low_kept = _replacements(text.low, old.high, old.high <= new.low)
    high_count, high_kept = _replacements(text.high, old.low, new.high <= old.low)
    size = Range(low_count, high_count).times(new).plus(Range(low_kept, high_kept))
    return CallEstimate(text.scaled(2 * STRING_FACTOR), size)


def _replacements(length: int, old: int, keeps_length: bool) -> tuple[int, int]:
    """How often something is replaced, and how much of the text stays."""
    if old == 0:
        return min(length + 1, UNBOUNDED), length
    if keeps_length:
        return 0, length
    return ceil(float(length) / float(old)), 0


def _split(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    size = call.target.size()
    most = size.high
    if len(call.arguments) > 1:
        limit = call.arguments[1].node
        if isinstance(limit, Literal) and type(limit.value) is int:
            most = limit.value % (UNBOUNDED + 1)
    return CallEstimate(size.scaled(2 * STRING_FACTOR), Range(0, most))


def _join(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    count = call.target.size()
    size = Range(0, 0)
    if call.target.type.parameters:
        size = count.times(call.target.element_size())
    if call.arguments:
        separators = Range(max(count.low - 1, 0), max(count.high - 1, 0))
        size = size.plus(call.arguments[0].size().times(separators))
    return CallEstimate(size.scaled(STRING_FACTOR), size)


def _find(call: _Sized) -> CallEstimate | None:
    if call.target is None or not call.arguments:
        return None
    size = call.target.size()
    # One more than the text, because a pattern costs something on an empty text too.
    text = size.plus(exactly(1)).scaled(STRING_FACTOR)
    return CallEstimate(text.times(call.arguments[0].size().scaled(REGEX_FACTOR)), Range(0, size.high))


def _ip(call: _Sized) -> CallEstimate | None:
    return _ONE if call.overload == "cidr_ip" else _read_first(call)


# An address has 4 or 16 bytes.
_ADDRESS = Range(4, 16)


def _contains_ip(call: _Sized) -> CallEstimate | None:
    if not call.arguments:
        return None
    cost = _ADDRESS.plus(_ADDRESS).scaled(STRING_FACTOR)
    if call.overload == "cidr_contains_ip_string":
        cost = cost.plus(call.arguments[0].size().scaled(STRING_FACTOR))
    return CallEstimate(cost)


def _contains_cidr(call: _Sized) -> CallEstimate | None:
    if not call.arguments:
        return None
    cost = _ADDRESS.plus(_ADDRESS).scaled(STRING_FACTOR)
    cost = cost.plus(_ADDRESS.scaled(STRING_FACTOR)).plus(exactly(1))
    if call.overload == "cidr_contains_cidr_string":
        cost = cost.plus(call.arguments[0].size().scaled(STRING_FACTOR))
    return CallEstimate(cost)


def _validate(call: _Sized) -> CallEstimate | None:
    if not call.arguments:
        return None
    text = call.arguments[0].size().scaled(STRING_FACTOR)
    return CallEstimate(text.scaled(_LONGEST_PATTERN * REGEX_FACTOR))


def _equals(call: _Sized) -> CallEstimate | None:
    """Kubernetes' own types are compared in one step; ``!=`` is not treated so."""
    if len(call.arguments) != 2 or call.arguments[0].type.name != call.arguments[1].type.name:
        return None
    type_ = call.arguments[0].type
    if type_.name in ("net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"):
        return _ONE
    if type_.name == "kubernetes.NamedFormat":
        return CallEstimate(Range(1, _LONGEST_FORMAT).scaled(STRING_FACTOR))
    if type_.name == "kubernetes.URL":
        node, size = call.arguments[1].node, call.arguments[1].size()
        # What `url` makes has the size of its text, even of one that may be of any size; other URLs have none.
        has_none = size == UNKNOWN and not (isinstance(node, Call) and node.function in ("url", ".url"))
        return CallEstimate(Range(1, 1 if has_none else size.high).scaled(STRING_FACTOR))
    return None


# The list and set libraries of cel-go bring estimates of their own: a call, an allocation, so much for each element.
_CALL, _ALLOCATION = exactly(1), exactly(10)


def _list_call(size: Range, factor: float) -> CallEstimate:
    return CallEstimate(size.scaled(factor).plus(_CALL).plus(_ALLOCATION), size)


def _constant(argument: Argument, default: int) -> int:
    node = argument.node
    if isinstance(node, Literal) and type(node.value) is int:
        return max(node.value, 0)
    return default


def _slice(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    start = _constant(call.arguments[0], 0)
    end = _constant(call.arguments[1], call.target.size().high)
    return _list_call(exactly((end - start) % (UNBOUNDED + 1)), 1)


def _range(call: _Sized) -> CallEstimate | None:
    return _list_call(exactly(_constant(call.arguments[0], UNBOUNDED)), 1)


def _reverse(call: _Sized) -> CallEstimate | None:
    return _list_call(call.target.size(), 1) if call.target is not None else None


def _flatten(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    depth = _constant(call.arguments[0], UNBOUNDED) if call.arguments else 1
    return _list_call(call.target.size(), float(depth))


def _distinct(call: _Sized) -> CallEstimate | None:
    return _list_call(call.target.size().times(call.target.size()), 2) if call.target is not None else None


def _sort(call: _Sized) -> CallEstimate | None:
    if call.target is None:
        return None
    size = call.target.size()
    return _list_call(size.times(size), _comparison_factor(call.overload))


def _sort_by_keys(call: _Sized) -> CallEstimate | None:
    size = call.arguments[0].size()
    return _list_call(size.times(size), _comparison_factor(call.overload))


def _comparison_factor(overload: str) -> float:
    return 2 + STRING_FACTOR if overload.startswith(("list_string_", "list_bytes_")) else 2


def _sets(call: _Sized) -> CallEstimate | None:
    factor = 2 if call.overload == "list_sets_equivalent_list" else 1
    left, right = (argument.size() for argument in call.arguments)
    return CallEstimate(left.times(right).scaled(factor).plus(_CALL))


_LIST_ESTIMATORS: dict[str, Callable[[_Sized], CallEstimate | None]] = {
    "slice": _slice,
    "lists.range": _range,
    "reverse": _reverse,
    "flatten": _flatten,
    "distinct": _distinct,
    "sort": _sort,
    "@sortByAssociatedKeys": _sort_by_keys,
    **dict.fromkeys(("sets.contains", "sets.equivalent", "sets.intersects"), _sets),
}

_ESTIMATORS: dict[str, Callable[[_Sized], CallEstimate | None]] = {
    "check": lambda _: CallEstimate(exactly(350_000)),
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _traversal),
    "includes": _includes,
    "url": _url,
    **dict.fromkeys(("lowerAscii", "upperAscii", "substring", "trim"), _same_length),
    "replace": _replace,
    "split": _split,
    "join": _join,
    **dict.fromkeys(("find", "findAll"), _find),
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _read_first),
    "ip": _ip,
    "ip.isCanonical": _read_first_twice,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "validate": _validate,
    "_==_": _equals,
}
