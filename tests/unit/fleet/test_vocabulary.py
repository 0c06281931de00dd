"""The vocabulary counts what devices publish, each frame once and times its slices."""

from __future__ import annotations

from tests.clusters import device, fleet, slice_


def test_vocabulary_counts_devices_types_and_values() -> None:
    loaded = fleet(
        *(slice_([device("a", model="A100", numa=0), device("b", model="H100")], node=f"n{i}") for i in range(3)),
        slice_([device("x", attributes={"d.io/model": 5}, capacity={"memory": {"value": "80Gi"}})], driver="e.io"),
    )
    vocabulary = loaded.vocabulary()
    uses = {(use.domain, use.name, use.is_capacity): use for use in vocabulary.attributes}

    assert vocabulary.devices == 7
    assert vocabulary.devices_of_driver == {"d.io": 6, "e.io": 1}
    assert uses["d.io", "model", False].types == {"string": 6, "int": 1}
    assert uses["d.io", "model", False].values == (("A100", 3), ("H100", 3), ("5", 1))
    assert uses["d.io", "numa", False].devices == 3
    assert uses["e.io", "memory", True].types == {"quantity": 1}
    assert loaded.vocabulary() is vocabulary
