"""Read the allocator's answers: the first fit, the error that ends scheduling, what Kubernetes says of the nodes."""

from __future__ import annotations

from collections import Counter

from dra_policy.allocate import Answers, GroupAnswer, InvalidPools, NodeAnswer
from dra_policy.allocate.events import INVALID_POOLS_TEXT
from dra_policy.allocate.problem import BudgetSpent, NoSolution, Solution

NO_FIT_TEXT = "cannot allocate all claims"
TIMED_OUT_TEXT = "timed out trying to allocate devices"
# With fewer nodes the scheduler filters all of them, and an error on one ends the pod's attempt.
_ALL_ARE_FILTERED = 100


def first_fit(answers: Answers) -> NodeAnswer | None:
    """The answer of the first node, in byte order, where the claims fit."""
    nodes = [group.nodes[0] for group in answers.groups if group.is_allocated]
    return answers.of_node(min(nodes)) if nodes else None


def is_fatal(group: GroupAnswer) -> bool:
    """Whether an error on these nodes ends scheduling for the pod."""
    return not isinstance(group.event, Solution | NoSolution | InvalidPools | BudgetSpent)


def first_stop(answers: Answers) -> NodeAnswer | None:
    """The answer of the first node whose error ends scheduling; None if nothing ends it.

    With less than 100 nodes the scheduler looks at all, and one error is enough; with more it may stop at a fit
    before, so that only an error on an earlier node counts.
    """
    nodes = [group.nodes[0] for group in answers.groups if is_fatal(group)]
    if not nodes:
        return None
    stop = min(nodes)
    if len(answers.fleet.nodes) >= _ALL_ARE_FILTERED:
        fits = [group.nodes[0] for group in answers.groups if group.is_allocated]
        if fits and min(fits) < stop:
            return None
    return answers.of_node(stop)


def is_undecided(answers: Answers) -> bool:
    """Whether the search on some node was stopped at its budget."""
    return any(isinstance(group.event, BudgetSpent) for group in answers.groups)


def unavailable_text(answers: Answers) -> str:
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
        counted[text] += len(group.nodes)
    total = len(answers.fleet.nodes)
    # The scheduler sorts the reasons as texts, their numbers included.
    reasons = ", ".join(sorted(f"{number} {text}" for text, number in counted.items()))
    return f"0/{total} nodes are available: {reasons}." if reasons else "0/0 nodes are available."
