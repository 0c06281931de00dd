"""Fleets to measure with: the shared generator's where it is at hand, else ones of our own shape."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.measure import SHARED

GPU, NIC = "gpu.example.com", "nic.example.com"
PCIE_ROOT = "resource.kubernetes.io/pcieRoot"
GENERATOR = SHARED / "bench" / "gen_bench.py"
MODELS = (("A100", "80Gi", "8.0.0"), ("H100", "80Gi", "9.0.0"), ("L4", "24Gi", "8.9.0"))
DRIVER_VERSIONS = ("550.54.14", "535.104.5")
FEATURES = (
    "AdminAccess",
    "ConsumableCapacity",
    "DeviceBindingAndStatus",
    "DeviceTaints",
    "PartitionableDevices",
    "PrioritizedList",
)
JsonObject = dict[str, Any]

_A, _C = f'device.attributes["{GPU}"]', f'device.capacity["{GPU}"]'
SELECTORS = [
    f'device.driver == "{GPU}"',
    f'{_A}.model == "A100"',
    f'{_A}.model == "A100" && {_C}.memory.compareTo(quantity("40Gi")) >= 0',
    f'{_A}.driverVersion.isGreaterThan(semver("540.0.0"))',
    (
        f'{_A}.?model.orValue("") == "A100" && {_A}.ecc && {_A}.numa == 0 && {_A}.index < 4 && '
        f'{_A}.driverVersion.isGreaterThan(semver("540.0.0")) && {_C}.memory.isGreaterThan(quantity("40Gi"))'
    ),
    f'{_A}.productName.matches("^NVIDIA A.*")',
    'device.attributes["resource.kubernetes.io"].pcieRoot == "pci0000:10"',
    f'cel.bind(a, {_A}, has(a.uuid) && a.?uuid.orValue("").endsWith("7") && a.model != "L4")',
]
"""Selectors of growing work: constants, one attribute, quantities, versions, six parts, a regex, unique values."""


def write_fleet(nodes: int, folder: Path) -> Path:
    """Write a fleet of 8 GPUs and 8 NICs a node and the claims to measure; gives the fleet's file."""
    fleet = folder / f"fleet-{nodes}.json"
    if GENERATOR.exists():
        subprocess.run([sys.executable, str(GENERATOR), str(nodes), str(folder)], check=True)
    else:
        _write(fleet, own_fleet(nodes))
    for line in write_claims(folder).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        (folder / f"{case['name']}.json").write_text(json.dumps(case["claims"][0]), encoding="utf-8")
    return fleet


def write_claims(folder: Path) -> Path:
    """Write the claims to measure, one pod a line; gives the file."""
    claims = folder / "claims.jsonl"
    shared = SHARED / "bench" / "claims.jsonl"
    if shared.exists():
        shutil.copyfile(shared, claims)
    else:
        claims.write_text("".join(f"{json.dumps(case)}\n" for case in own_claims()), encoding="utf-8")
    return claims


def write_different_fleet(folder: Path, nodes: int) -> Path:
    """Write a fleet on which no node is as another; gives its file."""
    return _write(folder / f"different-{nodes}.json", different_fleet(nodes))


def write_selector_fleet(folder: Path, nodes: int, *, mixed: bool) -> Path:
    """Write a fleet of eight GPUs a node for selectors; gives its file."""
    return _write(folder / f"selectors-{nodes}-{mixed}.json", selector_fleet(nodes, mixed=mixed))


def _write(path: Path, content: JsonObject) -> Path:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
    return path


def own_fleet(nodes: int) -> JsonObject:
    """Node ``i`` has GPUs of one of three models; a third of the nodes is in use, a third half in use."""

    def gpu(node: int, index: int) -> JsonObject:
        return _gpu(f"GPU-{node:05d}-{index}", MODELS[node % 3], DRIVER_VERSIONS[node % 4 == 0], index)

    def in_use(node: int, index: int) -> bool:
        return node // 3 % 3 == 0 or (node // 3 % 3 == 1 and index < 4)

    return _fleet(f"own-{nodes}", nodes, (gpu, lambda _, index: _nic(index)), in_use)


