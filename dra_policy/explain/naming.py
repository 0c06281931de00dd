"""Name devices within one node so that no two read alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dra_policy.model import DeviceId


def distinct_names(devices: Sequence[DeviceId]) -> tuple[str, ...]:
    """The names of some devices, in their order: bare, but ``driver/pool/device`` for those that share a name."""
    alike = Counter(each.device for each in dict.fromkeys(devices))
    return tuple(
        f"{each.driver}/{each.pool}/{each.device}" if alike[each.device] > 1 else each.device for each in devices
    )
