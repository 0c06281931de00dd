"""Read files, folders, standard input and texts into one set of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dra_policy.manifests.result import ReadResult
from dra_policy.model import Dialect, Objects
from dra_policy.text import Diagnostic, Source

ExtraReader = Callable[[Source], tuple[Objects, Sequence[Diagnostic]]]
"""Reads a file of another language (``.dra``): the objects that it declares, and its diagnostics."""


def read_inputs(
    paths: Sequence[str],
    *,
    stdin: Callable[[], bytes] | None = None,
    dialect: Dialect | None = None,
    extra: Mapping[str, ExtraReader] | None = None,
) -> ReadResult:
    """Read files, folders (recursively, sorted) and ``-`` (standard input).

    ``extra`` maps a suffix (``.dra``) to the reader of such files. What cannot be read becomes a diagnostic (DRA101);
    everything else is still loaded. Never raises for bad input. ``dialect`` overrides what apiVersion and shape say.
    """
    raise NotImplementedError


def read_text(
    name: str, text: str | bytes, *, dialect: Dialect | None = None, defaults: bool | None = None
) -> ReadResult:
    """Read a text (YAML, JSON, JSON Lines) under a name.

    ``defaults`` says whether the API server's defaults are applied; None: to everything but recorded cases.
    """
    raise NotImplementedError


def read_case(line: bytes, *, name: str = "<case>") -> ReadResult:
    """Read one recorded case (a JSON object of conformance/SCHEMA.md), without defaults."""
    raise NotImplementedError
