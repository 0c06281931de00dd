"""Read the allocator's answers: the node that is taken, the error that ends scheduling, what Kubernetes says."""

from __future__ import annotations

from collections import Counter

from dra_policy.allocate import Answers, InvalidPools, NodeAnswer
from dra_policy.allocate.events import INVALID_POOLS_TEXT
from dra_policy.allocate.problem import BudgetSpent, NoSolution
from dra_policy.allocate.scheduler import Aborted, Placed, scheduler_decision
from dra_policy.explain.evidence import Undecided
from dra_policy.fleet import NodeAdmission
from dra_policy.fleet.admission import NO_FIT_TEXT

TIMED_OUT_TEXT = "timed out trying to allocate devices"


def chosen_fit(answers: Answers) -> NodeAnswer | None:
    """The answer of the node that the scheduler takes; None if it takes none."""
    decision = scheduler_decision(answers)
    return decision.answer if isinstance(decision, Placed) else None


def first_stop(answers: Answers) -> NodeAnswer | None:
    """The answer of the first node whose error ends scheduling; None if nothing is sure to end it."""
    decision = scheduler_decision(answers)
    return decision.answer if isinstance(decision, Aborted) else None


def undecided(answers: Answers, budget: int, *, is_idle: bool) -> Undecided:
    """How far a search came that was stopped."""
    stopped = [node for group in answers.groups if isinstance(group.event, BudgetSpent) for node in group.nodes]
    proved = [node for group in answers.groups if isinstance(group.event, NoSolution) for node in group.nodes]
    return Undecided(tuple(sorted(proved)), tuple(sorted(stopped)), budget, is_idle)


def unavailable_text(answers: Answers, admission: NodeAdmission | None = None) -> str:
    """The pod's event: ``0/3 nodes are available: 1 invalid resource pools were encountered, 2 cannot …``."""
    counted: Counter[str] = Counter()
    for group in answers.groups:
        match group.event:
            case BudgetSpent():
                text = TIMED_OUT_TEXT
            case InvalidPools():
                text = INVALID_POOLS_TEXT
            case _:
                text = NO_FIT_TEXT
        counted[text] += group.count
    counted.update(each.text for each in (admission.refused.values() if admission else ()))
    total = len(answers.fleet.nodes)
    # The scheduler sorts the reasons as texts, their numbers included.
    reasons = ", ".join(sorted(f"{number} {text}" for text, number in counted.items()))
    return f"0/{total} nodes are available: {reasons}." if reasons else "0/0 nodes are available."
