"""`drapolicy explain`: subjects, worlds, exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests import clusters
from tests.worlds import CLASSES, DRIVER, FITS, NEVER, fleet, run

WORLD = ("-f", "fleet.json", "-f", "classes.yaml")


def test_a_claim_that_fits_ends_with_0() -> None:
    assert run("explain", "fits.yaml", *WORLD, "-q") == (0, "FITS  team/one  n1: gpu-0  DRA500\n", "")


def test_a_claim_that_does_not_fit_ends_with_1() -> None:
    ran = run("explain", "never.yaml", *WORLD)

    assert ran.code == 1
    assert ran.out.startswith("NEVER  claim team/nine  (waiting does not help)")
    assert ran.err == ""
    assert run("explain", "never.yaml", *WORLD, "--exit-zero").code == 0


def test_a_missing_class_ends_with_2(folder: Path) -> None:
    (folder / "miss.yaml").write_text(FITS.replace("deviceClassName: gpu", "deviceClassName: gpus"))
    ran = run("explain", "miss.yaml", *WORLD)

    assert ran.code == 2
    assert ran.out.startswith("BAD INPUT  claim team/one")
    assert "no such class" in ran.out


def test_a_spent_budget_ends_with_4(folder: Path) -> None:
    devices = [clusters.device(f"gpu-{i}", left=f"a{i % 7}", right=f"b{i % 5}") for i in range(35)]
    world = [clusters.slice_(devices, node="n1", driver=DRIVER), clusters.device_class("gpu")]
    requests = [clusters.request(f"r{i}", cls="gpu") for i in range(4)]
    names = [each["name"] for each in requests]
    constraints = [
        {"requests": names, "matchAttribute": f"{DRIVER}/left"},
        {"requests": names, "distinctAttribute": f"{DRIVER}/right"},
    ]
    claim = clusters.claim(*requests, constraints=constraints)
    (folder / "hard.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*world, claim]}))

    assert run("explain", "claim/claim", "-f", "hard.json").code == 0
    stopped = run("explain", "claim/claim", "-f", "hard.json", "--steps", "1")
    assert stopped.code == 4
    assert stopped.out.startswith("UNKNOWN  claim default/claim")
    assert stopped.out.endswith("open    n1: not searched to the end\nnext    --steps 10\n")


def test_the_worst_verdict_of_several_is_the_exit_code() -> None:
    ran = run("explain", "fits.yaml", "never.yaml", *WORLD, "-q")

    assert ran.code == 1
    assert ran.out.endswith("2 claims: 1 fits, 1 never" + " " * 69 + "exit 1\n")


def test_without_a_subject_all_that_waits_is_explained() -> None:
    ran = run("explain", "-f", ".", "-q")

    assert ran.code == 1
    assert [line.split()[2] for line in ran.out.splitlines()[:3]] == ["team/one", "team/nine", "team/web"]


def test_a_subject_is_named_by_kind_and_name() -> None:
    assert run("explain", "claim/one", "-f", ".", "-q").out == "FITS  team/one  n1: gpu-0  DRA500\n"
    assert run("explain", "pod/web", "-n", "team", "-f", ".", "-q").out == "FITS  team/web  n1: gpu-0,1  DRA500\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pod/wbe", "did you mean `pod/web`?"),
        ("claim/zzzzzz", "there are: claim/one, claim/nine"),
        ("deployment/x", "no deployment is loaded; a file is given by its path, the world by -f"),
    ],
)
def test_a_subject_that_does_not_exist_is_told_with_those_that_do(name: str, hint: str) -> None:
    ran = run("explain", name, "-f", "fits.yaml", "-f", "never.yaml", "-f", "pod.yaml", *WORLD)

    kind, _, wanted = name.partition("/")
    assert ran == (2, "", f"DRA111 there is no {kind} `{wanted}`\n  hint: {hint}\n")


def test_a_file_that_is_subject_and_world_is_read_once(folder: Path) -> None:
    os.symlink("fits.yaml", folder / "link.yaml")
    for subject, world in (
        ("fits.yaml", "."),
        ("./fits.yaml", "."),
        (str(folder / "fits.yaml"), "."),
        ("link.yaml", "."),
    ):
        ran = run("explain", subject, "-f", world, "-q")

        assert ran == (0, "FITS  team/one  n1: gpu-0  DRA500\n", "")


def test_the_same_object_in_two_files_is_a_warning(folder: Path) -> None:
    (folder / "again.yaml").write_text(FITS)
    ran = run("explain", "fits.yaml", "-f", "again.yaml", *WORLD, "-q")

    assert ran.code == 0
    assert ran.err.startswith("DRA107 warning: claim `team/one` occurs twice; this one counts\n  --> fits.yaml:3:18\n")


def test_of_many_findings_the_first_are_printed(folder: Path) -> None:
    for number in range(30):
        (folder / f"{number}.yaml").write_text(FITS)
    err = run("explain", "fits.yaml", "-f", ".", "-q").err

    assert err.count("DRA107") == 20
    assert err.endswith("and 10 more findings; `drapolicy check` shows all\n")
    assert run("explain", "fits.yaml", "-f", ".", "-v").err.count("DRA107") == 30


def test_of_very_many_doubles_the_places_of_the_first_are_looked_for(folder: Path) -> None:
    for number in range(60):
        (folder / f"{number}.yaml").write_text(FITS)
    err = run("get", "claims", "-f", ".", "-v").err

    assert err.count("DRA107") == 60
    assert err.count("the one before") == 50


def test_standard_input_can_be_world_or_subject() -> None:
    assert run("explain", "fits.yaml", "-f", "-", "-f", "classes.yaml", "-q", stdin=fleet()).code == 0
    assert run("explain", "-", *WORLD, "-q", stdin=NEVER).code == 1
    policy = f'# A policy.\ndriver gpu = "{DRIVER}" {{}}\n\nclaim one {{ request g: 1 of gpu }}\n'
    assert run("explain", "-", *WORLD, "-q", stdin=policy).code == 0
    assert run("explain", "-", "-f", "-", "-f", "fleet.json", "-q", stdin=f"{FITS}---\n{CLASSES}").code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "nothing to explain: no claim, template or pod in x.yaml asks for devices\n"),
        (b"just: text\n", "DRA106 the object has no `kind`\n"),
        (b"a: \xff\xfe\n", "DRA101 `x.yaml` cannot be read: line 1 is no UTF-8 text (byte 0xff)\n"),
        (b'a: "x\0y"\n', "DRA207 a character that YAML does not allow (U+0000)\n"),
        (b"[" * 500_000, "DRA207 nested too deeply\n"),
        (b"a: [1\n", "DRA207 "),
        ("kind: Pod\n".encode("utf-16-le"), "DRA101 `x.yaml` cannot be read: not UTF-8 (looks like UTF-16)\n"),
        ("kind: Pod\n".encode("utf-16-be"), "DRA101 `x.yaml` cannot be read: not UTF-8 (looks like UTF-16)\n"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "DRA101 `x.yaml` cannot be read: line 1 is no UTF-8 text (byte 0x89)\n"),
    ],
)
def test_input_that_cannot_be_read_is_told_and_ends_with_2(content: bytes, message: str, folder: Path) -> None:
    (folder / "x.yaml").write_bytes(content)
    ran = run("explain", "x.yaml", *WORLD)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(message)
    assert ran.err.startswith("nothing to explain") or "nothing to explain" not in ran.err


def test_files_that_do_not_exist_are_told_by_name(folder: Path) -> None:
    (folder / "empty").mkdir()
    missing = "DRA101 `nosuch.yaml` cannot be read: no such file or directory\n"

    assert run("explain", "nosuch.yaml", *WORLD) == (2, "", missing)
    assert run("get", "nodes", "-f", "nosuch.yaml").err.startswith(missing)
    assert run("explain", "empty", *WORLD).code == 2
    assert run("explain", "-f", "fleet.json", "-n", "team") == (
        0, "", "nothing to explain: no claim or pod that waits in namespace `team` asks for devices\n"
    )  # fmt: skip


def test_what_could_be_read_is_explained_all_the_same_but_ends_with_2() -> None:
    ran = run("explain", "fits.yaml", *WORLD, "-f", "nosuch", "-q")

    assert ran.code == 2
    assert ran.out == "FITS  team/one  n1: gpu-0  DRA500\n"


def test_one_device_is_told_condition_by_condition() -> None:
    ran = run("explain", "fits.yaml", *WORLD, "--device", "n2/gpu-1")

    assert ran.code == 0
    assert "n2/gpu-1" in ran.out
    assert json.loads(run("explain", "fits.yaml", *WORLD, "--device", "n2/gpu-1", "-o", "json").out)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--device", "n2/gpu-7"],
            "DRA111 no device `n2/gpu-7` (NODE/DEVICE is wanted)\n  hint: did you mean `n2/gpu-",
        ),
        (["--device", "zzz"], "DRA111 no device `zzz` (NODE/DEVICE is wanted)\n  hint: `drapolicy get devices` lists"),
        (
            ["--device", "n2/gpu-1", "--request", "gup"],
            "DRA111 no request `gup` in team/one\n  hint: did you mean `gpu`?",
        ),
        (
            ["--device", "n2/gpu-1", "--request", "zzz"],
            "DRA111 no request `zzz` in team/one\n  hint: there are: gpu",
        ),
    ],
)
def test_an_unknown_device_or_request_is_told(flags: list[str], message: str) -> None:
    ran = run("explain", "fits.yaml", *WORLD, *flags)

    assert ran.code == 2
    assert ran.err.startswith(message)


def test_a_claim_without_requests_has_no_device_to_be_told_of(folder: Path) -> None:
    (folder / "none.yaml").write_text(FITS.partition("spec:")[0])

    ran = run("explain", "none.yaml", *WORLD, "--device", "n2/gpu-1")
    assert (ran.code, ran.err) == (2, "DRA111 team/one asks for no device\n")
    assert "no device is asked for; n1 is the first node" in run("explain", "none.yaml", *WORLD, "-q").out


def test_a_device_is_found_by_the_name_that_answers_print(folder: Path) -> None:
    slices = [
        clusters.slice_(["d"], node=node, pool=f"{node}-{name}", driver=DRIVER)
        for node in ("n1", "n2")
        for name in "ab"
    ]
    (folder / "pools.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))
    for name in (f"{DRIVER}/n2-b/d", f"n2/{DRIVER}/n2-b/d"):
        ran = run("explain", "fits.yaml", "-f", "pools.json", "-f", "classes.yaml", "--device", name)
        assert ran.out.startswith(f"✓ n2/{DRIVER}/n2-b/d")


@pytest.mark.parametrize("is_tainted", [True, False])
def test_tables_of_like_nodes_name_the_devices_and_holders_of_each(folder: Path, *, is_tainted: bool) -> None:
    taints = {"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]} if is_tainted else {}
    slices = [
        clusters.slice_([clusters.device("d", **taints), "e"], node=node, pool=f"{node}-{name}", driver=DRIVER)
        for node in ("n1", "n2")
        for name in "ab"
    ]
    holders = [
        clusters.claim(clusters.request(), name=f"on-{node}", status=clusters.allocated(f"{DRIVER}/{node}-a/e"))
        for node in ("n1", "n2")
    ]
    (folder / "pools.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*slices, *holders]}))
    (folder / "all.yaml").write_text(FITS.replace("count: 1", "allocationMode: All"))
    (folder / "three.yaml").write_text(FITS.replace("count: 1", "count: 3"))
    world = ("-f", "pools.json", "-f", "classes.yaml")

    told = run("explain", "all.yaml", *world, "--width", "120").out.splitlines()
    own = {line.split()[0]: line for line in told if line.startswith(("n1", "n2"))}
    for node, other in (("n1", "n2"), ("n2", "n1")):
        assert (f"{DRIVER}/{node}-b/d" in own[node]) is is_tainted
        assert (f"held by default/on-{node}" in own[node]) is not is_tainted
        assert f"/{other}" not in own[node]
    if is_tainted:
        tainted = run("explain", "three.yaml", *world).out
        assert [tainted.count(f"{DRIVER}/{node}-a/d") for node in ("n1", "n2")] == [1, 1]


def heads(text: str) -> list[str]:
    """The heads of views of a device, without the room in them."""
    return [" ".join(line.split()) for line in text.splitlines() if " for team/" in line]


def test_a_device_is_told_to_each_claim_and_alternative_of_a_pod(folder: Path) -> None:
    (folder / "p.dra").write_text(
        f"""namespace team
        driver gpu = "{DRIVER}"
        template a {{ request g: first of {{ large: 1 of gpu where gpu.model == "B"  small: 1 of gpu }}
                      request n: 1 of nic }}
        class nic from gpu {{ where gpu.model == "none" }}
        pod p {{ claim one from template a  claim two {{ request g: 1 of gpu }}  container m uses one, two }}
        """
    )
    ran = run("explain", "p.dra", *WORLD, "--device", "n1/gpu-0")
    document = json.loads(run("explain", "p.dra", *WORLD, "--device", "n1/gpu-0", "-o", "json").out)

    assert ran.code == 0
    assert heads(ran.out) == [
        "✗ n1/gpu-0 A for team/p request g/large of p-one",
        "✓ n1/gpu-0 A for team/p request g/small of p-one",
        "✗ n1/gpu-0 A for team/p request n of p-one",
        "✓ n1/gpu-0 A for team/p request g of p-two",
    ]
    assert [(each["claim"], each["request"]) for each in document["items"]][2:] == [("p-one", "n"), ("p-two", "g")]
    for request, number in (("g", 3), ("g/small", 1), ("p-one:g", 2), ("p-two:g", 1)):
        assert len(heads(run("explain", "p.dra", *WORLD, "--device", "n1/gpu-0", "--request", request).out)) == number


def test_what_holds_between_devices_is_judged_where_one_device_decides(folder: Path) -> None:
    (folder / "p.dra").write_text(
        f"""namespace team
        driver gpu = "{DRIVER}"
        claim c {{
            request g: 2 of gpu
            request h: 1 of gpu
            match gpu.model across g, h
            match gpu.missing across h
            distinct gpu.model across h
            require g.size() == 2
        }}
        """
    )
    ran = run("explain", "p.dra", *WORLD, "--device", "n1/gpu-0")
    across = [line.strip() for line in ran.out.splitlines() if line.strip()[2:].startswith(("same", "diff", "g."))]

    assert [line.split("  ")[0] for line in across] == [
        *("? same model as h", "? g.size() == 2"),
        *("? same model as g", "✗ same missing", "✓ different model", "? g.size() == 2"),
    ]
    assert "has none, and no device may lack it" in across[3]
    assert heads(ran.out) == ["✓ n1/gpu-0 A for team/c request g", "✗ n1/gpu-0 A for team/c request h"]


def test_a_claim_that_is_allocated_says_where() -> None:
    scheduled = run("schedule", "fits.yaml", *WORLD).out
    ran = run("explain", "-", *WORLD, "-q", stdin=scheduled)

    assert ran.code == 0
    assert ran.out.startswith("FITS  team/one  allocated on n1: gpu-0")


def test_devices_of_two_pools_with_one_name_are_told_apart(folder: Path) -> None:
    slices = [clusters.slice_(["d"], node="n1", pool=pool, driver=DRIVER) for pool in ("a", "b")]
    (folder / "pools.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}))
    (folder / "two.yaml").write_text(NEVER.replace("count: 9", "count: 2"))
    world = ("-f", "pools.json", "-f", "classes.yaml")
    both = f"{DRIVER}/a/d {DRIVER}/b/d"

    assert f"n1: {both}" in run("explain", "two.yaml", *world, "-q").out
    assert f"n1: {both}" in run("schedule", "two.yaml", *world, "-o", "table").out
    assert f"n1: {both}" in run("eval", "true", *world).out
    assert run("eval", "true", *world, "-o", "name").out == f"n1/{DRIVER}/a/d\nn1/{DRIVER}/b/d\n"


def test_a_misspelt_attribute_that_stops_the_pod_is_shown_at_its_own_line_with_the_nearest_name(folder: Path) -> None:
    selector = f"""\
        selectors:
        - cel:
            expression: |
              device.driver == "{DRIVER}" &&
              device.attributes["{DRIVER}"].modle == "A"
