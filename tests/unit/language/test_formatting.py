from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.language import parse_policy
from dra_policy.language.formatting import format_policy
from dra_policy.text import Source
from tests.shared_data import PROJECT


def formatted(text: str) -> str:
    """The formatted text, held to the laws: the same tree, the same comments, nothing left to change."""
    file, diagnostics = parse_policy(Source.of("before", text))
    assert not diagnostics
    made = format_policy(file)
    again, diagnostics = parse_policy(Source.of("after", made))
    assert not diagnostics, made
    assert again == file, made
    assert format_policy(again) == made
    assert sorted(_said(each.text) for each in again.comments) == sorted(_said(each.text) for each in file.comments)
    return made


def _said(comment: str) -> str:
    return comment.lstrip("#/")


def test_every_statement_keeps_its_meaning() -> None:
    formatted((PROJECT / "testdata" / "language" / "everything.dra").read_text(encoding="utf-8"))


def test_the_usual_form() -> None:
    config = 'config gpu for gpus {kind:"K",sharing:{strategy:"MPS"}}'
    text = f"""
    # about the driver
    driver gpu='gpu.example.com'{{memory:quantity,type:"a"|"b"}}


    class a from gpu{{where gpu.memory>=1Gi}} // small
    claim c {{request gpus:4 of a where x where y
      request p:1 of b // port
      {config} request f: first of {{big:1 of a, small: 2 of b where z}}where w}}
    """

    assert formatted(text) == (
        "// about the driver\n"
        'driver gpu = "gpu.example.com" {\n'
        "    memory: quantity\n"
        '    type:   "a" | "b"\n'
        "}\n"
        "\n"
        "class a from gpu { where gpu.memory >= 1Gi }  // small\n"
        "claim c {\n"
        "    request gpus: 4 of a\n"
        "        where x\n"
        "        where y\n"
        "    request p:    1 of b  // port\n"
        '    config gpu for gpus { kind: "K", sharing: { strategy: "MPS" } }\n'
        "    request f: first of {\n"
        "        big:   1 of a\n"
        "        small: 2 of b where z\n"
        "    } where w\n"
        "}\n"
    )


def test_the_usual_form_of_pods_and_groups() -> None:
    text = """
    pod trainer "trains"{claim gpus from claim train claim tmp{request gpu:1 of foozer} // scratch
      claim more {request a:1 of x require a.size()==1}
      container main image 'ubuntu:22.04' uses gpus/gpus,tmp limits 1 of nvidia.com/gpu
      init container warm
      require claims.gpus.gpus.size()>1 prefer -node.free.size()}
    group all-of-them:4 of trainer{} group some: 2 of trainer {claim f from claim fabric}
    """

    assert formatted(text) == (
        'pod trainer "trains" {\n'
        "    claim gpus from claim train\n"
        "    claim tmp { request gpu: 1 of foozer }  // scratch\n"
        "    claim more {\n"
        "        request a: 1 of x\n"
        "        require a.size() == 1\n"
        "    }\n"
        '    container main image "ubuntu:22.04" uses gpus/gpus, tmp limits 1 of nvidia.com/gpu\n'
        "    init container warm\n"
        "    require claims.gpus.gpus.size() > 1\n"
        "    prefer -node.free.size()\n"
        "}\n"
        "group all-of-them: 4 of trainer\n"
        "group some: 2 of trainer { claim f from claim fabric }\n"
    )


def test_a_long_condition_has_a_line_for_each_term() -> None:
    terms = [f'gpu.attribute{number} == "a long value {number}"' for number in range(5)]

    assert formatted(f"class a from gpu {{ where {' && '.join(terms)} }}") == (
        "class a from gpu {\n    where " + terms[0] + "".join(f"\n        && {term}" for term in terms[1:]) + "\n}\n"
    )


def test_an_expression_with_a_comment_inside_stays_as_written() -> None:
    text = "class a from gpu {\n    where gpu.a ==   1  // why\n        &&  gpu.b\n}\n"

    assert formatted(text) == text


@pytest.mark.parametrize("name", ["in", "in-band", "where", "shared", "for", "odd name", "and", "inside", "class"])
def test_names_keep_their_quotes_where_they_need_them(name: str) -> None:
    formatted(f'claim c {{ request r: first of {{ a: 1 of "{name}" where x  "{name}": 2 of b take 1 of "{name}" }} }}')


_STATEMENTS = (
    'driver a = "x.y"',
    'driver b = "x.y" { k: int, "odd key!": string, `a b`: "p" | "q" }',
    "let n = [1, 2].map(x, x * (2 + 3))",
    "predicate p(d, n: int) = (d.a.x || !d.a.y) && (n > 1 ? true : (false || true))",
    "class c1 { }",
    'class c2 from a, b extends c1 "text \\" here" { where (x) where a && b || c label k=v }',
    "class c3 { any of c1, c2 }",
    "class c4 { extended resource a.b/c config a { } config b { k: [1, -2.5, { x: null }] m: 'it' } }",
    "claim d1 { request r: at least 2 of c1 tolerate k=v:NoExecute for 1h30m }",
    'claim d2 in ns "why" { request a: all of c1 with admin access request bb: 1 of c2 shared match x.y }',
    "template t { request r: first of { x: 1 of c1 where a.?b == 1 where c } where e distinct q.r }",
    "template u { request r: first of { x: 1 of c1, yy: 2 of c2 take 8Gi of m and 2 of n } require a.b[0] prefer -x }",
    "claim d3 { request a: 1 to 3 of c1 require a.all(x, x.a.y > 2Gi && (true || false)) prefer -a.size() }",
    "quota q in ns { deny admin access }",
    "pod p1 { claim a from claim d1 claim b from template t claim c { request r: 1 of c1 match x.y } }",
    'pod p2 in ns "why" { container m image "i:1" uses a/r, b init container "odd name" limits 3 of x.y/z label k=v }',
    "pod p3 { claim a { request r: first of { x: 1 of c1 } } claim e {} distinct x.y across a/r require c.a.r[0].b }",
    "pod p4 { }",
    "group g1: 4 of p1",
    "group g2 in ns: 2 of p1 { }",
    "group g3: 2 of p1 { claim f from claim d1 match x.y across f, a/r require pods.size() > 1 }",
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(_STATEMENTS), max_size=5), st.data())
def test_formatting_keeps_tree_and_comments(statements: list[str], data: st.DataObject) -> None:
    pieces = [piece for text in statements for piece in re.split(r'(?<=[{}]) (?!.*")', text)]
    text = ""
    for number, piece in enumerate(pieces):
        end = data.draw(st.sampled_from(("\n", " ", "\n\n", f" // note {number}\n", f"\n# note {number}\n")))
        text += piece + end

    formatted(text)
