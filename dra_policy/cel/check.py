"""Give every part of an expression its type and every call its overloads, or say what is wrong (cel-go, checker)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Never

from dra_policy.cel import hints
from dra_policy.cel.assignment import Bindings, all_assignable, assignable, most_general, substitute
from dra_policy.cel.constants import TYPES_BY_NAME, literal_type
from dra_policy.cel.environment import Environment, Overload, qualifiers_of
from dra_policy.cel.interpreter_names import candidates_of
from dra_policy.cel.kinds import (
    BOOL,
    DYN,
    ERROR,
    INT,
    Type,
    format_type,
    has_variable,
    is_dyn,
    is_dyn_or_error,
    list_of,
    map_of,
    optional_of,
    parameter,
    renamed,
    type_of,
    unwrap_optional,
)
from dra_policy.cel.messages import MESSAGES
from dra_policy.cel.problems import Problem
from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Expression,
    FieldEntry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    MessageLiteral,
    Select,
    kubernetes_point,
    qualified_name,
)
from dra_policy.record import dataclass
from dra_policy.text import Span

_CONTAINERS_OF_ANYTHING = frozenset(("dyn", "error", "param"))


@dataclass(frozen=True, slots=True, guarded=False)
class Reference:
    """What a name or a call turned out to mean.

    ``name`` is the variable's or the function's full name (``com.example.x``, ``ip.isCanonical``). ``overloads`` are
    the ids of the overloads that can apply, in order; empty for variables. ``is_namespaced``: the receiver of the call
    is a part of the function's name and no value.
    """

    name: str
    overloads: tuple[str, ...] = ()
    is_namespaced: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Types and references of an expression, by node id. ``types`` has all nodes if there are no problems."""

    types: dict[int, Type]
    references: dict[int, Reference]
    problems: tuple[Problem, ...]
    output_type: Type


def check(expression: Expression, environment: Environment) -> Checked:
    """Type-check an expression; goes on after a mistake, so several are found at once.

    A deep tree needs ``nesting.recursion_room``, for the types that it has as well.
    """
    checker = _Checker(environment)
    checker.check(expression)
    types = checker.types
    if checker.has_variables:
        types = {node: substitute(checker.bindings, type_, free_is_dyn=True) for node, type_ in types.items()}
    return Checked(types, checker.references, tuple(checker.problems), types.get(expression.id, ERROR))


