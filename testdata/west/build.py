"""Write west.json: the fleet that most of the explanation cases ask about.

16 nodes, 88 devices: 64 of gpu.nvidia.com, 24 of dra.net; one pool per node and driver.

* h1..h4: gpu-0..7 H100 with 80Gi (driver 560.35.3 on h1 h2, 550.54.15 on h3 h4), nic-0..3
* l1..l4: gpu-0..7 L40S with 48Gi (driver 570.86.10), nic-0..1
* c1..c8: no devices
* numaNode: gpu-0..3 0, gpu-4..7 1; on h nic-0,1 0, nic-2,3 1; on l nic-0 0, nic-1 1
* pcieRoot: on h one root for each of gpu-2i, gpu-2i+1, nic-i; on l one for each numaNode
* h4/gpu-5 is tainted by its driver; nine claims hold 43 GPUs and 7 NICs

Run it in this folder: ``python build.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GPU, NIC = "gpu.nvidia.com", "dra.net"
NUMA, ROOT = "topology.example.com/numaNode", "resource.kubernetes.io/pcieRoot"
API = "resource.k8s.io/v1"
ROOTS = ("pci0000:17", "pci0000:3a", "pci0000:5d", "pci0000:98")
DRIVER = {"h1": "560.35.3", "h2": "560.35.3", "h3": "550.54.15", "h4": "550.54.15"}
# claim, node, pod, its devices by number
HELD = (
    ("team-b/finetune-1", "h1", (0, 1, 2, 3), (0,)),
    ("team-b/eval-1", "h1", (4, 5), (2,)),
    ("team-b/finetune-2", "h2", (2, 3, 4, 5), (1,)),
    ("team-c/llm-0", "h3", tuple(range(8)), (0, 1, 2, 3)),
    ("team-a/notebook", "h4", (0,), ()),
    ("team-d/render-1", "l1", tuple(range(8)), ()),
    ("team-d/render-2", "l2", tuple(range(8)), ()),
    ("team-d/render-3", "l3", (4, 5, 6, 7), ()),
    ("team-d/render-4", "l4", (0, 1, 4, 5), ()),
)


def _gpu(node: str, index: int) -> dict[str, Any]:
    big = node.startswith("h")
    device: dict[str, Any] = {
        "name": f"gpu-{index}",
        "attributes": {
            "productName": {"string": "NVIDIA H100" if big else "NVIDIA L40S"},
            "architecture": {"string": "Hopper" if big else "Ada Lovelace"},
            "driverVersion": {"version": DRIVER.get(node, "570.86.10")},
            NUMA: {"int": index // 4},
            ROOT: {"string": ROOTS[index // 2 if big else index // 4]},
        },
        "capacity": {"memory": {"value": "80Gi" if big else "48Gi"}},
    }
    if (node, index) == ("h4", 5):
        device["taints"] = [{"key": "gpu.nvidia.com/xid", "value": "79", "effect": "NoSchedule"}]
    return device


def _nic(node: str, index: int) -> dict[str, Any]:
    numa = index // 2 if node.startswith("h") else index
    return {"name": f"nic-{index}", "attributes": {NUMA: {"int": numa}, ROOT: {"string": ROOTS[index]}}}


def _pool(driver: str, node: str, devices: list[dict[str, Any]]) -> dict[str, Any]:
    spec = {
        "driver": driver,
        "nodeName": node,
        "pool": {"name": node, "generation": 1, "resourceSliceCount": 1},
        "devices": devices,
    }
    return {"apiVersion": API, "kind": "ResourceSlice", "metadata": {"name": f"{node}-{driver}"}, "spec": spec}


def _device_class(name: str, driver: str) -> dict[str, Any]:
    selector = {"cel": {"expression": f'device.driver == "{driver}"'}}
    return {"apiVersion": API, "kind": "DeviceClass", "metadata": {"name": name}, "spec": {"selectors": [selector]}}


def _held(claim: str, node: str, gpus: tuple[int, ...], nics: tuple[int, ...]) -> dict[str, Any]:
    namespace, name = claim.split("/")
    wanted = [("gpu", "gpu.nvidia.com", GPU, gpus), ("nic", "rdma", NIC, nics)]
    results = [
        {"request": request, "driver": driver, "pool": node, "device": f"{request}-{index}"}
        for request, _, driver, indices in wanted
        for index in indices
    ]
    requests = [
        {"name": request, "exactly": {"deviceClassName": name_of_class, "count": len(indices)}}
        for request, name_of_class, _, indices in wanted
        if indices
    ]
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    return {
        "apiVersion": API,
        "kind": "ResourceClaim",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"devices": {"requests": requests}},
        "status": {
            "allocation": {"devices": {"results": results}, "nodeSelector": {"nodeSelectorTerms": [term]}},
            "reservedFor": [{"resource": "pods", "name": name}],
        },
    }


def _objects() -> list[dict[str, Any]]:
    names = [f"{kind}{index}" for kind, size in (("h", 4), ("l", 4), ("c", 8)) for index in range(1, size + 1)]
    found: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in names]
    for name in names[:8]:
        found.append(_pool(GPU, name, [_gpu(name, index) for index in range(8)]))
        found.append(_pool(NIC, name, [_nic(name, index) for index in range(4 if name.startswith("h") else 2)]))
    found.extend((_device_class("gpu.nvidia.com", GPU), _device_class("rdma", NIC)))
    found.extend(_held(*claim) for claim in HELD)
    return found


def text() -> str:
    """The list as JSON, one object a line."""
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in _objects())
    return f'{{"apiVersion":"v1","kind":"List","items":[\n{lines}\n]}}\n'


def _main() -> None:
    (Path(__file__).parent / "west.json").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    _main()
