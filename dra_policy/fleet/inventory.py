"""The fleet: nodes, pools and devices with their state, and who holds what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.fleet.features import Features
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.layout import Group, NodeView
from dra_policy.model import Claim, Device, DeviceId, Node, Objects, Vocabulary


class Fleet:
    """All devices of a cluster, held compactly; see the package's docstring.

    ``nodes`` are in byte order of their names, with their objects (one without an object has no labels).
    ``slices`` are all slices in the order of reading, also obsolete ones and those of broken pools.
    """

    features: Features
    nodes: Mapping[str, Node]
    slices: tuple[LoadedSlice, ...]
    frames: tuple[Frame, ...]

    @classmethod
    def build(cls, objects: Objects, *, features: Features | None = None) -> Fleet:
        """Load the slices of some objects, with the state that claims' ``status.allocation`` gives.

        ``features`` None: those of ``objects`` (a recorded case), else Kubernetes 1.37's defaults.
        """
        raise NotImplementedError

    def view(self, node: str) -> NodeView:
        """What a node offers now; KeyError for a name that is none of ``nodes``."""
        raise NotImplementedError

    def groups(self) -> tuple[Group, ...]:
        """All nodes, grouped by (layout, usage), in the order of each group's first node."""
        raise NotImplementedError

    def find(self, device: DeviceId) -> tuple[LoadedSlice, int] | None:
        """The slice (of the newest generation) and the index of a device; None if no slice publishes it."""
        raise NotImplementedError

    def device(self, device: DeviceId) -> Device | None:
        """A device by its name, with all its attributes."""
        raise NotImplementedError

    def holder(self, device: DeviceId) -> Claim | None:
        """The claim that holds a device (not by admin access); the first of several for a shared device.

        None also for a device that a recorded case calls allocated: it names no claim.
        """
        raise NotImplementedError

    def holders(self, device: DeviceId) -> tuple[Claim, ...]:
        """All claims that hold the device or shares of it, not by admin access."""
        raise NotImplementedError

    def emptied(self) -> Fleet:
        """The same fleet with nothing in use (the question behind "never"); frames and layouts are shared."""
        raise NotImplementedError

    def without(self, claims: Iterable[Claim]) -> Fleet:
        """The same fleet as if these claims held nothing."""
        raise NotImplementedError

    def with_allocated(self, claims: Iterable[Claim]) -> Fleet:
        """The same fleet after these claims got their ``allocation``."""
        raise NotImplementedError

    def vocabulary(self) -> Vocabulary:
        """What the slices publish, by domain and name, computed once per frame at first need."""
        raise NotImplementedError
