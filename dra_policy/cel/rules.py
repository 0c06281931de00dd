"""Compile the expressions of policies that speak of several devices: ``require``, ``prefer`` and rules of quotas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from dra_policy.cel.device_lists import Aliases, ListProgram
from dra_policy.cel.environment import Environment, Overload, overload, plain_environment
from dra_policy.cel.kinds import (
    BOOL,
    DOUBLE,
    DYN,
    INT,
    QUANTITY,
    STRING,
    UINT,
    Type,
    format_type,
    list_of,
    map_of,
)
from dra_policy.model import ExpressionRule, Preference, Requirement
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Severity

Variables = Mapping[str, Type]
"""The variables of a rule with their types."""

DEVICE = Type("struct", "device")
NODE = Type("struct", "node")
OBJECT = Type("struct", "object")
DEVICES = list_of(DEVICE)
_CLAIMS = map_of(STRING, map_of(STRING, DEVICES))

QUOTA_VARIABLES: Variables = {"held": DEVICES, "asked": DEVICES, "namespace": OBJECT, "claim": OBJECT}
"""What a quota's rule speaks of: the devices that a namespace holds, and those of the claims that are decided.

Of several claims that are decided together the rule has to be true for each as ``claim``.
"""

POD_VARIABLES: Variables = {"claims": _CLAIMS, "node": NODE}
"""What a pod's rule speaks of: its claims by the pod's names for them, each with its requests by name."""

GROUP_VARIABLES: Variables = {"claims": _CLAIMS, "pods": list_of(_CLAIMS)}
"""What a group's rule speaks of: its own claims, and those of each pod (the group's among them)."""


def claim_variables(requests: Iterable[str]) -> Variables:
    """What a claim's rule speaks of: each request by name, all of them in ``requests``, and the node.

    A request that is called ``requests`` or ``node`` is found in ``requests`` only.
    """
    return {**dict.fromkeys(requests, DEVICES), "requests": map_of(STRING, DEVICES), "node": NODE}


_DEVICE_FIELDS: dict[str, Type] = {
    "driver": STRING,
    "allowMultipleAllocations": BOOL,
    "attributes": map_of(STRING, map_of(STRING, DYN)),
    "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
    **dict.fromkeys(("name", "pool", "node", "claim", "request", "class"), STRING),
}
_NODE_FIELDS: dict[str, Type] = {
    "name": STRING,
    "labels": map_of(STRING, STRING),
    "devices": DEVICES,
    "free": DEVICES,
}
_OBJECT_FIELDS: dict[str, Type] = {"name": STRING, "labels": map_of(STRING, STRING)}


def _quantity_overloads() -> tuple[Overload, ...]:
    """Sums over lists of quantities; the sum of an empty list of unknown type is the int 0, so that counts as one."""
    quantities = list_of(QUANTITY)
    return (
        *(
            overload(name, f"list_quantity_{name}_quantity", [quantities], QUANTITY, is_member=True)
            for name in ("sum", "min", "max")
        ),
        overload("compareTo", "int_compare_to_quantity", [INT, QUANTITY], INT, is_member=True),
        overload("compareTo", "quantity_compare_to_int", [QUANTITY, INT], INT, is_member=True),
        overload("add", "int_add_quantity", [INT, QUANTITY], QUANTITY, is_member=True),
        overload("sub", "int_sub_quantity", [INT, QUANTITY], QUANTITY, is_member=True),
    )


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule's program (None exactly if there are errors) and what is wrong with it."""

    program: ListProgram | None
    diagnostics: tuple[Diagnostic, ...]


Rule = Requirement | Preference | ExpressionRule


def compile_rule(rule: Rule, variables: Variables) -> CompiledRule:
    """Compile a rule over the variables of the place where it stands.

    A preference gives a number, a quantity or a bool, other rules a bool. Places of mistakes are in the file that the
    user wrote, also where the same text stands twice.
    """
    from dra_policy.cel.compiling import compile_anew

    source = rule.expression.place.embedded(rule.expression.expression)
    compilation = compile_anew(source, _environment(tuple(variables.items()), rule.aliases))
    # Warnings concern what Kubernetes makes of an expression, which never sees this one.
    found = [each for each in compilation.diagnostics if each.severity is Severity.ERROR]
    program = compilation.program
    if program is not None and program.output_type not in _results(rule):
        found.append(_wrong_result(rule, program.output_type))
    placed = tuple(replace(each, span=each.span and each.span.outermost()) for each in found)
    return CompiledRule(None if program is None or placed else ListProgram(program, rule.aliases), placed)


def _results(rule: Rule) -> tuple[Type, ...]:
    return (BOOL, INT, UINT, DOUBLE, QUANTITY, DYN) if isinstance(rule, Preference) else (BOOL, DYN)


def _wrong_result(rule: Rule, found: Type) -> Diagnostic:
    wanted, hint = "a bool", "compare it with something"
    if isinstance(rule, Preference):
        wanted, hint = "a number, a quantity or a bool", "of two solutions the one with the larger value is better"
    word = "prefer" if isinstance(rule, Preference) else "require"
    message = f"`{word}` wants {wanted}, not {format_type(found)}"
    return Diagnostic("DRA307", Severity.ERROR, message, rule.expression.place.span, hint=hint)


@lru_cache(maxsize=256)
def _environment(variables: tuple[tuple[str, Type], ...], aliases: Aliases) -> Environment:
    """CEL with every library over these variables; devices have the aliases as fields."""
    views = dict.fromkeys((name for name, _ in aliases), map_of(STRING, DYN))
    fields = {DEVICE.name: {**_DEVICE_FIELDS, **views}, NODE.name: _NODE_FIELDS, OBJECT.name: _OBJECT_FIELDS}
    return replace(plain_environment(dict(variables), added=_quantity_overloads()), fields=fields)
