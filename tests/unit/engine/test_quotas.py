"""Quotas of a world: use from existing claims, verdicts, scheduling, and what Kubernetes says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.quotas import open_ledger, quota_report
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import claim_subject, subjects_of
from dra_policy.engine.world import World, joined, read_files, read_manifest
from dra_policy.explain.evidence import Alternatives
from dra_policy.explain.explanation import Explanation, Outcome
from dra_policy.explain.quota_evidence import QuotaLimits
from tests.worlds import DRIVER

POLICY = f'driver gpu = "{DRIVER}"\n'


def wish(name: str, count: int = 1, *, holds: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A claim of namespace ``team`` that may hold ``node/device`` already."""
    spec = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu", "count": count, **more}}]}}
    results = [
        {"request": "gpu", "driver": DRIVER, "pool": each.split("/")[0], "device": each.split("/")[1]} for each in holds
    ]
    status = {"status": {"allocation": {"devices": {"results": results}}}} if holds else {}
    metadata = {"name": name, "namespace": "team"}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": metadata, "spec": spec, **status}


def world(policy: str, *documents: dict[str, Any]) -> World:
    """The small world with a policy and more objects."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
    rules = Rules()
    read = read_files(["fleet.json", "classes.yaml"], rules)
    found = joined(read, read_manifest("more.json", text), read_manifest("p.dra", POLICY + policy)).world(rules)
    assert not found.diagnostics
    return found


def explained(found: World, name: str = "wish") -> Explanation:
    claim = found.find_claim("team", name)
    assert claim is not None
    return explain_subjects([claim_subject(claim)], found)[0]


@pytest.mark.parametrize(
    ("policy", "outcome", "code"),
    [
        ("quota q in team { limit 3 devices }", Outcome.FITS, "DRA500"),
        ("quota q in team { limit 2 devices of gpu }", Outcome.OVER_QUOTA, "DRA550"),
        ("quota q in other { limit 2 devices of gpu }", Outcome.FITS, "DRA500"),
        ('quota q in team { limit 0 devices where gpu.model == "C" }', Outcome.FITS, "DRA500"),
        ('quota q in team { limit 0 devices where gpu.model == "B" }', Outcome.OVER_QUOTA, "DRA550"),
        ("quota q in team { deny class gpu }", Outcome.OVER_QUOTA, "DRA552"),
        ("quota q in team { allow class nic }", Outcome.OVER_QUOTA, "DRA552"),
        ("quota q in all namespaces { limit 2 devices }", Outcome.OVER_QUOTA, "DRA550"),
        ("quota q in team { require (held + asked).size() <= 3 }", Outcome.FITS, "DRA500"),
        ("quota q in team { require (held + asked).size() < 3 }", Outcome.OVER_QUOTA, "DRA554"),
        ('quota q in team { require asked.all(d, d.gpu.model == "A") }', Outcome.OVER_QUOTA, "DRA554"),
        ('quota q in team { require asked.all(d, d.gpu.madel == "A") }', Outcome.OVER_QUOTA, "DRA554"),
        ('quota q in team { require held.all(d, d.claim == "held" && d.gpu.model == "A") }', Outcome.FITS, "DRA500"),
    ],
)
def test_a_claim_that_only_a_quota_forbids_is_over_quota(policy: str, outcome: Outcome, code: str) -> None:
    found = explained(world(policy, wish("held", holds=("n1/gpu-0",)), wish("wish", 2)))

    assert (found.outcome, found.code) == (outcome, code)


def test_another_solution_is_found_for_a_rule_in_cel() -> None:
    policy = 'quota q in team { require asked.all(d, d.gpu.model == "B") }'
    found = explained(world(policy, wish("wish", 2)))

    assert found.chosen is not None
    assert (found.chosen.node, found.chosen.bare_names) == ("n2", ("gpu-0", "gpu-1"))


def test_a_rule_that_fails_is_told_with_its_error() -> None:
    found = explained(world("quota q in team { require asked.all(d, d.gpu.madel == 1) }", wish("wish")))
    (limits,) = (each for each in found.evidence if isinstance(each, QuotaLimits))

    assert [(each.kind, each.what, each.answer) for each in limits.rules] == [
        ("rule", "require asked.all(d, d.gpu.madel == 1)", "no such key: madel")
    ]


def test_a_rule_that_does_not_compile_is_an_error_of_the_claim() -> None:
    found = explained(world("quota q in team { require held.size() + asked.size() }", wish("wish")))

    assert (found.outcome, found.code) == (Outcome.BAD_INPUT, "DRA307")


def test_the_verdict_never_goes_first_and_not_now_last() -> None:
    held = wish("held", 3, holds=("n1/gpu-0", "n1/gpu-1", "n2/gpu-0"))
    policy = "quota q in team { limit 4 devices }"

    assert explained(world(policy, held, wish("wish", 3))).outcome is Outcome.NEVER
    assert explained(world(policy, held, wish("wish", 2))).outcome is Outcome.OVER_QUOTA
    assert explained(world("quota q in team { limit 5 devices }", held, wish("wish", 2))).outcome is Outcome.NOT_NOW


def test_a_label_selects_only_namespaces_that_are_known_to_have_it() -> None:
    policy = "quota q in namespaces with label tier=batch { limit 0 devices }"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"tier": "batch"}}}

    assert explained(world(policy, wish("wish"))).outcome is Outcome.FITS
    assert explained(world(policy, wish("wish"), namespace)).outcome is Outcome.OVER_QUOTA


def test_resource_quota_is_told_in_the_words_of_the_api_server() -> None:
    hard = {"gpu.deviceclass.resource.k8s.io/devices": "2"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "rq", "namespace": "team"}}
    found = explained(world("", wish("other", 1), wish("wish", 2), {**quota, "spec": {"hard": hard}}))
    name = "gpu.deviceclass.resource.k8s.io/devices"

    assert found.outcome is Outcome.OVER_QUOTA
    assert found.kubernetes.text == (
        'resourceclaims.resource.k8s.io "wish" is forbidden: '
        f"exceeded quota: rq, requested: {name}=2, used: {name}=1, limited: {name}=2"
    )


def test_evidence_has_the_rules_in_order_and_the_users_of_their_limits() -> None:
    policy = "quota q in team { limit 2 devices  limit 1 devices of gpu }"
    found = explained(world(policy, wish("held", holds=("n1/gpu-0",)), wish("wish", 2)))
    (limits,) = (each for each in found.evidence if isinstance(each, QuotaLimits))

    assert [(each.limit, each.used, each.asked, each.short) for each in limits.rules] == [
        ("2", "1", "2", "1"),
        ("1", "1", "2", "2"),
    ]
    assert [(each.claim, each.amounts) for each in limits.uses] == [("held", ("1", "1"))]
    assert (limits.node, limits.devices) == ("n2", ("gpu-0", "gpu-1"))


def test_scheduling_charges_what_it_gave_before() -> None:
    found = world("quota q in team { limit 3 devices }", wish("a", 2), wish("b", 2), wish("c", 1))
    decisions = schedule(subjects_of(found.objects, found), found)

    assert [type(each) for each in decisions] == [Scheduled, NotScheduled, Scheduled]


def test_the_report_has_what_is_used_and_left_and_what_is_exceeded() -> None:
    held = wish("held", 2, holds=("n1/gpu-0", "n1/gpu-1"))
    report = quota_report(world("quota q in team { limit 1 devices  limit 5 devices  deny class x }", held))

    assert [(each.rule.limit, each.rule.used, each.left, each.is_exceeded) for each in report.rules] == [
        ("1", "2", "-1", True),
        ("5", "2", "3", False),
        (None, None, None, False),
    ]
    assert quota_report(world("quota q in team { limit 1 devices }", held), "other").rules == ()


def test_a_condition_that_does_not_compile_is_an_error_of_the_claim(tmp_path: Path) -> None:
    rules = Rules()
    read = read_files(["fleet.json", "classes.yaml"], rules)
    policy = read_manifest("p.dra", POLICY + "quota q in team { limit 1 devices where device.driver.foo() }")
    claims = read_manifest("c.json", json.dumps(wish("wish")))
    found = joined(read, claims, policy).world(rules)

    assert open_ledger(found, "team").diagnostics
    assert explained(found).outcome is Outcome.BAD_INPUT


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ('namespace.name == "team" && namespace.labels.tier == "batch"', Outcome.FITS),
        ('namespace.labels["tier"] != "batch"', Outcome.OVER_QUOTA),
        ('claim.name.startsWith("wi") && claim.labels.owner == "me"', Outcome.FITS),
        ('claim.labels.?owner.orValue("") == "you"', Outcome.OVER_QUOTA),
        ('asked.size() <= (claim.labels.owner == "me" ? 2 : 1)', Outcome.FITS),
    ],
)
def test_a_rule_reads_the_labels_of_namespace_and_claim(rule: str, outcome: Outcome) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"tier": "batch"}}}
    asked = wish("wish", 2)
    asked["metadata"]["labels"] = {"owner": "me"}

    assert explained(world(f"quota q in team {{ require {rule} }}", asked, space)).outcome is outcome


def test_labels_of_a_namespace_that_is_not_loaded_are_not_known() -> None:
    found = explained(world('quota q in team { require namespace.labels.tier == "batch" }', wish("wish")))

    assert (found.outcome, found.code) == (Outcome.OVER_QUOTA, "DRA554")
    assert found.reason.text("answer") == "no such key: labels"


def test_labels_of_a_policys_claim_are_read_and_written() -> None:
    found = world("claim mine in team { label owner=me request g: 1 of gpu }")
    (claim,) = found.objects.claims

    assert claim.labels == {"owner": "me"}
    (scheduled,) = schedule([claim_subject(claim)], found)
    assert isinstance(scheduled, Scheduled)
    assert scheduled.documents[0]["metadata"] == {"name": "mine", "namespace": "team", "labels": {"owner": "me"}}


def resource_quota(**hard: str) -> dict[str, Any]:
    metadata = {"name": "rq", "namespace": "team"}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}}


EXTENDED = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "DeviceClass",
    "metadata": {"name": "gpu"},
    "spec": {
        "extendedResourceName": "example.com/gpu",
        "selectors": [{"cel": {"expression": f'device.driver == "{DRIVER}"'}}],
    },
}


def pod_of(name: str, **limits: str) -> dict[str, Any]:
    containers = [{"name": "c", "image": "i", "resources": {"limits": limits, "requests": limits}}]
    metadata = {"name": name, "namespace": "team"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}


def extended(*documents: dict[str, Any]) -> World:
    """The small world with an extended resource for its class."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [EXTENDED, *documents]})
    return joined(read_files(["fleet.json"], Rules()), read_manifest("more.json", text)).world(Rules())


