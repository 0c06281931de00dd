"""What a fleet publishes, counted: the vocabulary for the type checker and for completion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from dra_policy.fleet.frame import Frame
from dra_policy.model import AttributeUse, Capacity, Vocabulary
from dra_policy.record import dataclass, field
from dra_policy.values import AttributeValue, ListValue, Quantity, Unreadable, Version, type_name

_MOST_VALUES = 20
Map = TypeVar("Map", bound=Mapping[str, object])
_Contents = tuple[
    int, dict[int, tuple[Mapping[str, AttributeValue], int]], dict[int, tuple[Mapping[str, Capacity], int]]
]


@dataclass(slots=True)
class _Use:
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)


def vocabulary_of(times_published: Mapping[Frame, int]) -> Vocabulary:
    """Count what the devices publish: each distinct frame once, times the slices that have it.

    Names without a domain are the driver's. Values of unique attributes are not counted: none of them is frequent.
    """
    devices_of_driver: Counter[str] = Counter()
    uses: dict[tuple[str, str, bool], _Use] = {}
    for (driver, unique), (devices, attributes, capacities) in _contents(times_published).items():
        devices_of_driver[driver] += devices
        for published, times in attributes.values():
            for name, value in published.items():
                _count(_use(uses, name, driver, is_capacity=False), value, times, has_values=name not in unique)
        for capacity, times in capacities.values():
            for name, amount in capacity.items():
                _count(_use(uses, name, driver, is_capacity=True), amount.value, times, has_values=True)
    found = tuple(
        AttributeUse(domain, name, is_capacity, dict(sorted(use.types.items())), _most_frequent(use.values))
        for (domain, name, is_capacity), use in sorted(uses.items(), key=lambda item: item[0])
    )
    return Vocabulary(devices_of_driver.total(), dict(sorted(devices_of_driver.items())), found)


def _contents(times_published: Mapping[Frame, int]) -> dict[tuple[str, frozenset[str]], _Contents]:
    """By driver and unique attributes: the devices, and how many of them have each map of attributes or capacities.

    Maps are told apart by identity: devices that publish the same share them (``device_texts``).
    """
    found: dict[tuple[str, frozenset[str]], _Contents] = {}
    for frame, times in times_published.items():
        number, attributes, capacities = found.setdefault((frame.driver, frame.unique), (0, {}, {}))
        for device in frame.devices:
            _add(attributes, device.attributes, times)
            _add(capacities, device.capacity, times)
        found[frame.driver, frame.unique] = number + len(frame.devices) * times, attributes, capacities
    return found


def _add(maps: dict[int, tuple[Map, int]], published: Map, times: int) -> None:
    known = maps.get(id(published))
    maps[id(published)] = published, times if known is None else known[1] + times


def _use(uses: dict[tuple[str, str, bool], _Use], name: str, driver: str, *, is_capacity: bool) -> _Use:
    domain, slash, short = name.partition("/")
    key = (domain, short, is_capacity) if slash else (driver, name, is_capacity)
    found = uses.get(key)
    if found is None:
        found = uses[key] = _Use()
    return found


def _count(use: _Use, value: AttributeValue, times: int, *, has_values: bool) -> None:
    use.types[type_name(value)] += times
    if has_values and not isinstance(value, Unreadable):
        for text in _printed(value):
            use.values[text] += times


def _printed(value: AttributeValue) -> tuple[str, ...]:
    """The value as people write it; a list counts for each of its items."""
    match value:
        case ListValue(items=items):
            return tuple(text for item in dict.fromkeys(items) for text in _printed(item))
        case bool():
            return ("true" if value else "false",)
        case str() | int() | Version() | Quantity():
            return (str(value),)
        case Unreadable():
            return ()


def _most_frequent(values: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(values.items(), key=lambda item: (-item[1], item[0]))[:_MOST_VALUES])
