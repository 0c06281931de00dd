"""Devices of many different lists are decoded by content: each is what its own text says all the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dra_policy.fleet import Fleet
from dra_policy.model import Objects
from tests.clusters import device, objects, slice_


def odd_lists(count: int) -> list[dict[str, Any]]:
    """Slices of which nearly none has the same devices as another, with names and texts that invite mistakes."""
    dice = random.Random(7)

    def one(node: int, place: int) -> dict[str, Any]:
        made = device(f"gpu-{place}", uuid=f"GPU-{node}-{place}", model=dice.choice("ABC"), numa=dice.randrange(3))
        match dice.randrange(18):
            case 0:
                made["attributes"]["name"] = {"string": f"gpu-{node}"}
            case 1:
                made["attributes"]["note"] = {"string": f'"name":"{node}"'}
            case 2:
                made["attributes"]["uuid"] = {"string": f'quoted "{node}-{place}"'}
            case 3:
                del made["attributes"]["uuid"]
            case 4:
                del made["name"]
                made["attributes"]["other"] = {"name": f"gpu-{node}"}
            case 5:
                made["name"] = f"gpu-{node}-{place}"
        return made

    return [slice_([one(node, place) for place in range(6)], node=f"n{node:03}") for node in range(count)]


def loaded(read: Objects) -> Fleet:
    return Fleet.build(read)


def test_each_device_is_what_its_own_text_says() -> None:
    read = objects(*odd_lists(300))
    whole = [each.devices.decode(each.devices.text, each.driver) for each in read.slices]

    made = loaded(read)

    assert len(made.frames) > 200
    assert [each.devices for each in made.slices] == whole


def test_devices_that_say_the_same_share_what_they_say() -> None:
    read = objects(*odd_lists(300))

    made = loaded(read)

    maps = {id(each.attributes) for frame in made.frames for each in frame.devices}
    devices = sum(len(frame.devices) for frame in made.frames)
    # Some devices have something odd, and the first lists are read whole.
    assert len(maps) < devices * 0.7


def test_devices_that_are_all_different_are_read_list_by_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dra_policy.fleet.device_texts._MANY_DIFFERENT", 50)
    read = objects(*[slice_([device("g", a=node, b=2 * node)], node=f"n{node:03}") for node in range(300)])

    made = loaded(read)

    assert [each.devices[0].attributes for each in made.slices] == [{"a": node, "b": 2 * node} for node in range(300)]
