"""The exact evaluator: turns a tree into closures that compute values, errors and costs as cel-go does.

Every node becomes one step (``frame.Step``) once per expression. What cel-go decides when it plans a program is decided
here: constant lists, maps and conversions are computed, ``in`` a constant list becomes a look-up, constant patterns are
compiled. An error among these is an error of the whole program (``PlanningError``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dra_policy.cel import syntax
from dra_policy.cel.data import GO_NAMES, Failure, Interruption, UInt, Value
from dra_policy.cel.frame import Frame, Step
from dra_policy.cel.functions import Binding, Function, bind, unbound
from dra_policy.cel.interpreter_attributes import (
    KEY_TYPES,
    Attribute,
    Selection,
    attribute_step,
    resolve_step,
    variable_apart,
)
from dra_policy.cel.interpreter_calls import (
    call_step,
    comparison_step,
    list_step,
    map_step,
    member_step,
    operator_step,
    repeated_step,
)
from dra_policy.cel.interpreter_loops import Scope, loop_step
from dra_policy.cel.interpreter_messages import message_step
from dra_policy.cel.interpreter_names import candidates_of, dotted_name, unknown_root, variable_root
from dra_policy.cel.runtime_cost import call_cost, one
from dra_policy.record import dataclass, field


class PlanningError(Exception):
    """Kubernetes' ``program instantiation failed``: the text that follows, and the id of the node at fault."""

    def __init__(self, text: str, node: int) -> None:
        super().__init__(text)
        self.node = node


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the checker found out about names: the only overload of a call, the full name behind a node.

    ``types`` are the named nodes whose value is a type; cel-go looks for a type of that name, even for a variable.

    Without a checker all tables are empty, and calls are resolved by what their arguments are at run time.
    """

    overloads: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    types: frozenset[int] = frozenset()
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a program is planned for.

    ``functions`` finds a function by name; ``constants`` are names that stand for values (types); ``variables`` the
    names that a frame can have. ``kubernetes`` is the minor version of 1.x whose costs count. ``is_kubernetes``:
    ``device`` is a device as Kubernetes shows it. ``follows_specification``: where cel-go as Kubernetes sets it up
    departs from cel-spec, cel-spec is followed.
    """

    functions: Callable[[str], Function | None]
    constants: Mapping[str, Value]
    variables: frozenset[str]
    container: str = ""
    kubernetes: int = 37
    is_kubernetes: bool = False
    follows_specification: bool = False


