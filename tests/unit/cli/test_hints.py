"""Each kind of hint, by `eval` and by `check`: its words, and its place in every form that YAML has for a text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import clusters
from tests.worlds import run

GPU = 'device.attributes["gpu.example.com"]'
MEMORY = 'device.capacity["gpu.example.com"].memory'
OWN = 'device.driver == "gpu.example.com" && '


class Slip(NamedTuple):
    """An expression, ⟦what is wrong in it⟧, and what is said of that."""

    expression: str
    message: str
    hint: str
    options: tuple[str, ...] = ()
    fleet: str = "fleet.json"


SLIPS = {
    "attribute": Slip(
        f'{OWN}{GPU}.⟦productNam⟧ == "A100"',
        "DRA301 warning: no driver publishes attribute `productNam` of `gpu.example.com`",
        "did you mean `productName`? It exists on 8 of 10 devices",
    ),
    "rare attribute": Slip(
        f"{OWN}{GPU}.⟦nvlnk⟧",
        "DRA301 warning: no driver publishes attribute `nvlnk` of `gpu.example.com`",
        "did you mean `nvlink`? It exists on 3 of 10 devices",
    ),
    "domain": Slip(
        'device.attributes[⟦"gpu.exmple.com"⟧].productName == "A100"',
        "DRA303 warning: no driver publishes under `gpu.exmple.com`",
        "did you mean `gpu.example.com`?",
    ),
    "driver": Slip(
        'device.driver == ⟦"gpu.exmple.com"⟧',
        "DRA303 warning: no loaded device has the driver `gpu.exmple.com`",
        "did you mean `gpu.example.com`?",
    ),
    "function": Slip(
        f'{OWN}{GPU}.productName.⟦lowerascii⟧() == "a100"',
        "DRA305 undeclared reference to 'lowerascii' (in container '')",
        "did you mean `lowerAscii`?",
    ),
    "sign": Slip(
        f"{OWN}{MEMORY}.⟦sign⟧() > 0",
        "DRA305 found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'",
        f"`sign` is no member: write `sign({MEMORY})`",
    ),
    "order of quantities": Slip(
        f'{OWN}{MEMORY} ⟦>⟧ quantity("20Gi")',
        "DRA304 found no matching overload for '_>_' applied to '(kubernetes.Quantity, kubernetes.Quantity)'",
        f'quantities are compared by functions: `{MEMORY}.isGreaterThan(quantity("20Gi"))`',
    ),
    "order of versions": Slip(
        f'{OWN}{GPU}.driverVersion ⟦<⟧ semver("500.0.0")',
        "DRA304 found no matching overload for '_<_' applied to '(dyn, kubernetes.Semver)'",
        f'versions are compared by functions: `{GPU}.driverVersion.isLessThan(semver("500.0.0"))`',
    ),
    "equality of a version": Slip(
        f'{OWN}{GPU}.driverVersion == ⟦"550.54.15"⟧',
        "DRA304 warning: `driverVersion` is published as version; here it is compared with a string",
        f'write `{GPU}.driverVersion.compareTo(semver("550.54.15")) == 0`',
    ),
    "equality turned round": Slip(
        f'{OWN}⟦"550.54.15"⟧ == {GPU}.driverVersion',
        "DRA304 warning: `driverVersion` is published as version; here it is compared with a string",
        f'write `{GPU}.driverVersion.compareTo(semver("550.54.15")) == 0`',
    ),
    "sum": Slip(
        f'{OWN}quantity("80Gi") == ⟦{MEMORY}.add(quantity("40Gi"))⟧',
        "DRA304 warning: `==` does not work on the result of `add` or `sub` in Kubernetes",
        f'write `{MEMORY}.add(quantity("40Gi")).compareTo(quantity("80Gi")) == 0`',
    ),
    "unit of an amount": Slip(
        f'{OWN}{MEMORY}.compareTo(quantity(⟦"80GiB"⟧)) >= 0',
        "DRA204 warning: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        "write `80Gi`",
    ),
    "version of one number": Slip(
        f'{OWN}{GPU}.driverVersion.isGreaterThan(semver(⟦"v550"⟧))',
        "DRA204 warning: No Major.Minor.Patch elements found",
        'write `semver("550.0.0")`',
    ),
    "no guard": Slip(
        f"{OWN}{GPU}.⟦nvlink⟧",
        "DRA308 warning: `nvlink` is read without a guard; it exists on 3 of 10 devices",
        f"write `{GPU}.?nvlink.orValue(false)`, or `has({GPU}.nvlink) && …`",
    ),
    "mixed list": Slip(
        f"{OWN}{GPU}.index in [{GPU}.slot, ⟦1⟧]",
        "DRA304 expected type 'dyn' but found 'int'",
        "Kubernetes wants one type in a list: wrap the constants in `dyn(…)` too",
    ),
    "terms that exclude each other": Slip(
        f"{OWN}{GPU}.index > 5 && ⟦{GPU}.index < 3⟧",
        f"DRA315 warning: `{GPU}.index` cannot be `> 5` and `< 3` at once",
        "for either of them write `||`",
    ),
    "equal to two values": Slip(
        f'{OWN}{GPU}.productName == "A100" && ⟦{GPU}.productName == "H100"⟧',
        f'DRA315 warning: `{GPU}.productName` cannot be `"A100"` and `"H100"` at once',
        f'for either of them write `{GPU}.productName in ["A100", "H100"]`',
    ),
    "a term alike everywhere": Slip(
        f'{OWN}⟦["a"].exists(x, x == "b")⟧',
        'DRA314 warning: `["a"].exists(x, x == "b")` is the same on every device',
        "leave it out, or ask for something that a device publishes",
    ),
    "key of the prototype's code": Slip(
        'device.driverName == "d.io" && device.stringAttributes[⟦"model"⟧] == "A100"',
        "DRA301 warning: the prototype publishes `model` as `model.d.io` in typed maps",
        'write `device.stringAttributes["model.d.io"]`, or `device.attributes`',
        ("--strict-prototype",),
        "prototype.json",
    ),
    "attribute of the prototype": Slip(
        'device.driverName == "d.io" && device.stringAttributes[⟦"modl"⟧] == "A100"',
        "DRA301 warning: no driver publishes attribute `modl`",
        "did you mean `model`? It exists on 1 of 1 devices",
        (),
        "prototype.json",
    ),
    "map of another type": Slip(
        'device.driverName == "d.io" && device.stringAttributes[⟦"ecc"⟧] == "on"',
        "DRA304 warning: `ecc` is published as bool; `device.stringAttributes` has none of these",
        'write `device.boolAttributes["ecc"]`',
        (),
        "prototype.json",
    ),
}


def gpu(index: int) -> dict[str, object]:
    attributes: dict[str, dict[str, object]] = {
        "productName": {"string": "A100" if index % 2 else "H100"},
        "index": {"int": index},
        "slot": {"int": 1},
        "driverVersion": {"version": "550.54.15"},
    }
    if index < 3:
        attributes["nvlink"] = {"bool": True}
    return {"name": f"gpu-{index}", "attributes": attributes, "capacity": {"memory": {"value": "40Gi"}}}


@pytest.fixture
def fleets(folder: Path) -> Path:
    slices = [
        clusters.slice_([gpu(index) for index in range(8)], node="n1", driver="gpu.example.com"),
        clusters.slice_([clusters.device("nic-0"), clusters.device("nic-1")], node="n1", driver="nic.example.com"),
    ]
    (folder / "fleet.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))
    attributes = [{"name": "model", "string": "A100"}, {"name": "ecc", "bool": True}]
    spec = {"driverName": "d.io", "nodeName": "n1", "devices": [{"name": "gpu-0", "attributes": attributes}]}
    pool = {"apiVersion": "resource.k8s.io/v1alpha3", "kind": "ResourcePool", "metadata": {"name": "p"}, "spec": spec}
    (folder / "prototype.json").write_text(json.dumps(pool))
    return folder


KUBERNETES = """\
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: c}
spec:
  selectors:
  - cel:
      expression: TEXT
