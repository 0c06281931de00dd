"""Versions read and order as blang/semver v4, which Kubernetes uses."""

from __future__ import annotations

import pickle

import pytest

from dra_policy.values import Version, VersionError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Version string empty"),
        ("1.2", "No Major.Minor.Patch elements found"),
        ("v1.2.3", 'Invalid character(s) found in major number "v1"'),
        ("1.x.3", 'Invalid character(s) found in minor number "x"'),
        ("1.2.3.4", 'Invalid character(s) found in patch number "3.4"'),
        ("01.2.3", 'Major number must not contain leading zeroes "01"'),
        ("1.02.3", 'Minor number must not contain leading zeroes "02"'),
        ("1.2.03", 'Patch number must not contain leading zeroes "03"'),
        ("1..3", 'strconv.ParseUint: parsing "": invalid syntax'),
        ("18446744073709551616.0.0", 'strconv.ParseUint: parsing "18446744073709551616": value out of range'),
        ("1.2.3-", "Prerelease is empty"),
        ("1.2.3-01", 'Numeric PreRelease version must not contain leading zeroes "01"'),
        ("1.2.3-a_b", 'Invalid character(s) found in prerelease "a_b"'),
        ("1.2.3+", "Build meta data is empty"),
        ("1.2.3+a_b", 'Invalid character(s) found in build meta data "a_b"'),
        ('1.2."', 'Invalid character(s) found in patch number "\\""'),
    ],
)
def test_a_wrong_text_is_refused_in_the_words_of_the_library(text: str, message: str) -> None:
    with pytest.raises(VersionError) as raised:
        Version.parse(text)
    assert str(raised.value) == message


def test_precedence_is_that_of_semver() -> None:
    ordered = "1.0.0-1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0 1.0.1 1.2.0 10.0.0"
    versions = [Version.parse(text) for text in ordered.split()]
    shuffled = versions[5:] + versions[4::-1]

    assert sorted(shuffled) == versions
    assert len(set(versions)) == len(versions)


def test_build_metadata_has_no_weight() -> None:
    assert Version.parse("1.0.0+a") == Version.parse("1.0.0+b")
    assert hash(Version.parse("1.0.0+a")) == hash(Version.parse("1.0.0"))
    assert str(Version.parse("1.0.0+a")) == "1.0.0+a"


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("v1.2.3", "1.2.3"),
        ("v1", "1.0.0"),
        ("01.002", "1.2.0"),
        ("1.2.03-rc.1", "1.2.3-rc.1"),
        ("0", "0.0.0"),
        ("00", "0.0.0"),
    ],
)
def test_a_lenient_text_is_normalized(text: str, normalized: str) -> None:
    assert str(Version.parse_normalized(text)) == normalized


def test_a_short_version_has_no_prerelease() -> None:
    with pytest.raises(VersionError, match=r"^short version cannot contain PreRelease/Build meta data$"):
        Version.parse_normalized("1.2-rc1")


def test_only_one_v_is_stripped() -> None:
    with pytest.raises(VersionError, match="major number"):
        Version.parse_normalized("vv1.0.0")


def test_a_version_survives_pickling() -> None:
    version = Version.parse("1.2.3-rc.1+b")

    assert str(pickle.loads(pickle.dumps(version))) == "1.2.3-rc.1+b"
    assert (version.major, version.minor, version.patch) == (1, 2, 3)
