"""What Kubernetes' own code says at the edges of the language: nesting, keys of maps, formats, patterns, versions.

`testdata/conformance/cel/edges.jsonl` was recorded from k8s.io/dynamic-resource-allocation 0.37.2, 0.36.2 and 0.34.2,
and for 1.30 from k8s.io/apiserver 0.30.0 with the variables of dra-evolution. Of a compile error the first line is
kept.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dra_policy.engine.cel_cases import WrittenDevice, answer_record
from dra_policy.engine.rules import Rules

FOLDER = Path(__file__).parents[2] / "testdata" / "conformance" / "cel"
DEVICE = json.loads((FOLDER / "device.json").read_text())
LINES = [json.loads(line) for line in (FOLDER / "edges.jsonl").read_text().splitlines()]
PROTOTYPE = [{"name": "model", "string": "A100"}, {"name": "ecc", "bool": True}, {"name": "x.io/model", "string": "X"}]


ANSWERS = ("compileError", "result", "error")


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs on purpose: the words of syntax errors, further lines of a compile error."""
    text = answer.get("compileError")
    if text is not None:
        # cel-go 0.17 goes on with inner numbers and a dump of the node.
        text = re.sub("(incompatible type already exists for expression).*", r"\1", text.partition("\n")[0])
        return {"compileError": re.sub("Syntax error.*", "Syntax error", text)}
    return {key: value for key, value in answer.items() if value is not None}


def record_of(line: dict[str, Any]) -> dict[str, Any]:
    if line["kubernetes"] == "1.30":
        return {"driverName": "d", "attributes": PROTOTYPE}
    return {"driver": "g.e", "device": DEVICE, **{key: line[key] for key in ("features", "env") if key in line}}


@pytest.mark.parametrize("version", sorted({line["kubernetes"] for line in LINES}))
def test_the_edges_of_the_language_are_where_kubernetes_has_them(version: str) -> None:
    wrong = []
    for line in LINES:
        if line["kubernetes"] != version:
            continue
        rules = Rules(kubernetes=version, strict_prototype=version == "1.30")
        record = record_of(line)
        device = WrittenDevice(record.get("device"))
        found = comparable(answer_record(record, line["expression"], rules, device=device))
        wanted = comparable(line["expect"])
        if version == "1.30":
            # The prototype counts no costs.
            found, wanted = ({key: each[key] for key in each if key in ANSWERS} for each in (found, wanted))
        if found != wanted:
            wrong.append(f"{line['expression'][:200]}\n  found {found}\n  wanted {wanted}")
    assert not wrong, "\n".join(wrong)
