"""What some devices publish, attribute by attribute and capacity by capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Generic, TypeVar

from dra_policy.model import Capacity, Device
from dra_policy.values import AttributeValue

Value = TypeVar("Value")


class DeviceReader:
    """Devices that are read one by one, as suits a few of them."""

    __slots__ = ("devices",)

    def __init__(self, devices: tuple[Device, ...]) -> None:
        self.devices = devices

    def attribute(self, name: str) -> Sequence[AttributeValue | None]:
        """Each device's value of an attribute, by its whole name; None for those without it."""
        return [device.attributes.get(name) for device in self.devices]

    def capacity(self, name: str) -> Sequence[Capacity | None]:
        """Each device's capacity of a name; None for those without it."""
        return [device.capacity.get(name) for device in self.devices]


class DeviceTable(DeviceReader):
    """Very many devices, of which all is read at once.

    Devices lie scattered in memory: to come back to each of them for every attribute would take longer than the rest.
    """

    __slots__ = ("_attributes", "_capacities")

    def __init__(self, devices: tuple[Device, ...]) -> None:
        super().__init__(devices)
        self._attributes = _Table([device.attributes for device in devices])
        self._capacities = _Table([device.capacity for device in devices])

    def attribute(self, name: str) -> Sequence[AttributeValue | None]:
        """Each device's value of an attribute, by its whole name; None for those without it."""
        return self._attributes.column(name)

    def capacity(self, name: str) -> Sequence[Capacity | None]:
        """Each device's capacity of a name; None for those without it."""
        return self._capacities.column(name)


class _Table(Generic[Value]):
    """Maps with few different lists of keys as columns: one part for each list of keys, with the rows that have it."""

    __slots__ = ("_parts", "_size")

    def __init__(self, maps: Sequence[Mapping[str, Value]]) -> None:
        self._size = len(maps)
        rows: dict[tuple[str, ...], list[int]] = {}
        for row, names in enumerate(map(tuple, maps)):
            rows.setdefault(names, []).append(row)
        self._parts: list[tuple[dict[str, tuple[Value, ...]], list[int]]] = []
        for names, own in rows.items():
            values = zip(*[maps[row].values() for row in own], strict=True)
            self._parts.append((dict(zip(names, values, strict=True)), own))

    def column(self, name: str) -> Sequence[Value | None]:
        """The value of a key row by row, None where it is missing."""
        having = [(columns[name], rows) for columns, rows in self._parts if name in columns]
        if len(having) == 1 and len(having[0][1]) == self._size:
            return having[0][0]
        found: list[Value | None] = list(repeat(None, self._size))
        for values, rows in having:
            for row, value in zip(rows, values, strict=True):
                found[row] = value
        return found
