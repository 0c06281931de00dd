"""The string library, formatting, patterns and conversions."""

from __future__ import annotations

import pytest

from dra_policy.cel.data import UInt
from tests.unit.cel.evaluation import result, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'tacocat'.charAt(3)", "o"),
        ("'tacocat'.charAt(7)", ""),
        ("'tacocat'.charAt(8)", "index out of range: 8"),
        ("'abc'.indexOf('c')", 2),
        ("'abc'.indexOf('a', -1)", "index out of range: -1"),
        ("'abca'.lastIndexOf('a')", 3),
        ("'abca'.lastIndexOf('a', 2)", 0),
        ("'abc'.lastIndexOf('')", 3),
        ("'abc'.lastIndexOf('a', 9)", "index out of range: 9"),
        ("'ÅB'.lowerAscii()", "Åb"),
        ("'åb'.upperAscii()", "åB"),
        ("'a,b,c'.replace(',', ';', 1)", "a;b,c"),
        ("'ab'.replace('', '-')", "-a-b-"),
        ("'a,b,c'.split(',')", ["a", "b", "c"]),
        ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
        ("'a,b,c'.split(',', 0)", []),
        ("'abc'.split('')", ["a", "b", "c"]),
        ("'abc'.split('', 2)", ["a", "bc"]),
        ("'tacocat'.substring(4)", "cat"),
        ("'tacocat'.substring(0, 4)", "taco"),
        ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
        ("'abc'.substring(4)", "index out of range: 4"),
        ("' \u2003x\\n'.trim()", "x"),
        ("['a', 'b'].join('-')", "a-b"),
        ("dyn(['a', 1]).join()", "join: invalid input: 1"),
        ("strings.quote('a\\n\"b\"')", '"a\\n\\"b\\""'),
        ("size('🐍é')", 2),
    ],
)
def test_strings_count_code_points(text: str, expected: object) -> None:
    assert value(text) == expected


def test_kubernetes_finds_nothing_past_the_end_of_a_text() -> None:
    assert result("'abc'.indexOf('a', 9) == -1") is True
    assert result("'abc'.lastIndexOf('a', 9) == -1") is True
    assert result("'abc'.indexOf('', 9) == 3") is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'%s is %d'.format(['x', 3])", "x is 3"),
        ("'%%%s'.format(['x'])", "%x"),
        ("'%.2f'.format([1234.567])", "1,234.57"),
        ("'%.1f'.format([-0.0])", "0.0"),
        ("'%f'.format([1.0 / 0.0])", "∞"),
        ("'%e'.format([1234.5678])", "1.234568×10⁰³"),
        ("'%x %X'.format([255, 'hi'])", "ff 6869"),
        ("'%b %o'.format([5, 8u])", "101 10"),
        ("'%s'.format([[1.5, 'a', null, b'x']])", '[1.500000, "a", null, b"x"]'),
        ("'%s'.format([{'b': 1, 'a': true}])", '{"a":true, "b":1}'),
        ("'%s'.format([duration('90s')])", "90s"),
        ("'%s'.format([[duration('90s')]])", '[duration("90s")]'),
        (
            "'%d'.format(['x'])",
            "error during formatting: decimal clause can only be used on integers, was given string",
        ),
        ("'%s'.format([])", "index 0 out of range"),
        ("'%z'.format([1])", 'could not parse formatting clause: unrecognized formatting clause "z"'),
    ],
)
def test_formatting(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'abc'.matches('b')", True),
        ("'abc'.matches('^b')", False),
        ("'ab\\ncd'.matches('b$')", False),
        ("'ab\\ncd'.matches('(?m)b$')", True),
        ("'TacoCat'.find('C[a-z]+')", "Cat"),
        ("'abc'.find('x')", ""),
        ("'123 abc 456'.findAll('[0-9]+')", ["123", "456"]),
        ("'123 abc 456'.findAll('[0-9]+', 1)", ["123"]),
        ("'123'.findAll('[0-9]', 0)", []),
        ("'abaca'.findAll('a*')", ["a", "a", "a"]),
        ("'x'.matches('x' + '(')", "error parsing regexp: missing closing ): `x(`"),
        ("'x'.find('x' + '(')", "Illegal regex: error parsing regexp: missing closing ): `x(`"),
    ],
)
def test_patterns_match_anywhere(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int('9223372036854775807')", 2**63 - 1),
        ("int(-1.9)", -1),
        ("int(1e19)", "integer overflow"),
        ("int(18446744073709551615u)", "integer overflow"),
        ("int(timestamp('1970-01-01T00:01:00Z'))", 60),
        ("uint(5)", UInt(5)),
        ("uint(-1)", "unsigned integer overflow"),
        ("double('1.5e3')", 1500.0),
        ("string(1.5)", "1.5"),
        ("string(1234567.0)", "1.234567e+06"),
        ("string(1e-5)", "1e-05"),
        ("string(-0.0)", "-0"),
        ("string(5u)", "5"),
        ("string(b'\\xff')", "invalid UTF-8 in bytes, cannot convert to string"),
        ("string(duration('1h1.5s'))", "3601.5s"),
        ("bool('t')", True),
        ("bytes('é')", "é".encode()),
        ("type(1u) == uint", True),
        ("type(type(1)) == type", True),
        ("int('x' + 'y')", "type conversion error from 'string' to 'int'"),
        ("string(null)", "no such overload: string(null_type)"),
        ("string([1])", "no such overload: string(list)"),
    ],
)
def test_conversions(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)
