"""One recorded case of allocation, as a line of the protocol says it."""

from __future__ import annotations

from dra_policy.allocate import Allocated, ClaimResult, Failed, NodeAnswer, Undecided, allocate_claims
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.compiler import compile_claim
from dra_policy.engine.configurations import configuration_documents
from dra_policy.engine.quotas import quotas_of
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World
from dra_policy.manifests import read_case
from dra_policy.manifests.writing import allocation_status
from dra_policy.text import Severity
from dra_policy.values import JsonValue

JsonObject = dict[str, JsonValue]


def answer_case(line: bytes, name: JsonValue, rules: Rules, shortcuts: Shortcuts | None = None) -> JsonObject:
    """Every node's answer, and the first-node view (``outcome``). Raises ValueError where the objects are wrong."""
    read = read_case(line)
    errors = [each.message for each in read.diagnostics if each.severity is Severity.ERROR]
    if errors:
        raise ValueError(errors[0])
    world = World(read.objects, read.diagnostics, rules)
    # Without a vocabulary: nobody reads the findings, and an expression seen in a line before is compiled already.
    compiled = [compile_claim(claim, world.classes, rules.compilation) for claim in world.objects.claims]
    objects = world.objects
    quotas = quotas_of(world, objects.claims) if objects.quotas or objects.resource_quotas else None
    answers = allocate_claims(
        world.fleet,
        compiled,
        evaluator=world.evaluator,
        quotas=quotas,
        budget=rules.steps,
        shortcuts=shortcuts or ALL_SHORTCUTS,
    )
    nodes = [_node(each) for each in answers]
    return {"name": name, "outcome": _first(nodes), "nodes": list(nodes)}


def _node(answer: NodeAnswer) -> JsonObject:
    node: JsonObject = {"node": answer.node, "allocated": False}
    match answer.outcome:
        case Allocated(results=results):
            node["allocated"] = True
            node["devices"] = [list(result.devices) for result in results]
            node["results"] = [_allocation(result) for result in results]
        case Failed(text=text, is_node_local=is_node_local):
            node["error"] = text
            node["error_node_local"] = is_node_local
        case Undecided(budget=budget):
            node["undecided"] = budget
    return node


def _allocation(result: ClaimResult) -> JsonValue:
    config = configuration_documents(result)
    return allocation_status(result.claim, result.allocation, config=config).get("allocation")


def _first(nodes: list[JsonObject]) -> str:
    """The nodes in order, stopped by the first success or fatal error."""
    for node in nodes:
        if node["allocated"]:
            return "allocated"
        if "error" in node and not node["error_node_local"]:
            return "error"
        if "undecided" in node:
            return "unknown"
    return "none"
