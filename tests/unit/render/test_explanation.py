from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.explain.evidence import WrongObject
from dra_policy.explain.explanation import (
    ChosenDevices,
    Explanation,
    FleetSummary,
    KubernetesAnswer,
    NodeGroup,
    Outcome,
    Reason,
    Shortage,
    Subject,
)
from dra_policy.explain.funnel import Funnel, Row, ValueCount
from dra_policy.record import replace
from dra_policy.render.document import explanation_json
from dra_policy.render.explanation import render_explanation, render_explanations, shortage_text, verdict_mark
from dra_policy.render.measure import columns
from dra_policy.render.sentences import reason_sentence
from dra_policy.render.style import Style
from dra_policy.text import Source, Span

CLAIM = Source.of("claim.yaml", "memory >= 80Gi\n")
ROWS = (
    Row("published", "published", 16000, 16000, 1000),
    Row("class", "class gpu", 8000, 8000, 1000, 0, is_written=True, name="gpu"),
    Row(
        "condition",
        "memory >= 80Gi",
        0,
        0,
        0,
        8000,
        is_written=True,
        span=Span(CLAIM, 0, 14),
        values=tuple(ValueCount(f"{size}Gi", "quantity", 9 - size) for size in range(1, 6)),
    ),
)
FUNNEL = Funnel("gpu", "ExactCount", 1, False, 0, 0, ROWS, claim="c", noun="GPU", lost_at=2, culprit=2, is_idle=True)
REASON = Reason(
    "condition",
    {
        "request": "gpu",
        "noun": "GPU",
        "condition": "memory >= 80Gi",
        "operator": ">=",
        "extreme": "5Gi",
        "values": (),
        "more": 0,
        "absent": 0,
        "wanted": 1,
        "best": 0,
    },
)
NEVER = Explanation(
    Subject("ResourceClaim", "ns", "c", "claim.yaml"),
    Outcome.NEVER,
    "DRA511",
    REASON,
    KubernetesAnswer("0/1000 nodes are available: 1000 cannot allocate all claims.", 1000),
    FleetSummary(1000, 16000),
    requests=(FUNNEL,),
)


def test_a_funnel_has_its_numbers_right_and_at_most_four_values() -> None:
    assert render_explanation(NEVER, Style()) == (
        "NEVER  claim ns/c  (waiting does not help)                                DRA511\n"
        "No GPU has memory >= 80Gi; the largest published is 5Gi.\n"
        "kube says  0/1000 nodes are available: 1000 cannot allocate all claims.\n"
        "\n"
        "request gpu  1 on one node                          left  nodes≥1  if dropped\n"
        "  published                                       16,000    1,000\n"
        "  class gpu                                        8,000    1,000          +0\n"
        "  memory >= 80Gi                    claim.yaml:1       0        0      +8,000 ◄\n"
        "    have 1Gi (8), 2Gi (7), 3Gi (6), 4Gi (5) and 1 other value\n"
    )


def test_one_line_says_verdict_name_cause_and_code() -> None:
    assert render_explanation(NEVER, Style(level=0)) == (
        "NEVER  ns/c  memory >= 80Gi: the largest published is 5Gi  DRA511\n"
    )


def test_colour_marks_the_verdict_the_culprit_and_where_the_last_node_is_lost() -> None:
    text = render_explanation(NEVER, Style(colour=True))
    assert text.startswith("\x1b[1;31mNEVER\x1b[0m")
    assert "\x1b[1mmemory >= 80Gi\x1b[0m" in text
    assert "\x1b[36mclaim.yaml:1\x1b[0m" in text
    assert "\x1b[31m◄\x1b[0m" in text


def test_text_from_objects_cannot_command_the_terminal() -> None:
    evil = "gpu\x1b[2J\u202e"
    rows = tuple(replace(row, text=evil) for row in ROWS)
    reason = Reason("condition", {**REASON.arguments, "condition": evil, "noun": evil})
    explanation = replace(
        NEVER,
        subject=Subject("ResourceClaim", evil, evil, evil),
        reason=reason,
        kubernetes=KubernetesAnswer(evil, 1),
        requests=(replace(FUNNEL, name=evil, rows=rows, ok=False),),
        closest=(NodeGroup((evil,), 1, 2, (Shortage("value", evil, have=evil),)),),
        notes=(evil,),
    )
    for level in (0, 1, 2, 3):
        for by in (None, "node"):
            text = render_explanation(explanation, Style(level=level), by)
            assert "\x1b" not in text
            assert "\u202e" not in text
    wrong = replace(explanation, outcome=Outcome.BAD_INPUT, evidence=(WrongObject(evil, (evil,), evil, (evil,), evil),))
    assert "\x1b" not in render_explanation(wrong, Style())


