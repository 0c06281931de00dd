"""A machine of today: eight GPUs and eight RDMA network cards, each GPU beside one card on its PCIe root."""

from __future__ import annotations

from dra_policy.generate.inventory import Inventory, SampleClass, SamplePool, uuid
from dra_policy.model import Capacity, Device, Dialect
from dra_policy.values import AttributeValue, Quantity, Version

_DEVICES = 8
_GPU_DRIVER = "gpu.nvidia.com"
_NIC_DRIVER = "dra.net"


def gpu_nic_inventory(nodes: int, seed: int, dialect: Dialect) -> Inventory:
    """Nodes with two NUMA nodes, four GPUs and four cards on each."""
    names = [f"gpu-nic-{number:02d}" for number in range(nodes)]
    pools = (pool for name in names for pool in (_gpus(name, seed, dialect), _nics(name, dialect)))
    return Inventory(tuple(pools), (SampleClass("gpu.nvidia.com", _GPU_DRIVER), SampleClass("rdma", _NIC_DRIVER)))


def _gpus(node: str, seed: int, dialect: Dialect) -> SamplePool:
    devices = []
    for number in range(_DEVICES):
        attributes: dict[str, AttributeValue] = {
            "type": "gpu",
            "index": number,
            "uuid": f"GPU-{uuid(seed, node, str(number))}",
            "productName": "NVIDIA H100 80GB HBM3",
            "architecture": "Hopper",
            "cudaComputeCapability": Version.parse("9.0.0"),
            "driverVersion": Version.parse("560.35.3"),
            **_place(number, dialect),
        }
        devices.append(_device(f"gpu-{number}", _GPU_DRIVER, attributes, ("memory", "80Gi"), dialect))
    return SamplePool(node, f"{node}-gpu", _GPU_DRIVER, tuple(devices))


def _nics(node: str, dialect: Dialect) -> SamplePool:
    devices = []
    for number in range(_DEVICES):
        attributes: dict[str, AttributeValue] = {"ifName": f"rdma{number}", "rdma": True, **_place(number, dialect)}
        devices.append(_device(f"nic-{number}", _NIC_DRIVER, attributes, ("bandwidth", "400G"), dialect))
    return SamplePool(node, f"{node}-nic", _NIC_DRIVER, tuple(devices))


def _place(number: int, dialect: Dialect) -> dict[str, AttributeValue]:
    """NUMA node and PCIe root, under names that both drivers publish."""
    numa, root = number // 4, f"pci0000:{16 * (number + 1):02x}"
    if dialect.is_kubernetes:
        return {"topology.example.com/numaNode": numa, "resource.kubernetes.io/pcieRoot": root}
    return {"numa": str(numa), "pcie-root": root}


def _device(
    name: str, driver: str, attributes: dict[str, AttributeValue], amount: tuple[str, str], dialect: Dialect
) -> Device:
    """The amount is a capacity in Kubernetes, an attribute in dra-evolution, and both in k8srm."""
    key, quantity = amount[0], Quantity.parse(amount[1])
    if not dialect.is_kubernetes:
        attributes[key] = quantity
    capacity = {} if dialect is Dialect.EVOLUTION else {key: Capacity(quantity)}
    return Device(name, driver, attributes, capacity)
