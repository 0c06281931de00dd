from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dra_policy.ir.device_reader import DeviceReader, DeviceTable
from dra_policy.model import Capacity, Device
from dra_policy.values import Quantity

NAMES = ("model", "gpu.example.com/model", "index")
values = st.one_of(st.sampled_from(("A100", "L4")), st.integers(0, 2), st.booleans())
devices = st.builds(
    lambda attributes, amounts: Device(
        name="d",
        driver="gpu.example.com",
        attributes=attributes,
        capacity={name: Capacity(Quantity.of(amount)) for name, amount in amounts.items()},
    ),
    st.dictionaries(st.sampled_from(NAMES), values),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2)),
)


@given(st.lists(devices, max_size=6).map(tuple))
def test_a_table_reads_what_is_read_device_by_device(these: tuple[Device, ...]) -> None:
    one_by_one, table = DeviceReader(these), DeviceTable(these)

    for name in (*NAMES, "nobody"):
        assert list(table.attribute(name)) == list(one_by_one.attribute(name))
        assert list(table.capacity(name)) == list(one_by_one.capacity(name))


def test_devices_of_one_kind_are_read_without_gaps() -> None:
    these = tuple(Device(name=f"d{number}", driver="x", attributes={"index": number}) for number in range(3))

    assert DeviceTable(these).attribute("index") == (0, 1, 2)
    assert DeviceTable(()).attribute("index") == []
