"""A second opinion: where cel-python follows the specification, it gives what our evaluator gives.

Left out is what cel-python is known to do otherwise: numbers of different types, operands of logic that are no bools,
optional values, extensions, methods of computed strings, negative indexes, and parts of seconds.
"""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dra_policy.cel.second_opinion import second_opinion
from dra_policy.values import JsonValue
from tests.property.effort import examples
from tests.unit.cel.evaluation import value

INT = st.sampled_from(("0", "1", "2", "7", "-3", "x", "m.a", "m['b']", "9223372036854775807"))
INDEX = st.sampled_from(("0", "1", "x", "m.a"))
STRING = st.sampled_from(("''", "'a'", "'abc'", "'é'", "s", "'b'"))
BOOL = st.sampled_from(("true", "false", "b"))
INTS = st.sampled_from(("[1, 2, 3]", "[]", "l", "[7]"))


def joined(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: template.format(*found))


def integers(inner: st.SearchStrategy[str], texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        INT,
        *(joined(f"({{}} {operator} {{}})", inner, inner) for operator in ("+", "-", "*", "/", "%")),
        joined("size({})", texts),
        joined("size({})", INTS),
        joined("{}[{}]", INTS, INDEX),
    )


def conditions(
    inner: st.SearchStrategy[str], numbers: st.SearchStrategy[str], texts: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.one_of(
        BOOL,
        *(
            joined(f"({{}} {operator} {{}})", kind, kind)
            for operator in ("==", "!=", "<", "<=", ">", ">=")
            for kind in (numbers, texts)
        ),
        *(joined(f"{{}}.{name}({{}})", STRING, STRING) for name in ("startsWith", "endsWith", "contains")),
        joined("({} && {})", inner, inner),
        joined("({} || {})", inner, inner),
        joined("!{}", inner),
        joined("({} ? {} : {})", inner, inner, inner),
        joined("({} in {})", numbers, INTS),
        joined("{}.exists(i, i > {})", INTS, numbers),
        joined("{}.all(i, i != {})", INTS, numbers),
        joined("{}.exists_one(i, i == {})", INTS, INT),
        joined("({}.map(i, i + 1) == {})", INTS, INTS),
        joined("({}.filter(i, i > 1) == {})", INTS, INTS),
        st.sampled_from(("has(m.a)", "has(m.c)", "'a' in m", "s.matches('a+')", "string(x) == '5'", "int('12') == 12")),
    )


def expressions() -> st.SearchStrategy[str]:
    texts = st.one_of(STRING, joined("({} + {})", STRING, STRING))
    numbers = integers(integers(INT, texts), texts)
    return st.recursive(BOOL, lambda inner: conditions(inner, numbers, texts), max_leaves=6)


VARIABLES: dict[str, JsonValue] = {"x": 5, "s": "bar", "b": False, "l": [3, 1, 2], "m": {"a": 1, "b": -2}}


def our_opinion(text: str) -> object:
    from dra_policy.cel.data import MapValue

    found = value(text, {**VARIABLES, "m": MapValue.of([("a", 1), ("b", -2)])})
    return found if isinstance(found, bool) else "error"


@given(text=expressions())
@settings(max_examples=examples(300), deadline=None)
def test_cel_python_agrees(text: str) -> None:
    theirs = second_opinion(text, VARIABLES)
    assume(theirs is not None)

    assert our_opinion(text) == theirs, text
