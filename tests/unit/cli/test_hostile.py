"""Hostile input ends soon, in every command, with an answer that has a code and never with a traceback.

Time is counted as this process' own, so that other work on the machine does not matter.
"""

from __future__ import annotations

import gc
import json
import resource
from itertools import pairwise
from pathlib import Path

import pytest

from tests import clusters
from tests.worlds import run

SECONDS = 2.0
MANY = 10_000
A = 'device.attributes["d.io"]'
LONG = "9" * 5000

MACROS = {
    "all": "[1].all(x, ",
    "exists": "[1].exists(x, ",
    "exists_one": "[1].exists_one(x, ",
    "map": "[1].map(x, ",
    "map with a condition": "[1].map(x, true, ",
    "filter": "[1].filter(x, ",
    "all of two": "[1].all(k, v, ",
    "transformList": "[1].transformList(k, v, ",
    "transformMap": "[1].transformMap(k, v, ",
    "transformMapEntry": "[1].transformMapEntry(k, v, ",
    "sortBy": "[1].sortBy(x, ",
    "optMap": "optional.of(1).optMap(x, ",
    "optFlatMap": "optional.of(1).optFlatMap(x, ",
    "bind": "cel.bind(x, 1, ",
    "has": "has(",
}
BRACKETS = {
    "(": ("(", ")"),
    "[": ("[", "]"),
    "{": ("{1: ", "}"),
    "index": ("[1][", "]"),
    "optional index": ("[1][?", "]"),
    "call": ("size(", ")"),
    "argument": ('"a".startsWith(', ")"),
    "message": ("A{a: ", "}"),
    "not": ("!(", ")"),
    "minus": ("-(", ")"),
    "condition": ("(", " ? true : false)"),
    "yes": ("true ? (", ") : false"),
    "no": ("false ? true : (", ")"),
}
CHAINS = {
    "select": ".a",
    "optional select": ".?a",
    "index": "[0]",
    "optional index": "[?0]",
    "call": ".size()",
    "all": ".all(x, true)",
    "map": ".map(x, x)",
    "optMap": ".optMap(x, x)",
}
OPERATORS = ("||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%")


def nested(depth: int) -> dict[str, str]:
    """Each kind of nesting, so many levels deep."""
    return {
        **{f"macro {name}": start * depth + "true" + ")" * depth for name, start in MACROS.items()},
        **{f"bracket {name}": f"1 + {start * depth}1{end * depth}" for name, (start, end) in BRACKETS.items()},
        **{f"open {name}": f"1 + {start * depth}" for name, (start, _) in BRACKETS.items()},
        **{f"chain {name}": "dyn([])" + part * depth for name, part in CHAINS.items()},
        **{f"row {sign}": f" {sign} ".join(["true"] * min(depth, 1500)) for sign in OPERATORS},
        **{f"sign {sign}": f"1 + {sign * depth}1" for sign in "!-"},
        "closing": ")]}" * depth,
        "ternary": "true ? true : " * depth + "true",
        "ternary without parentheses": "true ? " * depth + "true" + " : true" * depth,
    }


