"""The canonical text of a tree, and the map from it to the tree's source."""

from __future__ import annotations

import pytest

from dra_policy.cel.parse import parse
from dra_policy.cel.printer import print_expression, print_with_map
from dra_policy.cel.syntax import Expression
from dra_policy.record import replace
from dra_policy.text import Source
from tests.shared_data import shared_lines


def tree(text: str) -> Expression:
    parsed = parse(Source.of("<input>", text))
    assert parsed.expression is not None, text
    return parsed.expression


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a||b&&c", "a || b && c"),
        ("(a||b)&&c", "(a || b) && c"),
        ("a||(b||c)", "a || (b || c)"),
        ("((a||b)||(c||d))", "a || b || c || d"),
        ("a-(b-c)-d", "a - (b - c) - d"),
        ("(a?b:c)?d:(e?f:g)", "(a ? b : c) ? d : e ? f : g"),
        ("-(5)", "-(5)"),
        ("-5.size()", "(-5).size()"),
        ("-(5).size()", "-(5.size())"),
        ("-(5.0).all(v, v)", "-(5.0.all(v, v))"),
        ("-(5).optMap(v, v)[0]", "-(5.optMap(v, v)[0])"),
        ("-[5].map(v, v)", "-[5].map(v, v)"),
        ("-x.y", "-x.y"),
        ("(-x).y", "(-x).y"),
        ("!(a&&b)", "!(a && b)"),
        ("'it\\'s \"x\"\\n\\x00é'", '"it\'s \\"x\\"\\n\\x00é"'),
        ("b'\\xff\\x00a'", 'b"\\xff\\x00a"'),
        ("1.0e10 + 1e-7", "10000000000.0 + 1e-07"),
        ("5u", "5u"),
        ("a.`b-c`[?'d'].?e", 'a.`b-c`[?"d"].?e'),
        ("{?'a':1,'b':[?x,2,]}", '{?"a": 1, "b": [?x, 2]}'),
        ("a.b{c:1,?d:2}", "a.b{c: 1, ?d: 2}"),
        ("has(a . b)", "has(a.b)"),
        ("x.filter(a,a>1)", "x.filter(a, a > 1)"),
        ("x.map(a,a>1,a)", "x.map(a, a > 1, a)"),
        ("x.existsOne(i,v,i==v)", "x.existsOne(i, v, i == v)"),
        ("x.transformMapEntry(k,v,v>1,{v:k})", "x.transformMapEntry(k, v, v > 1, {v: k})"),
        ("x.optFlatMap(a,a.?b).orValue(1)", "x.optFlatMap(a, a.?b).orValue(1)"),
        ("[2,1].sortBy(e,-e)[0]", "[2, 1].sortBy(e, -e)[0]"),
        ("cel.bind(a,1,cel.bind(b,a,a+b))", "cel.bind(a, 1, cel.bind(b, a, a + b))"),
    ],
)
def test_the_canonical_text_is_short_and_parses_to_the_same_tree(text: str, printed: str) -> None:
    assert print_expression(tree(text)) == printed
    assert tree(printed) == tree(text)


def test_every_recorded_expression_prints_to_text_that_parses_to_the_same_tree() -> None:
    texts = {record["expression"] for record in shared_lines("conformance/cel/dra_cel.jsonl")}
    texts |= {record["expr"] for record in shared_lines("conformance/cel/celspec.jsonl")}
    trees = [(text, parse(Source.of("<input>", text)).expression) for text in sorted(texts)]
    wrong = [text for text, node in trees if node is not None and tree(print_expression(node)) != node]

    assert wrong == []


def test_a_loop_prints_as_it_is_now_not_as_it_was_written() -> None:
    node = tree("x.all(a, a > 1)")
    changed = replace(node, iteration_range=tree("y"))

    assert print_expression(changed) == "y.all(a, a > 1)"


def test_the_map_leads_from_the_printed_text_to_the_source() -> None:
    source = Source.of("claim.dra", "request where  gpu.memory>=floor && has(gpu.ecc)")
    inner = parse(Source.of("<input>", " " * 15 + source.text[15:])).expression
    assert inner is not None

    printed, where = print_with_map(inner)

    start = printed.index("gpu.ecc")
    span = where.locate(start, start + len("gpu"))
    assert printed == "gpu.memory >= floor && has(gpu.ecc)"
    assert span is not None
    assert source.text[span.start : span.end] == "gpu"
    whole = where.locate(0, len(printed))
    assert whole is not None
    assert source.text[whole.start : whole.end] == "gpu.memory>=floor && has(gpu.ecc)"
    assert where.locate(len(printed), len(printed) + 1) is None
