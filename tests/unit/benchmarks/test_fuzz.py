"""Random cases are whole, repeatable and varied; differences are found, and cut down to what shows them."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import cycle
from typing import cast

import pytest

from benchmarks.fuzz.cases import random_case
from benchmarks.fuzz.compare import allocation_difference, amount, cel_difference
from benchmarks.fuzz.corners import CORNERS, MISTAKES
from benchmarks.fuzz.dice import JsonObject
from benchmarks.fuzz.expressions import random_question
from benchmarks.fuzz.grammar import ATOMS, RULES
from benchmarks.fuzz.minimise import minimised
from benchmarks.fuzz.worker import _MODES, _varies
from benchmarks.peer.program import Server
from dra_policy.engine.batch import allocate_case, cel_case
from dra_policy.engine.rules import Rules

CASES = 60


def test_the_same_seed_gives_the_same_case() -> None:
    assert random_case(3, 7) == random_case(3, 7)
    assert random_case(3, 7) != random_case(3, 8)
    assert random_question(3, 7) == random_question(3, 7)


def test_every_random_case_can_be_answered() -> None:
    outcomes = set()
    for number in range(CASES):
        answer = allocate_case(json.dumps(random_case(1, number)).encode(), Rules(steps=10_000))
        assert "invalid" not in answer
        outcomes.add(answer.get("outcome"))
    assert {"allocated", "none", "error"} <= outcomes


def test_random_cases_have_what_is_odd() -> None:
    texts = [json.dumps(random_case(1, number)) for number in range(1500)]
    for odd in (
        '"operator": "Near"',
        '"2_0"',
        '"value": "-1"',
        '"validRange": {"max"',
        '"count": 33',
        '"name": "node-7"',
        '"skipNodeOperations"',
        '"perDeviceNodeSelection": true',
        '"name": "claim-4"',
        '"name": ""',
        '"effect": "Unheard"',
        '"tolerationSeconds": -1',
        '"formerTaintRules": [{',
        '"device": "*"',
    ):
        assert any(odd in text for text in texts), odd
    off = [text for text in texts if '"OptionalNodeOperations": false' in text]
    assert any("skipNodeOperations" in text for text in off)


def test_random_expressions_give_results_run_time_errors_and_compile_errors() -> None:
    kinds: set[str] = set()
    for number in range(CASES):
        kinds |= cel_case(json.dumps(random_question(1, number)).encode(), Rules()).keys()
    assert {"result", "error", "compileError"} <= kinds


def test_the_grammar_has_smallest_expressions_for_every_type() -> None:
    assert ATOMS.keys() == RULES.keys() | CORNERS.keys()
    assert MISTAKES.keys() <= ATOMS.keys()


def test_answers_that_differ_in_devices_differ() -> None:
    ours = {"nodes": [{"node": "n", "allocated": True, "devices": [["r=d/p/a"]]}]}
    theirs = {"nodes": [{"node": "n", "allocated": True, "devices": [["r=d/p/b"]]}]}
    found = allocation_difference(theirs, ours)
    assert found is not None
    assert found[0] == "devices"
    assert allocation_difference(ours, ours) is None


def test_quantities_and_share_names_are_compared_by_value() -> None:
    def answer(consumed: str, share: str) -> dict[str, object]:
        device = {"device": "a", "shareID": share, "consumedCapacity": {"memory": consumed}}
        results = [{"devices": {"results": [device]}}]
        return {"nodes": [{"node": "n", "allocated": True, "devices": [["r=d/p/a"]], "results": results}]}

    assert allocation_difference(answer("1Gi", "x"), answer("1073741824", "y")) is None
    assert allocation_difference(answer("1Gi", "x"), answer("1G", "y")) is not None
    assert amount("1500m") == Fraction(3, 2)


def test_a_search_that_one_side_gave_up_is_no_difference() -> None:
    theirs = {"nodes": [{"node": "n", "allocated": False, "timed_out": True}]}
    assert allocation_difference(theirs, {"nodes": [{"node": "n", "allocated": True}]}) is None


def test_token_lists_of_syntax_errors_are_not_compared() -> None:
    theirs = {"compileError": "compilation failed: ERROR: <input>:1:2: Syntax error: expecting {'['"}
    ours = {"compileError": "compilation failed: ERROR: <input>:1:2: Syntax error: an operand is wanted"}
    assert cel_difference(theirs, ours) is None
    moved = {"compileError": "compilation failed: ERROR: <input>:1:3: Syntax error: an operand is wanted"}
    assert cel_difference(theirs, moved) is not None


def test_a_case_is_cut_down_to_the_part_that_shows_the_difference() -> None:
    case = {"slices": [{"devices": [1, 2, 3]}, {"devices": [4]}], "claims": [{"count": 1}]}
    small = minimised(case, lambda each: any(3 in slice_.get("devices", ()) for slice_ in each.get("slices", ())))
    assert small == {"slices": [{"devices": [3]}], "claims": []}


def node_answer(**answer: object) -> dict[str, object]:
    return {"nodes": [{"node": "n", "allocated": False, **answer}]}


def test_a_smaller_case_with_other_names_and_numbers_has_the_same_cause() -> None:
    one = node_answer(error='claim default/claim-1, request a: selector #2 on device d/p/x: no such key: "k"')
    other = node_answer(error='claim default/claim-0, request b: selector #0 on device d/q/y: no such key: "l"')
    apart = node_answer(error="claim default/claim-0, request b: exact count 7 is too large")
    causes = [found.cause for each in (one, other, apart) if (found := allocation_difference(each, node_answer()))]

    assert causes[0] == causes[1] != causes[2]


def test_the_fields_in_which_results_differ_are_the_cause() -> None:
    results = [
        [{"devices": {"results": [{"device": name, "adminAccess": admin}]}}]
        for name, admin in zip("ab", (True, False), strict=True)
    ]
    theirs, ours = ({"nodes": [{"node": "n", "allocated": True, "results": each}]} for each in results)
    found = allocation_difference(theirs, ours)

    assert found is not None
    assert found.cause == ".devices.results.adminAccess .devices.results.device"


def test_a_device_that_kubernetes_prints_whole_is_compared_by_its_name() -> None:
    whole = "for device &Device{Name:x,Attributes:map[QualifiedName]DeviceAttribute{a: {0xc0001},},} in slice s: no"
    assert allocation_difference(node_answer(error=whole), node_answer(error="for device x in slice s: no")) is None


class Answering:
    """Stands for the program with Kubernetes' own code: gives its answers in turn, again and again."""

    def __init__(self, *answers: JsonObject) -> None:
        self._answers = cycle(answers)

    def ask(self, _: bytes) -> JsonObject:
        return next(self._answers)


@pytest.mark.parametrize(
    ("theirs", "how"),
    [
        (({"result": True},), ""),
        (({"result": True}, {"result": False}), "Kubernetes' answer varies"),
        (({"error": "key a"}, {"error": "key b"}), "Kubernetes' answer varies, not seen as ours"),
    ],
)
def test_an_answer_that_kubernetes_changes_is_no_difference(theirs: tuple[JsonObject, ...], how: str) -> None:
    server = cast("Server", Answering(*theirs))

    assert _varies(_MODES["cel"], server, {"expression": "x"}, {"result": False}, 8) == how
