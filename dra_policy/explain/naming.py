"""Name devices within one node so that no two read alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dra_policy.fleet import NodeView
from dra_policy.model import DeviceId


def distinct_names(devices: Sequence[DeviceId]) -> tuple[str, ...]:
    """The names of some devices, in their order: bare, but ``driver/pool/device`` for those that share a name."""
    alike = Counter(each.device for each in dict.fromkeys(devices))
    return tuple(
        f"{each.driver}/{each.pool}/{each.device}" if alike[each.device] > 1 else each.device for each in devices
    )


def names_on(view: NodeView, positions: Sequence[int]) -> tuple[str, ...]:
    """The names of a node's devices: bare, but ``driver/pool/device`` where another device of the node has the name."""
    alike = Counter(device.name for each in view.layout.slices for device in each.frame.devices)
    devices = [view.device_id(position) for position in positions]
    return tuple(str(each) if alike[each.device] > 1 else each.device for each in devices)


def devices_named(view: NodeView, name: str) -> tuple[DeviceId, ...]:
    """The devices of a node that have a bare name, those of pools that Kubernetes ignores included."""
    broken = (each for pool in view.pools if pool.problem is not None for each in pool.slices)
    found = [
        loaded.device_id(index)
        for loaded in (*view.slices, *broken)
        for index, device in enumerate(loaded.frame.devices)
        if device.name == name
    ]
    return tuple(dict.fromkeys(found))
