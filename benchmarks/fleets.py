"""Fleets to measure with: the shared generator's where it is at hand, else ones of our own shape."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import SHARED

GPU = "gpu.example.com"
PCIE_ROOT = "resource.kubernetes.io/pcieRoot"


def write_fleet(nodes: int, folder: Path) -> Path:
    """Write a fleet of 8 GPUs and 8 NICs a node and the claims to measure; gives the fleet's file."""
    generator = SHARED / "bench" / "gen_bench.py"
    if generator.exists():
        subprocess.run([sys.executable, str(generator), str(nodes), str(folder)], check=True)
        _write_claims(folder, (folder / "claims.jsonl").read_text(encoding="utf-8").splitlines())
        return folder / f"fleet-{nodes}.json"
    fleet = folder / f"fleet-{nodes}.json"
    fleet.write_text(json.dumps(own_fleet(nodes)), encoding="utf-8")
    _write_claims(folder, [json.dumps(case) for case in own_claims()])
    return fleet


def _write_claims(folder: Path, lines: list[str]) -> None:
    for line in lines:
        case = json.loads(line)
        (folder / f"{case['name']}.json").write_text(json.dumps(case["claims"][0]), encoding="utf-8")


def own_fleet(nodes: int) -> dict[str, Any]:
    """A list of objects: node ``i`` has GPUs of one of three models, every third node in use."""
    items: list[dict[str, Any]] = [_device_class("gpu", GPU), _device_class("nic", "nic.example.com")]
    for number in range(nodes):
        name = f"node-{number:05d}"
        items.append({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
        items.append(_slice(name, GPU, [_gpu(number, index) for index in range(8)]))
        items.append(_slice(name, "nic.example.com", [_nic(index) for index in range(8)]))
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _device_class(name: str, driver: str) -> dict[str, Any]:
    selector = {"cel": {"expression": f'device.driver == "{driver}"'}}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": name},
        "spec": {"selectors": [selector]},
    }


def _slice(node: str, driver: str, devices: list[dict[str, Any]]) -> dict[str, Any]:
    pool = {"name": node, "generation": 1, "resourceSliceCount": 1}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": f"{node}-{driver}"},
        "spec": {"driver": driver, "nodeName": node, "pool": pool, "devices": devices},
    }


def _gpu(node: int, index: int) -> dict[str, Any]:
    model, memory = (("A100", "80Gi"), ("H100", "80Gi"), ("L4", "24Gi"))[node % 3]
    attributes = {
        "uuid": {"string": f"GPU-{node:05d}-{index}"},
        "model": {"string": model},
        "numa": {"int": index // 4},
        "driverVersion": {"version": "550.54.14"},
        PCIE_ROOT: {"string": f"pci0000:{index // 2}0"},
    }
    return {"name": f"gpu-{index}", "attributes": attributes, "capacity": {"memory": {"value": memory}}}


def _nic(index: int) -> dict[str, Any]:
    attributes = {"rdma": {"bool": index % 2 == 0}, PCIE_ROOT: {"string": f"pci0000:{index // 2}0"}}
    return {"name": f"nic-{index}", "attributes": attributes}


def own_claims() -> list[dict[str, Any]]:
    """The two claims that no node can serve."""
    selector = {"cel": {"expression": f'device.attributes["{GPU}"].model == "B300"'}}
    return [
        {"name": "unsat-selector", "claims": [_claim({"selectors": [selector]}, 1, [])]},
        {"name": "unsat-3-pcie", "claims": [_claim({}, 3, [{"matchAttribute": PCIE_ROOT}])]},
    ]


def _claim(more: dict[str, Any], count: int, constraints: list[dict[str, Any]]) -> dict[str, Any]:
    request = {"name": "g", "exactly": {"deviceClassName": "gpu", "count": count, **more}}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"devices": {"requests": [request], "constraints": constraints}},
    }
