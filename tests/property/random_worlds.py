"""Random clusters with all features, from the manifests of `benchmarks.fuzz`, and what is answered to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from benchmarks.fuzz.cases import random_case
from benchmarks.fuzz.claims import COMMON_ATTRIBUTES
from dra_policy.allocate import Answers, allocate_claims
from dra_policy.compiler import CompiledClaim, compile_claim
from dra_policy.engine.batch import allocate_case
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World
from dra_policy.manifests import read_case

Document = dict[str, Any]

BUDGET = 20_000
cases = st.integers(0, 10**9).map(lambda number: random_case(7, number))
easy_cases = st.integers(0, 10**9).map(lambda number: random_case(7, number, is_easy=True))
"""Of these every second fits, of all cases every fifth: for laws about what is allocated."""
GATHERING = "gather pool information: "


def world_of(case: Document) -> World:
    read = read_case(json.dumps(case).encode())
    return World(read.objects, read.diagnostics, Rules(steps=BUDGET))


def compiled(world: World) -> list[CompiledClaim]:
    """The claims without what their compilation finds, which needs all devices to be looked through."""
    return [compile_claim(claim, world.classes, world.rules.compilation) for claim in world.objects.claims]


def answers_to(world: World, **options: Any) -> Answers:
    return allocate_claims(world.fleet, compiled(world), evaluator=world.evaluator, budget=BUDGET, **options)


def outcomes(case: Document, **options: Any) -> dict[str, object]:
    """Each node's answer, without the steps that it took."""
    return {each.node: each.outcome for each in answers_to(world_of(case), **options)}


def nodes_of(case: Document) -> dict[str, Document]:
    """The nodes' answers; which of several slices that cannot be read is named first is left out."""
    answered: Any = allocate_case(json.dumps(case).encode(), Rules(steps=BUDGET))
    found = {}
    for node in answered["nodes"]:
        error = node.get("error", "")
        found[node["node"]] = {**node, "error": GATHERING if error.startswith(GATHERING) else error}
    return found


def requests(claim: Document) -> list[Document]:
    found: list[Document] = claim["spec"]["devices"]["requests"]
    return found


def demands(claim: Document) -> Iterator[Document]:
    for request in requests(claim):
        yield from request.get("firstAvailable", (request.get("exactly"),))


def constrained(case: Document, number: int) -> Document:
    """The case with a constraint of all requests in each claim that has none."""
    changed: Document = json.loads(json.dumps(case))
    for index, claim in enumerate(changed["claims"]):
        kind = "distinctAttribute" if (number >> index) % 4 == 0 else "matchAttribute"
        one = {kind: COMMON_ATTRIBUTES[(number + index) % len(COMMON_ATTRIBUTES)]}
        claim["spec"]["devices"].setdefault("constraints", [one])
    return changed
