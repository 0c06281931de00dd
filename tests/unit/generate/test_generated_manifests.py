"""What is generated can be read again, in every dialect, without a finding."""

from __future__ import annotations

import json

import pytest

from dra_policy.generate import SHAPES, generate_objects
from dra_policy.manifests import ReadResult, read_text
from dra_policy.model import Device, Dialect


def read(shape: str, dialect: Dialect) -> ReadResult:
    lines = (json.dumps(document) for document in generate_objects(shape, 2, 0, dialect))
    return read_text(f"{shape}.json", "\n".join(lines))


def devices(result: ReadResult) -> list[Device]:
    return [
        device
        for published in result.objects.slices
        for device in published.devices.decode(published.devices.text, published.driver)
    ]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("shape", SHAPES)
def test_generated_objects_are_read_in_their_own_dialect_without_findings(shape: str, dialect: Dialect) -> None:
    result = read(shape, dialect)

    assert result.diagnostics == ()
    assert not result.objects.skipped
    assert {each.dialect for each in result.objects.slices} == {dialect}
    assert result.objects.classes


def test_every_version_of_kubernetes_describes_the_same_devices() -> None:
    described = [devices(read("dgxa100", dialect)) for dialect in Dialect if dialect.is_kubernetes]

    assert len(described[0]) == 2 * 8 * 26
    assert all(each == described[0] for each in described)


def test_a_serial_number_belongs_to_one_gpu_and_its_partitions() -> None:
    found = devices(read("dgxa100", Dialect.V1))
    serials = [device.attributes["uuid"] for device in found if "uuid" in device.attributes]
    parents = {device.attributes["parentUUID"] for device in found if "parentUUID" in device.attributes}

    assert len(set(serials)) == 16
    assert parents == set(serials)
