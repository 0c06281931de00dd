"""A small world as files, and a way to run commands over it without a process."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dra_policy.cli.main import main
from dra_policy.cli.streams import Streams
from tests import clusters

DRIVER = "gpu.example.com"
FITS = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: one, namespace: team}
spec:
  devices:
    requests:
    - name: gpu
      exactly: {deviceClassName: gpu, count: 1}
"""
NEVER = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: nine, namespace: team}
spec:
  devices:
    requests:
    - name: gpu
      exactly: {deviceClassName: gpu, count: 9}
"""
CLASSES = f"""\
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {{name: gpu}}
spec:
  selectors:
  - cel: {{expression: 'device.driver == "{DRIVER}"'}}
"""
POD = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: pair, namespace: team}
spec:
  spec:
    devices:
      requests:
      - name: gpu
        exactly: {deviceClassName: gpu, count: 2}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: team}
spec:
  containers:
  - name: c
    image: pause
    resources: {claims: [{name: gpus}]}
  resourceClaims:
  - {name: gpus, resourceClaimTemplateName: pair}
"""


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def gpu(name: str, model: str) -> dict[str, Any]:
    """A device with a model."""
    return clusters.device(name, model=model)


def fleet() -> str:
    """Nodes n1 and n2 with two GPUs each; those of n2 are of another model."""
    documents = [
        clusters.slice_([gpu("gpu-0", "A"), gpu("gpu-1", "A")], node="n1", driver=DRIVER),
        clusters.slice_([gpu("gpu-0", "B"), gpu("gpu-1", "B")], node="n2", driver=DRIVER),
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})


def write_world(folder: Path) -> None:
    """Write the files of the small world."""
    files = {"fleet.json": fleet(), "classes.yaml": CLASSES, "fits.yaml": FITS, "never.yaml": NEVER, "pod.yaml": POD}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def run(
    *arguments: str,
    stdin: str | bytes = b"",
    environment: Mapping[str, str] | None = None,
    terminal_width: int | None = None,
    encoding: str = "utf-8",
) -> Ran:
    """Run a command line in this process."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = io.StringIO(), io.StringIO()
    streams = Streams(
        out,
        err,
        read_input=lambda: data,
        read_lines=lambda: data.splitlines(keepends=True),
        environment=environment or {},
        terminal_width=terminal_width,
        encoding=encoding,
    )
    return Ran(main(list(arguments), streams), out.getvalue(), err.getvalue())
