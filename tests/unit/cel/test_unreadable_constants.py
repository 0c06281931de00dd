"""Constants that compile and fail on every device: what is said of them, where, and what is advised."""

from __future__ import annotations

import pytest

from dra_policy.cel import compile_expression, environment_for
from dra_policy.model import Dialect, Vocabulary
from dra_policy.text import Diagnostic, Source
from tests.unit.cel.evaluation import A, C, result

_FORM = "a quantity is a number and one of the units Ki Mi Gi Ti Pi Ei and k M G T P E m: `80Gi`"
_VERSION_FORM = 'a version is three numbers: `semver("550.54.15")`'
_ADDRESS_FORM = 'an address is written as `ip("10.0.0.1")` or `ip("2001:db8::1")`'
_NETWORK_FORM = 'a network is an address and the length of its prefix: `cidr("10.0.0.0/8")`'
_URL_FORM = 'a URL begins with a scheme, or a path with `/`: `url("https://example.com/path")`'


def warnings(expression: str, dialect: Dialect = Dialect.V1, kubernetes: str = "1.37") -> list[Diagnostic]:
    environment = environment_for(dialect, kubernetes=kubernetes)
    compilation = compile_expression(Source.of("<test>", expression), environment, Vocabulary())
    return [each for each in compilation.diagnostics if each.code == "DRA204"]


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ('quantity("80GiB")', "write `80Gi`"),
        ('quantity("80GB")', "write `80G`"),
        ('quantity("80gb")', "write `80G`"),
        ('quantity("80gi")', "write `80Gi`"),
        ('quantity("80GI")', "write `80Gi`"),
        ('quantity("80K")', "write `80k`"),
        ('quantity("0.5 TiB")', "write `0.5Ti`"),
        ('quantity("1,024 MB")', "write `1024M`"),
        ('quantity("80 ")', "write `80`"),
        ('quantity("80 gigabytes")', _FORM),
        ('quantity("large")', _FORM),
        ('quantity("")', _FORM),
        pytest.param(f'quantity("{" " * 5000}x")', _FORM, id="many blanks"),
        pytest.param(f'quantity("{"9" * 5000}x")', _FORM, id="many digits"),
        ('semver("550")', 'write `semver("550.0.0")`'),
        ('semver("v1")', 'write `semver("1.0.0")`'),
        ('semver("V1.2")', 'write `semver("1.2.0")`'),
        ('semver("550.054.15")', 'write `semver("550.54.15")`'),
        ('semver("x")', _VERSION_FORM),
        ('semver("1-rc1")', _VERSION_FORM),
        ('semver("x", true)', _VERSION_FORM),
        ('semver("1.2.3.4", true)', _VERSION_FORM),
        ('semver("1", false)', 'write `semver("1.0.0")`'),
        ('cidr("x")', _NETWORK_FORM),
        ('cidr("10.0.0.1")', 'write `cidr("10.0.0.1/32")`, or the length of the network\'s prefix'),
        ('cidr("10.0.0.0/40")', _NETWORK_FORM),
        ('ip("x")', _ADDRESS_FORM),
        ('ip("10.0.0.0/8")', 'write `ip("10.0.0.0")`, or `cidr("10.0.0.0/8")` for the network'),
        ('ip.isCanonical("x")', _ADDRESS_FORM),
        ('ip.isCanonical("::ffff:1.2.3.4")', _ADDRESS_FORM),
        ('url("x")', _URL_FORM),
    ],
)
def test_a_constant_that_always_fails_has_a_warning_with_the_text_of_run_time(call: str, hint: str) -> None:
    warning, *_ = warnings(f"{call} == {call}")

    assert warning.message == result(f"{call} == {call}")
    assert warning.hint == hint
    assert warning.span is not None
    assert warning.span.text == f'"{call.split(chr(34))[1]}"'


@pytest.mark.parametrize(
    "expression",
    [
        'quantity("80Gi") == quantity("80G")',
        'isQuantity("80GiB")',
        'isSemver("550")',
        'isSemver("x", true)',
        'semver("550", true).major() == 550',
        'semver("550.0.0").major() == 550',
        'isIP("x")',
        'isCIDR("x")',
        'isURL("x")',
        'cidr("10.0.0.0/8").containsIP(ip("10.0.0.1"))',
        'cidr("10.0.0.0/8").ip() == ip("10.0.0.0")',
        'url("https://example.com").getHost() == "example.com"',
        "quantity(device.driver) == quantity(device.driver)",
        "semver('1', device.driver == 'd').major() == 1",
        'ip.isCanonical("10.0.0.1")',
        'ip.isCanonical("2001:DB8::1")',
        "1.0 / 0.0 > 1.0",
        f"{A}.index / 2 == 0",
        f"{A}.index / {A}.index == 0",
        f"{A}.index / 0.0 > 1.0",
        "0 / 1 == 0 % 1",
    ],
)
def test_what_can_be_read_or_is_only_asked_about_has_none(expression: str) -> None:
    assert warnings(expression) == []


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / 0 == 1", "division by zero"),
        ("1u / 0u == 1u", "division by zero"),
        ("1 % 0 == 1", "modulus by zero"),
        ("1u % 0u == 1u", "modulus by zero"),
        ("size(device.driver) / 0 == 1", "division by zero"),
        (f"{A}.index % 0 == 1", "modulus by zero"),
    ],
)
def test_a_whole_number_over_zero_has_a_warning_whatever_is_divided(expression: str, message: str) -> None:
    (warning,) = warnings(expression)

    assert (warning.message, result(expression)) == (message, message)
    assert warning.hint == "only doubles can be divided by 0: `1.0 / 0.0` is infinite"
    assert warning.span is not None
    assert warning.span.text in ("0", "0u")


def test_each_constant_has_its_own_warning_wherever_it_stands() -> None:
    found = warnings(
        f'["80GB"].exists(t, {C}.memory == quantity("1GB")) && has({C}.x) ? semver("1") == semver("2") : true'
    )

    assert [each.span.text for each in found if each.span] == ['"1GB"', '"1"', '"2"']


def test_expressions_of_the_prototype_are_looked_at_too() -> None:
    (warning,) = warnings('quantity("80GiB") == quantity("1")', Dialect.EVOLUTION, "1.30")

    assert warning.hint == "write `80Gi`"
