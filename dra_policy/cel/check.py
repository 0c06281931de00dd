"""Give every part of an expression its type and every call its overloads, or say what is wrong (cel-go, checker)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Never

from dra_policy.cel import hints
from dra_policy.cel.assignment import Bindings, all_assignable, assignable, most_general, substitute
from dra_policy.cel.constants import TYPES_OF_CONSTANTS
from dra_policy.cel.environment import Environment, Overload
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
    unwrap_optional,
)
from dra_policy.cel.messages import MESSAGES
from dra_policy.cel.names import CallKey, Reference, names_of
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
)
from dra_policy.record import dataclass
from dra_policy.text import Span

_CONTAINERS_OF_ANYTHING = frozenset(("dyn", "error", "param"))
_LOGICAL = frozenset(("_&&_", "_||_"))
_OPTIONAL_FIELD = Reference("_?._", ("select_optional_field",))


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
        self._names = names_of(environment)
        self._scopes: list[dict[str, Type]] = []
        # Type variables so far, with those of calls whose types were known: cel-go counts those too, as messages show.
        self._numbered = 0
        self._made: dict[int, int] = {}  # How many of them there are for a node and all below it, if any.
        self.has_variables = False
        self.bindings: Bindings = {}
        self.types: dict[int, Type] = {}
        self.references: dict[int, Reference] = {}
        self.problems: list[Problem] = []

    def check(self, node: Expression) -> Type:
        """Find the type of a node and of all below it."""
        number = node.id
        if number in self.types:
            return self._check_again(node, self.types[number])
        before = self._numbered
        type_ = self.types[number] = _CHECKS[type(node)](self, node)  # type: ignore[arg-type]
        if self._numbered != before:
            self._made[number] = self._numbered - before
        return type_

    def _check_again(self, node: Expression, found: Type) -> Type:
        """Macros put what they copy into the tree twice."""
        if self._environment.syntax.is_of_130:
            return self._check_twice(node, found)
        # cel-go copies it for each place: new variables for types, mistakes reported twice.
        self._numbered += self._made.get(node.id, 0)
        own = node.span
        self.problems += [each for each in self.problems if own.start <= each.span.start and each.span.end <= own.end]
        return found

    def _check_twice(self, node: Expression, found: Type) -> Type:
        """cel-go 0.17 has one node twice in the tree; whose type is left open then has another variable."""
        again = _CHECKS[type(node)](self, node)  # type: ignore[arg-type]
        if again != found:
            hint = "the receiver of `optMap` can have no `[]`, `{}` or `optional.none()`, nor a macro that makes one"
            self._report("DRA304", "incompatible type already exists for expression", node, node.span, hint)
        return found

    def check_literal(self, node: Literal) -> Type:
        """A constant's type is its value's."""
        return TYPES_OF_CONSTANTS[type(node.value)]

    # Names and fields

    def check_ident(self, node: Ident) -> Type:
        """A variable of a loop, of the environment, or the name of a type."""
        name = node.name
        local = self._local(name) if self._scopes else None
        if local is not None and not name.startswith("."):
            self.references[node.id] = Reference(name)
            return local
        type_ = self._global(node, name, is_hidden=local is not None)
        if type_ is None:
            message = f"undeclared reference to '{name}' (in container '{self._environment.container}')"
            hint = hints.unknown_name(node, self._environment, self._local_names())
            self._report("DRA305", message, node, node.span, hint)
            return ERROR
        return type_

    def check_select(self, node: Select) -> Type:
        """A qualified name, or a field of what stands before the dot."""
        if node.optional:
            self.references[node.id] = _OPTIONAL_FIELD
        elif not node.test_only:
            qualified = self._names.qualified(node, self._names.qualifiers)
            type_ = None if qualified is None else self._qualified(node, qualified)
            if type_ is not None:
                return type_
        type_ = self._field_type(node)
        return BOOL if node.test_only else type_

    def _qualified(self, node: Select, name: str) -> Type | None:
        """The type of a variable with dots in its name; the first part must be no variable of a loop."""
        local = self._local(name.removeprefix(".").partition(".")[0])
        if local is not None and not name.startswith("."):
            return None
        return self._global(node, name, is_hidden=local is not None)

    def _global(self, node: Ident | Select, name: str, *, is_hidden: bool) -> Type | None:
        """The type of a name of the environment; ``is_hidden`` by a variable of a loop, where no dot stands before."""
        found = self._names.find(name)
        if found is None:
            return None
        reference, type_ = found
        self.references[node.id] = Reference(f".{reference.name}") if is_hidden else reference
        return type_

    def _local(self, name: str) -> Type | None:
        name = name.removeprefix(".")
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def _local_names(self) -> tuple[str, ...]:
        return tuple(name for scope in self._scopes for name in scope if name.isidentifier())

    def _field_type(self, node: Select) -> Type:
        operand = self.check(node.operand)
        if self.bindings:
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
        target = node.target
        if target is None:
            return self._call(node, (node.function, False, False, *arguments))
        prefix = self._names.qualified(target, self._names.namespaces)
        if prefix is not None:
            function = f"{prefix}.{node.function}"
            if self._names.function(function) is not None:
                return self._call(node, (function, False, True, *arguments))
        arguments.insert(0, self.check(target))
        return self._call(node, (node.function, True, False, *arguments))

    def _call(self, node: Call, call: CallKey) -> Type:
        known = self._names.calls.get(call)
        if known is None:
            return self._resolve(node, call)
        self.references[node.id], type_, variables = known
        self._numbered += variables
        return type_

    def _resolve(self, node: Call, call: CallKey) -> Type:
        """Find the overloads of a call that was not seen before."""
        written, is_member, is_namespaced, *arguments = call
        name = self._names.function(written)
        if name is None:
            return self._undeclared(node)
        if name in _LOGICAL and not self._are_conditions(node, arguments):
            return ERROR
        before = self._numbered
        found, result = self._fitting(name, arguments, is_member=is_member)
        if result is None:
            return self._no_overload(node, name, arguments, is_member=is_member)
        reference = self.references[node.id] = Reference(name, found, is_namespaced)
        if not any(map(has_variable, (*arguments, result))):
            self._names.remember(call, reference, result, self._numbered - before)
        return result

    def _undeclared(self, node: Call) -> Type:
        message = f"undeclared reference to '{node.function}' (in container '{self._environment.container}')"
        code, hint = hints.unknown_function(node, self._environment)
        self._report(code, message, node, hints.function_span(node), hint)
        return ERROR

    def _fitting(self, name: str, arguments: list[Type], *, is_member: bool) -> tuple[tuple[str, ...], Type | None]:
        """The overloads that take these arguments, and the type of their results; None if there are none."""
        found: list[str] = []
        result: Type | None = None
        for overload in self._environment.functions.overloads(name):
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

    def _are_conditions(self, node: Call, arguments: list[Type]) -> bool:
        """Whether all operands are bool; each that is not is reported where it stands."""
        is_right = True
        for argument, type_ in zip(node.arguments, arguments, strict=True):
            if not self._assignable(type_, BOOL):
                self._mismatch(argument, BOOL, type_, hints.not_a_condition(argument, type_))
                is_right = False
        return is_right

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
        found = next((self._message(candidate) for candidate in self._names.candidates(node.name)), None)
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
        self.has_variables = True
        self._numbered += 1
        return parameter(f"_var{self._numbered - 1}")

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
