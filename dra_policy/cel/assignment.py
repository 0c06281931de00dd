"""Decide which types can be assigned to which, binding type variables on the way (cel-go, checker/types.go)."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cel.kinds import DYN, Type, is_dyn, is_dyn_or_error, is_wrapper

Bindings = dict[str, Type]
"""What each type variable stands for so far, by its name."""

# Kinds that only their own kind can be assigned to, but for dyn, null, errors and variables.
_CONCRETE = frozenset(
    (
        *("bool", "bytes", "double", "duration", "int", "list", "map", "opaque", "string", "struct", "timestamp"),
        *("type", "uint"),
    )
)

# Kinds that null can be assigned to, though they are no wrappers.
_NULLABLE = frozenset(("opaque", "struct", "any", "duration", "timestamp", "dyn", "param", "null"))


def assignable(bindings: Bindings, target: Type, source: Type) -> Bindings | None:
    """The bindings under which ``source`` can be assigned to ``target``; None if there are none."""
    tried = dict(bindings)
    return tried if _assign(tried, target, source) else None


def all_assignable(bindings: Bindings, targets: Sequence[Type], sources: Sequence[Type]) -> Bindings | None:
    """The bindings under which each of ``sources`` can be assigned to its target; None if there are none."""
    if len(targets) != len(sources):
        return None
    for target, source in zip(targets, sources, strict=True):
        # Most overloads differ in kind already; that needs no copy of the bindings.
        if target.kind != source.kind and target.kind in _CONCRETE and source.kind in _CONCRETE:
            return None
    tried = dict(bindings)
    if all(_assign(tried, target, source) for target, source in zip(targets, sources, strict=True)):
        return tried
    return None


def substitute(bindings: Bindings, type_: Type, *, free_is_dyn: bool = False) -> Type:
    """The type with all bound variables replaced; free ones stay, or become dyn."""
    if type_.kind == "param":
        bound = bindings.get(type_.name)
        if bound is not None:
            return substitute(bindings, bound, free_is_dyn=free_is_dyn)
        return DYN if free_is_dyn else type_
    if not type_.parameters:
        return type_
    parameters = tuple(substitute(bindings, inner, free_is_dyn=free_is_dyn) for inner in type_.parameters)
    return type_ if parameters == type_.parameters else Type(type_.kind, type_.name, parameters)


def most_general(left: Type, right: Type) -> Type:
    """The less specific of two types that can be assigned to each other."""
    return left if _is_equal_or_less_specific(left, right) else right


def _assign(bindings: Bindings, left: Type, right: Type) -> bool:
    if right.kind == "param":
        is_valid, is_bound = _bind(bindings, left, right)
        if is_valid:
            return True
        if is_bound:
            return False
    if left.kind == "param":
        return _bind(bindings, right, left)[0]
    if is_dyn_or_error(left) or is_dyn_or_error(right):
        return True
    if is_wrapper(left) or is_wrapper(right):
        return left.kind == right.kind or "null" in (left.kind, right.kind)
    if left.kind == "null":
        return right.kind in _NULLABLE
    if right.kind == "null":
        return left.kind in _NULLABLE
    if left.kind == "type":
        return right.kind == "type"
    if left.kind in ("opaque", "list", "map"):
        return left.kind == right.kind and left.name == right.name and _assign_all(bindings, left, right)
    return left == right


def _assign_all(bindings: Bindings, left: Type, right: Type) -> bool:
    if len(left.parameters) != len(right.parameters):
        return False
    return all(_assign(bindings, one, other) for one, other in zip(left.parameters, right.parameters, strict=True))


def _bind(bindings: Bindings, type_: Type, variable: Type) -> tuple[bool, bool]:
    """Whether a variable can stand for a type, and whether it stands for something already."""
    if type_ == variable:
        return True, True
    bound = bindings.get(variable.name)
    if bound is not None:
        if type_ == bound:
            return True, True
        if not _assign(bindings, type_, bound):
            return False, True
        general = most_general(type_, bound)
        # INVARIANT: no variable occurs in what it stands for, so substitution ends.
        if not _occurs(bindings, variable, general):
            bindings[variable.name] = general
        return True, True
    if _occurs(bindings, variable, type_):
        return False, False
    bindings[variable.name] = type_
    return True, False


def _occurs(bindings: Bindings, variable: Type, type_: Type) -> bool:
    if variable == type_:
        return True
    if type_.kind == "param":
        bound = bindings.get(type_.name)
        return bound is not None and _occurs(bindings, variable, bound)
    return any(_occurs(bindings, variable, inner) for inner in type_.parameters)


def _is_equal_or_less_specific(left: Type, right: Type) -> bool:
    if is_dyn(left) or left.kind == "param":
        return True
    if is_dyn(right) or right.kind == "param" or left.kind != right.kind:
        return False
    if left.kind == "type":
        return True
    if left.name != right.name or len(left.parameters) != len(right.parameters):
        return False
    return all(
        _is_equal_or_less_specific(one, other) for one, other in zip(left.parameters, right.parameters, strict=True)
    )