def test_a_long_condition_gives_way_in_its_middle_and_not_at_level_two() -> None:
    row = replace(ROWS[2], text="alpha " * 20 + "omega", values=())
    long = replace(NEVER, requests=(replace(FUNNEL, rows=(*ROWS[:2], row)),))
    line = next(line for line in render_explanation(long, Style()).splitlines() if "…" in line)
    assert "omega" in line
    assert len(line) <= 80
    assert "…" not in render_explanation(long, Style(level=2))


def test_a_list_has_marks_aligned_names_and_a_summary() -> None:
    fits = replace(
        NEVER,
        subject=Subject("ResourceClaim", "ns", "longer"),
        outcome=Outcome.FITS,
        code="DRA500",
        reason=Reason("fits", {}),
        chosen=ChosenDevices("n1", {"gpu": ("n1/gpu-0", "n1/gpu-1"), "nic": ("n1/nic-0",)}),
    )
    assert render_explanations([NEVER, fits, fits], Style(level=0)).splitlines() == [
        "✗ NEVER  ns/c       memory >= 80Gi: the largest published is 5Gi          DRA511",
        "✓ FITS   ns/longer  n1: gpu-0,1 nic-0                                     DRA500",
        "✓ FITS   ns/longer  n1: gpu-0,1 nic-0                                     DRA500",
        "3 claims: 2 fit, 1 never                                                  exit 1",
    ]


def test_marks_have_an_ascii_form() -> None:
    ascii_marks = [verdict_mark(outcome, Style(unicode=False)) for outcome in Outcome]
    assert all(mark.isascii() for mark in ascii_marks)
    assert verdict_mark(Outcome.NOT_NOW, Style()) == "◷"


def test_many_groups_of_nodes_are_cut_to_two_lines() -> None:
    groups = tuple(NodeGroup((f"node-{i * 2}",), 50 - i, 60) for i in range(50))
    text = render_explanation(replace(NEVER, closest=groups), Style())
    closest = text[text.index("closest") :].splitlines()
    assert len(closest) == 2
    assert closest[-1].endswith("more nodes")


def test_what_a_node_is_short_of_is_said_with_its_unit() -> None:
    style = Style()
    numa = "topology.example.com/numaNode"
    assert shortage_text(Shortage("devices", "GPU", 1, numa, ("0", "1")), style) == "1 GPU on either numaNode"
    assert shortage_text(Shortage("devices", "GPU", 2, numa, ("1",)), style) == "2 GPUs on numaNode 1"
    assert shortage_text(Shortage("devices", "GPU", 2, numa, ("1", "2", "3")), style) == "2 GPUs on any numaNode"
    assert shortage_text(Shortage("devices", "GPU", 4, others=(("nic", 1),)), style) == "4 GPUs and a nic"
    assert shortage_text(Shortage("value", "memory", have="48Gi", gap="32Gi"), style) == "memory 48Gi, short by 32Gi"
    assert shortage_text(Shortage("nothing"), style) == "no devices published"


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=90), st.integers(40, 130), st.integers(1, 1_000_000))
def test_answers_stay_within_the_page_whatever_objects_are_called(name: str, width: int, number: int) -> None:
    span = Span(Source.of(name, "x"), 0, 1)
    rows = tuple(replace(row, text=name, left=number, alone=number, span=span) for row in ROWS)
    explanation = replace(
        NEVER,
        subject=Subject("ResourceClaim", name, name, name),
        reason=Reason("condition", {**REASON.arguments, "condition": name}),
        kubernetes=KubernetesAnswer(name, 1),
        requests=(replace(FUNNEL, name=name, rows=rows), replace(FUNNEL, name=name, ok=True, claim=name)),
        closest=(NodeGroup((name,), 1, 2, (Shortage("value", name, have=name),)),),
    )
    for by in (None, "node"):
        text = render_explanation(explanation, Style(width=width), by)
        assert all(line.isprintable() or not line.isascii() for line in text.split("\n"))
        assert not set(text) & set("\x1b\u202e\u2066\r\x00")
        if width >= 60:
            assert [line for line in text.split("\n") if columns(line) > width] == []


