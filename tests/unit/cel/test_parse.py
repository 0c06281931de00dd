"""From text to tree: literals, precedence, spans, macros, limits, and what is said about text that is no CEL."""

from __future__ import annotations

import pytest

from dra_policy.cel.macros import BLOCK_MACROS
from dra_policy.cel.parse import parse
from dra_policy.cel.printer import print_expression
from dra_policy.cel.problems import diagnostics, kubernetes_text
from dra_policy.cel.syntax import Call, Comprehension, Expression, Ident, Literal, Select, Uint, kubernetes_point
from dra_policy.cel.syntax_options import SyntaxOptions
from dra_policy.text import Diagnostic, Source


def tree(text: str) -> Expression:
    parsed = parse(Source.of("<input>", text))
    assert parsed.problems == ()
    assert parsed.expression is not None
    return parsed.expression


def said_of(text: str) -> tuple[tuple[Diagnostic, ...], str]:
    """Our words and Kubernetes' about a text that is no CEL."""
    parsed = parse(Source.of("<input>", text))
    assert (parsed.expression is None) is bool(parsed.problems)
    return diagnostics(parsed.problems), kubernetes_text(text, parsed.problems)


def grouped(text: str) -> str:
    """The tree with all its parentheses."""

    def show(node: Expression) -> str:
        match node:
            case Call(function="_?_:_", arguments=(condition, yes, no)):
                return f"({show(condition)}?{show(yes)}:{show(no)})"
            case Call(target=None, arguments=(left, right)):
                return f"({show(left)}{node.function.strip('_@')}{show(right)})"
            case Call(target=None, arguments=(operand,)):
                return f"({node.function[0]}{show(operand)})"
            case _:
                return node.span.text

    return show(tree(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0x1F", 31),
        ("-9223372036854775808", -(2**63)),
        ("- 5", -5),
        ("7u", Uint(7)),
        ("0xFFU", Uint(255)),
        ("1.5", 1.5),
        (".5e1", 5.0),
        ("1e3", 1000.0),
        ("-0.25", -0.25),
        ("true", True),
        ("null", None),
        ("'a\"b'", 'a"b'),
        (r'"\u00e9\x41\101\n\`\?"', "éAA\n`?"),
        (r'r"\d"', r"\d"),
        ("R'''a\n'b'''", "a\n'b"),
        ('"""a"b\n"""', 'a"b\n'),
        ('""', ""),
        ("'a' // comment", "a"),
        (r'b"\xff\377é"', b"\xff\xff\xc3\xa9"),
        (r"bR'\x'", rb"\x"),
    ],
)
def test_constants_have_the_values_of_cel_spec(text: str, value: object) -> None:
    node = tree(text)

    assert isinstance(node, Literal)
    assert node.value == value
    assert type(node.value) is type(value)


@pytest.mark.parametrize(
    ("text", "grouping"),
    [
        ("a || b && c == d + e * -f", "(a||(b&&(c==(d+(e*(-f))))))"),
        ("a - b - c", "((a-b)-c)"),
        ("a == b != c", "((a==b)!=c)"),
        ("a ? b : c ? d : e", "(a?b:(c?d:e))"),
        ("a && b && c && d", "((a&&b)&&(c&&d))"),
        ("(a + b) * c", "((a+b)*c)"),
        ("a in b && !c", "((ainb)&&(!c))"),
        ("a-1", "(a-1)"),
        ("a - -1", "(a--1)"),
    ],
)
def test_operators_bind_as_in_cel_spec(text: str, grouping: str) -> None:
    assert grouped(text) == grouping


def test_a_sign_belongs_to_the_number_but_not_to_a_name() -> None:
    number, name = tree("-1.size()"), tree("-x.size()")

    assert isinstance(number, Call)
    assert number.function == "size"
    assert isinstance(name, Call)
    assert name.function == "-_"


def test_pairs_of_signs_cancel_out() -> None:
    assert tree("!!x") == tree("x")
    assert tree("--x") == tree("x")
    assert tree("---x") == tree("-x")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("--5", "5"),
        ("- // a comment\n -5", "5"),
        ("--5.f()", "5.f()"),
        ("---5[0].a", "-(5[0].a)"),
        ("!-5", "!(-5)"),
        ("-f(-5)", "-(f(-5))"),
        ("-[-5]", "-([-5])"),
        ("1 - -5.f()", "1 - (-5).f()"),
        ("1---5", "1 - 5"),
    ],
)
def test_only_a_minus_with_no_other_before_it_is_a_number_s_sign(text: str, same: str) -> None:
    assert tree(text) == tree(same)


def test_nodes_know_where_they_stand_and_where_kubernetes_points() -> None:
    node = tree("  (device . attributes)['a'].?x == f(1)")
    assert isinstance(node, Call)
    selected, call = node.arguments
    assert isinstance(selected, Select)
    assert isinstance(call, Call)

    assert node.span.text == "(device . attributes)['a'].?x == f(1)"
    assert selected.span.text == "(device . attributes)['a'].?x"
    assert selected.member_span.text == "x"
    assert selected.span.source.text[kubernetes_point(selected)] == "."
    assert node.span.source.text[kubernetes_point(node)] == "="
    assert node.span.source.text[kubernetes_point(call)] == "("


