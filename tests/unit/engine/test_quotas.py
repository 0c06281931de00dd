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