def test_one_and_several_are_told_apart() -> None:
    budget = {"steps": 1, "budget": 5, "nodes": 1}
    assert "1 step was spent" in reason_sentence(Reason("budget", budget))
    assert "2 steps were spent" in reason_sentence(Reason("budget", {**budget, "steps": 2}))


def test_what_is_not_counted_is_null() -> None:
    subject, kubernetes = Subject("ResourceClaim", "team", "one"), KubernetesAnswer(None, 2)
    groups = (
        NodeGroup(("n1",), 0, 1, (Shortage("value", "memory", have="48Gi"),)),
        NodeGroup(("n2",), 0, 1, (Shortage("devices", "GPU", 2),)),
    )
    reason, fleet = Reason("object", {"message": "m"}), FleetSummary(2, 4)
    explanation = Explanation(subject, Outcome.NEVER, "DRA510", reason, kubernetes, fleet, closest=groups)
    closest = json.loads(explanation_json([explanation]))["items"][0]["closest"]

    assert [group["missing"][0]["short"] for group in closest] == [None, 2]


@pytest.mark.parametrize(
    ("kind", "limit", "used", "asked", "said"),
    [
        ("requested", "1", "0", "2", "Namespace a may ask for 1 device of class gpu; this claim asks for 2."),
        ("requested", "8", "6", "4", "Namespace a may ask for 8 devices of class gpu and asks for 6 already; "),
        ("requested", "0", "0", "1", "Namespace a may ask for no devices of class gpu; this claim asks for 1."),
        ("claims", "0", "0", "1", "Namespace a may have no claims."),
        ("claims", "1", "1", "1", "Namespace a may have 1 claim, and has it."),
        ("claims", "3", "3", "1", "Namespace a may have 3 claims, and has them."),
        ("claims", "3", "2", "2", "Namespace a may have 3 claims and has 2; 2 more are wanted."),
    ],
)
def test_a_limit_is_said_with_its_number(kind: str, limit: str, used: str, asked: str, said: str) -> None:
    numbers = {"limit": limit, "used": used, "asked": asked}
    reason = Reason("over-quota", {"kind": kind, "namespace": "a", "what": "gpu", "quotas": ("q",), **numbers})
    assert reason_sentence(reason).startswith(said)


def test_an_allocation_is_told_with_its_node_or_with_the_places_of_its_devices() -> None:
    for node, devices, said in (
        ("n1", ("n1/gpu-0", "n1/gpu-1"), "allocated on n1: gpu-0,1"),
        (None, ("a/gpu-0", "b/gpu-0"), "allocated: a/gpu-0 b/gpu-0"),
        ("n1", (), "allocated on n1"),
    ):
        chosen = ChosenDevices(node, {"gpu": devices} if devices else {})
        explanation = replace(NEVER, reason=Reason("allocated"), chosen=chosen, outcome=Outcome.FITS)
        assert f"  {said}  " in render_explanation(explanation, Style(level=0))


def test_a_request_that_an_alternative_serves_takes_one_line() -> None:
    fine = Funnel("nic", "ExactCount", 1, True, 4, 2, ROWS, claim="c", alternative="small")
    lost = replace(FUNNEL, name="nic", alternative="big", is_nearest=False)
    text = render_explanation(replace(NEVER, requests=(FUNNEL, lost, fine)), Style())
    assert text.endswith("request nic/small  1 on one node, ok: 4 left on 2 nodes\n")
    assert "nic/big" not in text
    blocked = render_explanation(replace(NEVER, requests=(lost, replace(FUNNEL, name="nic"))), Style())
    assert "request nic/big  1 on one node, no node after memory >= 80Gi\n" in blocked


def test_what_a_kubernetes_error_refuses_is_said_in_other_words() -> None:
    gate = {"kind": "alternatives", "request": "gpu", "value": "DRAPrioritizedList"}
    assert reason_sentence(Reason("gate-off", gate)) == (
        "Request gpu has alternatives; that needs feature gate DRAPrioritizedList, which is off."
    )
    mode = {"kind": "mode", "request": "gpu", "value": "Some"}
    assert reason_sentence(Reason("refused", mode)) == (
        "Request gpu has allocation mode Some, which Kubernetes does not know."
    )
