"""Name devices within one node so that no two read alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dra_policy.fleet import LoadedSlice, NodeView
from dra_policy.model import DeviceId


def distinct_names(devices: Sequence[DeviceId]) -> tuple[str, ...]:
    """The names of some devices, in their order: bare, but ``driver/pool/device`` for those that share a name."""
    return _named(devices, Counter(each.device for each in dict.fromkeys(devices)))


def names_on(view: NodeView, devices: Sequence[DeviceId]) -> tuple[str, ...]:
    """The names of some of a node's devices, in their order.

    Bare, but ``driver/pool/device`` where another device of the node has the name, in whatever pool.
    """
    published: dict[str, set[DeviceId]] = {each.device: set() for each in devices}
    for loaded in _slices(view):
        for index, device in enumerate(loaded.frame.devices):
            if device.name in published:
                published[device.name].add(loaded.device_id(index))
    # Allocations of the prototypes leave out driver or pool; what nobody publishes is counted by itself.
    alike = Counter(each.device for each in dict.fromkeys(devices) if not published[each.device])
    return _named(devices, alike + Counter({name: len(found) for name, found in published.items()}))


def _named(devices: Sequence[DeviceId], alike: Counter[str]) -> tuple[str, ...]:
    return tuple(str(each) if alike[each.device] > 1 else each.device for each in devices)


def _slices(view: NodeView) -> Iterator[LoadedSlice]:
    """All slices that a node sees, those of pools that Kubernetes ignores included."""
    yield from view.slices
    for pool in view.pools:
        if pool.problem is not None:
            yield from pool.slices


def devices_named(view: NodeView, name: str) -> tuple[DeviceId, ...]:
    """The devices of a node that have a bare name, those of pools that Kubernetes ignores included."""
    found = [
        loaded.device_id(index)
        for loaded in _slices(view)
        for index, device in enumerate(loaded.frame.devices)
        if device.name == name
    ]
    return tuple(dict.fromkeys(found))
