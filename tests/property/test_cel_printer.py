"""Laws of parsing and printing CEL, on trees made at random."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.cel.environment import environment_for
from dra_policy.cel.parse import parse
from dra_policy.cel.printer import literal_text, print_expression, print_with_map
from dra_policy.cel.static import analyse
from dra_policy.cel.syntax import Literal, Uint, children
from dra_policy.model import Dialect
from dra_policy.text import Source
from tests.property.effort import examples

NAMES = st.sampled_from(["a", "b", "device", "x1", "_y"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**64 - 1).map(Uint),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.binary(max_size=5),
)
BINARY = st.sampled_from(["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts one level larger; everything in parentheses, so that each tree can be written."""
    enclosed = inner.map(lambda text: f"({text})")
    macro = st.sampled_from(["all", "exists", "exists_one", "filter", "map", "optMap", "optFlatMap"])
    # Kubernetes refuses `sortBy` on a constant, a map and a message.
    sortable = st.one_of(NAMES, inner.map(lambda text: f"[{text}]"), inner.map(lambda text: f"f({text})"))
    return st.one_of(
        st.tuples(enclosed, BINARY, enclosed).map(" ".join),
        st.tuples(inner, BINARY, inner).map(" ".join),
        st.tuples(st.sampled_from(["!", "-", "!!", "--"]), enclosed).map("".join),
        st.tuples(enclosed, enclosed, enclosed).map(lambda parts: f"{parts[0]} ? {parts[1]} : {parts[2]}"),
        st.tuples(enclosed, st.sampled_from([".a", ".?a", ".`a-b`", ".f()", "[0]", "[?0]"])).map("".join),
        st.tuples(enclosed, macro, inner).map(lambda parts: f"{parts[0]}.{parts[1]}(v, {parts[2]})"),
        st.tuples(sortable, inner).map(lambda parts: f"{parts[0]}.sortBy(v, {parts[1]})"),
        st.tuples(enclosed, inner).map(lambda parts: f"{parts[0]}.transformMap(k, v, {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"cel.bind(v, {parts[0]}, {parts[1]})"),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.lists(st.tuples(enclosed, inner), max_size=2).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
        st.lists(inner, max_size=2).map(lambda parts: f"f({', '.join(parts)})"),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, VALUES.map(literal_text)), larger, max_leaves=12)


@given(EXPRESSIONS)
@settings(max_examples=examples(150), deadline=None)
def test_printing_and_parsing_gives_the_same_tree_and_the_same_text(text: str) -> None:
    parsed = parse(Source.of("<input>", text))
    assert parsed.problems == ()
    assert parsed.expression is not None

    printed = print_expression(parsed.expression)
    again = parse(Source.of("<printed>", printed))

    assert again.expression == parsed.expression
    assert again.expression is not None
    assert print_expression(again.expression) == printed


@given(VALUES)
@settings(max_examples=examples(150), deadline=None)
def test_every_constant_survives_printing(value: bool | Uint | float | str | bytes | None) -> None:
    node = parse(Source.of("<input>", literal_text(value))).expression

    assert isinstance(node, Literal)
    assert node.value == value
    assert type(node.value) is type(value)


@given(EXPRESSIONS)
@settings(max_examples=examples(80), deadline=None)
def test_the_map_gives_every_part_of_the_printed_text_a_place_in_the_source(text: str) -> None:
    expression = parse(Source.of("<input>", text)).expression
    assert expression is not None

    printed, where = print_with_map(expression)

    whole = where.locate(0, len(printed))
    assert whole is not None
    assert whole.start == expression.span.start
    assert all(where.locate(place, place + 1) is not None for place in range(len(printed)))


@given(st.one_of(EXPRESSIONS, st.text(max_size=30), st.text("ab.?[]{}()'\"`<>=!&|+-*/%,: 01\n", max_size=30)))
@settings(max_examples=examples(200), deadline=None)
def test_any_text_is_either_typed_or_refused_with_a_place(text: str) -> None:
    source = Source.of("<input>", text)

    analysis = analyse(source, environment_for(Dialect.V1))

    assert all(found.span is not None and found.span.end <= len(text) for found in analysis.diagnostics)
    if analysis.kubernetes_text:
        assert analysis.diagnostics
    else:
        assert analysis.checked is not None
        assert analysis.expression is not None
        pending = [analysis.expression]
        while pending:
            node = pending.pop()
            assert node.id in analysis.checked.types
            pending.extend(children(node))
