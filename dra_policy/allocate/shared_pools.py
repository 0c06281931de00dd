"""Which devices matter to several nodes: those that more than one sees, or whose counters several nodes draw from."""

from __future__ import annotations

from collections.abc import Hashable

from dra_policy.cel.device_lists import ListedDevice
from dra_policy.fleet import Fleet


class SharedPools:
    """The pools of a fleet of which nodes take from each other; looked at when they are asked for."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._apart: dict[tuple[str, str], bool] = {}

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return not all(self._is_apart(each.envelope.driver, each.envelope.pool) for each in self._fleet.slices)

    def is_local(self, node: str) -> bool:
        """Whether a node sees none of them."""
        slices = self._fleet.view(node).slices
        return all(self._is_apart(each.envelope.driver, each.envelope.pool) for each in slices)

    def name(self, listed: ListedDevice) -> Hashable:
        """Which device it is, of these pools; None for one of a single node."""
        driver, pool, device = listed.device.driver, listed.fields["pool"], listed.device.name
        named = self._fleet.structure.gatherer.named(driver, pool)
        is_apart = bool(named) and all(self._is_apart(driver, each.envelope.pool) for each in named)
        return None if is_apart else (driver, pool, device)

    def _is_apart(self, driver: str, pool: str) -> bool:
        key = driver, pool
        if key not in self._apart:
            self._apart[key] = self._fleet.structure.gatherer.is_apart(driver, pool)
        return self._apart[key]