WITHIN_LIMITS = {
    "macros": "[1].all(x, " * 80 + "true" + ")" * 80,
    "a chain of macros": "[1]" + ".map(x, [1])" * 80 + ".size() == 1",
    "a chain that doubles": "optional.of(1)" + ".optMap(x, x)" * 30 + ".hasValue()",
}
LEXICAL = {
    "quotes": '"' * (MANY + 1),
    "raw": 'r"\\' * MANY,
    "comment": "//" + "x" * MANY,
    "comments": "//\n" * MANY + "true",
    "backticks": "device.`" * MANY,
    "dots": "." * MANY,
    "commas": f"[{',' * MANY}]",
    "spaces": " " * MANY + "true",
    "name": "a" * MANY,
    "wide": '"' + "😀" * 2500 + '" == "a"',
    "escapes": '"' + "\\x41" * 2500 + '" == ""',
    "bad escapes": '"' + "\\q" * MANY + '"',
    "half a character": '"\\ud800" == "x"',
    "controls": '"\x01\x7f\u202e\u2028" == "a"',
    "10 KiB of terms": " || ".join(f"{A}.index == {index}" for index in range(240)),
    "10 KiB of elements": f"{A}.index in [{','.join(map(str, range(2300)))}]",
    "10 KiB of entries": "{" + ",".join(f"{index}: 1" for index in range(1200)) + "}.size() > 0",
    "10 KiB of sums": f"{A}.index{' + 1' * 2400} == 1",
}
PATTERNS = {
    name: f"{A}.model.matches('{pattern}')"
    for name, pattern in {
        "stars": "(a+)+$",
        "alternatives": "^(a|aa|a?)+$",
        "counts": "(a?){999}a{999}",
        "nested counts": "((((a{1,100}){1,100}){1,100}){1,100})",
        "groups": "(" * 3000 + ")" * 3000,
        "many stars": "x*" * 4000,
        "classes": "(?i)[a-z]{500}" * 20,
    }.items()
}
NUMBERS = {
    "int": f"{LONG} == 1",
    "hexadecimal": f"0x{'f' * 5000} == 1",
    "exponent": f"1e{LONG} == 1.0",
    "fraction": f"0.{'0' * 5000}1 == 1.0",
    "uint": f"{LONG}u == 1u",
    "not a number": 'double("NaN") == double("NaN") || {double("NaN"): 1}.size() == 2 || int(double("NaN")) == 1',
    "infinity": 'int(double("Infinity")) == 1 || 1.0 / 0.0 == -1.0 / 0.0',
    **{
        f"{function} {form}": f'{function}("{text}") == {function}("1")'
        for function in ("int", "uint", "double", "duration", "semver", "cidr", "ip", "timestamp", "quantity")
        for form, text in {
            "of digits": LONG,
            "of underscores": "1_" * 5000 + "x",
            "of a fraction": f"0.{LONG}s",
            "of hours": f"{LONG}h",
            "of a prefix": f"1.1.1.1/{LONG}",
            "of parts": f"{LONG}.0.0",
        }.items()
    },
    "10^30": 'quantity("1e30").isGreaterThan(quantity("1"))',
    "10^1000000000": 'quantity("1e1000000000").isGreaterThan(quantity("1"))',
    "10^1000000000 and 1": 'quantity("1e1000000000").add(1).isGreaterThan(quantity("1e1000000000"))',
    "10^-1000000000": 'quantity("1e-1000000000").compareTo(quantity("0")) > 0',
    "far apart": 'quantity("1e1000000000").sub(quantity("1e-1000000000")).isInteger()',
    "as a float": 'quantity("1e1000000000").asApproximateFloat() > 1.0',
    "precision": '"%.999999999f".format([1.0]) == ""',
}
LOOPS = {
    "range": "lists.range(1000000).all(x, x >= 0)",
    "square": "lists.range(3000).all(x, x in lists.range(3000))",
    "doubled text": '["' + "a" * 2000 + '"]' + ".map(x, x + x)" * 40 + "[0].size() > 1",
    "doubled list": "".join(f"cel.bind(x{i + 1}, [x{i}, x{i}], " for i in range(60)).replace("[x0, x0]", "[1]")
    + "x60 == x60"
    + ")" * 60,
    "replaced text": '"x"' + '.replace("x", "xx")' * 40 + ' == ""',
    "sorted": "lists.range(10000).sortBy(x, -x).size() == 1",
}
EXPRESSIONS = {**WITHIN_LIMITS, **LEXICAL, **PATTERNS, **NUMBERS, **LOOPS}

FLEET = [clusters.slice_([clusters.device("gpu-0", model="a" * 60 + "b", index=1)])]
CLAIM = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "ResourceClaim",
    "metadata": {"name": "c", "namespace": "d"},
}


def lists(*objects: object) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


def asked(*arguments: str, stdin: bytes = b"") -> str:
    """What a command prints; fails where it takes too long or breaks down."""
    # What other tests left behind is not to be looked through again.
    gc.disable()
    before = resource.getrusage(resource.RUSAGE_SELF)
    ran = run(*arguments, stdin=stdin)
    after = resource.getrusage(resource.RUSAGE_SELF)
    gc.enable()
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    shown = ran.out + ran.err
    assert ran.code in (0, 1, 2), shown[:500]
    assert not any(word in shown for word in ("Traceback", "internalError", "DRA690")), shown[:500]
    assert seconds < SECONDS, f"{arguments[0]} took {seconds:.1f} s"
    # A refusal has a code, or says that there was nothing to refuse.
    assert ran.code != 2 or any(word in shown for word in ("DRA", '"invalid"', "nothing to explain")), shown[:500]
    return shown


@pytest.fixture(autouse=True)
def _warm(folder: Path) -> None:
    (folder / "fleet.json").write_text(lists(*FLEET))
    run("eval", "true", "-f", "fleet.json")


def claim_of(expression: str) -> str:
    exactly = {"deviceClassName": "g", "selectors": [{"cel": {"expression": expression}}]}
    claim = {**CLAIM, "spec": {"devices": {"requests": [{"name": "r", "exactly": exactly}]}}}
    return lists(*FLEET, clusters.device_class("g"), claim)


def record_of(expression: str) -> bytes:
    device = {"attributes": {"model": {"string": "a" * 60}, "index": {"int": 1}}}
    return json.dumps({"driver": "d.io", "device": device, "expression": expression}).encode()


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_hostile_expression_ends_soon(name: str, folder: Path) -> None:
    (folder / "claim.json").write_text(claim_of(EXPRESSIONS[name]))

    asked("eval", EXPRESSIONS[name], "-f", "fleet.json")
    asked("check", "claim.json")
    asked("explain", "claim/c", "-n", "d", "-f", "claim.json")
    asked("batch", "cel", stdin=record_of(EXPRESSIONS[name]))


