"""A condition on one device means the same in ``where`` and, said of every device of a list, in ``require``."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.cel import compile_expression, environment_for
from dra_policy.cel.device_lists import ListedDevice, RuleFailure
from dra_policy.cel.rules import claim_variables, compile_rule
from dra_policy.ir.nodes import CelFailure
from dra_policy.language import load_policy
from dra_policy.model import Capacity, Device, Dialect
from dra_policy.text import Source
from dra_policy.values import AttributeValue, Quantity, Version

BEFORE = """
driver gpu = "gpu.example.com" { memory: quantity, size: quantity, numa: int, version: version }
domain std = "resource.kubernetes.io"
let floor = 40Gi
predicate roomy(d, least: quantity) = d.gpu.memory >= least
predicate newer(d) = d.gpu.version > v1.5
"""
CONDITIONS = (
    "gpu.numa == 1",
    "gpu.numa < 2",
    "gpu.?numa == 1",
    "has(gpu.numa) && gpu.numa != 0",
    "gpu.memory >= 40Gi",
    "gpu.memory == floor",
    "gpu.memory + 1Gi > gpu.size",
    "gpu.size - 1Gi <= 40Gi",
    "roomy(device, floor)",
    "newer(device)",
    "gpu.version == v2.0",
    'std.root == "a"',
    "std.`odd-name` == 1",
    "has(std.`odd-name`)",
    "device.driver == gpu",
    "gpu.?memory.orValue(0Gi) >= 1Gi",
)


def _device(
    numa: int | None, memory: str | None, size: str | None, version: str | None, root: str | None, odd: int | None
) -> Device:
    attributes: dict[str, AttributeValue | None] = {
        "numa": numa,
        "version": None if version is None else Version.parse(version),
        "resource.kubernetes.io/root": root,
        "resource.kubernetes.io/odd-name": odd,
    }
    amounts = {"memory": memory, "size": size}
    return Device(
        "d",
        "gpu.example.com",
        {name: value for name, value in attributes.items() if value is not None},
        {name: Capacity(Quantity.parse(text)) for name, text in amounts.items() if text is not None},
    )


devices = st.builds(
    _device,
    st.none() | st.integers(0, 2),
    st.none() | st.sampled_from(("1Gi", "40Gi", "80Gi")),
    st.none() | st.sampled_from(("1Gi", "41Gi", "81Gi")),
    st.none() | st.sampled_from(("1.0.0", "2.0.0")),
    st.none() | st.sampled_from("ab"),
    st.none() | st.integers(0, 1),
)
conditions = st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from((" && ", " || ")).map(lambda joint: joint.join(f"({part})" for part in parts))
)


@settings(max_examples=200, deadline=None)
@given(conditions, devices)
def test_where_and_require_agree_on_one_device(condition: str, device: Device) -> None:
    text = (
        f"{BEFORE}class c {{ where {condition} }}\nclaim k {{ request r: 1 of c require r.all(device, {condition}) }}"
    )
    loaded = load_policy(Source.of("p.dra", text))
    assert loaded.diagnostics == ()
    (selector,), (rule,) = loaded.objects.classes[0].selectors, loaded.objects.claims[0].requirements

    selected = compile_expression(Source.of("where", selector.expression), environment_for(Dialect.V1)).program
    required = compile_rule(rule, claim_variables(("r",))).program
    assert selected is not None
    assert required is not None
    expected, found = selected.evaluate(device), required.value({"r": [ListedDevice(device)]})

    if isinstance(expected, CelFailure):
        assert isinstance(found, RuleFailure)
    else:
        assert found is expected
