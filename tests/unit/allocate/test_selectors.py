"""Selectors in the allocator: class before request, lazily, and every error where Kubernetes meets it."""

from __future__ import annotations

from tests.clusters import allocated, answer, answers, claim, device, device_class, request, said, slice_

MODEL = 'device.attributes["d.io"].model == "x"'
ERROR = (
    "CEL runtime error: no such key: model. consider using CEL optional chaining (.? followed by orValue()) "
    "or guarding the check with has() for optional fields"
)


def test_an_error_on_a_visited_device_ends_the_allocation() -> None:
    found = answer(slice_(["a", device("b", model="x")]), claim(request("r", MODEL)))

    assert found == f"claim default/claim: selector #0 on device d.io/n1/a: {ERROR}"


def test_an_error_behind_the_first_fit_is_never_met() -> None:
    assert answer(slice_([device("b", model="x"), "a"]), claim(request("r", MODEL))) == [["r=b"]]


def test_an_error_on_a_device_in_use_is_never_met() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/a"))

    assert answer(slice_(["a", device("b", model="x")]), holder, claim(request("r", MODEL))) == [["r=b"]]


def test_mode_all_meets_the_errors_of_devices_in_use_too() -> None:
    holder = claim(request(), name="holder", status=allocated("d.io/n1/a"))
    found = answer(slice_(["a", device("b", model="x")]), holder, claim(request("r", MODEL, count="all")))

    assert found == f"claim default/claim: selector #0 on device d.io/n1/a: {ERROR}"


def test_the_class_decides_before_the_request_fails() -> None:
    other = device_class("c", 'device.driver == "other"')

    assert answer(slice_(["a"]), other, claim(request("r", MODEL))) is None


def test_an_error_of_the_class_names_the_class() -> None:
    found = answer(slice_(["a"]), device_class("c", MODEL), claim(request()))

    assert found == f"class c: selector #0 on device d.io/n1/a: {ERROR}"


def test_a_selector_that_does_not_compile_is_noticed_at_the_first_device() -> None:
    broken = claim(request("r", "nonsense"))

    assert answer(slice_([]), broken) is None
    found = answer(slice_(["a"]), broken)
    assert isinstance(found, str)
    assert found.startswith("claim default/claim: selector #0: CEL compile error: ")


def test_unique_values_are_the_slices_own() -> None:
    slices = [slice_([device("gpu", uuid=f"GPU-{index}")], node=f"n{index:02}") for index in range(12)]
    wish = claim(request("r", 'device.attributes["d.io"].uuid == "GPU-7"'))

    found = {each.node: said(each) for each in answers(*slices, wish)}
    assert found.pop("n07") == [["r=gpu"]]
    assert set(map(str, found.values())) == {"None"}


def test_constraints_read_unique_values_of_the_slice() -> None:
    slices = [
        slice_([device(f"gpu-{i}", serial=f"S-{index}-{i}") for i in range(2)], node=f"n{index:02}")
        for index in range(12)
    ]
    double = slice_([device(f"gpu-{i}", serial="S-0-0") for i in range(2)], node="n99")
    wish = claim(request("r", count=2), constraints=[{"matchAttribute": "d.io/serial"}])

    found = {each.node: said(each) for each in answers(*slices, double, wish)}
    assert found.pop("n99") == [["r=gpu-0", "r=gpu-1"]]
    assert set(map(str, found.values())) == {"None"}