@pytest.mark.parametrize(
    ("name", "most", "outcome"),
    [
        ("requests.example.com/gpu", "2", Outcome.OVER_QUOTA),
        ("requests.example.com/gpu", "3", Outcome.FITS),
        # The other pod is charged under the name that it asks for; its claim comes when it is scheduled.
        ("requests.deviceclass.resource.kubernetes.io/gpu", "1", Outcome.OVER_QUOTA),
        ("requests.deviceclass.resource.kubernetes.io/gpu", "2", Outcome.FITS),
        ("requests.deviceclass.resource.kubernetes.io/other", "0", Outcome.FITS),
        ("requests.example.com/other", "0", Outcome.FITS),
        ("gpu.deviceclass.resource.k8s.io/devices", "1", Outcome.OVER_QUOTA),
    ],
)
def test_a_quota_of_an_extended_resource_counts_pods_and_claims(name: str, most: str, outcome: Outcome) -> None:
    """What a claim asks for of a class counts as its extended resource too, unless its pod was counted already."""
    other = pod_of("other", **{"example.com/gpu": "1"})
    found = extended(resource_quota(**{name: most}), wish("wish", 2), other)

    assert explained(found).outcome is outcome


def test_a_pod_that_asks_for_too_much_of_an_extended_resource_is_told_what_kubernetes_says() -> None:
    name = "requests.example.com/gpu"
    found = extended(resource_quota(**{name: "2"}), wish("one"), pod_of("web", **{"example.com/gpu": "2"}))
    pods = [each for each in subjects_of(found.objects, found) if each.kind == "Pod"]
    (told,) = explain_subjects(pods, found)

    assert (told.outcome, told.code) == (Outcome.OVER_QUOTA, "DRA550")
    limits = f"requested: {name}=2, used: {name}=1, limited: {name}=2"
    assert told.kubernetes.text == f'pods "web" is forbidden: exceeded quota: rq, {limits}'
    (rule,) = quota_report(found).rules
    assert (rule.rule.what, rule.rule.used, rule.left, rule.is_exceeded) == ("example.com/gpu", "3", "-1", True)


