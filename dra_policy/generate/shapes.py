"""The shapes of sample machines by name, and what stands for a shape in a dialect."""

from __future__ import annotations

from dra_policy.generate.dgx_a100 import dgx_a100_inventory
from dra_policy.generate.foozer import MODELS, SIZES, foozer_inventory
from dra_policy.generate.gpu_nic import gpu_nic_inventory
from dra_policy.generate.inventory import Inventory
from dra_policy.generate.kubernetes_documents import class_document, slice_documents
from dra_policy.generate.prototype_documents import (
    device_pool_document,
    evolution_class_document,
    k8srm_class_document,
    resource_pool_document,
)
from dra_policy.model import Dialect
from dra_policy.text import Diagnostic, PolicyError, Severity, nearest
from dra_policy.values import JsonValue

_FOOZERS = {f"{model}-{size}": (model, size) for model in MODELS for size in SIZES}


def _foozer_text(model: str, size: str) -> str:
    numa_nodes, devices_each = SIZES[size]
    numa = "1 NUMA node" if numa_nodes == 1 else f"{numa_nodes} NUMA nodes"
    return f"{numa_nodes * devices_each} {model} devices on {numa}"


SHAPES: dict[str, str] = {
    "gpu-nic-8": "8 GPUs and 8 RDMA NICs on 2 NUMA nodes, pairs on one PCIe root",
    "dgxa100": "8 A100 GPUs, each whole or as one of 25 MIG partitions (k8srm: 1 GPU)",
    **{name: _foozer_text(model, size) for name, (model, size) in _FOOZERS.items()},
}
"""What each shape puts on a node, in one line."""


def generate_objects(shape: str, nodes: int, seed: int, dialect: Dialect) -> list[JsonValue]:
    """The device classes and the pools of ``nodes`` nodes, as manifests of the dialect.

    The same arguments always give the same objects; another seed gives other serial numbers.

    Raises:
        PolicyError: DRA105 for a shape that does not exist.
    """
    inventory = _inventory(shape, nodes, seed, dialect)
    documents: list[JsonValue] = []
    match dialect.family:
        case Dialect.EVOLUTION:
            documents += [evolution_class_document(each) for each in inventory.classes]
            documents += [resource_pool_document(pool) for pool in inventory.pools]
        case Dialect.K8SRM:
            documents += [k8srm_class_document(each) for each in inventory.classes]
            documents += [device_pool_document(pool) for pool in inventory.pools]
        case _:
            documents += [class_document(each, dialect) for each in inventory.classes]
            documents += [each for pool in inventory.pools for each in slice_documents(pool, dialect)]
    return documents


def _inventory(shape: str, nodes: int, seed: int, dialect: Dialect) -> Inventory:
    if shape == "gpu-nic-8":
        return gpu_nic_inventory(nodes, seed, dialect)
    if shape == "dgxa100":
        return dgx_a100_inventory(nodes, seed, dialect)
    if shape in _FOOZERS:
        model, size = _FOOZERS[shape]
        return foozer_inventory(model, size, nodes, dialect)
    near = nearest(shape, SHAPES)
    hint = f"did you mean `{near}`?" if near else "`drapolicy gen --help` lists the shapes"
    raise PolicyError([Diagnostic("DRA105", Severity.ERROR, f"there is no shape `{shape}`", hint=hint)])
