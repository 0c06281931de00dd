"""Semantic versions as Kubernetes reads them (semver.org 2.0.0 by blang/semver v4)."""

from __future__ import annotations

from dra_policy.record import dataclass
from dra_policy.values.go_text import go_quote

_DIGITS = "0123456789"
_ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"
_MAX_UINT64 = 2**64 - 1
_MOST_KEPT = 65_536

# A numeric identifier of a prerelease sorts before every alphanumeric one.
_Identifier = tuple[int, int, str]


class VersionError(ValueError):
    """A text that is no semantic version; the message is the library's."""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A semantic version. Equality, order and hash go by precedence; ``str()`` is the text as published.

    Precedence leaves build metadata out: ``1.0.0+a == 1.0.0+b``. Use ``parse`` to make one.
    """

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...]
    build: tuple[str, ...]
    precedence: tuple[int, int, int, bool, tuple[_Identifier, ...]]
    """A key that sorts as versions do."""
    text: str

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a strict version: three numbers within uint64, no leading ``v``, no leading zeros.

        Raises:
            VersionError: with the library's text.
        """
        known = _parsed.get(text)
        if known is not None:
            return known
        version = _read(text)
        if len(_parsed) >= _MOST_KEPT:
            _parsed.clear()
        _parsed[text] = version
        return version

    @classmethod
    def parse_normalized(cls, text: str) -> Version:
        """Read a version leniently, as CEL's ``semver(text, true)`` does; ``str()`` gives the normalized text.

        Raises:
            VersionError: with Kubernetes' text.
        """
        return cls.parse(cls.normalize(text))

    @staticmethod
    def normalize(text: str) -> str:
        """Strip one leading ``v`` and leading zeros of the numbers, fill up to three numbers.

        The result need not be a version. Source: ``normalizeAndParse`` of the API server's semver library.

        Raises:
            VersionError: for a version of less than three numbers with prerelease or build metadata.
        """
        parts = [_without_zeros(part) for part in text.removeprefix("v").split(".", 2)]
        if len(parts) < 3 and ("+" in parts[-1] or "-" in parts[-1]):
            raise VersionError("short version cannot contain PreRelease/Build meta data")
        return ".".join(parts + ["0"] * (3 - len(parts)))

    def compare(self, other: Version) -> int:
        """-1, 0 or 1 as this version precedes, equals or follows the other."""
        return (self.precedence > other.precedence) - (self.precedence < other.precedence)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Version({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.precedence == other.precedence

    def __lt__(self, other: Version) -> bool:
        return self.precedence < other.precedence

    def __le__(self, other: Version) -> bool:
        return self.precedence <= other.precedence

    def __gt__(self, other: Version) -> bool:
        return self.precedence > other.precedence

    def __ge__(self, other: Version) -> bool:
        return self.precedence >= other.precedence

    def __hash__(self) -> int:
        return hash(self.precedence)


_parsed: dict[str, Version] = {}


def _read(text: str) -> Version:
    if not text:
        raise VersionError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise VersionError("No Major.Minor.Patch elements found")
    major, minor = _number("major", parts[0]), _number("minor", parts[1])
    release, has_build, build_text = parts[2].partition("+")
    patch_text, has_prerelease, prerelease_text = release.partition("-")
    patch = _number("patch", patch_text)
    prerelease = tuple(prerelease_text.split(".")) if has_prerelease else ()
    for part in prerelease:
        _check_prerelease(part)
    build = tuple(build_text.split(".")) if has_build else ()
    for part in build:
        if not part:
            raise VersionError("Build meta data is empty")
        if _has_other_than(part, _ALPHANUMERIC):
            raise VersionError(f"Invalid character(s) found in build meta data {go_quote(part)}")
    # A version without prerelease follows those with one.
    precedence = (major, minor, patch, not prerelease, tuple(_identifier(part) for part in prerelease))
    return Version(major, minor, patch, prerelease, build, precedence, text)


def _number(name: str, text: str) -> int:
    if _has_other_than(text, _DIGITS):
        raise VersionError(f"Invalid character(s) found in {name} number {go_quote(text)}")
    if len(text) > 1 and text[0] == "0":
        raise VersionError(f"{name.capitalize()} number must not contain leading zeroes {go_quote(text)}")
    return _uint64(text)


def _uint64(text: str) -> int:
    """The number that strconv.ParseUint reads, with its errors."""
    if not text:
        raise VersionError(f"strconv.ParseUint: parsing {go_quote(text)}: invalid syntax")
    if len(text) > 20 or int(text) > _MAX_UINT64:
        raise VersionError(f"strconv.ParseUint: parsing {go_quote(text)}: value out of range")
    return int(text)


def _check_prerelease(part: str) -> None:
    if not part:
        raise VersionError("Prerelease is empty")
    if not _has_other_than(part, _DIGITS):
        if len(part) > 1 and part[0] == "0":
            raise VersionError(f"Numeric PreRelease version must not contain leading zeroes {go_quote(part)}")
        _uint64(part)
    elif _has_other_than(part, _ALPHANUMERIC):
        raise VersionError(f"Invalid character(s) found in prerelease {go_quote(part)}")


def _identifier(part: str) -> _Identifier:
    return (1, 0, part) if _has_other_than(part, _DIGITS) else (0, int(part), "")


def _has_other_than(text: str, characters: str) -> bool:
    # A character outside the set stops the stripping from both ends, so that something is left.
    return bool(text.strip(characters))


def _without_zeros(part: str) -> str:
    if len(part.encode()) < 2:
        return part
    stripped = part.lstrip("0")
    return stripped if stripped[:1] in tuple(_DIGITS) else "0" + stripped
