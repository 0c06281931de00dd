"""Build the Go program and talk to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import PROJECT

SOURCE = Path(__file__).resolve().parent
PROGRAM = PROJECT / "build" / "peer" / "peer"
GO_IS_MISSING = (
    "Go is missing: this compares with Kubernetes' own code, which is built from benchmarks/peer.\n"
    "Install Go 1.26 or newer (https://go.dev/dl) and put `go` on the PATH; everything else works without it."
)


def go_environment() -> dict[str, str]:
    """One processor, as drapolicy uses one."""
    return {**os.environ, "GOMAXPROCS": "1", "GOFLAGS": "-buildvcs=false"}


def build() -> Path:
    """Build the program if its sources are newer; ends the process with a clear line where Go is absent."""
    go = shutil.which("go")
    if go is None:
        sys.exit(GO_IS_MISSING)
    sources = [*SOURCE.glob("*.go"), SOURCE / "go.mod", SOURCE / "go.sum"]
    if PROGRAM.exists() and PROGRAM.stat().st_mtime > max(each.stat().st_mtime for each in sources):
        return PROGRAM
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    print("building benchmarks/peer with Go (once; the modules are fetched if they are not at hand) ...", flush=True)
    # All processors: building is not what is measured.
    environment = {**go_environment(), "GOMAXPROCS": str(os.cpu_count())}
    if subprocess.run([go, "build", "-o", str(PROGRAM), "."], cwd=SOURCE, env=environment, check=False).returncode:
        sys.exit("benchmarks/peer cannot be built; Go 1.26 and the module proxy (or a filled module cache) are needed")
    return PROGRAM


def report(*arguments: str) -> dict[str, Any]:
    """What one run of the program measured."""
    run = subprocess.run([str(PROGRAM), *arguments], env=go_environment(), capture_output=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


class Server:
    """The program answering recorded cases, one line after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(PROGRAM), "serve"], env=go_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def send(self, line: bytes) -> None:
        """Ask; ``receive`` has the answer before anything else may be asked."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return {"crashed": self._process.wait()}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, line: bytes) -> dict[str, Any]:
        self.send(line)
        return self.receive()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
