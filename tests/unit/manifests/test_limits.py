"""What the API server refuses in claims and classes is reported before anything is explained."""

from __future__ import annotations

import pytest

from dra_policy.manifests import read_text
from dra_policy.manifests.dialects.api_names import SUBDOMAIN_HINT
from dra_policy.manifests.writing import to_yaml
from dra_policy.text import Severity
from dra_policy.values import JsonValue

EXACT: dict[str, JsonValue] = {"deviceClassName": "x"}
SELECTOR: JsonValue = {"cel": {"expression": "true"}}


def messages(*requests: JsonValue, **devices: JsonValue) -> list[tuple[str, str, str | None]]:
    claim: dict[str, JsonValue] = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "c"},
        "spec": {"devices": {"requests": list(requests), **devices}},
    }
    result = read_text("claim.yaml", to_yaml([claim]))
    return [(each.code, each.message, each.hint) for each in result.diagnostics]


def request(**fields: JsonValue) -> JsonValue:
    return {"name": "r", "exactly": {**EXACT, **fields}}


def test_a_claim_within_the_limits_is_not_reported() -> None:
    alternatives: list[JsonValue] = [{"name": f"a{index}", **EXACT} for index in range(8)]

    assert messages(request(count=3, selectors=[SELECTOR] * 32), {"name": "s", "firstAvailable": alternatives}) == []


@pytest.mark.parametrize(
    ("fields", "code", "message", "hint"),
    [
        ({"allocationMode": "Al"}, "DRA105", "`allocationMode` is ExactCount or All, not `Al`", "did you mean `All`?"),
        ({"count": -1}, "DRA105", "`count` is at least 1", None),
        ({"count": 2, "allocationMode": "All"}, "DRA105", "`count` has no meaning with allocationMode All", None),
        ({"selectors": [SELECTOR] * 33}, "DRA105", "`selectors` has at most 32 entries, not 33", None),
        (
            {"selectors": [{"cel": {"expression": "1" * 10241}}]},
            "DRA105",
            "an expression has at most 10,240 bytes",
            None,
        ),
        ({"selectors": [{}]}, "DRA106", "a selector has no `cel.expression`", None),
        ({"tolerations": [{"key": "k"}] * 17}, "DRA105", "`tolerations` has at most 16 entries, not 17", None),
        (
            {"tolerations": [{"operator": "Exist"}]},
            "DRA105",
            "`operator` is Equal or Exists, not `Exist`",
            "did you mean `Exists`?",
        ),
        ({"deviceClassName": ""}, "DRA106", "request `r` has no `deviceClassName`", None),
        ({"deviceClassName": "A b"}, "DRA105", "`A b` is no name of a device class", SUBDOMAIN_HINT),
        (
            {"tolerations": [{"key": "a b", "operator": "Exists"}]},
            "DRA105",
            "`a b` is no key of a taint",
            "it looks like `example.com/broken`",
        ),
        (
            {"tolerations": [{"key": "k", "operator": "Exists", "value": "v"}]},
            "DRA105",
            "`value` has no meaning with operator Exists",
            None,
        ),
        (
            {"tolerations": [{"key": "k", "value": "v w"}]},
            "DRA105",
            "`v w` is no value of a taint",
            "it has up to 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or a digit",
        ),
    ],
)
def test_a_request_that_the_api_server_refuses_is_reported(
    fields: dict[str, JsonValue], code: str, message: str, hint: str | None
) -> None:
    assert messages(request(**fields)) == [(code, message, hint)]


def test_lists_that_are_too_long_are_reported() -> None:
    alternatives: list[JsonValue] = [{"name": f"a{index}", **EXACT} for index in range(9)]

    many: list[JsonValue] = [{"name": f"r{index}", "exactly": EXACT} for index in range(33)]

    assert messages(*many)[0][1] == "`requests` has at most 32 entries, not 33"
    assert messages({"name": "s", "firstAvailable": alternatives})[0][1] == (
        "`firstAvailable` has at most 8 entries, not 9"
    )
    assert messages(request(), constraints=[{"matchAttribute": "a/b"}] * 33)[0][1] == (
        "`constraints` has at most 32 entries, not 33"
    )


def test_both_forms_of_a_request_are_reported() -> None:
    both: JsonValue = {"name": "r", "exactly": EXACT, "firstAvailable": [{"name": "a", **EXACT}]}

    assert messages(both)[0][1] == "a request takes either `exactly` or `firstAvailable`, not both"


