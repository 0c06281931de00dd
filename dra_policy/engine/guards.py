"""Tell which reads without a guard in a selector are guarded by what Kubernetes evaluates before it.

The selectors of the class come first, then those of the request, in order; the first that is false ends the evaluation.
A read can therefore fail only on a device that meets all selectors before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.compiler import CompiledSelector
from dra_policy.engine.world import World
from dra_policy.ir import is_unreadable
from dra_policy.model import Device
from dra_policy.text import Diagnostic

if TYPE_CHECKING:
    from dra_policy.cel.reads import Read

UNGUARDED = "DRA308"


def without_guarded_reads(
    selector: CompiledSelector, earlier: Sequence[CompiledSelector] | None, world: World
) -> tuple[Diagnostic, ...]:
    """The selector's findings without those of reads that fail on no device of the fleet that gets as far as them.

    ``earlier`` is what is evaluated before; None where that is not known (the class is not loaded) or where an error
    ends nothing (a quota): then no read is told.
    """
    if not any(each.code == UNGUARDED for each in selector.diagnostics):
        return selector.diagnostics
    failing = frozenset() if earlier is None else _failing_reads(selector, earlier, world)
    return tuple(
        each
        for each in selector.diagnostics
        if each.code != UNGUARDED or (each.span is not None and each.span.start in failing)
    )


def _failing_reads(selector: CompiledSelector, earlier: Sequence[CompiledSelector], world: World) -> frozenset[int]:
    """Where the names stand that some device lacks on which the selector is reached and fails."""
    from dra_policy.cel import Program
    from dra_policy.cel.reads import reads

    condition = selector.condition
    if condition is None or not isinstance(condition.program, Program):
        return frozenset()
    devices = _failing_devices(selector, earlier, world)
    found = [read for read in reads(condition.program.syntax) if read.fails]
    return frozenset(read.name_span.start for read in found if any(not _publishes(device, read) for device in devices))


def _failing_devices(
    selector: CompiledSelector, earlier: Sequence[CompiledSelector], world: World
) -> tuple[Device, ...]:
    """The devices that meet all that is evaluated before and on which the selector fails; of like ones, one."""
    before = [each.condition for each in earlier if each.condition is not None]
    if selector.condition is None or len(before) < len(earlier):
        return ()  # what does not compile ends everything before
    found: dict[tuple[int, int], Device] = {}
    for loaded in world.fleet.current_slices:
        mask = world.evaluator.slice_masks(selector.condition, loaded).error
        for condition in before if mask else ():
            mask &= world.evaluator.slice_masks(condition, loaded).true
        for index, device in enumerate(loaded.frame.devices if mask else ()):
            if mask >> index & 1 and not is_unreadable(device):
                found[loaded.frame.id, index] = device
    return tuple(found.values())


def _publishes(device: Device, read: Read) -> bool:
    names = device.capacity if read.is_capacity else device.attributes
    is_own = read.domain == device.driver and read.name in names
    return is_own or f"{read.domain}/{read.name}" in names
