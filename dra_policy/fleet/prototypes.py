"""What pools of the prototypes need of each other: which is the newest, which driver a pool's name means."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.fleet.templates import FrameTable
from dra_policy.model.dialect import Dialect


class PrototypePools:
    """The pools of dra-evolution as they were published, and the pools of k8srm by name."""

    __slots__ = ("_drivers", "_published")

    def __init__(self, slices: Iterable[LoadedSlice], table: FrameTable) -> None:
        self._published: dict[int, LoadedSlice] = {}
        self._drivers: dict[str, dict[int, str]] = {}
        for each in slices:
            if each.envelope.dialect is Dialect.EVOLUTION:
                self._published[each.index] = table.load_one(each.index, each.envelope)
            else:
                self.exchange(None, each)

    @property
    def published(self) -> tuple[LoadedSlice, ...]:
        """The pools of dra-evolution with all of their devices, in the order of reading."""
        return tuple([self._published[index] for index in sorted(self._published)])

    def exchange(self, old: LoadedSlice | None, new: LoadedSlice | None) -> None:
        """A pool came, went or changed; both as published."""
        for each, is_there in ((old, False), (new, True)):
            if each is None:
                continue
            if each.envelope.dialect is Dialect.EVOLUTION:
                self._published.pop(each.index, None)
                if is_there:
                    self._published[each.index] = each
            elif each.envelope.dialect is Dialect.K8SRM:
                drivers = self._drivers.setdefault(each.pool, {})
                drivers.pop(each.index, None)
                if is_there:
                    drivers[each.index] = each.envelope.driver
                elif not drivers:
                    del self._drivers[each.pool]

    def driver_of(self, pool: str) -> str | None:
        """The driver of a k8srm pool; of several of one name the last one stands."""
        drivers = self._drivers.get(pool)
        return drivers[max(drivers)] if drivers else None