"""
PROTOTYPE = """\
apiVersion: resource.k8s.io/v1alpha3
kind: DeviceClass
metadata: {name: c}
requirements:
- deviceSelector: TEXT
"""
IN_FLOW = {
    KUBERNETES: KUBERNETES.replace("- cel:\n      expression: TEXT", "- {cel: {expression: TEXT}}"),
    PROTOTYPE: PROTOTYPE.replace("- deviceSelector: TEXT", "- {deviceSelector: TEXT}"),
}
INDENT = "\n          "


def escaped(expression: str) -> str:
    return '"' + expression.replace("\\", "\\\\").replace('"', '\\"') + '"'


def single(expression: str) -> str:
    return "'" + expression.replace("'", "''") + "'"


def written(expression: str, frame: str) -> dict[str, str]:
    """The expression in each form of scalar."""
    rows = expression.replace(" && ", f" &&{INDENT}")
    return {
        "double": frame.replace("TEXT", escaped(expression)),
        "single": frame.replace("TEXT", single(expression)),
        "plain": frame.replace("TEXT", expression),
        "literal": frame.replace("TEXT", f"|{INDENT}// é: first{INDENT}{rows}"),
        "folded": frame.replace("TEXT", f">-{INDENT}{rows}"),
        "double in flow": IN_FLOW[frame].replace("TEXT", escaped(expression)),
        "single in flow": IN_FLOW[frame].replace("TEXT", single(expression)),
        "double over rows": frame.replace("TEXT", escaped(expression).replace(" && ", f" &&{INDENT}")),
        "plain over rows": frame.replace("TEXT", rows),
    }


def place_of(text: str) -> tuple[str, str]:
    """Line and column of what is marked in a text, and what it is."""
    before, _, rest = text.partition("⟦")
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}", rest.partition("⟧")[0]


def told(slip: Slip, place: str, marked: str, shown: str) -> None:
    """Hold a printed finding to its words, its place, and what its caret stands under."""
    blocks = re.split(r"\n(?=DRA)", shown)
    (block,) = [each for each in blocks if each.startswith(f"{slip.message}\n")]
    _, arrow, row, caret, *rest = block.splitlines()
    assert arrow == f"  --> {place}"
    assert row[caret.index("^") : caret.rindex("^") + 1] == marked
    assert f"  hint: {slip.hint}" in rest


@pytest.mark.parametrize("name", SLIPS)
@pytest.mark.usefixtures("fleets")
def test_eval_says_it_of_an_expression(name: str) -> None:
    slip = SLIPS[name]
    place, marked = place_of(slip.expression)
    plain = slip.expression.replace("⟦", "").replace("⟧", "")
    ran = run("eval", plain, "-f", slip.fleet, *slip.options, "--width", "400")

    told(slip, f"<expression>:{place}", marked, ran.err)


@pytest.mark.parametrize("name", SLIPS)
def test_check_says_it_in_each_form_of_a_manifest(name: str, fleets: Path) -> None:
    slip = SLIPS[name]
    frame = PROTOTYPE if slip.fleet == "prototype.json" else KUBERNETES
    for text in written(slip.expression, frame).values():
        (fleets / "c.yaml").write_text(text.replace("⟦", "").replace("⟧", ""))
        ran = run("check", "c.yaml", "-f", slip.fleet, *slip.options, "--width", "400")
        place, marked = place_of(text)

        told(slip, f"c.yaml:{place}", marked, ran.out)


def test_counts_are_those_of_the_loaded_fleet(folder: Path) -> None:
    plain, rare = [clusters.device(f"gpu-{index}", model="A") for index in range(9)], [gpu(0), gpu(1), gpu(2)]
    slices = [clusters.slice_(plain, node=f"n{number}", driver="gpu.example.com") for number in range(1138)]
    slices.append(clusters.slice_(rare, node="n", driver="gpu.example.com"))
    (folder / "large.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))

    hint = "  hint: did you mean `nvlink`? It exists on 3 of 10,245 devices"
    assert hint in run("eval", f"{GPU}.nvlnk", "-f", "large.json").err.splitlines()
