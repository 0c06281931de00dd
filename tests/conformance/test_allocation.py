"""The allocator against what Kubernetes' structured allocator answered: outcome, devices, results, error texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dra_policy.allocate import Failed
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.record import replace
from tests.conformance.recorded import cases, difference, run
from tests.shared_data import PROJECT, shared

SAMPLES = PROJECT / "testdata" / "conformance" / "allocation"


@pytest.mark.parametrize("name", ["quirks", "random", "random_hard"])
def test_the_samples_kept_here_get_the_answer_of_kubernetes(name: str) -> None:
    _compare(name, SAMPLES / f"{name}.jsonl")


@pytest.mark.parametrize("name", ["quirks", "kubernetes_cases", "random", "random_hard"])
def test_every_node_gets_the_answer_of_kubernetes(name: str) -> None:
    _compare(name, shared(f"conformance/allocation/{name}.jsonl"))


@pytest.mark.parametrize("name", ["quirks", "random", "random_hard"])
def test_looking_at_the_whole_fleet_at_once_changes_no_answer(name: str) -> None:
    _compare(name, shared(f"conformance/allocation/{name}.jsonl"), replace(ALL_SHORTCUTS, few_frames=0))


def _compare(name: str, path: Path, shortcuts: Shortcuts = ALL_SHORTCUTS) -> None:
    differences = []
    count = texts = same_texts = 0
    for case in cases(path):
        count += 1
        answers = run(case, shortcuts)
        for expected in case.expected:
            answer = answers.of_node(expected.node)
            found = difference(expected, answer, is_order_exact=case.is_order_exact)
            if found is not None:
                differences.append(f"{case.name}: {found}")
            if expected.error and isinstance(answer.outcome, Failed):
                texts += 1
                same_texts += answer.outcome.text == expected.error
    print(f"{name}: {count} cases, {len(differences)} differ, error texts {same_texts}/{texts}")

    assert not differences, "\n".join(differences[:20])
    assert same_texts >= 0.95 * texts