def test_a_macro_keeps_the_call_as_it_was_written() -> None:
    node = tree("[1, 2].all(x, x > 0)")

    assert isinstance(node, Comprehension)
    assert node.macro is not None
    assert node.macro.span.text == "[1, 2].all(x, x > 0)"
    assert node.accumulator == "@result"
    assert [argument.span.text for argument in node.macro.arguments] == ["x", "x > 0"]


def test_a_macro_that_the_environment_lacks_stays_a_call() -> None:
    options = SyntaxOptions(frozenset({("all", True, 2)}))
    parsed = parse(Source.of("<input>", "x.all(i, v, true)"), options)

    assert isinstance(parsed.expression, Call)
    assert isinstance(parsed.expression.target, Ident)


def test_blocks_of_the_specification_are_nested_bindings_where_an_environment_has_them() -> None:
    text = "cel.block([1, cel.index(0) + 1], cel.index(1).f(cel.iterVar(0, 1)))"
    node = parse(Source.of("<input>", text), SyntaxOptions(BLOCK_MACROS)).expression

    assert isinstance(node, Comprehension)
    assert node.accumulator == "@index0"
    assert isinstance(node.result, Comprehension)
    assert node.result.accumulator == "@index1"
    assert isinstance(tree(text), Call)


def test_bind_is_a_macro_only_on_cel() -> None:
    assert isinstance(tree("x.bind(a, 1, a)"), Call)
    assert isinstance(tree("cel.bind(a, 1, a)"), Comprehension)


@pytest.mark.parametrize(
    ("text", "message", "hint", "quoted"),
    [
        ("device.driver = 'x'", "`=` is no operator", "compare with `==`", "="),
        ("a and b", "`and` is no operator", "write `&&`", "and"),
        ("a & b", "`&` is no operator", "write `&&`; CEL has no operators on bits", "&"),
        ("a =~ 'x'", "`=~` is no operator", "match text with `.matches('pattern')`", "=~"),
        ("a == 'x", "the string that begins here has no closing `'`", "close it with `'`", "'"),
        ("a == \u201cx\u201d", "`\u201c` is no quotation mark of CEL", "write straight quotes: `'` or `\"`", "\u201c"),
        ("f(a, [1, 2)", "`)` closes nothing that is open here", "close `[` with `]` first", ")"),
        ("(a || b", "this `(` is never closed", "add `)`", "("),
        ("a ||", "the expression ends after `||`; after `||` comes a value, a name or `(`", None, "||"),
        ("m > 40Gi", "`40Gi` is no CEL number", 'write a quantity as `quantity("40Gi")`', "Gi"),
        ("m > 40GB", "`40GB` is no CEL number", 'write a quantity as `quantity("40G")`', "GB"),
        ("a.in", "`in` cannot name a field after `.`", 'write `["in"]`', "in"),
        (
            "a;b",
            "`;` has no meaning in CEL",
            "an expression has no `;`: delete it, or join two conditions with `&&`",
            ";",
        ),
        (r"'\z'", r"`\z` is no escape", r"write `\\` for a backslash, or put `r` before the string", r"\z"),
        (
            "if (a) { b }",
            "`{` follows an expression",
            "CEL has no `if`: choose with `condition ? this : that`",
            "{",
        ),
        ("", "the expression is empty", "`true` matches every device", ""),
        ("x.y(1,)", "found `)`; after `,` comes a value, a name or `(`", None, ")"),
    ],
)
def test_a_syntax_error_says_what_was_found_and_what_to_write(
    text: str, message: str, hint: str | None, quoted: str
) -> None:
    found, kubernetes = said_of(text)

    error = found[-1]
    assert (error.code, error.message, error.hint) == ("DRA203", message, hint)
    assert error.span is not None
    assert error.span.text == quoted
    assert kubernetes.startswith("compilation failed: ERROR: <input>:")


