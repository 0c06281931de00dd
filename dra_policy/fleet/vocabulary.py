"""What a fleet publishes, counted: the vocabulary for the type checker and for completion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.model import AttributeUse, Vocabulary
from dra_policy.record import dataclass, field
from dra_policy.values import AttributeValue, ListValue, Quantity, Unreadable, Version, type_name

_MOST_VALUES = 20


@dataclass(slots=True)
class _Use:
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)


def vocabulary_of(slices: Sequence[LoadedSlice]) -> Vocabulary:
    """Count what the devices publish: each distinct frame once, times its slices.

    Names without a domain are the driver's. Values of unique attributes are not counted: none of them is frequent.
    """
    slices_of: Counter[Frame] = Counter(each.frame for each in slices)
    devices_of_driver: Counter[str] = Counter()
    uses: dict[tuple[str, str, bool], _Use] = {}
    for frame, times in slices_of.items():
        devices_of_driver[frame.driver] += len(frame.devices) * times
        for device in frame.devices:
            for name, value in device.attributes.items():
                use = uses.setdefault((*_split(name, frame.driver), False), _Use())
                _count(use, (value,), times, has_values=name not in frame.unique)
            for name, capacity in device.capacity.items():
                use = uses.setdefault((*_split(name, frame.driver), True), _Use())
                _count(use, (capacity.value,), times, has_values=True)
    attributes = tuple(
        AttributeUse(domain, name, is_capacity, dict(use.types), _most_frequent(use.values))
        for (domain, name, is_capacity), use in sorted(uses.items(), key=lambda item: item[0])
    )
    return Vocabulary(devices_of_driver.total(), dict(devices_of_driver), attributes)


def _split(name: str, driver: str) -> tuple[str, str]:
    domain, slash, short = name.partition("/")
    return (domain, short) if slash else (driver, name)


def _count(use: _Use, values: Iterable[AttributeValue], times: int, *, has_values: bool) -> None:
    for value in values:
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