"""
    claim = FITS.replace(
        "      exactly: {deviceClassName: gpu, count: 1}\n", "      exactly:\n        deviceClassName: gpu\n"
    )
    (folder / "typo.yaml").write_text(claim + selector)
    ran = run("explain", "typo.yaml", *WORLD)
    document = json.loads(run("explain", "typo.yaml", *WORLD, "-o", "json").out)
    (stop,) = document["items"][0]["evidence"] if "items" in document else document["evidence"]

    assert ran.out.startswith("CEL ERROR")
    assert "typo.yaml:14" in ran.out
    assert "Nearest: model, on 4 of 4" in ran.out
    assert (stop["span"]["line"], stop["part"]["line"], stop["part"]["column"]) == (13, 14, 52)


def test_a_device_that_cannot_be_had_ends_with_1(folder: Path) -> None:
    text = run("schedule", "fits.yaml", *WORLD).out
    (folder / "held.yaml").write_text(text)
    world = (*WORLD, "-f", "held.yaml", "--device", "n1/gpu-0")
    (folder / "other.yaml").write_text(FITS.replace("name: one", "name: other"))

    assert "held by team/one" in run("explain", "other.yaml", *world).out
    assert run("explain", "other.yaml", *world).code == 1
    assert run("explain", "other.yaml", *world, "--exit-zero").code == 0


def test_a_name_that_two_pools_publish_is_ambiguous(folder: Path) -> None:
    slices = [clusters.slice_(["d", "e"], node="n1", pool=pool, driver=DRIVER) for pool in ("a", "b")]
    holder = clusters.claim(clusters.request(cls="gpu"), name="h", status=clusters.allocated(f"{DRIVER}/a/d"))
    items = [*slices, holder]
    (folder / "pools.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    world = ("-f", "pools.json", "-f", "classes.yaml")
    ran = run("explain", "fits.yaml", *world, "--device", "n1/d")

    assert ran.code == 2
    assert ran.err.startswith(f"DRA111 `n1/d` is the name of 2 devices\n  hint: say which: {DRIVER}/a/d, {DRIVER}/b/d")
    assert run("explain", "fits.yaml", *world, "--device", f"{DRIVER}/a/d").code == 1
    assert run("explain", "fits.yaml", *world, "--device", f"{DRIVER}/b/d").code == 0
    assert f"before it: {DRIVER}/a/d held (h)" in run("explain", "fits.yaml", *world).out


def test_devices_passed_over_name_the_constraint_or_what_they_are_short_of(folder: Path) -> None:
    devices = [clusters.device(f"gpu-{i}", numa=i // 2) for i in range(3)]
    devices += [clusters.device(f"gpu-{i}", numa=3) for i in (3, 4, 5)]
    claim = clusters.claim(
        clusters.request("r", cls="gpu", count=3), constraints=[{"requests": ["r"], "matchAttribute": f"{DRIVER}/numa"}]
    )
    items = [clusters.slice_(devices, driver=DRIVER), clusters.device_class("gpu"), claim]
    (folder / "numa.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    out = run("explain", "claim/claim", "-f", "numa.json").out

    assert "before it: gpu-0..2 left out by the constraint on numa" in out


def test_an_alternative_that_a_constraint_excludes_names_its_attribute(folder: Path) -> None:
    choice = clusters.first_available("r", two=clusters.demand(cls="gpu", count=2), one=clusters.demand(cls="gpu"))
    claim = clusters.claim(choice, constraints=[{"requests": ["r"], "matchAttribute": f"{DRIVER}/nowhere"}])
    (folder / "choice.json").write_text(json.dumps(claim))
    out = run("explain", "choice.json", *WORLD).out

    assert f"alternative 1 two NEVER none left after matchAttribute {DRIVER}/nowhere" in " ".join(out.split())


def test_a_subject_of_an_unknown_version_is_an_error_beside_one_that_fits(folder: Path) -> None:
    text = (folder / "fits.yaml").read_text()
    (folder / "fits.yaml").write_text(f"{text}---\n{text.replace('resource.k8s.io/v1', 'resource.k8s.io/v9')}")
    ran = run("explain", "fits.yaml", "-f", "fleet.json", "-f", "classes.yaml")

    assert ran.code == 2
    assert ran.out.startswith("FITS  claim team/one")
    assert ran.err.startswith("DRA102 ResourceClaim of `resource.k8s.io/v9` is not read: the version is unknown\n")
    assert run("check", "fits.yaml", "-f", "classes.yaml").code == 2
    # As a part of the world it is one of many objects.
    assert "DRA102 warning" in run("get", "nodes", "-f", ".").err


def test_a_fleet_that_could_not_be_read_is_no_empty_one(folder: Path) -> None:
    (folder / "fleet.yaml").write_text("kind: [")
    ran = run("explain", "fits.yaml", "-f", "fleet.yaml", "-f", "classes.yaml")

    assert (ran.code, ran.err) == (2, "")
    assert ran.out.startswith("BAD INPUT  claim team/one")
    assert "fleet.yaml:1" in ran.out
    assert "NEVER" not in ran.out

    missing = run("explain", "fits.yaml", "-f", "nowhere.yaml", "-f", "classes.yaml")

    assert "`nowhere.yaml` cannot be read: no such file or directory" in missing.out


def test_a_request_that_a_container_uses_is_one_of_the_claim(folder: Path) -> None:
    text = (folder / "pod.yaml").read_text()
    (folder / "pod.yaml").write_text(text.replace("{name: gpus}]", "{name: gpus, request: gpus}]"))
    ran = run("check", "pod.yaml", "-f", "fleet.json", "-f", "classes.yaml")

    assert ran.out.startswith("DRA311 warning: claim `gpus` has no request `gpus`: the container gets no device of it")
    assert "hint: did you mean `gpu`?" in ran.out


def test_a_container_uses_claims_of_its_pod(folder: Path) -> None:
    text = (folder / "pod.yaml").read_text()
    (folder / "pod.yaml").write_text(text.replace("{name: gpus}]", "{name: gpu}]"))
    ran = run("explain", "pod.yaml", "-f", "fleet.json", "-f", "classes.yaml")

    assert ran.code == 2
    assert ran.out.startswith("BAD INPUT  pod team/web")
    assert "the pod's `resourceClaims` have no entry `gpu`" in ran.out
    assert "did you mean `gpus`?" in ran.out


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (f'device.attributes["{DRIVER}"].model == "Z"', 'asks for model is "Z": have "A" (2), "B" (2)'),
        (
            f'device.attributes["{DRIVER}"].model == "Z" || device.driver == "other.io"',
            'asks for model is "Z": have "A" (2), "B" (2)',
        ),
        (f'device.attributes["{DRIVER}"].?modle.orValue("") == "A"', f"No device publishes {DRIVER}/modle"),
    ],
)
def test_a_class_that_rejects_everything_says_what_it_asks_for(folder: Path, expression: str, said: str) -> None:
    (folder / "class.json").write_text(json.dumps(clusters.device_class("gpu", expression)))
    out = run("explain", "fits.yaml", "-f", "fleet.json", "-f", "class.json").out

    assert said in out


def test_further_errors_are_counted_with_the_command_that_tells_them(folder: Path) -> None:
    claim = clusters.claim(clusters.request("r", "device.driver ==", "1 +", cls="gpu"))
    (folder / "wrong.json").write_text(json.dumps(claim))
    ran = run("explain", "wrong.json", *WORLD)

    assert ran.code == 2
    assert "1 more: drapolicy check wrong.json" in ran.out


def test_admin_access_in_a_namespace_that_is_not_loaded_has_a_note(folder: Path) -> None:
    claim = clusters.claim(clusters.request("r", cls="gpu", adminAccess=True))
    (folder / "admin.json").write_text(json.dumps(claim))
    label = {"resource.kubernetes.io/admin-access": "true"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": label}}
    (folder / "namespace.json").write_text(json.dumps(namespace))
    alone = run("explain", "admin.json", *WORLD)
    known = run("explain", "admin.json", *WORLD, "-f", "namespace.json")

    assert alone.out.startswith("FITS")
    assert "on namespace default, which is not loaded." in " ".join(alone.out.split())
    assert "not loaded" not in known.out


def test_nodes_take_half_the_width_and_the_wanted_value_is_said(folder: Path) -> None:
    names = [f"node-of-a-long-name-{'abcdefghij'[i % 10]}-{i * 7}" for i in range(40)]
    items = [clusters.slice_([clusters.device("gpu-0", model="A100")], node=name, driver=DRIVER) for name in names]
    (folder / "many.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    claim = clusters.claim(clusters.request("r", f'device.attributes["{DRIVER}"].model == "B300"', cls="gpu"))
    (folder / "b300.json").write_text(json.dumps(claim))
    flags = ("b300.json", "-f", "many.json", "-f", "classes.yaml", "--by", "node", "--width", "80")
    lines = run("explain", *flags).out.splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith('0 of 1  model "A100", "B300" wanted')
    assert "more" in lines[-1].partition("0 of 1")[0]


@pytest.mark.parametrize("written", ['"gp\\u0075x"', "'gpux'", "gpux", '"gpux"  # a comment'])
def test_the_caret_stands_under_the_name_of_a_class_however_it_is_written(written: str, folder: Path) -> None:
    text = FITS.replace("{deviceClassName: gpu, count: 1}", f"\n        deviceClassName: {written}")
    (folder / "w.yaml").write_text(text)
    lines = run("explain", "w.yaml", "-f", "fleet.json", "-f", "classes.yaml").out.splitlines()
    shown = next(number for number, line in enumerate(lines) if "deviceClassName" in line)
    marked = lines[shown + 1]

    assert marked.endswith(" no such class")
    assert lines[shown][marked.index("^") : marked.rindex("^") + 1] == written.partition("  #")[0]


def test_objects_of_files_belong_to_the_namespace_that_is_asked_about(folder: Path) -> None:
    (folder / "bare.yaml").write_text(FITS.replace(", namespace: team", ""))
    (folder / "both.yaml").write_text(f"{FITS}---\n{NEVER.replace(', namespace: team', '')}")

    assert run("explain", "bare.yaml", *WORLD, "-q").out.startswith("FITS  default/one")
    assert run("explain", "bare.yaml", *WORLD, "-n", "team", "-q").out.startswith("FITS  team/one")
    assert run("explain", "fits.yaml", *WORLD, "-n", "team").code == 0
    assert run("explain", "both.yaml", *WORLD, "-n", "team", "-q").out.count("team/") == 2
    ran = run("explain", "fits.yaml", *WORLD, "-n", "other")
    assert ran.code == 2
    assert ran.out.startswith("BAD INPUT  claim team/one")
    assert "one is in namespace team, and -n says other" in " ".join(ran.out.replace("`", "").split())


def test_the_namespace_of_the_settings_is_for_objects_that_name_none(folder: Path) -> None:
    (folder / "bare.yaml").write_text(FITS.replace(", namespace: team", ""))
    (folder / "drapolicy.toml").write_text('namespace = "own"\n')

    assert run("explain", "bare.yaml", *WORLD, "-q").out.startswith("FITS  own/one")
    assert run("explain", "fits.yaml", *WORLD, "-q").out.startswith("FITS  team/one")


def test_a_device_is_held_against_one_claim() -> None:
    ran = run("explain", "fits.yaml", "never.yaml", *WORLD, "--device", "n1/gpu-0")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("DRA105 --device is about one claim or pod, and there are 2: team/one, team/nine\n")
    assert run("explain", "fits.yaml", *WORLD, "--device", "n1/gpu-0", "--by", "node").err.startswith(
        "drapolicy explain: --device asks about one device, --by about all nodes"
    )


WORKLOAD = """
apiVersion: {group}/v1
kind: {kind}
metadata: {{name: web, namespace: team}}
spec:
  template:
    spec:
      containers: [{{name: c, image: pause}}]
      resourceClaims: [{{name: g, resourceClaimTemplateName: pair}}]
