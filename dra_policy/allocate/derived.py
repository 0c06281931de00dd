"""Attributes that a request derives from devices by CEL, for constraints to compare (gate DRADerivedAttributes).

A derived attribute stands before a published one of its name, for the devices of its request only. It is computed when
a constraint first looks at it; an error then ends the whole allocation.
"""

from __future__ import annotations

from dra_policy.allocate.constraints import Code, DerivationFailure, code_of
from dra_policy.cel import Program, compile_expression
from dra_policy.cel.syntax import children
from dra_policy.compiler import Settings
from dra_policy.ir import CelFailure
from dra_policy.model import Device, Dialect
from dra_policy.text import Source
from dra_policy.values import AttributeValue, ListValue, Version, type_name

_SCALAR_TYPES = frozenset(("bool", "int", "string", "any", "dyn", "kubernetes.Semver"))


class DerivedAttribute:
    """One derived attribute of a request."""

    __slots__ = ("_failure", "_program", "name")

    def __init__(self, name: str, expression: str) -> None:
        self.name = name
        compiled = _compiled(expression)
        self._program = compiled if isinstance(compiled, Program) else None
        self._failure = None
        if isinstance(compiled, str):
            self._failure = DerivationFailure(f"compile derived attribute {name} failed: {compiled}", None)

    def code(self, device: Device, *, knows_lists: bool) -> Code | DerivationFailure:
        """The device's value for a constraint."""
        if self._program is None:
            assert self._failure is not None
            return self._failure
        value = _attribute(self._program.trace(device).values.get(self._program.syntax.id), self._program, device)
        if isinstance(value, CelFailure):
            return DerivationFailure(f"evaluate derived attribute {self.name} on device", value.text)
        return code_of(value, knows_lists=knows_lists)


def _compiled(expression: str) -> Program | str:
    """The program of an expression of any type, or Kubernetes' text why there is none."""
    environment = Settings().environment(Dialect.V1)
    compilation = compile_expression(Source.of("<input>", expression), environment)
    if compilation.program is not None:
        return compilation.program
    # A selector must be a bool; this expression need not, so it is compiled as a part of one.
    whole = compile_expression(Source.of("<input>", f"dyn({expression}) == null"), environment).program
    if whole is None:
        return compilation.kubernetes_text
    part = whole.part(children(children(whole.syntax)[0])[0])
    found = str(part.output_type)
    if found in _SCALAR_TYPES or (found.startswith("list(") and found[5:-1] in _SCALAR_TYPES):
        return part
    return (
        "must evaluate to a primitive scalar (string, integer, boolean, semver) or a list of these scalars, "
        f"not {found}"
    )


def _attribute(value: object, program: Program, device: Device) -> AttributeValue | CelFailure:
    """The value as an attribute: a scalar of four types, or a list of one of them."""
    match value:
        case None:
            # Nothing was reached where the device itself cannot be read.
            failure = program.evaluate(device)
            return failure if isinstance(failure, CelFailure) else _UNSUPPORTED
        case CelFailure() | bool() | str() | Version():
            return value
        case list():
            return _list(value)
        case _:
            # Other numbers are classes of their own.
            return value if type(value) is int else _UNSUPPORTED


def _list(values: list[object]) -> ListValue | CelFailure:
    """The items as a list attribute; an empty list is one of texts."""
    items = tuple(value for value in values if type(value) is int or isinstance(value, bool | str | Version))
    kinds = {type_name(item) for item in items}
    if len(items) < len(values) or len(kinds) > 1:
        return _UNSUPPORTED
    return ListValue(kinds.pop() if kinds else "string", items)


_UNSUPPORTED = CelFailure("unsupported CEL return type", "unsupported CEL return type")
