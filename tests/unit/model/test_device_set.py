"""A set of devices answers as a plain set of their names does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dra_policy.model import DeviceId, DeviceSet

DEVICES = st.builds(DeviceId, st.sampled_from("de"), st.sampled_from("pqr"), st.sampled_from("abc"))
STEPS = st.lists(st.tuples(st.sampled_from(["add", "discard", "update"]), st.lists(DEVICES, min_size=1, max_size=4)))


@given(STEPS)
def test_it_is_a_set(steps: list[tuple[str, list[DeviceId]]]) -> None:
    compact, plain = DeviceSet(), set[DeviceId]()
    for step, devices in steps:
        before, so_far = compact.copy(), set(plain)
        match step:
            case "add":
                compact.add(devices[0])
                plain.add(devices[0])
            case "discard":
                compact.discard(devices[0])
                plain.discard(devices[0])
            case _:
                compact.update(DeviceSet(devices[:2]))
                compact.update(devices[2:])
                plain.update(devices)
        assert set(before) == so_far, "a copy stays as it is"

    assert set(compact) == plain
    assert len(compact) == len(plain)
    assert all(device in compact for device in plain)
    assert DeviceId("d", "p", "none") not in compact
    assert "d/p/a" not in compact
    assert compact == DeviceSet(plain)


def test_pools_of_like_names_share_them() -> None:
    devices = DeviceSet(("d", f"p{index}", name) for index in range(3) for name in "ab")

    first, *others = (names for _, _, names in devices.pools())

    assert all(each is first for each in others)
