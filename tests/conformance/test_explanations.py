"""Explanations of recorded cases: the verdict agrees with what Kubernetes answered, and every view can be printed."""

from __future__ import annotations

import json

import pytest

from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World
from dra_policy.explain.answer import explain
from dra_policy.explain.explanation import Explanation, Subject
from dra_policy.explain.question import Question
from dra_policy.manifests import read_case
from dra_policy.render.document import explanation_list
from dra_policy.render.explanation import render_explanation
from dra_policy.render.style import Style
from tests.shared_data import shared

FILES = ("quirks.jsonl", "kubernetes_cases.jsonl", "random.jsonl")
MOST = 120


def _explained(line: bytes) -> Explanation:
    read = read_case(line)
    world = World(read.objects, read.diagnostics, Rules())
    claims = tuple(world.compile_claim(claim) for claim in world.objects.claims)
    return explain(Question(Subject("Pod", "ns", "pod"), claims), world.fleet, world.evaluator, world.objects)


@pytest.mark.parametrize("name", FILES)
def test_verdicts_agree_with_the_recorded_answers(name: str) -> None:
    checked = 0
    with shared(f"conformance/allocation/{name}").open("rb") as lines:
        for _, line in zip(range(MOST), lines, strict=False):
            record = json.loads(line)
            explanation = _explained(line)
            if explanation.reason.template == "unsupported":
                continue
            checked += 1
            for level in (0, 1, 2, 3):
                assert render_explanation(explanation, Style(level=level, width=70)).endswith("\n")
            assert render_explanation(explanation, Style(), by="node")
            assert explanation_list([explanation])["items"]
            for funnel in explanation.requests:
                left = [row.left for row in funnel.rows if row.left is not None]
                assert left == sorted(left, reverse=True)
            # The scheduler's view: an error on any node stops the pod, also one behind the first fit.
            expect = record["expect"]
            outcome = expect.get("schedulerOutcome", expect.get("outcome"))
            allocated = expect["allocated"] if outcome is None else outcome == "allocated"
            assert not explanation.fits_now or allocated, record["name"]
            assert not allocated or explanation.fits_now or explanation.kubernetes.stops_pod, record["name"]
    print(f"{checked} cases of {name} explained")
