"""Sets of devices by name, as a large fleet needs them: hundreds of thousands of members in a few megabytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from sys import intern

from dra_policy.model.device import DeviceId

Names = frozenset[str]
Triple = tuple[str, str, str]
NamesByPool = defaultdict[str, defaultdict[str, list[str]]]
_NOBODY: Names = frozenset()
# So many sets of names are kept, or twice as many as pools have, before those that no pool has are dropped.
_LEAST_SHARED = 1024


class DeviceSet:
    """A set of devices, kept pool by pool: pools whose devices are called alike share one set of names."""

    __slots__ = ("_most_shared", "_pools", "_shared")

    def __init__(self, devices: Iterable[Triple] = ()) -> None:
        """Begin with some devices."""
        self._pools: dict[str, dict[str, Names]] = {}
        self._shared: dict[Names, Names] = {}
        self._most_shared = _LEAST_SHARED
        self.update(devices)

    def update(self, devices: Iterable[Triple]) -> None:
        """Add devices, named (driver, pool, device)."""
        if isinstance(devices, DeviceSet):
            for driver, pool, names in devices.pools():
                self.put(driver, pool, self.names(driver, pool) | names)
            return
        found: NamesByPool = defaultdict(lambda: defaultdict(list))
        for driver, pool, device in devices:
            found[driver][pool].append(device)
        self.update_pools(found)

    def update_pools(self, names: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        """Add the devices of some pools: by driver, then by pool, their names."""
        known: dict[tuple[str, ...], Names] = {}
        for driver, pools in names.items():
            before = self._pools.setdefault(driver, {})
            for pool, found in pools.items():
                listed = tuple(found)
                added = known.get(listed)
                if added is None:
                    added = known[listed] = self._one_of(frozenset(listed))
                if pool in before:
                    added = self._one_of(before[pool] | added)
                if added:
                    before[intern(pool)] = added

    def add(self, device: Triple) -> None:
        """Add one device."""
        driver, pool, name = device
        self.put(driver, pool, self.names(driver, pool) | {name})

    def discard(self, device: Triple) -> None:
        """Take a device out, if it is there."""
        driver, pool, name = device
        names = self.names(driver, pool)
        if name in names:
            self.put(driver, pool, names - {name})

    def copy(self) -> DeviceSet:
        """The same devices in a set of its own."""
        made = DeviceSet()
        made._pools = {driver: dict(pools) for driver, pools in self._pools.items()}
        made._shared = dict(self._shared)
        made._most_shared = self._most_shared
        return made

    def pools(self) -> Iterator[tuple[str, str, Names]]:
        """Driver, pool and names of the devices, pool by pool."""
        for driver, pools in self._pools.items():
            for pool, names in pools.items():
                yield driver, pool, names

    def names(self, driver: str, pool: str) -> Names:
        """The devices of one pool that are members."""
        return self._pools.get(driver, {}).get(pool, _NOBODY)

    def put(self, driver: str, pool: str, names: Names) -> None:
        """Make these the members of one pool."""
        if names:
            self._pools.setdefault(driver, {})[intern(pool)] = self._one_of(names)
        elif pool in (pools := self._pools.get(driver, {})):
            del pools[pool]
            if not pools:
                del self._pools[driver]

    def _one_of(self, names: Names) -> Names:
        """The one copy of equal sets that is kept."""
        if len(self._shared) >= self._most_shared:
            # Sets that no pool has any more would be kept for ever.
            self._shared = {each: each for _, _, each in self.pools()}
            self._most_shared = max(_LEAST_SHARED, 2 * len(self._shared))
        return self._shared.setdefault(names, names)

    def __contains__(self, device: object) -> bool:
        """Whether the device (driver, pool, device) is a member."""
        if not isinstance(device, tuple):
            return False
        driver, pool, name = device
        return name in self.names(driver, pool)

    def __iter__(self) -> Iterator[DeviceId]:
        """The devices, pool by pool, by name."""
        for driver, pool, names in self.pools():
            for name in sorted(names):
                yield DeviceId(driver, pool, name)

    def __len__(self) -> int:
        """How many devices there are."""
        return sum(len(names) for _, _, names in self.pools())

    def __eq__(self, other: object) -> bool:
        """Whether the other is a set of the same devices."""
        if not isinstance(other, DeviceSet):
            return NotImplemented
        return {(driver, pool): names for driver, pool, names in self.pools()} == {
            (driver, pool): names for driver, pool, names in other.pools()
        }

    __hash__ = None  # type: ignore[assignment] # it can change

    def __repr__(self) -> str:
        """The devices by name."""
        return f"DeviceSet({[str(device) for device in self]})"