def different_fleet(nodes: int) -> JsonObject:
    """All that a device says is drawn by itself, and so is which devices are in use (a third)."""
    random = Random(nodes)

    def gpu(node: int, index: int) -> JsonObject:
        device = _gpu(f"GPU-{node:05d}-{index}", random.choice(MODELS), random.choice(DRIVER_VERSIONS), index)
        device["attributes"]["numa"] = {"int": random.randrange(2)}
        device["attributes"]["ecc"] = {"bool": random.random() < 0.5}
        device["attributes"][PCIE_ROOT] = {"string": _root(random.randrange(4))}
        device["capacity"]["memory"] = {"value": random.choice(("24Gi", "40Gi", "80Gi"))}
        return device

    def nic(node: int, index: int) -> JsonObject:
        device = _nic(index)
        device["attributes"]["rdma"] = {"bool": random.random() < 0.5}
        device["attributes"]["state"] = {"string": "up" if random.random() < 0.8 else "down"}
        device["attributes"]["speed"] = {"int": random.choice((100, 200, 400))}
        device["attributes"][PCIE_ROOT] = {"string": _root(random.randrange(4))}
        device["attributes"]["serial"] = {"string": f"NIC-{node:05d}-{index}"}
        return device

    return _fleet(f"different-{nodes}", nodes, (gpu, nic), lambda _node, _index: random.random() < 0.33)