class Constant:
    """A node whose value is known."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Repeated:
    """A node that depends on nothing, so that one value will do, but is evaluated and charged as any other."""

    __slots__ = ("step",)

    def __init__(self, step: Step) -> None:
        self.step = step


Plan = Constant | Repeated | Attribute | Step
_CONVERSIONS = frozenset(("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"))
_PATTERNS = frozenset(("matches", "find", "findAll"))
Watch = Callable[[int, Step], Step]


class Planner:
    """Plans one expression. With ``watch`` every step is wrapped, which is how evaluations are traced."""

    def __init__(self, context: Context, resolution: Resolution, watch: Watch | None = None) -> None:
        self._context = context
        self._resolution = resolution
        self._watch = watch
        self.slots = 0
        # Only keys of maps tell equal objects apart.
        self._is_apart = False

    @property
    def is_watched(self) -> bool:
        """Whether every step is wrapped."""
        return self._watch is not None

    def program(self, expression: syntax.Expression) -> Step:
        """The whole expression as a step. Raises PlanningError."""
        self._is_apart = "{" in expression.span.text
        return self.step(expression, Scope())

    def step(self, node: syntax.Expression, scope: Scope) -> Step:
        """A node as a step that charges all it costs."""
        return self._finish(node.id, self.plan(node, scope))

    def _finish(self, node: int, plan: Plan) -> Step:
        if isinstance(plan, Attribute):
            step = attribute_step(plan)
        elif isinstance(plan, Constant):
            value = plan.value
            step = lambda _: value  # noqa: E731
        elif isinstance(plan, Repeated):
            step = plan.step
        else:
            step = plan
        return step if self._watch is None else self._watch(node, step)

    def _resolved(self, node: int, attribute: Attribute) -> Step:
        step = resolve_step(attribute)
        return step if self._watch is None else self._watch(node, step)

    def plan(self, node: syntax.Expression, scope: Scope) -> Plan:
        """What becomes of a node: a constant, an attribute that selections may follow, or a step."""
        match node:
            case syntax.Literal():
                return Constant(literal_value(node))
            case syntax.Ident():
                return self._ident(node, scope)
            case syntax.Select():
                return self._select(node, scope)
            case syntax.Call():
                return self._call(node, scope)
            case syntax.ListLiteral():
                return self._list(node, scope)
            case syntax.MapLiteral():
                return self._map(node, scope)
            case syntax.MessageLiteral():
                entries = tuple((entry.name, self.step(entry.value, scope), entry.optional) for entry in node.entries)
                return message_step(node.id, node.name, entries)
            case syntax.Comprehension():
                return loop_step(self, node, scope)

    def new_slot(self) -> int:
        """A place for a variable of a loop."""
        self.slots += 1
        return self.slots - 1

    def _new_attribute(self, node: int, root: Step | None, variable: str = "") -> Attribute:
        is_strict = self._context.follows_specification
        return Attribute(node, root, variable, is_strict=is_strict, is_apart=self._is_apart)

    def _variable(self, root: Step, *, is_local: bool) -> Step:
        return variable_apart(root, is_local=is_local) if self._is_apart else root

    # Names

    def _ident(self, node: syntax.Ident, scope: Scope) -> Plan:
        local = scope.root(node.name)
        if local is not None:
            if node.id in self._resolution.types:
                raise PlanningError(f"reference to undefined type: {node.name}", node.id)
            return self._new_attribute(node.id, self._variable(local, is_local=True))
        return self._global(node.id, self._resolution.names.get(node.id), node.name)

    def _global(self, node: int, resolved: str | None, name: str = "") -> Plan:
        candidates = (
            (resolved.removeprefix("."),) if resolved is not None else candidates_of(self._context.container, name)
        )
        for candidate in candidates:
            if candidate in self._context.variables:
                root = self._variable(variable_root(candidate, node), is_local=False)
                return self._new_attribute(node, root, candidate if self._context.is_kubernetes else "")
            if candidate in self._context.constants:
                return Constant(self._context.constants[candidate])
        if node in self._resolution.types:
            raise PlanningError(f"reference to undefined type: {candidates[0]}", node)
        return self._new_attribute(node, unknown_root(", ".join(candidates), node))

    def _dotted(self, node: syntax.Select, scope: Scope) -> Plan | None:
        """A chain of names that is one variable or type with dots in its name."""
        if self._resolution.is_checked:
            name = self._resolution.names.get(node.id)
            return None if name is None else self._global(node.id, name)
        name = dotted_name(node)
        if name is None or scope.root(name.partition(".")[0]) is not None:
            return None
        known = self._context.variables, self._context.constants
        if any(candidate in names for candidate in candidates_of(self._context.container, name) for names in known):
            return self._global(node.id, None, name)
        return None

    # Selections

    def _select(self, node: syntax.Select, scope: Scope) -> Plan:
        if not node.test_only and not node.optional:
            dotted = self._dotted(node, scope)
            if dotted is not None:
                return dotted
        attribute = self._operand(node.operand, scope)
        selection = Selection(node.id, node.member, is_optional=node.optional, is_test=node.test_only)
        return self._selected(attribute, selection)

    def _selected(self, attribute: Attribute, selection: Selection) -> Plan:
        if self._watch is not None and not selection.is_test:
            # A trace shows what each selection gives, so that each is an attribute of its own there.
            inner = self._resolved(attribute.node, attribute)
            attribute = self._new_attribute(selection.node, inner)
        attribute.select(selection)
        attribute.node = selection.node
        return attribute

    def _operand(self, node: syntax.Expression, scope: Scope) -> Attribute:
        plan = self.plan(node, scope)
        return plan if isinstance(plan, Attribute) else self._new_attribute(node.id, self._finish(node.id, plan))

    def _index(self, node: syntax.Call, scope: Scope, *, is_optional: bool) -> Plan:
        operand, index = _operands(node)
        attribute = self._operand(operand, scope)
        key = self.plan(index, scope)
        if isinstance(key, Constant):
            if not isinstance(key.value, KEY_TYPES):
                problem = f"invalid qualifier type: {GO_NAMES.get(key.value.__class__, 'ref.Val')}"
                if not self._context.follows_specification:
                    raise PlanningError(problem, node.id)
                return lambda _: Failure(problem, node.id)
            return self._selected(attribute, Selection(node.id, key.value, is_optional=is_optional))
        step = self._resolved(index.id, key) if isinstance(key, Attribute) else self._finish(index.id, key)
        return self._selected(attribute, Selection(node.id, None, step, is_optional=is_optional))

    # Calls

    def _call(self, node: syntax.Call, scope: Scope) -> Plan:
        match node.function:
            case "_[_]":
                return self._index(node, scope, is_optional=False)
            case "_[?_]":
                return self._index(node, scope, is_optional=True)
            case "_?._":
                operand, member = _operands(node)
                assert isinstance(member, syntax.Literal)
                attribute = self._operand(operand, scope)
                return self._selected(attribute, Selection(node.id, member.value, is_optional=True))
            case "_?_:_":
                return self._conditional(node, scope)
        name, arguments = self._function(node, scope)
        plans = [self.plan(argument, scope) for argument in arguments]
        steps = tuple(self._finish(argument.id, plan) for argument, plan in zip(arguments, plans, strict=True))
        operator = operator_step(node.id, name, steps, is_older=self._context.kubernetes < 37)
        if operator is not None:
            return operator
        overload = self._resolution.overloads.get(node.id, "")
        return self._function_call(node.id, name, overload, plans, steps)

    def _function(self, node: syntax.Call, scope: Scope) -> tuple[str, tuple[syntax.Expression, ...]]:
        """The function's full name and its arguments, the receiver first: ``lists.range(3)`` has no receiver."""
        if node.target is None:
            for candidate in candidates_of(self._context.container, node.function):
                if self._context.functions(candidate) is not None:
                    return candidate, node.arguments
            return node.function.removeprefix("."), node.arguments
        prefix = dotted_name(node.target)
        if prefix is not None and scope.root(prefix.partition(".")[0]) is None:
            for candidate in candidates_of(self._context.container, f"{prefix}.{node.function}"):
                if self._context.functions(candidate) is not None:
                    return candidate, node.arguments
        return node.function, (node.target, *node.arguments)

    def _function_call(self, node: int, name: str, overload: str, plans: list[Plan], steps: tuple[Step, ...]) -> Plan:
        function = self._context.functions(name)
        cost = call_cost(name, overload, kubernetes=self._context.kubernetes)
        if function is None:
            if not steps:
                raise PlanningError(f"no such overload: {name}()", node)
            return call_step(node, steps, unbound(name), cost)
        constants = [plan.value if isinstance(plan, Constant) else None for plan in plans]
        if name == "@in" and overload == "in_list" and isinstance(plans[1], Constant):
            members = _constant_members(plans[1].value)
            if members is not None:
                return member_step(steps[0], members) if members else Constant(False)
        binding = bind(function, overload, len(plans))
        if name in _PATTERNS and len(plans) > 1 and isinstance(constants[1], str):
            # The engine of patterns is loaded where there is one.
            from dra_policy.cel.library.patterns import constant_pattern

            compiled = constant_pattern(name, constants[1])
            if isinstance(compiled, Failure):
                raise PlanningError(compiled.text, node)
            binding = binding if compiled is None else Binding(compiled, stops_early=True)
        if name in _CONVERSIONS and len(plans) == 1 and isinstance(plans[0], Constant):
            return _folded(node, binding, plans[0].value)
        if plans and self._is_repeated(plans):
            return Repeated(repeated_step(call_step(node, steps, binding, cost), is_apart=self._is_apart))
        if function.of_integers is not None and constants[-1].__class__ is int and cost is one:
            return comparison_step(node, steps[0], constants[-1], binding, function.of_integers)
        return call_step(node, steps, binding, cost)

    def _is_repeated(self, parts: list[Plan]) -> bool:
        return self._watch is None and all(isinstance(part, Constant | Repeated) for part in parts)

    def _conditional(self, node: syntax.Call, scope: Scope) -> Plan:
        condition, then, otherwise = node.arguments
        attribute = self._new_attribute(node.id, None)
        condition_step = self.step(condition, scope)
        branches = self._operand(then, scope), self._operand(otherwise, scope)
        if self._watch is not None:
            # Traced branches record their own values.
            resolved = [
                self._new_attribute(branch.id, self._resolved(branch.id, inner))
                for branch, inner in zip((then, otherwise), branches, strict=True)
            ]
            branches = resolved[0], resolved[1]
        attribute.branches = (condition_step, *branches)
        return attribute

    # Literals

    def _list(self, node: syntax.ListLiteral, scope: Scope) -> Plan:
        plans = [self.plan(element, scope) for element in node.elements]
        steps = tuple(self._finish(element.id, plan) for element, plan in zip(node.elements, plans, strict=True))
        return self._literal(node.id, list_step(node.id, steps, frozenset(node.optional_indices)), plans)

    def _map(self, node: syntax.MapLiteral, scope: Scope) -> Plan:
        plans = [(self.plan(entry.key, scope), self.plan(entry.value, scope)) for entry in node.entries]
        step = map_step(
            node.id,
            tuple(
                (self._finish(entry.key.id, key), self._finish(entry.value.id, value), entry.optional)
                for entry, (key, value) in zip(node.entries, plans, strict=True)
            ),
            checks_keys=self._context.follows_specification,
        )
        return self._literal(node.id, step, [plan for pair in plans for plan in pair])

    def _literal(self, node: int, step: Step, parts: list[Plan]) -> Plan:
        """A list or map; of constants it is one, and free. It may be a constant error."""
        if not all(isinstance(part, Constant) for part in parts):
            return Repeated(repeated_step(step, is_apart=self._is_apart)) if self._is_repeated(parts) else step
        try:
            return Constant(step(Frame({}, 2**63, self.slots)))
        except Interruption as problem:
            raise PlanningError(problem.text, node) from None


def literal_value(node: syntax.Literal) -> Value:
    """A literal as the evaluator's value."""
    match node.value:
        case syntax.Uint(value=number):
            return UInt(number)
        case syntax.SuffixedLiteral(text=text):
            raise PlanningError(f"`{text}` is a literal of policies only", node.id)
    return node.value


def _operands(node: syntax.Call) -> tuple[syntax.Expression, syntax.Expression]:
    arguments = node.arguments if node.target is None else (node.target, *node.arguments)
    return arguments[0], arguments[1]


def _constant_members(value: Value) -> list[Value] | None:
    """The list, if it may become a set: of bools, numbers and strings only."""
    if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
        return None
    return value


def _folded(node: int, binding: Binding, argument: Value) -> Constant:
    value = argument if isinstance(argument, Failure) else binding.implementation(argument)
    if isinstance(value, Failure):
        raise PlanningError(value.text, node)
    return Constant(value)
