"""Policies that say what Kubernetes cannot: from their text to the devices that are chosen."""

from __future__ import annotations

import pytest

from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.rules import Rules
from dra_policy.engine.scheduling import NotScheduled, Scheduled, schedule
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World, joined, read_files, read_manifest
from dra_policy.text import PolicyError
from tests.worlds import DRIVER

POLICY = f'namespace team\ndriver gpu = "{DRIVER}"\n'


def world(policy: str) -> tuple[World, World]:
    """The small world with a policy, and the policy's own part of it."""
    rules = Rules()
    own = read_manifest("p.dra", POLICY + policy)
    found = joined(read_files(["fleet.json", "classes.yaml"], rules), own).world(rules)
    assert not found.diagnostics
    return found, own.world(rules)


def chosen(policy: str) -> list[str]:
    """The devices that the only claim of a policy gets; nothing where it does not fit."""
    found, own = world(policy)
    (decision,) = schedule(subjects_of(own.objects, found), found)
    if isinstance(decision, NotScheduled):
        return []
    assert isinstance(decision, Scheduled), decision
    return [
        f"{each.device.pool}/{each.device.device}" for result in decision.results for each in result.allocation.devices
    ]


@pytest.mark.parametrize(
    ("body", "devices"),
    [
        ("request g: 2 of gpu", ["n1/gpu-0", "n1/gpu-1"]),
        ('request g: 2 of gpu require g.all(d, d.gpu.model == "B")', ["n2/gpu-0", "n2/gpu-1"]),
        ('request g: 2 of gpu require g.all(d, d.gpu.model == "C")', []),
        ("request g: 1 to 2 of gpu", ["n1/gpu-0"]),
        ("request g: at least 1 of gpu require g.size() > 1", ["n1/gpu-0", "n1/gpu-1"]),
        ("request a: 1 of gpu request b: 1 of gpu prefer a[0].name > b[0].name", ["n1/gpu-1", "n1/gpu-0"]),
        ('request odd-one: 1 of gpu require requests["odd-one"][0].node == "n2"', ["n2/gpu-0"]),
    ],
)
def test_rules_choose_among_devices(body: str, devices: list[str]) -> None:
    assert chosen(f"claim wish {{ {body} }}") == devices


PAIR = "claim a { request g: 1 of gpu }  claim b { request g: 1 of gpu }  container m uses a, b"


def test_what_holds_across_claims_chooses_among_devices() -> None:
    rule = "require claims.a.g[0].name > claims.b.g[0].name"

    assert chosen(f"pod p {{ {PAIR} }}") == ["n1/gpu-0", "n1/gpu-1"]
    assert chosen(f"pod p {{ {PAIR}  {rule} }}") == ["n1/gpu-1", "n1/gpu-0"]


def test_all_pods_of_a_group_are_scheduled_with_claims_of_their_own_or_none_is() -> None:
    policy = "pod p { claim a { request g: 1 of gpu } container m uses a }\ngroup s: {} of p"
    found, own = world(policy.replace("{}", "2"))
    placed = [each for each in schedule(subjects_of(own.objects, found), found) if isinstance(each, Scheduled)]

    assert [each.subject.name for each in placed] == ["s-0", "s-1"]
    assert len({device for each in placed for device in each.devices}) == 2
    assert [each["metadata"]["name"] for one in placed for each in one.documents] == ["s-0-a", "s-0", "s-1-a", "s-1"]  # type: ignore[index, call-overload]

    found, own = world(policy.replace("{}", "40"))
    assert [type(each) for each in schedule(subjects_of(own.objects, found), found)] == [NotScheduled]


def test_a_pod_of_a_policy_is_scheduled_with_its_claims() -> None:
    assert chosen("template t { request g: 2 of gpu }\npod p { claim a from template t  container m uses a }") == [
        "n1/gpu-0",
        "n1/gpu-1",
    ]


@pytest.mark.parametrize(
    ("wanted", "devices"),
    [
        ("first", ["n1/gpu-0"]),
        ("claims.a.g[0].name == 'gpu-1' ? 1 : 0", ["n1/gpu-1"]),
        ("claims.a.g[0].name == 'gpu-1'", ["n1/gpu-1"]),
        ("claims.a.g[0].gpu.model == 'B'", ["n2/gpu-0"]),
    ],
)
def test_a_preference_of_the_caller_chooses_among_devices(wanted: str, devices: list[str]) -> None:
    found, own = world("claim a { request g: 1 of gpu }")
    subjects = subjects_of(own.objects, found)

    (decision,) = schedule(subjects, found, read_wanted(wanted, found, subjects))

    assert isinstance(decision, Scheduled)
    assert [f"{decision.node}/{each.device}" for each in decision.devices] == devices
    assert decision.is_best is (None if wanted == "first" else True)


@pytest.mark.parametrize(
    ("wanted", "code", "hint"),
    [
        ("claims.a.g", "DRA307", "of two solutions the one with the larger value is better"),
        ("claims.a.g[0].nam == 'x'", "DRA303", "did you mean `name`?"),
        ("pack it", "DRA203", None),
        ("packs", "DRA105", "did you mean `pack`?"),
        ("device.name == 'x'", "DRA303", "a rule speaks of several devices: `claims.a.g`"),
        ("gpu.model == 'B'", "DRA303", "say of which: `claims.a.g[0].gpu.model`"),
        ("claims.a.gs.size()", "DRA311", "did you mean `g`?"),
        ("claims.ab.g.size()", "DRA310", "did you mean `a`?"),
    ],
)
def test_a_wrong_preference_is_told_once_with_its_place(wanted: str, code: str, hint: str | None) -> None:
    found, own = world("claim a { request g: 1 of gpu }")

    with pytest.raises(PolicyError) as caught:
        read_wanted(wanted, found, subjects_of(own.objects, found))

    (told,) = caught.value.diagnostics
    assert told.span is not None
    assert (told.code, told.span.outermost().source.name) == (code, "--prefer")
    assert hint is None or told.hint == hint


def test_a_preference_that_fails_is_told_with_the_device_that_it_is_about() -> None:
    found, own = world("claim a { request g: 1 of gpu prefer g[0].gpu.mistake }\nclaim b { request g: 1 of gpu }")
    subjects = subjects_of(own.objects, found)

    one, other = schedule(subjects, found, read_wanted("claims.b.g[0].gpu.other", found, subjects))

    assert isinstance(one, Scheduled)
    assert isinstance(other, Scheduled)
    assert [(each.error, each.device) for each in one.wishes] == [
        ("no such key: mistake", "gpu-0"),
        ("no such key: b", None),
    ]
    assert [(each.error, each.device) for each in other.wishes] == [("no such key: other", "gpu-1")]
    # An error counts as worst: nothing is better than the first solution.
    assert one.is_best


def test_a_group_of_which_no_pod_fits_is_explained_as_one_of_its_pods() -> None:
    rule = "require claims.a.g[0].name == 'nothing'"
    found, own = world(f"pod p {{ claim a {{ request g: 1 of gpu }} container m uses a  {rule} }}\ngroup s: 2 of p")

    (explanation,) = explain_subjects(subjects_of(own.objects, found), found)

    assert (explanation.subject.kind, explanation.code) == ("PodGroup", "DRA525")
