"""Find the files of an input and read them as text."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property

from dra_policy.manifests.malformed import MalformedError
from dra_policy.text import Findings, Source, unreadable

SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".ndjson")
# Larger files are not kept in memory after they were read: for a message they are read again.
KEPT = 4_000_000


class InputFile:
    """A text with a name: a file's, or one that is given.

    ``data`` is UTF-8 without byte order mark. Raises OSError when the file cannot be read and MalformedError when it
    is no text.
    """

    def __init__(self, name: str, path: str | None = None, data: bytes | None = None) -> None:
        """Name a file to be read at first use, or a text that is there already."""
        self.name = name
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._data = None if data is None else _as_utf8(data)

    @property
    def data(self) -> bytes:
        """The bytes."""
        if self._data is None:
            self._data = self._read()
        return self._data

    def _read(self) -> bytes:
        with open(self._path or "", "rb") as opened:
            status = os.fstat(opened.fileno())
            self._stamp = (status.st_size, status.st_mtime_ns)
            return _as_utf8(opened.read())

    def release(self) -> None:
        """Forget the bytes of a large file; they are read again when a message needs them."""
        if self._path is not None and self._stamp is not None and len(self._data or b"") > KEPT:
            self._data = None

    def _again(self) -> str:
        """The text for messages; empty where the file has gone or changed since."""
        if self._data is None and self._path is not None:
            try:
                status = os.stat(self._path)
                if self._stamp != (status.st_size, status.st_mtime_ns):
                    return ""
                return self._read().decode()
            except (OSError, MalformedError):
                return ""
        return self.data.decode()

    @cached_property
    def source(self) -> Source:
        """The source that spans of this text point into."""
        return Source(self.name, self._again)


def _as_utf8(data: bytes) -> bytes:
    """The bytes without byte order mark; UTF-16 is written anew. Raises MalformedError for what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16").encode()
        except UnicodeError:
            raise MalformedError("the text is no UTF-16", 0) from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if _looks_like_utf16(data):
        raise MalformedError("not UTF-8 (looks like UTF-16)", 0)
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise MalformedError(
                f"line {line} is no UTF-8 text (byte 0x{data[error.start]:02x})", error.start
            ) from None
    if b"\r" in data and b"\n" not in data:
        # The line ends of old Macs; YAML has them, our line numbers do not.
        data = data.replace(b"\r", b"\n")
    return data


def _looks_like_utf16(data: bytes) -> bool:
    """Whether zeros stand at every other byte of the start, as they do where ASCII is written in two bytes each."""
    even, odd = data[:64:2], data[1:64:2]
    zeros = sorted((even.count(0), odd.count(0)))
    return len(odd) > 1 and zeros[0] == 0 and zeros[1] * 2 >= len(odd)


def find_files(path: str, suffixes: Collection[str], findings: Findings) -> list[str]:
    """The files that a path stands for: itself, or those below it with one of the suffixes, sorted."""
    if not os.path.isdir(path):
        return [path]

    def tell(error: OSError) -> None:
        findings.add([unreadable(error.filename, error)])

    found: list[str] = []
    for folder, folders, names in os.walk(path, onerror=tell):
        # In place: os.walk then visits the folders in this order, and hidden ones not at all.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join(folder, name)
            for name in sorted(names)
            # A pipe among the files would be waited for for ever.
            if not name.startswith(".")
            and name.endswith(tuple(suffixes))
            and os.path.isfile(os.path.join(folder, name))
        ]
    return sorted(found)
