"""One mistake is one finding, however many stages and uses meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import clusters
from tests.worlds import run

CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: c}
spec: {devices: {requests: [REQUEST]}}
"""


def found(name: str, text: str, command: str = "check") -> list[str]:
    Path(name).write_text(text)
    ran = run(command, name)
    return [line for line in (ran.out + ran.err).splitlines() if line.startswith("DRA")]


@pytest.mark.parametrize(
    ("request_text", "finding"),
    [
        ("{name: a, exactly: 5}", "DRA105 `exactly` takes a mapping, not a number"),
        ("{name: a, exactly: {count: 1}}", "DRA106 request `a` has no `deviceClassName`"),
        ("{name: a, firstAvailable: []}", "DRA106 `firstAvailable` has no alternative"),
        (
            "{name: a, exactly: {deviceClassName: x, selectors: [{}]}}",
            "DRA106 a selector has no `cel.expression`",
        ),
        (
            "{name: a, exactly: {deviceClassName: x, selectors: [{cel: 5}]}}",
            "DRA105 `cel` takes a mapping, not a number",
        ),
        (
            "{name: a, exactly: {deviceClassName: x, selectors: [{cel: {expression: 5}}]}}",
            "DRA105 `expression` takes a text, not a number",
        ),
    ],
)
def test_a_wrong_part_of_a_request_is_told_once(request_text: str, finding: str) -> None:
    assert found("claim.yaml", CLAIM.replace("REQUEST", request_text)) == [finding]


def test_what_has_no_name_is_not_named() -> None:
    text = CLAIM.replace("{name: c}", "{}").replace("REQUEST", "{exactly: {count: 1}}")

    assert found("claim.yaml", f"{text}---\n{text}") == [
        *("DRA106 ResourceClaim has no `name`", "DRA106 a request has no `name`"),
        "DRA106 the request has no `deviceClassName`",
        *("DRA106 ResourceClaim has no `name`", "DRA106 a request has no `name`"),
        "DRA106 the request has no `deviceClassName`",
    ]
    assert run("explain", "claim.yaml").out.startswith("BAD INPUT  claim default/(no name) ")


@pytest.mark.parametrize("command", ["check", "compile"])
def test_a_wrong_let_is_told_once_and_not_again_where_it_is_used(command: str) -> None:
    lets = 'let x = 1 + "a"\nlet y = nope + 1\n'
    uses = "class k { where x == 1 && x == 2 }\nclass l { where x == 3 || y == 1 }\nclass m { where y == 2 }\n"

    assert sorted(found("p.dra", lets + uses, command)) == [
        "DRA303 `nope` is not declared",
        "DRA305 found no matching overload for '_+_' applied to '(int, string)'",
    ]


@pytest.mark.parametrize(("written", "meant"), [("=>", ">="), ("=<", "<=")])
def test_an_ordering_written_the_other_way_round_is_known(written: str, meant: str, folder: Path) -> None:
    expression = f"size(device.driver) {written} 1"
    shown = run("eval", expression, "-f", "fleet.json").err
    (folder / "p.dra").write_text(f"class k {{ where {expression} }}\n")

    assert f"DRA203 `{written}` is no operator" in shown
    assert f"hint: write `{meant}`" in shown
    assert f"hint: write `{meant}`" in run("check", "p.dra").out


def test_a_shorthand_that_stands_for_two_reads_is_told_once(folder: Path) -> None:
    Path("fleet.json").write_text(json.dumps(clusters.slice_([clusters.device("d", model="x")])))
    Path("p.dra").write_text('driver gpu = "d.io"\n')
    ran = run("eval", "gpu.?nvlink == 4", "-f", "fleet.json", "--policy", "p.dra")

    assert [line for line in ran.err.splitlines() if line.startswith("DRA")] == [
        "DRA301 warning: no driver publishes attribute `nvlink` of `d.io`"
    ]


def test_what_could_not_be_read_is_told_where_it_is_asked_for(folder: Path) -> None:
    Path("g.dra").write_text(
        'driver gpu = "d.io"\nclass gpu from gpu {}\npod one { claim a { request g: 1 of gpu } container c uses a }\n'
        "group s: 1000000000 of one {}\n"
    )

    ran = run("explain", "group/s", "-f", "g.dra")

    assert ran.code == 2
    assert [line for line in ran.err.splitlines() if line.startswith(("DRA", "  hint"))] == [
        "DRA105 a group of 1,000,000,000 pods",
        "  hint: a group has at most 10,000 pods: they are placed in one search",
        "DRA111 there is no group `s`",
        "  hint: no group is loaded; a file is given by its path, the world by -f",
    ]
