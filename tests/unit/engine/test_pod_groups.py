"""Groups of pods of a policy: claims that they share, rules across them, quotas, and the best places."""

from __future__ import annotations

import pytest

from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.scheduling import BadSubject, Decision, NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.explain.explanation import Explanation, Outcome
from dra_policy.model import Consumer
from dra_policy.record import replace
from tests.unit.engine.test_policies import world

POD = "pod p { claim a { request g: 1 of gpu } container m uses a }\n"


def explained(policy: str, *, idle: bool = False) -> Explanation:
    """What is said of the only group of a policy."""
    found, own = world(POD + policy)
    subjects = [each for each in subjects_of(own.objects, found) if each.group is not None]
    (explanation,) = explain_subjects(subjects, found, idle=idle)
    return explanation


def scheduled(policy: str, wanted: str = "first") -> tuple[Decision, ...]:
    found, own = world(POD + policy)
    subjects = subjects_of(own.objects, found)
    return schedule(subjects, found, read_wanted(wanted, found, subjects))


def devices(policy: str, wanted: str = "first") -> list[str]:
    """``node/device`` of each pod's own device, in the order of the pods."""
    found = scheduled(policy, wanted)
    assert all(isinstance(each, Scheduled) for each in found), found
    return [f"{each.node}/{each.devices[0].device}" for each in found if isinstance(each, Scheduled)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("match gpu.model", ["n1/gpu-0", "n1/gpu-1"]),
        ("distinct gpu.model", ["n1/gpu-0", "n2/gpu-0"]),
        ("distinct gpu.model across a/g", ["n1/gpu-0", "n2/gpu-0"]),
        ('require pods.all(p, p.a.g.all(d, d.gpu.model == "B"))', ["n2/gpu-0", "n2/gpu-1"]),
        ("require pods.map(p, p.a.g[0].node).distinct().size() == 2", ["n1/gpu-0", "n2/gpu-0"]),
        ("require pods[0].a.g[0].gpu.model > pods[1].a.g[0].gpu.model", ["n2/gpu-0", "n1/gpu-0"]),
        ("require pods.size() == 2 && pods.all(p, pods.all(q, p == q || p.a.g[0].name != q.a.g[0].name))",
         ["n1/gpu-0", "n1/gpu-1"]),
    ],
)  # fmt: skip
def test_what_holds_across_pods_chooses_their_places(body: str, expected: list[str]) -> None:
    assert explained(f"group s: 2 of p {{ {body} }}").outcome is Outcome.FITS
    assert devices(f"group s: 2 of p {{ {body} }}") == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("match gpu.model", "DRA514"),
        ("distinct gpu.model", "DRA515"),
        ("require pods.map(p, p.a.g[0].gpu.model).distinct().size() == 1", "DRA525"),
        ("require pods.all(p, p.a.g[0].gpu.mode == 'A')", "DRA525"),
    ],
)
def test_a_rule_across_pods_that_cannot_hold_is_named(body: str, code: str) -> None:
    explanation = explained(f"group s: 3 of p {{ {body} }}")

    assert (explanation.outcome, explanation.code, explanation.reason.template) == (Outcome.NEVER, code, "group-rules")
    assert explanation.reason.text("text") == body.removeprefix("require ")
    assert [type(each) for each in scheduled(f"group s: 3 of p {{ {body} }}")] == [NotScheduled]


def test_an_error_of_a_rule_across_pods_is_told() -> None:
    explanation = explained("group s: 2 of p { require pods.all(p, p.a.g[0].gpu.nothing == 1) }")

    assert [rule.error for one in explanation.evidence for rule in getattr(one, "rules", ())] == [
        "no such key: nothing"
    ]


@pytest.mark.parametrize(
    "policy",
    [
        "claim fabric { request f: 1 of gpu }\ngroup s: {n} of p { claim fab from claim fabric }",
        "template t { request f: 1 of gpu }\ngroup s: {n} of p { claim fab from template t }",
        "group s: {n} of p { claim fab { request f: 1 of gpu } }",
    ],
)
def test_a_claim_of_the_group_gets_its_devices_once_for_all_pods(policy: str) -> None:
    found = scheduled(policy.replace("{n}", "1"))
    (pod,) = found
    assert isinstance(pod, Scheduled)
    assert [str(each) for each in pod.devices] == [f"gpu.example.com/n1/gpu-{index}" for index in (1, 0)]

    # The devices of the shared claim are of one node: of the two there one is left.
    assert explained(policy.replace("{n}", "2")).outcome is Outcome.NEVER
    assert [type(each) for each in scheduled(policy.replace("{n}", "2"))] == [NotScheduled]


def test_a_claim_that_all_pods_of_a_group_name_is_reserved_for_all_of_them() -> None:
    policy = "claim c { request f: 1 of gpu }\npod q { claim x from claim c container m uses x }\ngroup s: 2 of q"
    found = [each for each in scheduled(policy) if isinstance(each, Scheduled) and each.subject.name.startswith("s-")]

    assert [len(each.results) for each in found] == [1, 0]
    assert [[one.name for one in each.subject.claims[0].reserved_for] for each in found] == [[], ["s-0"]]
    assert {str(each.devices[0]) for each in found} == {"gpu.example.com/n1/gpu-1"}


