"""Estimate what an expression costs at most on any device, as the API server does (cel-go, checker/cost.go)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dra_policy.cel.call_estimates import REGEX_FACTOR, STRING_FACTOR, CallEstimate, estimate_call
from dra_policy.cel.check import Checked
from dra_policy.cel.environment import Bound, Environment
from dra_policy.cel.estimate_paths import NOWHERE, Path, path_of
from dra_policy.cel.kinds import Type, unwrap_optional
from dra_policy.cel.nesting import recursion_room
from dra_policy.cel.sizes import UNBOUNDED, UNKNOWN, Range, exactly
from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Expression,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    MessageLiteral,
    Select,
    Uint,
)
from dra_policy.record import dataclass

_SELECT = exactly(1)
_FREE = exactly(0)
_LIST, _MAP, _MESSAGE = exactly(10), exactly(30), exactly(40)
_SCALARS = frozenset(("bool", "double", "duration", "int", "timestamp", "uint"))
_ACCUMULATORS = frozenset(("@result", "__result__"))
_ORDERED = frozenset(
    (
        *("less_string", "greater_string", "less_equals_string", "greater_equals_string"),
        *("less_bytes", "greater_bytes", "less_equals_bytes", "greater_equals_bytes", "equals", "not_equals"),
    )
)


def estimate_cost(expression: Expression, checked: Checked, environment: Environment) -> int:
    """The most that Kubernetes expects one evaluation to cost; 2**64 - 1 where it sees no bound.

    The API server refuses new expressions above 1,000,000.
    """
    with recursion_room(expression.span.text):
        return _Estimator(checked, environment).cost(expression).high


@dataclass(frozen=True, slots=True)
class _EntrySize:
    """Sizes of the keys (or indices) and values of a list or map."""

    is_list: bool
    key: Range
    value: Range

    def union(self, other: _EntrySize) -> _EntrySize:
        return _EntrySize(self.is_list, self.key.union(other.key), self.value.union(other.value))


@dataclass(frozen=True, slots=True)
class _Local:
    """What is known of a variable of a loop or binding."""

    path: Path
    size: Range | None
    entry_size: _EntrySize | None


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument as ``call_estimates`` sees it."""

    estimator: _Estimator
    node: Expression

    @property
    def type(self) -> Type:
        return self.estimator.type(self.node)

    def size(self) -> Range:
        return self.estimator.size_or_unknown(self.node)

    def element_size(self) -> Range:
        path = self.estimator.rooted_path(self.node)
        return (self.estimator.declared_size((*path, "@items")) if path else None) or UNKNOWN


