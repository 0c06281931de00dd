"""Decode devices as drivers publish them, in each dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.model import Device, Dialect, PublishedDevices
from dra_policy.values import JsonValue


def decode_device(document: Mapping[str, JsonValue], driver: str, *, dialect: Dialect = Dialect.V1) -> Device:
    """One device from its JSON form (``resource.k8s.io/v1`` Device); never raises: bad values become Unreadable."""
    raise NotImplementedError


def decode_devices(text: bytes, driver: str, *, dialect: Dialect = Dialect.V1) -> tuple[Device, ...]:
    """The devices of a slice from the JSON text of its list."""
    raise NotImplementedError


def published_devices(devices: Sequence[Device], dialect: Dialect) -> PublishedDevices:
    """Devices as a driver would publish them in a dialect (for generated fleets)."""
    raise NotImplementedError
