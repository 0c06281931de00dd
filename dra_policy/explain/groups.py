"""Devices that a constraint holds together: the values of attributes, and how many devices each value has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.allocate.constraints import attribute_of
from dra_policy.explain.spots import Spot, SpotSlice
from dra_policy.fleet import Frame, LoadedSlice
from dra_policy.ir import print_value
from dra_policy.model import Claim, Constraint, DistinctAttribute, MatchAttribute
from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field
from dra_policy.text import Span
from dra_policy.values import value_key

Key = tuple[str, object]


def applies_to(constraint: Constraint, request: str, alternative: str = "") -> bool:
    """Whether a constraint is about a request, or about the alternative of it that was chosen."""
    if not isinstance(constraint, MatchAttribute | DistinctAttribute):
        return False
    names = constraint.requests
    return not names or request in names or bool(alternative and f"{request}/{alternative}" in names)


def match_attributes(claim: Claim, request: str, alternative: str = "") -> tuple[MatchAttribute, ...]:
    """The matchAttribute constraints over a request."""
    return tuple(
        one for one in claim.constraints if isinstance(one, MatchAttribute) and applies_to(one, request, alternative)
    )


def distinct_attributes(claim: Claim, request: str, alternative: str = "") -> tuple[DistinctAttribute, ...]:
    """The distinctAttribute constraints over a request."""
    return tuple(
        one for one in claim.constraints if isinstance(one, DistinctAttribute) and applies_to(one, request, alternative)
    )


def constraint_span(constraint: MatchAttribute | DistinctAttribute) -> Span | None:
    """Where the attribute of a constraint is written."""
    field_name = "matchAttribute" if isinstance(constraint, MatchAttribute) else "distinctAttribute"
    return constraint.place.child(field_name).span if constraint.place is not None else None


@dataclass(slots=True)
class ValueIndex:
    """Which devices publish which value of an attribute that a claim of the dialect names, found once per frame."""

    dialect: Dialect
    _frames: dict[tuple[int, str], dict[Key, int]] = field(default_factory=dict)
    _texts: dict[Key, str] = field(default_factory=dict)

    def text(self, key: Key) -> str:
        """The value as published; strings without quotes, as values of constraints are read."""
        return self._texts[key]

    def values(self, spot: Spot, attribute: str) -> dict[Key, int]:
        """Bit sets of positions by value, in the order of first appearance; devices that publish none are left out."""
        masks: dict[Key, int] = {}
        for each in spot.slices:
            for key, bits in self._of_slice(each, attribute).items():
                masks[key] = masks.get(key, 0) | bits << each.start
        return masks

    def _of_slice(self, each: SpotSlice, attribute: str) -> Mapping[Key, int]:
        if each.frame.unique and _is_unique(each.frame, attribute):
            return self._find(each.loaded, attribute)
        known = self._frames.get((each.frame.id, attribute))
        if known is None:
            known = self._frames[each.frame.id, attribute] = self._find(each.frame, attribute)
        return known

    def _find(self, source: Frame | LoadedSlice, attribute: str) -> dict[Key, int]:
        found: dict[Key, int] = {}
        for index, device in enumerate(source.devices):
            value = attribute_of(device, attribute, self.dialect)
            if value is not None:
                key = value_key(value)
                self._texts.setdefault(key, value if isinstance(value, str) else print_value(value))
                found[key] = found.get(key, 0) | 1 << index
        return found

    def partition(self, spot: Spot, attributes: Sequence[str]) -> list[tuple[tuple[Key, ...], int]]:
        """The devices that have all attributes, by their values of them."""
        parts: list[tuple[tuple[Key, ...], int]] = [((), spot.all_devices)]
        for attribute in attributes:
            values = self.values(spot, attribute)
            parts = [((*keys, key), mask & bits) for keys, mask in parts for key, bits in values.items() if mask & bits]
        return parts

    def best(self, spot: Spot, mask: int, attributes: Sequence[str]) -> int:
        """The most devices of a mask that agree in all attributes."""
        if not attributes:
            return mask.bit_count()
        return max(((mask & bits).bit_count() for _, bits in self.partition(spot, attributes)), default=0)

    def distinct(self, spot: Spot, mask: int, attribute: str) -> int:
        """How many different values the devices of a mask have."""
        return sum(1 for bits in self.values(spot, attribute).values() if bits & mask)


def _is_unique(frame: Frame, attribute: str) -> bool:
    return attribute in frame.unique or attribute.rpartition("/")[2] in frame.unique