"""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Deployment", "deploy deployment deployments Deploy"),
        ("StatefulSet", "sts statefulset"),
        ("DaemonSet", "ds"),
        ("ReplicaSet", "rs"),
        ("Job", "job jobs"),
    ],
)
def test_a_workload_is_named_by_the_words_of_kubectl(kind: str, words: str, folder: Path) -> None:
    (folder / "w.yaml").write_text(WORKLOAD.format(kind=kind, group="batch" if kind == "Job" else "apps"))

    for word in words.split():
        ran = run("explain", f"{word}/web", *WORLD, "-f", "pod.yaml", "-f", "w.yaml", "-q")
        assert ran.out.startswith("FITS  team/web"), ran


def test_a_name_of_several_namespaces_is_not_guessed(folder: Path) -> None:
    (folder / "other.yaml").write_text(FITS.replace("namespace: team", "namespace: other"))
    world = [*WORLD, "-f", "fits.yaml", "-f", "other.yaml"]
    ran = run("explain", "claim/one", *world)

    assert (ran.code, ran.err) == (2, "DRA111 `claim/one` is in 2 namespaces: team, other\n  hint: say which with -n\n")
    assert run("explain", "claim/one", *world, "-n", "other", "-q").out.startswith("FITS  other/one")


def test_json_is_printed_for_a_file_that_cannot_be_read_too() -> None:
    ran = run("explain", "nosuch.yaml", *WORLD, "-o", "json")
    document = json.loads(ran.out)

    assert (ran.code, document["exit"], document["items"]) == (2, 2, [])
    assert [(each["code"], each["message"]) for each in document["diagnostics"]] == [
        ("DRA101", "`nosuch.yaml` cannot be read: no such file or directory")
    ]


@pytest.mark.parametrize(
    ("body", "is_asked"),
    [
        ("request g: {} of gpu", True),
        ("request g: {} of gpu require g.size() > 0", False),
        ("request g: {} of gpu prefer g.size()", False),
        ("request g: {} to 12 of gpu", False),
        ("request g: at least {} of gpu", False),
        ("request g: first of {{ a: 11 of gpu  b: {} of gpu }}", True),
        ("request g: first of {{ a: 11 of gpu  b: {} of gpu }} prefer g.size()", False),
    ],
)
def test_what_kubernetes_does_is_said_where_it_can_be_asked(folder: Path, body: str, *, is_asked: bool) -> None:
    for count in (1, 9):
        text = f'namespace team\ndriver gpu = "{DRIVER}"\nclaim c {{ {body.format(count)} }}'
        (folder / "c.dra").write_text(text)
        told = run("explain", "c.dra", *WORLD)
        (document,) = json.loads(run("explain", "c.dra", *WORLD, "-o", "json").out)["items"]

        assert told.code == (0 if count == 1 else 1)
        assert ("Kubernetes takes" in told.out or "kube says" in told.out) is is_asked
        assert document["kubernetes"]["isAsked"] is is_asked
        assert "prefer" not in body or count == 9 or "preferred\n" in told.out


def test_a_device_is_not_said_to_be_nearer_to_itself(folder: Path) -> None:
    (folder / "fleet.json").write_text(
        json.dumps(
            clusters.slice_(
                [clusters.device(f"gpu-{numa}", **{"t.io/numa": numa}) for numa in (0, 1)], node="n1", driver=DRIVER
            )
        )
    )
    (folder / "two.yaml").write_text(
        FITS.replace("- name: gpu\n", "- name: a\n")
        + "    - name: b\n      exactly: {deviceClassName: gpu, count: 1}\n"
    )
    ran = run("explain", "two.yaml", "-f", "fleet.json", "-f", "classes.yaml")

    assert ran.out.endswith("They are apart: gpu-0 is on numa 0, gpu-1\non 1.\n")


def test_a_fleet_without_devices_is_said_to_be_empty() -> None:
    assert "1 device is wanted on one node; no devices are loaded.\n" in run("explain", "fits.yaml", *WORLD[2:]).out


def test_what_is_short_is_counted_in_devices_of_the_class(folder: Path) -> None:
    other = clusters.slice_(["nic-0"], node="n1", driver="nic.example.com")
    (folder / "other.json").write_text(json.dumps(other))
    ran = run("explain", "never.yaml", *WORLD, "-f", "other.json")

    assert "9 GPUs are wanted on one node; n1 n2 have 2 of class gpu.\n" in ran.out
