"""Slices that differ in unique values only share a frame; nothing else does."""

from __future__ import annotations

from typing import Any

from dra_policy.fleet import Fleet
from dra_policy.model import DeviceId
from tests.clusters import device, fleet, objects, slice_


def machines(count: int, **more: Any) -> list[dict[str, Any]]:
    """Nodes with two devices each that differ in their uuid."""
    return [
        slice_([device(f"gpu-{j}", uuid=f"GPU-{i}-{j}", model="A100", **more) for j in range(2)], node=f"n{i:02}")
        for i in range(count)
    ]


def test_values_that_never_repeat_do_not_make_frames() -> None:
    loaded = fleet(*machines(20))

    assert len(loaded.frames) == 1
    assert loaded.frames[0].unique == frozenset({"uuid"})
    assert len(loaded.groups()) == 1


def test_every_device_keeps_its_own_unique_values() -> None:
    loaded = fleet(*machines(20))

    for i in range(20):
        assert [each.attributes["uuid"] for each in loaded.slices[i].devices] == [f"GPU-{i}-0", f"GPU-{i}-1"]
    found = loaded.device(DeviceId("d.io", "n07", "gpu-1"))
    assert found is not None
    assert found.attributes["uuid"] == "GPU-7-1"


def test_few_slices_are_kept_whole() -> None:
    loaded = fleet(*machines(7))

    assert len(loaded.frames) == 7
    assert all(not frame.unique for frame in loaded.frames)


def test_a_device_without_the_attribute_makes_another_frame() -> None:
    without = slice_([device("gpu-0", uuid="GPU-x-0", model="A100"), device("gpu-1", model="A100")], node="other")
    loaded = fleet(*machines(12), without)

    assert len(loaded.frames) == 2
    assert [each.attributes.get("uuid") for each in loaded.slices[-1].devices] == ["GPU-x-0", None]


def test_escaped_values_are_read_as_they_are_written() -> None:
    odd = slice_([device("gpu-0", uuid='a"b\\c', model="A100"), device("gpu-1", uuid="é\n", model="A100")], node="odd")
    loaded = fleet(*machines(12), odd)

    assert [each.attributes["uuid"] for each in loaded.slices[-1].devices] == ['a"b\\c', "é\n"]


def test_the_same_word_as_a_value_is_not_cut() -> None:
    odd = slice_([device("gpu-0", uuid="uuid", model='"uuid":{"string":"x"}'), device("gpu-1", uuid="u", model="A100")])
    loaded = fleet(*machines(12), odd)

    assert [(each.attributes["uuid"], each.attributes["model"]) for each in loaded.slices[-1].devices] == [
        ("uuid", '"uuid":{"string":"x"}'),
        ("u", "A100"),
    ]


def test_unique_values_of_the_prototypes_are_cut_too() -> None:
    pools = [
        {
            "apiVersion": "resource.k8s.io/v1alpha2",
            "kind": "ResourcePool",
            "metadata": {"name": f"n{i}-pool"},
            "spec": {
                "driverName": "gpu.example.com",
                "nodeName": f"n{i}",
                "devices": [{"name": "gpu-0", "attributes": [{"name": "uuid", "string": f"GPU-{i}"}]}],
            },
        }
        for i in range(10)
    ]
    loaded: Fleet = fleet(*pools)

    assert len(loaded.frames) == 1
    found = loaded.device(DeviceId("gpu.example.com", "n3", "gpu-0"))
    assert found is not None
    assert found.attributes["uuid"] == "GPU-3"


def test_a_text_that_is_no_longer_held_is_made_again() -> None:
    world = objects(*machines(20))
    texts = [each.devices.text for each in world.slices]
    Fleet.build(world)

    assert [each.devices.text for each in world.slices] == texts
    assert world.slices[19].devices != world.slices[18].devices
