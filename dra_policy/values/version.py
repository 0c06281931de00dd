"""Semantic versions as Kubernetes reads them (semver.org 2.0.0 by blang/semver v4)."""

from __future__ import annotations


class VersionError(ValueError):
    """A text that is no semantic version; the message is the library's."""


class Version:
    """A semantic version. Equality, order and hash go by precedence; ``str()`` is the text as published."""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a strict version; raises VersionError with the library's text."""
        raise NotImplementedError
