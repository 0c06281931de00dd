"""The made-up accelerators of the prototypes' examples: models foozer-1000 and foozer-4000, four sizes of node."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.generate.inventory import Inventory, SampleClass, SamplePool
from dra_policy.model import Device, Dialect
from dra_policy.values import AttributeValue, Version

MODELS = ("foozer-1000", "foozer-4000")
# Size -> (NUMA nodes, devices on each).
SIZES = {"tiny": (1, 2), "small": (1, 4), "medium": (2, 4), "large": (4, 4)}


def foozer_inventory(model: str, size: str, nodes: int, dialect: Dialect) -> Inventory:
    """Nodes of one model and size; each device says on which NUMA node it is."""
    driver = "foozer.example.com" if dialect.is_kubernetes else "example.com-foozer"
    pools = tuple(_pool(f"{model}-{size}-{number:02d}", model, size, driver, dialect) for number in range(nodes))
    return Inventory(pools, _classes(model, driver, dialect))


def _pool(node: str, model: str, size: str, driver: str, dialect: Dialect) -> SamplePool:
    numa_nodes, devices_each = SIZES[size]
    attributes: Mapping[str, AttributeValue] = {
        "vendor": "example.com",
        "model": model,
        "firmwareVersion": Version.parse("1.8.2"),
        "driverVersion": Version.parse("4.2.1-gen3"),
    }
    devices = tuple(
        # The prototypes have no integers in common, so their NUMA node is a text.
        Device(f"dev-{number:02d}", driver, {"numa": numa if dialect.is_kubernetes else str(numa)})
        for number, numa in enumerate(numa for numa in range(numa_nodes) for _ in range(devices_each))
    )
    return SamplePool(node, f"{node}-foozer", driver, devices, attributes=attributes)


def _classes(model: str, driver: str, dialect: Dialect) -> tuple[SampleClass, ...]:
    match dialect.family:
        case Dialect.EVOLUTION:
            is_model = f"device.attributes['model'] == '{model}'"
        case Dialect.K8SRM:
            is_model = f"device.model == '{model}'"
        case _:
            is_model = f"device.attributes['{driver}'].model == '{model}'"
    return SampleClass("foozer.example.com", driver), SampleClass(f"{model}.example.com", driver, is_model)
