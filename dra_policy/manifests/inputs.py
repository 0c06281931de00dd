"""Read files, folders, standard input and texts into one set of objects."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from dra_policy.collector import collector_off
from dra_policy.manifests.files import SUFFIXES, InputFile, find_files
from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.reading import ExtraReader, Reading
from dra_policy.manifests.result import ReadResult
from dra_policy.model import Dialect
from dra_policy.text import STANDARD_INPUT, unreadable

__all__ = ["ExtraReader", "read_case", "read_inputs", "read_text"]

_POLICY = ".dra"
# A word and what it declares; in a manifest a colon stands behind the first word.
_begins_as_policy = re.compile(rb"(?:\s|(?:#|//)[^\n]*\n)*[a-z]+[ \t]+[\w\"]").match


def read_inputs(
    paths: Sequence[str],
    *,
    stdin: Callable[[], bytes] | None = None,
    dialect: Dialect | None = None,
    extra: Mapping[str, ExtraReader] | None = None,
    seen: set[str] | None = None,
) -> ReadResult:
    """Read files, folders (recursively, sorted) and ``-`` (standard input).

    ``extra`` maps a suffix (``.dra``) to the reader of such files; standard input is a policy if it begins like one.
    What cannot be read becomes a diagnostic (DRA101); everything else is still loaded. Never raises for bad input.
    ``dialect`` overrides what apiVersion and shape say.
    ``seen`` has the real paths of files that were read before and are left out now; those read now are added.
    """
    reading = Reading(dialect, None)
    readers = dict(extra or {})
    known = set() if seen is None else seen
    with collector_off():
        for path in paths:
            if path == "-":
                if path in known:
                    continue
                known.add(path)
                given = stdin() if stdin is not None else b""
                _read_given(reading, STANDARD_INPUT, given, readers.get(_POLICY) if _begins_as_policy(given) else None)
                continue
            for name in find_files(path, (*SUFFIXES, *readers), reading.findings):
                real = os.path.realpath(name)
                if real not in known:
                    known.add(real)
                    reading.read_file(name, readers)
    return reading.result()


def read_text(
    name: str, text: str | bytes, *, dialect: Dialect | None = None, defaults: bool | None = None
) -> ReadResult:
    """Read a text (YAML, JSON, JSON Lines) under a name.

    ``defaults`` says whether the API server's defaults are applied; None: to everything but recorded cases.
    """
    reading = Reading(dialect, defaults)
    with collector_off():
        _read_given(reading, name, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return reading.result()


def read_case(line: bytes, *, name: str = "<case>") -> ReadResult:
    """Read one recorded case (a JSON object of conformance/SCHEMA.md), without defaults."""
    return read_text(name, line)


def _read_given(reading: Reading, name: str, data: bytes, reader: ExtraReader | None = None) -> None:
    try:
        file = InputFile(name, data=data)
    except MalformedError as error:
        reading.findings.add([unreadable(name, error.message)])
        return
    reading.read_with(file, reader)