class _Checker:
    """One run over one expression."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._functions = environment.functions
        self._scopes: list[dict[str, Type]] = []
        self._variables = 0
        # Variables of calls whose types were known: cel-go counts those too, as messages show.
        self._skipped = 0
        self._made: dict[int, int] = {}  # How many variables there are for a node and all below it.
        self._qualifiers = qualifiers_of(environment)
        self.bindings: Bindings = {}
        self.types: dict[int, Type] = {}
        self.references: dict[int, Reference] = {}
        self.problems: list[Problem] = []

    @property
    def has_variables(self) -> bool:
        """Whether there may be variables in the types found."""
        return self._variables > 0

    def check(self, node: Expression) -> Type:
        """Find the type of a node and of all below it."""
        found = self.types.get(node.id)
        if found is not None:
            if self._environment.syntax.is_of_130:
                return self._check_again(node, found)
            # cel-go copies what macros put into the tree twice: new variables for types, mistakes reported twice.
            self._skipped += self._made[node.id]
            own = node.span
            self.problems += [
                each for each in self.problems if own.start <= each.span.start and each.span.end <= own.end
            ]
            return found
        before = self._variables + self._skipped
        type_ = _CHECKS[type(node)](self, node)  # type: ignore[arg-type]
        self._made[node.id] = self._variables + self._skipped - before
        self.types[node.id] = type_
        return type_

    def _check_again(self, node: Expression, found: Type) -> Type:
        """cel-go 0.17 has one node twice in the tree; whose type is left open then has another variable."""
        again = _CHECKS[type(node)](self, node)  # type: ignore[arg-type]
        if again != found:
            hint = "the receiver of `optMap` can have no `[]`, `{}` or `optional.none()`, nor a macro that makes one"
            self._report("DRA304", "incompatible type already exists for expression", node, node.span, hint)
        return found

    def check_literal(self, node: Literal) -> Type:
        """A constant's type is its value's."""
        return literal_type(node.value)

    # Names and fields

    def check_ident(self, node: Ident) -> Type:
        """A variable of a loop, of the environment, or the name of a type."""
        resolved = self._resolve(node.name)
        if resolved is None:
            message = f"undeclared reference to '{node.name}' (in container '{self._environment.container}')"
            hint = hints.unknown_name(node, self._environment, self._local_names())
            self._report("DRA305", message, node, node.span, hint)
            return ERROR
        name, type_ = resolved
        self.references[node.id] = Reference(name)
        return type_

    def check_select(self, node: Select) -> Type:
        """A qualified name, or a field of what stands before the dot."""
        if not (node.test_only or node.optional):
            resolved = self._resolve_qualified(node)
            if resolved is not None:
                self.references[node.id] = Reference(resolved[0])
                return resolved[1]
        type_ = self._field_type(node)
        if node.optional:
            self.references[node.id] = Reference("_?._", ("select_optional_field",))
        return BOOL if node.test_only else substitute(self.bindings, type_)

    def _resolve(self, name: str) -> tuple[str, Type] | None:
        local = self._local(name.removeprefix("."))
        if local is not None and not name.startswith("."):
            return name, local
        for candidate in self._candidates(name):
            type_ = self._global(candidate)
            if type_ is not None:
                return candidate if local is None else f".{candidate}", type_
        return None

    def _resolve_qualified(self, node: Select) -> tuple[str, Type] | None:
        """The variable that a chain of names and dots is; the first part must be no variable of a loop."""
        name = qualified_name(node)
        if name is None:
            return None
        first = name.removeprefix(".").partition(".")[0]
        if first not in self._qualifiers and not self._environment.container:
            return None
        local = self._local(first)
        if local is not None and not name.startswith("."):
            return None
        for candidate in self._candidates(name):
            type_ = self._global(candidate)
            if type_ is not None:
                return candidate if local is None else f".{candidate}", type_
        return None

    def _local(self, name: str) -> Type | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def _local_names(self) -> tuple[str, ...]:
        return tuple(name for scope in self._scopes for name in scope if name.isidentifier())

    def _candidates(self, name: str) -> tuple[str, ...]:
        return candidates_of(self._environment.container, name)

    def _global(self, name: str) -> Type | None:
        environment = self._environment
        if name in environment.variables:
            return environment.variables[name]
        if name in environment.type_names:
            named = MESSAGES[name][0] if name in MESSAGES else TYPES_BY_NAME.get(name, Type("struct", name))
            # cel-go 0.29 knows the name of a list as that of a list of anything.
            return type_of(named if environment.kubernetes < 37 else substitute({}, named, free_is_dyn=True))
        return type_of(Type("struct", name)) if name in environment.fields else None

    def _field_type(self, node: Select) -> Type:
        operand = self.check(node.operand)
        operand = substitute(self.bindings, operand)
        inner = unwrap_optional(operand)
        target = operand if inner is None else inner
        if target.kind == "map":
            result = target.parameters[1]
        elif target.kind == "struct":
            result = self._struct_field(node, target)
        else:
            if target.kind == "param":
                self._assignable(DYN, target)
            elif not is_dyn_or_error(target):
                message = f"type '{format_type(target)}' does not support field selection"
                self._report("DRA305", message, node, node.member_span, hints.no_fields(target, node.member))
            result = DYN
        return optional_of(result) if inner is not None or node.optional else result

    def _struct_field(self, node: Select, struct: Type) -> Type:
        fields = self._environment.fields.get(struct.name)
        if fields is None:
            message = f"unexpected failed resolution of '{struct.name}'"
            self._report("DRA305", message, node, node.member_span, hints.no_fields(struct, node.member))
            return ERROR
        if node.member not in fields:
            code, hint = hints.unknown_field(node.member, fields, self._environment)
            self._report(code, f"undefined field '{node.member}'", node, node.member_span, hint)
            return ERROR
        return fields[node.member]

    # Calls

    def check_call(self, node: Call) -> Type:
        """A function found by name, then by its arguments' types."""
        arguments = [self.check(argument) for argument in node.arguments]
        if node.target is None:
            name = self._function(node.function)
            return self._undeclared(node) if name is None else self._resolve_overload(node, name, arguments)
        prefix = qualified_name(node.target)
        if prefix is not None:
            name = self._function(f"{prefix}.{node.function}")
            if name is not None:
                return self._resolve_overload(node, name, arguments, is_namespaced=True)
        target = self.check(node.target)
        name = self._function(node.function)
        if name is None:
            return self._undeclared(node)
        return self._resolve_overload(node, name, [target, *arguments], is_member=True)

    def _function(self, name: str) -> str | None:
        overloads = self._functions.overloads
        if not self._environment.container:
            name = name.removeprefix(".")
            return name if overloads(name) else None
        return next((candidate for candidate in self._candidates(name) if overloads(candidate)), None)

    def _undeclared(self, node: Call) -> Type:
        message = f"undeclared reference to '{node.function}' (in container '{self._environment.container}')"
        code, hint = hints.unknown_function(node, self._environment)
        self._report(code, message, node, hints.function_span(node), hint)
        return ERROR

    def _resolve_overload(
        self, node: Call, name: str, arguments: list[Type], *, is_member: bool = False, is_namespaced: bool = False
    ) -> Type:
        if name in ("_&&_", "_||_"):
            return self._logical(node, name, arguments)
        is_closed = not any(has_variable(type_) for type_ in arguments)
        key = (name, is_member, *arguments)
        known = self._functions.resolved.get(key) if is_closed else None
        if known is None:
            before = self._variables
            found, result = self._fitting(name, arguments, is_member=is_member)
            if result is None:
                return self._no_overload(node, name, arguments, is_member=is_member)
            known = found, result, self._variables - before
            if is_closed and not has_variable(result):
                self._functions.remember(key, known)
        else:
            self._skipped += known[2]
        self.references[node.id] = Reference(name, known[0], is_namespaced)
        return known[1]

    def _fitting(self, name: str, arguments: list[Type], *, is_member: bool) -> tuple[tuple[str, ...], Type | None]:
        """The overloads that take these arguments, and the type of their results; None if there are none."""
        found: list[str] = []
        result: Type | None = None
        for overload in self._functions.overloads(name):
            if overload.is_member is not is_member:
                continue
            own = self._apply(overload, arguments)
            if own is None:
                continue
            found.append(overload.id)
            if result is None:
                result = own
            elif not is_dyn(result) and own != result:
                result = DYN
        return tuple(found), result

    def _apply(self, overload: Overload, arguments: list[Type]) -> Type | None:
        """The result of an overload for these arguments; None if they do not fit."""
        parameters: Sequence[Type] = overload.parameters
        result = overload.result
        if overload.type_parameters:
            # Kubernetes numbers them also where the number of arguments differs, and prints them.
            fresh = {name: self._type_variable() for name in overload.type_parameters}
            parameters = [renamed(type_, fresh) for type_ in parameters]
            result = renamed(result, fresh)
        bindings = all_assignable(self.bindings, arguments, parameters)
        if bindings is None:
            return None
        self.bindings = bindings
        return substitute(bindings, result)

    def _logical(self, node: Call, name: str, arguments: list[Type]) -> Type:
        """All operands must be bool; each that is not is reported where it stands."""
        is_right = True
        for argument, type_ in zip(node.arguments, arguments, strict=True):
            if not self._assignable(type_, BOOL):
                self._mismatch(argument, BOOL, type_, hints.not_a_condition(argument, type_))
                is_right = False
        if not is_right:
            return ERROR
        self.references[node.id] = Reference(name, ("logical_and" if name == "_&&_" else "logical_or",))
        return BOOL

    def _no_overload(self, node: Call, name: str, arguments: list[Type], *, is_member: bool) -> Type:
        types = [substitute(self.bindings, type_, free_is_dyn=True) for type_ in arguments]
        printed = [format_type(type_) for type_ in types]
        signature = f"({', '.join(printed)})"
        if is_member:
            signature = f"{printed[0]}.({', '.join(printed[1:])})"
        message = f"found no matching overload for '{name}' applied to '{signature}'"
        code, hint = hints.wrong_arguments(node, name, types, self._environment, is_member=is_member)
        self._report(code, message, node, hints.function_span(node), hint)
        return ERROR

    # Collections and loops

    def check_list(self, node: ListLiteral) -> Type:
        """All elements together give the element type."""
        element: Type | None = None
        for place, part in enumerate(node.elements):
            type_ = self.check(part)
            if place in node.optional_indices:
                type_ = self._optional_value(part, type_)
            element = self._join(element, type_)
        return list_of(self._type_variable() if element is None else element)

    def check_map(self, node: MapLiteral) -> Type:
        """All keys together give the key type, all values the value type."""
        key: Type | None = None
        value: Type | None = None
        for entry in node.entries:
            key = self._join(key, self.check(entry.key))
            type_ = self.check(entry.value)
            value = self._join(value, self._optional_value(entry.value, type_) if entry.optional else type_)
        return map_of(key or self._type_variable(), value or self._type_variable())

    def _optional_value(self, node: Expression, type_: Type) -> Type:
        inner = unwrap_optional(type_)
        if inner is not None:
            return inner
        if not is_dyn(type_):
            self._mismatch(node, optional_of(type_), type_, "only an optional value can follow `?`")
        return type_

    def _join(self, before: Type | None, type_: Type) -> Type:
        if before is None or before.kind == "null":
            # Null stands for the absence of a value of the other elements' type (cel-spec, type deduction tests).
            return type_ if before is None or self._assignable(before, type_) else DYN
        if not self._assignable(before, type_):
            return DYN
        return before if type_.kind == "null" else most_general(before, type_)

    def check_message(self, node: MessageLiteral) -> Type:
        """One of the few messages that CEL knows by itself, or the type of a variable of the environment."""
        found = next((self._message(candidate) for candidate in self._candidates(node.name)), None)
        if found is None:
            message = f"undeclared reference to '{node.name}' (in container '{self._environment.container}')"
            if node.name in self._environment.type_names:
                message = f"'{node.name}' is not a message type"
            self._report("DRA305", message, node, node.span, hints.no_messages(node.name))
            return ERROR
        name, result, fields = found
        self.references[node.id] = Reference(name)
        for entry in node.entries:
            self._check_field(entry, fields)
        return result

    def _message(self, name: str) -> tuple[str, Type, Mapping[str, Type]] | None:
        if name in MESSAGES:
            return name, *MESSAGES[name]
        fields = self._environment.fields.get(name)
        return None if fields is None else (name, Type("struct", name), fields)

    def _check_field(self, entry: FieldEntry, fields: Mapping[str, Type]) -> None:
        type_ = self.check(entry.value)
        if entry.optional:
            type_ = self._optional_value(entry.value, type_)
        wanted = fields.get(entry.name)
        span = entry.value.span
        if wanted is None:
            hint = f"there are `{'`, `'.join(fields)}`"
            self.problems.append(Problem("DRA305", f"undefined field '{entry.name}'", entry.point, span, hint))
        elif not self._assignable(wanted, type_):
            expected, provided = format_type(wanted), format_type(type_)
            message = f"expected type of field '{entry.name}' is '{expected}' but provided type is '{provided}'"
            self.problems.append(Problem("DRA304", message, entry.point, span, None))

    def check_comprehension(self, node: Comprehension) -> Type:
        """The loop that macros expand to: scopes for the accumulator and for the loop's variables."""
        self.check(node.iteration_range)
        accumulator = self.check(node.initial)
        over = substitute(self.bindings, self.types[node.iteration_range.id])
        first, second = self._loop_variables(node, over)
        self._scopes.append({node.accumulator: accumulator})
        scope = {node.iteration_variable: first}
        if node.iteration_variable2 is not None:
            scope[node.iteration_variable2] = second
        self._scopes.append(scope)
        self._expect(node.condition, BOOL)
        self._expect(node.step, accumulator)
        self._scopes.pop()
        result = self.check(node.result)
        self._scopes.pop()
        return substitute(self.bindings, result)

    def _loop_variables(self, node: Comprehension, over: Type) -> tuple[Type, Type]:
        has_two = node.iteration_variable2 is not None
        if over.kind == "list":
            element = over.parameters[0]
            return (INT, element) if has_two else (element, element)
        if over.kind == "map":
            return over.parameters[0], over.parameters[1]
        if over.kind in _CONTAINERS_OF_ANYTHING:
            self._assignable(DYN, over)
            return DYN, DYN
        message = (
            f"expression of type '{format_type(over)}' cannot be range of a comprehension "
            "(must be list, map, or dynamic)"
        )
        hint = hints.not_iterable(over, self._environment)
        self._report("DRA305", message, node.iteration_range, node.iteration_range.span, hint)
        return ERROR, ERROR

    def _expect(self, node: Expression, wanted: Type) -> None:
        type_ = self.check(node)
        if not self._assignable(wanted, type_):
            self._mismatch(node, wanted, type_, None)

    # What all of them need

    def _assignable(self, target: Type, source: Type) -> bool:
        bindings = assignable(self.bindings, target, source)
        if bindings is None:
            return False
        self.bindings = bindings
        return True

    def _type_variable(self) -> Type:
        self._variables += 1
        return parameter(f"_var{self._variables + self._skipped - 1}")

    def _mismatch(self, node: Expression, wanted: Type, found: Type, hint: str | None) -> None:
        message = f"expected type '{format_type(wanted)}' but found '{format_type(found)}'"
        self._report("DRA304", message, node, node.span, hint)

    def _report(self, code: str, message: str, node: Expression, span: Span, hint: str | None) -> None:
        self.problems.append(Problem(code, message, kubernetes_point(node), span, hint))


_CHECKS: dict[type, Callable[[_Checker, Never], Type]] = {
    Literal: _Checker.check_literal,
    Ident: _Checker.check_ident,
    Select: _Checker.check_select,
    Call: _Checker.check_call,
    ListLiteral: _Checker.check_list,
    MapLiteral: _Checker.check_map,
    MessageLiteral: _Checker.check_message,
    Comprehension: _Checker.check_comprehension,
}
