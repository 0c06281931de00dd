"""What a driver publishes: a slice of a pool, its devices undecoded until somebody needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dra_policy.model.device import CounterSet, Device
from dra_policy.model.dialect import Dialect
from dra_policy.model.node import NodeSelector
from dra_policy.record import dataclass, field
from dra_policy.text import Place


class Decode(Protocol):
    """How a dialect decodes the JSON text of a device list of a driver; gives the devices in listed order.

    Without ``shows_lists`` lists of values count for nothing, as in a Kubernetes that does not know them.
    """

    def __call__(self, text: bytes, driver: str, /, *, shows_lists: bool = True) -> tuple[Device, ...]:
        """The devices of a text."""


class PublishedDevices:
    """The device list of a slice as published (JSON text), and how its dialect decodes such a list.

    Equal texts of one dialect and driver mean equal devices, so that a fleet decodes each distinct text once. Values
    that cannot be read become ``values.Unreadable``: one bad attribute is a fact about the device, not an error of the
    file.

    The text may be a stretch of a large one (a buffer). ``keep`` lets go of it for an equal text, or for something
    smaller that makes an equal text whenever it is asked for; nothing else ever changes.
    """

    __slots__ = ("_source", "decode")

    def __init__(self, text: bytes, decode: Decode) -> None:
        self._source: bytes | Callable[[], bytes] = text
        self.decode = decode

    @property
    def text(self) -> bytes:
        """The JSON text."""
        source = self._source
        return source() if callable(source) else bytes(source)

    def keep(self, text: bytes | Callable[[], bytes]) -> None:
        """Hold another object that stands for the same text."""
        self._source = text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PublishedDevices):
            return NotImplemented
        return self.decode == other.decode and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"PublishedDevices({self.text!r}, {self.decode!r})"


@dataclass(frozen=True, slots=True)
class ResourceSlice:
    """One slice (resource.k8s.io ResourceSlice; dra-evolution ResourcePool; k8srm DevicePool).

    Exactly one of ``node_name``, ``all_nodes``, ``node_selector``, ``per_device_node_selection`` says where its
    devices can be used. A prototype pool is a slice of generation 0 that is its pool's only one.
    """

    name: str
    driver: str
    pool: str
    generation: int
    resource_slice_count: int
    devices: PublishedDevices
    dialect: Dialect
    node_name: str | None = None
    all_nodes: bool | None = None
    node_selector: NodeSelector | None = None
    per_device_node_selection: bool | None = None
    shared_counters: tuple[CounterSet, ...] = ()
    skip_node_operations: tuple[str, ...] = ()
    creation_timestamp: str | None = None
    place: Place | None = field(default=None, compare=False)
