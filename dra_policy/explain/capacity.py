"""Which devices can hold the share that a request asks for, what existing claims consume of them considered."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.allocate.capacity import CapacityFailure, Consumption, consumption, fits
from dra_policy.explain.spots import Spot
from dra_policy.fleet import Features
from dra_policy.model import Demand, Device
from dra_policy.values import Quantity


def consumed_by(demand: Demand, device: Device, features: Features) -> Consumption | None:
    """What the demand would consume of a device, rounded by its policy; None where the device does not admit it."""
    found = consumption(demand.capacity_requests, device, fractional=features.fractional_capacity_range)
    return None if isinstance(found, CapacityFailure) else found


def _amounts(device: Device) -> dict[str, Quantity]:
    return {name: capacity.value for name, capacity in device.capacity.items()}


def capacity_filter(demand: Demand, spot: Spot, *, idle: bool, features: Features) -> int:
    """The positions of a spot whose device has the requested share; all where nothing is requested or shared."""
    mask = spot.all_devices
    if demand.capacity_requests:
        for each in spot.slices:
            for index, device in enumerate(each.frame.devices):
                consumed = consumed_by(demand, device, features)
                if consumed is None or not fits(consumed, _amounts(device), {}):
                    mask &= ~(1 << each.start + index)
    if not idle:
        for share in spot.view.usage.shares:
            device = spot.view.layout.device(share.position)
            consumed = consumed_by(demand, device, features)
            taken: Mapping[str, Quantity] = dict(share.consumed)
            if consumed is None or not fits(consumed, _amounts(device), taken):
                mask &= ~(1 << share.position)
    return mask
