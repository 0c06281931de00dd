"""The spots of the fleet last asked about, and what predicates answer over them: like questions find them made."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.explain.filters import KnownMasks
from dra_policy.explain.spots import Spot, spots_of
from dra_policy.fleet import Fleet, Frame, NodeAdmission, NodeRefusal

_Key = tuple[frozenset[int], tuple[tuple[str, NodeRefusal], ...]]
_MOST = 8


class KeptSpots:
    """Spots of one fleet, by what tells its nodes apart; good as long as that fleet does not change in place."""

    __slots__ = ("_fleet", "_found", "_unique")

    def __init__(self) -> None:
        self._fleet: Fleet | None = None
        self._found: dict[_Key, tuple[tuple[Spot, ...], KnownMasks]] = {}
        self._unique: dict[int, Frame] = {}

    def of(
        self, fleet: Fleet, own_values: Callable[[Frame], bool], admission: NodeAdmission | None
    ) -> tuple[tuple[Spot, ...], KnownMasks]:
        """What ``spots_of`` gives, and the answers that are known over these spots."""
        if self._fleet is not fleet:
            self._fleet, self._found = fleet, {}
            frames = (each.frame for group in fleet.groups() for each in group.layout.slices)
            self._unique = {frame.id: frame for frame in frames if frame.unique}
        own = frozenset(number for number, frame in self._unique.items() if own_values(frame))
        key = own, tuple(admission.refused.items()) if admission is not None else ()
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST:
                self._found.clear()
            spots = spots_of(fleet, own_values=lambda frame: frame.id in own, admission=admission)
            found = self._found[key] = spots, {}
        return found
