"""Answer recorded cases, one JSON object a line: the protocol by which programs of other languages use the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dra_policy.allocate import Allocated, ClaimResult, Failed, NodeAnswer, Undecided, Unsupported, allocate_claims
from dra_policy.engine.configurations import configuration_documents
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World
from dra_policy.manifests import read_case
from dra_policy.manifests.writing import allocation_status
from dra_policy.text import Severity
from dra_policy.values import JsonValue

JsonObject = dict[str, JsonValue]
Answerer = Callable[[bytes], JsonObject]


def answer_lines(lines: Iterable[bytes], answer: Answerer) -> Iterator[JsonObject]:
    """The answers in the order of the lines; a line that is no case gets ``{"invalid": …, "line": N}``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield answer(line)
        except InvalidCaseError as error:
            yield {"invalid": str(error), "line": number}


class InvalidCaseError(ValueError):
    """A line that is no case of the protocol; the message says what was found."""


def allocate_case(line: bytes, rules: Rules) -> JsonObject:
    """One recorded case: every node's answer, and the first-node view (``outcome``). Raises InvalidCaseError."""
    record = _record(line)
    if "slices" not in record and "claims" not in record:
        raise InvalidCaseError("neither `slices` nor `claims`: no case of allocation")
    read = read_case(line)
    errors = [each.message for each in read.diagnostics if each.severity is Severity.ERROR]
    if errors:
        raise InvalidCaseError(errors[0])
    world = World(read.objects, read.diagnostics, rules)
    name = record.get("name")
    compiled = [world.compile_claim(claim) for claim in world.objects.claims]
    answers = allocate_claims(world.fleet, compiled, evaluator=world.evaluator, budget=rules.steps)
    if isinstance(answers, Unsupported):
        return {"name": name, "unsupported": list(answers.features)}
    nodes = [_node(each) for each in answers]
    return {"name": name, "outcome": _first(nodes), "nodes": list(nodes)}


def _record(line: bytes) -> Mapping[str, JsonValue]:
    import json

    try:
        record = json.loads(line)
    except ValueError as error:
        raise InvalidCaseError(f"not JSON: {error}") from None
    if not isinstance(record, dict):
        raise InvalidCaseError(f"a JSON object is wanted, this is {type(record).__name__}")
    return record


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


def cel_case(line: bytes, rules: Rules) -> JsonObject:
    """One expression on one device. Raises InvalidCaseError."""
    record = _record(line)
    expression = record.get("expression")
    if not isinstance(expression, str):
        raise InvalidCaseError("no `expression`: no case of CEL")
    from dra_policy.engine.cel_cases import answer_record

    return {"id": record.get("id"), **answer_record(record, expression, rules)}
