"""Evaluate expressions in tests: without dialect, or on a device as Kubernetes does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dra_policy.cel import Program, Run, compile_expression, environment_for
from dra_policy.cel.data import Failure, Value
from dra_policy.ir.nodes import CelFailure
from dra_policy.model import Capacity, Device, Dialect
from dra_policy.text import Source
from dra_policy.values import AttributeValue, ListValue, Quantity, Version

ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType(
    {
        "model": "A100",
        "index": 3,
        "healthy": True,
        "driverVersion": Version.parse("550.54.15"),
        "lanes": ListValue("int", (3, 1, 2)),
        "links": ListValue("string", ("nv1", "nv3")),
        "resource.kubernetes.io/pcieRoot": "pci0000:00",
    }
)
DEVICE = Device("gpu-0", "gpu.example.com", ATTRIBUTES, {"memory": Capacity(Quantity.parse("40Gi"))})
A = 'device.attributes["gpu.example.com"]'
C = 'device.capacity["gpu.example.com"]'


def program(
    text: str,
    *,
    kubernetes: str = "1.37",
    dialect: Dialect = Dialect.V1,
    features: Mapping[str, bool] = MappingProxyType({}),
) -> Program:
    """The program of an expression that compiles."""
    environment = environment_for(dialect, kubernetes=kubernetes, features=features)
    compilation = compile_expression(Source.of("<test>", text), environment)
    assert compilation.program is not None, compilation.kubernetes_text
    return compilation.program


def run(
    text: str,
    device: Device = DEVICE,
    *,
    cost_limit: int = 1_000_000,
    kubernetes: str = "1.37",
    features: Mapping[str, bool] = MappingProxyType({}),
) -> Run:
    """One run on a device as Kubernetes does it."""
    return program(text, kubernetes=kubernetes, features=features).run(device, cost_limit)


def result(text: str, device: Device = DEVICE) -> bool | str:
    """The answer, or the text of the error."""
    outcome = run(text, device).outcome
    return outcome.text if isinstance(outcome, CelFailure) else outcome


def cost(text: str) -> int | None:
    """What an expression costs on the device."""
    return run(text).cost


def refusal(text: str) -> str:
    """Why an expression has no program."""
    compilation = compile_expression(Source.of("<test>", text), environment_for(Dialect.V1))
    assert compilation.program is None
    return compilation.kubernetes_text


def value(text: str, variables: Mapping[str, Value] = MappingProxyType({})) -> Value:
    """The value of an unchecked expression over variables, outside of any dialect; of any failure its text."""
    from dra_policy.cel.environment import plain_environment
    from dra_policy.cel.interpreter import PlanningError
    from dra_policy.cel.kinds import DYN
    from dra_policy.cel.parse import parse

    environment = plain_environment(dict.fromkeys(variables, DYN))
    expression = parse(Source.of("<test>", text), environment.syntax).expression
    assert expression is not None
    try:
        found = Program(expression, text, environment).value(variables)
    except PlanningError as problem:
        return str(problem)
    return found.text if isinstance(found, Failure) else found