class _Estimator:
    """One run over one expression."""

    def __init__(self, checked: Checked, environment: Environment) -> None:
        self._types = checked.types
        self._references = checked.references
        self._bounds = environment.bounds
        self._kubernetes = environment.kubernetes
        self._paths: dict[int, Path] = {}
        self._locals: dict[str, list[_Local]] = {}
        self._sizes: dict[int, Range] = {}
        self._entry_sizes: dict[int, _EntrySize] = {}

    def type(self, node: Expression) -> Type:
        """The node's type."""
        return self._types[node.id]

    def cost(self, node: Expression) -> Range:
        """The cost of a node and all below it."""
        match node:
            case Literal():
                return _FREE
            case Ident():
                return self._ident(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)
            case ListLiteral():
                return self._list(node)
            case MapLiteral():
                return self._map(node)
            case MessageLiteral():
                return self._sum(entry.value for entry in node.entries).plus(_MESSAGE)
            case Comprehension():
                return self._binding(node) if _is_binding(node) else self._loop(node)

    def _sum(self, nodes: object) -> Range:
        total = _FREE
        for node in nodes:  # type: ignore[attr-defined]
            total = total.plus(self.cost(node))
        return total

    # Names

    def _ident(self, node: Ident) -> Range:
        local = self._local(node.name)
        self._paths[node.id] = local.path if local is not None else path_of(node.name.removeprefix("."))
        return _SELECT

    def _select(self, node: Select) -> Range:
        reference = self._references.get(node.id)
        if node.optional:
            own = exactly(1).plus(self.cost(node.operand))
            self._set_size(node, self.size(node))
            return own
        if reference is not None:
            self._paths[node.id] = path_of(reference.name)
            return _SELECT
        cost = self.cost(node.operand)
        if node.test_only:
            # Kubernetes keeps has() free (PresenceTestHasCost(false)).
            return cost
        if self.type(node.operand).kind in ("map", "struct", "param"):
            cost = cost.plus(_SELECT)
        self._paths[node.id] = self._path(node.operand).extended(node.member)
        return cost

    def _local(self, name: str) -> _Local | None:
        stack = self._locals.get(name)
        return stack[-1] if stack else None

    def _path(self, node: Expression) -> Path:
        if isinstance(node, Ident):
            local = self._local(node.name)
            if local is not None:
                return local.path
        return self._paths.get(node.id, NOWHERE)

    def rooted_path(self, node: Expression) -> Path:
        """The path from a declared variable to the node; empty if it does not come from one."""
        path = self._path(node)
        return NOWHERE if next(iter(path), "") in _ACCUMULATORS else path

    # Calls

    def _call(self, node: Call) -> Range:
        if node.function in ("dyn", ".dyn") and node.target is None:
            argument = node.arguments[0]
            cost = self.cost(argument)
            self._copy_sizes(node, argument)
            return exactly(1).plus(cost)
        costs = [self._argument(argument) for argument in node.arguments]
        reference = self._references.get(node.id)
        if reference is None or not reference.overloads:
            return _FREE
        target = None if reference.is_namespaced else node.target
        total = self.cost(target) if target is not None else _FREE
        arguments = [_Argument(self, argument) for argument in node.arguments]
        receiver = _Argument(self, target) if target is not None else None
        own = Range(UNBOUNDED, 0)
        result_size: Range | None = None
        for overload in reference.overloads:
            estimate = self._function(node, (reference.name, overload), receiver, arguments, costs)
            own = own.union(estimate.cost)
            if estimate.result_size is not None:
                sizes = estimate.result_size
                result_size = sizes if result_size is None else result_size.union(sizes)
            if overload in ("index_list", "index_map"):
                container = node.arguments[0]
                entry_size = self._entry_size(container)
                result_size = entry_size.value if entry_size is not None else None
                step = "@items" if overload == "index_list" else "@values"
                self._paths[node.id] = self._path(container).extended(step)
            if result_size is None:
                result_size = self.size(node)
        self._set_size(node, result_size)
        return total.plus(own)

    def _argument(self, node: Expression) -> Range:
        """The cost of an argument, whose size is looked up before the next one can change the path to it."""
        cost = self.cost(node)
        self.size(node)
        return cost

    def _function(
        self,
        node: Call,
        called: tuple[str, str],
        target: _Argument | None,
        arguments: Sequence[_Argument],
        costs: list[Range],
    ) -> CallEstimate:
        function, overload = called
        if overload in ("logical_and", "logical_or"):
            # The right side may be skipped.
            return CallEstimate(Range(costs[0].low, costs[0].plus(costs[1]).high))
        if overload == "conditional":
            return self._conditional(node, costs)
        estimate = estimate_call(function, overload, target, arguments)
        if estimate is None:
            estimate = self._standard(node, overload, target, arguments)
        total = estimate.cost
        for cost in costs:
            total = total.plus(cost)
        return CallEstimate(total, estimate.result_size)

    def _conditional(self, node: Call, costs: list[Range]) -> CallEstimate:
        _, yes, no = node.arguments
        size = self.size_or_unknown(yes).union(self.size_or_unknown(no))
        first, second = self._entry_size(yes), self._entry_size(no)
        if first is not None and second is not None:
            self._entry_sizes[node.id] = first.union(second)
        return CallEstimate(costs[0].plus(costs[1].union(costs[2])), size)

    def _standard(
        self, node: Call, overload: str, target: _Argument | None, arguments: Sequence[_Argument]
    ) -> CallEstimate:
        """CEL's own functions; those that are not here cost one."""
        sizes = [argument.size() for argument in arguments]
        if overload in _ORDERED:
            # Two scalars cost one; else as far as the shorter one reaches.
            shorter = min(sizes[0].high, sizes[1].high)
            return CallEstimate(Range(1 if shorter > 0 else 0, shorter).scaled(STRING_FACTOR))
        if overload in ("add_string", "add_bytes", "add_list"):
            return self._concatenation(node, overload, sizes)
        if overload == "in_list":
            return CallEstimate(sizes[1].scaled(1))
        if overload == "matches_string" or (overload == "matches" and self._kubernetes >= 37):
            text, pattern = (sizes[0], sizes[1]) if target is None else (target.size(), sizes[0])
            return CallEstimate(text.plus(exactly(1)).scaled(STRING_FACTOR).times(pattern.scaled(REGEX_FACTOR)))
        if overload == "contains_string" and target is not None:
            return CallEstimate(target.size().scaled(STRING_FACTOR).times(sizes[0].scaled(STRING_FACTOR)))
        if overload in ("starts_with_string", "ends_with_string"):
            return CallEstimate(sizes[0].scaled(STRING_FACTOR))
        return _text_conversion(overload, target, sizes)

    def _concatenation(self, node: Call, overload: str, sizes: list[Range]) -> CallEstimate:
        size = sizes[0].plus(sizes[1])
        first, second = self._entry_size(node.arguments[0]), self._entry_size(node.arguments[1])
        if first is not None and second is not None:
            self._entry_sizes[node.id] = first.union(second)
        return CallEstimate(exactly(1) if overload == "add_list" else size.scaled(STRING_FACTOR), size)

    # Collections and loops

    def _list(self, node: ListLiteral) -> Range:
        cost = self._sum(node.elements)
        value = Range(UNBOUNDED if node.elements else 0, 0)
        for element in node.elements:
            value = value.union(self.size_or_unknown(element))
        self._entry_sizes[node.id] = _EntrySize(True, exactly(1), value)
        return cost.plus(_LIST)

    def _map(self, node: MapLiteral) -> Range:
        cost = _FREE
        key = value = Range(UNBOUNDED if node.entries else 0, 0)
        for entry in node.entries:
            cost = cost.plus(self.cost(entry.key)).plus(self.cost(entry.value))
            key = key.union(self.size_or_unknown(entry.key))
            value = value.union(self.size_or_unknown(entry.value))
        self._entry_sizes[node.id] = _EntrySize(False, key, value)
        return cost.plus(_MAP)

    def _loop(self, node: Comprehension) -> Range:
        cost = self.cost(node.iteration_range).plus(self.cost(node.initial))
        self._bind(node.accumulator, node.initial)
        names = [node.iteration_variable]
        if node.iteration_variable2 is None:
            self._push(node.iteration_variable, self._iterated(node.iteration_range, is_key=None))
        else:
            names.append(node.iteration_variable2)
            self._push(node.iteration_variable, self._iterated(node.iteration_range, is_key=True))
            self._push(node.iteration_variable2, self._iterated(node.iteration_range, is_key=False))
        condition = self.cost(node.condition)
        step = self.cost(node.step)
        for name in names:
            self._locals[name].pop()
        cost = cost.plus(self.cost(node.result))
        self._locals[node.accumulator].pop()
        rounds = self.size_or_unknown(node.iteration_range)
        self._set_loop_size(node, rounds)
        return cost.plus(rounds.times(step.plus(condition)))

    def _set_loop_size(self, node: Comprehension, rounds: Range) -> None:
        """What a loop makes is as long as its start value, or as long as it has rounds."""
        if isinstance(node.initial, Literal):
            self._set_size(node, self.size(node.initial))
        elif isinstance(node.initial, (ListLiteral, MapLiteral)):
            self._set_size(node, rounds)
            entry_size = self._entry_size(node.step)
            if entry_size is not None:
                self._entry_sizes[node.id] = entry_size

    def _iterated(self, over: Expression, *, is_key: bool | None) -> _Local:
        """What a loop's variable takes: keys or values; with one variable (None) a list's values, a map's keys."""
        entry_size = self._entry_size(over)
        is_list = entry_size.is_list if entry_size is not None else self.type(over).kind == "list"
        wants_key = (not is_list) if is_key is None else is_key
        size = None
        if entry_size is not None:
            size = entry_size.key if wants_key else entry_size.value
        step = ("@indices" if is_list else "@keys") if wants_key else ("@items" if is_list else "@values")
        return _Local(self._path(over).extended(step), size, None)

    def _binding(self, node: Comprehension) -> Range:
        cost = self.cost(node.iteration_range).plus(self.cost(node.initial))
        self._bind(node.accumulator, node.initial)
        cost = cost.plus(self.cost(node.result))
        self._locals[node.accumulator].pop()
        self._copy_sizes(node, node.result)
        return cost

    def _bind(self, name: str, value: Expression) -> None:
        self._push(name, _Local(self._path(value), self.size(value), self._entry_size(value)))

    def _push(self, name: str, local: _Local) -> None:
        self._locals.setdefault(name, []).append(local)

    # Sizes

    def size_or_unknown(self, node: Expression) -> Range:
        """The size of a node's value."""
        return self.size(node) or UNKNOWN

    def size(self, node: Expression) -> Range | None:
        """The size of a node's value: computed, written, declared, or that of a scalar."""
        known = self._sizes.get(node.id) or _written_size(node)
        if known is not None:
            return known
        declared = self.declared_size(self._path(node))
        if declared is not None:
            self._sizes[node.id] = declared
            return declared
        if _is_scalar(self.type(node)):
            return exactly(1)
        if isinstance(node, Ident):
            local = self._local(node.name)
            if local is not None:
                return local.size
        return None

    def declared_size(self, path: Iterable[str]) -> Range | None:
        """The bound that the environment declares for what a path leads to."""
        variable, *steps = [*path] or [""]
        bound = self._bounds.get(variable)
        for name in steps:
            bound = _step(bound, name)
        return Range(0, bound.size) if bound is not None else None

    def _entry_size(self, node: Expression) -> _EntrySize | None:
        known = self._entry_sizes.get(node.id)
        if known is not None:
            return known
        local = self._local(node.name) if isinstance(node, Ident) else None
        return local.entry_size if local is not None else None

    def _set_size(self, node: Expression, size: Range | None) -> None:
        if size is not None:
            self._sizes[node.id] = size

    def _copy_sizes(self, node: Expression, source: Expression) -> None:
        self._set_size(node, self.size(source))
        entry_size = self._entry_size(source)
        if entry_size is not None:
            self._entry_sizes[node.id] = entry_size


