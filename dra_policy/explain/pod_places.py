"""Evidence about the pods of a group: where each of them goes, and what they share."""

from __future__ import annotations

from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class PodPlace:
    """A pod of a group with its node and devices; None for a pod that finds no place beside the others."""

    pod: str
    node: str | None
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """A claim that all pods of a group share, with the devices that it gets; no node where they are of none."""

    claim: str
    node: str | None
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PodPlaces:
    """Where the pods of a group go, and what the claims get that they share."""

    pods: tuple[PodPlace, ...]
    shared: tuple[SharedPlace, ...] = ()