def constraint_messages(*constraints: JsonValue) -> list[tuple[str, str, str | None]]:
    alternatives: list[JsonValue] = [{"name": "x", **EXACT}, {"name": "y", **EXACT}]
    return messages(request(), {"name": "s", "firstAvailable": alternatives}, constraints=list(constraints))


def test_a_constraint_over_requests_and_alternatives_of_the_claim_is_not_reported() -> None:
    over: list[JsonValue] = ["r", "s", "s/y"]

    assert constraint_messages({"requests": over, "matchAttribute": "a.example.com/numa_Node1"}) == []
    assert constraint_messages({"distinctAttribute": "example.com/x"}) == []


@pytest.mark.parametrize(
    ("constraint", "code", "message", "hint"),
    [
        ({"requests": ["zz"], "matchAttribute": "a/b"}, "DRA311", "there is no request `zz` in this claim", "there"),
        ({"requests": ["s/w"], "matchAttribute": "a/b"}, "DRA311", "there is no alternative `s/w`", "did you mean"),
        ({"requests": ["r/x"], "matchAttribute": "a/b"}, "DRA311", "there is no alternative `r/x`", "did you mean"),
        ({"requests": ["r", "r"], "matchAttribute": "a/b"}, "DRA105", "`r` stands twice under `requests`", None),
        ({"matchAttribute": "numaNode"}, "DRA105", "`matchAttribute` is a domain, a slash and a name", "write `DOMAIN"),
        ({"distinctAttribute": "numa"}, "DRA105", "`distinctAttribute` is a domain, a slash and a name", "write"),
        ({"matchAttribute": "A_/b"}, "DRA105", "`A_` in `matchAttribute` is no domain", None),
        ({"matchAttribute": "a.b/c/d"}, "DRA105", "`c/d` in `matchAttribute` is no identifier", None),
        ({"matchAttribute": "a.b/" + "c" * 33}, "DRA105", f"`{'c' * 33}` in `matchAttribute` is no identifier", None),
        ({"requests": ["r"]}, "DRA106", "the constraint has neither `matchAttribute` nor `distinctAttribute`", None),
        (
            {"matchAttribute": "a/b", "distinctAttribute": "a/c"},
            "DRA105",
            "`distinctAttribute` beside `matchAttribute` counts for nothing",
            "write it as a constraint of its own",
        ),
    ],
)
def test_a_constraint_that_the_api_server_refuses_or_half_ignores_is_reported(
    constraint: JsonValue, code: str, message: str, hint: str | None
) -> None:
    ((found, text, help_text),) = constraint_messages(constraint)

    assert (found, text[: len(message)]) == (code, message)
    assert (help_text or "").startswith(hint or "")
    assert (help_text is None) == (hint is None)


def test_a_name_is_used_once_among_requests_and_among_alternatives() -> None:
    twice: list[JsonValue] = [{"name": "x", **EXACT}, {"name": "x", **EXACT}]

    hint = "give it a name of its own"
    assert messages(request(), request()) == [("DRA105", "a request is called `r` already", hint)]
    assert messages({"name": "s", "firstAvailable": twice}) == [
        ("DRA105", "an alternative of request `s` is called `x` already", hint)
    ]
    assert messages({"name": "R", "exactly": EXACT})[0][1] == "`R` is no name of a request"


def test_a_configuration_is_for_requests_of_the_claim() -> None:
    config: JsonValue = {"requests": ["t"], "opaque": {"driver": "d", "parameters": {}}}

    assert messages(request(), config=[config])[0][:2] == ("DRA311", "there is no request `t` in this claim")


OPAQUE: dict[str, JsonValue] = {"driver": "gpu.example.com", "parameters": {"a": 1}}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"opaque": OPAQUE}, []),
        ({}, [("DRA106", "a configuration has no `opaque`")]),
        ({"opaque": None}, [("DRA106", "a configuration has no `opaque`")]),
        ({"opaque": {"parameters": {}}}, [("DRA106", "an opaque configuration has no `driver`")]),
        ({"opaque": {**OPAQUE, "driver": "a b"}}, [("DRA105", "`a b` is no name of a driver")]),
        ({"opaque": {"driver": "d"}}, [("DRA106", "an opaque configuration has no `parameters`")]),
        ({"opaque": {**OPAQUE, "parameters": [1]}}, [("DRA105", "`parameters` is an object of the driver's")]),
        (
            {"opaque": {**OPAQUE, "parameters": {"a": "x" * 10240}}},
            [("DRA105", "`parameters` has at most 10,240 bytes")],
        ),
    ],
)
def test_a_configuration_is_one_drivers_with_parameters(
    config: dict[str, JsonValue], found: list[tuple[str, str]]
) -> None:
    assert [each[:2] for each in messages(request(), config=[config])] == found
    device_class: dict[str, JsonValue] = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass"}
    assert found_in({**device_class, "metadata": {"name": "c"}, "spec": {"config": [config]}}) == found


