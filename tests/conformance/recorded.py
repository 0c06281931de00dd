"""Recorded allocation cases: run one, and say where the answers differ from what Kubernetes answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dra_policy.allocate import (
    Allocated,
    Answers,
    ClaimResult,
    Failed,
    NodeAnswer,
    allocate_claims,
)
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.compiler import DeviceClasses, compile_claim
from dra_policy.fleet import Fleet
from dra_policy.manifests import read_case
from dra_policy.model import NodeRequirement, NodeSelector
from dra_policy.values import Quantity


@dataclass(frozen=True)
class Expected:
    """What Kubernetes answered for one node."""

    node: str
    is_allocated: bool
    devices: list[list[str]] | None
    results: list[dict[str, Any]] | None
    error: str | None


@dataclass(frozen=True)
class Case:
    """One recorded case."""

    name: str
    line: bytes
    expected: tuple[Expected, ...]
    is_order_exact: bool


def cases(path: Path) -> Iterator[Case]:
    """The cases of a file that JSON can express."""
    with path.open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            if not record.get("jsonLossy"):
                expect = record["expect"]
                order = expect.get("resultsDeviceOrder", "exact")
                yield Case(record["name"], line, tuple(_expected(record)), order == "exact")


def _expected(record: dict[str, Any]) -> Iterator[Expected]:
    expect = record["expect"]
    if "nodes" in expect:
        for each in expect["nodes"]:
            yield Expected(each["node"], each["allocated"], each.get("devices"), each.get("results"), each.get("error"))
    elif "outcome" in expect:
        actual, node = record["actual"], record["node"]["metadata"]["name"]
        results = actual.get("results") if actual["allocated"] else None
        yield Expected(node, actual["allocated"], picked(results), results, actual.get("error"))
    else:
        node = expect.get("node") or record["nodes"][0]["metadata"]["name"]
        yield Expected(node, expect["allocated"], expect.get("devices"), expect.get("results"), expect.get("error"))


def picked(results: list[dict[str, Any]] | None) -> list[list[str]] | None:
    """The devices of AllocationResults, in the short form."""
    if results is None:
        return None
    return [
        [f"{each['request']}={each['driver']}/{each['pool']}/{each['device']}" for each in _devices(result)]
        for result in results
    ]


def _devices(result: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (result.get("devices") or {}).get("results") or []
    return found


def run(case: Case, shortcuts: Shortcuts = ALL_SHORTCUTS) -> Answers:
    """The answers to a case."""
    objects = read_case(case.line).objects
    classes = DeviceClasses(objects.classes)
    claims = [compile_claim(claim, classes) for claim in objects.claims if claim.allocation is None]
    return allocate_claims(Fleet.build(objects), claims, shortcuts=shortcuts)


def difference(expected: Expected, answer: NodeAnswer, *, is_order_exact: bool) -> str | None:
    """How outcome, devices or results of a node differ; None if they agree. Error texts are not compared."""
    outcome = answer.outcome
    if isinstance(outcome, Allocated) != expected.is_allocated or isinstance(outcome, Failed) != bool(expected.error):
        return f"{expected.node}: {outcome} instead of {expected}"
    if not isinstance(outcome, Allocated):
        return None
    got = [list(result.devices) for result in outcome.results]
    want = expected.devices
    if want is not None and (got != want if is_order_exact else _sorted(got) != _sorted(want)):
        return f"{expected.node}: {got} instead of {want}"
    if expected.results is not None and is_order_exact:
        written = [as_json(result) for result in outcome.results]
        wanted = [_normal(result) for result in expected.results]
        if written != wanted:
            return f"{expected.node}: {written} instead of {wanted}"
    return None


def _sorted(claims: list[list[str]]) -> list[list[str]]:
    return sorted(map(sorted, claims))


def as_json(result: ClaimResult) -> dict[str, Any]:
    """A result in the form of ``_normal``."""
    devices = [
        {
            "device": f"{each.request}={each.device}",
            "admin": each.admin_access,
            "shared": each.share_id is not None,
            "consumed": dict(each.consumed_capacity),
            "tolerations": [(t.key, t.operator, t.value, t.effect) for t in each.tolerations],
            "binding": (each.binding_conditions, each.binding_failure_conditions),
        }
        for each in result.allocation.devices
    ]
    configurations = [(each.source, each.requests, each.configuration.driver) for each in result.configurations]
    return {"devices": devices, "selector": _selector(result.allocation.node_selector), "config": configurations}


def _selector(selector: NodeSelector | None) -> object:
    if selector is None:
        return None
    return [(_requirements(term.match_expressions), _requirements(term.match_fields)) for term in selector.terms]


def _requirements(requirements: tuple[NodeRequirement, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.key, each.operator, each.values) for each in requirements]


def _normal(result: dict[str, Any]) -> dict[str, Any]:
    """An AllocationResult without what is random (share IDs) or not compared (parameters of configurations)."""
    devices = [
        {
            "device": f"{each['request']}={each['driver']}/{each['pool']}/{each['device']}",
            "admin": each.get("adminAccess", False),
            "shared": "shareID" in each,
            "consumed": {name: Quantity.parse(text) for name, text in each.get("consumedCapacity", {}).items()},
            "tolerations": [
                (t.get("key", ""), t.get("operator", ""), t.get("value", ""), t.get("effect", ""))
                for t in each.get("tolerations", [])
            ],
            "binding": (tuple(each.get("bindingConditions", [])), tuple(each.get("bindingFailureConditions", []))),
        }
        for each in _devices(result)
    ]
    selector = result.get("nodeSelector")
    terms = selector and [
        (_raw_requirements(term.get("matchExpressions")), _raw_requirements(term.get("matchFields")))
        for term in selector["nodeSelectorTerms"]
    ]
    configurations = [
        (each["source"], tuple(each.get("requests") or ()), each["opaque"]["driver"])
        for each in (result.get("devices") or {}).get("config") or []
    ]
    return {"devices": devices, "selector": terms, "config": configurations}


def _raw_requirements(requirements: list[dict[str, Any]] | None) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each["key"], each["operator"], tuple(each.get("values") or ())) for each in requirements or []]
