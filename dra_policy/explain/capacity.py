"""Which devices can hold the share that a request asks for, what existing claims consume of them considered."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.allocate.capacity import CapacityFailure, Consumption, consumption, fits, share_of
from dra_policy.explain.spots import Spot
from dra_policy.model import Demand, Device
from dra_policy.model.features import Features
from dra_policy.record import replace
from dra_policy.values import Quantity


def consumed_by(demand: Demand, device: Device, features: Features) -> Consumption | None:
    """What the demand would consume of a device, rounded by its policy; None where the device does not admit it."""
    found = consumption(demand.capacity_requests, device, fractional=features.fractional_capacity_range)
    return None if isinstance(found, CapacityFailure) else found


def _amounts(device: Device) -> dict[str, Quantity]:
    return {name: capacity.value for name, capacity in device.capacity.items()}


def holds(demand: Demand, name: str, device: Device, features: Features) -> bool:
    """Whether a device that nobody uses admits what the demand asks for of a capacity, and is as large."""
    capacity = device.capacity.get(name)
    if capacity is None:
        return False
    share = share_of(demand.capacity_requests[name], capacity, fractional=features.fractional_capacity_range)
    return share is not None and share <= capacity.value


def has_defaults(demand: Demand, device: Device, features: Features) -> bool:
    """Whether a device that nobody uses has what the demand consumes of the capacities that it does not ask for."""
    others = {name: each for name, each in device.capacity.items() if name not in demand.capacity_requests}
    consumed = consumption({}, replace(device, capacity=others), fractional=features.fractional_capacity_range)
    return isinstance(consumed, tuple) and fits(consumed, _amounts(device), {})


def shares_left(demand: Demand, spot: Spot, features: Features) -> int:
    """The positions of a spot that have room for the demand beside the shares that existing claims have of them."""
    mask = spot.all_devices
    for share in spot.view.usage.shares:
        device = spot.view.layout.device(share.position)
        consumed = consumed_by(demand, device, features)
        taken: Mapping[str, Quantity] = dict(share.consumed)
        if consumed is None or not fits(consumed, _amounts(device), taken):
            mask &= ~(1 << share.position)
    return mask