@pytest.mark.parametrize(
    ("name", "is_name"),
    [
        ("example.com/gpu", True),
        ("gpu", False),
        ("kubernetes.io/gpu", False),
        ("requests.example.com/gpu", False),
        ("deviceclass.resource.kubernetes.io/gpu", False),
        ("example.com/g u", False),
    ],
)
def test_a_class_stands_for_an_extended_resource(name: str, *, is_name: bool) -> None:
    device_class: dict[str, JsonValue] = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass"}
    found = found_in({**device_class, "metadata": {"name": "c"}, "spec": {"extendedResourceName": name}})

    assert found == ([] if is_name else [("DRA105", f"`{name}` is no name of an extended resource")])


def test_a_derived_attribute_is_read_by_a_constraint_on_its_request() -> None:
    derived: list[JsonValue] = [{"name": "d.io/a", "expression": "device.driver"}]
    asked = request(derivedAttributes=derived)
    text = "no constraint on the request reads derived attribute `d.io/a`"

    assert [each[1] for each in messages(asked)] == [text]
    assert messages(asked, constraints=[{"matchAttribute": "d.io/a"}]) == []
    assert messages(asked, constraints=[{"requests": ["r"], "distinctAttribute": "d.io/a"}]) == []
    other: JsonValue = {"name": "s", "exactly": EXACT}
    assert [
        each[1] for each in messages(asked, other, constraints=[{"requests": ["s"], "matchAttribute": "d.io/a"}])
    ] == [text]
    twice = request(derivedAttributes=[*derived, {"name": "d.io/a"}])
    assert [each[1] for each in messages(twice, constraints=[{"matchAttribute": "d.io/a"}])] == [
        "a derived attribute has no `expression`",
        "a derived attribute is called `d.io/a` already",
    ]


@pytest.mark.parametrize(
    ("field", "name", "is_name"),
    [
        ("driver", "gpu.example.com", True),
        ("driver", "a b", False),
        ("pool", "rack/node-1", True),
        ("pool", "a//b", False),
        ("device", "gpu-0", True),
        ("device", "gpu.0", False),
    ],
)
def test_a_taint_rule_names_what_there_can_be(field: str, name: str, *, is_name: bool) -> None:
    rule: dict[str, JsonValue] = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceTaintRule",
        "metadata": {"name": "r"},
    }
    taint: JsonValue = {"key": "k", "effect": "NoSchedule"}
    found = found_in({**rule, "spec": {"deviceSelector": {field: name}, "taint": taint}})

    assert found == ([] if is_name else [("DRA105", f"`{name}` is no name of a {field}")])


def test_the_pod_of_a_workload_is_checked_for_unknown_fields() -> None:
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  anything: goes
  template:
    spec:
      resourceClaim: []
