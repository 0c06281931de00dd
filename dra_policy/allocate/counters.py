"""Shared counters (partitionable devices) and compatibility groups: what is left after a device was taken."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.allocate.problem import CompatibilityGroups, Counters
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
