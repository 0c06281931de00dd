"""Expression texts: grown by a grammar, mutated from recorded ones, and made to hurt."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from tests.shared_data import SHARED

DRIVER = "gpu.example.com"
A, C = f'device.attributes["{DRIVER}"]', f'device.capacity["{DRIVER}"]'
SEEDS = (
    f'{A}.model == "H100" && {C}.memory.isGreaterThan(quantity("40Gi"))',
    f"has({A}.numa) && {A}.numa % 2 == 0 || {A}.?ecc.orValue(false)",
    f'{A}.links.exists(x, x.startsWith("nv")) ? {A}.version.compareTo(semver("1.0.0")) > 0 : true',
    f'cel.bind(g, {A}, g.all(k, k.matches("^[a-z]+$")) && g.model in ["H100", "A100"])',
    "device.stringAttributes['model'] == 'H100' && device.quantityAttributes['memory'].asInteger() > 3",
)
_ATOMS = (
    *("true", "false", "null", "0", "1", "-1", "2u", "1.5", "1e308", "-9223372036854775808", "9223372036854775807"),
    *("18446744073709551615u", "''", "'H100'", "b'\\xff'", '"\\U0001F600"', "r'\\d+'", "[]", "{}", "[1, 2, 3]"),
    *("{'a': 1}", "device", "device.driver", "device.attributes", "device.capacity", A, C, f"{A}.model", f"{A}.?numa"),
    *(f"{A}.version", f"{A}.links", f"{C}.memory", "device.allowMultipleAllocations", "optional.none()", "x", "y"),
    *("quantity('10e30')", "quantity('1000m')", "semver('1.2.3')", "double('NaN')", "duration('1h')", "type(1)"),
    *("timestamp('2024-01-01T00:00:00Z')", "ip('10.0.0.1')", "cidr('10.0.0.0/8')", "url('http://a/b')", "int"),
    *("lists.range(5)", "format.dns1123Label().value()", "device.stringAttributes", "device.driverName"),
)
_BINARY = ("&&", "||", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%")
_METHODS = (
    *(
        "size",
        "matches",
        "contains",
        "startsWith",
        "endsWith",
        "isGreaterThan",
        "isLessThan",
        "compareTo",
        "add",
        "sub",
    ),
    *("asInteger", "isInteger", "asApproximateFloat", "major", "includes", "sum", "min", "max", "sort", "distinct"),
    *(
        "reverse",
        "slice",
        "flatten",
        "indexOf",
        "join",
        "split",
        "replace",
        "substring",
        "lowerAscii",
        "format",
        "find",
    ),
    *("findAll", "orValue", "or", "value", "hasValue", "getHours", "contains", "containsIP", "masked", "first", "last"),
)
_FUNCTIONS = (
    *("size", "int", "uint", "double", "string", "bytes", "bool", "dyn", "type", "duration", "timestamp", "quantity"),
    *("semver", "isSemver", "isQuantity", "sign", "url", "ip", "cidr", "optional.of", "optional.ofNonZeroValue"),
    *("sets.contains", "sets.intersects", "lists.range", "strings.quote", "has"),
)
_MACROS = ("all", "exists", "exists_one", "map", "filter", "sortBy", "optMap", "transformList")
_PIECES = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ".?",
        "[?",
        ",",
        "?",
        ":",
        "&&",
        "||",
        "!",
        "-",
        "'",
        '"',
        "\\",
        "`",
        "//",
        "\n",
    ),
    *(
        "'''",
        'r"',
        "b'",
        "\\u",
        "\\x0",
        "0x",
        "1e",
        "u",
        "in",
        "has(",
        "cel.bind(",
        ".all(x, ",
        "\0",
        "\t",
        "é",
        "\U0001f600",
    ),
)


def grown(random: Random, depth: int = 4) -> str:
    """A text of the grammar, of any types."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(_ATOMS)

    def inner() -> str:
        return grown(random, depth - 1)

    match random.randrange(12):
        case 0 | 1 | 2:
            return f"({inner()} {random.choice(_BINARY)} {inner()})"
        case 3:
            return f"{random.choice('!-')}({inner()})"
        case 4:
            return f"({inner()} ? {inner()} : {inner()})"
        case 5 | 6:
            arguments = ", ".join(inner() for _ in range(random.randrange(3)))
            return f"({inner()}).{random.choice(_METHODS)}({arguments})"
        case 7:
            return f"{random.choice(_FUNCTIONS)}({', '.join(inner() for _ in range(random.choice((1, 1, 2))))})"
        case 8:
            variables = random.choice(("x", "x", "x", "k, v"))
            return f"({inner()}).{random.choice(_MACROS)}({variables}, {inner()})"
        case 9:
            return f"({inner()}){random.choice(('.model', '.?model', '[0]', '[?0]', '.`a-b`'))}"
        case 10:
            return f"cel.bind({random.choice('xy')}, {inner()}, {inner()})"
        case _:
            return f"[{inner()}, {inner()}]" if random.random() < 0.7 else f"{{{inner()}: {inner()}}}"


