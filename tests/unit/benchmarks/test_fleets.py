"""The fleets to measure with have the sizes and the variety that the figures are stated for."""

from __future__ import annotations

import json

from benchmarks.fleets import SELECTORS, different_fleet, own_claims, own_fleet, selector_fleet
from dra_policy import load_text


def test_the_selector_fleet_has_as_many_distinct_devices_as_it_says() -> None:
    for mixed in (False, True):
        fleet = selector_fleet(40, 80, mixed=mixed)
        devices = [device for each in fleet["slices"] for device in each["spec"]["devices"]]
        contents = {json.dumps({**device, "name": ""}, sort_keys=True) for device in devices}
        assert len(devices) == 320
        assert 70 <= len(contents) <= 80
        assert {len(device["attributes"]) for device in devices} == {11}
        assert {len(device["capacity"]) for device in devices} == {2}


def test_no_two_nodes_of_the_different_fleet_are_equal() -> None:
    fleet = different_fleet(20)
    gpus = [each["spec"]["devices"] for each in fleet["slices"] if each["spec"]["driver"] == "gpu.example.com"]
    contents = {json.dumps([{**device["attributes"], "uuid": ""} for device in devices]) for devices in gpus}
    assert len(contents) == 20


def test_fleets_are_the_same_every_time() -> None:
    assert different_fleet(5) == different_fleet(5)
    assert selector_fleet(5) == selector_fleet(5)


def test_our_own_claims_are_answered_as_their_names_say() -> None:
    cluster = load_text(json.dumps(own_fleet(9)), "fleet.json")
    for case in own_claims():
        (claim,) = load_text(json.dumps(case["claims"][0]), "claim.json").claims()
        answers = cluster.allocate(claim)
        fits = any(type(answer.outcome).__name__ == "Allocated" for answer in answers)
        assert fits is not case["name"].startswith("unsat"), case["name"]


def test_all_selectors_compile_and_most_match_something() -> None:
    cluster = load_text(json.dumps(selector_fleet(50)), "fleet.json")
    counts = [cluster.count(cluster.compile(each)) for each in SELECTORS]
    assert counts[0] == 400
    assert sum(count > 0 for count in counts) >= len(counts) - 1
