from __future__ import annotations

from dra_policy.ir import Path, is_unreadable, projection, read
from dra_policy.model import Capacity, Device
from dra_policy.values import Quantity, Unreadable


def gpu(**attributes: object) -> Device:
    return Device(
        name="gpu-0",
        driver="gpu.example.com",
        attributes={"model": "H100", "numa.example.com/node": 1, "ecc": True, "count": 1},
        capacity={"memory": Capacity(Quantity.parse("80Gi"))},
    )


def test_a_bare_name_belongs_to_the_drivers_domain() -> None:
    assert read(Path("attributes", "gpu.example.com", "model"), gpu()) == "H100"
    assert read(Path("attributes", "other.example.com", "model"), gpu()) is None
    assert read(Path("capacity", "gpu.example.com", "memory"), gpu()) == Quantity.parse("80Gi")


def test_a_qualified_name_belongs_to_its_own_domain() -> None:
    assert read(Path("attributes", "numa.example.com", "node"), gpu()) == 1


def test_the_qualified_name_counts_before_the_bare_one() -> None:
    both = Device(name="d", driver="a.b", attributes={"x": 1, "a.b/x": 2})

    assert read(Path("attributes", "a.b", "x"), both) == 2


def test_a_typed_map_shows_values_of_its_type_only() -> None:
    assert read(Path("stringAttributes", None, "model"), gpu()) == "H100"
    assert read(Path("quantityAttributes", None, "model"), gpu()) is None


def test_driver_and_sharing_are_read_from_the_device_itself() -> None:
    assert read(Path("driver"), gpu()) == "gpu.example.com"
    assert read(Path("allowMultipleAllocations"), gpu()) is False


def test_only_maps_are_whole() -> None:
    assert Path("attributes", "gpu.example.com").is_whole
    assert Path("device").is_whole
    assert not Path("driver").is_whole
    assert not Path("attributes", None, "model").is_whole


def test_names_are_shown_by_their_last_part() -> None:
    assert Path("attributes", "gpu.example.com", "model").short_name == "model"
    assert Path("stringAttributes", None, "nic.k8s.io/type").short_name == "type"
    assert Path("driver").short_name == "device.driver"
    assert Path("attributes", "gpu.example.com", "model").full_name == "gpu.example.com/model"


def test_values_that_an_expression_can_tell_apart_have_different_projections() -> None:
    ecc, count = (projection(Path("attributes", None, name), gpu()) for name in ("ecc", "count"))
    one = Device(name="d", driver="a", capacity={"m": Capacity(Quantity.parse("1"))})
    same = Device(name="d", driver="a", capacity={"m": Capacity(Quantity.parse("1000m"))})

    assert ecc != count, "True is no 1"
    assert projection(Path("capacity", "a", "m"), one) != projection(Path("capacity", "a", "m"), same)


def test_a_whole_map_depends_on_all_of_its_domain_and_nothing_else() -> None:
    left = Device(name="l", driver="a", attributes={"x": 1, "b.c/y": 1})
    right = Device(name="r", driver="a", attributes={"x": 1, "b.c/y": 2})

    assert projection(Path("attributes", "a"), left) == projection(Path("attributes", "a"), right)
    assert projection(Path("attributes"), left) != projection(Path("attributes"), right)
    assert projection(Path("device"), left) != projection(Path("device"), right)


def test_where_only_names_are_read_the_values_do_not_matter() -> None:
    left, right = (Device(name="d", driver="a", attributes={"x": value}) for value in (1, 2))
    more = Device(name="d", driver="a", attributes={"x": 1, "y": 1})
    path = Path("attributes", "a", names_only=True)

    assert projection(path, left) == projection(path, right)
    assert projection(path, left) != projection(path, more)


def test_one_unreadable_value_makes_a_device_unreadable() -> None:
    assert is_unreadable(Device(name="d", driver="a", attributes={"v": Unreadable("1", "parse semantic version")}))
    assert not is_unreadable(gpu())


def test_a_device_with_both_names_is_no_other_device() -> None:
    path = Path("attributes", "a", "x")
    both = Device(name="d", driver="a", attributes={"a/x": "bool", "x": 1})
    bare, qualified = (Device(name="d", driver="a", attributes={name: True}) for name in ("x", "a/x"))

    assert len({projection(path, both), projection(path, bare), projection(path, qualified)}) == 3
