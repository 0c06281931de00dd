"""The other commands: eval, get, check, schedule, compile, gen, batch, repl."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dra_policy.generate import SHAPES
from dra_policy.model import Dialect
from tests.worlds import DRIVER, FITS, NEVER, run

WORLD = ("-f", "fleet.json", "-f", "classes.yaml")
POLICY = f"""\
driver gpu = "{DRIVER}"

class b from gpu {{ where gpu.model == "B" }}

claim two {{ request g: 2 of b }}
"""


def test_eval_says_which_devices_match_and_what_the_others_have() -> None:
    ran = run("eval", f'device.attributes["{DRIVER}"].model == "B"', *WORLD)
    rest = 'not matched, because it must be\n  model is "B"  2 fail  have "A" (2)\n'

    assert ran == (0, f"2 of 4 devices on 1 node\n  n2: gpu-0,1\n{rest}", "")


def test_eval_without_a_match_is_no_failure_unless_asked() -> None:
    assert run("eval", "false", *WORLD).code == 0
    assert run("eval", "false", *WORLD, "--fail").code == 1
    assert run("eval", "true", *WORLD, "--fail").code == 0


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "DRA203 the expression is empty"),
        ("device.driver == gpu.example.com", "DRA305 undeclared reference to 'gpu'"),
        ("device.driver == 'gpu", "DRA203 the string that begins here has no closing `'`"),
        ("device.driver", "DRA307 "),
        ("device.driver == 1", "DRA304 "),
        ("device.drvier == 'x'", "DRA305 "),
        ("device.driver ==", "DRA203 the expression ends after `==`"),
        ("(" * 5000, "DRA203 "),
        ("class/gup", "DRA110 device class `gup` does not exist\n  hint: did you mean `gpu`?"),
    ],
)
def test_an_expression_that_does_not_compile_ends_with_2(expression: str, message: str) -> None:
    ran = run("eval", expression, *WORLD)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(message)


def test_eval_takes_a_class_and_a_file_of_expressions(folder: Path) -> None:
    (folder / "e.txt").write_text("# all\ntrue\n\n// none\nfalse\n")

    assert run("eval", "class/gpu", *WORLD).out.startswith("4 of 4 devices on 2 nodes\n")
    assert run("eval", "--file", "e.txt", *WORLD).out.startswith(
        "true\n4 of 4 devices on 2 nodes\n  n1 n2: gpu-0,1\nfalse\n0 of"
    )
    document = json.loads(run("eval", "--file", "e.txt", *WORLD, "-o", "json").out)
    assert [each["devices"] for each in document["items"]] == [4, 0]
    names = run("eval", "--file", "e.txt", *WORLD, "-o", "name").out.splitlines()
    assert names == ["# true", "n1/gpu-0", "n1/gpu-1", "n2/gpu-0", "n2/gpu-1", "# false"]


def test_eval_of_a_file_shows_what_does_not_compile_among_the_rest(folder: Path) -> None:
    (folder / "e.txt").write_text("true\nnope\n")

    ran = run("eval", "--file", "e.txt", *WORLD, "-o", "json")

    assert ran.code == 2
    first, second = json.loads(ran.out)["items"]
    assert first["devices"] == 4
    assert second["expression"] == "nope"
    assert "undeclared reference to 'nope'" in second["error"]


@pytest.mark.usefixtures("folder")
def test_eval_names_an_unknown_file() -> None:
    assert run("eval", "--file", "nosuch", *WORLD).err == "DRA101 `nosuch` cannot be read: no such file or directory\n"


def test_eval_uses_the_short_names_of_policies(folder: Path) -> None:
    (folder / "p.dra").write_text(f'driver gpu = "{DRIVER}"\n')

    assert run("eval", 'gpu.model == "A"', *WORLD, "--policy", "p.dra").out.startswith("2 of 4 devices on 1 node\n")


@pytest.mark.parametrize("kind", ["devices", "nodes", "classes", "claims"])
def test_get_lists_a_kind_in_every_form(kind: str) -> None:
    document = json.loads(run("get", kind, "-f", ".", "-o", "json").out)
    names = run("get", kind, "-f", ".", "-o", "name").out.splitlines()
    table = run("get", kind, "-f", ".").out.splitlines()

    assert document["kind"] == "Listing"
    assert document["of"] == kind
    assert len(document["items"]) == len(names) == len(table) - 1 > 0


def test_get_says_that_there_is_nothing() -> None:
    assert run("get", "claims", *WORLD) == (0, "", "no claims found\n")
    assert json.loads(run("get", "claims", *WORLD, "-o", "json").out)["items"] == []
    assert run("get", "claims", *WORLD, "-o", "name").out == ""


def test_a_request_without_a_class_is_one_finding(folder: Path) -> None:
    (folder / "fits.yaml").write_text(FITS.replace("deviceClassName: gpu, ", ""))
    ran = run("check", "fits.yaml", "-f", "classes.yaml")

    assert ran.code == 2
    assert [line for line in ran.out.splitlines() if line.startswith("DRA")] == [
        "DRA106 request `gpu` has no `deviceClassName`"
    ]


def test_a_policy_in_utf_16_is_told_or_read(folder: Path) -> None:
    text = 'driver gpu = "gpu.example.com"\nclass big from gpu {}\n'
    (folder / "without.dra").write_bytes(text.encode("utf-16-le"))
    (folder / "with.dra").write_bytes(text.encode("utf-16"))

    message = "DRA101 `without.dra` cannot be read: not UTF-8 (looks like UTF-16)\n"
    assert run("compile", "without.dra") == (2, "", message)
    assert run("compile", "with.dra").code == 0


def test_check_is_0_without_findings_1_with_warnings_2_with_errors(folder: Path) -> None:
    looked_at = "1 class, 3 claims, 1 pod, 2 slices with 1 expression checked, at most 4 of 1,000,000 cost units"
    assert run("check", "-f", ".") == (0, f"no findings: {looked_at}\n", "")
    (folder / "w.yaml").write_text(NEVER.replace("count: 9", "cuont: 9"))
    warned = run("check", "w.yaml", *WORLD)
    assert warned.code == 1
    assert "did you mean `count`?" in warned.out
    assert run("check", "w.yaml", *WORLD, "--fail-on", "error").code == 0
    assert run("check", "w.yaml", *WORLD, "--exit-zero").code == 0
    (folder / "e.yaml").write_text(NEVER.replace("count: 9", "count: [9]"))
    assert run("check", "e.yaml", *WORLD).code == 2
    document = json.loads(run("check", "e.yaml", *WORLD, "-o", "json").out)
    assert (document["kind"], document["errors"]) == ("CheckReport", 1)
    assert document["findings"][0]["span"]["file"] == "e.yaml"
    assert run("check", "e.yaml", *WORLD, "-o", "github").out.startswith("::error file=e.yaml,line=8,col=")


def test_check_tells_a_limit_of_a_class_that_does_not_exist(folder: Path) -> None:
    hard = "{gpo.deviceclass.resource.k8s.io/devices: 1, gpu.deviceclass.resource.k8s.io/devices: 1}"
    text = f"apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: team}}\nspec: {{hard: {hard}}}\n"
    (folder / "quota.yaml").write_text(text)
    ran = run("check", "quota.yaml", "-f", "classes.yaml")

    assert (ran.code, ran.out.splitlines()) == (
        1,
        [
            "DRA110 warning: device class `gpo` does not exist: nothing comes under the limit",
            "  --> quota.yaml:4:15",
            "    4 | spec: {hard: {gpo.deviceclass.resource.k8s.io/devices: 1, gpu.deviceclass.resource.k8s.io/d…",
            "      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "  hint: did you mean `gpu`?",
            "1 warning: 1 quota checked",
        ],
    )
    assert run("check", "quota.yaml").out == "no findings: 1 quota checked\n"


def test_schedule_prints_the_objects_with_their_status() -> None:
    ran = run("schedule", "pod.yaml", *WORLD, "-o", "json")

    assert ran.code == 0
    claim, pod = json.loads(ran.out)["items"]
    assert pod["spec"]["nodeName"] == "n1"
    results = claim["status"]["allocation"]["devices"]["results"]
    assert [each["device"] for each in results] == ["gpu-0", "gpu-1"]
    assert claim["status"]["reservedFor"][0]["name"] == "web"


def test_schedule_takes_claims_of_the_world_by_name() -> None:
    ran = run("schedule", "claim/one", "-f", "fits.yaml", *WORLD, "-o", "table")

    assert (ran.code, ran.out.split()[:3]) == (0, ["✓", "resourceclaim", "team/one"])
    assert run("schedule", "pod/one", "-f", "fits.yaml", *WORLD).err.startswith("DRA111 there is no pod `one`")


def test_schedule_takes_a_preference_that_begins_with_a_dash() -> None:
    for flag in (("--prefer", "-node.free.size()"), ("--prefer=-node.free.size()",)):
        assert run("schedule", "fits.yaml", *WORLD, "-o", "table", *flag).out.endswith("; proved best\n")
    ran = run("schedule", "fits.yaml", *WORLD, "--prefer", "-o", "table")

    assert (ran.code, ran.err.splitlines()[0]) == (2, "drapolicy schedule: argument --prefer: expected one argument")


@pytest.mark.parametrize("output", ["table", "json", "yaml"])
def test_schedule_tells_a_preference_that_is_an_error_once_with_its_cause(folder: Path, output: str) -> None:
    (folder / "p.dra").write_text(f'driver gpu = "{DRIVER}"\nclaim c {{ request g: 1 of gpu prefer g[0].gpu.mistake }}')
    ran = run("schedule", "p.dra", *WORLD, "-o", output)
    told = "the preference at p.dra:2 is an error: gpu-0: no such key: mistake"

    assert ran.code == 0
    assert (ran.out if output == "table" else ran.err).count("no such key") == 1
    assert told in (ran.out if output == "table" else ran.err)


def test_schedule_says_what_does_not_fit() -> None:
    ran = run("schedule", "never.yaml", "fits.yaml", *WORLD, "-o", "table")

    assert ran.code == 1
    assert ran.out == (
        "✗ resourceclaim team/nine  no node serves its claims; `drapolicy explain` says why\n"
        "✓ resourceclaim team/one  n1: gpu-0\n"
    )
    assert run("schedule", "fleet.json", *WORLD) == (
        2,
        "",
        "nothing to schedule: no pod or claim that asks for devices\n",
    )


def test_compile_writes_manifests(folder: Path) -> None:
    (folder / "p.dra").write_text(POLICY)
    ran = run("compile", "p.dra")

    assert ran.code == 0
    assert ran.out.count("apiVersion: resource.k8s.io/v1\n") == 2
    (folder / "compiled.yaml").write_text(ran.out)
    for policy in ("p.dra", "compiled.yaml"):
        assert run("explain", policy, *WORLD, "-q").out == "FITS  default/two  n2: gpu-0,1  DRA500\n"
    assert run("compile", "nosuch.dra").err == "DRA101 `nosuch.dra` cannot be read: no such file or directory\n"
    assert run("compile", "-", stdin="clam x {}").code == 2
    assert run("compile", "p.dra", "--kubernetes", "1.34").code == 0
    assert run("compile", "p.dra", "--kubernetes", "1.2").err.startswith("DRA105 no Kubernetes version `1.2`")


@pytest.mark.parametrize("shape", [name for name in SHAPES if not name.startswith("foozer-4000")])
@pytest.mark.parametrize("dialect", [each.value for each in Dialect])
def test_what_gen_writes_can_be_listed(shape: str, dialect: str, folder: Path) -> None:
    made = run("gen", shape, "--nodes", "1", "--dialect", dialect, "-o", "json")
    if made.code == 2:
        assert made.err.startswith("DRA")
        return
    (folder / "made.json").write_text(made.out)
    ran = run("get", "devices", "-f", "made.json", "-o", "name")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out


def test_gen_and_explain_make_a_round(folder: Path) -> None:
    (folder / "made.yaml").write_text(run("gen", "gpu-nic-8", "--nodes", "2").out)
    name = run("get", "classes", "-f", "made.yaml", "-o", "name").out.splitlines()[0]
    (folder / "c.yaml").write_text(NEVER.replace("deviceClassName: gpu", f"deviceClassName: {name}"))

    assert run("explain", "c.yaml", "-f", "made.yaml").code == 1
    (folder / "c.yaml").write_text(
        NEVER.replace("deviceClassName: gpu, count: 9", f"deviceClassName: {name}, count: 8")
    )
    assert run("explain", "c.yaml", "-f", "made.yaml").code == 0


def test_gen_is_the_same_for_the_same_seed() -> None:
    assert run("gen", "gpu-nic-8", "--seed", "3").out == run("gen", "gpu-nic-8", "--seed", "3").out


def test_batch_answers_each_line_in_order() -> None:
    device = {"name": "d", "attributes": {f"{DRIVER}/model": {"string": "A"}}}
    expression = f'device.attributes["{DRIVER}"].model == "A"'
    lines = [
        json.dumps({"id": 1, "expression": expression, "driver": DRIVER, "device": device}),
        "no json",
        "",
        json.dumps([1]),
        json.dumps({"id": 2, "expression": "device.driver ==", "driver": DRIVER, "device": device}),
        json.dumps({"id": 3}),
    ]
    ran = run("batch", "cel", stdin="\n".join(lines))
    answers = [json.loads(line) for line in ran.out.splitlines()]

    assert ran.code == 2
    assert answers[0]["result"] is True
    assert answers[0]["outputType"] == "bool"
    assert [each.get("line") for each in answers] == [None, 2, 4, None, 6]
    assert answers[2]["invalid"] == "a JSON object is wanted, this is list"
    assert "compileError" in answers[3]
    assert run("batch", "cel", stdin=lines[0]).code == 0


def test_batch_offers_only_what_it_uses() -> None:
    help_text = run("batch", "--help").out

    for flag in ("--filename", "--policy", "--config", "--namespace", "--dialect"):
        assert flag not in help_text
        assert run("batch", "cel", flag, "x").code == 2
    assert run("batch", "cel", "--steps", "3").err.startswith("drapolicy batch: --feature-gate and --steps go with")


def test_batch_says_that_a_version_does_not_count_for_the_prototype() -> None:
    lines = [json.dumps({"driverName": "d", "attributes": [], "expression": "true"})] * 2
    told = (
        "DRA128 warning: --kubernetes 1.34 does not count for lines with `driverName`: dra-evolution is one version\n"
    )

    assert run("batch", "cel", "--kubernetes", "1.34", stdin="\n".join(lines)).err == told
    assert run("batch", "cel", stdin="\n".join(lines)).err == ""
    assert run("batch", "cel", "--kubernetes", "1.34", stdin='{"expression": "true"}').err == ""


def test_batch_allocate_answers_for_every_node() -> None:
    world = json.loads(Path("fleet.json").read_text())["items"]
    request = {"name": "g", "exactly": {"deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 2}}
    claim = {"metadata": {"name": "c"}, "spec": {"devices": {"requests": [request]}}}
    gpu = {"metadata": {"name": "gpu"}, "spec": {}}
    nodes = [{"metadata": {"name": name}} for name in ("n1", "n2", "n3")]
    case = {"name": "x", "nodes": nodes, "classes": [gpu], "slices": world, "claims": [claim]}
    ran = run("batch", "allocate", stdin=json.dumps(case))
    answer = json.loads(ran.out)

    assert (ran.code, answer["name"], answer["outcome"]) == (0, "x", "allocated")
    assert [each["allocated"] for each in answer["nodes"]] == [True, True, False]
    assert "gpu-1" in str(answer["nodes"][1]["devices"])
    assert run("batch", "allocate", stdin="{}").code == 2


def test_repl_runs_commands_scripts_and_standard_input(folder: Path) -> None:
    (folder / "script.txt").write_text("true && (\n  true)\n:quit\nfalse\n")

    assert run("repl", *WORLD, "-c", "true").out == "4 of 4 devices on 2 nodes\n  n1 n2: gpu-0,1\n"
    assert run("repl", *WORLD, "script.txt").out.count("devices on") == 1
    assert run("repl", *WORLD, stdin="true\n").out == run("repl", *WORLD, "-c", "true").out
    assert run("repl", *WORLD, "-c", ":nosuch").code == 2
    assert run("repl", *WORLD, "nosuch.txt").code == 2
    all_devices = run("repl", *WORLD, "-c", "true").out
    assert run("repl", *WORLD, stdin="true\n(\n") == (
        2,
        f"{all_devices}DRA202 `(` is never closed\n  --> <stdin>:2:1\n    2 | (\n      | ^\n",
        "",
    )


def test_repl_loads_manifests_and_policies_and_runs_any_other_file(folder: Path) -> None:
    (folder / "script.txt").write_text(":nodes\n")
    (folder / "d.dra").write_text(f'driver gpu = "{DRIVER}"\n')

    assert run("repl", "fleet.json", "-c", ":nodes").out == run("repl", "-f", "fleet.json", "script.txt").out
    assert run("repl", "fleet.json", "d.dra", "-c", 'gpu.model == "A"').out.startswith("2 of 4 devices")
    assert run("repl", ".", "script.txt").out == run("repl", "fleet.json", "script.txt").out
    for arguments in (("script.txt", "-c", ":nodes"), ("script.txt", "other.txt")):
        ran = run("repl", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("drapolicy repl: one script or -c is wanted, not both: script.txt")


def test_each_command_of_repl_is_an_input_of_its_own() -> None:
    ran = run("repl", *WORLD, "-c", "foo(", "-c", ":classes", "-c", ":quit", "-c", ":nodes")

    assert ran.code == 2
    assert ran.out.startswith("DRA202 `(` is never closed\n  --> -c:1:4\n    1 | foo(\n      |    ^\nCLASS ")
    assert "NODE" not in ran.out


def test_places_in_a_script_are_its_own(folder: Path) -> None:
    script = [
        "// two blank lines follow",
        "",
        "",
        f'driver gpu = "{DRIVER}"',
        "class big from gpu {",
        '    where gpu.model == "A" && gpu.modle == 4',
        "}",
        "claim c { request g: 9 of gpu.example.com }",
        "foo(",
        ":nodes",
        "  gpu.model == 1 +",
    ]
    ran = run("repl", *WORLD, stdin="\n".join(script))

    assert "  --> <stdin>:9:4\n    9 | foo(\n      |    ^\n" in ran.out
    assert "  --> <stdin>:11:19\n   11 |   gpu.model == 1 +\n" in ran.out
    assert "<session>" not in ran.out


def test_eval_places_mistakes_in_the_file_of_expressions(folder: Path) -> None:
    (folder / "ex.txt").write_text("# first\ntrue\n\n  device.driver ==\n40Gi > 30Gi\n  device.drivr == 40Gi\n")
    ran = run("eval", "--file", "ex.txt", *WORLD)

    assert ran.code == 2
    assert "  --> ex.txt:4:17\n    4 |   device.driver ==\n" in ran.err
    assert "  --> ex.txt:6:21\n" in ran.err


def test_each_compiled_object_names_the_line_that_declares_it(folder: Path) -> None:
    (folder / "p.dra").write_text('driver gpu = "gpu.example.com"\n\nclass a from gpu {}\nclass b from gpu {}\n')
    ran = run("compile", "p.dra")

    assert [line for line in ran.out.splitlines() if line.startswith(("#", "---"))] == [
        "# from p.dra:3",
        "---",
        "# from p.dra:4",
    ]
    assert '"kind": "List"' in run("compile", "p.dra", "-o", "json").out


def test_compile_tells_mistakes_in_the_order_of_the_files(folder: Path) -> None:
    (folder / "a.dra").write_text(
        "claim c { request g: 1 of gpu.example.com where nosuch == 1 }\nlet y = other\nclass d from nowhere {}\n"
    )
    (folder / "b.dra").write_text("class e { where device.driver.nosuch() }\nlet z = also\n")
    places = [line.split()[1] for line in run("compile", "a.dra", "b.dra").err.splitlines() if "-->" in line]

    assert places == ["a.dra:1:49", "a.dra:2:9", "a.dra:3:14", "b.dra:1:31", "b.dra:2:9"]


@pytest.mark.parametrize(
    "words", ["devices device", "nodes node no", "classes class deviceclass", "claims claim resourceclaims"]
)
def test_get_knows_the_words_of_kubectl(words: str) -> None:
    name, *others = words.split()
    listed = run("get", name, "-f", ".").out

    assert listed
    assert [run("get", other, "-f", ".").out for other in others] == [listed] * len(others)
    assert run("get", "gadgets", "-f", ".").err.startswith(
        "drapolicy get: argument KIND: no list `gadgets`; there are dev"
    )


def test_nothing_far_away_is_suggested() -> None:
    assert run("check", "--frobnicate").err.endswith("hint: `drapolicy check --help` shows what there is\n")
    assert run("check", "--polcy", "x").err.endswith("hint: did you mean `--policy`?\n")
    assert (
        run("help", "DRA999").err
        == "drapolicy help: no code or command `DRA999`; `drapolicy help codes` lists the codes\n"
    )
    assert run("help", "explian").err.endswith("did you mean `explain`?\n")