def _step(bound: Bound | None, name: str) -> Bound | None:
    """The bound one step further; any name leads from a map of attributes to an attribute."""
    if bound is None:
        return None
    if name in ("@items", "@values"):
        return bound.elements
    if name == "@keys":
        return bound.keys
    found = bound.fields.get(name)
    return bound.elements if found is None and bound.is_attributes else found


def _is_binding(node: Comprehension) -> bool:
    return (
        isinstance(node.iteration_range, ListLiteral)
        and not node.iteration_range.elements
        and isinstance(node.condition, Literal)
        and node.condition.value is False
        and node.accumulator != "__result__"
    )


def _is_scalar(type_: Type) -> bool:
    inner = unwrap_optional(type_)
    return _is_scalar(inner) if inner is not None else type_.kind in _SCALARS


def _written_size(node: Expression) -> Range | None:
    """The size of what is written out in the expression."""
    match node:
        case Literal(value=str() | bytes() as value):
            return exactly(len(value))
        case Literal(value=None | bool() | int() | float() | Uint()):
            return exactly(1)
        case ListLiteral(elements=elements):
            return exactly(len(elements))
        case MapLiteral(entries=entries):
            return exactly(len(entries))
        case _:
            return None


def _text_conversion(overload: str, target: _Argument | None, sizes: list[Range]) -> CallEstimate:
    if overload == "string_format" and target is not None:
        return CallEstimate(target.size().scaled(STRING_FACTOR))
    if overload == "string_to_bytes":
        # Four bytes a character at most; cel-go lets the product overflow.
        return CallEstimate(sizes[0].scaled(STRING_FACTOR), Range(sizes[0].low, sizes[0].high * 4 % (UNBOUNDED + 1)))
    if overload == "bytes_to_string":
        return CallEstimate(sizes[0].scaled(STRING_FACTOR), Range(sizes[0].low // 4, sizes[0].high))
    if overload == "strings_quote":
        most = (sizes[0].high * 2 + 2) % (UNBOUNDED + 1)
        return CallEstimate(sizes[0].scaled(STRING_FACTOR), Range(sizes[0].low + 2, most))
    return CallEstimate(exactly(1))