"""
    (warning,) = read_text("d.yaml", text).diagnostics

    assert (warning.code, warning.hint) == ("DRA103", "did you mean `resourceClaims`?")


def found_in(document: dict[str, JsonValue]) -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in read_text("object.yaml", to_yaml([document])).diagnostics]


def test_a_number_of_more_than_64_bits_cannot_be_stored() -> None:
    most = "9,223,372,036,854,775,807"

    assert messages(request(count=2**63 - 1)) == []
    assert messages(request(count=2**63)) == [("DRA105", f"`count` is a number of 64 bits, at most {most}", None)]


@pytest.mark.parametrize(
    ("name", "amount", "found"),
    [
        ("gpu.deviceclass.resource.k8s.io/devices", "8", []),
        ("requests.cpu", "1500m", []),
        ("gpu.deviceclass.resource.k8s.io/devices", "1500m", [("DRA105", "`1500m` is no whole number")]),
        ("requests.cpu", "-1", [("DRA105", "a limit is at least 0, not `-1`")]),
    ],
)
def test_a_limit_of_a_resource_quota_is_a_quantity(name: str, amount: str, found: list[tuple[str, str]]) -> None:
    quota: dict[str, JsonValue] = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}}

    assert found_in({**quota, "spec": {"hard": {name: amount}}}) == found
    ((code, _),) = found_in({**quota, "spec": {"hard": {name: "x1"}}})
    assert code == "DRA204"


DEVICES_OF_GPU = "gpu.example.com.deviceclass.resource.k8s.io/devices"
COUNTED = ("count/resourceclaims.resource.k8s.io", "count/resourceclaimtemplates.resource.k8s.io")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gpu.example.com.deviceclass.resource.k8s.io/device", f"did you mean `{DEVICES_OF_GPU}`?"),
        ("gpu.example.com.deviceclass.resource.k8s.io/Devices", f"did you mean `{DEVICES_OF_GPU}`?"),
        ("gpu.example.com.deviceclasses.resource.k8s.io/devices", f"did you mean `{DEVICES_OF_GPU}`?"),
        ("gpu.example.com.deviceclass.resource.k8s.oi/devices", f"did you mean `{DEVICES_OF_GPU}`?"),
        ("resource.k8s.io/devices", "devices are counted by class: `CLASS.deviceclass.resource.k8s.io/devices`"),
        (
            "deviceclass.resource.kubernetes.io/gpu.example.com",
            "did you mean `requests.deviceclass.resource.kubernetes.io/gpu.example.com`?",
        ),
        ("count/resourceclaim.resource.k8s.io", f"did you mean `{COUNTED[0]}`?"),
        ("count/resourceclaims", f"did you mean `{COUNTED[0]}`?"),
        ("count/resourceclaimtemplate.resource.k8s.io", f"did you mean `{COUNTED[1]}`?"),
        ("count/deviceclasses.resource.k8s.io", f"of this API are counted `{COUNTED[0]}` and `{COUNTED[1]}`"),
    ],
)
def test_a_limit_by_whose_name_nothing_is_counted_is_a_warning(name: str, hint: str) -> None:
    text = f"apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q}}\nspec:\n  hard:\n    {name}: 1\n"
    (found,) = read_text("q.yaml", text).diagnostics

    assert (found.code, found.severity, found.hint) == ("DRA119", Severity.WARNING, hint)
    assert found.span is not None
    assert (found.span.position.line, found.span.text) == (6, name)


@pytest.mark.parametrize(
    "name",
    [
        DEVICES_OF_GPU,
        *COUNTED,
        "requests.example.com/gpu",
        "requests.deviceclass.resource.kubernetes.io/gpu.example.com",
        "gold.storageclass.storage.k8s.io/requests.storage",
        "count/deployments.apps",
        "count/pods",
        "example.com/gpu",
        "requests.cpu",
        "pods",
    ],
)
def test_a_limit_by_whose_name_something_may_be_counted_is_none(name: str) -> None:
    metadata: dict[str, JsonValue] = {"name": "q"}
    quota: dict[str, JsonValue] = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata}

    assert found_in({**quota, "spec": {"hard": {name: "1"}}}) == []


@pytest.mark.parametrize(
    ("taint", "found"),
    [
        ({"key": "a.io/b", "value": "c", "effect": "NoExecute"}, []),
        (
            {"key": "a.io/b", "effect": "Foo"},
            [("DRA105", "`effect` is NoSchedule, NoExecute or None, not `Foo`")],
        ),
        ({"key": "a.io/b"}, [("DRA106", "a taint has no `effect`")]),
        ({"effect": "None"}, [("DRA106", "a taint has no `key`")]),
        ({"key": "a b", "effect": "None"}, [("DRA105", "`a b` is no key of a taint")]),
        ({"key": "a", "value": "b c", "effect": "None"}, [("DRA105", "`b c` is no value of a taint")]),
    ],
)
def test_the_taint_of_a_rule_has_a_key_and_an_effect(taint: dict[str, JsonValue], found: list[tuple[str, str]]) -> None:
    rule: dict[str, JsonValue] = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceTaintRule"}

    assert found_in({**rule, "metadata": {"name": "r"}, "spec": {"taint": taint}}) == found


@pytest.mark.parametrize(
    ("kind", "name", "is_name"),
    [
        ("DeviceClass", "gpu.example.com", True),
        ("DeviceClass", "Foo_Bar", False),
        ("DeviceClass", "gpu-", False),
        ("DeviceClass", "a" * 254, False),
        ("Namespace", "team-a", True),
        ("Namespace", "team.a", False),
    ],
)
def test_objects_have_names_that_the_api_takes(kind: str, name: str, is_name: bool) -> None:
    version = "v1" if kind == "Namespace" else "resource.k8s.io/v1"
    found = found_in({"apiVersion": version, "kind": kind, "metadata": {"name": name}})

    assert found == ([] if is_name else [("DRA105", f"`{name}` is no name of a {kind}")])


def test_a_namespace_is_a_label() -> None:
    claim: dict[str, JsonValue] = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim"}

    assert found_in({**claim, "metadata": {"name": "c", "namespace": "Team"}}) == [
        ("DRA105", "`Team` is no name of a namespace")
    ]
