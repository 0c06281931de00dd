"""Where a command reads and writes, so that a test can run it without a terminal."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, TextIO

from dra_policy.record import dataclass, field
from dra_policy.text import STANDARD_INPUT, PolicyError, unreadable

if TYPE_CHECKING:
    from dra_policy.render import Style


def _read_standard_input() -> bytes:
    try:
        return _standard_input().read()
    except OSError as error:
        raise PolicyError([unreadable(STANDARD_INPUT, error)]) from None


def _read_standard_lines() -> Iterable[bytes]:
    try:
        yield from _standard_input()
    except OSError as error:
        raise PolicyError([unreadable(STANDARD_INPUT, error)]) from None


def _standard_input() -> BinaryIO:
    # Python has no stream for a descriptor that was closed before it began (`<&-`).
    if sys.stdin is None:
        raise PolicyError([unreadable(STANDARD_INPUT, "it is closed")])
    return sys.stdin.buffer


class ClosedOutput(io.StringIO):
    """Standard output where it is closed (`>&-`): nothing can be written, and nothing need be."""

    def write(self, text: str) -> int:
        """Raise OSError unless there is nothing to write."""
        if text:
            raise OSError(errno.EBADF, "standard output is closed")
        return 0


def _whole(stream: TextIO) -> TextIO:
    """The stream itself, or one that writes all of a text or raises.

    Without a buffer (PYTHONUNBUFFERED) Python drops what a pipe did not take, and says nothing.
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    binary = io.BufferedWriter(stream.buffer)
    return io.TextIOWrapper(binary, stream.encoding, stream.errors, line_buffering=True)


def _escape_what_the_locale_lacks(stream: TextIO) -> None:
    """Print such characters as JSON writes them, so that ``-o json`` stays JSON in every locale."""
    codecs.register_error("drapolicy", as_json_escapes)
    if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
        stream.reconfigure(errors="drapolicy")


def as_json_escapes(error: UnicodeError) -> tuple[str, int]:
    r"""An error handler of ``codecs``: ``\u00e4`` for what cannot be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)), error.end


@dataclass(slots=True)
class Streams:
    """Standard streams and environment of one run.

    ``read_lines`` gives the lines of standard input as they come. ``terminal_width`` is None where standard output is
    no terminal. ``style`` is the layout that the command's flags ask for, once they are read.
    """

    out: TextIO
    err: TextIO
    read_input: Callable[[], bytes] = _read_standard_input
    read_lines: Callable[[], Iterable[bytes]] = _read_standard_lines
    environment: Mapping[str, str] = field(default_factory=dict)
    terminal_width: int | None = None
    input_is_terminal: bool = False
    encoding: str = "utf-8"
    style: Style | None = None

    @classmethod
    def of_process(cls) -> Streams:
        """The streams of this process."""
        if sys.stdout is not None:
            # In its place, so that both are flushed and closed once.
            sys.stdout = _whole(sys.stdout)
        out: TextIO = ClosedOutput() if sys.stdout is None else sys.stdout
        width = None
        if out.isatty():
            try:
                width = os.get_terminal_size(out.fileno()).columns or 80
            except OSError:
                width = 80
        _escape_what_the_locale_lacks(out)
        return cls(
            out=out,
            err=io.StringIO() if sys.stderr is None else sys.stderr,
            environment=os.environ,
            terminal_width=width,
            input_is_terminal=sys.stdin is not None and sys.stdin.isatty(),
            encoding=out.encoding or "utf-8",
        )

    def print(self, text: str) -> None:
        """Write a text and a line end to standard output; nothing for an empty text."""
        if text:
            self.out.write(text if text.endswith("\n") else text + "\n")

    def warn(self, text: str) -> None:
        """Write a text and a line end to standard error; nothing for an empty text."""
        if text:
            self.out.flush()
            self.complain(text)

    def complain(self, text: str) -> None:
        """Write to standard error what standard output cannot be told; where nobody reads it, nothing changes."""
        if text:
            with suppress(OSError):
                self.err.write(text if text.endswith("\n") else text + "\n")