@pytest.mark.parametrize(
    "scopes", [{"scopes": ["BestEffort"]}, {"scopeSelector": {"matchExpressions": [{"scopeName": "Terminating"}]}}]
)
def test_a_quota_with_scopes_is_about_no_claim(scopes: dict[str, Any]) -> None:
    scoped = resource_quota(**{"gpu.deviceclass.resource.k8s.io/devices": "0"})
    scoped["spec"].update(scopes)

    assert explained(world("", scoped, wish("wish"))).outcome is Outcome.FITS


def test_a_resource_quota_counts_all_admin_access_and_the_greatest_alternative() -> None:
    """KEP-4381: the worst case counts, "AllocationResultsMaxSize" devices for mode All."""
    quota = resource_quota(**{"gpu.deviceclass.resource.k8s.io/devices": "2"})
    metadata = {"name": "team", "labels": {"resource.kubernetes.io/admin-access": "true"}}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    alternatives = [{"name": f"a{count}", "deviceClassName": "gpu", "count": count} for count in (1, 3)]
    either, every = wish("wish"), wish("wish", allocationMode="All")
    either["spec"]["devices"]["requests"] = [{"name": "g", "firstAvailable": alternatives}]
    del every["spec"]["devices"]["requests"][0]["exactly"]["count"]

    asked = {"3": either, "32": every}
    for amount, claim in asked.items():
        found = explained(world("", quota, claim))
        assert (found.outcome, found.reason.text("asked")) == (Outcome.OVER_QUOTA, amount)
    looking = world("", resource_quota(**{"gpu.deviceclass.resource.k8s.io/devices": "0"}), space)
    looking.objects.claims.append(extended(wish("wish", adminAccess=True)).objects.claims[0])
    assert explained(looking).outcome is Outcome.OVER_QUOTA


def alternatives(rule: str) -> list[tuple[str, str | None]]:
    """How a device of ``gpu``, else of ``spare``, fares beside another of ``gpu``, and the rule it would break."""
    choices = [{"name": name, "deviceClassName": name, "count": 1} for name in ("gpu", "spare")]
    claim = wish("wish")
    claim["spec"]["devices"]["requests"].append({"name": "choice", "firstAvailable": choices})
    found = explained(world(f"class spare from gpu {{}}\nquota q in team {{ {rule} }}", claim))
    assert found.outcome is Outcome.FITS
    (evidence,) = [each for each in found.evidence if isinstance(each, Alternatives)]
    return [(each.outcome, None if each.rule is None else each.rule.kind) for each in evidence.alternatives]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("limit 2 devices of gpu", [("fits", None), ("fits", None)]),
        ("limit 1 devices of gpu", [("over-quota", "devices"), ("fits", None)]),
        ('require asked.filter(d, d.class == "gpu").size() < 2', [("over-quota", "rule"), ("fits", None)]),
    ],
)
def test_the_rule_that_keeps_an_earlier_alternative_from_all_nodes_is_told(
    rule: str, found: list[tuple[str, str | None]]
) -> None:
    assert alternatives(rule) == found