SHARED_BY_ALL = [
    "claim fabric { request f: 1 of gpu }\ngroup s: {n} of p { claim fab from claim fabric }",
    "group s: {n} of p { claim fab { request f: 1 of gpu } }",
    "claim c { request f: 1 of gpu }\npod q { claim x from claim c container m uses x }\ngroup s: {n} of q",
]


@pytest.mark.parametrize("policy", SHARED_BY_ALL)
def test_no_more_pods_share_a_claim_than_can_be_reserved_for_it(policy: str) -> None:
    """ "There can be at most 256 such reservations" (ResourceClaimStatus.reservedFor)."""
    explanation = explained(policy.replace("{n}", "257"))

    assert (explanation.outcome, explanation.code) == (Outcome.BAD_INPUT, "DRA115")
    assert "257 pods" in explanation.reason.text("message")
    assert BadSubject in [type(each) for each in scheduled(policy.replace("{n}", "257"))]
    assert explained(policy.replace("{n}", "256")).outcome is not Outcome.BAD_INPUT


def test_pods_that_use_a_claim_already_count_among_its_users() -> None:
    policy = POD + "claim fabric { request f: 1 of gpu }\ngroup s: 2 of p { claim fab from claim fabric }"
    found, own = world(policy)
    (claim,) = (each for each in found.objects.claims if each.name == "fabric")
    users = tuple(Consumer("pods", f"other-{number}") for number in range(255))
    found.objects.claims[found.objects.claims.index(claim)] = replace(claim, reserved_for=users)

    (explanation,) = explain_subjects([each for each in subjects_of(own.objects, found) if each.group], found)
    assert (explanation.outcome, explanation.code) == (Outcome.BAD_INPUT, "DRA115")


def test_rules_read_what_pods_share() -> None:
    rule = "require pods.all(p, p.a.g[0].gpu.model == claims.fab.f[0].gpu.model && p.fab.f.size() == 1)"

    assert devices(f"group s: 1 of p {{ claim fab {{ request f: 1 of gpu }} {rule} }}") == ["n1/gpu-1"]
    assert explained(f"group s: 2 of p {{ claim fab {{ request f: 1 of gpu }} {rule} }}").outcome is Outcome.NEVER


def test_a_group_that_only_a_quota_stops_is_over_quota() -> None:
    policy = "quota cap in team { limit 3 devices of gpu }\ngroup s: {n} of p"
    explanation = explained(policy.replace("{n}", "4"))

    assert (explanation.outcome, explanation.code) == (Outcome.OVER_QUOTA, "DRA550")
    assert (explanation.reason.number("served"), explanation.reason.texts("quotas")) == (3, ("cap",))
    (rule,) = explanation.evidence[0].rules  # type: ignore[union-attr]
    assert (rule.limit, rule.used, rule.asked, rule.short) == ("3", "0", "4", "1")  # type: ignore[union-attr]
    assert explained(policy.replace("{n}", "3")).outcome is Outcome.FITS
    assert explained(policy.replace("{n}", "5")).outcome is Outcome.NEVER


def test_a_quota_of_what_is_asked_for_counts_the_claims_of_all_pods() -> None:
    explanation = explained("quota cap in team { require (held + asked).size() <= 1 }\ngroup s: 2 of p")

    assert (explanation.outcome, explanation.code) == (Outcome.OVER_QUOTA, "DRA554")


def test_nodes_say_how_many_pods_they_serve() -> None:
    explanation = explained("group s: 3 of p")

    assert [(each.nodes, each.have, each.wanted) for each in explanation.closest] == [(("n1", "n2"), 2, 3)]
    assert [each.short for each in explanation.closest[0].missing] == [1]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("pack", ["n1/gpu-0", "n1/gpu-1"]),
        ("spread", ["n1/gpu-0", "n2/gpu-0"]),
        ("balance", ["n1/gpu-0", "n2/gpu-0"]),
        ("claims.a.g[0].gpu.model == 'B'", ["n2/gpu-0", "n2/gpu-1"]),
        ("claims.a.g[0].name == 'gpu-1'", ["n1/gpu-1", "n2/gpu-1"]),
    ],
)
def test_the_best_places_of_a_group_are_best_for_its_pods_together(wanted: str, expected: list[str]) -> None:
    assert devices("group s: 2 of p", wanted) == expected
    assert [each.is_best for each in scheduled("group s: 2 of p", wanted) if isinstance(each, Scheduled)] == [True] * 2


def test_what_pods_of_a_group_prefer_is_added_up() -> None:
    wish = "prefer claims.a.g[0].gpu.model == 'B'"
    policy = (
        f"pod w {{ claim a {{ request g: 1 of gpu }} container m uses a {wish} }}\ngroup v: 2 of w\ngroup s: 1 of p"
    )

    assert devices(policy) == ["n2/gpu-0", "n2/gpu-1", "n1/gpu-0"]


def test_a_group_of_pods_that_do_not_exist_is_refused() -> None:
    found, own = world(POD)
    from dra_policy.model import PodGroup

    own.objects.groups.append(PodGroup("s", "team", 2, "q"))
    decisions = schedule(subjects_of(own.objects, found), found)

    assert [type(each) for each in decisions][-1] is BadSubject
