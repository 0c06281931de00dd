"""What the API server refuses in claims and classes is reported before anything is explained."""

from __future__ import annotations

import pytest

from dra_policy.manifests import read_text
from dra_policy.manifests.writing import to_yaml
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
    ],
)
def test_a_request_that_the_api_server_refuses_is_reported(
    fields: dict[str, JsonValue], code: str, message: str, hint: str | None
) -> None:
    assert messages(request(**fields)) == [(code, message, hint)]


def test_lists_that_are_too_long_are_reported() -> None:
    alternatives: list[JsonValue] = [{"name": f"a{index}", **EXACT} for index in range(9)]

    assert messages(*[request()] * 33)[0][1] == "`requests` has at most 32 entries, not 33"
    assert messages({"name": "s", "firstAvailable": alternatives})[0][1] == (
        "`firstAvailable` has at most 8 entries, not 9"
    )
    assert messages(request(), constraints=[{"matchAttribute": "a/b"}] * 33)[0][1] == (
        "`constraints` has at most 32 entries, not 33"
    )


def test_both_forms_of_a_request_are_reported() -> None:
    both: JsonValue = {"name": "r", "exactly": EXACT, "firstAvailable": [{"name": "a", **EXACT}]}

    assert messages(both)[0][1] == "a request takes either `exactly` or `firstAvailable`, not both"


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
