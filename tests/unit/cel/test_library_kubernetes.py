"""Quantities, versions, URLs, addresses, formats, times: what Kubernetes adds, and what Go's texts are."""

from __future__ import annotations

import pytest

from tests.unit.cel.evaluation import value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quantity('1Gi').compareTo(quantity('1024Mi'))", 0),
        ("quantity('2').isGreaterThan(quantity('1500m'))", True),
        ("quantity('1').isLessThan(quantity('1'))", False),
        ("quantity('1').add(1).asInteger()", 2),
        ("quantity('1k').sub(quantity('1')).asInteger()", 999),
        ("quantity('1').add(4611686018427387904).isInteger()", True),
        ("quantity('1.5').asInteger()", "cannot convert value to integer"),
        ("quantity('1500m').asApproximateFloat()", 1.5),
        ("sign(quantity('-1'))", -1),
        ("isQuantity('1KB')", False),
        ("quantity('1e9000000').isGreaterThan(quantity('1'))", True),
        ("quantity('1').compareTo(quantity('-1e9000000'))", 1),
        ("quantity('1e9000000').compareTo(quantity('1e8999999'))", 1),
        ("quantity('10e8999999') == quantity('1e9000000')", True),
        ("quantity('1e9000000').add(quantity('1'))", "quantities are too far apart to be added"),
        ("quantity('1').sub(quantity('1e2147483647'))", "quantities are too far apart to be added"),
        ("quantity('1e9000000').sub(quantity('0')).compareTo(quantity('1e9000000'))", 0),
        ("quantity('1').add('x')", "no such overload: add(kubernetes.Quantity, string)"),
        ("semver('1.2.3').isLessThan(semver('1.10.0'))", True),
        ("semver('1.2.3-rc.1').compareTo(semver('1.2.3'))", -1),
        ("semver('v1.2', true).minor()", 2),
        ("isSemver('1.2')", False),
        ("semver('18446744073709551615.0.0').major()", -1),
        ("semver('1.0.0').isGreaterThan('x')", "no such overload: isGreaterThan(kubernetes.Semver, string)"),
    ],
)
def test_quantities_and_versions(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("url('https://u@h.example:8443/a%20b?x=1&x=2#f').getHost()", "h.example:8443"),
        ("url('https://h.example:8443/').getPort()", "8443"),
        ("url('https://[::1]:80/').getHostname()", "::1"),
        ("url('https://h/a%20b').getEscapedPath()", "/a%20b"),
        ("url('https://h/?x=1&x=2').getQuery() == {'x': ['1', '2']}", True),
        ("url('mailto:a@b').getScheme()", "mailto"),
        ("isURL('/absolute')", True),
        ("isURL('../relative')", False),
        ("url('https://x') == url('https://x')", True),
        (
            "url('not a url').getHost()",
            'URL parse error during conversion from string: parse "not a url": invalid URI for request',
        ),
    ],
)
def test_urls(text: str, expected: object) -> None:
    assert value(text) == expected


_PARSE = "parse error during conversion from string"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ip('10.0.0.1').family()", 4),
        ("string(ip('2001:DB8:0:0::1'))", "2001:db8::1"),
        ("ip.isCanonical('0:0::1')", False),
        ("ip('169.254.1.1').isLinkLocalUnicast()", True),
        ("ip('224.0.0.1').isLinkLocalMulticast()", True),
        ("ip('8.8.8.8').isGlobalUnicast()", True),
        ("isIP('01.2.3.4')", False),
        ("isIP('::ffff:1.2.3.4')", False),
        (
            "ip('01.2.3.4').family()",
            f'IP Address "01.2.3.4" {_PARSE}: ParseAddr("01.2.3.4"): IPv4 field has octet with leading zero',
        ),
        ("ip('fe80::1%eth0').family()", 'IP address "fe80::1%eth0" with zone value is not allowed'),
        ("cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", True),
        ("cidr('10.0.0.0/8').containsIP('10.1.1.1')", True),
        ("cidr('10.0.0.0/8').containsIP('x')", "no such overload"),
        ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", True),
        ("cidr('10.0.0.0/8').containsCIDR(cidr('0.0.0.0/0'))", False),
        ("cidr('10.0.0.0/8').prefixLength()", 8),
        ("string(cidr('2001:db8::/32'))", "2001:db8::/32"),
        ("isCIDR('10.0.0.0/33')", False),
        ("ip('10.0.0.1') == 1", "no such overload"),
    ],
)
def test_addresses(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format.dns1123Label().validate('a-b').hasValue()", False),
        ("format.dns1123Label().validate('a.b').value()", ["must not contain dots"]),
        ("format.dns1123LabelPrefix().validate('a-').hasValue()", False),
        ("format.dns1035Label().validate('1a').hasValue()", True),
        ("format.qualifiedName().validate('example.com/name').hasValue()", False),
        ("format.qualifiedName().validate('%s').value()[0]" % ("a" * 64), "name part must be no more than 63 bytes"),
        ("format.labelValue().validate('%s').value()[0]" % ("a" * 64), "must be no more than 63 bytes"),
        ("format.dns1123Label().validate('%s').value()[0]" % ("a" * 64), "must be no more than 63 characters"),
        ("format.labelValue().validate('').hasValue()", False),
        ("format.uuid().validate('x').value()", ["does not match the UUID format"]),
        ("format.date().validate('2024-02-30').hasValue()", True),
        ("format.datetime().validate('2024-02-29T12:00:00Z').hasValue()", False),
        ("format.byte().validate('aGk=').hasValue()", False),
        ("format.uri().validate('/x').hasValue()", False),
        ("format.named('uuid').value() == format.uuid()", True),
        ("format.named('nope').hasValue()", False),
    ],
)
def test_formats(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timestamp('2024-02-29T12:30:15.250Z').getDayOfYear()", 59),
        ("timestamp('2024-02-29T12:30:15.250Z').getMilliseconds()", 250),
        ("timestamp('2024-02-29T12:30:15Z').getDayOfWeek()", 4),
        ("timestamp('2024-01-01T12:00:00Z').getHours('America/New_York')", 7),
        ("timestamp('2024-01-01T12:00:00Z').getHours('-08:30')", 3),
        ("timestamp('2024-01-01T12:00:00Z').getHours('Foo/Bar')", "unknown time zone Foo/Bar"),
        ("string(timestamp('2009-02-13T23:31:30.5+01:00'))", "2009-02-13T23:31:30.5+01:00"),
        ("timestamp('2024-01-01T00:00:00.000000001Z') > timestamp('2024-01-01T00:00:00Z')", True),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "timestamp overflow"),
        (
            "timestamp('2023-02-29T00:00:00Z')",
            "type conversion error from 'string' to 'google.protobuf.Timestamp'",
        ),
        ("duration('1h30m') == duration('5400s')", True),
        ("duration('-1.5h').getMinutes()", -90),
        ("duration('100000000000s')", "type conversion error from 'string' to 'google.protobuf.Duration'"),
        ("duration('9223372036s') + duration('1s')", "integer overflow"),
        ("string(timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z'))", "86400s"),
    ],
)
def test_times_are_exact_to_the_nanosecond(text: str, expected: object) -> None:
    assert value(text) == expected
