"""Tell a bug of drapolicy to its user: one line, and a report file with what a maintainer needs."""

from __future__ import annotations

import platform
import tempfile
import traceback
from collections.abc import Sequence

from dra_policy.cli.streams import Streams
from dra_policy.release import __version__

EXIT_BUG = 70


def report_bug(error: Exception, arguments: Sequence[str], streams: Streams) -> int:
    """Write the traceback into a file of the temporary folder and name it; the exit code is 70."""
    lines = [f"drapolicy {__version__}, Python {platform.python_version()}", f"arguments: {list(arguments)!r}", ""]
    lines += traceback.format_exception(error)
    with tempfile.NamedTemporaryFile("w", prefix="drapolicy-", suffix=".txt", delete=False, encoding="utf-8") as report:
        report.write("\n".join(lines))
    # Not `warn`: it may be standard output that failed.
    streams.complain(f"DRA690 internal error: {type(error).__name__}: {error}")
    streams.complain(f"  hint: please report it with the file {report.name}")
    return EXIT_BUG
