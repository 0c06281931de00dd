"""Shared counters (partitionable devices) and compatibility groups: what is left after a device was taken."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.allocate.problem import CompatibilityGroups, Counters
from dra_policy.fleet import Layout, Usage
from dra_policy.model import Device
from dra_policy.values import Quantity

Left = tuple[int, ...]
Common = Mapping[int, frozenset[str] | None]


def billionths(amount: Quantity) -> int:
    """The amount as a whole number of billionths, the smallest that a quantity can have."""
    return amount.unscaled * int(10 ** (amount.scale + 9))


def draw(counters: Counters, left: Left, position: int) -> Left | None:
    """What is left after the device drew from its pool's counters; None if that is not enough.

    Every counter of the pool is looked at: where existing claims took more than there is, no device of the pool that
    draws anything can be had.
    """
    row = list(left)
    for column, amount in counters.drawn[position]:
        row[column] -= amount
    start, end = counters.pools[position]
    return None if min(row[start:end], default=0) < 0 else tuple(row)


def join(groups: CompatibilityGroups, common: Common, position: int) -> Common | None:
    """The groups in common after the device joined its counter sets; None if it must not.

    A device without groups goes only with others without groups (gate DRADeviceCompatibilityGroups).
    """
    joined = dict(common)
    for counter_set, own in groups.joins[position]:
        if counter_set not in joined:
            joined[counter_set] = own
            continue
        peers = joined[counter_set]
        if peers is None or bool(peers) != bool(own) or (own and not peers & own):
            return None
        joined[counter_set] = peers & own
    return joined


def counters_of(layout: Layout, positions: int, usage: Usage) -> Counters:
    """The counters of all pools in one row, and what the devices at some positions (a bit set) draw from them.

    What a pool of a prototype does not have, it has none of.
    """
    amounts: dict[int, dict[tuple[str, str], int]] = {}
    for pool, sets in usage.counters_left:
        amounts[pool] = {
            (counter_set.name, name): billionths(amount)
            for counter_set in sets
            for name, amount in counter_set.counters
        }
    drawing = devices_drawing(layout, positions)
    for _, pool, device in drawing:
        for each in device.consumes_counters:
            for name, _ in each.counters:
                amounts.setdefault(pool, {}).setdefault((each.counter_set, name), 0)
    left: list[int] = []
    columns: dict[tuple[int, str, str], int] = {}
    ranges: dict[int, tuple[int, int]] = {}
    for pool, counters in amounts.items():
        ranges[pool] = (len(left), len(left) + len(counters))
        columns.update({(pool, *counter): len(left) + index for index, counter in enumerate(counters)})
        left += counters.values()
    drawn = {
        position: tuple(
            (columns[pool, each.counter_set, name], billionths(amount))
            for each in device.consumes_counters
            for name, amount in each.counters
        )
        for position, pool, device in drawing
    }
    return Counters(tuple(left), drawn, {position: ranges.get(pool, (0, 0)) for position, pool, _ in drawing})


def devices_drawing(layout: Layout, positions: int) -> list[tuple[int, int, Device]]:
    """The positions that draw from counters, with their pool and device."""
    return [
        (part.start + offset, part.pool, device)
        for part in layout.slices
        for offset, device in enumerate(part.frame.devices)
        if positions >> part.start + offset & 1
    ]
