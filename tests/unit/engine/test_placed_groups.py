"""Groups of pods that are placed already: they stay where they are, and nothing of them is asked for twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dra_policy
from dra_policy.cli.main import main
from dra_policy.record import replace
from tests.clusters import device_class, node, slice_

DECLARED = (
    'driver gpu = "d.io"\nclass own from gpu {{ }}\npod p in default {{ {claims} }}\ngroup g in default: {group}\n'
)
OWN = "claim x { request r: 1 of own } container m uses x"
TEMPLATE = "template t in default { request r: 1 of own }\n"


def loaded(folder: Path, group: str, claims: str = OWN, before: str = "") -> dra_policy.Cluster:
    """Two devices on each of two nodes, and a group."""
    fleet = [device_class(), node("n1"), node("n2"), slice_(["a", "b"], node="n1"), slice_(["a", "b"], node="n2")]
    (folder / "w.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": fleet}))
    (folder / "p.dra").write_text(DECLARED.format(claims=claims, group=group) + before)
    return dra_policy.load(str(folder / "w.json"), str(folder / "p.dra"))


def places(decisions: tuple[object, ...]) -> list[tuple[str, str, list[str]]]:
    assert all(isinstance(each, dra_policy.Scheduled) for each in decisions), decisions
    found = [each for each in decisions if isinstance(each, dra_policy.Scheduled)]
    return [(each.subject.name, each.node, [str(one) for one in each.devices]) for each in found]


GROUPS = [
    ("2 of p", OWN, ""),
    ("3 of p", OWN, ""),
    ("1 of p { claim all { request s: 1 of own } }", OWN, ""),
    ("2 of p", "claim x from template t container m uses x", TEMPLATE),
    ("2 of p", "claim x from claim c container m uses x", "claim c in default { request r: 1 of own }\n"),
]


@pytest.mark.parametrize(("group", "claims", "before"), GROUPS)
def test_a_group_that_is_placed_stays_where_it_is(tmp_path: Path, group: str, claims: str, before: str) -> None:
    cluster = loaded(tmp_path, group, claims, before)
    live, (asked,) = cluster.live(), cluster.groups()
    first = places(live.place_group(asked))
    held = live.world.objects.claims

    assert places(live.place_group(asked)) == first
    assert places(live.place_group(asked, prefer="spread")) == first
    assert places(dra_policy.Cluster(live.world).schedule_group(asked)) == first
    assert live.world.objects.claims == held


@pytest.mark.parametrize(("group", "claims", "before"), GROUPS)
def test_a_placed_group_is_told_as_allocated(tmp_path: Path, group: str, claims: str, before: str) -> None:
    cluster = loaded(tmp_path, group, claims, before)
    live, (asked,) = cluster.live(), cluster.groups()
    found = places(live.place_group(asked))
    nodes = {node for _, node, _ in found}
    now = dra_policy.Cluster(live.world)
    explanation = now.explain_group(asked)

    assert (explanation.outcome, explanation.reason.template) == (dra_policy.Outcome.FITS, "allocated")
    assert explanation.reason.arguments["node"] == (nodes.pop() if len(nodes) == 1 else None)
    assert explanation.chosen is not None
    assert {name.split("/")[0] for each in explanation.chosen.devices.values() for name in each} == {
        node for _, node, _ in found
    }
    assert "PodGroup" not in {each.subject.kind for each in now.explain_waiting()}


def test_a_group_of_which_some_pods_are_placed_is_refused(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, "3 of p")
    live, (asked,) = cluster.live(), cluster.groups()
    _, second, _ = live.place_group(asked)
    assert second.subject.pod is not None
    live.remove_pod(second.subject.pod)
    held = live.world.objects.claims

    (decision,) = live.place_group(asked)
    assert isinstance(decision, dra_policy.BadSubject)
    assert decision.explanation.code == "DRA631"
    assert decision.explanation.reason.text("message") == "2 of 3 pods hold devices already: g-0, g-2"
    assert dra_policy.Cluster(live.world).explain_group(asked).code == "DRA631"
    assert live.world.objects.claims == held
    # More pods of the group than are placed is the same question.
    assert isinstance(live.place_group(replace(asked, count=4))[0], dra_policy.BadSubject)


def test_pods_with_a_part_of_their_devices_are_refused(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, "1 of p { claim all { request s: 1 of own } }")
    live, (asked,) = cluster.live(), cluster.groups()
    live.place_group(asked)
    live.release(live.claim("default", "g-all"))

    explanation = dra_policy.Cluster(live.world).explain_group(asked)
    text = "some claims of these pods are allocated already, and some are not: g-0"
    assert (explanation.code, explanation.reason.text("message")) == ("DRA631", text)


def test_other_pods_and_claims_of_like_names_do_not_make_a_group_placed(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, "2 of p")
    live, (asked,) = cluster.live(), cluster.groups()
    (placed,) = live.place_group(replace(asked, name="g-0", count=1))
    assert isinstance(placed, dra_policy.Scheduled)
    assert [each.name for each in placed.claims] == ["g-0-0-x"]
    (claim,) = placed.claims
    live.put_claim(replace(claim, name="other", owner_pod="g-1"))

    assert [node for _, node, _ in places(live.place_group(asked))] == ["n1", "n2"]


def test_a_placed_group_asks_quotas_for_nothing_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded(tmp_path, "2 of p", before="quota cap in default { require (held + asked).size() <= 2 }\n")
    policy, fleet, placed = (str(tmp_path / name) for name in ("p.dra", "w.json", "placed.json"))
    assert main(["schedule", policy, "-f", fleet, "-o", "json"]) == 0
    Path(placed).write_text(capsys.readouterr().out)

    assert main(["quota", policy, "-f", fleet, "-f", placed]) == 0


def test_a_group_whose_claims_are_released_is_placed_anew(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, "2 of p")
    live, (asked,) = cluster.live(), cluster.groups()
    first = places(live.place_group(asked))
    live.release(live.claim("default", "g-0-x"), live.claim("default", "g-1-x"))

    assert places(live.place_group(asked)) == first


def test_what_is_scheduled_can_be_scheduled_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded(tmp_path, "3 of p")
    policy, fleet, placed = (str(tmp_path / name) for name in ("p.dra", "w.json", "placed.yaml"))
    assert main(["schedule", policy, "-f", fleet]) == 0
    first = capsys.readouterr().out
    Path(placed).write_text(first)

    assert main(["schedule", policy, "-f", fleet, "-f", placed]) == 0
    assert capsys.readouterr().out == first
    assert main(["explain", "group/g", "-f", policy, "-f", fleet, "-f", placed]) == 0
    assert "allocated" in capsys.readouterr().out.splitlines()[0]
