from __future__ import annotations

from dra_policy.fleet import Frame
from dra_policy.fleet.frame import _MOST_COLUMNS
from dra_policy.ir import Path
from dra_policy.model import Device, Dialect


def frame() -> Frame:
    devices = tuple(Device(name, "gpu.example.com", {"model": name.upper()}) for name in ("a", "b"))
    return Frame(0, "gpu.example.com", Dialect.V1, devices)


def test_a_column_has_the_values_of_the_devices_in_their_order() -> None:
    assert frame().column(Path("attributes", "gpu.example.com", "model")) == ("A", "B")


def test_a_column_is_read_once() -> None:
    here, path = frame(), Path("attributes", "gpu.example.com", "model")

    assert here.column(path) is here.column(path)


def test_columns_of_one_time_selectors_do_not_pile_up() -> None:
    here = frame()
    for number in range(1000):
        here.column(Path("attributes", "gpu.example.com", f"name{number}"))

    assert len(here._columns) <= _MOST_COLUMNS
    assert here.column(Path("attributes", "gpu.example.com", "model")) == ("A", "B")