def mutated(random: Random, text: str) -> str:
    """A recorded text with a few pieces lost, doubled, exchanged or put in."""
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.randint(0, 12))
        match random.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + random.choice(_PIECES) + text[end:]
            case 3:
                text = text[:start] + grown(random, 2) + text[end:]
            case _:
                text = f"({text}) {random.choice(_BINARY)} ({grown(random, 2)})"
    return text


def _deep(before: str, middle: str, after: str = "", times: int = 10_000) -> str:
    return before * times + middle + after * times


HOSTILE: tuple[Callable[[], str], ...] = (
    lambda: _deep("(", "true", ")"),
    lambda: _deep("[", "1", "]"),
    lambda: _deep("!", "true"),
    lambda: _deep("-", "1") + " == 1",
    lambda: _deep("{'a': ", "1", "}"),
    lambda: _deep("true ? (", "true", ") : false"),
    lambda: _deep("size(", "''", ")"),
    lambda: "(" * 10_000,
    lambda: "device" + ".a" * 10_000,
    lambda: "x" + "[0]" * 10_000,
    lambda: " && ".join(["true"] * 2_000),
    lambda: " || ".join([f'{A}.model == "{"a" * 40}"'] * 120),
    lambda: " + ".join(["1"] * 5_000) + " == 5000",
    lambda: f"[{', '.join(['1'] * 3_000)}].all(x, x == 1)",
    lambda: f'{A}.model == "{"é" * 5_000}"',
    lambda: "'" + "a" * 10_000 + "' == " + A + ".model",
    lambda: f'{A}.model.matches("(a*)*b") || "{"a" * 5_000}".matches("(a|a)*b")',
    lambda: f'"{"a" * 2_000}".matches("(x+x+)+y{{1,900}}")',
    lambda: '"a".matches("' + "(" * 4_000 + '")',
    lambda: '"a".matches("' + "(a?){50}" * 50 + '")',
    lambda: '"aaaa".find("' + "a*" * 3_000 + '") == ""',
    lambda: "lists.range(1000000).map(x, lists.range(1000000)).size() == 1",
    lambda: "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c >= 0)))",
    lambda: "[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, [1,2,3,4,5,6,7,8,9].map(c, a * b * c))) == []",
    lambda: "lists.range(100000).map(x, string(x)).join(',').size() > 3",
    lambda: "cel.bind(a, 'xxxxxxxxxx', " * 60 + "a + a == a" + ")" * 60,
    lambda: (
        "".join(f"cel.bind(v{i + 1}, v{i} + v{i}, " for i in range(60)).replace("v0 + v0", "'ab' + 'ab'")
        + "v60.size() > 0"
        + ")" * 60
    ),
    lambda: (
        "".join(f"cel.bind(v{i + 1}, [v{i}, v{i}], " for i in range(40)).replace("[v0, v0]", "[1, 1]")
        + "v40 == v40"
        + ")" * 40
    ),
    lambda: (
        "".join(f"cel.bind(v{i + 1}, v{i} + v{i}, " for i in range(60)).replace("v0 + v0", "[1] + [1]")
        + "v60.size() > 0"
        + ")" * 60
    ),
    lambda: (
        "".join(f"cel.bind(v{i + 1}, {{1: v{i}, 2: v{i}}}, " for i in range(40)).replace("v0", "1")
        + "'%s'.format([v40]) == ''"
        + ")" * 40
    ),
    lambda: (
        "".join(f"cel.bind(v{i + 1}, v{i}.replace('', 'xxxxxxxxxxxxxxxxxxxx'), " for i in range(12)).replace(
            "v0.", "'a'."
        )
        + "v12 == ''"
        + ")" * 12
    ),
    lambda: "lists.range(1000000).distinct().size() == 1",
    lambda: "sets.contains(lists.range(1000000), lists.range(1000000).map(x, -x))",
    lambda: "'%." + "9" * 5_000 + "f'.format([1.5]) == '' || '%.99999999999f'.format([1.5]) == ''",
    lambda: (
        "lists.range(100000).map(x, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx').join('y').matches('(x*)*z')"
    ),
    lambda: "quantity('1e1000000000').isGreaterThan(quantity('1'))",
    lambda: "quantity('" + "9" * 9_000 + "').isGreaterThan(quantity('1'))",
    lambda: "quantity('1000000000000000000000000000000').add(quantity('1e30')).compareTo(quantity('2e30')) == 0",
    lambda: "1" * 9_000 + " == 1",
    lambda: "1e" + "9" * 5_000 + " > 1.0",
    lambda: "double('NaN') == double('NaN') || double('NaN') < 1.0 || [double('NaN')].max() > 1.0",
    lambda: "9223372036854775807 + 1 > 0 || -9223372036854775808 / -1 > 0 || 5 % 0 == 1",
    lambda: "semver('" + "9" * 5_000 + ".0.0').major() > 1",
    lambda: "duration('" + "9" * 3_000 + "h') > duration('1s')",
    lambda: "timestamp('9999-12-31T23:59:59Z') + duration('999999h') > timestamp('0001-01-01T00:00:00Z')",
    lambda: "'%s'.format(['" + "a" * 5_000 + "']) == ''",
    lambda: "'" + "%s" * 2_000 + "'.format([1]) == ''",
    lambda: "'%.999999f'.format([1.5]) == ''",
    lambda: "'\ud800' == '\udfff'",
    lambda: b"\xff\xfe\x00'a'".decode("utf-8", "surrogateescape"),
    lambda: "\0" * 100,
    lambda: "'" + "\\u0000" * 1_500 + "' == ''",
    lambda: " " * 10_000 + "true",
    lambda: "// " + "x" * 10_000 + "\ntrue",
    lambda: "[" + ",".join(f"'{i}'" for i in range(1_500)) + "].sortBy(x, x).distinct().size() == 1500",
    lambda: f"{A}.exists(k, {A}.exists(l, {A}.exists(m, k + l + m == 'x')))",
    lambda: "{" + ", ".join(f"'{i}': {i}" for i in range(700)) + "}.all(k, k != '')",
    lambda: "'a,'.split(',', 9223372036854775807).size() == 2 || 'abc'.substring(-9223372036854775808) == ''",
    lambda: "[[[[[[[[1]]]]]]]].flatten(9223372036854775807) == [1]",
)


def recorded() -> tuple[str, ...]:
    """The recorded expressions where they are at hand, else a few of our own."""
    path = SHARED / "conformance/cel/dra_cel.jsonl"
    if not path.exists():
        return SEEDS
    with path.open(encoding="utf-8") as lines:
        return (*SEEDS, *(json.loads(line)["expression"] for line in lines))