@pytest.mark.parametrize("name", nested(1))
def test_nesting_past_every_limit_ends_soon(name: str, folder: Path) -> None:
    deep, deepest = nested(MANY // 10)[name], nested(MANY)[name]
    (folder / "claim.json").write_text(claim_of(deep))

    asked("eval", deepest, "-f", "fleet.json")
    asked("check", "claim.json")
    asked("explain", "claim/c", "-n", "d", "-f", "claim.json")
    asked("batch", "cel", stdin=record_of(deepest))


KINDS_OF_FILES = ("x.yaml", "x.json", "x.dra")


def claim_text(count: str) -> bytes:
    head = "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c, namespace: d}\nspec:\n"
    exactly = f"{{deviceClassName: g, count: {count}}}"
    return f"{head}  devices:\n    requests:\n    - name: r\n      exactly: {exactly}\n".encode()


def slice_text(written: str, instead: str) -> bytes:
    return lists(clusters.slice_([clusters.device("gpu-0", model="a")])).replace(written, instead).encode()


LETTERS = "abcdefghijklmnopqrstuvwxyz"
BOMBS = {
    "lists": "a: &a [x, x]\n"
    + "".join(f"{here}: &{here} [{', '.join([f'*{before}'] * 9)}]\n" for before, here in pairwise(LETTERS[:12])),
    "maps": "a: &a {x: 1}\n"
    + "".join(f"{here}: &{here} {{p: *{before}, q: *{before}}}\n" for before, here in pairwise(LETTERS)),
    "merged": "a: &a {x: 1}\n"
    + "".join(f"{here}: &{here} {{<<: [*{before}, *{before}], {here}: 1}}\n" for before, here in pairwise(LETTERS)),
    "a list in itself": "&a [*a]",
    "a map in itself": "&a {x: *a}",
}
TEXTS = {
    **{f"bomb of {name}": text.encode() for name, text in BOMBS.items()},
    "bomb in a claim": claim_text("1")
    + b"  x:\n"
    + b"".join(b"    " + row + b"\n" for row in BOMBS["lists"].encode().split(b"\n")),
    "flow lists": b"[" * MANY + b"]" * MANY,
    "open lists": b"[" * 100_000,
    "flow maps": b"{a: " * MANY + b"1" + b"}" * MANY,
    "block maps": "\n".join(" " * depth + "a:" for depth in range(1500)).encode(),
    "dashes": b"- " * MANY + b"1",
    "json lists": b"[" * MANY + b"1" + b"]" * MANY,
    "json maps": b'{"a":' * MANY + b"1" + b"}" * MANY,
    "json in a device": slice_text('"model"', '"deep": ' + "[" * MANY + "]" * MANY + ', "model"'),
    "json in an attribute": slice_text('{"string": "a"}', '{"string": ' + "[" * MANY + "]" * MANY + "}"),
    "int of a device": slice_text('{"string": "a"}', f'{{"int": {LONG}}}'),
    "float of a device": slice_text('{"string": "a"}', '{"int": 1e1000000000}'),
    "no number of a device": slice_text('{"string": "a"}', '{"int": NaN}'),
    "version of a device": slice_text('{"string": "a"}', f'{{"version": "{LONG}.0"}}'),
    "capacity": slice_text('"attributes"', '"capacity": {"m": {"value": "1e1000000000"}}, "attributes"'),
    "count": claim_text(LONG),
    "count by sixties": claim_text("1" + ":59" * MANY),
    "count that is no number": claim_text(".nan"),
    "invalid utf-8": claim_text('"\xff"').replace("\xff".encode(), b"\xff\xfe"),
    "invalid utf-8 in JSON": slice_text('"a"', '"#"').replace(b"#", b"\xff\xc0\x80"),
    "half a character": slice_text('"a"', '"\\ud800"'),
    "utf-16": claim_text("1").decode().encode("utf-16"),
    "nothing but zeros": b"\0" * 1000,
    "byte order marks": b"\xef\xbb\xbf" * 1000 + b"a: 1",
    "noise": bytes(index * 7919 % 256 for index in range(10_000)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_file_ends_soon(name: str, folder: Path) -> None:
    data = TEXTS[name]
    for file in KINDS_OF_FILES:
        (folder / file).write_bytes(data)
        asked("check", file)
        asked("eval", "true", "-f", file)
        asked("explain", file, "-f", "fleet.json")
    (folder / "x.txt").write_bytes(data)
    asked("eval", "--file", "x.txt", "-f", "fleet.json")
    asked("check", "-", stdin=data)
    asked("batch", "cel", stdin=data)
    asked("batch", "cel", stdin=b'{"expression": "true", "driver": "d", "device": ' + data.replace(b"\n", b" ") + b"}")
