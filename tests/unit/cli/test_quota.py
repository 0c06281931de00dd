"""`drapolicy quota`: tables, JSON, claims, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worlds import DRIVER, run

WORLD = ("-f", "fleet.json", "-f", "classes.yaml", "--policy", "q.dra")


def policy(folder: Path, *rules: str) -> None:
    (folder / "q.dra").write_text(f'driver gpu = "{DRIVER}"\nquota q in team {{\n' + "\n".join(rules) + "\n}\n")


def test_the_table_has_what_is_used_and_left(folder: Path) -> None:
    policy(folder, "limit 2 devices of gpu", "deny admin access")
    ran = run("quota", *WORLD)

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "namespace team, quota q           limit   used   left",
        "  devices of gpu         q.dra:3      2      0      2",
        "  deny admin access      q.dra:4      –      –      –",
    ]


def test_a_claim_is_held_against_the_rules(folder: Path) -> None:
    policy(folder, "limit 0 devices")
    ran = run("quota", "fits.yaml", *WORLD)

    assert (ran.code, ran.out) == (
        1,
        "⊘ ResourceClaim team/one: quota q (q.dra:3), devices: 0 used, 1 wanted, limit 0 DRA550\n",
    )
    policy(folder, "limit 1 devices")
    assert run("quota", "fits.yaml", *WORLD)[:2] == (0, "✓ ResourceClaim team/one  breaks no rule\n")


def test_what_never_fits_is_held_against_what_it_asks_for(folder: Path) -> None:
    policy(folder, "deny class gpu")
    ran = run("quota", "never.yaml", *WORLD)

    assert (ran.code, "class gpu is wanted; quota q (q.dra:3) denies it DRA552" in ran.out) == (1, True)


def test_json_has_rules_and_claims(folder: Path) -> None:
    policy(folder, "limit 0 devices of gpu")
    document = json.loads(run("quota", "fits.yaml", *WORLD, "-o", "json").out)

    assert document["kind"] == "QuotaList"
    assert [(each["kind"], each["limit"], each["left"]) for each in document["rules"]] == [("devices", "0", "0")]
    assert [(each["verdict"], each["breaks"]["code"]) for each in document["claims"]] == [("over-quota", "DRA550")]


def test_without_quotas_it_says_so_and_a_wrong_one_ends_with_2(folder: Path) -> None:
    (folder / "q.dra").write_text("")
    assert run("quota", *WORLD) == (0, "", "no quota governs a namespace that is known here\n")
    policy(folder, "limit 1Gi of memory")
    assert run("quota", *WORLD).code == 2


def test_claims_of_the_world_are_named_as_in_explain(folder: Path) -> None:
    policy(folder, "limit 0 devices")
    ran = run("quota", "claim/one", *WORLD, "-f", "fits.yaml")

    assert (ran.code, ran.out.partition(":")[0]) == (1, "⊘ ResourceClaim team/one")
    ran = run("quota", "claim/on", *WORLD, "-f", "fits.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "DRA111 there is no claim `on`\n  hint: did you mean `claim/one`?\n"


def test_without_anything_to_hold_against_the_rules_nothing_else_is_said(folder: Path) -> None:
    policy(folder, "limit 0 devices")
    ran = run("quota", "nope.yaml", *WORLD)

    assert ran == (2, "", "DRA101 `nope.yaml` cannot be read: no such file or directory\n")
    ran = run("quota", "classes.yaml", *WORLD)
    assert (ran.code, ran.out, ran.err.partition(":")[0]) == (2, "", "nothing to hold against quotas")


def looking(*quotas: str) -> str:
    """A claim of dra-evolution that wants admin access, and Quotas of its namespace, by name."""
    head = "apiVersion: resource.k8s.io/v1alpha2"
    claim = f"{head}\nkind: ResourceClaim\nmetadata: {{name: look, namespace: a}}\n"
    claim += "spec: {requests: [{name: x, deviceClassName: foo, adminAccess: true}]}\n"
    device_class = f"{head}\nkind: DeviceClass\nmetadata: {{name: foo}}\nrequirements: []\n"
    pool = f"{head}\nkind: ResourcePool\nmetadata: {{name: n0}}\n"
    pool += "spec: {driverName: d, nodeName: n0, devices: [{name: d0}]}\n"
    written = [
        f"{head}\nkind: Quota\nmetadata: {{name: {name}, namespace: a}}\nspec: {{allowManagementAccess: {allowed}}}\n"
        for name, _, allowed in (each.partition("=") for each in quotas)
    ]
    return "---\n".join([claim, device_class, pool, *written])


@pytest.mark.parametrize(
    ("quotas", "rules", "answer"),
    [
        (
            ("q=false",),
            ["no admin access by this quota"],
            "quota q (l.yaml:19) does not allow admin access, and no other",
        ),
        (("q=true",), ["allow admin access"], None),
        (("q=false", "r=true"), ["no admin access by this quota", "allow admin access"], None),
        ((), [], "adminAccess needs a Quota of namespace a that allows it; none does DRA116"),
    ],
)
def test_admin_access_of_the_prototype_is_closed_unless_a_quota_opens_it(
    folder: Path, quotas: tuple[str, ...], rules: list[str], answer: str | None
) -> None:
    (folder / "l.yaml").write_text(looking(*quotas))
    table = [line.strip().split("  ")[0] for line in run("quota", "-f", "l.yaml").out.splitlines() if "–" in line]
    ran = run("quota", "l.yaml")
    explained = run("explain", "l.yaml", "-q")

    assert table == rules
    assert (ran.code == 0) == (explained.code == 0) == (answer is None)
    assert ran.out.startswith(
        f"⊘ ResourceClaim a/look: {answer}" if answer else "✓ ResourceClaim a/look  breaks no rule"
    )
    assert ("DRA116" in ran.out.split()) == ("DRA116" in explained.out.split()) == (answer is not None)
