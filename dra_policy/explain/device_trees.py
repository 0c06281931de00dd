"""A condition on single devices of a fleet, part by part: those on which it fails or does not hold come first."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel import Program
from dra_policy.evaluate import Evaluator, trace
from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.condition_tree import part_check
from dra_policy.explain.loops import program_checks
from dra_policy.explain.matching import node_of
from dra_policy.fleet import Fleet, LoadedSlice
from dra_policy.ir import Condition, Constant
from dra_policy.model import Device
from dra_policy.record import dataclass, replace
from dra_policy.values.bit_sets import positions

_MOST_TREES = 10
_MOST_DEVICES = 200
"""Devices of one outcome that are looked at in search of trees that differ."""


@dataclass(frozen=True, slots=True)
class DeviceTree:
    """What a condition asks of one device, and what its evaluation costs Kubernetes (None: it is not evaluated)."""

    device: str
    check: Check
    cost: int | None


def device_trees(condition: Condition, fleet: Fleet, evaluator: Evaluator) -> tuple[DeviceTree, ...]:
    """Trees that differ from one another, at most ten: of devices that fail, then of others that do not match."""
    found: dict[Check, DeviceTree] = {}
    for outcome in ("error", "false", "true"):
        for loaded, index in _devices(condition, fleet, evaluator, outcome):
            if len(found) == _MOST_TREES:
                return tuple(found.values())
            device = loaded.device(index)
            check = condition_check(condition, device)
            if check not in found:
                found[check] = DeviceTree(f"{node_of(loaded)}/{device.name}", check, _cost(condition, device))
            if isinstance(condition.predicate, Constant):
                # The same on every device, and slow to tell where it took many rounds.
                break
    return tuple(found.values())


def condition_check(condition: Condition, device: Device) -> Check:
    """The tree of a whole condition on one device; its state is what Kubernetes makes of the device."""
    traced = trace(condition, device)
    check = part_check(traced.root, device)
    if isinstance(traced.root.predicate, Constant) and isinstance(condition.program, Program):
        # What no device changes is computed once, but it may have taken rounds.
        check = replace(check, parts=program_checks(condition.program, device))
    if traced.failure is None:
        return check
    return replace(check, state=CheckState.ERROR, finding=f"fails: {traced.failure.text}")


def _devices(
    condition: Condition, fleet: Fleet, evaluator: Evaluator, outcome: str
) -> Iterator[tuple[LoadedSlice, int]]:
    left = _MOST_DEVICES
    for loaded in fleet.current_slices:
        masks = evaluator.slice_masks(condition, loaded)
        mask = {"error": masks.error, "false": masks.false, "true": masks.true}[outcome]
        for index in positions(mask)[:left]:
            yield loaded, index
            left -= 1


def _cost(condition: Condition, device: Device) -> int | None:
    return condition.program.run(device).cost if isinstance(condition.program, Program) else None
