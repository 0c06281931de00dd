"""What an explanation says of each node, held against the recorded answer of Kubernetes for it."""

from __future__ import annotations

import json
from typing import Any

from dra_policy import Explanation, load_text
from tests.shared_data import shared_lines

FILES = ("quirks", "random", "random_hard")
EVERY = 4


def _cases() -> list[dict[str, Any]]:
    found = [case for file in FILES for case in shared_lines(f"conformance/allocation/{file}.jsonl")]
    single = [case for case in found if len(case["claims"]) == 1 and not case.get("jsonLossy")]
    return [case for case in single if "nodes" in case["expect"]][::EVERY]


def _explained(case: dict[str, Any]) -> Explanation:
    asked = {name: value for name, value in case.items() if name not in ("expect", "actual", "why")}
    cluster = load_text(json.dumps(asked), "case.json")
    return cluster.explain(cluster.claims()[0])


def test_a_node_lacks_something_exactly_if_kubernetes_did_not_allocate_there() -> None:
    """Every node of which anything is said; prints how many."""
    nodes = 0
    for case in _cases():
        allocated = {node["node"]: node["allocated"] for node in case["expect"]["nodes"]}
        for group in _explained(case).closest:
            for node in group.nodes:
                if node in allocated:
                    nodes += 1
                    assert allocated[node] is not bool(group.missing), (case["name"], node, group.missing)
    print(f"{nodes:,} nodes of recorded cases")
    assert nodes > 400
