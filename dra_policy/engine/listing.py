"""The rows of `drapolicy get`: devices, nodes, classes and claims of a world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dra_policy.compiler import compile_class
from dra_policy.engine.world import World
from dra_policy.explain.matching import node_of
from dra_policy.ir import Condition
from dra_policy.ir.printer import print_value
from dra_policy.model import Claim, Demand
from dra_policy.record import dataclass

# Attributes that one column of a device shows; the rest is for -o json.
MOST_ATTRIBUTES = 4


@dataclass(frozen=True, slots=True)
class Listing:
    """A table as values: one name a column, one text a cell."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def list_devices(world: World, namespace: str | None = None) -> Listing:  # noqa: ARG001 - one shape for all lists
    """Every published device: where it is, who holds it, what taints it has, its first attributes."""
    columns = ("NODE", "DEVICE", "DRIVER", "POOL", "HELD BY", "TAINTS", "ATTRIBUTES")
    return Listing("devices", columns, tuple(sorted(_device_rows(world), key=_natural)))


def _device_rows(world: World) -> Iterator[tuple[str, ...]]:
    fleet = world.fleet
    for loaded in fleet.current_slices:
        for index, device in enumerate(loaded.devices):
            name = loaded.device_id(index)
            holders = ", ".join(claim.full_name for claim in fleet.holders(name))
            held = holders or ("yes" if fleet.in_use(loaded) >> index & 1 else "")
            shown = [f"{key}={print_value(value)}" for key, value in device.attributes.items()]
            shown += [f"{key}={capacity.value}" for key, capacity in device.capacity.items()]
            more = f" +{len(shown) - MOST_ATTRIBUTES}" if len(shown) > MOST_ATTRIBUTES else ""
            taints = ",".join(map(str, device.taints))
            attributes = " ".join(shown[:MOST_ATTRIBUTES]) + more
            yield node_of(loaded), device.name, device.driver, name.pool, held, taints, attributes


def list_nodes(world: World, namespace: str | None = None) -> Listing:  # noqa: ARG001
    """Every node: how many devices it has by driver, and how many of them are held."""
    fleet = world.fleet
    drivers = sorted({loaded.envelope.driver for loaded in fleet.current_slices})
    rows = []
    for node in fleet.nodes:
        view = fleet.view(node)
        of_driver = dict.fromkeys(drivers, 0)
        for each in view.layout.slices:
            of_driver[each.frame.driver] += each.usable.bit_count()
        total = sum(of_driver.values())
        held = view.in_use.bit_count()
        rows.append((node, str(total), str(held), str(total - held), *(str(of_driver[d]) for d in drivers)))
    return Listing("nodes", ("NODE", "DEVICES", "HELD", "FREE", *drivers), tuple(sorted(rows, key=_natural)))


def list_classes(world: World, namespace: str | None = None) -> Listing:  # noqa: ARG001
    """Every device class: its dialect, how many devices match it, its selectors."""
    rows = []
    for each in world.objects.classes:
        compiled = compile_class(each, world.classes, world.rules.compilation)
        conditions = [selector.condition for selector in compiled.selectors]
        number = "error" if None in conditions else str(count_matching([c for c in conditions if c is not None], world))
        texts = " && ".join(" ".join(selector.expression.split()) for selector in each.selectors)
        rows.append((each.name, each.dialect.value, number, texts))
    return Listing("classes", ("CLASS", "DIALECT", "DEVICES", "SELECTORS"), tuple(sorted(rows)))


def count_matching(conditions: list[Condition], world: World) -> int:
    """How many devices meet all conditions."""
    total = 0
    for loaded in world.fleet.current_slices:
        mask = loaded.frame.all_devices
        for condition in conditions:
            mask &= world.evaluator.slice_masks(condition, loaded).true
        total += mask.bit_count()
    return total


def list_claims(world: World, namespace: str | None = None) -> Listing:
    """Every claim: its state, what it asks for, what it holds."""
    rows = [
        (claim.namespace, claim.name, _state(claim), _asked(claim), _held(claim))
        for claim in world.objects.claims
        if namespace in (None, claim.namespace)
    ]
    return Listing("claims", ("NAMESPACE", "CLAIM", "STATE", "ASKS FOR", "HOLDS"), tuple(sorted(rows)))


def _state(claim: Claim) -> str:
    """Kubernetes' own words for a claim's state."""
    words = ["deleted"] if claim.deletion_timestamp else []
    words.append("pending" if claim.allocation is None else "allocated")
    if claim.reserved_for:
        words.append("reserved")
    return ",".join(words)


def _asked(claim: Claim) -> str:
    return ", ".join(" or ".join(_demand(demand) for demand in request.demands) for request in claim.requests)


def _demand(demand: Demand) -> str:
    mode = demand.allocation_mode
    count = demand.count if getattr(mode, "value", mode) == "ExactCount" else "all"
    return f"{count} of {demand.device_class_name}"


def _held(claim: Claim) -> str:
    if claim.allocation is None:
        return ""
    return " ".join(f"{each.device.pool}/{each.device.device}" for each in claim.allocation.devices)


def _natural(row: tuple[str, ...]) -> tuple[tuple[str, int, str], ...]:
    """Order by names as people count: ``gpu-2`` before ``gpu-10``."""
    keys = []
    for cell in row[:2]:
        prefix = cell.rstrip("0123456789")
        digits = cell[len(prefix) :]
        keys.append((prefix, int(digits) if digits else -1, cell))
    return tuple(keys)


LISTINGS: dict[str, Callable[[World, str | None], Listing]] = {
    "devices": list_devices,
    "nodes": list_nodes,
    "classes": list_classes,
    "claims": list_claims,
}
