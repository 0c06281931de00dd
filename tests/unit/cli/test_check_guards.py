"""`drapolicy check` tells reads that may fail, and only those that what is evaluated before does not guard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import clusters
from tests.worlds import run

GPU = 'device.attributes["gpu.example.com"]'
OWN_DRIVER = 'device.driver == "gpu.example.com"'
HAS_ECC = f"has({GPU}.ecc)"
READS_MODEL = f'{GPU}.model == "A"'
READS_ECC = f"{GPU}.ecc"


@pytest.fixture(autouse=True)
def fleet(folder: Path) -> None:
    """Two GPUs, of which one has `ecc`, and a NIC."""
    gpus = [clusters.device("gpu-0", model="A", ecc=True), clusters.device("gpu-1", model="B")]
    slices = [
        clusters.slice_(gpus, node="n1", driver="gpu.example.com"),
        clusters.slice_([clusters.device("nic-0")], node="n1", driver="nic.example.com"),
    ]
    (folder / "fleet.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))


def selectors(*expressions: str) -> list[dict[str, object]]:
    return [{"cel": {"expression": each}} for each in expressions]


def check_class(*expressions: str) -> list[str]:
    device_class = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": "c"},
        "spec": {"selectors": selectors(*expressions)},
    }
    Path("class.json").write_text(json.dumps(device_class))
    return [line for line in run("check", "class.json", "-f", "fleet.json").out.splitlines() if "DRA308" in line]


def check_request(*expressions: str, of: tuple[str, ...]) -> list[str]:
    check_class(*of)
    exactly = {"deviceClassName": "c", "selectors": selectors(*expressions)}
    claim = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "x"},
        "spec": {"devices": {"requests": [{"name": "r", "exactly": exactly}]}},
    }
    Path("claim.json").write_text(json.dumps(claim))
    out = run("check", "claim.json", "-f", "fleet.json", "-f", "class.json").out
    return [line for line in out.splitlines() if "DRA308" in line]


@pytest.mark.parametrize(
    "guard",
    [
        OWN_DRIVER,
        'device.driver in ["gpu.example.com"]',
        'device.driver != "nic.example.com"',
        f"has({GPU}.model)",
        f'"model" in {GPU}',
        f'{GPU}.?model.orValue("") != ""',
    ],
)
def test_an_earlier_selector_of_the_class_or_of_the_request_guards_a_read(guard: str) -> None:
    assert check_class(guard, READS_MODEL) == []
    assert check_class(f"{guard} && {READS_MODEL}") == []
    assert check_request(READS_MODEL, of=(guard,)) == []
    assert check_request(guard, READS_MODEL, of=()) == []


def test_a_later_selector_guards_nothing() -> None:
    (found,) = check_class(READS_MODEL, OWN_DRIVER)

    assert found == "DRA308 warning: `model` is read without a guard; it exists on 2 of 3 devices"


def test_a_class_for_all_drivers_whose_condition_can_fail_is_told_once_and_not_again_in_the_request() -> None:
    assert len(check_class(READS_MODEL)) == 1
    assert check_request(READS_MODEL, of=(READS_MODEL,)) == []


def test_a_guard_for_one_read_is_none_for_another() -> None:
    reads_both = f'{GPU}.model != "" && {READS_ECC}'
    (found,) = check_request(reads_both, of=(OWN_DRIVER,))

    assert "`ecc` is read without a guard; it exists on 1 of 3 devices" in found
    assert check_request(reads_both, of=(HAS_ECC,)) == []


def test_a_condition_that_is_false_wherever_the_read_fails_does_not_fail() -> None:
    assert check_request(f"{READS_MODEL} && {READS_ECC}", of=(OWN_DRIVER,)) == []


def test_without_the_class_nobody_knows_what_guards_a_read() -> None:
    check_request(READS_MODEL, of=())

    assert "DRA308" not in run("check", "claim.json", "-f", "fleet.json").out


def test_a_class_of_the_policy_language_guards_by_its_driver() -> None:
    Path("p.dra").write_text(
        'driver gpu = "gpu.example.com" { model: string }\n'
        "class c from gpu {}\n"
        'claim x { request r: 1 of c where gpu.model == "A" }\n'
    )

    assert "DRA308" not in run("check", "p.dra", "-f", "fleet.json").out