@pytest.mark.parametrize(
    ("text", "code", "kubernetes"),
    [
        ("var == 1", "DRA203", "<input>:1:1: reserved identifier: var"),
        ("9223372036854775808", "DRA203", "<input>:1:1: invalid int literal"),
        ("18446744073709551616u", "DRA203", "<input>:1:1: invalid uint literal"),
        ("[1].all(1, true)", "DRA206", "<input>:1:9: argument must be a simple name"),
        ("has(a['x'])", "DRA206", "<input>:1:6: invalid argument to has() macro"),
        ("[1].map(x, y, z, a.b)", "", ""),
        ("[1].all(i, i, true)", "DRA206", "<input>:1:12: duplicate variable name: i"),
        ("x.optMap(1, 2)", "DRA206", "<input>:1:10: optMap() variable name must be a simple identifier"),
        ("{'é': 1}['é'] == 1x", "DRA203", "<input>:1:19: Syntax error"),
        ('null{"k": 1}', "DRA203", "<input>:1:5: Syntax error"),
        ("a[0].b{1: 1}", "DRA203", "<input>:1:7: Syntax error"),
        ("a.?b{1: 1}", "DRA203", "<input>:1:5: Syntax error"),
        ("a.b{1: 1}", "DRA203", "<input>:1:5: Syntax error"),
    ],
)
def test_kubernetes_text_has_its_place_and_words(text: str, code: str, kubernetes: str) -> None:
    ours, text_of_kubernetes = said_of(text)

    assert [each.code for each in ours] == ([code] if code else [])
    assert kubernetes in text_of_kubernetes


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ('"\\d" x', "1:1: Syntax error: token recognition error at: '\"\\d'", "1:6: Syntax error"),
        ('"\\ud800" x', "1:1: invalid unicode code point", "1:10: Syntax error"),
        ('"x" "\\d"', "1:5: Syntax error: token recognition error at: '\"\\d'", "1:5: Syntax error"),
        ("99999999999999999999 x", "1:1: invalid int literal", "1:22: Syntax error"),
    ],
)
def test_a_wrong_constant_before_a_wrong_token_is_reported_first(text: str, first: str, second: str) -> None:
    lines = [line for line in said_of(text)[1].split("\n") if "ERROR" in line]

    assert len(lines) == 2
    assert f"<input>:{first}" in lines[0]
    assert f"<input>:{second}" in lines[1]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("--9223372036854775808.size() == 1", "1:3", "invalid int literal"),
        ("---9223372036854775809[?5]", "1:4", "invalid int literal"),
        ("-9223372036854775809.in || x", "1:1", "invalid int literal"),
        ("-1e999.in", "1:1", "invalid double literal"),
    ],
)
def test_a_number_that_is_too_large_is_reported_where_kubernetes_reads_it(text: str, place: str, message: str) -> None:
    assert f"<input>:{place}: {message}" in said_of(text)[1]


def test_a_misplaced_brace_is_reported_once() -> None:
    found, kubernetes = said_of("true{f:x}.in")

    assert kubernetes.count("'{'") == 1
    assert len(found) == 1


def test_the_caret_line_is_wide_under_wide_characters() -> None:
    _, text = said_of("'é'\t+ for")

    assert text == "compilation failed: ERROR: <input>:1:7: reserved identifier: for\n | 'é' + for\n | .\uff0e....^"


def test_several_mistakes_are_reported_at_once_in_order() -> None:
    found, text = said_of("if || [1].all(2, x) || while")

    assert [each.code for each in found] == ["DRA203", "DRA206", "DRA203"]
    assert text.count("ERROR:") == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 10_000, "expression recursion limit exceeded: 250"),
        ("(" * 10_000 + "1" + ")" * 10_000, "expression recursion limit exceeded: 250"),
        ("[" * 400 + "]" * 400, "expression recursion limit exceeded: 250"),
        ("a" + ".b" * 3_000, "max recursion depth exceeded"),
        ("1" + "+1" * 5_000, "max recursion depth exceeded"),
    ],
)
def test_nesting_past_the_limit_is_refused_without_recursion(text: str, reason: str) -> None:
    found, kubernetes = said_of(text)

    assert [each.code for each in found] == ["DRA203"]
    assert kubernetes == f"compilation failed: ERROR: <input>:-1:0: {reason}"


@pytest.mark.parametrize("link", [" + 1", " * 1", " < 1", "[0]", ".a", ".b()"])
def test_a_row_of_two_hundred_and_fifty_links_is_read_and_one_more_is_not(link: str) -> None:
    assert parse(Source.of("<input>", "a" + link * 250)).expression is not None
    assert parse(Source.of("<input>", "a" + link * 251)).expression is None


def test_the_limit_counts_brackets_as_kubernetes_does() -> None:
    assert parse(Source.of("<input>", "(" * 249 + "1" + ")" * 249)).expression is not None
    assert parse(Source.of("<input>", "(" * 250 + "1" + ")" * 250)).expression is None
    assert parse(Source.of("<input>", "||".join(["a"] * 3_000))).expression is not None


def test_a_chain_of_optional_maps_cannot_exhaust_memory() -> None:
    found, _ = said_of("x" + ".optMap(a, a)" * 60)

    assert found[0].message == "expression is too large"


def test_deep_trees_within_the_limit_can_be_printed() -> None:
    text = "!(" * 248 + "a" + ")" * 248

    assert print_expression(tree(text)).endswith(")")


def test_white_space_belongs_to_no_token() -> None:
    call = tree(" \n\tf ( 1 ,\r\n 2 ) \t")

    assert isinstance(call, Call)
    assert (call.span.start, call.span.text) == (3, "f ( 1 ,\r\n 2 )")
    assert [argument.span.text for argument in call.arguments] == ["1", "2"]


def test_a_wrong_character_is_shown_where_it_stands_behind_white_space() -> None:
    (found, *_), _ = said_of("1 ==  \t # 2")

    assert found.span is not None
    assert found.span.start == 8