def selector_fleet(nodes: int, distinct: int = 8000, *, mixed: bool = False) -> JsonObject:
    """Eight GPUs a node, each one of ``distinct`` that differ in three of their eleven attributes.

    The GPUs of a node are eight that follow each other, of one model; ``mixed`` draws every one by itself.

    ``uuid`` and ``serial`` have a value for each, ``pcieRoot`` one of 160; of the others there are at most 50
    combinations on one place of a node.
    """
    random = Random(distinct)
    kinds = [(random.choice(MODELS), random.choice(DRIVER_VERSIONS)) for _ in range(50)]
    devices = []
    for number in range(distinct):
        model, version = kinds[number // 8 % 50]
        device = _gpu(f"GPU-{number:05d}", model, version, number % 8)
        device["attributes"]["serial"] = {"string": f"S{number:08d}"}
        device["attributes"][PCIE_ROOT] = {"string": f"pci0000:{number % 160:02x}"}
        devices.append(device)

    starts = [8 * random.randrange(distinct // 8) for _ in range(nodes)]

    def gpu(node: int, index: int) -> JsonObject:
        return random.choice(devices) if mixed else devices[starts[node] + index]

    return _fleet(f"selectors-{nodes}", nodes, (gpu,), lambda _node, _index: False)


Maker = Callable[[int, int], JsonObject]


def _fleet(name: str, nodes: int, makers: tuple[Maker, ...], in_use: Callable[[int, int], bool]) -> JsonObject:
    """A recorded case without claims: on each node one pool of eight devices from each maker."""
    fleet: JsonObject = {
        "name": name,
        "features": dict.fromkeys(FEATURES, True),
        "nodes": [],
        "classes": [_device_class("gpu", GPU), _device_class("nic", NIC)],
        "slices": [],
        "claims": [],
        "allocatedDevices": [],
    }
    for number in range(nodes):
        node = f"node-{number:05d}"
        metadata = {"name": node, "labels": {"kubernetes.io/hostname": node}}
        fleet["nodes"].append({"apiVersion": "v1", "kind": "Node", "metadata": metadata})
        for driver, make in zip((GPU, NIC), makers, strict=False):
            prefix = driver.split(".", 1)[0]
            devices = [{"name": f"{prefix}-{index}", **make(number, index)} for index in range(8)]
            fleet["slices"].append(_slice(node, driver, devices))
            fleet["allocatedDevices"] += [
                {"driver": driver, "pool": node, "device": device["name"]}
                for index, device in enumerate(devices)
                if in_use(number, index)
            ]
    return fleet


def _device_class(name: str, driver: str) -> JsonObject:
    selector = {"cel": {"expression": f'device.driver == "{driver}"'}}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": name},
        "spec": {"selectors": [selector]},
    }


def _slice(node: str, driver: str, devices: list[JsonObject]) -> JsonObject:
    pool = {"name": node, "generation": 1, "resourceSliceCount": 1}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": f"{node}-{driver}"},
        "spec": {"driver": driver, "nodeName": node, "pool": pool, "devices": devices},
    }


def _gpu(uuid: str, model: tuple[str, str, str], driver_version: str, index: int) -> JsonObject:
    name, memory, compute = model
    attributes = {
        "uuid": {"string": uuid},
        "model": {"string": name},
        "productName": {"string": f"NVIDIA {name}"},
        "cudaComputeCapability": {"version": compute},
        "driverVersion": {"version": driver_version},
        "index": {"int": index},
        "numa": {"int": index // 4},
        "ecc": {"bool": name != "L4"},
        "mig": {"bool": False},
        PCIE_ROOT: {"string": _root(index // 2)},
    }
    capacity = {"memory": {"value": memory}, "multiprocessors": {"value": "108"}}
    return {"attributes": attributes, "capacity": capacity}


def _nic(index: int) -> JsonObject:
    attributes = {
        "ifName": {"string": f"eth{index}"},
        "rdma": {"bool": index % 2 == 0},
        "state": {"string": "up"},
        "numa": {"int": index // 4},
        f"{GPU}/numa": {"int": index // 4},
        PCIE_ROOT: {"string": _root(index // 2)},
    }
    return {"attributes": attributes, "capacity": {"bandwidth": {"value": "100G"}}}


def _root(number: int) -> str:
    return f"pci0000:{number + 1}0"


def own_claims() -> list[JsonObject]:
    """Twelve pods: easy ones, ones that need search, and four that no node can serve."""
    big = f'{_C}.memory.compareTo(quantity("40Gi")) >= 0'
    nic = f'device.attributes["{NIC}"]'
    none = f'{_A}.model == "B300"'
    pairs = [_request(f"{kind}{i}", name, 1) for i in range(4) for kind, name in (("g", "gpu"), ("n", "nic"))]
    ups = (f"{nic}.rdma", f'{nic}.state == "up"', f"{nic}.numa == 1")
    first = [_request(f"g{i}", "gpu", 1) for i in range(5)]
    last = _request("n", "nic", 1, f'{nic}.ifName == "eth7"')
    late = [_request("g", "gpu", 2), _request("n", "nic", 2), _request("x", "gpu", 1, none)]
    numa = {"matchAttribute": f"{GPU}/numa"}
    a100 = _request("g", "gpu", 4, f'{_A}.model == "A100"')
    return [
        _pod("gpu-1", [_request("g", "gpu", 1)]),
        _pod("gpu-1-selective", [_request("g", "gpu", 1, f'{_A}.model == "H100" && {big}', f"!{_A}.mig")]),
        _pod("gpu-4-numa", [_request("g", "gpu", 4, big)], numa),
        _pod("gpu-8", [_request("g", "gpu", 8, big)]),
        _pod("gpu-nic-pcie", [_request("g", "gpu", 1), _request("n", "nic", 1, f"{nic}.rdma")], _same_root()),
        _pod("gpu-nic-x4-pcie", pairs, *(_same_root(f"g{i}", f"n{i}") for i in range(4))),
        _pod("backtrack-4gpu-2nic", [a100, _request("n", "nic", 2, *ups)], numa),
        _pod("backtrack-hard", [*first, last], _same_root("g0", "n")),
        _pod("unsat-selector", [_request("g", "gpu", 1, none)]),
        _pod("unsat-5-numa", [_request("g", "gpu", 5)], numa),
        _pod("unsat-3-pcie", [_request("g", "gpu", 3)], _same_root()),
        _pod("unsat-late", late),
    ]


def _same_root(*requests: str) -> JsonObject:
    return {"matchAttribute": PCIE_ROOT, **({"requests": list(requests)} if requests else {})}


def _request(name: str, device_class: str, count: int, *selectors: str) -> JsonObject:
    found: JsonObject = {"deviceClassName": device_class, "allocationMode": "ExactCount", "count": count}
    if selectors:
        found["selectors"] = [{"cel": {"expression": each}} for each in selectors]
    return {"name": name, "exactly": found}


def _pod(name: str, requests: list[JsonObject], *constraints: JsonObject) -> JsonObject:
    devices: JsonObject = {"requests": requests}
    if constraints:
        devices["constraints"] = list(constraints)
    claim = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"devices": devices},
    }
    return {"name": name, "claims": [claim]}
