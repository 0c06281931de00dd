"""`drapolicy check` on what drivers publish; unreadable values are told by the other commands, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dra_policy.manifests.writing import to_yaml
from tests import clusters
from tests.worlds import run

DRIVER = "gpu.example.com"
PLACES = "exactly one of `nodeName`, `nodeSelector`, `allNodes` and `perDeviceNodeSelection` is wanted"
DEVICE: dict[str, Any] = {"name": "gpu-0", "attributes": {"model": {"string": "A"}}}


def slice_of(*devices: dict[str, Any], name: str = "s1", **spec: Any) -> dict[str, Any]:
    placed = {} if {"allNodes", "perDeviceNodeSelection", "nodeSelector"} & spec.keys() else {"nodeName": "n1"}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": name},
        "spec": {
            "driver": DRIVER,
            "pool": {"name": "n1", "generation": 1, "resourceSliceCount": 1},
            **placed,
            "devices": list(devices),
            **spec,
        },
    }


def check(*slices: dict[str, Any]) -> list[str]:
    Path("slices.yaml").write_text(to_yaml(list(slices)))
    return [line for line in run("check", "slices.yaml").out.splitlines() if line.startswith("DRA")]


def test_a_slice_within_the_limits_is_no_finding() -> None:
    shared = {"allowMultipleAllocations": True, "name": "gpu-1"}
    policy = {"default": "1Gi", "validRange": {"min": "1Gi", "max": "8Gi", "step": "1Gi"}}
    capacity = {"memory": {"value": "8Gi", "requestPolicy": policy}}

    assert check(slice_of(DEVICE, {**shared, "capacity": capacity})) == []
    assert check(slice_of(DEVICE, allNodes=True)) == []
    assert check(slice_of({**DEVICE, "nodeName": "n1"}, perDeviceNodeSelection=True)) == []


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (
            {"allNodes": True, "nodeName": "n1"},
            f"DRA105 `nodeName` and `allNodes` stand together; {PLACES}",
        ),
        (
            {"nodeName": None},
            f"DRA106 the slice has none of its places: {PLACES}",
        ),
        ({"driver": "G_PU"}, "DRA105 `G_PU` is no name of a driver"),
        ({"allNodes": False}, f"DRA106 the slice has none of its places: {PLACES}"),
        (
            {"perDeviceNodeSelection": False, "nodeName": "n1"},
            "DRA105 `perDeviceNodeSelection` is true where it stands",
        ),
        ({"nodeSelector": {"nodeSelectorTerms": []}}, "DRA105 a slice's node selector has exactly one term, not 0"),
        ({"devices": [{"name": f"d{n}"} for n in range(129)]}, "DRA105 a slice has at most 128 devices, not 129"),
        (
            {"devices": [{"name": f"d{n}", "attributes": {"a": {"ints": [1]}}} for n in range(65)]},
            "DRA105 a slice has at most 64 devices, as some have taints, counters or list attributes, not 65",
        ),
    ],
)
def test_a_slice_that_the_api_server_refuses(spec: dict[str, Any], found: str) -> None:
    told = check(slice_of(DEVICE, **spec))

    assert told[0].startswith(found)
    assert len(told) == (2 if spec == {"allNodes": False} else 1)


# ValidateCSIDriverName looks at the name in lower case.
def test_a_driver_may_be_written_in_capitals() -> None:
    assert check(slice_of(DEVICE, driver="GPU.example.com")) == []


def test_counters_have_a_slice_of_their_own() -> None:
    counters = [{"name": "c", "counters": {"y": {"value": "1"}}}]

    assert check(slice_of(DEVICE, sharedCounters=counters)) == [
        "DRA105 warning: `devices` beside `sharedCounters` count for nothing"
    ]
    assert check(slice_of(devices=None, sharedCounters=[{"name": "c"}])) == ["DRA106 a counter set has no `counters`"]


def shared(policy: dict[str, Any], value: str = "10") -> dict[str, Any]:
    return {"allowMultipleAllocations": True, "capacity": {"m": {"value": value, "requestPolicy": policy}}}


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({"default": "2", "validValues": ["2", "4"]}, []),
        ({"validValues": ["2"]}, ["a policy with `validValues` has no `default`"]),
        ({"default": "3", "validValues": ["2", "4"]}, ["the default `3` is none of `validValues`"]),
        ({"default": "2", "validValues": ["4", "2"]}, ["`validValues` stand in ascending order"]),
        ({"default": "2", "validValues": ["2", "2"]}, ["`validValues` has a value twice"]),
        ({"default": "2", "validValues": ["2", "11"]}, ["a valid value is at most the capacity's (10), not `11`"]),
        ({"default": "2", "validRange": {"min": "2", "step": "4", "max": "10"}}, []),
        ({"default": "11", "validRange": {"min": "11"}}, ["`min` is at most the capacity's value (10), not `11`"]),
        ({"default": "2", "validRange": {"min": "2", "step": "0"}}, ["`step` is greater than 0, not `0`"]),
        (
            {"default": "2", "validRange": {"min": "2", "step": "9"}},
            ["one step above `min` (11) is more than the capacity (10)"],
        ),
        (
            {"default": "3", "validRange": {"min": "2", "step": "4"}},
            ["`default` is `min` and whole steps (2 + n x 4), not `3`"],
        ),
        (
            {"default": "2", "validRange": {"min": "2", "step": "4", "max": "9"}},
            ["`max` is `min` and whole steps (2 + n x 4), not `9`"],
        ),
        ({"default": "500m", "validRange": {"min": "500m", "step": "500m", "max": "1500m"}}, []),
    ],
)
def test_a_policy_has_values_that_can_be_had(policy: dict[str, Any], found: list[str]) -> None:
    told = check(slice_of({"name": "gpu-0", **shared(policy)}))

    assert [each.partition(" ")[2] for each in told] == found


@pytest.mark.parametrize(
    ("device", "found"),
    [
        ({"bindingConditions": ["a.io/ok"], "bindingFailureConditions": ["a.io/bad"]}, []),
        (
            {"bindingConditions": ["ok"]},
            ["DRA106 `bindingConditions` stand without `bindingFailureConditions`"],
        ),
        (
            {"bindingConditions": ["ok"], "bindingFailureConditions": ["ok"]},
            ["DRA105 condition `ok` stands twice in one device"],
        ),
        (
            {"bindingConditions": ["o k"], "bindingFailureConditions": ["bad"]},
            ["DRA105 `o k` is no name of a condition"],
        ),
        (
            {"taints": [{"key": "a", "value": "b c", "effect": "None"}]},
            ["DRA105 `b c` is no value of a taint"],
        ),
    ],
)
def test_conditions_and_taints_of_a_device(device: dict[str, Any], found: list[str]) -> None:
    assert check(slice_of({"name": "gpu-0", **device})) == found


def test_what_a_device_draws_has_names_of_counters() -> None:
    def drawing(*names: str) -> list[str]:
        counters = {name: {"value": "1"} for name in names}
        return check(slice_of({"name": "gpu-0", "consumesCounters": [{"counterSet": "c", "counters": counters}]}))

    unknown = "DRA124 warning: the pool has no counter set `c`"
    assert drawing("x") == [unknown]
    assert "DRA105 `X_` is no name of a counter" in drawing("X_")
    many = [f"x{number}" for number in range(33)]
    assert "DRA105 a consumption has at most 32 counters, not 33" in drawing(*many)


@pytest.mark.parametrize(
    ("device", "found"),
    [
        ({"name": "Bad_Name"}, "DRA105 `Bad_Name` is no name of a device"),
        ({"name": ""}, "DRA106 a device has no `name`"),
        (
            {"attributes": {"a": {"int": 1, "string": "x"}}},
            "DRA105 an attribute has exactly one value, not `int` and `string`",
        ),
        ({"attributes": {"a-b": {"int": 1}}}, "DRA105 `a-b` is no name of an attribute"),
        ({"attributes": {"a": {"string": "x" * 65}}}, "DRA105 a value has at most 64 bytes"),
        (
            {"attributes": {f"a{n}": {"int": 1} for n in range(33)}},
            "DRA105 a device has at most 32 attributes and capacities together, not 33",
        ),
        ({"taints": [{"key": "a", "effect": "Foo"}]}, "DRA105 `effect` is NoSchedule, NoExecute or None, not `Foo`"),
        (
            {"capacity": {"memory": {"value": "1Gi", "requestPolicy": {}}}},
            "DRA105 only a device with `allowMultipleAllocations: true` has a policy",
        ),
        ({"nodeName": "n1"}, "DRA105 `nodeName` of a device needs `perDeviceNodeSelection`"),
    ],
)
def test_a_device_that_the_api_server_refuses(device: dict[str, Any], found: str) -> None:
    assert check(slice_of({"name": "gpu-0", **device})) == [found]


def test_a_quantity_that_is_none_is_told_once() -> None:
    (found,) = check(slice_of({"name": "gpu-0", "capacity": {"memory": {"value": "10Zi"}}}))

    assert found.startswith("DRA204 `10Zi` is no quantity")


def test_a_device_listed_twice_and_a_counter_set_that_is_unknown_make_a_pool_invalid() -> None:
    assert check(slice_of(DEVICE, DEVICE)) == ["DRA122 a device of the slice is called `gpu-0` already"]
    consumes = {"consumesCounters": [{"counterSet": "c", "counters": {"x": {"value": "1"}}}]}
    counters = [{"name": "c", "counters": {"y": {"value": "1"}}}]
    pool = {"name": "n1", "generation": 1, "resourceSliceCount": 2}
    of_counters = slice_of(name="s2", devices=None, sharedCounters=counters, pool=pool)

    assert check(slice_of({**DEVICE, **consumes})) == ["DRA124 warning: the pool has no counter set `c`"]
    assert check(slice_of({**DEVICE, **consumes}, pool=pool), of_counters) == [
        "DRA124 warning: counter set `c` has no counter `x`"
    ]
    # Where a slice is missing, it may have the set.
    assert check(slice_of({**DEVICE, **consumes}, pool=pool)) == []
    twice = [slice_of(DEVICE, name=name, pool=pool) for name in ("s1", "s2")]
    assert check(*twice) == ["DRA122 warning: slice `s1` of the pool has a device `gpu-0` as well"]


UNREADABLE = [
    {"name": "gpu-0", "attributes": {"firmware": {"version": "2.3"}}},
    {"name": "gpu-1", "attributes": {"firmware": {"version": "2.3"}}},
    {"name": "gpu-2", "attributes": {"firmware": {}}},
]
FIRST = "DRA127 warning: `firmware` of n1/gpu-0 is no version: `2.3`"
SECOND = "DRA127 warning: `firmware` of n1/gpu-2 has no value"


def test_a_value_that_no_selector_can_read_is_told_once_by_every_command() -> None:
    assert check(slice_of(*UNREADABLE)) == [FIRST, SECOND]
    for command in (("eval", "true"), ("get", "devices"), ("repl", "-c", ":nodes")):
        ran = run(*command, "-f", "slices.yaml")

        assert [line for line in ran.err.splitlines() if line.startswith("DRA")] == [FIRST, SECOND]
        assert ran.code == 0
    hint = "  hint: every selector stops on this device and on 1 more with this value, even `true`; write `2.3.0`"
    assert hint in run("eval", "true", "-f", "slices.yaml").err.splitlines()


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        (("--kubernetes", "1.34"), 0),
        (("--kubernetes", "1.36"), 0),
        (("--kubernetes", "1.36", "--feature-gate", "DRAListTypeAttributes=true"), 1),
        (("--kubernetes", "1.37"), 1),
    ],
)
@pytest.mark.parametrize("expression", ["true", 'device.attributes["d"].?links.hasValue()', 'device.driver == "d"'])
def test_a_list_stops_every_selector_where_kubernetes_knows_no_lists(
    expression: str, options: tuple[str, ...], matches: int
) -> None:
    check(slice_of({"name": "gpu-0", "attributes": {"links": {"ints": [1, 2]}}}, driver="d"))
    ran = run("eval", expression, "-f", "slices.yaml", *options, "-o", "json")

    assert json.loads(ran.out)["devices"] == matches
    told = "DRA127 warning: `links` of n1/gpu-0 is a list, which needs Kubernetes 1.37, or 1.36 with the feature gate"
    assert ran.err.startswith(told) is (matches == 0)


def test_values_of_large_json_have_their_places() -> None:
    filler = [clusters.slice_([clusters.device("gpu-0", text="x" * 60)], node=f"m{n}", driver="a") for n in range(2000)]
    items = [*filler, slice_of(*UNREADABLE)]
    Path("dump.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1))
    found = run("eval", "true", "-f", "dump.json", "--width", "200").err.splitlines()

    assert found[0] == FIRST
    line = int(found[1].rpartition(":")[0].rpartition(":")[2])
    assert "2.3" in Path("dump.json").read_text().splitlines()[line - 1]


def test_recorded_cases_are_taken_as_they_are() -> None:
    case = {"node": {"metadata": {"name": "n1"}}, "slices": [slice_of(*UNREADABLE, DEVICE, DEVICE, allNodes=True)]}
    Path("case.json").write_text(json.dumps(case))

    assert run("check", "case.json").out == "no findings: 1 slice checked\n"
    assert run("eval", "true", "-f", "case.json").err == ""
