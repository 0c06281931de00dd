"""Where a command reads and writes, so that a test can run it without a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

from dra_policy.record import dataclass, field


def _read_standard_input() -> bytes:
    return sys.stdin.buffer.read()


def _read_standard_lines() -> Iterable[bytes]:
    return sys.stdin.buffer


@dataclass(slots=True)
class Streams:
    """Standard streams and environment of one run.

    ``read_lines`` gives the lines of standard input as they come. ``terminal_width`` is None where standard output is
    no terminal.
    """

    out: TextIO
    err: TextIO
    read_input: Callable[[], bytes] = _read_standard_input
    read_lines: Callable[[], Iterable[bytes]] = _read_standard_lines
    environment: Mapping[str, str] = field(default_factory=dict)
    terminal_width: int | None = None
    input_is_terminal: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of_process(cls) -> Streams:
        """The streams of this process."""
        width = None
        if sys.stdout.isatty():
            try:
                width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
            except OSError:
                width = 80
        return cls(
            out=sys.stdout,
            err=sys.stderr,
            environment=os.environ,
            terminal_width=width,
            input_is_terminal=sys.stdin is not None and sys.stdin.isatty(),
            encoding=sys.stdout.encoding or "ascii",
        )

    def print(self, text: str) -> None:
        """Write a text and a line end to standard output; nothing for an empty text."""
        if text:
            self.out.write(text if text.endswith("\n") else text + "\n")

    def warn(self, text: str) -> None:
        """Write a text and a line end to standard error; nothing for an empty text."""
        if text:
            self.out.flush()
            self.err.write(text if text.endswith("\n") else text + "\n")
