"""What files ask about does not exist yet: to quotas it counts from its turn on, and only where it was created."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.test_quotas import EXTENDED, pod_of, resource_quota, wish
from tests.worlds import run

CLAIMS = {"count/resourceclaims.resource.k8s.io": "1"}
DEVICES = {"gpu.deviceclass.resource.k8s.io/devices": "1"}
RESOURCE = {"requests.example.com/gpu": "1"}
GPU = {"example.com/gpu": "1"}
TWO_CLAIMS = (wish("one"), wish("two"))
TWO_PODS = (pod_of("one", **GPU), pod_of("two", **GPU))
WORLD = ("-f", "fleet.json", "-f", "cluster.json")


def write(name: str, *documents: dict[str, Any]) -> None:
    Path(name).write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}))


def write_cluster(hard: dict[str, str], *documents: dict[str, Any]) -> None:
    write("cluster.json", EXTENDED, resource_quota(**hard), *documents)


def scheduled(*more: str) -> list[str]:
    """The symbol of each line, and where a quota forbids it what is said of that."""
    lines = run("schedule", *more, *WORLD, "-o", "table").out.splitlines()
    return [line[0] if line[0] != "⊘" else "⊘ " + line.split("  ", 1)[1] for line in lines]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("hard", "documents", "what"),
    [
        (CLAIMS, TWO_CLAIMS, "claims"),
        (DEVICES, TWO_CLAIMS, "devices asked for of gpu"),
        (RESOURCE, TWO_PODS, "example.com/gpu asked for"),
    ],
)
def test_of_two_new_objects_the_first_is_taken(
    hard: dict[str, str], documents: tuple[dict[str, Any], ...], what: str
) -> None:
    write_cluster(hard)
    write("new.json", *documents)

    place = next(line for line in run("schedule", "new.json", *WORLD, "-o", "table").out.splitlines() if "⊘" in line)
    assert scheduled("new.json")[0] == "✓"
    assert place.endswith(f", {what}: 1 used, 1 wanted, limit 1 (DRA550)")
    assert "quota rq (cluster.json:1)" in place


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("hard", "documents"), [(CLAIMS, TWO_CLAIMS), (DEVICES, TWO_CLAIMS), (RESOURCE, TWO_PODS)])
def test_each_object_that_is_asked_about_is_asked_about_alone(
    hard: dict[str, str], documents: tuple[dict[str, Any], ...]
) -> None:
    write_cluster(hard)
    write("new.json", *documents)

    assert run("explain", "new.json", *WORLD, "-q").code == 0
    assert run("quota", "new.json", *WORLD).out.count("breaks no rule") == 2


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("hard", "document", "existing"),
    [(CLAIMS, wish("new"), wish("old")), (RESOURCE, pod_of("new", **GPU), pod_of("old", **GPU))],
)
def test_what_the_cluster_has_counts_though_it_waits(
    hard: dict[str, str], document: dict[str, Any], existing: dict[str, Any]
) -> None:
    write_cluster(hard, existing)
    write("new.json", document)

    assert scheduled("new.json")[0].endswith("1 used, 1 wanted, limit 1 (DRA550)")
    assert run("explain", "new.json", *WORLD, "-q").code == 1
    assert run("quota", "new.json", *WORLD).code == 1


@pytest.mark.usefixtures("folder")
def test_what_the_cluster_has_counts_though_a_file_replaces_it() -> None:
    write_cluster(CLAIMS, wish("old"))
    write("new.json", wish("old"), wish("new"))

    found = scheduled("new.json")
    assert (found[0], len(found)) == ("✓", 2)
    assert found[1].endswith("1 used, 1 wanted, limit 1 (DRA550)")
    assert run("quota", "new.json", *WORLD).out.count("breaks no rule") == 1


@pytest.mark.usefixtures("folder")
def test_a_claim_with_devices_in_a_file_exists() -> None:
    write_cluster(CLAIMS)
    write("new.json", wish("old", holds=("n1/gpu-0",)), wish("new"))

    assert scheduled("new.json")[-1].endswith("1 used, 1 wanted, limit 1 (DRA550)")


@pytest.mark.usefixtures("folder")
def test_a_claim_that_no_node_serves_is_created_and_one_that_is_refused_is_not() -> None:
    write_cluster({**CLAIMS, "gpu.deviceclass.resource.k8s.io/devices": "99"})
    write("new.json", wish("large", 90), wish("small"))
    assert [line[0] for line in scheduled("new.json")] == ["✗", "⊘"]

    write("new.json", wish("refused", 100), wish("small"))
    found = scheduled("new.json")
    assert found[0].endswith("devices asked for of gpu: 0 used, 100 wanted, limit 99 (DRA550)")
    assert found[1] == "✓"


def test_the_limit_of_a_policy_is_named(folder: Path) -> None:
    write_cluster({})
    (folder / "q.dra").write_text("quota q in team {\nlimit 0 devices\n}\n")
    write("new.json", wish("new"))

    ran = run("schedule", "new.json", *WORLD, "--policy", "q.dra", "-o", "table")

    assert (ran.code, ran.out) == (
        1,
        "⊘ resourceclaim team/new  quota q (q.dra:2), devices: 0 used, 1 wanted, limit 0 (DRA550)\n",
    )


def test_the_quota_that_keeps_a_group_from_its_devices_is_named(folder: Path) -> None:
    write_cluster(CLAIMS)
    (folder / "g.dra").write_text(
        "pod worker in team { claim gpu { request gpu: 1 of gpu } }\ngroup job in team: 2 of worker\n"
    )

    ran = run("schedule", "g.dra", *WORLD, "-o", "table")

    assert ran.out.endswith("claims: 0 used, 2 wanted, limit 1 (DRA550)\n"), (ran.out, ran.err)
